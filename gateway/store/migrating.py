"""Bring a store's tables up to date, by alembic's revisions in `gateway/store/migrations`.

A migration is `def upgrade(op: Operations) -> None`: it gets its operations as an argument, so that
two stores can be opened at once, and runs inside one transaction with all others. There is no way
back: an older version of the gateway refuses a newer store, and a backup is the way back.
"""

import asyncio
import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.store.store import WRITES
from gateway.store.versions import MIGRATIONS, VERSIONS, NewerStore

_LOCK = 0x63697479  # PostgreSQL's advisory lock of this program: "city"


async def migrate(engine: AsyncEngine, patience: float) -> None:
    """Run what is missing; one process at a time, the others wait up to `patience` seconds. Raises `NewerStore`."""
    if engine.dialect.name == "sqlite":
        await _journal(engine, patience)
    async with engine.connect() as opened:
        connection = await opened.execution_options(**{WRITES: True})
        async with connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            await connection.run_sync(_upgrade)


async def _journal(engine: AsyncEngine, patience: float) -> None:
    """Readers and a writer side by side. SQLite does not wait here by itself."""
    end = time.monotonic() + patience
    async with engine.connect() as connection:
        while True:
            try:
                return await connection.run_sync(_write_ahead)
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(0.05)


def _write_ahead(connection: Connection) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.close()


def _upgrade(connection: Connection) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])

    def missing(revision: Any, context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)

    context = MigrationContext.configure(connection, opts={"fn": missing, "version_table": VERSIONS})
    try:
        context.run_migrations(op=Operations(context))
    except CommandError as error:
        raise NewerStore(str(error)) from None
