"""PostgreSQL, through asyncpg: read-only sessions with a statement time-out.

Many keys come as arrays, one for each key column, that PostgreSQL joins with the index of those
columns. Text is ordered by COLLATE "C" (by code point), so an index that is to serve ranges,
prefixes or orders of text needs that collation too.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgres_dialect

from adapters.base import Capabilities, Column, ColumnShape, ColumnType, Keys, Scan, Shape, Source, Stored
from adapters.dates import naive
from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.keys import after_prefix, sendable, single, without_overlap
from adapters.sql.flavour import Binder, Bound, Element, lost_column, nulls_last, textual

Connection = Any
"""asyncpg's connection, which has no types of its own."""

_TYPES: dict[ColumnType, sa.types.TypeEngine[Any]] = {
    ColumnType.INT: sa.BigInteger(),
    ColumnType.YEAR: sa.BigInteger(),
    ColumnType.FLOAT: sa.Double(),
    ColumnType.MONEY: sa.Numeric(),
    ColumnType.BOOL: sa.Boolean(),
    ColumnType.DATE: sa.Date(),
    ColumnType.DATETIME: sa.types.NULLTYPE,
}


class PostgresFlavour(Bound):
    """SQL as PostgreSQL speaks it."""

    dialect: sa.Dialect = postgres_dialect()  # type: ignore[no-untyped-call]

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities

    def bind_type(self, column: Column) -> sa.types.TypeEngine[Any]:
        """The declared type; a moment takes that of its column, with or without a zone."""
        return sa.Text() if column.stored == "text" else _TYPES.get(column.type, sa.Text())

    def term(self, column: Column, value: Stored) -> Stored:
        """asyncpg wants numbers of the exact kind."""
        if column.stored == "text" or value is None:
            return value
        if column.type is ColumnType.MONEY:
            return value if isinstance(value, Decimal) else Decimal(str(value))
        if column.type is ColumnType.FLOAT and isinstance(value, int | Decimal):
            return float(value)
        return Moment(value, column.time_zone) if isinstance(value, datetime) else value

    def fits(self, column: Column, element: Element) -> Element | None:
        """PostgreSQL holds every column to its type."""
        return None

    def member(self, binder: Binder, column: Column, element: Element, get: Callable[[Scan], list[Stored]]) -> Element:
        """By an array."""
        kind = self.bind_type(column)
        array = kind if isinstance(kind, sa.types.NullType) else ARRAY(kind)
        return element == sa.any_(binder.bind(get, array))

    def equated(self, element: Element, text: bool) -> Element:
        """As it is: PostgreSQL's equality of text is by code point under every common collation."""
        return element

    def compared(self, element: Element, text: bool) -> Element:
        """Text in the collation "C"."""
        return element.collate("C") if text else element

    def ordered(self, element: Element, descending: bool) -> list[Element]:
        """By NULLS LAST."""
        return nulls_last(element, descending)

    def equal(self, column: Column, element: Element, value: Element) -> Element:
        """As it is."""
        return element == value

    def keys_equal(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """An array for a key of one column; arrays side by side for one of several."""
        if len(columns) == 1:
            return self.member(binder, columns[0], elements[0], lambda scan: self._array(columns, 0, scan.keys))
        parts = self._parts(binder, columns, [self._getter(columns, i) for i in range(len(columns))])
        return sa.tuple_(*elements).in_(sa.select(*parts))

    def keys_by_prefix(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """Ranges from each prefix to the text after it, joined with the rows."""

        def whole(scan: Scan) -> Keys | None:
            return without_overlap(scan.keys) if scan.keys else None

        def above(scan: Scan) -> list[Stored]:
            texts = self._array(columns, len(columns) - 1, whole(scan))
            return [after_prefix(str(text)) or text for text in texts]

        getters: list[Callable[[Scan], list[Stored]]] = [
            lambda scan, i=i: self._array(columns, i, whole(scan))  # type: ignore[misc]
            for i in range(len(columns))
        ]
        *same, low, high = self._parts(binder, [*columns, columns[-1]], [*getters, above])
        equal = [element == part for element, part in zip(elements, same, strict=False)]
        last = self.compared(elements[-1], textual(columns[-1]))
        return sa.and_(*equal, last >= low, last < high)

    def _parts(
        self, binder: Binder, columns: Sequence[Column], getters: Sequence[Callable[[Scan], list[Stored]]]
    ) -> list[Element]:
        arrays = [binder.bind(get, ARRAY(self.bind_type(column))) for column, get in zip(columns, getters, strict=True)]
        names = [f"k{i}" for i in range(len(columns))]
        keys = sa.func.unnest(*arrays).table_valued(*names, name="keys").render_derived()
        return [keys.c[name] for name in names]

    def _getter(self, columns: Sequence[Column], i: int) -> Callable[[Scan], list[Stored]]:
        return lambda scan: self._array(columns, i, scan.keys)

    def _array(self, columns: Sequence[Column], i: int, keys: Keys | None) -> list[Stored]:
        column = columns[i]
        if keys is None or len(keys.columns) == 1:
            values = single(keys)
        else:
            values = [value[i] for value in sendable(keys.values)]
        return [self.term(column, value) for value in values] if _converted(column) else values


def _converted(column: Column) -> bool:
    return column.stored == "native" and column.type in (ColumnType.MONEY, ColumnType.FLOAT, ColumnType.DATETIME)


class Moment:
    """An aware moment on its way into a column that may or may not keep zones."""

    __slots__ = ("aware", "time_zone")

    def __init__(self, aware: datetime, time_zone: str) -> None:
        self.aware = aware
        self.time_zone = time_zone

    def local(self) -> datetime:
        """Its spelling in the agency's zone, without one."""
        return naive(self.aware, self.time_zone) or self.aware.astimezone(UTC).replace(tzinfo=None)


def _moments(arguments: Sequence[object], local: bool) -> list[object]:
    def spelled(value: object) -> object:
        if isinstance(value, list):
            return [spelled(part) for part in value]
        if isinstance(value, Moment):
            return value.local() if local else value.aware
        return value

    return [spelled(value) for value in arguments]


class PostgresDriver:
    """Connections to one database."""

    def __init__(self, source: Source, capabilities: Capabilities) -> None:
        url = sa.make_url(source.url)
        if not url.database:
            raise ValueError(f'source {source.name}: write the url like "postgresql://user@host/database"')
        self.flavour = PostgresFlavour(capabilities)
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._timeout = source.timeout
        self._local: set[str] = set()

    async def open(self) -> Connection:
        """A session that can't write and stops what takes too long."""
        settings = {
            "application_name": "citygraph",
            "default_transaction_read_only": "on",
            "statement_timeout": str(max(1, round(self._timeout * 1000))),
        }
        return await asyncpg.connect(self._dsn, timeout=self._timeout, server_settings=settings)

    async def close(self, connection: Connection) -> None:
        """asyncpg cancels a running statement; what then does not close is cut off."""
        try:
            await connection.close(timeout=1)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            connection.terminate()

    def fresh(self, connection: Connection) -> bool:
        """Whether the connection is not known to be closed."""
        return not connection.is_closed()

    def broken(self, error: Exception) -> bool:
        """A session that the server or the network ended."""
        ended = (
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            OSError,
        )
        return isinstance(error, ended) and not isinstance(error, asyncpg.QueryCanceledError | asyncpg.DataError)

    def harmless(self, error: Exception) -> bool:
        """PostgreSQL's own errors leave the session as it was, unless they end it."""
        return isinstance(error, asyncpg.PostgresError | asyncpg.DataError) and not self.broken(error)

    async def fetch(
        self, connection: Connection, text: str, arguments: Sequence[object]
    ) -> Sequence[tuple[object, ...]]:
        """All rows of a statement. Moments go with their zone, and without where the column has
        none, which the first attempt on a statement tells."""
        if not any(map(_is_moment, arguments)):
            found: Sequence[tuple[object, ...]] = await connection.fetch(text, *arguments)
            return found
        local = text in self._local
        try:
            found = await connection.fetch(text, *_moments(arguments, local))
        except asyncpg.DataError:
            if local:
                raise
            found = await connection.fetch(text, *_moments(arguments, True))
            self._local.add(text)
        return found

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """An error of asyncpg or PostgreSQL in our words."""
        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
            return Rejected(f"{place}: the source has no such dataset", detail=detail)
        if isinstance(error, asyncpg.UndefinedColumnError):
            name = lost_column(columns, str(error))
            return Rejected(f'{place}: the source has no column for "{name}"', detail=detail, column=name)
        if isinstance(error, asyncpg.QueryCanceledError):
            return TimedOut(f"{place}: the source did not answer in time", detail=detail)
        if isinstance(error, asyncpg.TooManyConnectionsError):
            return Throttled(f"{place}: the source has no connection free", detail=detail)
        if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError):
            return Rejected(f"{place}: the source refuses our credentials", detail=detail)
        if isinstance(error, asyncpg.DataError | asyncpg.UndefinedFunctionError | asyncpg.DatatypeMismatchError):
            return Malformed(f"{place}: a column is not of its declared type", detail=detail)
        if self.broken(error):
            return Unavailable(f"{place}: the source can't be reached", detail=detail)
        return Rejected(f"{place}: the source refuses the call", detail=detail) if _from_server(error) else None

    async def describe(self, connection: Connection, schema: str | None, table: str) -> Shape | None:
        """From PostgreSQL's own catalogue; None for a table that is not there."""
        columns = await connection.fetch(_COLUMNS, schema, table)
        if not columns:
            return None
        indexes = await connection.fetch(_INDEXES, schema, table)
        parts = [(tuple(row["names"]), row["whole"]) for row in indexes]
        return Shape(
            tuple(_column_shape(row["name"], row["type"]) for row in columns),
            tuple(dict.fromkeys(names for names, _ in parts)),
            tuple(dict.fromkeys(names for names, whole in parts if whole)),
        )


def _is_moment(value: object) -> bool:
    """Whether an argument is a moment, or an array of them (arrays are of one kind)."""
    first = value[0] if value.__class__ is list and value else value
    return first.__class__ is Moment


def _from_server(error: Exception) -> bool:
    return isinstance(error, asyncpg.PostgresError)


_TABLE = """
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
"""
_WANTED = """
    WHERE t.relname = $2 AND t.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND CASE WHEN $1::text IS NULL THEN pg_table_is_visible(t.oid) ELSE n.nspname = $1 END
"""
_COLUMNS = f"""
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type {_TABLE}
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped {_WANTED}
    ORDER BY a.attnum
"""
_INDEXES = f"""
    SELECT array_agg(a.attname::text ORDER BY k.place) AS names,
           i.indisunique AND i.indpred IS NULL AND bool_and(k.place <= i.indnkeyatts) AS whole {_TABLE}
    JOIN pg_index i ON i.indrelid = t.oid AND i.indisvalid AND i.indexprs IS NULL
    CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number {_WANTED} AND k.place <= i.indnkeyatts
    GROUP BY i.indexrelid, i.indisunique, i.indpred, i.indnkeyatts
    ORDER BY i.indexrelid
"""
_WHOLE = frozenset({ColumnType.INT, ColumnType.YEAR, ColumnType.FLOAT, ColumnType.MONEY})
_FITTING: dict[str, frozenset[ColumnType]] = {
    "smallint": _WHOLE,
    "integer": _WHOLE,
    "bigint": _WHOLE,
    "numeric": _WHOLE,
    "real": frozenset({ColumnType.FLOAT, ColumnType.MONEY}),
    "double precision": frozenset({ColumnType.FLOAT, ColumnType.MONEY}),
    "boolean": frozenset({ColumnType.BOOL}),
    "date": frozenset({ColumnType.DATE}),
    "timestamp without time zone": frozenset({ColumnType.DATETIME}),
    "timestamp with time zone": frozenset({ColumnType.DATETIME}),
}
_TEXT_TYPES = ("text", "character varying", "character", "citext", "name")


def _column_shape(name: str, written: str) -> ColumnShape:
    word = written.partition("(")[0].strip() if "time zone" not in written else _without_precision(written)
    if word in _TEXT_TYPES:
        return ColumnShape(name, frozenset({ColumnType.TEXT, ColumnType.PHONE}), True, written)
    return ColumnShape(name, _FITTING.get(word, frozenset({ColumnType.TEXT})), False, written)


def _without_precision(written: str) -> str:
    """ "timestamp(3) without time zone" as "timestamp without time zone"."""
    head, opened, rest = written.partition("(")
    return f"{head}{rest.partition(')')[2]}" if opened else written
