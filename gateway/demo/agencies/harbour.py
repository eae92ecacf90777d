"""Old Harbour Trust: certificates for the fronts of old houses, in ward 1 and nowhere else.

Quirks: it never writes the ward, because all its houses are in ward 1, and it never thought of
an index.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.town import Lot, Town

CERTIFICATES = Table(
    "facade_certificates",
    ("ref TEXT", "block TEXT", "lot TEXT", "style TEXT", "granted TEXT", "lapses TEXT", "conditions TEXT"),
)

STYLES = ("Brick row", "Timber frame", "Warehouse front", "Art deco")


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """A certificate for some of ward 1's old fronts."""
    if lot.ward == 1 and lot.year is not None and lot.year < 1940 and chance.hits(0.5):
        granted = chance.day(date(2004, 1, 1))
        lapses = date(granted.year + 15, granted.month, min(granted.day, 28)).isoformat() if chance.hits(0.6) else None
        conditions = chance.pick(("none", "sash windows stay", "no signs above the cornice"))
        ref = f"OHT/{granted.year}/{chance.number('front')}"
        row = ref, f"{lot.block}", f"{lot.lot}", chance.pick(STYLES), granted.isoformat(), lapses, conditions
        yield CERTIFICATES, row


BOOK = Book("harbour.sqlite", (CERTIFICATES,), of_lot)
