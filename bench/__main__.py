"""`python -m bench`: what answers cost, beside the same written by hand, on this machine."""

import asyncio
import cProfile
import io
import json
import pstats
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench.cases import Bench, Case, open_bench
from bench.measure import Figures, in_turns

NOTE = "Slow and dead agencies are left out: the queries ask four agencies that answer from local files."


@click.command()
@click.option("--rounds", default=200, show_default=True, help="Repetitions of the profile; fewer of what is bigger.")
@click.option("--addresses", default=5_000, show_default=True, help="How big the demo city is.")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Keep the demo city here.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
@click.option("--profile", "lines", type=int, help="Print this many lines of cProfile for each case instead.")
def bench(rounds: int, addresses: int, directory: Path | None, file: Path | None, lines: int | None) -> None:
    """Measure the gateway against the same fan-out written by hand."""
    with tempfile.TemporaryDirectory() as temporary:
        place = directory or Path(temporary) / "demo"
        if lines:
            asyncio.run(_profile(place, addresses, lines))
            return
        found = asyncio.run(_measure(place, addresses, rounds))
    _print(found)
    if file is not None:
        file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


async def _measure(directory: Path, addresses: int, rounds: int) -> list[dict[str, Any]]:
    async with open_bench(directory, addresses) as made:
        return [await _case(made, case, max(5, rounds // (1 + len(case.parcels) // 5))) for case in made.cases]


async def _case(made: Bench, case: Case, rounds: int) -> dict[str, Any]:
    await made.check(case)
    calls = await made.calls(case)
    requests = await in_turns(
        {"gateway": lambda: made.by_gateway(case), "by hand": lambda: made.by_hand(case)},
        rounds,
    )
    ways = await made.builders(case)
    builders = await in_turns({name: _awaited(build) for name, build in ways.items()}, rounds)
    named = dict(zip(requests, calls, strict=True))
    return {
        "case": case.name,
        "rounds": rounds,
        "requests": [_figures(name, f, requests["by hand"]) | {"calls": named[name]} for name, f in requests.items()],
        "building": [_figures(name, f, builders["reference builder"]) for name, f in builders.items()],
    }


def _awaited(build: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def way() -> object:
        return build()

    return way


def _figures(name: str, found: Figures, base: Figures) -> dict[str, Any]:
    return {
        "way": name,
        "cpu_ms": round(found.cpu_ms, 3),
        "ratio": round(found.cpu_ms / base.cpu_ms, 2),
        "p50_ms": round(found.p50_ms, 3),
        "p99_ms": round(found.p99_ms, 3),
    }


def _print(found: list[dict[str, Any]]) -> None:
    console = Console()
    requests = _table("A request, from its text to the bytes of the response", "by hand")
    building = _table("Building the response only, over the same outputs", "reference builder")
    for one in found:
        for table, rows in ((requests, one["requests"]), (building, one["building"])):
            for row in rows:
                numbers = (f"{row[key]:,.2f}" for key in ("cpu_ms", "ratio", "p50_ms", "p99_ms"))
                table.add_row(one["case"], row["way"], str(row.get("calls", "")), *numbers)
            table.add_section()
    console.print(requests, building, NOTE, sep="\n")


def _table(title: str, base: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("case", "way"):
        table.add_column(heading)
    for heading in ("calls", "CPU ms", f"× {base}", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    return table


async def _profile(directory: Path, addresses: int, lines: int) -> None:
    async with open_bench(directory, addresses) as made:
        for case in made.cases:
            await made.by_gateway(case)
            profile = cProfile.Profile()
            profile.enable()
            for _ in range(max(1, 200 // len(case.parcels))):
                await made.by_gateway(case)
            profile.disable()
            text = io.StringIO()
            pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(lines)
            click.echo(f"{case.name}\n{text.getvalue()}")


if __name__ == "__main__":
    bench()
