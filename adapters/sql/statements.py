"""A scan as SQL: SQLAlchemy builds and compiles it once per shape, for any dialect.

The shape of a scan is everything but its values, so the text of a statement never depends on how
many keys or members it is asked with; but one key has a text of its own, for `=` is what every
database looks up best. Values are bound by getters made together with the text. No function is put
around a key or a filtered column; only the order of a column in which some stored values mean null
goes through a CASE.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adapters.base import AllOf, AnyOf, Column, Compare, Dataset, Filter, Keys, Op, OrderBy, Scan, Support
from adapters.columns import cleaned, encode
from adapters.forms import nulls, span, support
from adapters.keys import after_prefix, sendable
from adapters.sql.flavour import Flavour, textual

_LEAST = 100
_TIMES = 3

Element = sa.ColumnElement[Any]
Getter = Callable[[Scan], object]


@dataclass(frozen=True, slots=True)
class Statement:
    """Compiled text and, in the order of its parameters, where their values come from: places among
    the `getters`, for a value may be there twice."""

    text: str
    getters: tuple[Getter, ...]
    places: tuple[int, ...]

    def arguments(self, scan: Scan) -> list[object]:
        """The values to run it with. `Inexpressible` where a filter's value has no stored form."""
        values = [get(scan) for get in self.getters]
        return [values[place] for place in self.places]


@dataclass(frozen=True, slots=True)
class Statements:
    """What a scan of one shape runs: rows and counts, each where wanted; or, where the keys have few
    rows, `gathered` all of them, each with its key behind it, of which `first_of_each` makes both."""

    rows: Statement | None
    counts: Statement | None
    gathered: Statement | None


def shape(dataset: Dataset, scan: Scan) -> Hashable:
    """Equal for scans of one dataset that differ only in values."""
    keys, after = scan.keys, scan.after
    return (
        scan.columns,
        None if keys is None else (keys.columns, keys.prefix, len(keys.values) == 1),
        tuple(_filter_shape(dataset, part) for part in scan.filters) if scan.filters else (),
        scan.order,
        None if after is None else (tuple(value is None for value in after.values), after.inclusive),
        scan.per_key is None,
        scan.limit == 0,
        scan.count,
    )


def _filter_shape(dataset: Dataset, part: Filter) -> Hashable:
    if not isinstance(part, Compare):
        return (type(part).__name__, *(_filter_shape(dataset, inner) for inner in part.parts))
    column = dataset.columns[part.column]
    if part.op is Op.IS_NULL:
        return part.column, part.op, part.value
    if part.op is Op.STARTS_WITH:
        return part.column, part.op, after_prefix(str(part.value)) is None
    if support(column, part) is Support.EXACT:
        return part.column, part.op
    bounds = span(column, part)
    return part.column, part.op, bounds is not None and (bounds.low is None, bounds.high is None)


def build(flavour: Flavour, dataset: Dataset, scan: Scan, bound: int, strict: bool) -> Statements:
    """Compile what a scan of this shape runs. `bound` is the most rows of an answer; `strict`
    promises that stored values fit and no text is empty."""
    rows = None if scan.limit == 0 else _Builder(flavour, dataset, strict).rows(scan, bound)
    counts = _Builder(flavour, dataset, strict).counts(scan) if scan.count else None
    twofold = scan.keys is not None and rows is not None and (scan.per_key is not None or scan.count)
    few = _Builder(flavour, dataset, strict).gathered(scan, bound) if twofold and scan.after is None else None
    return Statements(rows, counts, few)


def room(scan: Scan, bound: int) -> int:
    """How many rows the keys of a scan may have for all of them to be gathered: some times those that
    are wanted, which cost less than numbering them by key does."""
    wanted = bound
    if scan.per_key is not None and scan.keys is not None:
        wanted = min(wanted, scan.per_key * len(scan.keys.values))
    if scan.limit is not None:
        wanted = min(wanted, scan.limit)
    return min(bound, max(_LEAST, _TIMES * wanted))


class _Builder:
    """Builds one statement, and the getters of its parameters with it."""

    def __init__(self, flavour: Flavour, dataset: Dataset, strict: bool) -> None:
        self.flavour = flavour
        self.dataset = dataset
        self.getters: dict[str, Getter] = {}
        names = dict.fromkeys(name for column in dataset.columns.values() for name in column.source)
        schema, _, path = dataset.path.rpartition(".")
        named = sa.table(path, *(sa.column(name) for name in names), schema=schema or None)
        self.table = named.alias("t")  # which is said at every column
        self.strict = strict

    # --- statements

    def rows(self, scan: Scan, bound: int) -> Statement:
        """SELECT the columns, in order, the first of each key, up to one more than the bound."""
        chosen = [self.table.c[name] for column in scan.columns for name in self._column(column).source]
        cells = [cell.label(f"c{i}") for i, cell in enumerate(chosen)] or [sa.literal_column("1").label("c0")]
        order = [term for by in scan.order for term in self._ordered(by)]
        where = [*self._wanted(scan), *self._behind(scan)]
        query = sa.select(*cells).select_from(self.table).where(*where).order_by(*order)
        if scan.per_key is not None and scan.keys is not None:
            query = self._first_of_each_key(scan, scan.keys, cells, where)
        size = self.bind(lambda s: bound + 1 if s.limit is None else min(s.limit, bound + 1), sa.Integer())
        return self._compiled(query.limit(size))

    def gathered(self, scan: Scan, bound: int) -> Statement:
        """SELECT the columns and the key, of all rows, in order, up to one more than there is room for."""
        chosen = [self.table.c[name] for column in scan.columns for name in self._column(column).source]
        cells = [cell.label(f"c{i}") for i, cell in enumerate(chosen)]
        columns = [self._column(name) for name in scan.keys.columns] if scan.keys else []
        keys = [self._equated(column).label(f"k{i}") for i, column in enumerate(columns)]
        order = [term for by in scan.order for term in self._ordered(by)]
        query = sa.select(*cells, *keys).select_from(self.table).where(*self._wanted(scan)).order_by(*order)
        return self._compiled(query.limit(self.bind(lambda s: room(s, bound) + 1, sa.Integer())))

    def _first_of_each_key(
        self, scan: Scan, keys: Keys, cells: Sequence[sa.Label[Any]], where: Sequence[Element]
    ) -> sa.Select[Any]:
        partition = [self._equated(self._column(name)) for name in keys.columns]
        order = [term for by in scan.order for term in self._ordered(by)]
        number = sa.func.row_number().over(partition_by=partition, order_by=order or None).label("n")
        by = [self._plain(self._column(by.column)).label(f"o{i}") for i, by in enumerate(scan.order)]
        inner = sa.select(*cells, *by, number).select_from(self.table).where(*where).subquery("numbered")
        outer = sa.select(*(inner.c[cell.name] for cell in cells))
        outer = outer.where(inner.c.n <= self.bind(lambda s: s.per_key, sa.Integer()))
        ordered = self.flavour.ordered
        return outer.order_by(*(t for i, by in enumerate(scan.order) for t in ordered(inner.c[f"o{i}"], by.descending)))

    def counts(self, scan: Scan) -> Statement:
        """SELECT the keys and how many rows each has."""
        columns = [self._column(name) for name in scan.keys.columns] if scan.keys else []
        grouped = [self._equated(column) for column in columns]
        keys = [element.label(f"k{i}") for i, element in enumerate(grouped)]
        query = sa.select(*keys, sa.func.count().label("n")).select_from(self.table).where(*self._wanted(scan))
        return self._compiled(query.group_by(*grouped))

    def _compiled(self, query: sa.Select[Any]) -> Statement:
        if self.flavour.inline:
            text = str(query.compile(dialect=self.flavour.dialect, compile_kwargs={"literal_binds": True}))
            return Statement(text, tuple(self.getters.values()), tuple(range(len(self.getters))))
        compiled = query.compile(dialect=self.flavour.dialect)
        constants = {name: _constant(value) for name, value in compiled.params.items()}
        names = getattr(compiled, "positiontup", None) or ()
        used = list(dict.fromkeys(names))
        getters = constants | self.getters
        places = tuple(map(used.index, names))
        return Statement(str(compiled), tuple(getters[name] for name in used), places)

    # --- parts

    def bind(self, get: Getter, kind: sa.types.TypeEngine[Any]) -> Element:
        """A parameter whose value `get` takes from the scan."""
        place = len(self.getters)
        self.getters[f"p{place}"] = get
        return self.flavour.parameter(place, kind)

    def _column(self, name: str) -> Column:
        return self.dataset.columns[name]

    def _element(self, column: Column) -> Element:
        return self.table.c[column.source[0]]

    def _equated(self, column: Column) -> Element:
        """The column as its values are told apart."""
        return self.flavour.equated(self._element(column), textual(column))

    def _compared(self, column: Column) -> Element:
        """The column as it is compared for order: text by code point."""
        return self.flavour.compared(self._element(column), textual(column))

    def _wanted(self, scan: Scan) -> list[Element]:
        keyed = [self._keyed(scan.keys)] if scan.keys else []
        return keyed + [self._filter(part, _nth_filter(i)) for i, part in enumerate(scan.filters)]

    def _keyed(self, keys: Keys) -> Element:
        columns = [self._column(name) for name in keys.columns]
        elements = [self._element(column) for column in columns]
        if keys.prefix:
            return self.flavour.keys_by_prefix(self, columns, elements)
        if len(keys.values) == 1:
            return sa.and_(*(self._key_equal(i, *each) for i, each in enumerate(zip(columns, elements, strict=True))))
        return self.flavour.keys_equal(self, columns, elements)

    def _key_equal(self, i: int, column: Column, element: Element) -> Element:
        """Whether a column is that part of the only key; never, where no row can have the key."""

        def get(scan: Scan) -> object:
            found = sendable(scan.keys.values) if scan.keys else ()
            return self.flavour.term(column, found[0][i]) if found else None

        return self.flavour.equal(column, element, self.bind(get, self.flavour.bind_type(column)))

    # --- filters

    def _filter(self, part: Filter, get: Callable[[Scan], Any]) -> Element:
        if isinstance(part, Compare):
            return self._compare(part, get)
        parts = [self._filter(inner, _nth_part(get, i)) for i, inner in enumerate(part.parts)]
        if isinstance(part, AllOf):
            return sa.and_(sa.true(), *parts)
        assert isinstance(part, AnyOf)
        return sa.or_(sa.false(), *parts)

    def _compare(self, compare: Compare, get: Callable[[Scan], Any]) -> Element:
        column = self._column(compare.column)
        if compare.op is Op.IS_NULL:
            return self._is_null(column) if compare.value else sa.not_(self._is_null(column))
        if support(column, compare) is not Support.EXACT:
            return self._within(column, compare, get)
        if compare.op in (Op.IN, Op.NOT_IN):
            return self._member(column, compare, get)
        if compare.op is Op.STARTS_WITH:
            return self._starts_with(column, compare, get)
        term = self.flavour.term
        value = self.bind(lambda s: term(column, encode(column, get(s).value)), self.flavour.bind_type(column))
        if compare.op is Op.EQ:
            return self.flavour.equal(column, self._element(column), value)
        element = self._equated(column) if compare.op is Op.NE else self._compared(column)
        return self._solid(column, _OPERATORS[compare.op](element, value))

    def _member(self, column: Column, compare: Compare, get: Callable[[Scan], Any]) -> Element:
        element, term = self._element(column), self.flavour.term
        member = self.flavour.member(
            self, column, element, lambda s: [term(column, encode(column, value)) for value in get(s).value]
        )
        return member if compare.op is Op.IN else self._solid(column, element.is_not(None), sa.not_(member))

    def _starts_with(self, column: Column, compare: Compare, get: Callable[[Scan], Any]) -> Element:
        element = self._compared(column)
        tests: list[Element] = [element >= self.bind(lambda s: get(s).value, sa.Text())]
        if after_prefix(str(compare.value)) is not None:
            tests.append(element < self.bind(lambda s: after_prefix(get(s).value), sa.Text()))
        return self._solid(column, *tests)

    def _within(self, column: Column, compare: Compare, get: Callable[[Scan], Any]) -> Element:
        """The span of texts among which the matches are; checked again above."""
        bounds, element = span(column, compare), self._compared(column)
        tests: list[Element] = [sa.true()]
        if bounds is not None and bounds.low is not None:
            tests.append(element >= self.bind(lambda s: span(column, get(s)).low, sa.Text()))  # type: ignore[union-attr]
        if bounds is not None and bounds.high is not None:
            tests.append(element < self.bind(lambda s: span(column, get(s)).high, sa.Text()))  # type: ignore[union-attr]
        return sa.and_(*tests)

    def _null_terms(self, column: Column) -> list[Element]:
        """The stored values that mean null, as parameters."""
        values = [value for value in nulls(column) if not (self.strict and value == "")]
        terms = [self.flavour.term(column, value) for value in values]
        kind = self.flavour.bind_type(column)
        return [self.bind(lambda _, term=term: term, kind) for term in terms]  # type: ignore[misc]

    def _is_null(self, column: Column) -> Element:
        element = self.table.c[column.source[0]]
        terms = [self.bind(lambda _: "", sa.Text())] if cleaned(column) else self._null_terms(column)
        return sa.or_(element.is_(None), *(self._equated(column) == term for term in terms))

    def _solid(self, column: Column, *tests: Element) -> Element:
        """The tests, on values that are neither null nor damaged."""
        return sa.and_(*tests, *self._solidity(column))

    def _solidity(self, column: Column) -> list[Element]:
        element = self._equated(column)
        fits = None if self.strict else self.flavour.fits(column, self.table.c[column.source[0]])
        others: list[Element] = [element != term for term in self._null_terms(column)]
        return others if fits is None else [*others, fits]

    # --- order

    def _plain(self, column: Column) -> Element:
        """The column as it is ordered: NULL for whatever means null, or does not fit."""
        element = self._compared(column)
        solid = self._solidity(column)
        return sa.case((sa.and_(*solid), element)) if solid else element

    def _ordered(self, by: OrderBy) -> list[Element]:
        return self.flavour.ordered(self._plain(self._column(by.column)), by.descending)

    def _behind(self, scan: Scan) -> list[Element]:
        """The position, spelled out: greater in the first column, or equal there and greater in
        the second, and so on; null is greatest of all."""
        after = scan.after
        if after is None:
            return []
        ways: list[Element] = []
        same: list[Element] = [sa.true()]
        for i, value in enumerate(after.values):
            by = scan.order[i]
            column = self._column(by.column)
            plain = self._plain(column)
            if value is None:
                same.append(plain.is_(None))
                continue
            term = self._position(column, i)
            further = plain < term if by.descending else plain > term
            ways.append(sa.and_(*same, sa.or_(further, plain.is_(None))))
            same.append(plain == term)
        return [sa.or_(sa.false(), *ways, *([sa.and_(*same)] if after.inclusive else []))]

    def _position(self, column: Column, i: int) -> Element:
        def get(scan: Scan) -> object:
            value = scan.after.values[i] if scan.after else None
            return self.flavour.term(column, encode(column, value))

        return self.bind(get, self.flavour.bind_type(column))


_OPERATORS: dict[Op, Callable[[Any, Any], Element]] = {
    Op.NE: lambda a, b: a != b,
    Op.LT: lambda a, b: a < b,
    Op.LTE: lambda a, b: a <= b,
    Op.GT: lambda a, b: a > b,
    Op.GTE: lambda a, b: a >= b,
}


def _constant(value: object) -> Getter:
    """For what the dialect adds itself (SQLite's OFFSET)."""
    return lambda _: value


def _nth_filter(i: int) -> Callable[[Scan], Any]:
    return lambda scan: scan.filters[i]


def _nth_part(get: Callable[[Scan], Any], i: int) -> Callable[[Scan], Any]:
    return lambda scan: get(scan).parts[i]
