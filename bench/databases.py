"""Databases as `bench.fetches` measures them: SQLite, PostgreSQL, MariaDB, and a CSV file.

On a server the licences are in a database of their own, which is dropped at the end.
"""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import aiosqlite
import asyncmy
import asyncpg
import duckdb
import sqlalchemy as sa

from bench.licences import NAMES, ROWS, Wanted, texts
from bench.systems import Missing, Rows, System, dataset, from_texts, opened

POSTGRES = os.environ.get("CITYGRAPH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("CITYGRAPH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306")
LISTED = ", ".join(NAMES)
SQLITE_TABLE = """CREATE TABLE licences
(number TEXT PRIMARY KEY, ward TEXT, street TEXT, state TEXT, issued TEXT, fee NUMERIC, seats INTEGER)"""
POSTGRES_TABLE = """CREATE TABLE licences
(number text PRIMARY KEY, ward text, street text, state text, issued date, fee numeric, seats integer)"""
MARIADB_TABLE = """CREATE TABLE licences (number varchar(20) PRIMARY KEY, ward varchar(5), street varchar(80),
state varchar(5), issued date, fee decimal(12, 2), seats int)"""


def _marks(wanted: Wanted, mark: str = "?") -> str:
    return ", ".join([mark] * len(wanted.rows))


def sqlite(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """Asked in a thread."""
    return _sqlite("sqlite", folder, wanted)


def sqlite_inline(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """Asked on the event loop's own thread, where that is quick."""
    return _sqlite("sqlite-inline", folder, wanted, inline=True)


@asynccontextmanager
async def _sqlite(name: str, folder: Path, wanted: Wanted, **options: object) -> AsyncIterator[System]:
    numbers = wanted.numbers
    file = folder / f"{name}.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(SQLITE_TABLE)
        rows = [(*row[:4], row[4].isoformat(), float(row[5]), row[6]) for row in ROWS]
        connection.executemany("INSERT INTO licences VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    text = f"SELECT {LISTED} FROM licences WHERE number IN ({_marks(wanted)})"
    async with aiosqlite.connect(file) as reading, opened("sql", f"sqlite:///{file}", **options) as adapter:

        async def bare() -> Rows:
            return list(await reading.execute_fetchall(text, numbers))

        async def typed() -> Rows:
            rows = await reading.execute_fetchall(text, numbers)
            day = date.fromisoformat
            return [(n, w, s, t, day(i), Decimal(str(f)), e) for n, w, s, t, i, f, e in rows]

        yield System(name, adapter, dataset("licences"), bare, typed)


@asynccontextmanager
async def postgres(folder: Path, wanted: Wanted) -> AsyncIterator[System]:
    numbers = wanted.numbers
    name = f"citygraph_bench_{uuid.uuid4().hex[:8]}"
    try:
        admin = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise Missing(f"no PostgreSQL to ask ({type(error).__name__}); see CITYGRAPH_TEST_POSTGRES") from None
    await admin.execute(f"CREATE DATABASE {name}")
    url = sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(url)
        async with opened("sql", url) as adapter:
            await connection.execute(POSTGRES_TABLE)
            await connection.copy_records_to_table("licences", records=ROWS)
            await connection.execute("ANALYZE licences")
            text = f"SELECT {LISTED} FROM licences WHERE number = ANY($1)"

            async def bare() -> Rows:
                found: Rows = await connection.fetch(text, numbers)
                return found

            async def typed() -> Rows:
                return [tuple(row) for row in await connection.fetch(text, numbers)]

            yield System("postgresql", adapter, dataset("licences"), bare, typed)
        await connection.close()
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@asynccontextmanager
async def mariadb(folder: Path, wanted: Wanted) -> AsyncIterator[System]:
    numbers = wanted.numbers
    name, url = f"citygraph_bench_{uuid.uuid4().hex[:8]}", sa.make_url(MARIADB)
    account = {"host": url.host, "port": url.port or 3306, "user": url.username, "password": url.password or ""}
    try:
        admin = await asyncmy.connect(**account, autocommit=True)
    except (OSError, asyncmy.errors.Error) as error:
        raise Missing(f"no MariaDB to ask ({type(error).__name__}); see CITYGRAPH_TEST_MARIADB") from None
    cursor = admin.cursor()
    await cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        connection = await asyncmy.connect(**account, db=name, autocommit=True, charset="utf8mb4")
        reading = url.set(database=name).render_as_string(hide_password=False)
        async with opened("sql", reading) as adapter:
            writing = connection.cursor()
            await writing.execute(MARIADB_TABLE)
            await writing.executemany("INSERT INTO licences VALUES (%s, %s, %s, %s, %s, %s, %s)", ROWS)
            text = f"SELECT {LISTED} FROM licences WHERE number IN ({_marks(wanted, '%s')})"

            async def bare() -> Rows:
                cursor = connection.cursor()
                await cursor.execute(text, numbers)
                found: Rows = await cursor.fetchall()
                return found

            yield System("mariadb", adapter, dataset("licences"), bare, bare)
        await connection.ensure_closed()
    finally:
        await cursor.execute(f"DROP DATABASE {name}")
        await admin.ensure_closed()


@asynccontextmanager
async def files(folder: Path, wanted: Wanted) -> AsyncIterator[System]:
    """A CSV file. By hand it is a table of DuckDB too, asked in a thread."""
    numbers = wanted.numbers
    place = folder / "exports"
    place.mkdir()
    file = place / "licences.csv"
    file.write_text("\n".join(map(",".join, [NAMES, *map(texts, ROWS)])) + "\n", encoding="utf-8")
    text = f"SELECT {LISTED} FROM licences WHERE number IN ({_marks(wanted)})"
    loop = asyncio.get_running_loop()
    with duckdb.connect(config={"threads": 1}) as database, ThreadPoolExecutor(1) as threads:
        database.execute(f"CREATE TABLE licences AS FROM read_csv('{file}', all_varchar = true)")
        database.execute("CREATE INDEX by_number ON licences (number)")
        async with opened("files", str(place), refresh="1h") as adapter:

            def ask() -> Rows:
                return database.execute(text, numbers).fetchall()

            async def bare() -> Rows:
                return await loop.run_in_executor(threads, ask)

            async def typed() -> Rows:
                return from_texts(await loop.run_in_executor(threads, ask))

            yield System("files", adapter, dataset("licences.csv", "text"), bare, typed)
