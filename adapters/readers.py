"""How each type of column is read: from text in a declared format, or from a native value.

Every reader takes one cleaned, non-empty text (or one native value) and returns the decoded
value; ValueError where it does not fit. Nothing is guessed. `adapters.columns` puts nulls,
cleaning and damage around them.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite

from adapters import dates
from adapters.base import Column, ColumnType, Point, Scalar, Stored

Reader = Callable[[str], Scalar]
NativeReader = Callable[[Stored], Scalar]

_NUMBER_FORMAT = re.compile(r"(?P<symbol>[$€£]?)1(?:(?P<group>[,. '])234)?(?:(?P<point>[.,])[0-9]+)?")
_WKT = re.compile(r"POINT\s*\(\s*(\S+)\s+(\S+)\s*\)", re.IGNORECASE)
_LAT_LON = re.compile(r"\(?\s*([^\s,()]+)\s*,\s*([^\s,()]+)\s*\)?")
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension)\s*[0-9]+\s*$", re.IGNORECASE)
_INT = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")

# --- numbers -------------------------------------------------------------------------------


def _numeric_text(form: str | None) -> Callable[[str], str]:
    """Bring a number in the given format into Python's spelling. ValueError where it isn't one."""
    match = _NUMBER_FORMAT.fullmatch(form or "1.0")
    if match is None:
        raise ValueError(f'"{form}" is no number format; write an example like "1,234.50"')
    group, point = match["group"] or "", match["point"] or ("," if match["group"] == "." else ".")
    if group == point:
        raise ValueError(f'"{form}" uses "{point}" for thousands and for decimals')
    grouped = f"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+|" if group else ""
    symbol = f"(?:{re.escape(match['symbol'])})?" if match["symbol"] else ""
    shape = re.compile(f"([+-]?){symbol}([+-]?)((?:{grouped}[0-9]+)?)(?:{re.escape(point)}([0-9]*))?")

    def plain(text: str) -> str:
        found = shape.fullmatch(text)
        if found is None or not (found[3] or found[4]) or (found[1] and found[2]):
            raise ValueError("is not a number in the declared format")
        whole = found[3].replace(group, "") if group else found[3]
        return f"{found[1] or found[2]}{whole or 0}.{found[4] or 0}"

    return plain


def _int_reader(column: Column) -> Reader:
    if column.format is None:
        return plain_int
    plain = _numeric_text(column.format)

    def read(text: str) -> int:
        whole, _, rest = plain(text).partition(".")
        if rest.strip("0") or len(whole) > 19:
            raise ValueError("is not a whole number")
        return int(whole)

    return read


def plain_int(text: str) -> int:
    """A whole number in its plain spelling."""
    if _INT.fullmatch(text) is None:
        raise ValueError("is not a whole number")
    return int(text)


def _decimal_reader(column: Column) -> Callable[[str], Decimal]:
    if column.format is not None:
        plain = _numeric_text(column.format)
        return lambda text: Decimal(plain(text))

    return read_decimal


def read_decimal(text: str) -> Decimal:
    """A number in its plain spelling, exactly."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("is not a number")
    return Decimal(text)


def _float_reader(column: Column) -> Reader:
    read = _decimal_reader(column)
    return lambda text: float(read(text))


def _year_reader(_column: Column) -> Reader:
    def read(text: str) -> int:
        if len(text) != 4 or not (text.isascii() and text.isdigit()):
            raise ValueError("is not a year of four digits")
        return int(text)

    return read


# --- dates, times, places ------------------------------------------------------------------


def _date_reader(column: Column) -> Reader:
    if column.format is None:
        return dates.iso_date
    return _day_reader(column.format)


@lru_cache(256)
def _day_reader(written: str) -> Reader:
    """Of one format; one day is in many rows."""
    form = dates.compiled(written)
    return lru_cache(8192)(lambda text: dates.read(form, text).date())


def _datetime_reader(column: Column) -> Reader:
    localise = dates.localiser(column.time_zone)
    if column.format is None:
        return lambda text: localise(dates.iso_datetime(text))
    form = dates.compiled(column.format)
    return lambda text: localise(dates.read(form, text))


def _place(lat: float, lon: float) -> Point:
    point = Point(lat, lon)
    if not (-90 <= point.lat <= 90 and -180 <= point.lon <= 180):
        raise ValueError("is not a place in WGS 84 degrees")
    return point


def place(lat: Stored, lon: Stored) -> Point:
    """A point from native numbers or their plain text."""
    parts = [read_decimal(part) if isinstance(part, str) else _native_float(part) for part in (lat, lon)]
    return _place(*map(float, parts))


def _point_reader(column: Column) -> Reader:
    pattern, flip = (_WKT, True) if column.format == "wkt" else (_LAT_LON, False)

    def read(text: str) -> Point:
        match = pattern.fullmatch(text.strip())
        if match is None:
            raise ValueError("is not a point")
        return place(match[2], match[1]) if flip else place(match[1], match[2])

    return read


# --- the rest ------------------------------------------------------------------------------


def _bool_reader(column: Column) -> Reader:
    values = {text.casefold(): False for text in column.false} | {text.casefold(): True for text in column.true}

    def read(text: str) -> bool:
        value = values.get(text.casefold())
        if value is None:
            raise ValueError("is neither true nor false")
        return value

    return read


def _phone_reader(_column: Column) -> Reader:
    def read(text: str) -> str:
        number = _EXTENSION.sub("", text).strip()
        digits = "".join(c for c in number if c in "0123456789")
        if not 5 <= len(digits) <= 15:
            raise ValueError("is not a telephone number")
        return f"+{digits}" if number.startswith("+") else digits

    return read


def _text_reader(_column: Column) -> Reader:
    return str


_READERS: dict[ColumnType, Callable[[Column], Reader]] = {
    ColumnType.TEXT: _text_reader,
    ColumnType.INT: _int_reader,
    ColumnType.FLOAT: _float_reader,
    ColumnType.MONEY: _decimal_reader,
    ColumnType.BOOL: _bool_reader,
    ColumnType.DATE: _date_reader,
    ColumnType.DATETIME: _datetime_reader,
    ColumnType.YEAR: _year_reader,
    ColumnType.POINT: _point_reader,
    ColumnType.PHONE: _phone_reader,
}


# --- values that a system stores natively --------------------------------------------------


def _native_int(value: Stored) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float | Decimal) and isfinite(value) and value == int(value):
        return int(value)
    raise ValueError("is not a whole number")


def _native_decimal(value: Stored) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not isfinite(value):
        raise ValueError("is not a number")
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _native_float(value: Stored) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not isfinite(value):
        raise ValueError("is not a number")
    return float(value)


def _native_bool(value: Stored) -> bool:
    if isinstance(value, bool | int) and value in (0, 1):
        return bool(value)
    raise ValueError("is neither true nor false")


def _native_date(value: Stored) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) == 10:
        return dates.iso_date(value)
    raise ValueError("is not a date")


def _native_datetime(column: Column) -> Callable[[Stored], datetime]:
    localise = dates.localiser(column.time_zone)

    def read(value: Stored) -> datetime:
        if isinstance(value, datetime):
            return localise(value)
        if isinstance(value, str):
            return localise(dates.iso_datetime(value))
        raise ValueError("is not a date and time")

    return read


def native_text(value: Stored) -> str:
    """Text, or the text of a number or identifier that the system keeps as such."""
    if isinstance(value, bytes | bytearray | memoryview | list | dict | tuple):
        raise ValueError("is not text")
    return str(value)


def text_reader(column: Column) -> Reader:
    """How this column's text is read. ValueError for a format that its type doesn't know."""
    return _READERS[column.type](column)


_NATIVE: dict[ColumnType, NativeReader] = {
    ColumnType.INT: _native_int,
    ColumnType.YEAR: _native_int,
    ColumnType.FLOAT: _native_float,
    ColumnType.MONEY: _native_decimal,
    ColumnType.BOOL: _native_bool,
    ColumnType.DATE: _native_date,
    ColumnType.TEXT: native_text,
}


def native_reader(column: Column) -> NativeReader:
    """How a value is read that the system itself keeps in the declared type."""
    if column.type is ColumnType.DATETIME:
        return _native_datetime(column)
    if column.type in (ColumnType.PHONE, ColumnType.POINT):
        read = text_reader(column)
        return lambda value: read(native_text(value))
    return _NATIVE[column.type]
