"""Health Department: inspections of kitchens, and lead paint orders.

Quirks: no database but an open-data portal; one row a violation, so that several rows make an
inspection; a kitchen not inspected yet has one row of 1900-01-01; names went through a wrong code
page and an HTML form; the address is text only; lead orders about a child are sealed.
"""

from collections.abc import Iterator
from datetime import date
from types import MappingProxyType

from gateway.demo.books import Book, Cell, Csv, Entry, Table
from gateway.demo.chance import TODAY, Chance
from gateway.demo.people import Trade
from gateway.demo.spelling import dashed
from gateway.demo.town import Lot, Town

INSPECTIONS = Table(
    "food_inspection_results",
    (
        "permit TEXT",
        "dba TEXT",
        "bldg TEXT",
        "street TEXT",
        "zipcode TEXT",
        "phone TEXT",
        "cuisine TEXT",
        "insp_date TEXT",
        "insp_type TEXT",
        "result TEXT",
        "score INTEGER",
        "grade TEXT",
        "viol_code TEXT",
        "viol_text TEXT",
        "critical TEXT",
    ),
)

LEAD_ORDERS = Table(
    "lead_orders",
    (
        "order_no INTEGER PRIMARY KEY",
        "parcel TEXT",
        "apt TEXT",
        "ordered TEXT",
        "complied TEXT",
        "finding TEXT",
        "child_birth_year INTEGER",
        "sealed TEXT",
    ),
)

FAULTS = (
    ("02B", "Hot food not held hot", "Y"),
    ("04L", "Evidence of mice in the kitchen", "Y"),
    ("06C", "Food not protected from contamination", "Y"),
    ("08A", "Doors not vermin proof", "N"),
    ("10F", "Surfaces not easily cleaned", "N"),
    ("09B", "Thawing at room temperature", "N"),
)
KITCHENS = ("Harbour", "Bakery", "Noodles", "Grill", "Vegetarian", "Seafood")
CITED, CLEAR, CLOSED = "VIOLATIONS CITED", "NO VIOLATIONS", "CLOSED - IMMINENT HAZARD"


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """The results of every kitchen on the lot, and lead orders in old flats."""
    for trade in lot.trades:
        if trade.food_permit is not None:
            yield from ((INSPECTIONS, row) for row in _kitchen(lot, trade, chance))
    if lot.use == "flats" and (lot.year or 2000) < 1960 and chance.hits(0.4):
        yield LEAD_ORDERS, _lead_order(lot, chance)


def _kitchen(lot: Lot, trade: Trade, chance: Chance) -> Iterator[tuple[Cell, ...]]:
    known = _known(lot, trade, chance)
    first, last = max(trade.opened, date(2018, 1, 1)), trade.closed or TODAY
    days = sorted(chance.day(first, last) for _ in range(chance.few(3)))
    if not days or (trade.closed or TODAY) < date(2018, 1, 1):
        yield (*known, "1900-01-01", "", "", -1, "", "", "", "")
        return
    for n, day in enumerate(dict.fromkeys(days)):
        yield from _inspection(known, day, "Initial" if n == 0 else "Cycle", chance)


def _inspection(known: tuple[Cell, ...], day: date, kind: str, chance: Chance) -> Iterator[tuple[Cell, ...]]:
    found = [fault for fault in FAULTS if chance.hits(0.22)]
    score = sum(7 if critical == "Y" else 3 for _, _, critical in found)
    grade = "A" if score < 10 else "B" if score < 20 else "Z" if chance.hits(0.3) else "C"
    result = CLEAR if not found else CLOSED if score > 22 else CITED
    for code, text, critical in found or [("", "", "")]:
        yield (*known, day.isoformat(), kind, result, score, grade, code, text, critical)


def _known(lot: Lot, trade: Trade, chance: Chance) -> tuple[Cell, ...]:
    kitchen = chance.pick(KITCHENS)
    return (
        str(trade.food_permit),
        _typed(trade.name, chance),
        lot.number,
        lot.street.upper(),
        lot.postcode,
        (trade.phone),
        kitchen,
    )


def _typed(name: str, chance: Chance) -> str:
    """In capitals; half of them through a form that escapes, half through a wrong code page."""
    text = name.upper()
    if chance.hits(0.5):
        text = text.replace("'", "&#39;")
    return text.encode("utf-8").decode("cp1252") if chance.hits(0.5) else text


def _lead_order(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    ordered = chance.day(date(2015, 1, 1))
    sealed = chance.hits(0.35)
    return (
        chance.number("lead", 9001),
        dashed(lot),
        f"{chance.between(1, 6)}{chance.pick('ABCD')}",
        ordered.isoformat(),
        None if chance.hits(0.4) else chance.day(ordered).isoformat(),
        "Lead paint on window frames",
        ordered.year - chance.between(1, 6) if sealed else None,
        "Y" if sealed else "N",
    )


DATASETS = f"""\
["f4nd-kx7p"]
file = "{INSPECTIONS.name}.csv"
name = "Food Inspection Results"
updated = {TODAY}T04:00:00Z
types = {{ insp_date = "calendar_date", score = "number" }}

["u3wq-9tzb"]
file = "{LEAD_ORDERS.name}.csv"
name = "Lead Orders"
updated = {TODAY}T04:00:00Z
["u3wq-9tzb".types]
order_no = "number"
ordered = "calendar_date"
complied = "calendar_date"
child_birth_year = "number"
sealed = "checkbox"
"""
"""What the portal says of its datasets, as the SODA emulator reads it."""

PORTAL = Csv(beside=MappingProxyType({"datasets.toml": DATASETS}))

BOOK = Book("health", (INSPECTIONS, LEAD_ORDERS), of_lot, csv=PORTAL, moved_from="health.sqlite")
