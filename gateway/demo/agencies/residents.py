"""Residents' Office: who lives where, with birth dates; nobody sees it without a scope.

Quirks: compact days, family names in capitals, and protected persons whose address is "----".
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.people import Human
from gateway.demo.spelling import compact, line, solid
from gateway.demo.town import Lot, Town

RESIDENTS = Table(
    "RESIDENT",
    (
        "RES_NO INTEGER PRIMARY KEY",
        "FULL_NAME TEXT",
        "BORN TEXT",
        "PARCEL TEXT",
        "ADDR_LINE TEXT",
        "POSTCODE TEXT",
        "SINCE TEXT",
        "VOTER TEXT",
        "PROTECTED TEXT",
    ),
    ("PARCEL", "POSTCODE, ADDR_LINE", "FULL_NAME, BORN"),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Those who live on the lot."""
    for somebody in lot.residents:
        yield RESIDENTS, _resident(lot, somebody, chance)


def _resident(lot: Lot, somebody: Human, chance: Chance) -> tuple[Cell, ...]:
    hidden = chance.hits(0.01)
    return (
        somebody.number,
        f"{somebody.family.upper()} {somebody.given}",
        compact(somebody.born),
        None if hidden else solid(lot),
        "----" if hidden else line(lot),
        "----" if hidden else lot.postcode,
        compact(chance.day(max(somebody.born, date(1980, 1, 1)))),
        chance.pick("YYYN"),
        "Y" if hidden else "N",
    )


BOOK = Book("residents.sqlite", (RESIDENTS,), of_lot)
