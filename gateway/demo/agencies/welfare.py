"""Welfare Board: benefits by resident number, under terms of use.

Quirks: the resident's number as text, names as claimants write them, birth dates that differ
from the register's now and then, weekly amounts with cents.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.people import Human
from gateway.demo.town import Lot, Town

BENEFITS = Table(
    "benefit_award",
    (
        "award_id INTEGER PRIMARY KEY",
        "resident_no TEXT",
        "claimant TEXT",
        "claimant_dob TEXT",
        "benefit TEXT",
        "weekly_amount REAL",
        "from_date TEXT",
        "to_date TEXT",
    ),
    ("resident_no",),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Awards to some of those who live on the lot."""
    for somebody in lot.residents:
        if chance.hits(0.08):
            yield BENEFITS, _award(somebody, chance)


def _award(somebody: Human, chance: Chance) -> tuple[Cell, ...]:
    since = chance.day(date(2020, 1, 1))
    born = somebody.born
    if chance.hits(0.05) and born.day <= 12:
        born = date(born.year, born.day, born.month)  # day and month the wrong way round
    return (
        chance.number("award", 600_001),
        str(somebody.number),
        somebody.name if chance.hits(0.9) else f"{somebody.given[0]}. {somebody.family}",
        born.isoformat(),
        chance.pick(("HOUSING", "FUEL", "CHILD", "CARER")),
        round(chance.between(900, 24_000) / 100, 2),
        since.isoformat(),
        chance.day(since).isoformat() if chance.hits(0.4) else None,
    )


BOOK = Book("welfare.sqlite", (BENEFITS,), of_lot)
