"""Kits: for every kind of adapter, a way to put rows into a real system and ask them back."""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest
import sqlalchemy as sa

from adapters.base import Adapter, Column, ColumnType, Dataset, Source, Stored
from adapters.errors import Unavailable
from adapters.kinds import open_adapter
from adapters.memory import MemoryAdapter
from tests.contract.sample import Rows

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


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


SQLITE_TYPES = {
    ColumnType.INT: "INTEGER",
    ColumnType.YEAR: "INTEGER",
    ColumnType.FLOAT: "REAL",
    ColumnType.MONEY: "NUMERIC",
    ColumnType.BOOL: "INTEGER",
    ColumnType.POINT: "REAL",
}
POSTGRES_TYPES = {
    ColumnType.INT: "bigint",
    ColumnType.YEAR: "integer",
    ColumnType.FLOAT: "double precision",
    ColumnType.MONEY: "numeric",
    ColumnType.BOOL: "boolean",
    ColumnType.DATE: "date",
    ColumnType.DATETIME: "timestamptz",
    ColumnType.POINT: "double precision",
}


def written(column: Column, types: dict[ColumnType, str]) -> str:
    if column.stored == "text" or (column.type is ColumnType.POINT and len(column.source) == 1):
        return "text"
    return types.get(column.type, "text")


def table(dataset: Dataset, name: str, types: dict[ColumnType, str]) -> str:
    parts = [f"{quoted(s)} {written(c, types)}" for c in dataset.columns.values() for s in c.source]
    return f"CREATE TABLE {name} ({', '.join(parts)})"


def sources(dataset: Dataset) -> list[str]:
    return [source for column in dataset.columns.values() for source in column.source]


class SqliteKit:
    name = "sqlite"

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.path = directory / "agency.db"
        sqlite3.connect(self.path).close()
        self.adapter = open_adapter(Source("dept.db", "sql", f"sqlite:///{self.path}", **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        names = sources(dataset)
        connection = sqlite3.connect(self.path)
        connection.execute(table(dataset, quoted(dataset.path), SQLITE_TYPES))
        connection.executemany(
            f"INSERT INTO {quoted(dataset.path)} VALUES ({', '.join('?' * len(names))})",
            [[_sqlite(row.get(name)) for name in names] for row in rows],
        )
        for columns in index:
            connection.execute(f"CREATE INDEX {quoted(uuid.uuid4().hex)} ON {quoted(dataset.path)} ({_list(columns)})")
        connection.commit()
        connection.close()
        return dataset

    async def stop(self) -> None:
        self.path.rename(self.path.with_suffix(".gone"))

    async def start(self) -> None:
        self.path.with_suffix(".gone").rename(self.path)

    async def aclose(self) -> None:
        await self.adapter.aclose()


def _list(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns))


def _sqlite(value: Stored) -> Stored:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


class Line:
    """A network line to a server that can be cut: a relay of bytes on a port of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[object]] = set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._relays)
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        for copied in (self._copy(reader, back), self._copy(there, writer)):
            task: asyncio.Task[object] = asyncio.ensure_future(copied)
            self._relays.add(task)
            task.add_done_callback(self._relays.discard)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        self._writers.discard(writer)


class PostgresKit:
    name = "postgres"

    def __init__(self, admin: Any, line: Line, schema: str, url: str, **settings: Any) -> None:
        self.admin = admin
        self.line = line
        self.schema = schema
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
            await self.admin.execute(f"CREATE INDEX ON {name} ({_list(columns)})")
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


async def open_kit(name: str, directory: Path, **settings: Any) -> Kit:
    match name:
        case "memory":
            return MemoryKit()
        case "sqlite":
            return SqliteKit(directory, **settings)
        case _:
            return await postgres_kit(**settings)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    """Every kind of adapter in turn."""
    kit = await open_kit(request.param, tmp_path)
    yield kit
    await kit.aclose()


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    """Every database in turn, with a time-out of half a second and two connections."""
    kit = await open_kit(request.param, tmp_path, timeout=0.5, concurrency=2)
    yield kit
    await kit.aclose()
