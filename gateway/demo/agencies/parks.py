"""Parks Department: permits for street trees – in a system that is down when the demo starts.

The file is written under another name; renaming it brings the agency up, and the gateway
notices by itself.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import TODAY, Chance
from gateway.demo.spelling import american, dashed
from gateway.demo.town import Lot, Town

TREE_PERMITS = Table(
    "tree_permits",
    ("permit_id INTEGER PRIMARY KEY", "parcel TEXT", "species TEXT", "work TEXT", "valid_from TEXT", "valid_to TEXT"),
    ("parcel",),
)

SPECIES = ("Plane", "Linden", "Honey locust", "Ginkgo", "Red maple")


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """A permit before some lots."""
    if chance.hits(0.15):
        first = chance.day(date(2019, 1, 1), TODAY)
        work = chance.pick(("Plant", "Prune", "Remove"))
        days = american(first), american(first + timedelta(90))
        yield TREE_PERMITS, (chance.number("tree", 40_001), dashed(lot), chance.pick(SPECIES), work, *days)


BOOK = Book("parks.sqlite.offline", (TREE_PERMITS,), of_lot)
