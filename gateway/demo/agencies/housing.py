"""Housing Standards: violations, in a vendor's product with CamelCase columns.

Quirks: the parcel with dashes, days as "06/30/2026", a class code that means severity, the
apartment in a column of its own, a `LastUpdated` that says when a row changed.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance, later
from gateway.demo.spelling import american, dashed
from gateway.demo.town import Lot, Town

VIOLATIONS = Table(
    "Violations",
    (
        "ViolationID INTEGER PRIMARY KEY",
        "ParcelNo TEXT",
        "StructureNo TEXT",
        "Apartment TEXT",
        "Class TEXT",
        "OrderNo TEXT",
        "NovDescription TEXT",
        "InspectionDate TEXT",
        "CurrentStatus TEXT",
        "StatusDate TEXT",
        "LastUpdated TEXT",
    ),
    ("ParcelNo", "StructureNo"),
)

ORDERS = (
    ("A", "508", "paint or cover peeling walls in the public hall"),
    ("A", "702", "post the registration notice at the entrance"),
    ("B", "526", "repair the broken or defective plastered surface in the kitchen"),
    ("B", "550", "provide a self-closing door at the cellar stairs"),
    ("B", "577", "abate the nuisance of mice in the entire flat"),
    ("C", "617", "correct the lead paint hazard at the window frames"),
    ("C", "670", "provide hot water at all fixtures"),
    ("C", "675", "provide heat in the entire building"),
    ("I", "780", "file the overdue registration statement"),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Violations where people rent."""
    if lot.homes > 1 and lot.structures:
        for _ in range(chance.few(2.5 if lot.use == "flats" else 0.5)):
            yield VIOLATIONS, _violation(lot, chance)


def _violation(lot: Lot, chance: Chance) -> tuple[str | int | None, ...]:
    found = chance.day(date(2016, 1, 1))
    settled = later(found, chance.between(5, 900))
    status = "OPEN" if chance.hits(0.35) else "CLOSED" if chance.hits(0.9) else "NOV-SENT"
    kind, order, text = chance.pick(ORDERS)
    apartment = f"{chance.between(1, 9)}{chance.pick('ABCD')}" if lot.homes > 4 and chance.hits(0.8) else ""
    return (
        chance.number("violation", 10_000_001),
        dashed(lot),
        str(lot.structures[0].number),
        apartment,
        kind,
        order,
        f"§ 27-{order} {text}",
        american(found),
        status,
        american(settled),
        f"{settled.isoformat()}T{chance.between(7, 18):02d}:{chance.between(0, 59):02d}:00",
    )


BOOK = Book("housing.sqlite", (VIOLATIONS,), of_lot)
