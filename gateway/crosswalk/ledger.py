"""Reading and writing the crosswalk's tables.

What a person decided is never overwritten by what matching finds; a pair that somebody brought as
POSSIBLE is not decided. Every method raises `StoreError`
where the store does not answer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.crosswalk.edges import LOOKED, MATCHING, Edge, Look, State, ends
from gateway.crosswalk.reading import edge_of, read_around
from gateway.crosswalk.tables import EDGES, LOOKS, TOPIC
from gateway.store import Store

_AT_ONCE = 400  # identifiers in one statement: SQLite and PostgreSQL bound how many a statement takes
_FOUND = ("state", "confidence", "rules", "evidence", "last_confirmed", "expires")


class Ledger:
    """The crosswalk of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # what is known

    async def known(
        self, identifiers: Sequence[str], rules: str, moment: datetime
    ) -> tuple[list[Edge], frozenset[str]]:
        """All edges of identifiers and of those that MATCH edges lead to from them; and of which agencies were
        looked at not long ago, by the same weights."""
        return await read_around(self._store, identifiers, rules, moment - LOOKED)

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
            return [edge_of(row) for row in await connection.execute(asked)]

    # what matching finds

    async def write(self, looks: Sequence[Look]) -> None:
        """Remember looks: edges that were found, and that others were not found any more."""
        looks = sorted(looks, key=lambda look: look.identifier)
        whole = [look for look in looks if look.whole]
        async with self._store.change() as connection:
            before = await self._found_before(connection, [look.identifier for look in whole])
            edges, gone = outcome(looks, before)
            await self._find(connection, edges)
            await _each(connection, _GONE, [{"a": one, "b": other} for one, other in gone])
            new = self._store.insert(LOOKS)
            again = {"rules": new.excluded.rules, "looked": new.excluded.looked}
            upsert = new.on_conflict_do_update(index_elements=["identifier"], set_=again)
            rows = [{"identifier": look.identifier, "rules": look.rules, "looked": look.moment} for look in whole]
            await _each(connection, upsert, rows)

    async def _found_before(self, connection: AsyncConnection, identifiers: Sequence[str]) -> set[tuple[str, str]]:
        """The edges of identifiers that matching found, by their ends."""
        found: set[tuple[str, str]] = set()
        for at in range(0, len(identifiers), _AT_ONCE):
            some = identifiers[at : at + _AT_ONCE]
            for column in (EDGES.c.one, EDGES.c.other):
                asked = sa.select(EDGES.c.one, EDGES.c.other).where(column.in_(some), EDGES.c.origin == MATCHING)
                found |= {(row.one, row.other) for row in await connection.execute(asked)}
        return found

    async def _find(self, connection: AsyncConnection, edges: Sequence[Edge]) -> None:
        new = self._store.insert(EDGES)
        found = {name: new.excluded[name] for name in (*_FOUND, "origin", "decided_by")}
        unless = sa.or_(EDGES.c.origin == MATCHING, EDGES.c.state == "POSSIBLE")
        upsert = new.on_conflict_do_update(index_elements=["one", "other"], set_=found, where=unless)
        await _each(connection, upsert, [_values(edge) for edge in edges])
        matches = [edge for edge in edges if edge.state == "MATCH"]
        again = [{"a": edge.one, "b": edge.other, "moment": edge.last_confirmed} for edge in matches]
        await _each(connection, _AGAIN, again)

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
            before = next((edge_of(row) for row in rows), None)
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


def outcome(looks: Sequence[Look], before: AbstractSet[tuple[str, str]]) -> tuple[list[Edge], list[tuple[str, str]]]:
    """What looks, one after the other, leave: the edges they found, and those of `before` that are gone."""
    left: dict[tuple[str, str], Edge | None] = {}
    beside: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pair in before:
        for end in pair:
            beside[end].add(pair)
    for look in looks:
        if look.whole:
            left |= dict.fromkeys(beside[look.identifier])
        for edge in look.edges:
            left[edge.one, edge.other] = edge
            for end in (edge.one, edge.other):
                beside[end].add((edge.one, edge.other))
    edges = sorted((edge for edge in left.values() if edge), key=lambda edge: (edge.one, edge.other))
    return edges, sorted(pair for pair, edge in left.items() if edge is None)


async def _each(connection: AsyncConnection, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """A statement for every row, in one call of the driver."""
    if rows:
        await connection.execute(statement, rows)


_PAIR = sa.and_(EDGES.c.one == sa.bindparam("a"), EDGES.c.other == sa.bindparam("b"))
_GONE = sa.delete(EDGES).where(_PAIR, EDGES.c.origin == MATCHING)
_AGAIN = sa.update(EDGES).where(_PAIR, EDGES.c.state == "MATCH").values(last_confirmed=sa.bindparam("moment"))


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
