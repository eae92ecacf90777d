"""Recorder of Deeds: conveyances, as a spreadsheet export.

Quirks: everything is text, the parcel came through a number format ("304120017.0"), prices are
written " 7,738,700 " or " - ", days are "6/30/2026", header names have spaces.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.people import human
from gateway.demo.spelling import loose, solid
from gateway.demo.town import Lot, Town

CONVEYANCES = Table(
    "conveyances",
    (
        '"INSTRUMENT NO" TEXT',
        '"PARCEL ID" TEXT',
        '"DOC TYPE" TEXT',
        '"RECORDED" TEXT',
        '"CONSIDERATION" TEXT',
        '"GRANTOR" TEXT',
        '"GRANTEE" TEXT',
        '"UNIT" TEXT',
        '"YEAR BUILT" TEXT',
        '"RES UNITS" TEXT',
    ),
    ('"PARCEL ID"',),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Up to a few conveyances a lot, the last one to its owner."""
    days = sorted(chance.day(date(2009, 1, 1)) for _ in range(chance.few(0.7)))
    seller = human(chance, date(1930, 1, 1), date(1980, 1, 1)).listed
    for day in days:
        buyer = lot.owner.listed if day == days[-1] else human(chance, date(1930, 1, 1), date(1990, 1, 1)).listed
        yield CONVEYANCES, _conveyance(lot, day, seller, buyer, chance)
        seller = buyer


def _conveyance(lot: Lot, day: date, seller: str, buyer: str, chance: Chance) -> tuple[str, ...]:
    gift = chance.hits(0.2)
    price = " - " if gift else f" {max(12_000, int(lot.value * (0.4 + chance.random()))):,} "
    return (
        f"{day.year}{chance.number('instrument'):08d}",
        f"{solid(lot)}.0",
        "QCD" if gift else chance.pick(("DEED", "DEED", "DEED", "TRDEED")),
        loose(day),
        price,
        seller,
        buyer,
        "",
        "0" if lot.year is None else str(lot.year + chance.pick((0, 0, 0, 0, 1, -2))),
        f" {lot.homes} " if lot.homes else " - ",
    )


BOOK = Book("deeds.sqlite", (CONVEYANCES,), of_lot)
