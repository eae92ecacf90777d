"""Transport Department: who wants tables on the pavement, as applicants filled in the form.

Quirks: whatever identifies the place was typed by the applicant and proves nothing – a food permit
that a spreadsheet made a date of ("Aug-82"), a parcel with blanks for dashes; answers are words.
"""

import uuid
from collections.abc import Iterator
from datetime import date

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import TODAY, Chance
from gateway.demo.people import Trade
from gateway.demo.spelling import dashed, half_day, short_street
from gateway.demo.town import Lot, Town

APPLICATIONS = Table(
    "pavement_seating",
    (
        "application_id TEXT PRIMARY KEY",
        "business_name TEXT",
        "applicant TEXT",
        "establishment TEXT",
        "food_permit TEXT",
        "parcel TEXT",
        "building_number TEXT",
        "street TEXT",
        "postcode TEXT",
        "seating TEXT",
        "alcohol TEXT",
        "area_sqft TEXT",
        "approved TEXT",
        "submitted TEXT",
    ),
    ("establishment", "food_permit", "parcel", "postcode, street, building_number"),
)

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """An application from some of those who sell food."""
    for trade in lot.trades:
        if trade.line == "food" and (trade.closed or TODAY) > date(2021, 1, 1) and chance.hits(0.3):
            yield APPLICATIONS, _application(lot, trade, chance)


def _application(lot: Lot, trade: Trade, chance: Chance) -> tuple[Cell, ...]:
    submitted = chance.day(max(trade.opened, date(2020, 6, 1)), trade.closed or TODAY)
    permit = f"{chance.pick(MONTHS)}-{chance.between(50, 99)}" if chance.hits(0.2) else f"{trade.food_permit}"
    return (
        str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        trade.name.replace("'", "&#39;"),
        trade.holder.name,
        f"{trade.number}" if chance.hits(0.6) else "n/a",
        permit,
        dashed(lot).replace("-", " "),
        lot.number,
        short_street(lot.street),
        lot.postcode,
        chance.pick(("sidewalk", "roadway", "both")),
        chance.pick(("yes", "no")),
        f"{chance.between(20, 1900):,}",
        chance.pick(("yes", "yes", "no", "")),
        half_day(submitted, chance.between(0, 23) * 60 + 30),
    )


BOOK = Book("transport.sqlite", (APPLICATIONS,), of_lot)
