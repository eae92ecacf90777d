"""`python -m bench.unseen`: what a document costs that the gateway has never seen.

Beside graphql-core's parse and validate of the same text: everything that the gateway does with it
before an agency is asked (caps, parse, validation, plan, needs, decisions, cost). Documents are the
examples of the demo city and the questions of `python -m bench.peers`; each is asked under another
operation name every time.
"""

import asyncio
import cProfile
import os
import pstats
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import click
from graphql import GraphQLSchema, OperationDefinitionNode, parse, validate
from rich.console import Console
from rich.table import Table

from bench.measure import in_turns
from bench.peers.questions import CITY
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.settings import read_settings
from gateway.settling import release, settle
from gateway.web.examples import read_examples

_DEMO = CITY.parents[1] / "cities" / "demo"
_SECRETS = {"CITYGRAPH_PEPPER": "unseen" * 8, "CITYGRAPH_SIGNING_KEY": "documents" * 8}
_WAYS = ("graphql-core", "gateway")


@click.command()
@click.option("--rounds", default=100, show_default=True)
@click.option("--profile", "lines", type=int, help="Print this many lines of cProfile for each document instead.")
@click.option("--only", help="Only documents whose name has this in it.")
def bench(rounds: int, lines: int | None, only: str | None) -> None:
    """Measure what the gateway does with a text before it asks anybody."""
    table = Table(title="A document that was never seen, CPU ms", title_justify="left")
    for heading in ("document", *_WAYS, "ratio"):
        table.add_column(heading, justify="left" if heading == "document" else "right")
    for city in (_DEMO, CITY):
        engine = _engine(city)
        settle()  # as a gateway that serves does
        for name, text, variables in _documents(city):
            if only is None or only in name:
                ways = _ways(engine, name, text, variables)
                if lines:
                    asyncio.run(_profile(ways["gateway"], rounds, lines))
                    continue
                found = asyncio.run(in_turns(ways, rounds))
                core, ours = (found[way].cpu_ms for way in _WAYS)
                table.add_row(f"{engine.world.city.name}: {name}", f"{core:.2f}", f"{ours:.2f}", f"{ours / core:.2f}")
        release()
    if not lines:
        Console(width=100).print(table)


def _engine(city: Path) -> CityEngine:
    environment = os.environ | _SECRETS | {"BENCH_FOLDER": "."}
    return CityEngine(load(city, environment), read_settings(_SECRETS))


def _documents(city: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, text and variables of each."""
    for example in read_examples(city):
        (operation,) = parse(example.query).definitions
        if isinstance(operation, OperationDefinitionNode) and operation.name is not None:
            yield operation.name.value, example.query, {}
    for file in sorted((city / "queries").glob("*.graphql")):
        variables = {"id": "bt.lot:1000477501"} if file.stem == "Q1" else {"zip": "10001", "first": 10}
        yield file.stem, file.read_text(encoding="utf-8"), variables


def _ways(
    engine: CityEngine, name: str, text: str, variables: dict[str, Any]
) -> dict[str, Callable[[], Awaitable[object]]]:
    numbers, schema = count(), engine.schema.graphql
    caller = Caller("bench", frozenset({"*"}), trusted=True)

    def unseen() -> str:
        return text.replace(name, f"{name}{next(numbers)}", 1)

    async def core() -> object:
        return _validated(schema, unseen())

    async def ours() -> object:
        return engine.preparing.prepare(Request(unseen(), variables=variables, caller=caller))

    return dict(zip(_WAYS, (core, ours), strict=True))


def _validated(schema: GraphQLSchema, text: str) -> object:
    document = parse(text)
    assert not validate(schema, document)
    return document


async def _profile(way: Callable[[], Awaitable[object]], rounds: int, lines: int) -> None:
    await way()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(rounds):
        await way()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(lines)


if __name__ == "__main__":
    bench()
