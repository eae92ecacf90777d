"""`python -m bench.policy`: what keys, decisions, limits and the record add to one profile request.

The same request to two gateways over the same demo city, through the whole ASGI application: one
that knows no keys and keeps no record, one with a partner's key, its agreement and quota, and the
record in batches. Agencies answer from memory, with what they answered first: their own work is
the same for both, and only blurs the difference. Ways take turns in stretches of some requests, of
which the first are not counted: else each pays for the caches that the other has left cold. The
garbage collector waits for the end of a stretch: its turns come to either by chance. All travel alone:
looking for others of its kind (docs/decisions/052) is no work of keys, but only who has one does it here.

What is between two ways differs by some 30 µs from one process to the next (where objects happen to
lie, the seed of hashes), so that several processes measure, one after the other, and the median is
told, with the lowest and the highest.
"""

import asyncio
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import click
import orjson

from adapters.base import Adapter, Answer, Capabilities, Dataset, Scan, Shape, Source, capabilities_of
from adapters.kinds import open_adapter
from bench.cases import CITY, QUERIES
from gateway.app import create_app
from gateway.catalogue import load
from gateway.demo.generate import build
from gateway.demo.partners import demo_settings, partners
from gateway.demo.samples import samples
from gateway.engine.convoys import Convoys
from gateway.engine.engine import CityEngine
from gateway.engine.preparing import Prepared
from gateway.engine.requests import Caller, Engine, Request, Response
from gateway.engine.run import Run
from gateway.office import Office
from gateway.settings import Settings
from resolvers.city import City

App = Callable[..., Awaitable[None]]
Way = Callable[[], Awaitable[bytes]]
_COLD, _COUNTED = 8, 20  # requests of a stretch
_YEAR = timedelta(days=365)  # whose key ends soon is told so in a header


class Remembered:
    """An adapter that asks for everything once, and then tells what it was told."""

    def __init__(self, source: Source) -> None:
        self._adapter: Adapter = open_adapter(source)
        self._known: dict[tuple[str, Scan], Answer] = {}

    @property
    def capabilities(self) -> Capabilities:
        """Those of the agency's system."""
        return self._adapter.capabilities

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """Those of one dataset."""
        return capabilities_of(self._adapter, dataset)

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """What was answered the first time."""
        key = dataset.name, scan
        if key not in self._known:
            self._known[key] = await self._adapter.scan(dataset, scan)
        return self._known[key]

    async def describe(self, dataset: Dataset) -> Shape | None:
        """The agency's own word."""
        return await self._adapter.describe(dataset)

    async def ping(self) -> None:
        """As the agency's system does."""
        await self._adapter.ping()

    async def aclose(self) -> None:
        """Close the agency's system."""
        await self._adapter.aclose()


class Alone(Convoys):
    """No request waits for others of its kind."""

    def line(self, prepared: Prepared, run: Run) -> None:
        """Nobody lines up."""


class AsCaller:
    """An engine for one caller, whoever asks: its decisions, without its key, limits and record."""

    def __init__(self, engine: Engine, caller: Caller) -> None:
        self._engine, self._caller = engine, caller

    async def execute(self, request: Request) -> Response:
        """As that caller."""
        return await self._engine.execute(replace(request, caller=self._caller))

    async def start(self) -> None:
        """It is started by another."""

    async def aclose(self) -> None:
        """It is closed by another."""


async def ask(app: App, body: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """One POST to /graphql, without a socket between."""
    sent: list[dict[str, Any]] = []
    received = [{"type": "http.request", "body": body, "more_body": False}]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), *headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> dict[str, Any]:
        if received:
            return received.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return b"".join(message.get("body", b"") for message in sent)


def unlimited(directory: Path, settings: Settings) -> Settings:
    """The brigade's agreement with a wide quota, and for every ward: the rows that it leaves out
    would be work that only the other gateway has."""
    agreement = (CITY / "agreements" / "fire-brigade.toml").read_text(encoding="utf-8")
    wide = agreement.replace('rate = "5/s"', 'rate = "100000/s"').replace("per_day = 1000", "per_day = 100000000")
    wide = "".join(line for line in wide.splitlines(keepends=True) if not line.startswith("rows = "))
    (directory / "agreements").mkdir()
    (directory / "agreements" / "fire-brigade.toml").write_text(wide, encoding="utf-8")
    return replace(settings, agreements=str(directory / "agreements"))


async def measure(directory: Path, rounds: int) -> Mapping[str, float]:
    """What each way takes."""
    built = build(directory, 2_000)
    city = load(CITY, {"CITYGRAPH_DEMO": str(built.directory)})
    settings = demo_settings(Settings(), directory)
    known = await asyncio.to_thread(partners, settings, _YEAR)
    secret = next(each.secret for each in known if each.agreement == "fire-brigade")
    query = (QUERIES / "profile.graphql").read_text(encoding="utf-8")
    profile = orjson.dumps({"query": query, "variables": {"id": samples(built.directory).busy}})
    async with AsyncExitStack() as stack:
        ways = await _open(stack, city, unlimited(directory, settings), secret, profile)
        expected = orjson.loads(await next(iter(ways.values()))())["data"]
        for name, way in ways.items():
            assert name.startswith("{") or orjson.loads(await way())["data"] == expected, name
        return await in_stretches(ways, rounds)


def tell(found: Sequence[Mapping[str, float]]) -> None:
    """Print what each way takes, and what is between them, of all processes."""
    for name in found[0]:
        base = next(other for other in found[0] if other.startswith("{") == name.startswith("{"))
        more = [each[name] - each[base] for each in found]
        told = f"   {median(more):+7.1f} µs ({min(more):+.1f} to {max(more):+.1f})" if name != base else ""
        click.echo(f"{name:<44} {median([each[name] for each in found]):8.1f} µs CPU{told}")


async def _open(
    stack: AsyncExitStack, city: City, settings: Settings, secret: str, profile: bytes
) -> Mapping[str, Way]:
    def adapters() -> Mapping[str, Adapter]:
        return {name: Remembered(source) for name, source in city.sources.items()}

    office, plain = Office(settings, CITY), CityEngine(city, Settings(), adapters=adapters())
    bound = CityEngine(city, settings, adapters=adapters(), services=office.bind(city))
    for engine in (plain, bound):
        engine._convoys = Alone(engine._travel)
    full, bare = create_app(bound, city, settings, office=office), create_app(plain, city, Settings())
    for app in (bare, full):
        await stack.enter_async_context(app.router.lifespan_context(app))
    known = office.key_caller(secret, None)
    assert known is not None
    partner = create_app(AsCaller(plain, known[0]), city, Settings())
    key, floor = [(b"authorization", f"Bearer {secret}".encode())], b'{"query":"{__typename}"}'
    return {
        "no keys, no record": lambda: ask(bare, profile, []),
        "the same, decided as for a partner": lambda: ask(partner, profile, []),
        "keys and record, without a key": lambda: ask(full, profile, []),
        "with a partner's key": lambda: ask(full, profile, key),
        "with a partner's key, for a purpose": lambda: ask(full, profile, [*key, *_WHY]),
        "{__typename}, no keys, no record": lambda: ask(bare, floor, []),
        "{__typename}, with a partner's key": lambda: ask(full, floor, key),
    }


async def in_stretches(ways: Mapping[str, Way], rounds: int) -> Mapping[str, float]:
    """CPU of the process for one request of each way, in microseconds: of twenty the fastest, which is
    what it takes while nobody else on the machine is in the way."""
    found: dict[str, list[int]] = {name: [] for name in ways}
    for turn in range(rounds):
        # Each after each other as often: who comes after its like finds more at hand.
        for name, way in Random(turn).sample(list(ways.items()), len(ways)):
            gc.collect()
            gc.disable()
            for i in range(_COLD + _COUNTED):
                begun = time.process_time_ns()
                await way()
                if i >= _COLD:
                    found[name].append(time.process_time_ns() - begun)
            gc.enable()
    return {name: quantiles(taken, n=20)[0] / 1000 for name, taken in found.items()}


_WHY = [(b"x-citygraph-purpose", b"fire-inspection"), (b"x-citygraph-reference", b"2026/118")]


@click.command()
@click.option("--rounds", default=25, show_default=True, help=f"Stretches of {_COUNTED} requests of each kind.")
@click.option("--processes", default=9, show_default=True, help="How many processes measure, one after the other.")
@click.option("--alone", is_flag=True, help="Measure in this process, and print what was found as JSON.")
def bench(rounds: int, processes: int, *, alone: bool) -> None:
    """Measure what a partner's key costs a request."""
    if alone:
        with tempfile.TemporaryDirectory() as temporary:
            click.echo(orjson.dumps(asyncio.run(measure(Path(temporary), rounds))))
        return
    one = [sys.executable, "-m", "bench.policy", "--alone", "--rounds", str(rounds)]
    tell([orjson.loads(subprocess.run(one, capture_output=True, check=True).stdout) for _ in range(processes)])


if __name__ == "__main__":
    bench()
