"""The order of records: nulls last, text by code point, ties by the record's key.

The same order is asked of agencies where they can keep it (`adapters.pushdown`); here it is
kept over what several of them gave.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from operator import attrgetter, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from adapters.base import Damaged, OrderBy, Scalar
from gateway.engine.values import RecordValue, Withheld

_KEY = attrgetter("key")


def plain(cell: object) -> Any:
    """A cell for comparison: what is damaged or withheld counts as missing."""
    return None if isinstance(cell, Damaged | Withheld) else cell


def sort_records(records: list[RecordValue], order: Sequence[OrderBy]) -> None:
    """Sort in place: by the columns given, then by the records' keys."""
    if len(records) < 2:
        return
    try:
        records.sort(key=_KEY)  # quick, where no part is missing
    except TypeError:
        records.sort(key=lambda record: tuple(ascending(part) for part in record.key))
    for by in reversed(order):
        records.sort(key=lambda record: _rank(plain(record.cell(by.column)), by), reverse=by.descending)


def sort_rows(rows: list[Any], order: Sequence[OrderBy], key: Sequence[str], columns: Mapping[str, int]) -> None:
    """The same, of the rows that records are made of."""
    sorter(order, key, columns)(rows)


def sorter(order: Sequence[OrderBy], key: Sequence[str], columns: Mapping[str, int]) -> Callable[[list[Any]], None]:
    """What sorts rows so, list by list."""
    by_key = itemgetter(*[columns[name] for name in key]) if key else None
    by_order = [(itemgetter(columns[by.column]), by.descending) for by in reversed(order)]

    def sort(rows: list[Any]) -> None:
        try:
            if by_key is not None:
                rows.sort(key=by_key)
            for cell, descending in by_order:
                rows.sort(key=cell, reverse=descending)
        except TypeError:  # a part is missing, or damaged
            for by in reversed((*order, *(OrderBy(name) for name in key))):
                rows.sort(key=lambda row: _rank(plain(row[columns[by.column]]), by), reverse=by.descending)

    return sort


def ascending(value: Any) -> tuple[bool, Any]:
    """A sort key that puts None last."""
    return (True, 0) if value is None else (False, value)


def _rank(value: Any, by: OrderBy) -> tuple[bool, Any]:
    return (value is None) != by.descending, 0 if value is None else value


def position(record: RecordValue, order: Sequence[OrderBy]) -> tuple[Scalar, ...]:
    """Where a record stands: the values it is ordered by, then its key."""
    return (*(plain(record.cell(by.column)) for by in order), *record.key)


def behind(place: Sequence[Any], mark: Sequence[Any], descending: Sequence[bool]) -> bool:
    """Whether a position comes after a mark; positions beyond `descending` ascend."""
    for index, (mine, other) in enumerate(zip(place, mark, strict=True)):
        if mine == other:
            continue
        if mine is None or other is None:
            return mine is None
        return bool(mine < other if index < len(descending) and descending[index] else mine > other)
    return False


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A day or a moment as a moment: a day begins at its local midnight."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min, zone)
    return None


def day(value: Any, zone: ZoneInfo) -> date | None:
    """A day or a moment as the local day."""
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    return value if isinstance(value, date) else None
