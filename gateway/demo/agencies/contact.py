"""Contact Centre: what people reported, keyed by nothing but an address that somebody typed.

Quirks: no database but a CSV file a night, with a line above the names of its columns; three ways
to write a street and now and then a slip, postcodes left out, moments in local 12-hour time, the
place as well-known text.
"""

from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Cell, Csv, Entry, Table
from gateway.demo.chance import Chance, later
from gateway.demo.spelling import half_day, place, short_street
from gateway.demo.town import Lot, Town

REQUESTS = Table(
    "service_requests",
    (
        '"Request No" TEXT PRIMARY KEY',
        '"Opened" TEXT',
        '"Closed" TEXT',
        '"Category" TEXT',
        '"Descriptor" TEXT',
        '"House" TEXT',
        '"Street" TEXT',
        '"Zip" TEXT',
        '"Status" TEXT',
        '"Channel" TEXT',
        '"Location" TEXT',
    ),
)

REPORTS = (
    ("NOISE", "Loud music or party"),
    ("NOISE", "Construction before or after hours"),
    ("HEAT", "Entire building without heat"),
    ("STREET", "Pothole"),
    ("WASTE", "Missed collection"),
    ("PEST", "Rats seen"),
    ("WATER", "Leak from the hydrant"),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """A few reports, more where more people live."""
    for _ in range(chance.few(2.0 if lot.use == "flats" else 0.5)):
        yield REQUESTS, _request(lot, chance)


def _request(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    opened, minutes = chance.day(date(2022, 1, 1)), chance.between(6 * 60, 23 * 60 + 59)
    closed = half_day(later(opened, chance.between(0, 40)), 23 * 60 + 59) if chance.hits(0.85) else ""
    category, text = chance.pick(REPORTS)
    lat, lon = place(lot)
    return (
        f"SR-{opened.year}-{chance.number('request'):07d}",
        half_day(opened, minutes),
        closed,
        category,
        text,
        lot.number,
        _typed(lot.street, chance),
        "" if chance.hits(0.02) else lot.postcode,
        "Closed" if closed else chance.pick(("Open", "Open", "Assigned")),
        chance.pick(("PHONE", "APP", "WEB")),
        f"POINT ({lon} {lat})",
    )


def _typed(street: str, chance: Chance) -> str:
    draw = chance.random()
    if draw < 0.02:
        return short_street(street).replace("E", "", 1)
    return short_street(street) if draw < 0.6 else street.upper()


NIGHTLY = Csv(preamble="Contact Centre: service requests, all since 2022, as of 06/30/2026\n")

BOOK = Book("contact", (REQUESTS,), of_lot, csv=NIGHTLY, moved_from="contact.sqlite")
