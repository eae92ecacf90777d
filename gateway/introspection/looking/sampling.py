"""A sample of one table or resource through its adapter, as `SeenTable`."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from adapters.base import Adapter, Column, ColumnShape, ColumnType, Dataset, Scan, Shape
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.seen import SeenColumn, SeenTable

_PLAIN = (str, int, float, Decimal, bool, date)
_MOST_COLUMNS = 400


async def sampled(
    adapter: Adapter,
    source: str,
    path: str,
    bounds: Bounds,
    *,
    options: Mapping[str, object] | None = None,
    descriptions: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    among: int = 0,
) -> SeenTable:
    """The columns as the source describes them, and its first rows, or as many spread evenly over the
    first `among`. `SourceError` where it can't."""
    bare = Dataset(path, source, path, {}, options=options or {})
    shape = await adapter.describe(bare)
    if shape is None or not shape.columns:
        raise Unseen(f"{path}: the source does not tell its columns; is it empty?")
    columns = [each for each in shape.columns if not each.name.startswith(":")][:_MOST_COLUMNS]
    rows, bad, whole = await _rows(adapter, bare, columns, bounds.rows, among)
    told = descriptions or {}
    found = [_column(each, at, rows, told, labels or {}) for at, each in enumerate(columns)]
    return SeenTable(
        path=path,
        columns=tuple(each for each in found if not _given_apart(each, found)),
        rows=len(rows),
        whole=whole,
        bad=bad,
        unique=_usable(shape),
    )


async def _rows(
    adapter: Adapter, bare: Dataset, columns: Sequence[ColumnShape], wanted: int, among: int
) -> tuple[Sequence[tuple[object, ...]], int, bool]:
    """Stored values, how many rows could not be read, and whether these are all."""
    named = {f"c{i}": _probe(f"c{i}", each) for i, each in enumerate(columns)}
    dataset = Dataset(bare.name, bare.source, bare.path, named, options=bare.options)
    most = min(max(wanted, among), adapter.capabilities.rows_per_call)
    answer = await adapter.scan(dataset, Scan(tuple(named), limit=most))
    rows = answer.rows
    if len(rows) > wanted:
        rows = [rows[i * len(rows) // wanted] for i in range(wanted)]
    return rows, answer.refused, answer.complete and len(rows) == len(answer.rows) < most


_PROBES = (ColumnType.MONEY, ColumnType.INT, ColumnType.BOOL, ColumnType.DATE, ColumnType.DATETIME, ColumnType.POINT)


def _probe(name: str, shape: ColumnShape) -> Column:
    """The column as it is asked for: by the type that gives the most of what is stored."""
    kind = next((kind for kind in _PROBES if kind in shape.types), None)
    if shape.text or kind is None:
        return Column(name, (shape.name,), stored="text")
    return Column(name, (shape.name,), kind, format="wkt" if kind is ColumnType.POINT else None)


def _column(
    shape: ColumnShape,
    at: int,
    rows: Sequence[tuple[object, ...]],
    told: Mapping[str, str],
    labels: Mapping[str, str],
) -> SeenColumn:
    values = tuple(stored_value(row[at]) for row in rows)
    about = (shape.written, told.get(shape.name, ""), labels.get(shape.name, ""))
    return SeenColumn(shape.name, values, shape.types, shape.text, *about)


def stored_value(value: object) -> object:
    """Values that adapters read stay; structures are shown as JSON, bytes as nothing."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, default=str)
    return None if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _given_apart(column: SeenColumn, columns: Sequence[SeenColumn]) -> bool:
    """Whether a structure's members are columns of their own."""
    return any(other.name.startswith(f"/{column.name}/") for other in columns)


def _usable(shape: Shape) -> tuple[tuple[str, ...], ...]:
    return tuple(names for names in shape.unique if names)
