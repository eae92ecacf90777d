"""What JSON says, as stored values: numbers may come as texts, dates as moments, points as GeoJSON or a
pair of degrees, identifiers as numbers. What does not fit is left as it is, for the decoder to tell."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import itemgetter
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
    given: dict[str, object] = {"take": taker([source for source, _ in wanted])}
    cells = [_cell(i, column, given) for i, (_, column) in enumerate(wanted)]
    arguments = ", ".join(f"v{i}" for i in range(len(wanted)))
    made: Reader = eval(f"lambda rows: [({', '.join(cells)},) for ({arguments},) in take(rows)]", given)
    return made


def taker(sources: Sequence[str | Getter]) -> Reader:
    """From JSON objects to tuples of what they hold; None where they lack it. Most often every object
    has every member, and then they are taken at once."""
    names = [source for source in sources if isinstance(source, str)]
    if len(names) < max(2, len(sources)):
        getters = [_member(source) if isinstance(source, str) else source for source in sources]
        return lambda rows: [tuple([get(row) for get in getters]) for row in rows]
    at_once = itemgetter(*names)

    def all_of(rows: list[dict[str, Any]]) -> Rows:
        try:
            return list(map(at_once, rows))
        except (KeyError, TypeError):
            return [tuple(map(row.get, names)) for row in rows]

    return all_of


def _member(name: str) -> Getter:
    return lambda row: row.get(name)


def _cell(i: int, column: Column | None, given: dict[str, object]) -> str:
    """The expression that makes a stored value of what JSON has."""
    native = column is not None and (column.stored == "native" or column.type in (ColumnType.TEXT, ColumnType.PHONE))
    read = None if column is None else _CELLS.get(column.type) if native else _text
    if column is None or read is None:
        return f"v{i}"
    given[f"f{i}"] = _pointed(column) if column.type is ColumnType.POINT else read
    if read is _text:
        return f"v{i} if v{i}.__class__ is str or v{i} is None else f{i}(v{i})"
    if read is _pointed:
        return f"v{i} if v{i} is None else f{i}(v{i})"
    return f"f{i}(v{i}) if v{i}.__class__ is str else v{i}"


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
