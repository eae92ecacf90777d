"""`python -m bench.growth`: what a parent costs among 50, 500 and 5,000.

One engine over the agencies of `python -m bench.peers`, its bounds lifted, is asked for so many
addresses with two objects each (as in Q3) and with two lists each (as in Q2). CPU is of this process,
from the text of the request to the bytes of the response; the JSON APIs are a process of their own.
A cost that grows with the number of parents is a mistake of the engine's: everything that it does is
done once a parent or once a request.
"""

import asyncio
import cProfile
import os
import pstats
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from bench.measure import in_turns
from bench.peers.folder import Folder, made
from bench.peers.questions import CITY
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.engine.run import Bounds
from gateway.settings import read_settings
from gateway.settling import release, settle

SIZES = (50, 500, 5_000)
QUESTIONS = {
    "two objects": """query Objects($ids: [ID!]!) { addresses(ids: $ids) {
  lot { bbl houseNumber street zip }
  building { yearBuilt floors unitsTotal buildingClass }
  taxes { marketValue assessedValue taxDue taxClass }
} }""",
    "two lists": """query Lists($ids: [ID!]!) { addresses(ids: $ids) {
  lot { bbl houseNumber street }
  permits: buildingPermits { nodes { permitId jobType status issued } }
  violations: housingViolations { nodes { violationId class status description } }
} }""",
}
_CALLER = Caller("bench", frozenset({"*"}), trusted=True)


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), default=Path(".bench"), show_default=True)
@click.option("--rounds", default=9, show_default=True)
@click.option("--profile", "lines", type=int, help="Print this many lines of cProfile for each size instead.")
def bench(directory: Path, rounds: int, lines: int | None) -> None:
    """Print the CPU of a parent among few and among many."""
    folder = made(directory.resolve())
    if folder is None:
        click.echo("The agencies are not beside the repository (../shared/bench/peers): not measured.")
        return
    agencies = folder.agencies()
    try:
        asyncio.run(_measure(folder, rounds, lines))
    finally:
        agencies.stop()


async def _measure(folder: Folder, rounds: int, lines: int | None) -> None:
    settings = read_settings({}, request_deadline=60.0)
    bounds = Bounds(bulk=max(SIZES), page=max(SIZES), scanned=max(SIZES))
    engine = CityEngine(load(CITY, os.environ | {"BENCH_FOLDER": str(folder.data)}), settings, bounds=bounds)
    ids = _ids(folder, max(SIZES))
    await engine.start()
    settle()
    try:
        if lines:
            for size in SIZES:
                await _profile(_way(engine, QUESTIONS["two objects"], ids, size), lines)
            return
        table = _table()
        for name, text in QUESTIONS.items():
            ways = {str(size): _way(engine, text, ids, size) for size in SIZES}
            found = await in_turns(ways, rounds)
            each = [found[str(size)].cpu_ms * 1000 / len(ids) for size in SIZES]
            table.add_row(name, *(f"{one:.1f}" for one in each), *(f"{one / each[0]:.2f}" for one in each[1:]))
        Console(width=100).print(table)
    finally:
        await engine.aclose()
        release()


def _ids(folder: Folder, size: int) -> Sequence[str]:
    """The first lots of the register."""
    with (folder.data / "data.tsv").open(encoding="utf-8") as file:
        lots = (line.split("\t")[1] for line in file if line.startswith("addresses\t"))
        return [f"bt.lot:{lot}" for lot, _ in zip(lots, range(size), strict=False)]


def _way(engine: CityEngine, text: str, ids: Sequence[str], size: int) -> Callable[[], Awaitable[None]]:
    """All of the addresses, so many a request: each way asks for the same in the end."""

    async def way() -> None:
        for start in range(0, len(ids), size):
            request = Request(text, variables={"ids": ids[start : start + size]}, caller=_CALLER)
            response = await engine.execute(request)
            assert "errors" not in response.payload, response.payload["errors"]
            orjson.dumps(dict(response.payload))

    return way


def _table() -> Table:
    table = Table(title="CPU µs of a parent", title_justify="left")
    table.add_column("each with")
    for heading in (*(f"of {size:,}" for size in SIZES), *(f"{size:,} / {SIZES[0]}" for size in SIZES[1:])):
        table.add_column(heading, justify="right")
    return table


async def _profile(way: Callable[[], Awaitable[None]], lines: int) -> None:
    for _ in range(2):
        await way()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(3):
        await way()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(lines)


if __name__ == "__main__":
    bench()
