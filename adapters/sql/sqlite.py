"""SQLite, through aiosqlite: opened read-only, one thread a connection.

SQLite does not hold a column to its type, so typed comparisons and orders also ask for the type
(`typeof`); a source with `options = { strict = true }` promises that it need not. Dates are kept
as "YYYY-MM-DD"; it has no type for moments, so those are compared here. Many keys come as one
JSON parameter, whose members SQLite looks up in the index of the key columns.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import aiosqlite
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect

from adapters.base import Capabilities, Column, ColumnShape, ColumnType, Keys, Op, Scan, Shape, Source, Stored, Support
from adapters.errors import Malformed, Rejected, SourceError, TimedOut, Unavailable
from adapters.keys import after_prefix, sendable, single, without_overlap
from adapters.sql.flavour import Binder, Bound, Element, lost_column, nulls_last, textual

NUMERIC = frozenset({ColumnType.FLOAT, ColumnType.MONEY})


class SqliteFlavour(Bound):
    """SQL as SQLite speaks it."""

    dialect = sqlite_dialect()

    def __init__(self, capabilities: Capabilities) -> None:
        is_null: dict[Op, Support] = {
            op: how for op, how in capabilities.filters[ColumnType.DATETIME].items() if op is Op.IS_NULL
        }
        filters: dict[ColumnType, Mapping[Op, Support]] = dict(capabilities.filters)
        filters |= {ColumnType.DATETIME: MappingProxyType(is_null)}
        self.capabilities = replace(
            capabilities,
            filters=MappingProxyType(filters),
            order=capabilities.order - {ColumnType.DATETIME},
        )

    def bind_type(self, column: Column) -> sa.types.TypeEngine[Any]:
        """SQLite binds by the value."""
        return sa.types.NULLTYPE

    def term(self, column: Column, value: Stored) -> Stored:
        """Money as a number, days as text."""
        if isinstance(value, Decimal):
            return number(value)
        return value.isoformat() if isinstance(value, date) else value

    def fits(self, column: Column, element: Element) -> Element | None:
        """By `typeof`; a day is one that SQLite spells back the same."""
        if column.stored == "text" or column.type in (ColumnType.TEXT, ColumnType.PHONE, ColumnType.POINT):
            return None
        kind = sa.func.typeof(element)
        if column.type in NUMERIC:
            return kind.in_([sa.literal_column("'integer'"), sa.literal_column("'real'")])
        if column.type is ColumnType.BOOL:
            return element.in_([sa.literal_column("0"), sa.literal_column("1")])
        if column.type is ColumnType.DATE:
            spelled = sa.func.date(element, sa.literal_column("'+0 days'"))
            return sa.and_(spelled == element, element >= sa.literal_column("'0001'"))
        whole = sa.and_(kind == sa.literal_column("'real'"), element == sa.cast(element, sa.Integer()))
        return sa.or_(kind == sa.literal_column("'integer'"), whole)

    def packed(self, values: object) -> object:
        """Many values as one parameter."""
        return _json(values)

    def member(self, binder: Binder, column: Column, element: Element, get: Callable[[Scan], list[Stored]]) -> Element:
        """By the rows of a JSON array."""
        array = binder.bind(lambda scan: self.packed(get(scan)), sa.types.NULLTYPE)
        return self.equated(element, textual(column)).in_(sa.select(_each(array)))

    def equated(self, element: Element, text: bool) -> Element:
        """By code point, also where the column is declared otherwise."""
        return element.collate("BINARY") if text else element

    def compared(self, element: Element, text: bool) -> Element:
        """The same."""
        return self.equated(element, text)

    def ordered(self, element: Element, descending: bool) -> list[Element]:
        """By NULLS LAST."""
        return nulls_last(element, descending)

    def equal(self, column: Column, element: Element, value: Element) -> Element:
        """By code point."""
        return self.equated(element, textual(column)) == value

    def keys_equal(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """One JSON array: of values, or for keys of several columns of arrays that are joined with
        the rows (SQLite uses no index for `(a COLLATE BINARY, b) IN (SELECT …)`)."""
        if len(columns) == 1:
            return self.member(binder, columns[0], elements[0], lambda scan: single(scan.keys))
        array = binder.bind(lambda scan: self.packed(list(dict.fromkeys(_keys(scan.keys)))), sa.types.NULLTYPE)
        parts = _parts(array, len(columns))
        return sa.and_(*(self.equal(*each) for each in zip(columns, elements, parts, strict=True)))

    def keys_by_prefix(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """Ranges from each prefix to the text after it, joined with the rows."""

        def ranges(scan: Scan) -> object:
            keys = _keys(without_overlap(scan.keys) if scan.keys else None)
            return self.packed([[*key, above] for key in keys if (above := after_prefix(str(key[-1]))) is not None])

        *same, low, high = _parts(binder.bind(ranges, sa.types.NULLTYPE), len(columns) + 1)
        equal = [self.equal(*each) for each in zip(columns, elements, same, strict=False)]
        last = self.compared(elements[-1], textual(columns[-1]))
        return sa.and_(*equal, last >= low, last < high)


def _keys(keys: Keys | None) -> Sequence[tuple[Stored, ...]]:
    return sendable(keys.values) if keys else ()


def _json(values: object) -> str:
    """orjson spells dates as SQLite keeps them; money goes as a number."""
    return orjson.dumps(values, default=number).decode()


def number(value: object) -> Stored:
    """Money as SQLite keeps it."""
    if not isinstance(value, Decimal):
        raise TypeError(f"no SQLite column holds {type(value).__name__}")
    return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else float(value)


def _each(array: Element) -> Element:
    return sa.func.json_each(array).table_valued("value", name="keys").c.value


def _parts(array: Element, size: int) -> list[Element]:
    """The places of each inner array of a JSON array."""
    value = _each(array)
    return [sa.func.json_extract(value, sa.literal_column(f"'$[{i}]'")) for i in range(size)]


class SqliteDriver:
    """Connections to one file. `path` is the file; a call is stopped by interrupting it."""

    flavour: SqliteFlavour

    def __init__(self, source: Source, capabilities: Capabilities) -> None:
        path = sa.make_url(source.url).database
        if not path or path == ":memory:":
            raise ValueError(f'source {source.name}: write the url like "sqlite:///agency.db"; it names no file')
        self.flavour = SqliteFlavour(capabilities)
        self._path = path
        self._opened: dict[int, tuple[int, int]] = {}

    def _file(self) -> tuple[int, int] | None:
        """Which file is at the path now; an agency may replace it by a new one."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    async def open(self) -> aiosqlite.Connection:
        """A connection that can't write."""
        file = self._file()
        if file is None:
            raise FileNotFoundError(f"no file at {self._path}")
        opening = aiosqlite.connect(f"file:{quote(self._path)}?mode=ro", uri=True, isolation_level=None)
        connection = await opening
        try:
            await connection.execute_fetchall("PRAGMA query_only=1")
        except BaseException:
            await connection.close()
            raise
        self._opened[id(connection)] = file
        return connection

    async def close(self, connection: aiosqlite.Connection) -> None:
        """Interrupt until the thread is free to close."""
        self._opened.pop(id(connection), None)
        closing = asyncio.ensure_future(connection.close())
        while not closing.done():
            with suppress(ValueError, sqlite3.Error):
                await connection.interrupt()
            await asyncio.wait({closing}, timeout=0.05)
        closing.exception()

    def fresh(self, connection: aiosqlite.Connection) -> bool:
        """Whether the path still leads to the file that was opened."""
        return self._opened.get(id(connection)) == self._file()

    def broken(self, error: Exception) -> bool:
        """A connection that was closed under us."""
        return isinstance(error, ValueError | sqlite3.ProgrammingError) and "closed" in str(error).lower()

    def harmless(self, error: Exception) -> bool:
        """SQLite's own errors leave the connection as it was."""
        return isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.ProgrammingError)

    async def fetch(
        self, connection: aiosqlite.Connection, text: str, arguments: Sequence[object]
    ) -> Sequence[tuple[object, ...]]:
        """All rows of a statement."""
        rows: Sequence[tuple[object, ...]] = await connection.execute_fetchall(text, arguments)  # type: ignore[assignment]
        return rows

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """An error of SQLite in our words."""
        detail = str(error)
        if isinstance(error, FileNotFoundError):
            return Unavailable(f"{place}: the source can't be reached", detail=detail)
        if not isinstance(error, sqlite3.Error):
            return None
        if detail.startswith("no such table"):
            return Rejected(f"{place}: the source has no such dataset", detail=detail)
        if detail.startswith("no such column"):
            name = lost_column(columns, detail)
            return Rejected(f'{place}: the source has no column for "{name}"', detail=detail, column=name)
        if "interrupted" in detail:
            return TimedOut(f"{place}: the source did not answer in time", detail=detail)
        if isinstance(error, sqlite3.OperationalError):
            return Unavailable(f"{place}: the source can't be reached", detail=detail)
        return Malformed(f"{place}: the source's database is damaged", detail=detail)

    async def describe(self, connection: aiosqlite.Connection, schema: str | None, table: str) -> Shape | None:
        """From SQLite's own pragmas; None for a table that is not there."""
        prefix = f"{_quoted(schema)}." if schema else ""
        columns = await self.fetch(connection, f"PRAGMA {prefix}table_info({_quoted(table)})", ())
        if not columns:
            return None
        indexes = await self.fetch(connection, f"PRAGMA {prefix}index_list({_quoted(table)})", ())
        parts: list[tuple[tuple[str, ...], bool]] = []
        for _, name, unique, *_ in indexes:
            rows = await self.fetch(connection, f"PRAGMA {prefix}index_info({_quoted(str(name))})", ())
            parts.append((tuple(str(row[2]) for row in rows if row[2] is not None), bool(unique)))
        primary = tuple(str(row[1]) for row in sorted(columns, key=lambda row: int(str(row[5]))) if row[5])
        if primary:
            parts.append((primary, True))
        return Shape(
            tuple(column_shape(str(row[1]), str(row[2])) for row in columns),
            tuple(dict.fromkeys(names for names, _ in parts)),
            tuple(dict.fromkeys(names for names, unique in parts if unique)),
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column_shape(name: str, declared: str) -> ColumnShape:
    """What a column declared so holds, by SQLite's rules of affinity (https://www.sqlite.org/datatype3.html#determination_of_column_affinity)."""
    word = declared.upper()
    numbers = frozenset({ColumnType.FLOAT, ColumnType.MONEY})
    if "INT" in word:
        return ColumnShape(name, numbers | {ColumnType.INT, ColumnType.YEAR, ColumnType.BOOL}, False, declared)
    if any(part in word for part in ("CHAR", "CLOB", "TEXT")):
        return ColumnShape(name, frozenset({ColumnType.TEXT, ColumnType.PHONE, ColumnType.DATE}), True, declared)
    if word.startswith("BOOL"):
        return ColumnShape(name, frozenset({ColumnType.BOOL}), False, declared)
    if word.startswith("DATE") and not word.startswith("DATETIME"):
        return ColumnShape(name, frozenset({ColumnType.DATE}), True, declared)
    if any(part in word for part in ("REAL", "FLOA", "DOUB", "NUM", "DEC")):
        return ColumnShape(name, numbers | {ColumnType.INT, ColumnType.YEAR}, False, declared)
    return ColumnShape(name, frozenset(ColumnType), True, declared or "any")
