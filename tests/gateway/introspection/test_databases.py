"""SQLite, PostgreSQL and MariaDB as they are: comments, types, unique indexes; and where they are not."""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from adapters.base import ColumnType
from gateway.introspection.looking import Bounds, Unseen, look
from tests.contract.conftest import POSTGRES, mariadb_kit
from tests.gateway.introspection.checking import Checked, checked, looked

COLUMNS = (
    ("licence_no", "VARCHAR(12) NOT NULL", "The number on the licence."),
    ("bbl", "VARCHAR(10)", ""),
    ("holder_name", "VARCHAR(40)", "Who holds it."),
    ("status", "VARCHAR(10)", ""),
    ("issued", "DATE", ""),
    ("fee", "NUMERIC(10, 2)", "In dollars."),
    ("year_built", "INTEGER", ""),
    ("seats", "BIGINT", ""),
)
ROWS = [
    (
        f"20{i:05}-DCA",
        "1004770501" if i % 2 else "3005130037",
        "SMITH, JANE" if i % 5 else f"BIG APPLE {i} LLC",
        "Active" if i % 3 else "Expired",
        f"2020-01-{i % 28 + 1:02}" if i % 9 else "1900-01-01",
        "12.50",
        1915 if i % 4 else 0,
        i,
    )
    for i in range(90)
]
NAMES = ", ".join(name for name, _, _ in COLUMNS)


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


VALUES = ", ".join(f"({', '.join(map(_literal, row))})" for row in ROWS)


def expected(made: Checked, *, described: bool) -> None:
    """The draft of the table of licences, whatever keeps it."""
    assert made.problems == []
    assert made.live() == []
    assert made.damage() == (90, {})
    (dataset,) = made.draft.datasets
    assert (dataset.path, dataset.id, dataset.rows) == ("licences", ("licence_no",), 90)
    assert {each.name: each.type.value for each in dataset.columns} == {
        "licence_no": "text",
        "bbl": "text",
        "holder_name": "text",
        "status": "text",
        "issued": "date",
        "fee": "money",
        "year_built": "year",
        "seats": "int",
    }
    columns = {each.name: each.column for each in dataset.columns}
    assert (columns["issued"].null, columns["year_built"].null) == (frozenset({"1900-01-01"}), frozenset({"0"}))
    assert (columns["holder_name"].personal, columns["status"].codes) == ("person_name", "status")
    assert [key.scheme for key in dataset.keys] == ["bbl", "agency_licence_no"]
    if described:
        assert (dataset.title, columns["fee"].description) == ("Licences to trade", "In dollars.")


def test_sqlite(tmp_path: Path) -> None:
    file = tmp_path / "board.db"
    with sqlite3.connect(file) as database:
        declared = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
        database.execute(f"CREATE TABLE licences ({declared}, PRIMARY KEY (licence_no))")
        database.execute(f"INSERT INTO licences ({NAMES}) VALUES {VALUES}")
        database.execute("CREATE INDEX by_lot ON licences (bbl)")
    database.close()
    directory = tmp_path / "city"
    directory.mkdir()
    expected(looked(f"sqlite:///{file}", directory), described=False)


@pytest.fixture
def postgres() -> Iterator[str]:
    """A database of its own; skips where there is no server, but not in CI."""
    name = f"citygraph_introspect_{uuid.uuid4().hex[:12]}"
    try:
        asyncio.run(_execute(POSTGRES, f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})")
        pytest.skip(f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})")
    try:
        yield sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(POSTGRES, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def test_postgresql(postgres: str, tmp_path: Path) -> None:
    declared = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    comments = [f"COMMENT ON COLUMN licences.{name} IS '{said}'" for name, _, said in COLUMNS if said]
    statements = (
        f"CREATE TABLE licences ({declared}, PRIMARY KEY (licence_no))",
        "CREATE INDEX ON licences (bbl)",
        f"INSERT INTO licences ({NAMES}) VALUES {VALUES}",
        "COMMENT ON TABLE licences IS 'Licences to trade'",
        *comments,
    )
    asyncio.run(_execute(postgres, *statements))
    expected(looked(postgres, tmp_path), described=True)


def test_tables_by_name_and_the_bound_on_tables(postgres: str, tmp_path: Path) -> None:
    tables = [f"CREATE TABLE t{i} (bbl TEXT)" for i in range(4)]
    asyncio.run(_execute(postgres, "CREATE SCHEMA other", "CREATE TABLE other.lots (bbl TEXT)", *tables))
    assert [each.path for each in looked(postgres, tmp_path, "t1", "other.lots").draft.datasets] == ["t1", "other.lots"]
    with pytest.raises(Unseen, match=r'no table "t11"; did you mean "t1"'):
        looked(postgres, tmp_path, "t11")
    seen = asyncio.run(look(postgres, None, (), Bounds(tables=3)))
    assert (len(seen.tables), seen.notes) == (
        3,
        ("1 further tables were not looked at: name those wanted with --table",),
    )


def test_no_password_gets_into_a_draft(postgres: str, tmp_path: Path) -> None:
    asyncio.run(_execute(postgres, "CREATE TABLE t (bbl TEXT)"))
    url = sa.make_url(postgres).set(password="s3cret-word").render_as_string(hide_password=False)
    made = looked(url, tmp_path)
    assert "s3cret-word" not in made.text
    assert "its credentials were left out" in made.text
    assert made.draft.url.startswith("postgresql://127.0.0.1")


async def test_mariadb(tmp_path: Path) -> None:
    kit = await mariadb_kit()
    try:
        declared = ", ".join(f"{name} {kind} COMMENT '{said}'" for name, kind, said in COLUMNS)
        table = f"{kit.schema}.licences"
        await kit.execute(f"CREATE TABLE {table} ({declared}, PRIMARY KEY (licence_no)) COMMENT 'Licences to trade'")
        await kit.execute(f"INSERT INTO {table} ({NAMES}) VALUES {VALUES}")
        url = f"mariadb://{kit.schema}:{kit.schema}@127.0.0.1:{kit.line.port}/{kit.schema}"
        made = checked(await look(url, None, (), Bounds()), tmp_path)
        assert made.problems == []
        assert made.draft.url == f"mariadb://127.0.0.1:{kit.line.port}/{kit.schema}"
        (dataset,) = made.draft.datasets
        assert (dataset.id, dataset.title, dataset.rows) == (("licence_no",), "Licences to trade", 90)
        columns = {each.name: each.column for each in dataset.columns}
        assert (columns["issued"].type, columns["issued"].null) == (ColumnType.DATE, frozenset({"1900-01-01"}))
        assert (columns["fee"].type, columns["fee"].description) == (ColumnType.MONEY, "In dollars.")
    finally:
        await kit.aclose()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///nowhere/board.db", "there is no SQLite file board.db; is its path right?"),
        ("postgresql://u:s3cret@127.0.0.1:9/p", "is it running, and are host and port of the URL right?"),
        ("postgresql://postgres@127.0.0.1:5432/no_such_database", "check the name at the end of the URL"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(url: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Unseen) as error:
        looked(url, tmp_path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "s3cret" not in str(error.value)
