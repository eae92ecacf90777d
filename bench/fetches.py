"""`python -m bench.fetches`: what a fetch by key costs each kind of source, beside the bare driver or client.

All ways take turns in one run, in a new order each time, so that they share whatever else the
machine is doing and nobody always comes after the one that emptied the caches. What answers
(PostgreSQL, MariaDB, a web server that has its bytes ready) runs in processes of its own, so that
only our CPU counts; SQLite and DuckDB run in this one, and their work is in all ways alike.

    bare    the driver or client, and JSON decoded: what comes is left as it is
    typed   the same, then a comprehension that makes days, Decimals and whole numbers of it
    scan    the adapter: rows as the source stores them
    read    `reading.read`: what the gateway calls; rows as `typed` has them, damage told apart
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import click
import uvloop
from rich.console import Console
from rich.table import Table

from adapters.base import Scan
from adapters.reading import read
from bench import databases, web
from bench.licences import Wanted, wanted
from bench.measure import Figures
from bench.systems import Missing, System

SYSTEMS: dict[str, Callable[[Path, Wanted], AbstractAsyncContextManager[System]]] = {
    "sqlite": databases.sqlite,
    "sqlite-inline": databases.sqlite_inline,
    "postgresql": databases.postgres,
    "mariadb": databases.mariadb,
    "files": databases.files,
    "socrata": web.socrata,
    "rest": web.rest,
    "datasette": web.datasette,
    "graphql": web.graphql,
}
CALLS = 5
HEADINGS = ("bare ms", "typed ms", "scan ms", "read ms", "scan/bare", "read/bare", "read/typed")


async def measure(rounds: int, only: tuple[str, ...], keys: int) -> list[dict[str, Any]]:
    """The figures of every kind whose server is here; a line for every other."""
    asked = wanted(keys)
    scan = asked.scan
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        systems: list[System] = []
        for name, opened in SYSTEMS.items():
            if only and name not in only:
                continue
            try:
                systems.append(await stack.enter_async_context(opened(folder, asked)))
            except Missing as reason:
                click.echo(f"{name} is left out: {reason}")
        for system in systems:
            await check(system, scan)
        ways = {way: call for system in systems for way, call in ways_of(system, scan).items()}
        found = await in_any_order(ways, rounds)
    return [figures(system.name, found) for system in systems]


async def in_any_order(ways: Mapping[str, Callable[[], Awaitable[object]]], rounds: int) -> dict[str, Figures]:
    """Every way in each round, `CALLS` times in a row, after two rounds to warm up."""
    found = {name: Figures() for name in ways}
    order, dice = list(ways), Random(0)
    for turn in range(-2, rounds):
        dice.shuffle(order)
        for name in order:
            way = ways[name]
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(CALLS):
                await way()
            if turn >= 0:
                found[name].note((time.process_time() - cpu) / CALLS, (time.perf_counter() - wall) / CALLS)
    return found


def ways_of(system: System, scan: Scan) -> dict[str, Callable[[], Awaitable[object]]]:
    """The four ways to fetch the same rows."""
    adapter, dataset = system.adapter, system.dataset
    return {
        f"{system.name} bare": system.bare,
        f"{system.name} typed": system.typed,
        f"{system.name} scan": lambda: adapter.scan(dataset, scan),
        f"{system.name} read": lambda: read(adapter, dataset, scan),
    }


async def check(system: System, scan: Scan) -> None:
    """All ways give all rows, and the typed ones the same."""
    answer = await read(system.adapter, system.dataset, scan)
    by_hand = await system.typed()
    size = scan.keys and len(scan.keys.values)
    if sorted(map(repr, by_hand)) != sorted(map(repr, answer.rows)) or len(answer.rows) != size:
        raise click.ClickException(f"{system.name}: the adapter and the code by hand do not give the same rows")


def figures(name: str, found: dict[str, Figures]) -> dict[str, Any]:
    """Milliseconds of CPU, and ratios."""
    bare, typed, scan, whole = (found[f"{name} {way}"].cpu_ms for way in ("bare", "typed", "scan", "read"))
    numbers = (bare, typed, scan, whole, scan / bare, whole / bare, whole / typed)
    return {"kind": name, **{heading: round(number, 3) for heading, number in zip(HEADINGS, numbers, strict=True)}}


def show(rows: list[dict[str, Any]], rounds: int, keys: int) -> Table:
    """The figures for people."""
    title = f"CPU of a fetch by keys: {keys}; median of {rounds} turns of {CALLS} calls"
    table = Table("kind", title=title, title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [f"{row[heading]:.{3 if heading.endswith('ms') else 2}f}" for heading in HEADINGS]
        table.add_row(row["kind"], *cells)
    return table


@click.command()
@click.option("--rounds", default=200, show_default=True, help="Turns of every way.")
@click.option("--keys", default=50, show_default=True, type=click.IntRange(1, 5_000), help="Keys of a fetch.")
@click.option("--only", multiple=True, type=click.Choice(list(SYSTEMS)), help="These kinds only.")
@click.option("--uvloop", "fast", is_flag=True, help="On uvloop, as the gateway is served, not asyncio's own loop.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def fetches(rounds: int, keys: int, only: tuple[str, ...], fast: bool, file: Path | None) -> None:
    """Measure every kind of source against its bare driver or client."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if fast else None) as runner:
        found = runner.run(measure(rounds, only, keys))
    Console(width=110).print(show(found, rounds, keys))
    if file is not None:
        file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    fetches()
