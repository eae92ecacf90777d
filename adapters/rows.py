"""Whole rows decoded at once: one function for a set of columns, generated as a single comprehension.

This is the hot path of every fetch. What `adapters.columns.decoder` says holds for each cell; here
the common forms are read in place, without a call, and whatever is not plainly one of them goes
there: nulls, damage, formats, words for true and false.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial

from adapters import dates
from adapters.base import Column, ColumnType, Damaged, Row, Scalar
from adapters.cleaning import cleaner
from adapters.columns import cleaned, decoder, null_values

Stores = Sequence[tuple[object, ...]]
Forms = Sequence[tuple[str, str]]
"""Conditions on a stored value `v`, each with the decoded value where it holds."""

_DIGITS = "v.__class__ is str and v.isascii() and v.isdigit()"
_NUMBER = 'v.__class__ is str and v.isascii() and v.replace(".", "", 1).isdigit()'
_DAY = ("v.__class__ is str and len(v) == 10 and (x := day(v))", "x")
_FLOAT = "v.__class__ is float and v - v == 0.0"  # neither infinite nor no number

_NATIVE: Mapping[ColumnType, Forms] = {
    ColumnType.INT: [("v.__class__ is int", "v")],
    ColumnType.YEAR: [("v.__class__ is int", "v")],
    ColumnType.FLOAT: [(_FLOAT, "v")],
    ColumnType.BOOL: [("v.__class__ is bool", "v"), ("v.__class__ is int and 0 <= v <= 1", "v == 1")],
    ColumnType.DATE: [("v.__class__ is date", "v"), _DAY],
    ColumnType.DATETIME: [("v.__class__ is datetime and v.tzinfo is not None", "v")],
    ColumnType.MONEY: [
        ("v.__class__ is Decimal and v.is_finite()", "v"),
        (_FLOAT, "Decimal(str(v))"),
        ("v.__class__ is int", "Decimal(v)"),
    ],
}
_TEXT: Mapping[ColumnType, Forms] = {
    ColumnType.INT: [(f"{_DIGITS} and len(v) < 19", "int(v)")],
    ColumnType.YEAR: [(f"{_DIGITS} and len(v) == 4", "int(v)")],
    ColumnType.FLOAT: [(_NUMBER, "float(v)")],
    ColumnType.MONEY: [(_NUMBER, "Decimal(v)")],
    ColumnType.DATE: [_DAY],
}


@lru_cache(1 << 15)  # ninety years; one day is in many rows
def _day(text: str) -> date | None:
    try:
        return dates.iso_date(text)
    except ValueError:
        return None


def _forms(column: Column) -> Forms:
    """The forms of a column that are read in place."""
    if len(column.source) != 1:
        return []
    if column.type is ColumnType.TEXT:
        if cleaned(column):
            return [("v.__class__ is str", "clean(v) or None")]
        return [("v.__class__ is str and v", "v"), ("v.__class__ is int", "str(v)")]
    if column.stored == "native":
        return _NATIVE.get(column.type, [])
    return _TEXT.get(column.type, []) if column.format is None and not cleaned(column) else []


def _cell(column: Column, nulls: frozenset[Scalar]) -> str:
    """The expression that decodes a value `v` of a column."""
    parts = [
        f"(None if (y := {value}) in nulls else y) if {condition} else "
        if nulls
        else f"{value if value.isalpha() else f'({value})'} if {condition} else "
        for condition, value in _forms(column)
    ]
    return f"{''.join(parts)}None if v is None else other(v)"


class RowDecoder:
    """Decodes rows of a set of columns, as many as there are at once."""

    __slots__ = ("_damages", "_decode")

    def __init__(self, decode: Callable[[Stores], list[Row]], damages: "_Damages") -> None:
        self._decode, self._damages = decode, damages

    def __call__(self, rows: Stores) -> list[Row]:
        """The decoded rows."""
        return self._decode(rows)

    def sound(self, rows: Stores) -> tuple[list[Row], bool]:
        """The decoded rows, and whether every cell is known to be of its column's type, or null."""
        before = self._damages.seen
        decoded = self._decode(rows)
        return decoded, self._damages.seen == before


class _Damages:
    """How much damage the cells of a decoder have shown: it only grows, whoever else decodes meanwhile."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = 0

    def watched(self, decode: Callable[[object], object]) -> Callable[[object], object]:
        """The same, with damage noted."""

        def watching(stored: object) -> object:
            cell = decode(stored)
            if cell.__class__ is Damaged:
                self.seen += 1
            return cell

        return watching


def _lost(column: str, _stored: object) -> Damaged:
    return Damaged(column)


def row_decoder(
    columns: Sequence[Column], lost: frozenset[str] = frozenset(), shown: int | None = None, key: Sequence[int] = ()
) -> RowDecoder:
    """What decodes rows of these columns, the first `shown` of them (all by default).
    Columns in `lost` (named by us) are `Damaged` throughout and are expected in the rows as any value.
    With the places of a `key` each row ends in a tuple of these, as stored. No text of a column enters
    its source."""
    damages = _Damages()
    if not columns:
        return RowDecoder(lambda rows: [()] * len(rows), damages)
    given: dict[str, object] = {"date": date, "datetime": datetime, "Decimal": Decimal, "day": _day}
    cells = []
    for i, column in enumerate(columns[:shown]):
        if column.name in lost:
            given[f"other{i}"] = damages.watched(partial(_lost, column.name))
            cells.append(f"other{i}(v{i})")
            continue
        nulls = frozenset[Scalar](column.null) if column.type is ColumnType.TEXT else null_values(column)
        other = damages.watched(decoder(column))
        given |= {f"other{i}": other, f"nulls{i}": nulls, f"clean{i}": cleaner(column.clean)}
        cells.append(_numbered(_cell(column, nulls), i))
    if key:
        cells.append(f"({', '.join(f'v{i}' for i in key)},)")
    arguments = ", ".join(f"v{i}" for i in range(len(columns)))
    decoded = f"({', '.join(cells)},)" if cells else "()"
    return RowDecoder(eval(f"lambda rows: [{decoded} for ({arguments},) in rows]", given), damages)


_OWN = re.compile(r"\b(v|other|nulls|clean)\b")


def _numbered(cell: str, i: int) -> str:
    """The names that each cell has for itself."""
    return _OWN.sub(rf"\g<1>{i}", cell)
