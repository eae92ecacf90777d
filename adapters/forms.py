"""What the stored form of a column lets an agency decide, apart from what its system can do.

An agency compares what it stores, not what we read. A filter may go down EXACT where both agree
on every value, damaged ones included; INEXACT where its rows are a superset; else not at all.

    text, not cleaned       every operator EXACT; orderable (nulls are NULL, "" and the markers)
    int float money year date datetime bool, stored natively, not cleaned
                            every operator EXACT; orderable (local times: not for a moment that is
                            the second of its spelling; times in the hour that clocks skip sort by
                            their spelling)
    the same, stored as text, where a value has one spelling (years, fixed-width dates)
                            EQ, IN exact; ranges INEXACT where the text sorts as the values do
    dates and times in ISO text without a format
                            EQ, IN and ranges INEXACT, by whole days
    other text forms ("1,234", "M/D/YYYY", bool words), cleaned columns, phones
                            IS_NULL false INEXACT, the rest NONE
    points                  NONE
IS_NULL is EXACT wherever null has finitely many spellings. Text-stored columns of other types
are not orderable: what is damaged sorts last here, and anywhere there.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple, cast

from adapters import dates
from adapters.base import Column, ColumnType, Compare, Op, Scalar, Stored, Support
from adapters.columns import Inexpressible, cleaned, encode, null_values

RANGES = frozenset({Op.LT, Op.LTE, Op.GT, Op.GTE})
_ISO = dates.compiled("YYYY-MM-DD")


class Span(NamedTuple):
    """Stored texts from `low`, below `high`; None is unbounded."""

    low: str | None
    high: str | None


def orderable(column: Column) -> bool:
    """Whether the agency's order of stored values is ours of decoded ones."""
    if cleaned(column) or len(column.source) != 1 or column.type in (ColumnType.POINT, ColumnType.PHONE):
        return False
    return column.type is ColumnType.TEXT or column.stored == "native"


def nulls(column: Column) -> tuple[Stored, ...]:
    """The stored values besides NULL that mean null, sorted; for columns that are not cleaned."""
    if column.type is ColumnType.TEXT or column.stored == "text":
        return tuple(sorted({"", *column.null}))
    return tuple(sorted(null_values(column), key=str))


def support(column: Column, compare: Compare) -> Support:
    """How far the stored form lets an agency decide this comparison."""
    if column.type is ColumnType.POINT:
        return Support.NONE
    if compare.op is Op.IS_NULL:
        return _null_support(column, bool(compare.value))
    if cleaned(column):
        return Support.NONE
    if (orderable(column) or compare.op in (Op.EQ, Op.IN)) and _encodes(column, compare):
        return Support.EXACT
    return Support.NONE if span(column, compare) is None else Support.INEXACT


def _null_support(column: Column, wanted: bool) -> Support:
    if cleaned(column) or len(column.source) != 1 or column.type is ColumnType.PHONE:
        return Support.NONE if wanted else Support.INEXACT
    if orderable(column) or not null_values(column):
        return Support.EXACT
    return Support.NONE if wanted else Support.INEXACT


def _encodes(column: Column, compare: Compare) -> bool:
    try:
        for value in _values(compare):
            encode(column, value)
    except Inexpressible:
        return False
    return True


def _values(compare: Compare) -> tuple[Scalar, ...]:
    if compare.op in (Op.IN, Op.NOT_IN) and isinstance(compare.value, tuple):
        return compare.value
    return (cast(Scalar, compare.value),)


def span(column: Column, compare: Compare) -> Span | None:
    """The stored texts among which all matches are, for text that sorts as its values do; None
    where the form or the operator allows no such statement."""
    spell = _spelling(column)
    if spell is None or compare.op not in RANGES | {Op.EQ, Op.IN}:
        return None
    values = cast("tuple[date | int, ...]", _values(compare))
    if not values:
        return None
    low, high = min(values), max(values)
    return Span(
        None if compare.op in (Op.LT, Op.LTE) else spell(low, 0),
        None if compare.op in (Op.GT, Op.GTE) else spell(high, 1),
    )


def _spelling(column: Column) -> Callable[[Scalar, int], str | None] | None:
    """Spells the bound below which (0) or above which (1) no text of the value lies."""
    if column.stored != "text" or cleaned(column):
        return None
    if column.type is ColumnType.YEAR:
        return _year_bound
    if column.type not in (ColumnType.DATE, ColumnType.DATETIME):
        return None
    form = _ISO if column.format is None else dates.compiled(column.format)
    return (lambda value, side: _day_bound(form.day, value, side)) if form.ordered else None


def _year_bound(value: Scalar, side: int) -> str | None:
    year = value + side if isinstance(value, int) else -1
    return f"{year:04}" if 0 <= year <= 9999 else None


def _day_bound(form: dates.Format, value: Scalar, side: int) -> str | None:
    """A moment's local day is within a day of its day in UTC, whatever the zone."""
    if isinstance(value, datetime):
        day = dates.shifted(value.astimezone(UTC).date(), 2 * side - (1 - side))
    else:
        day = dates.shifted(value, side) if isinstance(value, date) else None
    return None if day is None else dates.write(form, day)
