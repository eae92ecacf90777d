"""The command: check that all give the same values, load them in turns, print what each cost."""

import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench.peers.folder import QUERIES, Folder, install, made
from bench.peers.gateway import kept, open_office, serve
from bench.peers.measure import Cell, Figures, medians, run
from bench.peers.plot import plot
from bench.peers.processes import NotUp, Server
from bench.peers.questions import CITY, fetch, get, our_values, ours, post, values

HAND = "raw-py"
KEPT = "citygraph kept"
PEERS = (HAND, "strawberry", "grafast", "yoga-jit", "tailcall")
DRAWN = (("Q1", 16), ("Q2", 16), ("Q3", 4))
LEVELS = {"Q1": (1, 16, 64), "Q2": (1, 16, 64), "Q3": (1, 4)}
_WARM = 1.5  # seconds; compilers of other languages need them
NOTE = (
    f"{KEPT}: rows that it has seen are given again for ten minutes, as far as its row cache holds them. "
    "CPU is of the server, its threads and children. Calls are those of the agencies' JSON APIs. "
    f"× is CPU beside {HAND}: the same fan-out written by hand in Python, without GraphQL."
)


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), default=Path(".bench"), show_default=True)
@click.option("--install", "fetching", is_flag=True, help="Fetch the packages of peers in JavaScript and Rust by npm.")
@click.option("--peer", "names", multiple=True, help=f"Only these, for example {HAND}; several times for several.")
@click.option("--query", "queries", multiple=True, type=click.Choice(QUERIES), help="Only these queries.")
@click.option("--at", "levels", multiple=True, type=int, help="Only at so many requests at once.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=1.0, show_default=True, help="Of each run.")
@click.option("--slow/--not-slow", default=True, show_default=True, help="Also with agencies that take 20 ms.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
@click.option("--plot", "picture", type=click.Path(path_type=Path), help="Also draw them, as SVG.")
def bench(
    directory: Path,
    fetching: bool,
    names: Sequence[str],
    queries: Sequence[str],
    levels: Sequence[int],
    rounds: int,
    seconds: float,
    slow: bool,
    file: Path | None,
    picture: Path | None,
) -> None:
    """Measure the gateway beside other gateways over the same agencies."""
    folder = made(directory.resolve())
    if folder is None:
        click.echo("The agencies and peers are not beside the repository (../shared/bench/peers): not measured.")
        return
    if fetching:
        install(folder)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # servers are stopped then too
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        agencies = folder.agencies()
        stack.callback(agencies.stop)
        asked = _Asked(folder, agencies.url, queries or QUERIES, levels)
        servers = list(_started(folder, place, names or PEERS, stack))
        for server in servers:
            asked.check(server, servers[0])
        found = medians(asked.runs(servers, rounds, seconds, slow=slow))
    _print(found)
    if file is not None:
        listed = [asdict(cell) | asdict(figures) for cell, figures in found.items()]
        file.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    if picture is not None:
        picture.write_text(plot(found, DRAWN, HAND), encoding="utf-8")


def _started(folder: Folder, place: Path, names: Sequence[str], stack: ExitStack) -> Iterator[Server]:
    """The peers that can run here, then the gateway: as it asks every time, and with rows that it keeps."""
    for name in names:
        try:
            server = folder.peer(name)
        except NotUp as error:
            click.echo(f"left out: {name}: {error}")
            continue
        stack.callback(server.stop)
        yield server
    for name, city in (("citygraph", CITY), (KEPT, kept(place))):
        office = open_office(place / name.replace(" ", "-"))
        gateway = serve(folder, office, name, city)
        stack.callback(gateway.stop)
        yield gateway


class _Asked:
    """The questions, in each server's own words."""

    def __init__(self, folder: Folder, agencies: str, queries: Sequence[str], levels: Sequence[int]) -> None:
        self.agencies = agencies
        self.cells = [(q, at) for q in queries for at in LEVELS[q] if not levels or at in levels]
        self._variables = folder.variables()
        self._texts = {query: folder.text(query) for query in QUERIES}

    def bodies(self, server: Server, query: str, variables: Sequence[Any]) -> list[bytes]:
        """One for each of the variables."""
        if server.headers:
            return [ours(query, each) for each in variables]
        return [post(self._texts[query], query, each) for each in variables]

    def check(self, server: Server, first: Server) -> None:
        """All give the values that the first gives; else the comparison means nothing."""
        known = self._variables
        samples = {"Q1": [*known["Q1"][:20], *known["edge"]], "Q2": known["Q2"][:10], "Q3": known["Q3"][:4]}
        for query in dict.fromkeys(query for query, _ in self.cells):
            for variables in samples[query] if server is not first else ():
                here, there = (self._values(each, query, variables) for each in (server, first))
                if here != there:
                    told = f"{query} {variables}: {server.name} and {first.name} give different values"
                    raise SystemExit(f"{told}:\n{str(here)[:2000]}\n{str(there)[:2000]}")

    def _values(self, server: Server, query: str, variables: Any) -> Any:
        (body,) = self.bodies(server, query, [variables])
        data = fetch(server, body)["data"]
        return our_values(query, data) if server.headers else values(query, data)

    def runs(
        self, servers: Sequence[Server], rounds: int, seconds: float, *, slow: bool
    ) -> Iterator[tuple[Cell, Figures]]:
        """All servers in turns, in each round."""
        for server in servers:
            for query in dict.fromkeys(query for query, _ in self.cells):
                self._run(server, query, 2, _WARM)
        for _ in range(rounds):
            for query, at in self.cells:
                for server in servers:
                    self._fill(server, query)
                    yield Cell(server.name, query, at), self._run(server, query, at, seconds)
        if slow:
            get(f"{self.agencies}/__lat?ms=20")
            for query in dict.fromkeys(query for query, _ in self.cells):
                for server in servers:
                    self._fill(server, query)
                    yield Cell(server.name, query, 1, slow=20), self._run(server, query, 1, seconds)

    def _fill(self, server: Server, query: str) -> None:
        """Ask everything once where rows are kept: what was asked before may have driven them out."""
        if server.name == KEPT:
            for body in self.bodies(server, query, self._variables[query]):
                fetch(server, body)

    def _run(self, server: Server, query: str, at: int, seconds: float) -> Figures:
        found = run(server, self.agencies, self.bodies(server, query, self._variables[query]), at, seconds)
        server.drain()
        return found


def _print(found: dict[Cell, Figures]) -> None:
    table = Table(title="Peers over the same agencies", title_justify="left")
    for heading in ("query", "who"):
        table.add_column(heading)
    for heading in ("req/s", "CPU ms", "×", "p50 ms", "p99 ms", "calls", "MiB", "requests", "failed"):
        table.add_column(heading, justify="right")
    last = None
    for cell in sorted(found, key=lambda each: (each.slow, each.query, each.at)):
        this = (cell.query, cell.at, cell.slow)
        if last not in (None, this):
            table.add_section()
        last, one = this, found[cell]
        hand = found.get(Cell(HAND, cell.query, cell.at, cell.slow))
        ratio = f"{one.cpu / hand.cpu:.2f}" if hand is not None and hand.cpu else ""
        label = f"{cell.query} c={cell.at}" + (f", {cell.slow} ms" if cell.slow else "")
        numbers = (f"{one.rate:,.1f}", f"{one.cpu:.2f}", ratio, f"{one.p50:.2f}", f"{one.p99:.2f}", f"{one.calls:.1f}")
        table.add_row(label, cell.peer, *numbers, f"{one.rss:.0f}", f"{one.requests:.0f}", f"{one.bad:.0f}")
    console = Console()
    console.width = max(console.width, 120)
    console.print(table, NOTE, sep="\n")


if __name__ == "__main__":
    bench()
