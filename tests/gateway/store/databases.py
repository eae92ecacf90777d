"""Stores for tests: a SQLite file, a PostgreSQL database of its own; and a line that falls silent.

To make a database takes several times as long as to empty one: those of a run are kept, each for one test
at a time, until `drop` at its end.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from gateway.store import Store, open_store
from tests.contract.conftest import POSTGRES
from tests.contract.line import Line

ROOT = Path(__file__).parents[3]
EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public
"""
_made: list[str] = []
_free: list[str] = []
"""The databases of this process; those of them that no test has."""


@asynccontextmanager
async def postgres() -> AsyncIterator[sa.URL]:
    """An empty database; skips where there is no server, but not in CI."""
    try:
        admin = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        message = f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    try:
        name = _free.pop() if _free else await _new(admin)
        place = sa.make_url(POSTGRES).set(drivername="postgresql", database=name)
        yield place
        used = await asyncpg.connect(place.render_as_string(hide_password=False), timeout=5)
        await used.execute(EMPTY)
        await used.close()
        _free.append(name)
    finally:
        await admin.close()


async def _new(admin: asyncpg.Connection) -> str:
    name = f"citygraph_store_{uuid.uuid4().hex[:12]}"
    await admin.execute(f"CREATE DATABASE {name}")
    _made.append(name)
    return name


async def drop() -> None:
    """Remove the databases of this process."""
    if not _made:
        return
    admin = await asyncpg.connect(POSTGRES, timeout=5)
    for name in _made:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a store that is not made yet, of both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state' / 'store.db'}"
        return
    async with postgres() as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A store, of both kinds."""
    opened = await open_store(store_url)
    yield opened
    await opened.aclose()


class Quiet(Line):
    """A line on which, after `hush`, connections stay open and nothing comes through."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._through = asyncio.Event()
        self._through.set()

    def hush(self) -> None:
        self._through.clear()

    async def stop(self) -> None:
        self._through.set()
        await super().stop()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = asyncio.StreamReader()
        copying = asyncio.ensure_future(super()._copy(heard, writer))
        try:
            while data := await reader.read(65536):
                await self._through.wait()
                heard.feed_data(data)
        except OSError:
            pass
        heard.feed_eof()
        await copying


@asynccontextmanager
async def lined(kind: type[Line] = Line) -> AsyncIterator[tuple[str, Line]]:
    """A PostgreSQL store's URL through a line that can be cut."""
    async with postgres() as url:
        line = kind(url.host or "127.0.0.1", url.port or 5432)
        await line.start()
        yield url.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False), line
        await line.stop()
