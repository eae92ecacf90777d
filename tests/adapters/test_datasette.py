"""What is Datasette's own: its pages, its bounds, and owners who forbid SQL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Column, ColumnType, Compare, Dataset, Keys, Op, OrderBy, Scan, Source
from adapters.datasette import DatasetteAdapter, create
from adapters.errors import Refused, Rejected, TimedOut, TooManyKeys
from adapters.options import BadOptions
from adapters.reading import read
from tests.contract.datasette_kit import Running

COLUMNS = (Column("id", ("id",), ColumnType.INT), Column("name", ("name",)), Column("n", ("n",), ColumnType.INT))
DATA = Dataset("d.t", "d.p", "t", {column.name: column for column in COLUMNS})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasette") / "permits.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, f"name {i % 700}", i % 7) for i in range(3500)])
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n WHERE i < 0"
        connection.execute(f"CREATE VIEW slow AS {numbers}")
    return path


@pytest.fixture(scope="module")
def stock(file: Path) -> Iterator[str]:
    running = Running(file)
    yield f"http://127.0.0.1:{running.port}/permits"
    running.stop()


def open_at(url: str, **options: object) -> DatasetteAdapter:
    return create(Source("d.p", "datasette", url, options={"private": True, **options}))


async def test_more_rows_than_it_gives_at_once_come_page_by_page(stock: str) -> None:
    adapter = open_at(stock)
    answer = await read(adapter, DATA, Scan(("id",), order=(OrderBy("id", True),)))
    assert [row[0] for row in answer.rows] == list(range(3499, -1, -1))
    assert answer.complete
    cut = await read(adapter, replace(DATA, rows_per_call=1500), Scan(("id",)))
    assert (len(cut.rows), cut.complete) == (1500, False)
    await adapter.aclose()


async def test_numbers_stay_numbers(stock: str) -> None:
    """Datasette makes text of parameters, and no text is less than a number."""
    adapter = open_at(stock)
    keys = Keys(("name",), (("name 1",), ("name 2",)))
    scan = Scan(("id", "n"), keys, (Compare("n", Op.GT, 1),), (OrderBy("id"),), per_key=2, count=True)
    answer = await read(adapter, DATA, scan)
    assert answer.rows == [(2, 2), (702, 2)]
    assert answer.counts == {("name 1",): 0, ("name 2",): 5}
    await adapter.aclose()


async def test_keys_that_make_the_address_too_long_go_in_several_calls(stock: str) -> None:
    adapter = open_at(stock, max_url=3000)
    keys = Keys(("name",), tuple((f"name {i}",) for i in range(400)))
    with pytest.raises(TooManyKeys) as caught:
        await adapter.scan(DATA, Scan(("id",), keys))
    assert 50 < caught.value.fitting < 200
    answer = await read(adapter, DATA, Scan(("id",), keys))
    assert len(answer.rows) == 2000
    assert answer.calls > 2
    long = Keys(("name",), (("x" * 5000,),))
    with pytest.raises(Refused, match="too long"):
        await read(adapter, DATA, Scan(("id",), long))
    await adapter.aclose()


async def test_what_takes_longer_than_it_allows(stock: str) -> None:
    adapter = open_at(stock)
    with pytest.raises(TimedOut, match=r"d\.t.*in time"):
        await read(adapter, replace(DATA, path="slow"), Scan(("id",)))
    await adapter.aclose()


async def test_a_database_that_is_not_there(stock: str) -> None:
    adapter = open_at(stock.replace("permits", "licences"))
    with pytest.raises(Rejected, match=r"d\.t.*no such dataset") as caught:
        await read(adapter, DATA, Scan(("id",)))
    assert "127.0.0.1" not in f"{caught.value}{caught.value.detail}"
    await adapter.aclose()


async def test_an_owner_who_forbids_sql(file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "metadata.json"
    settings.write_text(json.dumps({"allow_sql": False}))
    running = Running(file, extra=("--metadata", str(settings)))
    adapter = open_at(f"http://127.0.0.1:{running.port}/permits")
    with pytest.raises(Rejected, match="let us read"):
        await read(adapter, DATA, Scan(("id",)))
    await adapter.aclose()
    running.stop()


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("https://data.agency.gov", {}, "add its database"),
        ("https://data.agency.gov/", {}, "add its database"),
        ("data/permits", {}, "no web address"),
        ("https://data.agency.gov/permits", {"max_urls": 9}, 'did you mean "max_url"'),
    ],
)
def test_sources_that_cannot_be(url: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(BadOptions, match=says):
        create(Source("d.p", "datasette", url, options=options))
