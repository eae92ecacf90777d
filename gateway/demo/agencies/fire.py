"""Fire Prevention Bureau: open orders by building, from a system that takes its time.

Quirks: a nightly snapshot of inspected buildings only, so that a building that isn't there
was not looked at; the building's number went through a number format ("1000003.0").
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.town import Lot, Town

SNAPSHOT = Table(
    "open_orders_snapshot",
    ("bldg TEXT", "last_visit TEXT", "open_orders INTEGER", "sprinklers TEXT", "year_built INTEGER"),
    ("bldg",),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """The larger buildings that an inspector saw."""
    for structure in lot.structures:
        if structure.floors > 2 and chance.hits(0.5):
            visit = chance.day(date(2024, 1, 1)).isoformat()
            year = structure.year + chance.pick((0, 0, 0, 0, 0, 1, -1, 10))
            yield SNAPSHOT, (f"{structure.number}.0", visit, chance.few(0.8), chance.pick("YNU"), year)


BOOK = Book("fire.sqlite", (SNAPSHOT,), of_lot)
