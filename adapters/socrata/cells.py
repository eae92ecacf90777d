"""What a portal's JSON says, as stored values: it spells numbers as texts, dates as moments, points as
GeoJSON, and leaves nulls out (https://dev.socrata.com/docs/datatypes, …/docs/formats/json)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from adapters.base import Column, ColumnType, Stored

Rows = list[tuple[object, ...]]
Reader = Callable[[list[dict[str, Any]]], Rows]
_MIDNIGHT = "T00:00:00.000"


def reader(names: Sequence[tuple[str, Column | None]]) -> Reader:
    """From JSON objects to tuples: for each key, its value as the column stores it (as it is where no
    column is given). Generated as one comprehension, for this is the hot path; no key or column
    enters its source. What is no object raises AttributeError."""
    if not names:
        return lambda rows: [()] * len(rows)
    given: dict[str, object] = {f"k{i}": name for i, (name, _) in enumerate(names)}
    cells = []
    for i, (_, column) in enumerate(names):
        read = _CELLS.get(column.type) if column and (column.stored == "native" or _textual(column)) else _text
        if column is None or read is None:
            cells.append(f"g(k{i})")
            continue
        given[f"f{i}"] = _pointed(column) if column.type is ColumnType.POINT else read
        plain = "v.__class__ is str or v is None" if read is _text else "v is None"
        cells.append(f"v if ({plain.replace('v', f'(v := g(k{i}))', 1)}) else f{i}(v)")
    made: Reader = eval(f"lambda rows: [({', '.join(cells)},) for r in rows for g in (r.get,)]", given)
    return made


def _textual(column: Column) -> bool:
    return column.type in (ColumnType.TEXT, ColumnType.PHONE)


def _text(value: Any) -> Stored:
    if isinstance(value, Mapping):
        return value.get("url") or value.get("phone_number") or value
    return ("true" if value else "false") if isinstance(value, bool) else value


def _int(value: Any) -> Stored:
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return _money(value)


def _float(value: Any) -> Stored:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _money(value: Any) -> Stored:
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


def _date(value: Any) -> Stored:
    """A day, or the moment where there is a time of day."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        if value[10:] in (_MIDNIGHT, ""):
            return date.fromisoformat(value[:10])
        return datetime.fromisoformat(value)
    return value


def _datetime(value: Any) -> Stored:
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(value)
    return value


def _pointed(column: Column) -> Callable[[Any], Stored]:
    """A point as the column's format has it; a part of one as it is."""

    def read(value: Any) -> Stored:
        if not isinstance(value, Mapping):
            return value
        match value:
            case {"coordinates": [lon, lat]}:
                pass
            case {"latitude": lat, "longitude": lon}:
                pass
            case _:
                return value
        return f"POINT ({lon} {lat})" if column.format == "wkt" else f"{lat},{lon}"

    return read


_CELLS: Mapping[ColumnType, Callable[[Any], Stored]] = {
    ColumnType.TEXT: _text,
    ColumnType.PHONE: _text,
    ColumnType.INT: _int,
    ColumnType.YEAR: _int,
    ColumnType.FLOAT: _float,
    ColumnType.MONEY: _money,
    ColumnType.DATE: _date,
    ColumnType.DATETIME: _datetime,
    ColumnType.POINT: _pointed,
}
