"""The seam between the gateway and any kind of agency system: `Adapter.scan`.

A `Dataset` says how one table or resource of an agency is laid out, a `Scan` what is wanted
of it, an `Answer` what came back. `Capabilities` are declared, never probed; what an adapter
can't do is done around it by `adapters.reading`, which splits a scan before and finishes it after.

Terms. A *stored* value is what the agency keeps (`" 7,738,700 "`); a *decoded* one is ours
(`Decimal(7738700)`). Filters, orders, cursors and finished rows are in decoded terms; keys are
in stored terms, because an identifier is asked for by the spellings an agency uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias, cast

from adapters.frozen import frozen


class ColumnType(StrEnum):
    """What a column holds once decoded; the Python type is given beside each."""

    TEXT = "text"  # str
    INT = "int"  # int
    FLOAT = "float"  # float
    MONEY = "money"  # Decimal, in the city's currency
    BOOL = "bool"  # bool
    DATE = "date"  # date
    DATETIME = "datetime"  # datetime, aware
    YEAR = "year"  # int
    POINT = "point"  # Point, WGS 84
    PHONE = "phone"  # str, digits with an optional leading +


class Point(NamedTuple):
    """A place in WGS 84 degrees."""

    lat: float
    lon: float


class Damaged(NamedTuple):
    """Stands in a decoded row where the stored value does not fit its declared type."""

    column: str


Scalar: TypeAlias = str | int | float | Decimal | bool | date | datetime | Point | None
Cell: TypeAlias = Scalar | Damaged
Row: TypeAlias = tuple[Cell, ...]
Stored: TypeAlias = object
"""Whatever a driver returns for a column, or sends for a key."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ours (`name`) and where it comes from (`source`: one column, or lat and lon).

    `stored` is "native" where the system keeps the declared type itself and "text" where it
    keeps text that `format`, `true`, `false` and `null` explain. Empty text is always null.
    `clean` names steps applied to text before anything else, in order.
    """

    name: str
    source: tuple[str, ...]
    type: ColumnType = ColumnType.TEXT
    stored: str = "native"
    format: str | None = None
    null: frozenset[str] = frozenset()
    clean: tuple[str, ...] = ()
    true: frozenset[str] = frozenset({"true", "t", "yes", "y", "1"})
    false: frozenset[str] = frozenset({"false", "f", "no", "n", "0"})
    time_zone: str = "UTC"
    description: str = ""
    codes: str | None = None
    unit: str | None = None
    personal: str | None = None
    access: str | None = None

    @property
    def public(self) -> bool:
        """Whether anyone may see it."""
        return self.personal is None and self.access is None


class Op(StrEnum):
    """Comparison operators. A null satisfies none of them but `IS_NULL` with value True."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    STARTS_WITH = "starts_with"
    IS_NULL = "is_null"


@dataclass(frozen=True, slots=True)
class Compare:
    """`column op value`; `IN`/`NOT_IN` take a tuple, `IS_NULL` a bool, others one decoded value.

    Text compares by Unicode code point.
    """

    column: str
    op: Op
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where one of its parts is; false when empty."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where all of its parts are; true when empty."""

    parts: "tuple[Filter, ...]"


Filter: TypeAlias = Compare | AnyOf | AllOf


@frozen
class OrderBy:
    """Order by one column; nulls always last, text by code point."""

    column: str
    descending: bool = False


@frozen
class Keys:
    """Rows whose `columns` equal one of `values`, in stored terms and without duplicates.

    With `prefix` the last column need only start with the last text of the value.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[Stored, ...], ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """Start behind this position: decoded values for the first columns of the scan's order.

    With `inclusive` rows equal to it on those columns are part of the answer.
    """

    values: tuple[Scalar, ...]
    inclusive: bool = False


@frozen
class Scan:
    """What is wanted of a dataset. Filters are ANDed; `limit` bounds the whole answer,
    `per_key` the rows of each stored key value. `count` asks for the number of rows by stored
    key value (by `()` where there are no keys), before `after`, `limit` and `per_key`."""

    columns: tuple[str, ...]
    keys: Keys | None = None
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderBy, ...] = ()
    limit: int | None = None
    per_key: int | None = None
    after: After | None = None
    count: bool = False


class Support(StrEnum):
    """How far a system goes: EXACT, INEXACT (a superset; checked again here), NONE."""

    EXACT = "exact"
    INEXACT = "inexact"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of system can do; a dataset may narrow it (`Narrowing`), never widen.

    `filters` gives the support by type and operator, NONE where it is silent. `any_of` is
    whether disjunctions of supported filters can be sent. `key_columns` is the largest
    number of columns in a key; `prefix_keys` whether `Keys.prefix` is understood.

    Where a system can do more with some columns of a dataset than with others, `columns` says
    by which it filters, `ordered` by which it orders, and `keyed` by which columns together it
    is asked by key; None is by all.
    """

    filters: Mapping[ColumnType, Mapping[Op, Support]] = field(default_factory=lambda: MappingProxyType({}))
    any_of: bool = False
    key_columns: int = 1
    prefix_keys: bool = False
    order: frozenset[ColumnType] = frozenset()
    limit: bool = False
    per_key: bool = False
    after: bool = False
    count: bool = False
    requires_key: bool = False
    keys_per_call: int = 500
    rows_per_call: int = 50_000
    columns: Mapping[str, Mapping[Op, Support]] | None = None
    ordered: frozenset[str] | None = None
    keyed: frozenset[tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table or resource of an agency, as the adapter needs to know it.

    `id` names the columns that identify a row; empty where the agency has none.
    """

    name: str
    source: str
    path: str
    columns: Mapping[str, Column]
    id: tuple[str, ...] = ()
    requires_key: bool = False
    unfilterable: frozenset[str] = frozenset()
    rows_per_call: int | None = None
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@frozen
class Answer:
    """What came back. From `Adapter.scan` the rows are in stored terms (a tuple of stored
    values for a column of several sources); from `adapters.reading.read` they are decoded.

    `complete` is False where a bound cut the answer; `incomplete` then names the stored keys
    concerned, or is empty where that is not known. `as_of` is the source's own word on how
    fresh its data is. `refused` counts rows of the dataset that the source holds but that could
    not be read at all, wherever they belong. Decoded rows are `sound` where every cell is known to be
    of its column's type, or null.
    """

    rows: Sequence[tuple[object, ...]]
    counts: Mapping[tuple[Stored, ...], int] | None = None
    complete: bool = True
    incomplete: frozenset[tuple[Stored, ...]] = frozenset()
    as_of: datetime | None = None
    calls: int = 1
    refused: int = 0
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One database or API of an agency, as configured. `url` may hold a secret: never shown."""

    name: str
    kind: str
    url: str = field(repr=False)
    timeout: float = 5.0
    concurrency: int = 8
    keys_per_call: int = 500
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class ColumnShape(NamedTuple):
    """What a source itself says of one of its columns, for `check --live`."""

    name: str
    types: frozenset[ColumnType]  # the declared types that this storage can hold natively
    text: bool  # whether it stores text
    written: str  # the source's own word for the type


class Shape(NamedTuple):
    """What a source itself says of a dataset: columns, and column tuples that an index leads (None
    where it does not speak of indexes)."""

    columns: tuple[ColumnShape, ...]
    indexes: tuple[tuple[str, ...], ...] | None
    unique: tuple[tuple[str, ...], ...]


class Adapter(Protocol):
    """One verb and its housekeeping. No I/O in the constructor; connections open on first use
    and again after a failure. All methods raise `SourceError` only (and `Refused` for scans
    outside `capabilities`)."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of system can do."""
        ...

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms, in the order of the columns asked."""
        ...

    async def describe(self, dataset: Dataset) -> Shape | None:
        """The source's own word on the dataset, None where it has none."""
        ...

    async def ping(self) -> None:
        """Return if the source answers."""
        ...

    async def aclose(self) -> None:
        """Close all connections. The adapter may be used again."""
        ...


class Narrowing(Protocol):
    """What an adapter has besides whose datasets differ in what can be asked of them."""

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """What can be asked of this dataset: at most what the adapter's `capabilities` declare."""
        ...


class Immediate(Protocol):
    """What an adapter has besides that may answer within the call, so that nothing is won by asking later."""

    @property
    def immediate(self) -> bool:
        """Whether it mostly does. Until it waits for the first time it opens no `asyncio.timeout` and no
        `TaskGroup`: it runs within the task of whoever asks."""
        ...


def is_immediate(adapter: Adapter) -> bool:
    """Whether an adapter mostly answers without waiting."""
    immediate: Immediate | None = cast(Immediate, adapter) if hasattr(adapter, "immediate") else None
    return immediate is not None and immediate.immediate


def capabilities_of(adapter: Adapter, dataset: Dataset) -> Capabilities:
    """What an adapter can be asked of a dataset."""
    narrowing: Narrowing | None = cast(Narrowing, adapter) if hasattr(adapter, "capabilities_for") else None
    return adapter.capabilities if narrowing is None else narrowing.capabilities_for(dataset)
