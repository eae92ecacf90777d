"""SQL databases: SQLite files, PostgreSQL and MariaDB, read-only, by statements compiled once per scan shape.

    [source.permits]
    adapter = "sql"
    url = "sqlite:///permits.db"                 # or postgresql://reader@host/database, mariadb://…
    timeout = "2s"
    concurrency = 4                              # connections at most

A dataset's `path` is a table or view, or `schema.table`. An option of a source or dataset,
`strict = true`, promises that every stored value fits its declared type and that no text is
empty; then orders can use an index on SQLite too. A source's option `inline = true` says that a
SQLite file lies on a disk of this machine: short look-ups then cost a third (`adapters.sql.inline`).
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Hashable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa

from adapters.base import Answer, Capabilities, Column, ColumnType, Dataset, Scan, Shape, Source, Stored, Support
from adapters.columns import Inexpressible
from adapters.deadlines import Deadlines
from adapters.errors import Refused, Rejected, SourceError, TimedOut
from adapters.filters import OPERATORS
from adapters.options import Options
from adapters.pool import Driver, Pool
from adapters.pushdown import admit
from adapters.remembered import Remembered
from adapters.sql.flavour import Flavour
from adapters.sql.inline import Inline
from adapters.sql.statements import Statement, Statements, build, room, shape

T = TypeVar("T")
Rows = Sequence[tuple[object, ...]]
Asked = tuple[str, Sequence[object]]
"""A statement and its arguments."""

_PAUSE = 10.0
"""Seconds for which the rows of a shape's keys are numbered by the database, after there were many."""

_UNCOMPARED = frozenset({ColumnType.POINT})
CAN = Capabilities(
    filters=MappingProxyType(
        {
            kind: MappingProxyType(dict.fromkeys(operators, Support.EXACT))
            for kind, operators in OPERATORS.items()
            if kind not in _UNCOMPARED
        }
    ),
    any_of=True,
    key_columns=16,
    prefix_keys=True,
    order=frozenset(ColumnType) - {ColumnType.POINT, ColumnType.PHONE},
    limit=True,
    per_key=True,
    after=True,
    count=True,
)
"""What SQL can do, before a database narrows it."""


class SqlDriver(Driver[Any], Protocol):
    """A driver, and the SQL that its database speaks."""

    flavour: Any

    async def fetch(self, connection: Any, text: str, arguments: Sequence[object]) -> Sequence[tuple[object, ...]]:
        """All rows of a statement."""
        ...

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """An error of the database in our words, None for a mistake of ours."""
        ...

    async def describe(self, connection: Any, schema: str | None, table: str) -> Shape | None:
        """The database's own word on a table."""
        ...


_DRIVERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "sqlite": ("sqlite", "SqliteDriver"),
        "postgresql": ("postgres", "PostgresDriver"),
        "mariadb": ("mariadb", "MariadbDriver"),
        "mysql": ("mariadb", "MariadbDriver"),
    }
)
"""The module here, and its driver, of each backend; imported once a source wants it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """What stays the same for all scans of one shape. `columns` where their cells are to be paired;
    `width` is the number of cells before that."""

    dataset: Dataset
    statements: Statements
    bound: int
    width: int
    columns: Sequence[Column] | None


class SqlAdapter:
    """An `Adapter` over one database. Statements are compiled once per dataset and shape of scan
    and kept (the 512 used last); connections open with the first scan."""

    def __init__(self, source: Source, driver: SqlDriver, inline: Inline | None = None) -> None:
        self._source = source
        self._inline = inline
        self._driver = driver
        self._flavour = cast(Flavour, driver.flavour)
        self._pool: Pool[Any] = Pool(driver, source.concurrency)
        self._deadlines = Deadlines(source.timeout)
        self._prepared: Remembered[Hashable, _Prepared] = Remembered(512)
        self._crowded: Remembered[_Prepared, float] = Remembered(512)

    @property
    def immediate(self) -> bool:
        """Where statements run on the event loop's own thread at first."""
        return self._inline is not None

    @property
    def capabilities(self) -> Capabilities:
        """Everything but comparisons of points; on SQLite and MariaDB also of moments."""
        return self._flavour.capabilities

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities; `Unavailable`, `TimedOut`,
        `Throttled`, `Rejected` (with `column`, where one is missing) or `Malformed`."""
        prepared = self._prepare(dataset, scan)
        asking = self._asking(prepared, scan)
        try:
            text, arguments = next(asking)
            if self._inline is not None:
                while (found := self._inline.fetch(text, arguments)) is not None:
                    text, arguments = asking.send(found)
            with self._deadlines.within():
                while True:
                    text, arguments = asking.send(await self._pool.run(self._driver.fetch, text, arguments))
        except StopIteration as answered:
            return cast(Answer, answered.value)
        except Exception as error:
            explained = self._explained(error, dataset.name, dataset)
            if explained is None:
                raise
            raise explained from error

    def _asking(self, prepared: _Prepared, scan: Scan) -> Generator[Asked, Rows, Answer]:
        """One statement after the other, each for its rows."""
        statements, bound, dataset = prepared.statements, prepared.bound, prepared.dataset
        rows: Rows = ()
        if statements.gathered is not None and self._crowded.get(prepared, 0.0) <= time.monotonic():
            rows = yield _asked(dataset, scan, statements.gathered)
            if len(rows) <= room(scan, bound):
                return _of_all(scan, prepared, rows)
            self._crowded[prepared] = time.monotonic() + _PAUSE
        if statements.rows is not None:
            rows = yield _asked(dataset, scan, statements.rows)
        counted = (yield _asked(dataset, scan, statements.counts)) if statements.counts else None
        whole = len(rows) <= bound
        rows = rows if whole else rows[:bound]
        return Answer(_shaped(rows, prepared.columns), None if counted is None else _counts(scan, counted), whole)

    def _prepare(self, dataset: Dataset, scan: Scan) -> _Prepared:
        """From the cache; an entry keeps its dataset, so that the id stays its own."""
        key = (id(dataset), shape(dataset, scan))
        found = self._prepared.get(key)
        if found is None:
            can = self.capabilities
            admit(dataset, scan, can)
            bound = min(can.rows_per_call, dataset.rows_per_call or can.rows_per_call)
            statements = build(self._flavour, dataset, scan, bound, self._strict(dataset))
            columns = [dataset.columns[name] for name in scan.columns]
            simple = columns and all(len(column.source) == 1 for column in columns)
            width = sum(len(column.source) for column in columns)
            found = _Prepared(dataset, statements, bound, width, None if simple else columns)
            self._prepared[key] = found
        return found

    def _strict(self, dataset: Dataset) -> bool:
        return bool(dataset.options.get("strict", self._source.options.get("strict", False)))

    async def _run(self, work: Callable[..., Awaitable[T]], place: str, *given: object) -> T:
        try:
            with self._deadlines.within():
                return await self._pool.run(work, *given)
        except Exception as error:
            explained = self._explained(error, place)
            if explained is None:
                raise
            raise explained from error

    def _explained(self, error: Exception, place: str, dataset: Dataset | None = None) -> SourceError | None:
        """An error in our words; None for a mistake of ours."""
        if isinstance(error, Refused):
            return None
        if isinstance(error, TimeoutError):
            return TimedOut(f"{place}: the source did not answer in time", detail=str(error))
        columns = list(dataset.columns.values()) if dataset else []
        return self._driver.explained(error, place, columns)

    async def describe(self, dataset: Dataset) -> Shape | None:
        """From the database's own catalogue. `Rejected` where it has no such table."""
        schema, _, table = dataset.path.rpartition(".")
        found = await self._run(self._driver.describe, dataset.name, schema or None, table)
        if found is None:
            raise Rejected(f"{dataset.name}: the source has no such dataset", detail=f"no table {dataset.path!r}")
        return found

    async def ping(self) -> None:
        """Return if the database answers."""
        await self._run(self._driver.fetch, self._source.name, "SELECT 1", ())

    async def aclose(self) -> None:
        """Close all connections; the next scan opens new ones."""
        if self._inline is not None:
            self._inline.close()
        await self._pool.aclose()


def create(source: Source) -> SqlAdapter:
    """An adapter for a URL of a database that we know. ValueError, with the fix, for any other."""
    options = Options(source.options)
    options.flag("strict")
    inline = options.flag("inline")
    try:
        url = sa.make_url(source.url)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError(f'source {source.name}: the url is none; write it like "sqlite:///agency.db"') from None
    if backend not in _DRIVERS:
        raise ValueError(f'source {source.name}: there is no SQL for "{backend}"; there is {" and ".join(_DRIVERS)}')
    if inline and backend != "sqlite":
        options.complain(f"{options.named('inline')} is for SQLite files only; leave it out", "inline")
    options.check(f"source {source.name}")
    return SqlAdapter(source, _driver(backend, source), Inline(url.database or "") if inline else None)


def _driver(backend: str, source: Source) -> SqlDriver:
    name, driver = _DRIVERS[backend]
    made: Callable[[Source, Capabilities], SqlDriver] = getattr(import_module(f"adapters.sql.{name}"), driver)
    return made(source, CAN)


def _asked(dataset: Dataset, scan: Scan, statement: Statement) -> Asked:
    try:
        return statement.text, statement.arguments(scan)
    except (Inexpressible, TypeError) as error:
        raise Refused(f"{dataset.name}: {error}") from None


def _of_all(scan: Scan, prepared: _Prepared, rows: Rows) -> Answer:
    """The first of each key and the counts, of all rows in order, each with its key behind it."""
    width = prepared.width
    many = scan.per_key is not None and len(rows) > scan.per_key
    found = Counter(map(itemgetter(slice(width, None)), rows)) if many or scan.count else Counter()
    if scan.per_key is not None and max(found.values(), default=0) > scan.per_key:
        rows = _first_of_each_key(rows, width, scan.per_key)
    kept = [*map(itemgetter(slice(width)), rows)]
    shaped = _shaped(kept if scan.limit is None else kept[: scan.limit], prepared.columns)
    return Answer(shaped, {key: found.get(key, 0) for key in scan.keys.values} if scan.count and scan.keys else None)


def _first_of_each_key(rows: Rows, width: int, most: int) -> Rows:
    seen: Counter[tuple[object, ...]] = Counter()
    kept = []
    for row in rows:
        key = row[width:]
        seen[key] += 1
        if seen[key] <= most:
            kept.append(row)
    return kept


def _shaped(rows: Rows, columns: Sequence[Column] | None) -> Rows:
    """One cell a column: those of two sources become pairs."""
    if columns is None:
        return rows
    return [tuple(_cells(row, columns)) for row in rows]


def _cells(row: tuple[object, ...], columns: Sequence[Column]) -> list[object]:
    cells: list[object] = []
    at = 0
    for column in columns:
        size = len(column.source)
        cells.append(row[at] if size == 1 else tuple(row[at : at + size]))
        at += size
    return cells


def _counts(scan: Scan, counted: Sequence[tuple[object, ...]]) -> dict[tuple[Stored, ...], int]:
    """By every key asked, zero where no row has it."""
    found = {tuple(row)[:-1]: cast(int, row[-1]) for row in counted}
    return {key: found.get(key, 0) for key in (scan.keys.values if scan.keys else ((),))}
