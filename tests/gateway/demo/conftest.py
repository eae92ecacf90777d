"""One demo city for all of its tests."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.demo.agencies import BOOKS
from gateway.demo.books import Book, Table
from gateway.demo.generate import Built, build
from gateway.demo.systems.running import Running, running

ROOT = Path(__file__).parents[3]
CITY = ROOT / "cities" / "demo"

Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Harbourton as `citygraph demo` makes it: 5,000 addresses of seed 1."""
    return build(tmp_path_factory.mktemp("city") / "demo")


@pytest.fixture(scope="session")
def systems(built: Built) -> Iterator[tuple[Running, ...]]:
    """Its agencies' systems, as `citygraph demo` starts them."""
    with running(built.directory) as started:
        assert [each.system.agency for each in started if not each.answers] == []
        yield started


@pytest.fixture(scope="session")
def query(built: Built) -> Query:
    """Rows of an agency's file: `query("housing", "SELECT …", values)`."""

    def ask(agency: str, sql: str, *values: object) -> list[tuple[object, ...]]:
        book = next(book for book in BOOKS if book.file.partition(".")[0] == agency)
        with closing(opened(built.directory, book)) as connection:
            return connection.execute(sql, values).fetchall()

    return ask


def opened(directory: Path, book: Book) -> sqlite3.Connection:
    """An agency's data: its database, or one in memory of its CSV files."""
    if book.csv is None:
        return sqlite3.connect(f"{(directory / book.file).as_uri()}?mode=ro", uri=True)
    connection = sqlite3.connect(":memory:")
    for table in book.tables:
        names, *rows = csv_rows(directory, book, table)
        connection.execute(f"CREATE TABLE {table.name} ({', '.join(table.columns)})")
        assert tuple(names) == table.names
        connection.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(names))})", rows)
    return connection


def csv_rows(directory: Path, book: Book, table: Table) -> list[list[str]]:
    """The names of a table's columns, and its rows."""
    assert book.csv is not None
    text = (directory / book.file / f"{table.name}.csv").read_bytes().decode(book.csv.encoding)
    assert text.startswith(book.csv.preamble)
    return list(csv.reader(text.removeprefix(book.csv.preamble).splitlines()))
