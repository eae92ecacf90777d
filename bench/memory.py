"""`python -m bench.memory`: how the memory of `citygraph serve` grows with requests and with documents.

The city of `python -m bench.peers` is asked over HTTP, with a key, thousands of times by so many
documents, each of which selects other fields. Before the first request the process has what its
start takes; in the end it should have little more, and no more than a while before.
"""

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from graphql import DocumentNode, SelectionSetNode, Visitor, parse, print_ast, visit
from rich.console import Console
from rich.table import Table

from bench.peers.folder import Folder, made
from bench.peers.gateway import open_office, serve
from bench.peers.measure import run
from bench.peers.questions import CITY, post

STEPS = (0, 1, 2, 5, 10, 20)
"""After so many of twenty parts of the requests memory is read."""
_LONGEST = 600.0  # seconds that a part may take


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), default=Path(".bench"), show_default=True)
@click.option("--requests", default=20_000, show_default=True)
@click.option("--documents", default=2_000, show_default=True)
@click.option("--at", default=8, show_default=True, help="Requests at once.")
@click.option("--most", type=float, help="Fail if it ends with more MiB.")
def bench(directory: Path, requests: int, documents: int, at: int, most: float | None) -> None:
    """Print the resident memory of the gateway while it is asked."""
    folder = made(directory.resolve())
    if folder is None:
        click.echo("The agencies are not beside the repository (../shared/bench/peers): not measured.")
        return
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        agencies = folder.agencies()
        stack.callback(agencies.stop)
        server = serve(folder, open_office(place / "office"))
        stack.callback(server.stop)
        table = _table()
        for upto, part in _parts(bodies(folder, requests, documents), STEPS):
            found = run(server, agencies.url, part, at, _LONGEST, once=True) if part else None
            server.drain()
            spent = (f"{found.cpu:.2f}", f"{found.bad:.0f}") if found else ("", "")
            table.add_row(f"{upto:,}", f"{server.rss:.1f}", *spent)
        end = server.rss
    Console().print(table)
    if most is not None and end > most:
        sys.exit(f"{end:.0f} MiB; at most {most:.0f} were expected")


def _parts(all_: Sequence[bytes], steps: Sequence[int]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """What is asked until each step, with the number of requests so far."""
    last = 0
    for step in steps:
        upto = len(all_) * step // steps[-1]
        yield upto, all_[last:upto]
        last = upto


def _table() -> Table:
    table = Table(title="Memory of the gateway", title_justify="left")
    for heading in ("requests", "RSS MiB", "CPU ms each", "failed"):
        table.add_column(heading, justify="right")
    return table


def bodies(folder: Folder, requests: int, documents: int, seed: int = 1) -> list[bytes]:
    """So many requests by so many documents, in no order."""
    chance, known = random.Random(seed), folder.variables()
    texts = [text for _, text in zip(range(documents), distinct(chance), strict=False)]
    found = []
    for number in range(requests):
        name, text = texts[number % documents]
        asked = chance.choice(known[name])
        variables: dict[str, Any] = {"id": f"bt.lot:{asked['bbl']}"} if name == "Q1" else asked | {"first": 10}
        found.append(post(text, name, variables))
    chance.shuffle(found)
    return found


def distinct(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Documents without end, no two the same: parts of the questions that peers are asked."""
    whole = {name: parse((CITY / "queries" / f"{name}.graphql").read_text(encoding="utf-8")) for name in ("Q1", "Q2")}
    seen: set[str] = set()
    while True:
        name = chance.choice(("Q1", "Q1", "Q1", "Q2"))
        text = print_ast(_part(whole[name], chance))
        if text not in seen:
            seen.add(text)
            yield name, text


def _part(document: DocumentNode, chance: random.Random) -> DocumentNode:
    """A document with some of its fields left out; of each selection one at least is kept."""

    class Leaving(Visitor):
        def leave_selection_set(self, node: SelectionSetNode, *args: object) -> SelectionSetNode:
            fields = list(node.selections)
            kept = [each for each in fields if chance.random() < 0.6] or [chance.choice(fields)]
            return SelectionSetNode(selections=tuple(kept))

    found: DocumentNode = visit(document, Leaving())
    return found


if __name__ == "__main__":
    bench()
