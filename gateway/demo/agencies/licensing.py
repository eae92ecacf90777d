"""Licensing Board: liquor, tobacco and trade licences.

Quirks: keyed by the licence number, persons and companies in one column, the address in one
line, an establishment number that the applicant wrote down and that is often missing.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import TODAY, Chance
from gateway.demo.people import Trade
from gateway.demo.spelling import american, line
from gateway.demo.town import Lot, Town

LICENCES = Table(
    "LICENSES",
    (
        "LIC_NUM TEXT PRIMARY KEY",
        "LIC_TYPE TEXT",
        "LIC_STATUS TEXT",
        "LICENSEE TEXT",
        "DBA TEXT",
        "PREMISES_ADDR TEXT",
        "PREMISES_ZIP TEXT",
        "ESTAB_NO TEXT",
        "ISSUED TEXT",
        "EXPIRES TEXT",
        "FEE TEXT",
        "MODIFIED_AT TEXT",
    ),
    ("PREMISES_ZIP, PREMISES_ADDR", "ESTAB_NO"),
)

FOOD_TYPES = ("OP", "RW", "TW", "CF")
RETAIL_TYPES = ("TB", "SH", "PB", "LS")


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Up to two licences a trade."""
    for trade in lot.trades:
        for _ in range(min(2, chance.few(0.8))):
            yield LICENCES, _licence(lot, trade, chance)


def _licence(lot: Lot, trade: Trade, chance: Chance) -> tuple[Cell, ...]:
    kind = chance.pick(FOOD_TYPES if trade.line == "food" else RETAIL_TYPES)
    issued = chance.day(max(trade.opened, date(2015, 1, 1)), max(trade.closed or TODAY, date(2015, 1, 2)))
    expires = issued + timedelta(730)
    active = expires >= TODAY and trade.closed is None
    changed = chance.day(issued)
    return (
        f"{kind}-{chance.number('licence', 20_001)}",
        kind,
        "ACT" if active else "SUR" if trade.closed else "EXP",
        trade.holder.listed,
        trade.name.upper() if chance.hits(0.9) else "SAME",
        line(lot),
        lot.postcode,
        str(trade.number) if chance.hits(0.7) else chance.pick(("", "NONE", "TBD")),
        american(issued),
        american(expires),
        f"${chance.between(4, 60) * 25:,}.00",
        f"{changed.isoformat()} {chance.between(8, 17):02d}:{chance.between(0, 59):02d}:00",
    )


BOOK = Book("licensing.sqlite", (LICENCES,), of_lot)
