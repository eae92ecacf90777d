"""Migrations make the tables that the packages declare; moments come back as they went in."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

import gateway.crosswalk.tables
import gateway.policy
from gateway.policy.keys.tables import KEYS
from gateway.store import METADATA, Store
from gateway.store.versions import VERSIONS, is_current

LOCAL = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))


def all_tables() -> None:
    """Import every module that may declare a table."""
    for module in pkgutil.walk_packages(gateway.policy.__path__, "gateway.policy."):
        importlib.import_module(module.name)


async def test_the_migrations_make_what_the_code_declares(store: Store) -> None:
    all_tables()

    def compare(connection: Connection) -> list[object]:
        options = {"compare_type": True, "version_table": VERSIONS}
        found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        return found

    async with store.read() as connection:
        assert await connection.run_sync(compare) == []


async def test_moments_are_in_utc_and_aware(store: Store) -> None:
    key = {
        "id": "a",
        "name": "a",
        "admin": False,
        "networks": "",
        "created_by": "a",
        "changed_by": "a",
        "hash": b"a",
        "created": LOCAL,
    }
    async with store.change() as connection:
        await connection.execute(sa.insert(KEYS).values(key))
    async with store.read() as connection:
        read = (await connection.execute(sa.select(KEYS.c.created))).scalar_one()
    assert (read, read.tzinfo) == (LOCAL, UTC)


async def test_a_moment_without_a_zone_is_a_mistake(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="with their time zone"):
        async with store.change() as connection:
            await connection.execute(sa.update(KEYS).values(used=datetime(2026, 1, 1)))


async def test_a_store_tells_how_far_it_is(store: Store) -> None:
    assert await is_current(store.engine)
    async with store.change() as connection:
        await connection.execute(sa.text(f"UPDATE {VERSIONS} SET version_num = '0001'"))
    assert not await is_current(store.engine)
