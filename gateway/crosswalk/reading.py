"""What the store has around identifiers, read in one go: a request waits for it.

One statement on the store's own driver, whatever the number of identifiers: which of them were looked at,
and all edges that hang together with them. The database follows the edges itself; asked round by round
through SQLAlchemy the same took many times as long (docs/decisions/073). PostgreSQL's OFFSET 0 makes it take
each identifier by the indices, also before the tables were ever analysed; how many there are it can't tell
from JSON, so that its plan is the same for all and is made once a connection.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import asyncpg
import orjson

from gateway.crosswalk.edges import Edge
from gateway.crosswalk.tables import EDGES, LOOKS
from gateway.store import Store, StoreError

STEPS = 3
"""How many MATCH edges lead from an identifier to the last one whose edges are read."""

_COLUMNS = ", ".join(f"e.{column.name}" for column in EDGES.columns)
_NONE = ", ".join(["NULL"] * (len(EDGES.columns) - 1))
_SQLITE = f"""
WITH RECURSIVE reached(identifier, step) AS (
    SELECT value, 0 FROM json_each(?1)
    UNION
    SELECT CASE WHEN e.one = r.identifier THEN e.other ELSE e.one END, r.step + 1
    FROM reached r JOIN {EDGES.name} e ON e.one = r.identifier OR e.other = r.identifier
    WHERE e.state = 'MATCH' AND r.step < {STEPS}
)
SELECT {_COLUMNS} FROM (SELECT DISTINCT identifier FROM reached) r
JOIN {EDGES.name} e ON e.one = r.identifier OR e.other = r.identifier
UNION ALL
SELECT identifier, {_NONE} FROM {LOOKS.name}
WHERE identifier IN (SELECT value FROM json_each(?1)) AND rules = ?2 AND looked > ?3
"""
_POSTGRES = f"""
WITH RECURSIVE asked AS (SELECT json_array_elements_text($1::json) AS identifier),
reached(identifier, step) AS (
    SELECT identifier, 0 FROM asked
    UNION
    SELECT beside.identifier, r.step + 1 FROM reached r CROSS JOIN LATERAL (
        SELECT other AS identifier FROM {EDGES.name} WHERE one = r.identifier AND state = 'MATCH'
        UNION ALL SELECT one FROM {EDGES.name} WHERE other = r.identifier AND state = 'MATCH'
        OFFSET 0
    ) beside
    WHERE r.step < {STEPS}
)
SELECT {_COLUMNS} FROM (SELECT DISTINCT identifier FROM reached) r CROSS JOIN LATERAL (
    SELECT * FROM {EDGES.name} WHERE one = r.identifier
    UNION ALL SELECT * FROM {EDGES.name} WHERE other = r.identifier
    OFFSET 0
) e
UNION ALL
SELECT look.identifier, {_NONE} FROM asked CROSS JOIN LATERAL (
    SELECT identifier FROM {LOOKS.name} WHERE identifier = asked.identifier AND rules = $2 AND looked > $3
    OFFSET 0
) look
"""


@dataclass(frozen=True, slots=True)
class _Driver:
    """How a driver is asked: its statement, and how it takes moments."""

    text: str
    fetch: Callable[[Any, str, Sequence[object]], Any]
    moment: Callable[[datetime], object]


_DRIVERS = MappingProxyType(
    {
        "sqlite": _Driver(
            _SQLITE,
            lambda raw, text, values: raw.execute_fetchall(text, values),
            lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        ),
        "postgresql": _Driver(
            _POSTGRES,
            lambda raw, text, values: raw.fetch(text, *values),
            lambda moment: moment,
        ),
    }
)


async def read_around(
    store: Store, identifiers: Sequence[str], rules: str, since: datetime
) -> tuple[list[Edge], frozenset[str]]:
    """All edges of identifiers and of those that MATCH edges lead to from them; and of which agencies were
    looked at since a moment, by these weights. Raises `StoreError` where the store does not answer."""
    driver = _DRIVERS[store.engine.dialect.name]
    values = (orjson.dumps(identifiers).decode(), rules, driver.moment(since))
    async with store.read() as connection:
        pooled = await connection.get_raw_connection()
        try:
            rows = await driver.fetch(pooled.driver_connection, driver.text, values)
        except (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            await connection.invalidate(error)
            raise StoreError(f"the store {store.name} does not answer ({type(error).__name__})") from error
    edges = {(row[0], row[1]): row for row in rows}
    looked = frozenset(one for one, other in edges if other is None)
    return [edge_of(row) for (_, other), row in edges.items() if other is not None], looked


def edge_of(row: Iterable[Any]) -> Edge:
    """A row of `EDGES`, in the order of its columns."""
    one, other, relation, state, confidence, rules, evidence, origin, by, first, last, expires = row
    end = None if expires is None else _moment(expires)
    codes = tuple(evidence.split())
    return Edge(one, other, state, confidence, _moment(first), _moment(last), origin, by, rules, codes, end, relation)


def _moment(value: str | datetime) -> datetime:
    """SQLite keeps moments as text in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)
