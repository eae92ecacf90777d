"""Databases that lack something, are slow, go away and come back."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import asyncmy
import asyncpg
import pytest

from adapters.base import Column, ColumnType, Compare, Damaged, Dataset, Keys, Op, OrderBy, Scan, Source
from adapters.errors import Malformed, Rejected, TimedOut, Unavailable
from adapters.kinds import open_adapter
from adapters.reading import read
from tests.contract.conftest import Kit, MariadbKit, PostgresKit, SqliteKit, open_kit
from tests.contract.test_scans import LOT_ROWS, LOTS, SMALL, SMALL_ROWS

LOST = Column("gone", ("No Such Column",))
WIDER = replace(SMALL, columns={**SMALL.columns, "gone": LOST, "also": Column("also", ("neither",))})


async def test_a_missing_table_is_rejected_by_name(kit: Kit) -> None:
    data = replace(await kit.load(SMALL, SMALL_ROWS), path="nowhere")
    with pytest.raises(Rejected, match=r"d\.t.*no such dataset") as caught:
        await read(kit.adapter, data, Scan(("id",)))
    assert "nowhere" not in str(caught.value)
    assert caught.value.detail


async def test_a_missing_column_costs_only_itself(kit: Kit) -> None:
    stored = await kit.load(SMALL, SMALL_ROWS)
    data = replace(stored, columns={**WIDER.columns, **stored.columns})
    with pytest.raises(Rejected) as caught:
        await kit.adapter.scan(data, Scan(("id", "gone")))
    assert caught.value.column == "gone"
    assert "No Such" not in str(caught.value)
    answer = await read(kit.adapter, data, Scan(("gone", "id", "also"), order=(OrderBy("id"),), limit=2))
    assert answer.rows == [(Damaged("gone"), 1, Damaged("also")), (Damaged("gone"), 2, Damaged("also"))]


@pytest.mark.parametrize(
    "scan",
    [
        Scan(("id",), Keys(("gone",), (("x",),))),
        Scan(("id", "gone"), filters=(Compare("gone", Op.EQ, "x"),)),
        Scan(("id", "gone"), order=(OrderBy("gone"),)),
        Scan(("gone",)),
    ],
)
async def test_a_missing_column_that_decides_rows_is_rejected(kit: Kit, scan: Scan) -> None:
    stored = await kit.load(SMALL, SMALL_ROWS)
    data = replace(stored, columns={**WIDER.columns, **stored.columns})
    with pytest.raises(Rejected, match='"gone"'):
        await read(kit.adapter, data, scan)


async def _slowed(database: Kit) -> Dataset:
    """A view that never answers in time, in place of the table "t"."""
    data = await database.load(SMALL, SMALL_ROWS)
    if isinstance(database, PostgresKit):
        name = f"{database.schema}.slow"
        await database.admin.execute(f'CREATE VIEW {name} AS SELECT 1::bigint AS "Id" FROM pg_sleep(30)')
        return replace(data, path=name)
    if isinstance(database, MariadbKit):
        await database.execute(f"CREATE VIEW {database.schema}.slow AS SELECT SLEEP(30) AS Id")
        return replace(data, path="slow")
    assert isinstance(database, SqliteKit)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS Id FROM n WHERE i < 0"
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute(f"CREATE VIEW slow AS {numbers}")
    return replace(data, path="slow")


async def test_a_slow_database_times_out_and_is_stopped(database: Kit) -> None:
    slow = await _slowed(database)
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"d\.t.*in time"):
        await read(database.adapter, slow, Scan(("id",)))
    assert time.monotonic() - started < 2
    await database.adapter.ping()
    if isinstance(database, PostgresKit | MariadbKit):
        await _until_idle(database)


async def _running(database: PostgresKit | MariadbKit) -> int:
    if isinstance(database, PostgresKit):
        return int(
            await database.admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state = 'active'", database.schema
            )
        )
    session = f"user = '{database.schema}' AND command <> 'Sleep'"
    found = await database.execute(f"SELECT count(*) FROM information_schema.processlist WHERE {session}")
    return int(found[0][0])


async def _until_idle(database: PostgresKit | MariadbKit) -> None:
    """No statement of the adapter runs on."""
    for _ in range(50):
        if not await _running(database):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the statement still runs")


async def test_cancelled_scans_leave_the_pool_as_it_was(database: Kit) -> None:
    slow = await _slowed(database)
    quick = replace(slow, path=slow.path.replace("slow", "t"))
    for _ in range(5):
        tasks = [asyncio.ensure_future(read(database.adapter, slow, Scan(("id",)))) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in done)
        answers = await asyncio.gather(*(read(database.adapter, quick, Scan(("id",))) for _ in range(4)))
        assert [len(answer.rows) for answer in answers] == [7] * 4


async def test_more_scans_than_connections_wait_their_turn(kit: Kit) -> None:
    data = await kit.load(LOTS, LOT_ROWS)
    scans = [Scan(("id",), Keys(("lot",), ((f"{i % 5:04}",),))) for i in range(100)]
    answers = await asyncio.gather(*(read(kit.adapter, data, scan) for scan in scans))
    assert {len(answer.rows) for answer in answers} == {12}


async def test_an_agency_that_went_away_is_unavailable_and_found_again(kit: Kit) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    scan = Scan(("id",))
    await asyncio.gather(*(read(kit.adapter, data, scan) for _ in range(4)))
    await kit.stop()
    for _ in range(3):
        with pytest.raises(Unavailable, match="can't be reached"):
            await read(kit.adapter, data, scan)
    with pytest.raises(Unavailable):
        await kit.adapter.ping()
    await kit.start()
    assert len((await read(kit.adapter, data, scan)).rows) == 7


async def test_sessions_that_ended_are_replaced_unnoticed(database: Kit) -> None:
    data = await database.load(SMALL, SMALL_ROWS)
    for _ in range(3):
        answers = await asyncio.gather(*(read(database.adapter, data, Scan(("id",))) for _ in range(2)))
        assert [len(answer.rows) for answer in answers] == [7, 7]
        if isinstance(database, PostgresKit | MariadbKit):
            await database.end_sessions()
        await database.stop()
        await database.start()


async def test_a_replaced_file_is_read_anew(tmp_path: Path) -> None:
    kit = await open_kit("sqlite", tmp_path)
    assert isinstance(kit, SqliteKit)
    data = await kit.load(SMALL, SMALL_ROWS)
    assert len((await read(kit.adapter, data, Scan(("id",)))).rows) == 7
    await kit.stop()
    await kit.load(SMALL, SMALL_ROWS[:2])
    assert len((await read(kit.adapter, data, Scan(("id",)))).rows) == 2
    await kit.aclose()


async def test_closed_adapters_open_again(kit: Kit) -> None:
    data = await kit.load(SMALL, SMALL_ROWS)
    for _ in range(2):
        assert len((await read(kit.adapter, data, Scan(("id",)))).rows) == 7
        await kit.adapter.aclose()


READ_ONLY: dict[str, tuple[type[Exception], str]] = {
    "sqlite": (sqlite3.OperationalError, "attempt to write a readonly database"),
    "postgres": (asyncpg.ReadOnlySQLTransactionError, "cannot execute .* in a read-only transaction"),
    "mariadb": (asyncmy.errors.OperationalError, "Cannot execute statement in a READ ONLY transaction"),
}
"""How each database refuses a write by a session that is read-only, whatever its user may do."""


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}",
        "UPDATE {} SET n = 1",
        "INSERT INTO {} (n) VALUES (1)",
        "CREATE TABLE {}_2 (n INTEGER)",
        "DROP TABLE {}",
    ],
)
async def test_connections_cannot_write(database: Kit, statement: str) -> None:
    """The session itself refuses: its user has every right, so it is not for want of one."""
    data = await database.load(SMALL, SMALL_ROWS)
    if isinstance(database, PostgresKit):
        await database.admin.execute(f"ALTER TABLE {data.path} OWNER TO {database.schema}")
        await database.admin.execute(f"GRANT ALL ON SCHEMA {database.schema} TO {database.schema}")
    pool = database.adapter._pool  # type: ignore[attr-defined]
    driver = database.adapter._driver  # type: ignore[attr-defined]
    error, says = READ_ONLY[database.name]
    for _ in range(2):  # also on a connection that was used
        with pytest.raises(error, match=says):
            await pool.run(lambda connection: driver.fetch(connection, statement.format(data.path), ()))
        assert len((await read(database.adapter, data, Scan(("id",)))).rows) == 7


async def test_a_column_of_another_type_is_told(database: Kit) -> None:
    data = await database.load(SMALL, SMALL_ROWS)
    wrong = replace(
        data, columns={**data.columns, "name": replace(data.columns["name"], type=ColumnType.INT, null=frozenset())}
    )
    answer = await read(database.adapter, wrong, Scan(("name", "id"), order=(OrderBy("id"),), limit=1))
    assert answer.rows == [(Damaged("name"), 1)]
    scan = Scan(("id",), filters=(Compare("name", Op.GT, 1),))
    if isinstance(database, PostgresKit):
        with pytest.raises(Malformed, match="declared type"):
            await read(database.adapter, wrong, scan)
    else:
        assert (await read(database.adapter, wrong, scan)).rows == []


async def test_a_missing_file_is_unavailable_and_not_made(tmp_path: Path) -> None:
    adapter = open_adapter(Source("d.s", "sql", f"sqlite:///{tmp_path}/nothing.db"))
    with pytest.raises(Unavailable, match="reached") as caught:
        await read(adapter, SMALL, Scan(("id",)))
    assert "nothing.db" not in str(caught.value)
    await adapter.aclose()
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "mysql"])
async def test_a_server_that_is_not_there_is_unavailable(kind: str) -> None:
    adapter = open_adapter(Source("d.s", "sql", f"{kind}://nobody@127.0.0.1:9/none", timeout=1))
    with pytest.raises(Unavailable, match="reached"):
        await read(adapter, SMALL, Scan(("id",)))
    await adapter.aclose()
