"""MariaDB, through asyncmy: read-only sessions with a statement time-out.

Most MariaDB columns compare text without case and accents, and ignore blanks at its end. Every
equality is therefore asked twice: of the column as it is, which its index answers, and by code
point (`utf8mb4_nopad_bin`), which is what we mean. Keys come as one literal list, because that is
what MariaDB looks up in an index. It keeps moments in two types that a statement can't tell apart
(DATETIME is local, TIMESTAMP is UTC), so those are compared and ordered here.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import asyncmy
import sqlalchemy as sa
from asyncmy import errors
from asyncmy.constants import FIELD_TYPE
from asyncmy.converters import conversions, convert_datetime
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.mysql.asyncmy import dialect as mariadb_dialect

from adapters.base import Capabilities, Column, ColumnShape, ColumnType, Keys, Op, Scan, Shape, Source, Stored, Support
from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.keys import after_prefix, sendable, single, without_overlap
from adapters.sql.flavour import Binder, Bound, Element, lost_column, textual

Connection = asyncmy.Connection
_TEXT = mysql.CHAR(charset="utf8mb4")
_NONE = "(SELECT NULL FROM DUAL WHERE FALSE)"


@dataclass(frozen=True, slots=True)
class Starting:
    """A condition that names its values itself: the rows of one of `keys`, the last by prefix.

    `columns` are the columns as they are; each comes with how its code points are compared."""

    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[Stored, ...], ...]

    def written(self, literal: Callable[[Stored], str]) -> str:
        """As SQL: by the index (LIKE), and by code point."""
        return f"({' OR '.join(self._key(key, literal) for key in self.keys) or 'FALSE'})"

    def _key(self, key: tuple[Stored, ...], literal: Callable[[Stored], str]) -> str:
        (plain, exact), prefix = self.columns[-1], str(key[-1])
        tests = [f"{plain} LIKE {literal(_like(prefix))} ESCAPE '!'", f"{exact} >= {literal(prefix)}"]
        if (above := after_prefix(prefix)) is not None:
            tests.append(f"{exact} < {literal(above)}")
        for (column, point), value in zip(self.columns, key[:-1], strict=False):
            tests += [f"{column} = {literal(value)}", f"{point} = {literal(value)}"]
        return f"({' AND '.join(tests)})"


def _like(prefix: str) -> str:
    for special in "!%_":
        prefix = prefix.replace(special, f"!{special}")
    return f"{prefix}%"


class MariadbFlavour(Bound):
    """SQL as MariaDB speaks it."""

    dialect: sa.Dialect = mariadb_dialect(is_mariadb=True)

    def __init__(self, capabilities: Capabilities) -> None:
        is_null: dict[Op, Support] = {
            op: how for op, how in capabilities.filters[ColumnType.DATETIME].items() if op is Op.IS_NULL
        }
        filters: dict[ColumnType, Mapping[Op, Support]] = dict(capabilities.filters)
        filters |= {ColumnType.DATETIME: MappingProxyType(is_null)}
        order = capabilities.order - {ColumnType.DATETIME}
        self.capabilities = replace(capabilities, filters=MappingProxyType(filters), order=order)

    def bind_type(self, column: Column) -> sa.types.TypeEngine[Any]:
        """Literals have the type of their value."""
        return sa.types.NULLTYPE

    def term(self, column: Column, value: Stored) -> Stored:
        """As it is."""
        return value

    def fits(self, column: Column, element: Element) -> Element | None:
        """MariaDB holds columns to their types, but keeps days like 0000-00-00, and any small
        number for a truth."""
        if column.stored == "text":
            return None
        if column.type is ColumnType.BOOL:
            return element.in_([sa.literal_column("0"), sa.literal_column("1")])
        if column.type is ColumnType.DATE:
            return sa.and_(sa.func.dayofmonth(element) > 0, sa.func.month(element) > 0, sa.func.year(element) > 0)
        return None

    def equated(self, element: Element, text: bool) -> Element:
        """Text by code point."""
        return sa.cast(element, _TEXT).collate("utf8mb4_nopad_bin") if text else element

    def compared(self, element: Element, text: bool) -> Element:
        """The same."""
        return self.equated(element, text)

    def ordered(self, element: Element, descending: bool) -> list[Element]:
        """Nulls are least in MariaDB, so upwards they are told apart first."""
        return [element.desc()] if descending else [element.is_(None), element.asc()]

    def equal(self, column: Column, element: Element, value: Element) -> Element:
        """By the index, then by code point."""
        if not textual(column):
            return element == value
        return sa.and_(element == value, self.equated(element, True) == value)

    def member(self, binder: Binder, column: Column, element: Element, get: Callable[[Scan], list[Stored]]) -> Element:
        """By a literal list, asked twice where it is text."""
        array = binder.bind(lambda scan: tuple(get(scan)), sa.types.NULLTYPE)
        return self._among([column], element, self.equated(element, textual(column)), array)

    def _among(self, columns: Sequence[Column], plain: Element, exact: Element, array: Element) -> Element:
        if not any(map(textual, columns)):
            return _in(plain, array)
        return sa.and_(_in(plain, array), _in(exact, array))

    def keys_equal(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """A literal list of values, or of rows of values."""
        if len(columns) == 1:
            return self.member(binder, columns[0], elements[0], lambda scan: single(scan.keys))
        array = binder.bind(lambda scan: tuple(_keys(scan.keys)), sa.types.NULLTYPE)
        exact = [self.equated(element, textual(column)) for column, element in zip(columns, elements, strict=True)]
        return self._among(columns, sa.tuple_(*elements), sa.tuple_(*exact), array)

    def keys_by_prefix(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """One condition a key: MariaDB takes no index for a LIKE of another table's column."""
        exact = [self.equated(element, textual(column)) for column, element in zip(columns, elements, strict=True)]
        written = tuple(zip(map(self._written, elements), map(self._written, exact), strict=True))

        def starting(scan: Scan) -> Starting:
            return Starting(written, tuple(_keys(without_overlap(scan.keys) if scan.keys else None)))

        return sa.and_(sa.true(), binder.bind(starting, sa.types.NULLTYPE))

    def _written(self, element: Element) -> str:
        return str(element.compile(dialect=self.dialect)).replace("%%", "%")


def written(value: object, literal: Callable[[Any], str], escape: Callable[[str], str]) -> str:
    """An argument of a statement as SQL."""
    if isinstance(value, Starting):
        return value.written(literal)
    if not isinstance(value, tuple):
        return literal(value)
    return _listed(value, escape) or literal(value) if value else _NONE


def _listed(values: tuple[Any, ...], escape: Callable[[str], str]) -> str | None:
    """A list of plain texts, in which nothing needs escaping; the common case, and quick."""
    try:
        text = "".join(values)
    except TypeError:
        return None
    return "('" + "','".join(values) + "')" if escape(text) == text else None


def _in(element: Element, array: Element) -> Element:
    return element.op("IN", is_comparison=True, return_type=sa.Boolean())(array)


def _keys(keys: Keys | None) -> Sequence[tuple[Stored, ...]]:
    return sendable(keys.values) if keys else ()


def _moment(text: bytes | str) -> object:
    """A TIMESTAMP; the session's zone is UTC."""
    moment = convert_datetime(text)
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else moment


_CONVERSIONS = {**conversions, FIELD_TYPE.TIMESTAMP: _moment}
_SETTINGS = "SET SESSION sql_mode = '', time_zone = '+00:00', max_statement_time = {seconds}, tx_read_only = 1"


class MariadbDriver:
    """Connections to one database."""

    def __init__(self, source: Source, capabilities: Capabilities) -> None:
        url = sa.make_url(source.url)
        if not url.database:
            raise ValueError(f'source {source.name}: write the url like "mariadb://user@host/database"')
        self.flavour = MariadbFlavour(capabilities)
        self._timeout = source.timeout
        self._options: dict[str, Any] = {
            "host": url.host or "127.0.0.1",
            "port": url.port or 3306,
            "user": url.username or "",
            "password": (url.password or "").encode(),
            "database": url.database,
            "ssl": _tls(source, url),
        }

    async def open(self) -> Connection:
        """A session that can't write and stops what takes too long."""
        connection = Connection(  # type: ignore[no-untyped-call]
            **self._options,
            charset="utf8mb4",
            autocommit=True,
            conv=_CONVERSIONS,
            connect_timeout=max(1, self._timeout),
            program_name="citygraph",
        )
        await connection.connect()
        if "mariadb" not in str(connection.get_server_info()).lower():
            connection.close()
            raise Rejected("the source is MySQL, not MariaDB", detail=str(connection.get_server_info()))
        async with connection.cursor() as cursor:
            await cursor.execute(_SETTINGS.format(seconds=max(0.001, self._timeout)))
        return connection

    async def close(self, connection: Connection) -> None:
        """Cut it off; the server ends what it still runs when its time is up."""
        connection.close()
        await asyncio.sleep(0)

    def fresh(self, connection: Connection) -> bool:
        """Whether the connection is not known to be closed."""
        return bool(connection.connected)

    def broken(self, error: Exception) -> bool:
        """A session that the server or the network ended."""
        return isinstance(error, OSError | EOFError | errors.InterfaceError) or _code(error) in _ENDED

    def harmless(self, error: Exception) -> bool:
        """MariaDB's own errors leave the session as it was, unless they end it."""
        return isinstance(error, errors.DatabaseError) and not self.broken(error)

    async def fetch(
        self, connection: Connection, text: str, arguments: Sequence[object]
    ) -> Sequence[tuple[object, ...]]:
        """All rows of a statement, its values written into it as literals."""

        literal, escape = connection.literal, connection.escape_string
        literals: dict[int, str] = {}  # keys are there twice
        for value in arguments:
            if id(value) not in literals:
                literals[id(value)] = written(value, literal, escape)
        cursor = connection.cursor()
        await cursor.execute(text % tuple([literals[id(value)] for value in arguments]))
        rows: Sequence[tuple[object, ...]] = await cursor.fetchall()
        return rows

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """An error of asyncmy or MariaDB in our words."""
        if isinstance(error, Rejected):
            return Rejected(f"{place}: {error}", detail=error.detail)
        code, detail = _code(error), f"{type(error).__name__}: {error}"
        if code in (1146, 1049):
            return Rejected(f"{place}: the source has no such dataset", detail=detail)
        if code == 1054:
            name = lost_column(columns, detail)
            return Rejected(f'{place}: the source has no column for "{name}"', detail=detail, column=name)
        if code in (1969, 1317, 3024, 1205):
            return TimedOut(f"{place}: the source did not answer in time", detail=detail)
        if code in (1040, 1203, 1226):
            return Throttled(f"{place}: the source has no connection free", detail=detail)
        if code in (1044, 1045, 1698):
            return Rejected(f"{place}: the source refuses our credentials", detail=detail)
        if isinstance(error, errors.DataError):
            return Malformed(f"{place}: a column is not of its declared type", detail=detail)
        if self.broken(error):
            return Unavailable(f"{place}: the source can't be reached", detail=detail)
        return Rejected(f"{place}: the source refuses the call", detail=detail) if _code(error) else None

    async def describe(self, connection: Connection, schema: str | None, table: str) -> Shape | None:
        """From the information schema; None for a table that is not there."""
        columns = await self.fetch(connection, _COLUMNS, (schema, table))
        if not columns:
            return None
        parts: dict[str, tuple[bool, tuple[str, ...]]] = {}
        for name, unique, column in await self.fetch(connection, _INDEXES, (schema, table)):
            _, names = parts.get(str(name), (False, ()))
            parts[str(name)] = bool(unique), (*names, str(column))
        return Shape(
            tuple(_column_shape(str(name), str(kind), str(written)) for name, kind, written in columns),
            tuple(dict.fromkeys(names for _, names in parts.values())),
            tuple(dict.fromkeys(names for unique, names in parts.values() if unique)),
        )


def _tls(source: Source, url: sa.URL) -> ssl.SSLContext | None:
    """`?ssl=true` asks for an encrypted line to the host that its certificate names."""
    unknown = next((name for name in url.query if name != "ssl"), None)
    if unknown is not None:
        raise ValueError(f'source {source.name}: the url has an option "{unknown}"; there is "ssl"')
    return ssl.create_default_context() if url.query.get("ssl") == "true" else None


_ENDED = frozenset({1053, 1077, 1079, 1080, 1152, 1184, 1927, 2003, 2006, 2013, 2014, 2055})


def _code(error: Exception) -> int:
    """MariaDB's number of an error (https://mariadb.com/kb/en/mariadb-error-codes/), or 0."""
    known = isinstance(error, errors.MySQLError) and error.args and isinstance(error.args[0], int)
    return int(error.args[0]) if known else 0


_COLUMNS = """
    SELECT column_name, data_type, column_type FROM information_schema.columns
    WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s ORDER BY ordinal_position
"""
_INDEXES = """
    SELECT index_name, non_unique = 0, column_name FROM information_schema.statistics
    WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s AND column_name IS NOT NULL
    ORDER BY index_name, seq_in_index
"""
_NUMBERS = frozenset({ColumnType.FLOAT, ColumnType.MONEY})
_WHOLE = _NUMBERS | {ColumnType.INT, ColumnType.YEAR}
_MOMENTS = frozenset({ColumnType.DATETIME})
_FITTING: dict[str, frozenset[ColumnType]] = {
    **dict.fromkeys(("smallint", "mediumint", "int", "bigint", "decimal", "year"), _WHOLE),
    **dict.fromkeys(("float", "double"), _NUMBERS),
    **dict.fromkeys(("datetime", "timestamp"), _MOMENTS),
    "tinyint": _WHOLE | {ColumnType.BOOL},
    "date": frozenset({ColumnType.DATE}),
}
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})


def _column_shape(name: str, kind: str, written: str) -> ColumnShape:
    if kind in _TEXTS:
        return ColumnShape(name, frozenset({ColumnType.TEXT, ColumnType.PHONE}), True, written)
    return ColumnShape(name, _FITTING.get(kind, frozenset({ColumnType.TEXT})), False, written)
