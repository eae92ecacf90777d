"""`python -m bench.policy`: what keys, decisions, limits and the record add to one profile request.

The same request to two gateways over the same demo city, through the whole ASGI application: one
that knows no keys and keeps no record, one with a partner's key, its agreement and quota, and the
record in batches. Both take turns in one run; the difference of the medians is the answer.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from bench.cases import CITY, QUERIES
from bench.measure import in_turns
from gateway.app import create_app
from gateway.catalogue import load
from gateway.demo.generate import build
from gateway.demo.partners import demo_settings, partners
from gateway.demo.samples import samples
from gateway.engine.engine import CityEngine
from gateway.office import Office
from gateway.settings import Settings

App = Callable[..., Awaitable[None]]


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


async def measure(directory: Path, rounds: int) -> None:
    """Print both, and the difference."""
    built = build(directory, 2_000)
    city = load(CITY, {"CITYGRAPH_DEMO": str(built.directory)})
    settings = demo_settings(Settings(), directory)
    known = await asyncio.to_thread(partners, settings)
    secret = next(each.secret for each in known if each.agreement == "fire-brigade")
    agreement = (CITY / "agreements" / "fire-brigade.toml").read_text(encoding="utf-8")
    wide = agreement.replace('rate = "5/s"', 'rate = "100000/s"').replace("per_day = 1000", "per_day = 100000000")
    wide = "".join(line for line in wide.splitlines(keepends=True) if not line.startswith("rows = "))  # others' work
    (directory / "agreements").mkdir()
    (directory / "agreements" / "fire-brigade.toml").write_text(wide, encoding="utf-8")
    unlimited = replace(settings, agreements=str(directory / "agreements"))
    query = (QUERIES / "profile.graphql").read_text(encoding="utf-8")
    body = orjson.dumps({"query": query, "variables": {"id": samples(built.directory).busy}})
    async with AsyncExitStack() as stack:
        office = Office(unlimited, CITY)
        bare = create_app(CityEngine(city, Settings()), city, Settings())
        full = create_app(CityEngine(city, unlimited, services=office.bind(city)), city, unlimited, office=office)
        for app in (bare, full):
            await stack.enter_async_context(app.router.lifespan_context(app))
        key = [(b"authorization", f"Bearer {secret}".encode())]
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "no keys, no record": lambda: ask(bare, body, []),
            "with a partner's key": lambda: ask(full, body, key),
            "with a partner's key, for a purpose": lambda: ask(full, body, [*key, *_WHY]),
        }
        expected = orjson.loads(await ask(bare, body, []))["data"]
        assert orjson.loads(await ask(full, body, key))["data"].keys() == expected.keys()
        found = await in_turns(ways, rounds)
    first = next(iter(found.values())).cpu_ms
    for name, figures in found.items():
        click.echo(f"{name:<40} {figures.cpu_ms:7.3f} ms CPU   {1000 * (figures.cpu_ms - first):+7.1f} µs")


_WHY = [(b"x-citygraph-purpose", b"fire-inspection"), (b"x-citygraph-reference", b"2026/118")]


@click.command()
@click.option("--rounds", default=1_000, show_default=True, help="Requests of each kind.")
def bench(rounds: int) -> None:
    """Measure what a partner's key costs a request."""
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(measure(Path(temporary), rounds))


if __name__ == "__main__":
    bench()
