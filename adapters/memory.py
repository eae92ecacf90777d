"""Rows held in memory, in stored terms: the oracle of the contract suite, and an adapter of its own.

For tests, demonstrations and small lists that someone keeps by hand. A dataset's `path` names its
rows. In a catalogue:

    [source.lists]
    adapter = "memory"
    url = "memory:"
    [source.lists.options.rows]
    wards = [{ code = "1", name = "Harbour" }, { code = "2", name = "Hill" }]

Everything a scan can say is understood, unless `capabilities` are given narrower; then what they
don't declare is refused, and a filter declared INEXACT lets every row through, the hardest case.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from adapters.base import (
    AllOf,
    Answer,
    AnyOf,
    Capabilities,
    Column,
    ColumnShape,
    ColumnType,
    Compare,
    Dataset,
    Filter,
    Scan,
    Shape,
    Source,
    Stored,
    Support,
)
from adapters.columns import decoder
from adapters.errors import Rejected, SourceError
from adapters.filters import OPERATORS, Cells, behind, matcher, ordered
from adapters.keys import matches
from adapters.pushdown import admit, comparable
from adapters.scans import columns_of

FULL = Capabilities(
    filters=MappingProxyType(
        {kind: MappingProxyType(dict.fromkeys(operators, Support.EXACT)) for kind, operators in OPERATORS.items()}
    ),
    any_of=True,
    key_columns=16,
    prefix_keys=True,
    order=frozenset(ColumnType) - {ColumnType.POINT},
    limit=True,
    per_key=True,
    after=True,
    count=True,
)
"""Everything that a scan can say."""

Table = Sequence[Mapping[str, Stored]]


class MemoryAdapter:
    """An `Adapter` over `rows`: by path, a list of rows, each by the agency's column names.

    `failure` is raised by every call while it is set; `delay` (seconds) comes before each answer.
    """

    def __init__(self, rows: Mapping[str, Table], *, capabilities: Capabilities = FULL, delay: float = 0.0) -> None:
        self.rows = dict(rows)
        self.delay = delay
        self.failure: SourceError | None = None
        self._capabilities = capabilities

    @property
    def capabilities(self) -> Capabilities:
        """What it was told to declare; everything by default."""
        return self._capabilities

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities, `Rejected` for unknown paths
        and columns, and whatever `failure` is."""
        admit(dataset, scan, self._capabilities)
        await self._answer()
        return _scan(dataset, scan, self._table(dataset), self._capabilities)

    def _table(self, dataset: Dataset) -> Table:
        if dataset.path not in self.rows:
            raise Rejected(f"{dataset.name}: the source has no such dataset", detail=f"no rows at {dataset.path!r}")
        return self.rows[dataset.path]

    async def _answer(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.failure is not None:
            raise self.failure

    async def describe(self, dataset: Dataset) -> Shape | None:
        """The columns that the rows have, with the types that all their values fit."""
        await self._answer()
        table = self._table(dataset)
        names = dict.fromkeys(name for row in table for name in row)
        return Shape(tuple(_shape(name, [row.get(name) for row in table]) for name in names), (), ())

    async def ping(self) -> None:
        """Return, or raise what it was told to."""
        await self._answer()

    async def aclose(self) -> None:
        """Nothing is open."""


def create(source: Source) -> MemoryAdapter:
    """An adapter over `options.rows`: by path, a list of rows."""
    rows = source.options.get("rows", {})
    if not isinstance(rows, Mapping):
        raise ValueError(f"source {source.name}: options.rows maps each path to a list of rows")
    return MemoryAdapter(rows)


def _scan(dataset: Dataset, scan: Scan, table: Table, capabilities: Capabilities) -> Answer:
    """Rows carry their stored values as last cell until the end."""
    names = tuple(dict.fromkeys(columns_of(scan)))
    columns = [dataset.columns[name] for name in names]
    _refuse_missing(dataset, columns, table)
    index = {name: at for at, name in enumerate(names)}
    rows = [_loaded(row, columns) for row in table]
    key_at = [index[name] for name in scan.keys.columns] if scan.keys else []
    if scan.keys:
        wanted = matches(scan.keys)
        rows = [row for row in rows if wanted(_key(row, key_at))]
    test = matcher([_loosened(dataset, part, capabilities) for part in scan.filters], index)
    rows = [row for row in rows if test(row)]
    found = Counter(_key(row, key_at) for row in rows)
    counts = {key: found[key] for key in (scan.keys.values if scan.keys else ((),))} if scan.count else None
    rows = _page(scan, rows, index, key_at)
    bound = min(capabilities.rows_per_call, dataset.rows_per_call or capabilities.rows_per_call)
    at = [index[name] for name in scan.columns]
    cut = [tuple(_stored(row)[i] for i in at) for row in rows[:bound]]
    return Answer(rows=cut, counts=counts, complete=len(rows) <= bound)


def _refuse_missing(dataset: Dataset, columns: Sequence[Column], table: Table) -> None:
    if not table:
        return
    known = {name for row in table for name in row}
    for column in columns:
        if not known.issuperset(column.source):
            raise Rejected(
                f'{dataset.name}: the source has no column for "{column.name}"',
                detail=f"no {', '.join(column.source)} among {sorted(known)}",
                column=column.name,
            )


def _loaded(row: Mapping[str, Stored], columns: Sequence[Column]) -> Cells:
    stored = tuple(
        tuple(row.get(name) for name in column.source) if len(column.source) > 1 else row.get(column.source[0])
        for column in columns
    )
    cells = tuple(decoder(column)(value) for column, value in zip(columns, stored, strict=True))
    return (*cells, stored)


def _stored(row: Cells) -> tuple[Stored, ...]:
    stored: tuple[Stored, ...] = row[-1]
    return stored


def _key(row: Cells, at: Sequence[int]) -> tuple[Stored, ...]:
    stored = _stored(row)
    return tuple(stored[i] for i in at)


def _loosened(dataset: Dataset, part: Filter, capabilities: Capabilities) -> Filter:
    """What an inexact comparison may let through at worst: everything."""
    if isinstance(part, Compare):
        exact = comparable(dataset, part, capabilities) is Support.EXACT
        return part if exact else AllOf(())
    parts = tuple(_loosened(dataset, inner, capabilities) for inner in part.parts)
    return AnyOf(parts) if isinstance(part, AnyOf) else AllOf(parts)


def _page(scan: Scan, rows: list[Cells], index: Mapping[str, int], key_at: Sequence[int]) -> list[Cells]:
    rows = ordered(rows, scan.order, index)
    if scan.after:
        rows = list(filter(behind(scan.after, scan.order, index), rows))
    if scan.per_key is not None:
        seen: Counter[tuple[Stored, ...]] = Counter()
        kept = []
        for row in rows:
            seen[_key(row, key_at)] += 1
            if seen[_key(row, key_at)] <= scan.per_key:
                kept.append(row)
        rows = kept
    return rows if scan.limit is None else rows[: scan.limit]


_FITTING: Mapping[type, frozenset[ColumnType]] = {
    str: frozenset({ColumnType.TEXT, ColumnType.PHONE}),
    bool: frozenset({ColumnType.BOOL}),
    int: frozenset({ColumnType.INT, ColumnType.YEAR, ColumnType.FLOAT, ColumnType.MONEY}),
    float: frozenset({ColumnType.FLOAT, ColumnType.MONEY}),
    Decimal: frozenset({ColumnType.FLOAT, ColumnType.MONEY}),
    datetime: frozenset({ColumnType.DATETIME}),
    date: frozenset({ColumnType.DATE}),
}


def _shape(name: str, values: Sequence[Stored]) -> ColumnShape:
    kinds = {type(value) for value in values if value is not None}
    types = frozenset(ColumnType).intersection(*(_FITTING.get(kind, frozenset()) for kind in kinds))
    return ColumnShape(name, types, str in kinds, " or ".join(sorted(kind.__name__ for kind in kinds)) or "nothing")
