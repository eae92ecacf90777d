"""Look-ups in a SQLite file on the event loop's own thread: only while they are short."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.base import Column, ColumnType, Dataset, Keys, Scan, Source
from adapters.kinds import open_adapter
from adapters.options import BadOptions
from adapters.reading import read
from adapters.sql.inline import MOST, Inline

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT count(*) FROM n"
TABLE = Dataset("d.t", "d.s", "t", {"id": Column("id", ("id",), ColumnType.INT)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made(tmp_path / "it's 100%.db", 1)


def made(path: Path, *ids: int) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO t VALUES (?)", [(i,) for i in ids])
    return path


@pytest.fixture
def inline(path: Path) -> Iterator[Inline]:
    inline = Inline(str(path))
    yield inline
    inline.close()


def test_what_is_short_is_answered(path: Path) -> None:
    inline = Inline(str(path), time.thread_time)  # our own work, whoever else has the machine meanwhile
    for _ in range(3_000):  # its machine counts steps across calls
        assert inline.fetch("SELECT id FROM t WHERE id = ?", (1,)) == [(1,)]
    inline.close()


def test_what_is_long_is_broken_off_and_not_tried_again(inline: Inline) -> None:
    inline.fetch("SELECT 1", ())
    started = time.perf_counter()
    assert inline.fetch(LONG, (50_000_000,)) is None
    assert time.perf_counter() - started < 100 * MOST, "it would take seconds"
    assert inline.fetch(LONG, (1,)) is None, "the same text with other values"
    assert inline.fetch("SELECT id FROM t", ()) == [(1,)]


def test_a_file_that_was_replaced_is_read_anew(inline: Inline, path: Path) -> None:
    assert inline.fetch("SELECT id FROM t", ()) == [(1,)]
    made(path.with_suffix(".new"), 2).replace(path)
    assert inline.fetch("SELECT id FROM t", ()) == [(2,)]


@pytest.mark.parametrize("text", ["SELECT nothing FROM t", "INSERT INTO t VALUES (7)", "nonsense"])
def test_what_fails_is_left_to_the_thread(inline: Inline, text: str) -> None:
    assert inline.fetch(text, ()) is None
    assert inline.fetch("SELECT id FROM t", ()) == [(1,)]


def test_a_lock_is_not_waited_for(inline: Inline, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.perf_counter()
        assert inline.fetch("SELECT id FROM t", ()) is None
        assert time.perf_counter() - started < 0.1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert Inline(str(tmp_path / "none.db")).fetch("SELECT 1", ()) is None
    assert not (tmp_path / "none.db").exists()


async def test_an_adapter_that_uses_it(path: Path) -> None:
    adapter = open_adapter(Source("d.s", "sql", f"sqlite:///{path}", timeout=5, options={"inline": True}))
    scan = Scan(("id",), Keys(("id",), ((1,),)))
    assert (await read(adapter, TABLE, scan)).rows == [(1,)]
    await adapter.aclose()
    assert (await read(adapter, TABLE, scan)).rows == [(1,)]
    await adapter.aclose()


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("postgresql://reader@127.0.0.1/db", {"inline": True}, "SQLite files only"),
        ("sqlite:///agency.db", {"inline": 1}, "true or false"),
        ("sqlite:///agency.db", {"inlined": True}, 'did you mean "inline"'),
    ],
)
def test_mistakes_in_its_options(url: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(BadOptions, match=says):
        open_adapter(Source("d.s", "sql", url, options=options))
