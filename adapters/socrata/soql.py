"""A scan as SoQL (https://dev.socrata.com/docs/queries/): text for `$select`, `$where`, `$order`.

Comparisons stand on the bare column, so that the portal's indexes are used. A day is a range of
moments, for a portal's dates have a time. What an order needs besides – null markers and damage
last, days without their time – goes through `case` and `date_trunc_ymd`, unless the dataset is
`strict`: then every value fits its declared type, dates have no time of day and no text is empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from adapters import dates
from adapters.base import After, AllOf, Column, ColumnType, Compare, Dataset, Filter, Keys, Op, OrderBy, Stored, Support
from adapters.columns import cleaned, encode
from adapters.forms import nulls, span, support
from adapters.keys import sendable, without_overlap

_RESERVED = frozenset(
    {"all", "and", "as", "asc", "between", "by", "case", "desc", "distinct", "else", "end", "except", "false", "first"}
    | {"from", "full", "group", "having", "in", "intersect", "is", "join", "last", "lateral", "left", "like", "limit"}
    | {"minus", "not", "null", "nulls", "offset", "on", "or", "order", "outer", "over", "partition", "right", "row"}
    | {"rows", "search", "select", "then", "true", "union", "when", "where"}
)
_SIGNS = {Op.EQ: "=", Op.NE: "!=", Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
_DAY = timedelta(days=1)
_WHOLE = frozenset({ColumnType.INT, ColumnType.YEAR})
NEVER, ALWAYS = "false", "true"


def field(name: str) -> str:
    """A field's name as SoQL takes it; "location.latitude" is a part of a field."""
    return ".".join(part if _plain(part) else f"`{part}`" for part in name.split("."))


def _plain(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name.lower() not in _RESERVED


def quoted(text: str) -> str:
    """A text in quotes."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one dataset. `fixed` are the fields that are moments in UTC, not local times."""

    dataset: Dataset
    strict: bool = False
    fixed: frozenset[str] = frozenset()

    # --- keys

    def keys(self, keys: Keys) -> str:
        """Rows of these keys; `NEVER` where no row can have one."""
        columns = [self.dataset.columns[name] for name in keys.columns]
        if len(columns) == 1 and not keys.prefix and (listed := _listed(keys)):
            return f"{field(columns[0].source[0])} in({listed})"
        keys = without_overlap(keys)
        groups: dict[tuple[object, ...], list[object]] = {}
        for value in sendable(keys.values):
            groups.setdefault(value[:-1], []).append(value[-1])
        ways = [self._group(columns, same, last, keys.prefix) for same, last in groups.items()]
        return _or(ways)

    def _group(self, columns: Sequence[Column], same: tuple[object, ...], last: Sequence[object], prefix: bool) -> str:
        """Keys that differ in the last column only."""
        equal = [f"{field(c.source[0])}={self._stored(c, v)}" for c, v in zip(columns, same, strict=False)]
        column, name = columns[-1], field(columns[-1].source[0])
        if prefix:
            found = _or([self._begins(name, str(text)) for text in last])
        elif len(last) == 1:
            found = f"{name}={self._stored(column, last[0])}"
        else:
            found = f"{name} in({','.join([self._stored(column, each) for each in last])})"
        return _and([*equal, found])

    def _begins(self, name: str, text: str) -> str:
        return f"starts_with({name},{quoted(text)})" if text else f"{name} is not null"

    def _stored(self, column: Column, value: Stored) -> str:
        """A stored value as a literal."""
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, datetime):
            return self._moment(column, value)
        if isinstance(value, date):
            return f"'{value.isoformat()}T00:00:00.000'"
        if isinstance(value, float):
            return repr(value) if abs(value) != float("inf") else ("-1e999" if value < 0 else "1e999")
        return str(value)

    def _moment(self, column: Column, value: datetime) -> str:
        """A moment as the field keeps it: local time, or UTC with a Z; to the millisecond."""
        if column.source[0] in self.fixed:
            return f"'{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z'"
        local = dates.naive(value, column.time_zone) if value.tzinfo else value
        assert local is not None, "forms.support has seen to it"
        return f"'{local.isoformat(timespec='milliseconds')}'"

    # --- filters

    def where(self, part: Filter) -> str:
        """A filter; those that go down inexactly as a superset."""
        if isinstance(part, Compare):
            return self._compare(part)
        parts = [self.where(inner) for inner in part.parts]
        return _and(parts) if isinstance(part, AllOf) else _or(parts)

    def _compare(self, compare: Compare) -> str:
        column = self.dataset.columns[compare.column]
        name = field(column.source[0])
        if compare.op is Op.IS_NULL:
            return self._is_null(column) if compare.value else _and(self._solid(column, whole=False))
        if support(column, compare) is not Support.EXACT:
            return self._within(column, compare)
        if compare.op is Op.STARTS_WITH:
            return _and([self._begins(name, str(compare.value)), *self._solid(column)])
        if isinstance(compare.value, tuple):
            return self._member(column, compare.op, [encode(column, value) for value in compare.value])
        value = encode(column, compare.value)
        if compare.op is Op.EQ:
            return self._equal(column, value)
        return _and([self._apart(column, compare.op, value), *self._solid(column)])

    def _day(self, column: Column) -> bool:
        return column.type is ColumnType.DATE and column.stored == "native"

    def _equal(self, column: Column, value: Stored) -> str:
        name = field(column.source[0])
        if self._day(column) and isinstance(value, date) and not self.strict:
            low, high = self._bounds(value)
            return _and([f"{name}>={low}", *([f"{name}<{high}"] if high else [])])
        if isinstance(value, datetime) and value.microsecond % 1000:
            return NEVER
        return f"{name}={self._stored(column, value)}"

    def _bounds(self, day: date) -> tuple[str, str | None]:
        """The first moments of a day and of the next."""
        following = None if day == date.max else f"'{(day + _DAY).isoformat()}T00:00:00.000'"
        return f"'{day.isoformat()}T00:00:00.000'", following

    def _apart(self, column: Column, op: Op, value: Stored) -> str:
        """NE and the ranges."""
        name = field(column.source[0])
        if self._day(column) and isinstance(value, date):
            low, high = self._bounds(value)
            if op is Op.NE:
                return _or([f"{name}<{low}", *([f"{name}>={high}"] if high else [])])
            if op in (Op.LT, Op.GTE):
                return f"{name}{_SIGNS[op]}{low}"
            if high is None:
                return NEVER if op is Op.GT else f"{name} is not null"
            return f"{name}>={high}" if op is Op.GT else f"{name}<{high}"
        if isinstance(value, datetime) and value.microsecond % 1000:
            if op is Op.NE:
                return f"{name} is not null"
            op = Op.GT if op in (Op.GT, Op.GTE) else Op.LTE  # the portal keeps milliseconds
        return f"{name}{_SIGNS[op]}{self._stored(column, value)}"

    def _member(self, column: Column, op: Op, values: Sequence[Stored]) -> str:
        name = field(column.source[0])
        if self._day(column) and not self.strict:
            if op is Op.IN:
                return _or([self._equal(column, value) for value in values])
            apart = [self._apart(column, Op.NE, value) for value in values]
            return _and([*apart, *self._solid(column, there=not values)])
        kept = [value for value in values if not (isinstance(value, datetime) and value.microsecond % 1000)]
        listed = ",".join(self._stored(column, value) for value in kept)
        if op is Op.IN:
            return f"{name} in({listed})" if kept else NEVER
        return _and([*([f"{name} not in({listed})"] if kept else []), *self._solid(column, there=not kept)])

    def _within(self, column: Column, compare: Compare) -> str:
        """The span of texts among which the matches are; checked again by the gateway."""
        name, bounds = field(column.source[0]), span(column, compare)
        tests = [f"{name}>={quoted(bounds.low)}"] if bounds and bounds.low is not None else []
        tests += [f"{name}<{quoted(bounds.high)}"] if bounds and bounds.high is not None else []
        return _and(tests)

    # --- nulls and damage

    def _null_terms(self, column: Column) -> list[str]:
        if cleaned(column):
            return []
        return [self._stored(column, value) for value in nulls(column) if not (self.strict and value == "")]

    def _is_null(self, column: Column) -> str:
        name, terms = field(column.source[0]), self._null_terms(column)
        return _or([f"{name} is null", *([f"{name} in({','.join(terms)})"] if terms else [])])

    def _solid(self, column: Column, *, there: bool = False, whole: bool = True) -> list[str]:
        """That a value is neither null nor, with `whole`, damaged."""
        name, terms = field(column.source[0]), self._null_terms(column)
        tests = (
            [f"{name} not in({','.join(terms)})"] if terms else [f"{name} is not null"] if there or not whole else []
        )
        if whole and column.type in _WHOLE and column.stored == "native" and not self.strict:
            tests.append(f"{name}%1=0")
        return tests

    # --- order

    def _ordered(self, column: Column) -> str:
        """A column as it is ordered: null for whatever means null, or is damaged."""
        name, solid = field(column.source[0]), self._solid(column)
        kept = f"date_trunc_ymd({name})" if self._day(column) and not self.strict else name
        return f"case({_and(solid)},{kept})" if solid else kept

    def order(self, order: Sequence[OrderBy]) -> str:
        """Nulls last in both directions; that is the portal's default for ascending only."""
        columns = [(self._ordered(self.dataset.columns[by.column]), by.descending) for by in order]
        return ",".join(f"{text} desc null last" if descending else text for text, descending in columns)

    def behind(self, after: After, order: Sequence[OrderBy]) -> str:
        """A position, spelled out: greater in the first column, or equal there and greater in the
        second, and so on; null is greatest of all."""
        ways: list[str] = []
        same: list[str] = []
        for by, value in zip(order, after.values, strict=False):
            column = self.dataset.columns[by.column]
            text = self._ordered(column)
            if value is None:
                same.append(f"{text} is null")
                continue
            term = self._stored(column, value)
            sign = "<" if by.descending else ">"
            ways.append(_and([*same, _or([f"{text}{sign}{term}", f"{text} is null"])]))
            same.append(f"{text}={term}")
        return _or([*ways, *([_and(same)] if after.inclusive else [])])


def _listed(keys: Keys) -> str | None:
    """Several texts without quotes in them, in quotes; the common case, and quick."""
    values = sendable(keys.values)
    try:
        joined = "','".join([value for (value,) in values])  # type: ignore[misc]
    except TypeError:
        return None
    plain = len(values) > 1 and joined.count("'") == 2 * (len(values) - 1)
    return f"'{joined}'" if plain else None


def _and(parts: Sequence[str]) -> str:
    """All of them; true of none."""
    return parts[0] if len(parts) == 1 else f"({' and '.join(parts)})" if parts else ALWAYS


def _or(parts: Sequence[str]) -> str:
    """One of them; false of none."""
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})" if parts else NEVER
