"""What JSON says, as stored values: numbers may come as texts, dates as moments, points as GeoJSON or a
pair of degrees, identifiers as numbers. What does not fit is left as it is, for the decoder to tell."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from adapters.base import Column, ColumnType, Stored

Rows = list[tuple[object, ...]]
Reader = Callable[[list[dict[str, Any]]], Rows]
Getter = Callable[[dict[str, Any]], object]
_MIDNIGHTS = frozenset({"T00:00:00.000", "", "T00:00:00", "T00:00:00Z", "T00:00:00.000Z"})


def reader(wanted: Sequence[tuple[str | Getter, Column | None]]) -> Reader:
    """From JSON objects to tuples: each cell by its key (or a function of the object), as the column
    stores it, or as it is where no column is given. Generated as one comprehension, for this is the
    hot path; no key or column enters its source. What is no object raises AttributeError."""
    if not wanted:
        return lambda rows: [()] * len(rows)
    given: dict[str, object] = {}
    cells = []
    for i, (source, column) in enumerate(wanted):
        given[f"k{i}"] = source
        value = f"g(k{i})" if isinstance(source, str) else f"k{i}(r)"
        if column is None:
            cells.append(value)
            continue
        native = column.stored == "native" or column.type in (ColumnType.TEXT, ColumnType.PHONE)
        read = _CELLS.get(column.type) if native else _text
        if read is None:
            cells.append(value)
            continue
        given[f"f{i}"] = _pointed(column) if column.type is ColumnType.POINT else read
        if read is _text:
            cells.append(f"v if (v := {value}).__class__ is str or v is None else f{i}(v)")
        elif read is _pointed:
            cells.append(f"v if (v := {value}) is None else f{i}(v)")
        else:
            cells.append(f"f{i}(v) if (v := {value}).__class__ is str else v")
    made: Reader = eval(f"lambda rows: [({', '.join(cells)},) for r in rows for g in (r.get,)]", given)
    return made


def _text(value: Any) -> Stored:
    if isinstance(value, Mapping):
        return value.get("url") or value.get("phone_number") or value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _int(text: str) -> Stored:
    try:
        return int(text)
    except ValueError:
        return _money(text)


def _float(text: str) -> Stored:
    try:
        return float(text)
    except ValueError:
        return text


def _money(text: str) -> Stored:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


@lru_cache(4096)  # one day is in many rows
def _date(text: str) -> Stored:
    """A day, or the moment where there is a time of day."""
    try:
        return date.fromisoformat(text[:10]) if text[10:] in _MIDNIGHTS else datetime.fromisoformat(text)
    except ValueError:
        return text


def _datetime(text: str) -> Stored:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


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
