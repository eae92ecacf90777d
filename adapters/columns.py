"""Between what an agency stores in a column and what we say it holds.

`decoder` reads a stored value (`adapters.rows` whole rows), `encode` spells a decoded value for a
comparison by the agency, `key_value` turns an identifier's text into what a key on the column is
asked with, and `problem` tells the author of a catalogue what is wrong with a declaration.

Reading a value: text is cleaned; empty text and null markers are null; then the type's own rule.
A null marker that is itself a value of the type ("0", "1900-01-01") is null in all its spellings.
What does not fit is `Damaged`.

Formats by type (for `stored = "text"`; without one, the plain spelling):
    int, float, money   an example: "1,234", "1,234.50", "$1,234.50", "1.234,50", "1.0"
    date, datetime      tokens, see `adapters.dates`; ISO 8601 by default
    point               "wkt" or "lat,lon"; none with two source columns
    year                four digits;  bool by its `true` and `false`;  phone: any, digits are kept
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters import dates
from adapters.base import Cell, Column, ColumnType, Damaged, Scalar, Stored
from adapters.cleaning import CLEANING, cleaner
from adapters.keys import transmissible
from adapters.readers import NativeReader, Reader, native_reader, native_text, place, plain_int, text_reader

Decoder = Callable[[Stored], Cell]

_FORMATTED = frozenset({"int", "float", "money", "date", "datetime", "point"})
_TEXTUAL = frozenset({ColumnType.TEXT, ColumnType.PHONE, ColumnType.POINT})
_INT64 = range(-(2**63), 2**63)


class Inexpressible(ValueError):
    """A decoded value has no single stored spelling in this column."""


# --- reading -------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def decoder(column: Column) -> Decoder:
    """The function from a stored value of `column` (a tuple of them where it has two sources) to
    its decoded value, None, or `Damaged(column.name)`. Compiled once; never raises.

    ValueError for a declaration that `problem` complains about."""
    if len(column.source) == 2:
        return _place_decoder(column)
    read = _guarded(column, text_reader(column), native_reader(column))
    damaged, nulls = Damaged(column.name), null_values(column)

    def decode(stored: Stored) -> Cell:
        if stored is None:
            return None
        try:
            value = read(stored)
        except (ValueError, ArithmeticError, OverflowError):
            return damaged
        return None if value is None or value in nulls else value

    return decode


def cleaned(column: Column) -> bool:
    """Whether text is tidied before it is read: then one value has many stored spellings. Steps
    do not touch what a system keeps natively in another type than text."""
    return bool(column.clean) and (column.stored == "text" or column.type in _TEXTUAL)


def _guarded(column: Column, read_text: Reader, read_native: NativeReader) -> NativeReader:
    clean, null = cleaner(column.clean) if cleaned(column) else None, column.null
    as_text = column.stored == "text" or column.type in _TEXTUAL

    def read(stored: Stored) -> Scalar:
        if not isinstance(stored, str):
            if not as_text:
                return read_native(stored)
            stored = native_text(stored)
        text = clean(stored) if clean else stored
        if not text or text in null:
            return None
        return read_text(text) if as_text else read_native(text)

    return read


def _place_decoder(column: Column) -> Decoder:
    damaged, clean = Damaged(column.name), cleaner(column.clean)

    def part(stored: Stored) -> Stored:
        if not isinstance(stored, str):
            return stored
        text = clean(stored) if clean else stored
        return None if not text or text in column.null else text

    def decode(stored: Stored) -> Cell:
        if not isinstance(stored, tuple | list) or len(stored) != 2:
            return None if stored is None else damaged
        lat, lon = map(part, stored)
        if lat is None or lon is None:
            return None
        try:
            return place(lat, lon)
        except (ValueError, ArithmeticError):
            return damaged

    return decode


@lru_cache(maxsize=8192)
def null_values(column: Column) -> frozenset[Scalar]:
    """The decoded values that mean null: the markers that are values of the type themselves."""
    if column.type is ColumnType.TEXT or len(column.source) != 1:
        return frozenset()
    values: set[Scalar] = set()
    read = plain_int if column.type is ColumnType.YEAR else text_reader(column)
    for marker in column.null:
        try:
            values.add(read(marker))
        except (ValueError, ArithmeticError):
            continue
    return frozenset(values)


# --- spelling ------------------------------------------------------------------------------


def encode(column: Column, value: Scalar) -> Stored:
    """The one stored spelling of a decoded value, for EQ, IN and (where `adapters.forms` says that
    stored order is decoded order) ranges. `Inexpressible` where there are several, or none."""
    if value is None or cleaned(column) or len(column.source) != 1 or value in null_values(column):
        raise Inexpressible(f'a value of "{column.name}" has no single stored spelling')
    if column.type is ColumnType.TEXT:
        return _text_term(column, value)
    if column.stored == "native":
        return _native_term(column, value)
    spelled = _spelled(column, value)
    if spelled is None or spelled in column.null or decoder(column)(spelled) != value:
        raise Inexpressible(f'a value of "{column.name}" has no single stored spelling')
    return spelled


def _text_term(column: Column, value: Scalar) -> str:
    if not isinstance(value, str) or not value or value in column.null or not transmissible(value):
        raise Inexpressible(f'"{column.name}" never holds this value')
    return value


def _native_term(column: Column, value: Scalar) -> Stored:
    if column.type is ColumnType.DATETIME:
        if not isinstance(value, datetime) or dates.naive(value, column.time_zone) is None:
            raise Inexpressible(f'"{column.name}" keeps local times, and this one happened twice')
        return value
    if column.type in (ColumnType.PHONE, ColumnType.POINT):
        raise Inexpressible(f'"{column.name}" has many spellings of one value')
    if isinstance(value, int) and value not in _INT64:
        raise Inexpressible(f'"{column.name}" holds no numbers of this size')
    return value


def _spelled(column: Column, value: Scalar) -> str | None:
    """The text of a value in a canonical format; None where the format allows several."""
    if column.type is ColumnType.YEAR and isinstance(value, int):
        return f"{value:04}"
    if column.format is None or column.type not in (ColumnType.DATE, ColumnType.DATETIME):
        return None
    form = dates.compiled(column.format)
    moment = dates.naive(value, column.time_zone) if isinstance(value, datetime) else value
    return dates.write(form, moment) if form.canonical and isinstance(moment, date) else None


def keeps_text(column: Column) -> bool:
    """Whether a key on `column` is asked with the text itself."""
    textual = column.stored == "text" or column.type in (ColumnType.TEXT, ColumnType.PHONE)
    return textual and len(column.source) == 1


def key_value(column: Column, text: str) -> Stored | None:
    """What a key on `column` is asked with, for an identifier spelled `text`; None where no row of
    the column can hold it."""
    if not text or not transmissible(text) or len(column.source) != 1:
        return None
    if keeps_text(column):
        return text
    try:
        value = plain_int(text) if column.type is ColumnType.YEAR else text_reader(column)(text)
    except (ValueError, ArithmeticError):
        return None
    if isinstance(value, bool | datetime) or not isinstance(value, int | date | Decimal):
        return None
    return None if isinstance(value, int) and value not in _INT64 else value


# --- declarations --------------------------------------------------------------------------


def problem(column: Column) -> str | None:
    """What is wrong with this declaration, with the fix; None where nothing is."""
    checks = (_problem_of_source, _problem_of_storage, _problem_of_steps, _problem_of_bool, _problem_of_format)
    return next((text for check in checks if (text := check(column)) is not None), None)


def _problem_of_source(column: Column) -> str | None:
    if column.type is not ColumnType.POINT and len(column.source) != 1:
        return f"a {column.type} column comes from one column; only a point may come from {{ lat, lon }}"
    if column.type is ColumnType.POINT and len(column.source) not in (1, 2):
        return "a point comes from one column, or from { lat = …, lon = … }"
    if column.type is ColumnType.POINT and len(column.source) == 1 and column.format is None:
        return 'a point from one column needs format = "wkt" or format = "lat,lon"'
    return None


def _problem_of_storage(column: Column) -> str | None:
    if column.stored not in ("native", "text"):
        return f'stored = "{column.stored}" is unknown; it is "native" or "text"'
    try:
        ZoneInfo(column.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f'time zone "{column.time_zone}" is unknown; write it like "America/New_York"'
    return None


def _problem_of_steps(column: Column) -> str | None:
    unknown = next((step for step in column.clean if step not in CLEANING), None)
    if unknown is not None:
        return f'cleaning step "{unknown}" is unknown; there are {", ".join(sorted(CLEANING))}'
    return None


def _problem_of_bool(column: Column) -> str | None:
    both = {text.casefold() for text in column.true} & {text.casefold() for text in column.false}
    if column.type is ColumnType.BOOL and both:
        return f'"{min(both)}" stands for both true and false'
    return None


def _problem_of_format(column: Column) -> str | None:
    if column.format is None:
        return None
    if column.type.value not in _FORMATTED:
        return f"a {column.type} column takes no format; leave it out"
    if column.stored == "native" and column.type is not ColumnType.POINT:
        return f'a format explains text; add stored = "text", or leave it out if the source keeps a {column.type}'
    if column.type is ColumnType.POINT:
        if len(column.source) == 2:
            return "a point from two columns takes no format; leave it out"
        return None if column.format in ("wkt", "lat,lon") else 'the formats of a point are "wkt" and "lat,lon"'
    try:
        text_reader(column)
    except ValueError as error:
        return str(error)
    return None
