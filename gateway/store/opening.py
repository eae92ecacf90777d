"""From the setting `CITYGRAPH_STORE` to a store whose tables are up to date."""

import os
import sqlite3
from importlib import import_module
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store.store import WRITES, Store, StoreError, reason
from gateway.store.versions import NewerStore, is_current

PATIENCE = 5.0
"""Seconds that a statement, a lock, a connection may take."""
MIGRATION_PATIENCE = 60.0
"""Seconds that a process waits for another one that brings the tables up to date."""

SETTING = "CITYGRAPH_STORE"


async def open_store(url: str) -> Store:
    """The store at a SQLAlchemy URL (`sqlite:///dir/store.db`, `postgresql://user@host/database`).

    Makes the SQLite file (0600) and its directory (0700) where they are missing, and brings the
    tables up to date; several processes may do so at once. Raises `StoreError`.
    """
    place, name = _place(url)
    try:
        if place.drivername == "sqlite+aiosqlite":
            _private(Path(str(place.database)))
        await _migrate(place)
    except NewerStore:
        raise StoreError(f"the store {name} was made by a newer version of Citygraph; run that one") from None
    except (sa.exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, OSError) as error:
        raise StoreError(f"the store {name} can't be opened ({reason(error)}); check {SETTING}") from error
    return Store(_engine(place, PATIENCE), name)


def _place(text: str) -> tuple[sa.URL, str]:
    """The URL with its async driver, and how messages name it: without password and options."""
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(f"{SETTING} is not a URL; write sqlite:///dir/store.db or postgresql://…") from None
    name = url.set(password=None, query={}).render_as_string()
    if url.drivername == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StoreError(
                f"{SETTING} names no file, and what is in memory is forgotten; write sqlite:///dir/store.db"
            )
        return url.set(drivername="sqlite+aiosqlite"), name
    if url.drivername in ("postgresql", "postgres"):
        query = {("ssl" if option == "sslmode" else option): value for option, value in url.query.items()}
        return url.set(drivername="postgresql+asyncpg", query=query), name
    raise StoreError(f"{SETTING} is of the kind {url.drivername!r}; the store is sqlite:///… or postgresql://…")


def _private(file: Path) -> None:
    """The file for this user only. A directory that is there already keeps its mode."""
    missing = [parent for parent in file.parents if not parent.exists()]
    for directory in reversed(missing):
        directory.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


async def _migrate(url: sa.URL) -> None:
    engine = _engine(url, MIGRATION_PATIENCE)
    try:
        if not await is_current(engine):
            await import_module("gateway.store.migrating").migrate(engine, MIGRATION_PATIENCE)
    finally:
        await engine.dispose()


def _engine(url: sa.URL, patience: float) -> AsyncEngine:
    if url.drivername == "sqlite+aiosqlite":
        engine = create_async_engine(
            url, connect_args={"timeout": patience}, pool_timeout=patience, hide_parameters=True
        )
        sa.event.listen(engine.sync_engine, "connect", _prepare)
        sa.event.listen(engine.sync_engine, "begin", _begin)
        return engine
    settings = {
        "application_name": "citygraph",
        "lock_timeout": f"{int(patience * 1000)}ms",
        "jit": "off",  # compiling a look-up to machine code takes longer than the look-up
    }
    return create_async_engine(
        url,
        connect_args={"timeout": PATIENCE, "command_timeout": patience, "server_settings": settings},
        pool_timeout=patience,
        hide_parameters=True,
    )


def _prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """Every commit reaches the disk: a revoked key must not come back with the power."""
    connection.isolation_level = None  # SQLAlchemy begins transactions, see _begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
