"""Reading and writing the crosswalk's tables.

What a person decided is never overwritten by what matching finds; a pair that somebody brought as
POSSIBLE is not decided. Every method raises `StoreError`
where the store does not answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.crosswalk.edges import LOOKED, MATCHING, Edge, Look, State, ends
from gateway.crosswalk.tables import EDGES, LOOKS, TOPIC
from gateway.store import Store

_ROUNDS = 4
_MOST_EDGES = 200  # for each identifier
_AT_ONCE = 400  # identifiers in one statement: SQLite and PostgreSQL bound how many a statement takes
_FOUND = ("state", "confidence", "rules", "evidence", "last_confirmed", "expires")


class Ledger:
    """The crosswalk of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # what is known

    async def around(self, identifiers: Iterable[str]) -> list[Edge]:
        """All edges of identifiers, and of those that MATCH edges lead to from them."""
        found: dict[tuple[str, str], Edge] = {}
        seen: set[str] = set()
        border = set(identifiers)
        most = _MOST_EDGES * len(border)
        async with self._store.read() as connection:
            for _ in range(_ROUNDS):
                if not border or len(found) >= most:
                    break
                edges = await self._of(connection, sorted(border))
                found |= {(edge.one, edge.other): edge for edge in edges}
                seen |= border
                border = {end for edge in edges if edge.state == "MATCH" for end in (edge.one, edge.other)} - seen
        return list(found.values())

    async def _of(self, connection: AsyncConnection, identifiers: Sequence[str]) -> list[Edge]:
        found: list[Edge] = []
        for at in range(0, len(identifiers), _AT_ONCE):
            some = identifiers[at : at + _AT_ONCE]
            for column in (EDGES.c.one, EDGES.c.other):
                rows = await connection.execute(sa.select(EDGES).where(column.in_(some)))
                found += [_edge(row) for row in rows]
        return found

    async def looked(self, identifiers: Sequence[str], rules: str, moment: datetime) -> frozenset[str]:
        """Those of which agencies were looked at not long ago, by the same weights."""
        found: set[str] = set()
        async with self._store.read() as connection:
            for at in range(0, len(identifiers), _AT_ONCE):
                mine = LOOKS.c.identifier.in_(identifiers[at : at + _AT_ONCE])
                fresh = sa.and_(mine, LOOKS.c.rules == rules, LOOKS.c.looked > moment - LOOKED)
                found |= set((await connection.execute(sa.select(LOOKS.c.identifier).where(fresh))).scalars())
        return frozenset(found)

    async def list(
        self, *, state: State | None = None, identifier: str | None = None, most: int | None = None
    ) -> list[Edge]:
        """Edges, the surest first."""
        asked = sa.select(EDGES).order_by(EDGES.c.confidence.desc(), EDGES.c.one, EDGES.c.other).limit(most)
        if state is not None:
            asked = asked.where(EDGES.c.state == state)
        if identifier is not None:
            asked = asked.where(sa.or_(EDGES.c.one == identifier, EDGES.c.other == identifier))
        async with self._store.read() as connection:
            return [_edge(row) for row in await connection.execute(asked)]

    # what matching finds

    async def write(self, looks: Sequence[Look]) -> None:
        """Remember looks: edges that were found, and that others were not found any more."""
        async with self._store.change() as connection:
            for look in sorted(looks, key=lambda look: look.identifier):
                await self._write(connection, look)

    async def _write(self, connection: AsyncConnection, look: Look) -> None:
        for edge in sorted(look.edges, key=lambda edge: (edge.one, edge.other)):
            await self._find(connection, edge)
        if not look.whole:
            return
        beside = [edge.beside(look.identifier) for edge in look.edges]
        for mine, other in ((EDGES.c.one, EDGES.c.other), (EDGES.c.other, EDGES.c.one)):
            gone = sa.and_(mine == look.identifier, other.not_in(beside), EDGES.c.origin == MATCHING)
            await connection.execute(sa.delete(EDGES).where(gone))
        first = self._store.insert(LOOKS).values(identifier=look.identifier, rules=look.rules, looked=look.moment)
        again = {"rules": first.excluded.rules, "looked": first.excluded.looked}
        await connection.execute(first.on_conflict_do_update(index_elements=["identifier"], set_=again))

    async def _find(self, connection: AsyncConnection, edge: Edge) -> None:
        new = self._store.insert(EDGES).values(_values(edge))
        found = {name: new.excluded[name] for name in (*_FOUND, "origin", "decided_by")}
        unless = sa.or_(EDGES.c.origin == MATCHING, EDGES.c.state == "POSSIBLE")
        await connection.execute(new.on_conflict_do_update(index_elements=["one", "other"], set_=found, where=unless))
        if edge.state == "MATCH":
            both = sa.and_(EDGES.c.one == edge.one, EDGES.c.other == edge.other, EDGES.c.state == "MATCH")
            await connection.execute(sa.update(EDGES).where(both).values(last_confirmed=edge.last_confirmed))

    async def expire(self, moment: datetime) -> int:
        """Delete edges that have expired, and looks that are old; how many edges."""
        async with self._store.change() as connection:
            await connection.execute(sa.delete(LOOKS).where(LOOKS.c.looked <= moment - LOOKED))
            gone = await connection.execute(sa.delete(EDGES).where(EDGES.c.expires <= moment))
            return gone.rowcount

    # what people decide

    async def decide(self, a: str, b: str, state: State, *, by: str, moment: datetime, origin: str = "review") -> Edge:
        """A person's decision on two identifiers: it holds until somebody decides otherwise."""
        one, other = ends(a, b)
        async with self._store.change(TOPIC) as connection:
            rows = await connection.execute(sa.select(EDGES).where(EDGES.c.one == one, EDGES.c.other == other))
            before = next((_edge(row) for row in rows), None)
            known = before or Edge(one, other, state, 1.0, moment, moment)
            sure = 1.0 if state == "MATCH" else 0.0 if state == "NO" else known.confidence
            made = replace(
                known, state=state, confidence=sure, origin=origin, by=by, last_confirmed=moment, expires=None
            )
            await self._put(connection, [made])
        return made

    async def bring(self, edges: Sequence[Edge]) -> int:
        """Edges from elsewhere, in place of those that are there; how many."""
        async with self._store.change(TOPIC) as connection:
            await self._put(connection, sorted(edges, key=lambda edge: (edge.one, edge.other)))
        return len(edges)

    async def forget(self, identifier: str) -> int:
        """Delete all that is known of an identifier, decisions too; how many edges."""
        async with self._store.change(TOPIC) as connection:
            await connection.execute(sa.delete(LOOKS).where(LOOKS.c.identifier == identifier))
            mine = sa.or_(EDGES.c.one == identifier, EDGES.c.other == identifier)
            return (await connection.execute(sa.delete(EDGES).where(mine))).rowcount

    async def _put(self, connection: AsyncConnection, edges: Sequence[Edge]) -> None:
        for edge in edges:
            new = self._store.insert(EDGES).values(_values(edge))
            every = {name: new.excluded[name] for name in (*_FOUND, "origin", "decided_by", "relation")}
            await connection.execute(new.on_conflict_do_update(index_elements=["one", "other"], set_=every))


def _values(edge: Edge) -> Mapping[str, Any]:
    return {
        "one": edge.one,
        "other": edge.other,
        "relation": edge.relation,
        "state": edge.state,
        "confidence": edge.confidence,
        "rules": edge.rules,
        "evidence": " ".join(edge.evidence),
        "origin": edge.origin,
        "decided_by": edge.by,
        "first_confirmed": edge.first_confirmed,
        "last_confirmed": edge.last_confirmed,
        "expires": edge.expires,
    }


def _edge(row: Any) -> Edge:
    return Edge(
        row.one,
        row.other,
        row.state,
        row.confidence,
        row.first_confirmed,
        row.last_confirmed,
        row.origin,
        row.decided_by,
        row.rules,
        tuple(row.evidence.split()),
        row.expires,
        row.relation,
    )
