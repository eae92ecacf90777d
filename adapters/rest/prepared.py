"""What stays the same for all scans of the same columns, found out once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters import pointers
from adapters.base import Column, Dataset, Scan
from adapters.cells import Getter, Reader, reader
from adapters.rest.layout import KeyWay, Layout
from adapters.rest.paging import Turn, first_turn
from adapters.rows import RowDecoder, row_decoder


@dataclass(frozen=True, slots=True)
class Prepared:
    """What scans of these columns have in common: `columns` are those asked, then those that only the keys,
    filters and order need, so that rows which were not asked for can be told, and rows of several
    calls be put in order; `read` reads their stored values. Where among them are the `keys`, what is `filtered`,
    which `decode` decodes, and what is `ordered` by. `fixed` are parameters of every call, `bound` is how many
    rows one may bring, `way` how its keys are asked, and `first` the first page where all rows are."""

    dataset: Dataset
    layout: Layout
    bound: int
    columns: tuple[Column, ...]
    read: Reader
    keys: tuple[int, ...]
    filtered: tuple[int, ...]
    decode: RowDecoder
    ordered: tuple[int, ...]
    fixed: tuple[tuple[str, str], ...]
    way: KeyWay | None
    first: Turn


def prepare(dataset: Dataset, layout: Layout, bound: int, scan: Scan, filtered: Sequence[str]) -> Prepared:
    """For scans that are like this one but for their values. The columns `filtered` are those of its filters."""
    keyed = scan.keys.columns if scan.keys is not None else ()
    order = [by.column for by in scan.order]
    extra = dict.fromkeys((*keyed, *filtered, *order))
    names = scan.columns + tuple(name for name in extra if name not in scan.columns)
    at = {name: i for i, name in enumerate(names)}
    columns = tuple(dataset.columns[name] for name in names)
    ordering = layout.ordering.params(scan.order) if layout.ordering and scan.order else ()
    return Prepared(
        dataset,
        layout,
        bound,
        columns,
        read=_reader(columns),
        keys=tuple(at[name] for name in keyed),
        filtered=tuple(at[name] for name in filtered),
        decode=row_decoder([dataset.columns[name] for name in filtered]),
        ordered=tuple(at[name] for name in order),
        fixed=(*layout.params, *ordering),
        way=layout.way(keyed) if scan.keys is not None else None,
        first=first_turn(layout.paging, bound + 1),
    )


def _reader(columns: Sequence[Column]) -> Reader:
    """Members and pointers; a column of two sources becomes a pair."""
    wanted: list[tuple[str | Getter, Column | None]] = []
    for column in columns:
        if len(column.source) == 1:
            wanted.append((_source(column.source[0]), column))
        else:
            parts = [_getter(source) for source in column.source]
            wanted.append((lambda row, parts=parts: tuple(part(row) for part in parts), None))  # type: ignore[misc]
    return reader(wanted)


def _source(name: str) -> str | Getter:
    return _getter(name) if name.startswith("/") else name


def _getter(name: str) -> Getter:
    follow = pointers.compiled(name) if name.startswith("/") else None

    def get(row: dict[str, Any]) -> object:
        found = row.get(name) if follow is None else follow(row)
        return None if found is pointers.MISSING else found

    return get
