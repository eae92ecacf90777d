"""The table that `bench.fetches` asks of every kind of source: made up, one row a number."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from adapters.base import Column, ColumnType, Keys, Scan

NAMES = ("number", "ward", "street", "state", "issued", "fee", "seats")
TYPES = {"issued": ColumnType.DATE, "fee": ColumnType.MONEY, "seats": ColumnType.INT}
Row = tuple[str, str, str, str, date, Decimal, int]

ROWS: list[Row] = [
    (
        f"LIC-{i:06}",
        str(i % 12 + 1),
        f"{i % 240 + 1} Harbour Street",
        "AR"[i % 2],
        date(2020, 1, 1) + timedelta(days=i % 1500),
        Decimal(1250 + 5 * (i % 400)) / 100,
        i % 60,
    )
    for i in range(5_000)
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a fetch asks for."""

    rows: list[Row]

    @property
    def numbers(self) -> list[str]:
        return [row[0] for row in self.rows]

    @property
    def scan(self) -> Scan:
        return Scan(NAMES, Keys(("number",), tuple((number,) for number in self.numbers)))


def wanted(keys: int) -> Wanted:
    """So many rows, from all over the table."""
    return Wanted(ROWS[:: len(ROWS) // keys][:keys])


def columns(stored: str = "native") -> dict[str, Column]:
    """As a catalogue declares them."""
    return {name: Column(name, (name,), TYPES.get(name, ColumnType.TEXT), stored) for name in NAMES}


def texts(row: Row) -> tuple[str, ...]:
    """A row as files and portals write it."""
    return (*row[:4], row[4].isoformat(), str(row[5]), str(row[6]))
