"""Stores for tests: a SQLite file, a PostgreSQL database of its own; and a line that falls silent."""

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
    name = f"citygraph_store_{uuid.uuid4().hex[:12]}"
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(POSTGRES).set(drivername="postgresql", database=name)
    finally:
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
