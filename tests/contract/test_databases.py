"""What only databases do: indexes used, statements reused, SQLite's loose types, schemas."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.base import (
    Adapter,
    Column,
    ColumnType,
    Compare,
    Damaged,
    Dataset,
    Filter,
    Keys,
    Op,
    OrderBy,
    Scan,
    Source,
)
from adapters.kinds import open_adapter
from adapters.pushdown import negotiate
from adapters.reading import read
from adapters.sql import SqlAdapter
from adapters.sql.mariadb import written
from tests.contract.conftest import Kit, MariadbKit, PostgresKit, SqliteKit, open_kit
from tests.contract.sample import Rows
from tests.contract.test_scans import LOTS, SMALL

MANY: Rows = [
    {"Id": i, "BOROUGH": str(i % 5), "BLOCK": f"{i // 20:05}", "LOT": f"{i % 1000:04}"} for i in range(20_000)
]


async def plan(database: Kit, data: Dataset, scan: Scan) -> str:
    """How the database would run the rows of a scan, in its own words."""
    adapter: Any = database.adapter
    sent = negotiate(data, scan, adapter.capabilities).sent
    statement = adapter._prepare(replace(data, rows_per_call=1000), sent).statements.rows
    arguments = statement.arguments(sent)
    if isinstance(database, PostgresKit):
        return "\n".join(row[0] for row in await database.admin.fetch(f"EXPLAIN {statement.text}", *arguments))
    if isinstance(database, MariadbKit):
        await database.admin.select_db(database.schema)
        text = statement.text % tuple(
            written(value, database.admin.literal, database.admin.escape_string) for value in arguments
        )
        return _steps(json.loads((await database.execute(f"EXPLAIN FORMAT=JSON {text}"))[0][0]))
    assert isinstance(database, SqliteKit)
    with closing(sqlite3.connect(database.path)) as connection:
        return "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", arguments))


def _steps(plan: Any) -> str:
    """MariaDB's plan in the words of the others."""
    if isinstance(plan, list):
        return "\n".join(map(_steps, plan))
    if not isinstance(plan, dict):
        return ""
    inner = "\n".join(_steps(part) for part in plan.values())
    sort = "Sort\n" if "filesort" in plan else ""
    parts = " ".join(plan.get("used_key_parts", ()))
    kind = "Index Only Scan" if plan.get("using_index") else "Index Cond" if parts else "Scan"
    return f"{sort}{kind} {parts}\n{inner}"


def uses_index(words: str, *columns: str) -> bool:
    """Whether all of these columns are looked up in an index."""
    lines = [line for line in words.splitlines() if "Index Cond" in line or "USING INDEX" in line]
    return any(all(column in line for column in columns) for line in lines)


BLOCKS = tuple((f"{i:05}",) for i in range(5))
LOTS_OF = tuple((str(i), f"{i:05}", f"{i:04}") for i in range(50))


@pytest.mark.parametrize(
    ("scan", "columns"),
    [
        (Scan(("id",), Keys(("block",), BLOCKS)), ["BLOCK"]),
        (Scan(("id",), Keys(("block",), BLOCKS), order=(OrderBy("id"),), per_key=3), ["BLOCK"]),
        (Scan(("id",), Keys(("borough", "block", "lot"), LOTS_OF)), ["BOROUGH", "BLOCK", "LOT"]),
        (Scan(("id",), Keys(("borough", "block", "lot"), LOTS_OF), per_key=3), ["BOROUGH", "BLOCK", "LOT"]),
        (Scan(("id",), Keys(("borough", "block"), (("1", "0000"),), prefix=True)), ["BOROUGH"]),
        (Scan(("id",), filters=(Compare("block", Op.EQ, "00007"),)), ["BLOCK"]),
        (Scan(("id",), filters=(Compare("block", Op.IN, ("00007", "1")),)), ["BLOCK"]),
    ],
)
async def test_keys_and_equalities_use_indexes(database: Kit, scan: Scan, columns: list[str]) -> None:
    data = await database.load(LOTS, MANY, index=[columns])
    words = await plan(database, data, scan)
    assert uses_index(words, *columns), words


async def test_prefixes_use_an_index_by_code_point(database: Kit) -> None:
    data = await database.load(LOTS, MANY, index=[["BLOCK"]])
    if isinstance(database, PostgresKit):
        await database.admin.execute(f'CREATE INDEX ON {data.path} ("BLOCK" COLLATE "C")')
    words = await plan(database, data, Scan(("id",), Keys(("block",), (("0000",), ("0012",)), prefix=True)))
    assert uses_index(words, "BLOCK"), words


UNSORTED = {"sqlite": (False, True), "postgres": (False,), "mariadb": (True,)}
"""In which directions each database walks along an index with nulls last: those whose nulls come first
upwards (MariaDB) or downwards (PostgreSQL) sort there, as docs/adapters.md says of MariaDB."""


@pytest.mark.parametrize("downwards", [False, True])
async def test_a_strict_source_orders_by_its_index(database: Kit, downwards: bool) -> None:
    stored = await database.load(LOTS, MANY, index=[["Id"]])
    scan = Scan(("id",), order=(OrderBy("id", downwards),), limit=5)
    strict = replace(stored, options={"strict": True})
    words = await plan(database, strict, scan)
    if downwards in UNSORTED[database.name]:
        assert "Index Only Scan" in words or "USING COVERING INDEX" in words, words
        assert "Sort" not in words
        assert "B-TREE" not in words
    else:
        assert "Sort" in words, words
    assert (await read(database.adapter, strict, scan)).rows == [
        (MANY[-1 - i if downwards else i]["Id"],) for i in range(5)
    ]


async def test_one_statement_serves_all_scans_of_a_shape_by_many_keys(database: Kit) -> None:
    data = await database.load(LOTS, MANY[:100])
    adapter = database.adapter
    assert isinstance(adapter, SqlAdapter)
    for i in range(1, 40):
        keys = Keys(("block",), tuple((f"{k:05}",) for k in range(i)))
        part: Filter = Compare("lot", Op.IN, tuple(f"{k:04}" for k in range(i)))
        await read(adapter, data, Scan(("id",), keys, (part,), limit=i))
    assert len(adapter._prepared) == 2, "one for one key, one for many"


LOOSE = Dataset(
    "d.loose",
    "d.s",
    "loose",
    {
        column.name: column
        for column in (
            Column("id", ("id",), ColumnType.INT),
            Column("n", ("n",), ColumnType.INT),
            Column("day", ("day",), ColumnType.DATE),
            Column("money", ("money",), ColumnType.MONEY),
            Column("flag", ("flag",), ColumnType.BOOL),
        )
    },
)
LOOSE_ROWS = [
    (1, 5, "2020-02-29", 1.5, 1),
    (2, "many", "2019-02-30", "1,5", 2),
    (3, 3.5, "soon", "", "yes"),
    (4, None, "2019-01-01T00:00:00", None, None),
    (5, -7, "0000-01-01", -3, 0),
    (6, b"x", 20190101, 7, 1.0),
    (7, 40.0, None, "free", None),
]
MEANT = {
    "n": [5, Damaged("n"), Damaged("n"), None, -7, Damaged("n"), 40],
    "day": [date(2020, 2, 29), *[Damaged("day")] * 5, None],
    "flag": [True, Damaged("flag"), Damaged("flag"), None, False, Damaged("flag"), None],
}


@pytest.fixture
async def loose(tmp_path: Path) -> AsyncIterator[Adapter]:
    path = tmp_path / "loose.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE loose (id INTEGER, n INTEGER, day TEXT, money NUMERIC, flag INTEGER)")
        connection.executemany("INSERT INTO loose VALUES (?, ?, ?, ?, ?)", LOOSE_ROWS)
    adapter = open_adapter(Source("d.s", "sql", f"sqlite:///{path}"))
    yield adapter
    await adapter.aclose()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Compare("n", Op.GT, 0), [1, 7]),
        (Compare("n", Op.LT, 100), [1, 5, 7]),
        (Compare("n", Op.NE, 5), [5, 7]),
        (Compare("n", Op.NOT_IN, (5,)), [5, 7]),
        (Compare("n", Op.IS_NULL, False), [1, 2, 3, 5, 6, 7]),
        (Compare("day", Op.GTE, date(1, 1, 1)), [1]),
        (Compare("day", Op.LTE, date(9999, 12, 31)), [1]),
        (Compare("money", Op.GT, 0), [1, 6]),
        (Compare("flag", Op.NE, True), [5]),
    ],
)
async def test_what_sqlite_keeps_in_a_column_of_another_type_is_damaged(
    loose: Adapter, part: Compare, expected: list[int]
) -> None:
    scan = Scan(("id",), filters=(part,), order=(OrderBy("id"),), limit=10, count=True)
    assert negotiate(LOOSE, scan, loose.capabilities).left.nothing, "all of it is done by SQLite"
    answer = await read(loose, LOOSE, scan)
    assert ([row[0] for row in answer.rows], answer.counts) == (expected, {(): len(expected)})
    for descending in (False, True):
        order = (OrderBy(part.column, descending), OrderBy("id"))
        assert negotiate(LOOSE, Scan(("id",), order=order), loose.capabilities).left.nothing
        rows = (await read(loose, LOOSE, Scan((part.column, "id"), order=order))).rows
        solid = [row for row in rows if row[0] is not None and not isinstance(row[0], Damaged)]
        assert rows[: len(solid)] == sorted(solid, key=lambda row: row[0], reverse=descending)
        rest = [row[1] for row in rows[len(solid) :]]
        assert rest == sorted(rest)  # type: ignore[type-var]


async def test_local_times_without_a_zone(database: Kit) -> None:
    """A timestamp without time zone is the agency's local time."""
    if not isinstance(database, PostgresKit):
        pytest.skip("only PostgreSQL's moments are compared there: the others' by the gateway, as random scans show")
    at = Column("at", ("at",), ColumnType.DATETIME, time_zone="America/New_York")
    data = Dataset("d.t", "d.s", f"{database.schema}.calls", {"at": at})
    times = [datetime(2019, 4, 2, 9), datetime(2019, 11, 3, 1, 30), datetime(2019, 11, 3, 2, 30)]
    await database.admin.execute(f"CREATE TABLE {data.path} (at timestamp)")
    await database.admin.executemany(f"INSERT INTO {data.path} VALUES ($1)", [(time,) for time in times])
    decoded = [datetime(2019, 4, 2, 13, tzinfo=UTC), datetime(2019, 11, 3, 5, 30, tzinfo=UTC)]
    decoded += [datetime(2019, 11, 3, 7, 30, tzinfo=UTC)]
    order = (OrderBy("at"),)
    for i, moment in enumerate(decoded):
        later = Scan(("at",), filters=(Compare("at", Op.GTE, moment),), order=order)
        assert [row[0] for row in (await read(database.adapter, data, later)).rows] == decoded[i:]
        same = Scan(("at",), filters=(Compare("at", Op.IN, (moment,)),))
        assert [row[0] for row in (await read(database.adapter, data, same)).rows] == [moment]
    second = datetime(2019, 11, 3, 6, 30, tzinfo=UTC)  # 1:30 again, after the clocks went back
    scan = Scan(("at",), filters=(Compare("at", Op.LT, second),), order=order)
    assert [row[0] for row in (await read(database.adapter, data, scan)).rows] == decoded[:2]


async def test_mariadb_keeps_moments_in_two_types(tmp_path: Path) -> None:
    """DATETIME is the agency's local time, TIMESTAMP is UTC whatever the server's zone."""
    kit = await open_kit("mariadb", tmp_path)
    assert isinstance(kit, MariadbKit)
    local = Column("local", ("local",), ColumnType.DATETIME, time_zone="America/New_York")
    data = Dataset("d.t", "d.s", "calls", {"local": local, "utc": replace(local, name="utc", source=("utc",))})
    await kit.execute(f"CREATE TABLE {kit.schema}.calls (local DATETIME, utc TIMESTAMP NULL)")
    moment = datetime(2019, 4, 2, 9)
    await kit.execute(f"INSERT INTO {kit.schema}.calls VALUES (%s, %s)", (moment, moment))
    expected = (datetime(2019, 4, 2, 13, tzinfo=UTC), datetime(2019, 4, 2, 9, tzinfo=UTC))
    assert (await read(kit.adapter, data, Scan(("local", "utc")))).rows == [expected]
    later = Compare("local", Op.GT, datetime(2019, 4, 2, 12, 59, tzinfo=UTC))
    assert (await read(kit.adapter, data, Scan(("local", "utc"), filters=(later,)))).rows == [expected]
    await kit.aclose()


async def test_mariadb_tells_texts_apart_that_its_collation_does_not(tmp_path: Path) -> None:
    kit = await open_kit("mariadb", tmp_path)
    names = ["Cafe", "CAFE", "Café", "Cafe ", "cafe", "Ca\\fe", "Ca'fe", "%s"]
    rows: Rows = [{"Id": i, "NAME ": name, "n": i} for i, name in enumerate(names)]
    data = await kit.load(SMALL, rows)
    for i, name in enumerate(names):
        answer = await read(kit.adapter, data, Scan(("id",), Keys(("name",), ((name,),)), count=True))
        assert (answer.rows, answer.counts) == ([(i,)], {(name,): 1})
        found = await read(kit.adapter, data, Scan(("id",), filters=(Compare("name", Op.EQ, name),)))
        assert found.rows == [(i,)]
    await kit.aclose()


async def test_mariadb_days_that_are_none_are_damaged(tmp_path: Path) -> None:
    kit = await open_kit("mariadb", tmp_path)
    assert isinstance(kit, MariadbKit)
    data = Dataset("d.t", "d.s", "days", {"day": Column("day", ("day",), ColumnType.DATE)})
    await kit.execute("SET sql_mode = ''")
    await kit.execute(f"CREATE TABLE {kit.schema}.days (day DATE)")
    days = [("0000-00-00",), ("2019-02-28",), ("2019-00-10",), (None,)]
    await kit.execute(f"INSERT INTO {kit.schema}.days VALUES (%s)", *days)
    scan = Scan(("day",), filters=(Compare("day", Op.IS_NULL, False),), order=(OrderBy("day"),))
    assert (await read(kit.adapter, data, scan)).rows == [(date(2019, 2, 28),), (Damaged("day"),), (Damaged("day"),)]
    early = Scan(("day",), filters=(Compare("day", Op.LT, date(2020, 1, 1)),))
    assert (await read(kit.adapter, data, early)).rows == [(date(2019, 2, 28),)]
    await kit.aclose()
