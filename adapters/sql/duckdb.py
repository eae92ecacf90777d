"""DuckDB, in this process: its statements run in threads of their own, and can be interrupted.

Its columns are held to their types and its text is compared by code point. Keys come as arrays
that it joins with the rows. Moments are compared and ordered here: a column that keeps no zone
holds the agency's local time, and a statement can't tell which it is.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgres_dialect

from adapters.base import Capabilities, Column, ColumnType, Keys, Op, Scan, Shape, Stored, Support
from adapters.errors import Malformed, SourceError, TimedOut, Unavailable
from adapters.keys import after_prefix, sendable, single, without_overlap
from adapters.sql.flavour import Binder, Bound, Element, nulls_last, textual

Connection = duckdb.DuckDBPyConnection


class DuckdbFlavour(Bound):
    """SQL as DuckDB speaks it: much as PostgreSQL does."""

    dialect: sa.Dialect = postgres_dialect()  # type: ignore[no-untyped-call]

    def __init__(self, capabilities: Capabilities) -> None:
        is_null: dict[Op, Support] = {
            op: how for op, how in capabilities.filters[ColumnType.DATETIME].items() if op is Op.IS_NULL
        }
        filters: dict[ColumnType, Mapping[Op, Support]] = dict(capabilities.filters)
        filters |= {ColumnType.DATETIME: MappingProxyType(is_null)}
        order = capabilities.order - {ColumnType.DATETIME}
        self.capabilities = replace(capabilities, filters=MappingProxyType(filters), order=order)

    def bind_type(self, column: Column) -> sa.types.TypeEngine[Any]:
        """DuckDB binds by the value."""
        return sa.types.NULLTYPE

    def term(self, column: Column, value: Stored) -> Stored:
        """As it is."""
        return value

    def fits(self, column: Column, element: Element) -> Element | None:
        """DuckDB holds every column to its type."""
        return None

    def equated(self, element: Element, text: bool) -> Element:
        """Text also where the file keeps another type."""
        return sa.cast(element, sa.VARCHAR()) if text else element

    def compared(self, element: Element, text: bool) -> Element:
        """The same: by code point."""
        return self.equated(element, text)

    def ordered(self, element: Element, descending: bool) -> list[Element]:
        """By NULLS LAST."""
        return nulls_last(element, descending)

    def equal(self, column: Column, element: Element, value: Element) -> Element:
        """As it is compared."""
        return self.equated(element, textual(column)) == value

    def member(self, binder: Binder, column: Column, element: Element, get: Callable[[Scan], list[Stored]]) -> Element:
        """By an array."""
        return self.equated(element, textual(column)) == sa.any_(binder.bind(get, sa.types.NULLTYPE))

    def keys_equal(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """An array for a key of one column; arrays side by side for one of several."""
        if len(columns) == 1:
            return self.member(binder, columns[0], elements[0], lambda scan: single(scan.keys))
        getters = [_getter(i) for i in range(len(columns))]
        exact = [self.equated(element, textual(column)) for column, element in zip(columns, elements, strict=True)]
        return sa.tuple_(*exact).in_(sa.select(*_side_by_side(binder, getters)))

    def keys_by_prefix(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """Ranges from each prefix to the text after it, joined with the rows."""

        def above(scan: Scan) -> list[Stored]:
            return [after_prefix(str(text)) or text for text in _array(_apart(scan), len(columns) - 1)]

        getters: list[Callable[[Scan], list[Stored]]] = [
            lambda scan, i=i: _array(_apart(scan), i)  # type: ignore[misc]
            for i in range(len(columns))
        ]
        *same, low, high = _side_by_side(binder, [*getters, above])
        equal = [self.equal(*each) for each in zip(columns, elements, same, strict=False)]
        last = self.compared(elements[-1], textual(columns[-1]))
        return sa.exists(sa.select(sa.literal_column("1")).where(*equal, last >= low, last < high))


def _side_by_side(binder: Binder, getters: Sequence[Callable[[Scan], list[Stored]]]) -> list[Element]:
    arrays = [sa.func.unnest(binder.bind(get, sa.types.NULLTYPE)).label(f"k{i}") for i, get in enumerate(getters)]
    keys = sa.select(*arrays).subquery("keys")
    return [keys.c[f"k{i}"] for i in range(len(getters))]


def _getter(i: int) -> Callable[[Scan], list[Stored]]:
    return lambda scan: _array(_keys(scan.keys), i)


def _apart(scan: Scan) -> Sequence[tuple[Stored, ...]]:
    return _keys(without_overlap(scan.keys) if scan.keys else None)


def _keys(keys: Keys | None) -> Sequence[tuple[Stored, ...]]:
    return sendable(keys.values) if keys else ()


def _array(keys: Sequence[tuple[Stored, ...]], i: int) -> list[Stored]:
    return [key[i] for key in keys]


class DuckdbDriver:
    """Cursors on one database, each used by one thread at a time; one that is busy refuses to be closed."""

    def __init__(self, capabilities: Capabilities, database: Callable[[], Connection], threads: Executor) -> None:
        self.flavour = DuckdbFlavour(capabilities)
        self._database = database
        self._threads = threads
        self._running: dict[Connection, Future[Sequence[tuple[object, ...]]]] = {}

    async def open(self) -> Connection:
        """A cursor."""
        return self._database().cursor()

    async def close(self, connection: Connection) -> None:
        """Stop what it runs; then it is closed, unless it was with its database."""
        with suppress(duckdb.ConnectionException):
            connection.interrupt()
        if running := self._running.pop(connection, None):
            await asyncio.gather(asyncio.wrap_future(running), return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._threads, connection.close)

    def fresh(self, connection: Connection) -> bool:
        """Nobody else closes it."""
        return True

    def broken(self, error: Exception) -> bool:
        """A database that was closed meanwhile."""
        return isinstance(error, duckdb.ConnectionException)

    def harmless(self, error: Exception) -> bool:
        """DuckDB's own errors leave the connection as it was."""
        return isinstance(error, duckdb.Error) and not self.broken(error)

    async def fetch(
        self, connection: Connection, text: str, arguments: Sequence[object]
    ) -> Sequence[tuple[object, ...]]:
        """All rows of a statement."""

        def run() -> Sequence[tuple[object, ...]]:
            return connection.execute(text, list(arguments)).fetchall()

        running = self._running[connection] = self._threads.submit(run)
        try:
            return await asyncio.wrap_future(running)
        finally:
            if running.done():  # else nobody waits for it any more
                self._running.pop(connection, None)

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """An error of DuckDB in our words."""
        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, duckdb.InterruptException):
            return TimedOut(f"{place}: the source did not answer in time", detail=detail)
        if isinstance(error, duckdb.DataError | duckdb.BinderException | duckdb.TypeMismatchException):
            return Malformed(f"{place}: a column is not of its declared type", detail=detail)
        if isinstance(error, duckdb.OperationalError):
            return Unavailable(f"{place}: the source can't be read", detail=detail)
        return None

    async def describe(self, connection: Connection, schema: str | None, table: str) -> Shape | None:
        """Who owns the tables knows them."""
        return None
