"""The files that a map names, as rows of text: CSV or Parquet, whichever their first bytes say.

A message names the file, the line and the fix, and never a value: rows are people's.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path

import duckdb

MOST_ROWS = 2_000_000
Cells = dict[str, str]

_SEPARATORS = ",;\t|"
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_NOT_UTF8 = re.compile(r"not utf-8 encoded|invalid unicode", re.IGNORECASE)
_FOREIGN = (
    (b"PK\x03\x04", "is a workbook or an archive; save its sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "is a workbook; save its sheet as CSV"),
    (b"SQLite format", "is a database; export the table as CSV or Parquet"),
    (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
)


class Unreadable(Exception):
    """A file of a map that can't be used; the message is for the steward."""


def table(path: Path, shown: str) -> tuple[list[str], Iterator[Cells]]:
    """The columns and the rows of a file. Raises `Unreadable`."""
    with duckdb.connect() as connection:
        relation = _relation(connection, path, shown)
        columns = list(relation.columns)
        try:
            values = relation.limit(MOST_ROWS + 1).fetchall()
        except duckdb.Error as error:
            raise _wrong(shown, error) from None
    if len(values) > MOST_ROWS:
        raise Unreadable(f"{shown} has more than {MOST_ROWS:,} rows; take a sample")
    return columns, (dict(zip(columns, map(cell, line), strict=True)) for line in values)


def cell(value: object) -> str:
    """A value as the text that a CSV file would have: whole numbers without a point, days without an
    hour, nothing where there is no value (NaN is how many programs write that)."""
    match value:
        case None:
            return ""
        case float() | Decimal() if not isfinite(value):
            return ""
        case float() | Decimal() if value == value.__trunc__():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
    return str(value).strip()


def _relation(connection: duckdb.DuckDBPyConnection, path: Path, shown: str) -> duckdb.DuckDBPyRelation:
    begin = _begin(path, shown)
    try:
        if begin.startswith(b"PAR1"):
            return connection.from_parquet(str(path))
        return _csv(connection, path, shown, zipped=begin.startswith(b"\x1f\x8b"))
    except duckdb.Error as error:
        raise _wrong(shown, error) from None


def _csv(connection: duckdb.DuckDBPyConnection, path: Path, shown: str, *, zipped: bool) -> duckdb.DuckDBPyRelation:
    """Read by the separator that all lines agree in; where they agree in none, the first line that
    differs from the head line is told."""
    found = connection.read_csv(
        str(path),
        header=True,
        skiprows=0,  # no row of data is taken for the head line
        all_varchar=True,
        max_line_size=1_000_000,
        compression="gzip" if zipped else "none",
    )
    separator = max(_SEPARATORS, key=found.columns[0].count)
    if len(found.columns) > 1 or separator not in found.columns[0]:
        return found
    with gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        cells = len(next(reader))
        line, other = next(((reader.line_num, len(row)) for row in reader if len(row) not in (0, cells)), (1, cells))
    raise Unreadable(f"{shown}:{line} has {other} cells, and the head line {cells}; quote what has a {separator} in it")


def _begin(path: Path, shown: str) -> bytes:
    """The first bytes of a file that may be a table."""
    if not path.is_file():
        raise Unreadable(f"{shown} is not there; name it from the map's folder, or give --data DIR")
    try:
        with path.open("rb") as file:
            begin = file.read(16)
    except OSError as error:
        raise Unreadable(f"{shown} can't be opened: {error.strerror}") from None
    if not begin:
        raise Unreadable(f"{shown} is empty; it must be CSV with a head line, or Parquet")
    for mark, what in _FOREIGN:
        if begin.startswith(mark):
            raise Unreadable(f"{shown} {what}")
    return begin


def _wrong(shown: str, error: duckdb.Error) -> Unreadable:
    """What is wrong with a file, without the text of its rows."""
    said = str(error)
    line = _LINE.search(said)
    at = f"{shown}:{line[1]}" if line else shown
    if _NOT_UTF8.search(said):
        return Unreadable(f"{at} is not UTF-8; save it as UTF-8")
    if line:
        return Unreadable(f"{at} can't be read: other columns than the head line, or a quotation mark left open")
    return Unreadable(f"{shown} can't be read; it must be CSV with a head line, or Parquet")
