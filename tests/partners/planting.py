"""Worlds that differ only in what a caller may not see: Testville with planted values.

`worlds` takes a caller and gives three engines over the same city. Every cell that the caller is
not granted holds something else in each of them; rows that it may not know of are there, changed,
or gone. Whoever tells the worlds apart has seen what it may not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import cycle
from types import MappingProxyType
from typing import Any

from adapters.base import Column, ColumnType, Filter
from adapters.filters import matcher
from gateway.engine.documents import Documents
from gateway.engine.engine import CityEngine
from gateway.engine.filters import filter_columns
from gateway.engine.requests import Caller
from gateway.engine.services import Services
from gateway.policy.permits import Permits
from gateway.policy.profiles import Profiles
from gateway.settings import Settings
from resolvers.city import City, Section, Table
from resolvers.identity.names import names_organisation
from tests.e2e import city as testville
from tests.e2e.city import Agency, Row

PLANTED = "tests:planted"
"""The access that marked columns ask for, and nobody has."""

TRUSTED = Caller("everything", frozenset({"*"}), trusted=True)
WORLDS = 3

LOW: Mapping[ColumnType, Any] = MappingProxyType(
    {
        ColumnType.TEXT: "AARON, ABE",
        ColumnType.INT: 3,
        ColumnType.FLOAT: 0.25,
        ColumnType.MONEY: Decimal("1.25"),
        ColumnType.BOOL: False,
        ColumnType.DATE: date(1801, 1, 2),
        ColumnType.DATETIME: testville.local(1801, 1, 2, 3),
        ColumnType.YEAR: 1801,
        ColumnType.PHONE: "5550000",
        ColumnType.POINT: 1.5,
    }
)
HIGH: Mapping[ColumnType, Any] = MappingProxyType(
    {
        ColumnType.TEXT: "ZORN, ZOE",
        ColumnType.INT: 876543,
        ColumnType.FLOAT: 8765.5,
        ColumnType.MONEY: Decimal("876543.50"),
        ColumnType.BOOL: True,
        ColumnType.DATE: date(2087, 6, 5),
        ColumnType.DATETIME: testville.local(2087, 6, 5, 4),
        ColumnType.YEAR: 2087,
        ColumnType.PHONE: "5559999",
        ColumnType.POINT: 8.5,
    }
)


class Kept(Documents):
    """Documents that are all kept: checking them is most of a test's time, and no person's name is in them."""

    def forget(self, text: str) -> None:
        """Forget nothing."""


DOCUMENTS = Kept(testville.schema().graphql, 50_000_000)


@dataclass(frozen=True, slots=True)
class Restricted:
    """A restriction list."""

    identifiers: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        return not self.identifiers

    def holds(self, identifier: str) -> bool:
        return identifier in self.identifiers


@dataclass(frozen=True, slots=True)
class Case:
    """A caller of a city: what it says of itself, and how the city is set up for it."""

    name: str
    caller: Caller
    city: City
    purpose: str | None = None
    reference: str | None = None
    closed: bool = False
    restricted: Restricted = Restricted()

    @property
    def permits(self) -> Permits:
        """What the caller may see, by the same rules as the gateway."""
        return Profiles(self.city, closed=self.closed).of(self.caller, self.purpose, self.reference)


def marked(city: City, chosen: Callable[[Table, str], bool]) -> City:
    """The city with `PLANTED` as access of the chosen columns."""
    tables = {name: _marked(table, chosen) for name, table in city.tables.items()}
    return replace(city, tables=MappingProxyType(tables))


def _marked(table: Table, chosen: Callable[[Table, str], bool]) -> Table:
    columns = {
        name: replace(column, access=PLANTED) if chosen(table, name) else column
        for name, column in table.dataset.columns.items()
    }
    return replace(table, dataset=replace(table.dataset, columns=MappingProxyType(columns)))


def worlds(case: Case) -> list[CityEngine]:
    """Engines over cities that are all the same to the caller."""
    engines = [_engine(case, world) for world in range(WORLDS)]
    for engine in engines:  # what is prepared does not depend on the world: one plan and decision for all
        engine.preparing = engines[0].preparing
    return engines


def planted(case: Case, world: int) -> dict[str, dict[str, list[Row]]]:
    """The rows of a world, by source and dataset."""
    rows = testville.rows()
    for table in case.city.tables.values():
        source, path = table.dataset.source, table.dataset.path
        rows[source][path] = list(_Planting(case, table, world).planted(rows[source][path]))
    return rows


def _engine(case: Case, world: int) -> CityEngine:
    rows = planted(case, world)
    settings = replace(
        Settings(), signing_key=testville.KEY, request_deadline=30.0, anonymous="nothing" if case.closed else "public"
    )
    adapters = {source: Agency(tables) for source, tables in rows.items()}
    schema = replace(testville.schema(), city=case.city)
    sources = {name: replace(source, timeout=30.0) for name, source in case.city.sources.items()}
    city = replace(case.city, sources=MappingProxyType(sources))
    engine = CityEngine(city, settings, schema=schema, adapters=adapters, services=Services(case.restricted))
    engine.preparing._documents = DOCUMENTS
    return engine


class _Planting:
    """The rows of one dataset in one world. What everyone may know of a row stays as it is: the
    columns by which a section, an agency or an agreement chooses rows."""

    def __init__(self, case: Case, table: Table, world: int) -> None:
        self.case, self.table, self.world = case, table, world
        self.permits, self.dataset = case.permits, table.dataset
        self.sections = [s for s in case.city.sections if s.dataset == table.name]
        self.choosing = frozenset(_choosing(table, self.sections, self.permits.rows(table)))
        self.keys = frozenset(c for key in table.keys for c in key.reads)
        self.ids = frozenset([*table.dataset.id, *(c for s in self.sections for c in (*s.id, *s.group))])

    def planted(self, rows: list[Row]) -> Sequence[Row]:
        """The rows as this world has them."""
        if self.permits.table(self.table) is not None and not self.permits.counts(self.table):
            return self._gone(rows)
        rows = self._unknown(rows)
        for name, column in self.dataset.columns.items():
            self._plant(rows, name, column)
        self._withheld(rows)
        return rows

    def _gone(self, rows: list[Row]) -> Sequence[Row]:
        """A dataset that the caller may not see at all."""
        if self.world == 0:
            return rows
        if self.world == 1:
            return []
        for name, column in self.dataset.columns.items():
            if name not in self.keys | self.ids:
                self._fill(rows, column, (LOW[column.type], HIGH[column.type]))
        return rows[::-1]

    def _unknown(self, rows: list[Row]) -> list[Row]:
        """Rows that no grant opens are there, or are not."""
        opened = matcher(self.permits.rows(self.table), {name: i for i, name in enumerate(self.dataset.columns)})
        shown = [opened(tuple(row[c.source[0]] for c in self.dataset.columns.values())) for row in rows]
        hidden = [row for row, there in zip(rows, shown, strict=True) if not there]
        if self.world == 1:
            return [row for row, there in zip(rows, shown, strict=True) if there]
        if self.world == 2:
            for name, column in self.dataset.columns.items():
                if name not in self.choosing | self.keys | self.ids:
                    self._fill(hidden, column, (LOW[column.type],))
        return rows

    def _plant(self, rows: list[Row], name: str, column: Column) -> None:
        permits, table = self.permits, self.table
        if name in self.choosing or (self.permits.counts(table) and name in self.keys):
            return
        denied = permits.condition(table, name) if permits.counts(table) else permits.column(table, name)
        if denied is not None:
            self._change(rows, name, column)
        elif permits.persons(table, name) is not None:
            named = [row for row in rows if not names_organisation(str(row[column.source[0]] or ""))]
            self._change(named, name, column)

    def _change(self, rows: list[Row], name: str, column: Column) -> None:
        if name in self.keys or name in self.ids:
            self._turn(rows, name, column)
        elif self.world == 2:
            self._fill(rows, column, (None,))
        else:
            both = LOW[column.type], HIGH[column.type]
            self._fill(rows, column, both[::-1] if self.world else both)

    def _turn(self, rows: list[Row], name: str, column: Column) -> None:
        """Identifiers change places: they stay identifiers, and unique where they were."""
        (source,) = column.source
        cells = [row[source] for row in rows]
        if self.world == 1:
            cells = cells[1:] + cells[:1]
        if self.world == 2:
            cells = [None] * len(cells) if name not in self.ids else cells[::-1]
        for row, cell in zip(rows, cells, strict=True):
            row[source] = cell

    def _withheld(self, rows: list[Row]) -> None:
        index = {name: i for i, name in enumerate(self.dataset.columns)}
        for withheld in self.table.withheld:
            test = matcher((withheld.when,), index)
            kept = [row for row in rows if test(tuple(row[c.source[0]] for c in self.dataset.columns.values()))]
            for name, column in self.dataset.columns.items():
                whole = not withheld.columns and name not in self.keys
                if name not in self.choosing and (whole or name in withheld.columns):
                    self._change(kept, name, column)
        restricted = [row for row in rows if self._is_restricted(row)]
        for name, column in self.dataset.columns.items():
            if name not in self.choosing | self.keys:
                self._change(restricted, name, column)

    def _is_restricted(self, row: Row) -> bool:
        plain = [key for key in self.table.keys if len(key.columns) == 1]
        sources = [(key.scheme, self.dataset.columns[key.columns[0]].source[0]) for key in plain]
        return any(self.case.restricted.holds(f"{scheme}:{row[source]}") for scheme, source in sources)

    def _fill(self, rows: list[Row], column: Column, values: Sequence[Any]) -> None:
        for row, value in zip(rows, cycle(values)):
            for source in column.source:
                row[source] = stored(column, value)


def _choosing(table: Table, sections: Iterable[Section], rows: Iterable[Filter]) -> Iterable[str]:
    for part in (*(s.where for s in sections if s.where), *(w.when for w in table.withheld), *rows):
        yield from filter_columns(part)


def stored(column: Column, value: Any) -> Any:
    """A value as the agency keeps it."""
    if value is None or column.stored == "native":
        return value
    match value:
        case bool():
            return "Y" if value else "N"
        case datetime():
            return value.strftime("%m/%d/%Y %I:%M:%S %p")
        case date():
            return f"{value.month}/{value.day}/{value.year}"
        case Decimal():
            return f"${value:,.2f}" if column.format and column.format.startswith("$") else f"{value:,.0f}"
    return str(value)
