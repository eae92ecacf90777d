"""Stores in both engines, and a Redis with a prefix of the test's own."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError

from gateway.store import Store, open_store

POSTGRES = os.environ.get("CITYGRAPH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("CITYGRAPH_TEST_REDIS", "redis://127.0.0.1:6379/0")


def missing(what: str) -> None:
    """Skip with a line that says what is missing; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRES)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store of the test's own, in each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    name = f"citygraph_limits_{uuid.uuid4().hex[:12]}"
    try:
        asyncio.run(_execute(f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError) as error:
        missing(f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})")
    try:
        yield sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """That store, open."""
    opened = await open_store(store_url)
    yield opened
    await opened.aclose()


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """A prefix for keys in the Redis at `REDIS`; what is below it is deleted at the end."""
    prefix = f"citygraph-test:{uuid.uuid4().hex[:12]}:"
    redis = Redis.from_url(REDIS, socket_timeout=2)
    try:
        redis.ping()
    except RedisError as error:
        missing(f"no Redis at CITYGRAPH_TEST_REDIS ({type(error).__name__})")
    yield prefix
    keys = list(redis.scan_iter(f"{prefix}*"))
    if keys:
        redis.delete(*keys)
    redis.close()
