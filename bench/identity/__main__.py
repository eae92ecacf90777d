"""`make bench-identity`: precision, recall, calibration and speed of matching, on labelled files.

The maps beside this file say what is in the files. What can't be measured without them is left
out, by name.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.identity.speed import address_speed, crosswalk_speed
from gateway.evaluation import link, look_up, read_map
from gateway.evaluation.figures import Rate
from gateway.evaluation.linking import candidates, drawn, verdicts
from gateway.evaluation.rows import address_texts, rows
from resolvers.identity.addresses import locale
from resolvers.identity.matching.model import model

MAPS = Path(__file__).parent / "maps"
ADDRESSES = (("nyc_address", False), ("nyc_address", True), ("a1", False), ("a1_without_zip", False))
LINKS = ("chicago_sites", "b1", "b2_cdph_bacp", "b2_bacp_assign", "febrl4", "fake1000", "hist50k")
DRAWN = {"b2_cdph_bacp": 4, "b2_bacp_assign": 4}
"""Files of true pairs only: other licences there or nearby, as many at most beside each true one."""
FOREIGN = ("b2_cdph_bacp", "b2_bacp_assign", "chicago_sites", "febrl4")
"""Files whose addresses lie in other cities: none of them may be answered."""

Line = tuple[str, ...]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The labelled files.")
def bench(data: Path) -> None:
    """Print the table of figures."""
    console = Console()
    if not data.is_dir():
        console.print(f"{data} is not there: nothing to measure on; give the folder: make bench-identity DATA=…")
        return
    table = Table(
        "task", "precision", "recall", "best F1", "calibration error", title="In-sample: the weights saw these."
    )
    for line in (*_addresses(data), *_foreign(data), *_links(data)):
        table.add_row(*line)
    console.print(table)
    speed = Table("speed, one core", "measured")
    for each in _speed(data):
        speed.add_row(*each)
    console.print(speed)


def _shares(rate: Rate) -> tuple[str, str]:
    return f"{rate.precision:.4f}", f"{rate.recall:.4f}"


def _addresses(data: Path) -> Iterator[Line]:
    for name, typos in ADDRESSES:
        found = look_up(read_map(MAPS / f"{name}.toml"), data, typos)
        title = f"{name}, one letter mistyped" if typos else name
        yield f"{title}: all answers", f"{found.answers.possible.precision:.4f}", "", "", f"{found.answers.error:.4f}"
        yield f"{title}: MATCH", f"{found.answers.match.precision:.4f}", "", "", ""
        yield f"{title}: rows that the register lists", *_shares(found.listed), f"{found.listed.f1:.4f}", ""
        yield f"{title}: listed with this house number", *_shares(found.numbered), f"{found.numbered.f1:.4f}", ""
        if found.whole != found.numbered:
            yield f"{title}: listed with this lot and number", *_shares(found.whole), f"{found.whole.f1:.4f}", ""


def _foreign(data: Path) -> Iterator[Line]:
    place = locale("us_nyc")
    asked = answered = 0
    for name in FOREIGN:
        described = read_map(MAPS / f"{name}.toml")
        for row in rows(described.right or described.left, described, data):
            for text in address_texts(row.cells, (described.right or described.left).columns):
                asked += 1
                answered += place.search_keys(f"{text}, {_PLACES[name]}") is not None
    yield f"addresses of other cities: {answered} answered of {asked:,}", "", "", "", ""


_PLACES = {
    "b2_cdph_bacp": "Chicago, IL",
    "b2_bacp_assign": "Chicago, IL 60601",
    "chicago_sites": "Chicago, Illinois",
    "febrl4": "Columbus, OH 43215",
}


def _links(data: Path) -> Iterator[Line]:
    for name in LINKS:
        described = read_map(MAPS / f"{name}.toml")
        found = link(described, data, model(described.kind))
        yield f"{name}: MATCH", *_shares(found.match), f"{found.best[1].f1:.4f}", f"{found.error:.4f}"
        yield f"{name}: MATCH or POSSIBLE", *_shares(found.possible), "", ""
        if found.closed is not None:
            yield f"{name}: clusters over MATCH", *_shares(found.closed), f"{found.closed.f1:.4f}", ""
        if name in DRAWN:
            pairs = candidates(described, data)
            judged = verdicts(pairs, model(described.kind).among(len(pairs.right)), described.single)
            some = drawn(pairs, judged, DRAWN[name])
            yield f"{name}: MATCH, {DRAWN[name]} others drawn", *_shares(some.match), f"{some.best[1].f1:.4f}", ""


def _speed(data: Path) -> Iterator[Line]:
    yield from address_speed(MAPS / "nyc_address.toml", data)
    for name in ("b2_cdph_bacp", "febrl4"):
        described = read_map(MAPS / f"{name}.toml")
        found = candidates(described, data)
        weights = model(described.kind)
        pairs = sorted(found.pairs)[:20_000]
        begin = time.process_time()
        for a, b in pairs:
            weights.judge(found.compare(found.records[0][a], found.records[1][b]))
        spent = (time.process_time() - begin) / len(pairs)
        yield f"{name}: a pair judged, with evidence", f"{spent * 1e6:.1f} µs; 100 candidates {spent * 1e5:.2f} ms"
    yield from crosswalk_speed()


if __name__ == "__main__":
    bench()
