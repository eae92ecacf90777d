"""Kits: for every kind of adapter, a way to put rows into a real system and ask them back."""

import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import asyncmy
import asyncpg
import duckdb
import pytest
import sqlalchemy as sa

from adapters.base import Adapter, Column, Dataset, Source, Stored
from adapters.errors import Unavailable
from adapters.kinds import open_adapter
from adapters.memory import MemoryAdapter
from tests.contract.datasette_kit import datasette_kit
from tests.contract.graphql_kit import graphql_kit
from tests.contract.line import Line
from tests.contract.sample import Rows
from tests.contract.tables import (
    DUCKDB_TYPES,
    MARIADB_TYPES,
    POSTGRES_TYPES,
    listed,
    load_sqlite,
    quoted,
    sources,
    table,
    written,
)
from tests.contract.web import rest_kit, socrata_kit

MARIADB = os.environ.get("CITYGRAPH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306")
POSTGRES = os.environ.get("CITYGRAPH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


class Kit(Protocol):
    """One kind of system. `load` makes a table and returns the dataset as it is to be asked."""

    name: str

    @property
    def adapter(self) -> Adapter: ...

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset: ...

    async def stop(self) -> None:
        """Take the system away from under the adapter."""
        ...

    async def start(self) -> None:
        """And bring it back."""
        ...

    async def aclose(self) -> None: ...


class MemoryKit:
    name = "memory"

    def __init__(self) -> None:
        self.adapter = MemoryAdapter({})

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        self.adapter.rows[dataset.path] = rows
        return dataset

    async def stop(self) -> None:
        self.adapter.failure = Unavailable("the source can't be reached")

    async def start(self) -> None:
        self.adapter.failure = None

    async def aclose(self) -> None:
        await self.adapter.aclose()


class SqliteKit:
    name = "sqlite"

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.path = directory / "agency.db"
        sqlite3.connect(self.path).close()
        self.adapter = open_adapter(Source("dept.db", "sql", f"sqlite:///{self.path}", **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        load_sqlite(self.path, dataset, rows, index)
        return dataset

    async def stop(self) -> None:
        self.path.rename(self.path.with_suffix(".gone"))

    async def start(self) -> None:
        self.path.with_suffix(".gone").rename(self.path)

    async def aclose(self) -> None:
        await self.adapter.aclose()


class InlineKit(SqliteKit):
    """The same, looked up on the event loop's own thread as far as that is quick."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        super().__init__(directory, options=MappingProxyType({"inline": True}), **settings)


class PostgresKit:
    name = "postgres"

    def __init__(self, admin: Any, line: Line, schema: str, url: str, **settings: Any) -> None:
        self.admin = admin
        self.line = line
        self.schema = schema
        self.url = url
        self.adapter = open_adapter(Source("dept.db", "sql", url, **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        names = sources(dataset)
        name = f"{self.schema}.{quoted(dataset.path)}"
        await self.admin.execute(table(dataset, name, POSTGRES_TYPES))
        await self.admin.copy_records_to_table(
            dataset.path,
            schema_name=self.schema,
            records=[[row.get(column) for column in names] for row in rows],
        )
        for columns in index:
            await self.admin.execute(f"CREATE INDEX ON {name} ({listed(columns)})")
        await self.admin.execute(f"ANALYZE {name}")
        return replace(dataset, path=f"{self.schema}.{dataset.path}")

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def end_sessions(self) -> None:
        """As an administrator would, or a restart."""
        await self.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", self.schema
        )

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()
        await self.admin.execute(f"DROP SCHEMA {self.schema} CASCADE")
        await self.admin.execute(f"DROP ROLE {self.schema}")
        await self.admin.close()


async def postgres_kit(**settings: Any) -> PostgresKit:
    """A schema and a role of its own; skips where there is no server, but not in CI."""
    try:
        admin = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        message = f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    schema = f"citygraph_contract_{uuid.uuid4().hex[:12]}"
    await admin.execute(f"CREATE ROLE {schema} LOGIN PASSWORD '{schema}'")
    await admin.execute(f"CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO {schema}")
    await admin.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {schema}")
    server = sa.make_url(POSTGRES)
    line = Line(server.host or "127.0.0.1", server.port or 5432)
    await line.start()
    url = server.set(username=schema, password=schema, host="127.0.0.1", port=line.port)
    return PostgresKit(admin, line, schema, url.render_as_string(hide_password=False), **settings)


class MariadbKit:
    """A database of its own, whose text is compared without case, as is usual there."""

    name = "mariadb"

    def __init__(self, admin: asyncmy.Connection, line: Line, schema: str, url: str, **settings: Any) -> None:
        self.admin = admin
        self.line = line
        self.schema = schema
        self.url = url
        self.adapter = open_adapter(Source("dept.db", "sql", url, **settings))

    async def execute(self, text: str, *rows: Sequence[Stored]) -> Sequence[tuple[Any, ...]]:
        async with self.admin.cursor() as cursor:
            await (cursor.executemany(text, rows) if rows else cursor.execute(text))
            return await cursor.fetchall()

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        """MariaDB has no names that end in a blank."""
        asked = replace(dataset, columns={name: _without_blank(c) for name, c in dataset.columns.items()})
        name = f"{self.schema}.{_ticked(dataset.path)}"
        columns = [(s, c) for c in asked.columns.values() for s in c.source]
        parts = [f"{_ticked(s)} {written(c, MARIADB_TYPES).replace('text', 'VARCHAR(200)')}" for s, c in columns]
        await self.execute(f"CREATE TABLE {name} ({', '.join(parts)})")
        if rows:
            places = ", ".join(["%s"] * len(columns))
            values = [[_mariadb(row.get(source)) for source in sources(dataset)] for row in rows]
            await self.execute(f"INSERT INTO {name} VALUES ({places})", *values)
        for names in index:
            await self.execute(f"CREATE INDEX {_ticked(uuid.uuid4().hex)} ON {name} ({', '.join(map(_ticked, names))})")
        await self.execute(f"ANALYZE TABLE {name}")
        return asked

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def end_sessions(self) -> None:
        """As an administrator would, or a restart."""
        for (session,) in await self.execute(
            f"SELECT id FROM information_schema.processlist WHERE user = '{self.schema}'"
        ):
            await self.execute(f"KILL {session}")

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()
        await self.execute(f"DROP DATABASE {self.schema}")
        await self.execute(f"DROP USER '{self.schema}'@'%'")
        await self.admin.ensure_closed()


def _ticked(name: str) -> str:
    return f"`{name.rstrip().replace('`', '``')}`"


def _without_blank(column: Column) -> Column:
    return replace(column, source=tuple(source.rstrip() for source in column.source))


def _mariadb(value: Stored) -> Stored:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


async def mariadb_kit(**settings: Any) -> MariadbKit:
    """A database and a user of its own; skips where there is no server, but not in CI."""
    server = sa.make_url(MARIADB)
    host, port = server.host or "127.0.0.1", server.port or 3306
    admin = asyncmy.Connection(  # type: ignore[no-untyped-call]
        host=host, port=port, user=server.username, password=server.password or "", autocommit=True, charset="utf8mb4"
    )
    try:
        await admin.connect()
    except (OSError, asyncmy.errors.MySQLError) as error:
        message = f"no MariaDB at CITYGRAPH_TEST_MARIADB ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    schema = f"citygraph_contract_{uuid.uuid4().hex[:12]}"
    line = Line(host, port)
    await line.start()
    url = sa.URL.create("mariadb", schema, schema, "127.0.0.1", line.port, schema)
    kit = MariadbKit(admin, line, schema, url.render_as_string(hide_password=False), **settings)
    await kit.execute("SET time_zone = '+00:00'")
    await kit.execute(f"CREATE DATABASE {schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    await kit.execute(f"CREATE USER '{schema}'@'%' IDENTIFIED BY '{schema}'")
    await kit.execute(f"GRANT ALL ON {schema}.* TO '{schema}'@'%'")
    return kit


class ParquetKit:
    """Parquet files in a folder."""

    name = "parquet"

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.folder = directory / "exports"
        self.folder.mkdir()
        self.adapter = open_adapter(Source("dept.db", "files", f"{self.folder}/", options=AT_ONCE, **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        names = sources(dataset)
        with duckdb.connect() as database:
            database.execute(table(dataset, "rows", DUCKDB_TYPES))
            if rows:
                values = [[row.get(name) for name in names] for row in rows]
                database.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(names))})", values)
            database.execute(f"COPY rows TO '{self.folder / dataset.path}' (FORMAT parquet)")
        return replace(dataset, options={**dataset.options, "format": {"kind": "parquet"}})

    async def stop(self) -> None:
        self.folder.rename(self.folder.with_suffix(".gone"))

    async def start(self) -> None:
        self.folder.with_suffix(".gone").rename(self.folder)

    async def aclose(self) -> None:
        await self.adapter.aclose()


AT_ONCE = MappingProxyType({"refresh": "0s"})


async def open_kit(name: str, directory: Path, **settings: Any) -> Kit:
    match name:
        case "memory":
            return MemoryKit()
        case "sqlite":
            return SqliteKit(directory, **settings)
        case "sqlite-inline":
            return InlineKit(directory, **settings)
        case "parquet":
            return ParquetKit(directory, **settings)
        case "datasette":
            return await datasette_kit(**settings)
        case "graphql":
            return await graphql_kit(**settings)
        case "mariadb":
            return await mariadb_kit(**settings)
        case "socrata":
            return await socrata_kit(**settings)
        case "rest-each" | "rest-repeat" | "rest-comma":
            return await rest_kit(name, **settings)
        case _:
            return await postgres_kit(**settings)


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        "sqlite-inline",
        "postgres",
        "mariadb",
        "parquet",
        "datasette",
        "graphql",
        "socrata",
        "rest-each",
        "rest-repeat",
    ]
)
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    """Every kind of adapter in turn."""
    kit = await open_kit(request.param, tmp_path)
    yield kit
    await kit.aclose()


@pytest.fixture(params=["sqlite", "sqlite-inline", "postgres", "mariadb"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    """Every database in turn, with a time-out of half a second and two connections."""
    kit = await open_kit(request.param, tmp_path, timeout=0.5, concurrency=2)
    yield kit
    await kit.aclose()
