"""`citygraph serve` over real HTTP before the demo city, on a store in SQLite and one in PostgreSQL."""

import asyncio
import os
import shlex
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from gateway.demo.generate import build
from gateway.demo.samples import Samples, samples
from gateway.demo.systems.running import environment, running
from gateway.policy.keys import Register
from gateway.store import open_store
from tests.contract.conftest import POSTGRES
from tests.partners.serving import PEPPER, SIGNING_KEY, Key, Partners, generous, plain_environment

WHO = (("County Benefits Office", "benefits-office"), ("Ward 3 Brigade", "fire-brigade"), ("Administrator", None))


@dataclass(frozen=True, slots=True)
class Harbourton:
    """The demo city of 300 addresses, its systems running, all agencies well."""

    directory: Path
    samples: Samples
    systems: Mapping[str, str]


@pytest.fixture(scope="session")
def harbourton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbourton]:
    """Made once for all stores."""
    directory = tmp_path_factory.mktemp("partners") / "demo"
    build(directory, 300)
    telling = samples(directory)
    subprocess.run(shlex.split(telling.wake), check=True)
    with running(directory) as started:
        assert [each.system.agency for each in started if not each.answers] == []
        yield Harbourton(directory, telling, environment(started))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def partners(
    request: pytest.FixtureRequest, harbourton: Harbourton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Partners]:
    """A gateway with two partners and an administrator; the same one for all tests of a store."""
    place = tmp_path_factory.mktemp(request.param)
    with store_of(request.param, place) as url:
        settings = plain_environment(
            CITYGRAPH_MODE="development",
            CITYGRAPH_DEMO=str(harbourton.directory),
            CITYGRAPH_STORE=url,
            CITYGRAPH_AUDIT=str(place / "audit"),
            CITYGRAPH_AGREEMENTS=str(generous(place / "agreements")),
            CITYGRAPH_PEPPER=PEPPER,
            CITYGRAPH_SIGNING_KEY=SIGNING_KEY,
            **harbourton.systems,
        )
        made = Partners(request.param, place, harbourton.samples, settings)
        made.benefits, made.brigade, made.admin = asyncio.run(keys(url))
        try:
            with made.start() as made.gateway:
                yield made
        finally:
            made.client.close()


@contextmanager
def store_of(kind: str, place: Path) -> Iterator[str]:
    """The URL of a store that is not made yet; what holds it is removed at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{place / f'store{uuid.uuid4().hex[:8]}' / 'store.db'}"
        return
    name = f"citygraph_partners_{uuid.uuid4().hex[:12]}"
    try:
        asyncio.run(_execute(f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        message = f"no PostgreSQL at CITYGRAPH_TEST_POSTGRES ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    try:
        url = sa.make_url(POSTGRES).set(drivername="postgresql", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(f"DROP DATABASE {name} WITH (FORCE)"))


async def keys(url: str, *who: tuple[str, str | None]) -> tuple[Key, ...]:
    """Keys in a store for `(name, agreement)`; who has no agreement is an administrator."""
    now = datetime.now(UTC)
    store = await open_store(url)
    try:
        register = Register(store, PEPPER.encode())
        made = []
        for name, agreement in who or WHO:
            issued = await register.create(
                name,
                by="tests",
                now=now,
                agreement=agreement,
                admin=agreement is None,
                expires=now + timedelta(days=100),
            )
            made.append(Key(issued.record.prefix, issued.secret))
        return tuple(made)
    finally:
        await store.aclose()


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRES, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
