"""Recorder of Deeds: conveyances and liens, as a spreadsheet export.

Quirks: everything is text, the parcel came through a number format ("304120017.0"), prices are
written " 7,738,700 " or " - ", days are "6/30/2026" (and now and then the 30th of February), header names have spaces.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance, later
from gateway.demo.people import Company, passer
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

LIENS = Table(
    "liens",
    (
        '"LIEN NO" TEXT',
        '"PARCEL ID" TEXT',
        '"KIND" TEXT',
        '"FILED" TEXT',
        '"RELEASED" TEXT',
        '"AMOUNT" TEXT',
        '"DEBTOR" TEXT',
        '"COMPANY NO" TEXT',
    ),
    ('"PARCEL ID"', '"COMPANY NO"'),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Up to a few conveyances a lot, the last one to its owner."""
    days = sorted(chance.day(date(2009, 1, 1)) for _ in range(chance.few(0.7)))
    seller = passer(chance)
    for day in days:
        buyer = lot.owner.listed if day == days[-1] else passer(chance)
        yield CONVEYANCES, _conveyance(lot, day, seller, buyer, chance)
        seller = buyer
    for _ in range(chance.few(0.1)):
        yield LIENS, _lien(lot, chance)


def _conveyance(lot: Lot, day: date, seller: str, buyer: str, chance: Chance) -> tuple[str, ...]:
    gift = chance.hits(0.2)
    price = " - " if gift else f" {max(12_000, int(lot.value * (0.4 + chance.random()))):,} "
    return (
        f"{day.year}{chance.number('instrument'):08d}",
        f"{solid(lot)}.0",
        "QCD" if gift else chance.pick(("DEED", "DEED", "DEED", "TRDEED")),
        "2/30/2015" if chance.hits(0.001) else loose(day),
        price,
        seller,
        buyer,
        f"{chance.between(1, 4)}{chance.pick('ABCD')}" if lot.use == "condominium" else "",
        "0" if lot.year is None else str(lot.year + chance.pick((0, 0, 0, 0, 1, -2))),
        f" {lot.homes} " if lot.homes else " - ",
    )


def _lien(lot: Lot, chance: Chance) -> tuple[str, ...]:
    filed = chance.day(date(2014, 1, 1))
    debtor = lot.owner
    return (
        f"L{filed.year}-{chance.number('lien'):07d}",
        f"{solid(lot)}.0",
        chance.pick(("TAX", "TAX", "WATER", "MECH", "JUDG")),
        loose(filed),
        loose(later(filed, chance.between(30, 1500))) if chance.hits(0.5) else "",
        f" {chance.between(4, 900) * 100:,} ",
        debtor.listed,
        str(debtor.number) if isinstance(debtor, Company) else "N/A",
    )


BOOK = Book("deeds.sqlite", (CONVEYANCES, LIENS), of_lot)
