"""The rows of an answer: read, checked for columns that are gone, and kept if they were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters import pointers
from adapters.base import Column, Dataset, Scan
from adapters.cells import Getter, Reader, reader
from adapters.errors import Rejected
from adapters.filters import matcher
from adapters.keys import matches
from adapters.rest.layout import Layout
from adapters.rows import RowDecoder


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stays the same for all scans of these columns: those asked, then those that only the keys,
    filters and order need, so that rows which were not asked for can be told, and rows of several
    calls be put in order."""

    dataset: Dataset
    layout: Layout
    columns: tuple[Column, ...]
    read: Reader
    keys: tuple[int, ...]
    filtered: tuple[int, ...]
    decode: RowDecoder
    ordered: tuple[int, ...]


def made_reader(columns: Sequence[Column]) -> Reader:
    """Members and pointers; a column of two sources becomes a pair."""
    wanted: list[tuple[str | Getter, Column | None]] = []
    for column in columns:
        if len(column.source) == 1:
            wanted.append((_source(column.source[0]), column))
        else:
            parts = [_getter(source) for source in column.source]
            wanted.append((lambda row, parts=parts: tuple(part(row) for part in parts), None))  # type: ignore[misc]
    return reader(wanted)


def asked_for(prepared: Prepared, scan: Scan) -> Callable[[list[tuple[object, ...]]], list[tuple[object, ...]]]:
    """Keeps the rows that were asked for, whatever the API makes of its parameters."""
    alone = scan.keys is not None and len(scan.keys.columns) == 1 and not scan.keys.prefix
    single = frozenset([value[0] for value in scan.keys.values]) - {None} if scan.keys and alone else None
    keyed = matches(scan.keys) if scan.keys and single is None else None
    names = [prepared.columns[i].name for i in prepared.filtered]
    holds = matcher(scan.filters, {name: at for at, name in enumerate(names)}) if scan.filters else None

    def kept(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
        if single is not None:
            first = prepared.keys[0]
            rows = [row for row in rows if row[first] in single]
        elif keyed is not None:
            at = prepared.keys
            rows = [row for row in rows if keyed(tuple([row[i] for i in at]))]
        if holds is not None:
            decoded = prepared.decode([tuple([row[i] for i in prepared.filtered]) for row in rows])
            rows = [row for row, cells in zip(rows, decoded, strict=True) if holds(cells)]
        return rows

    return kept


def check_columns(prepared: Prepared, rows: Sequence[tuple[object, ...]], given: Sequence[Any]) -> None:
    """`Rejected` for a column of which no row has a trace: the API has changed, or never had it."""
    if None not in rows[0] and (None, None) not in rows[0]:
        return
    for at, column in enumerate(prepared.columns):
        if any(row[at] is not None and row[at] != (None, None) for row in rows):
            continue
        for source in column.source:
            follow = pointers.compiled(source if source.startswith("/") else f"/{_escaped(source)}")
            if all(follow(row) is pointers.MISSING for row in given):
                message = f'{prepared.dataset.name}: the source has no column for "{column.name}"'
                raise Rejected(message, detail=f"no {source} in {len(given)} rows", column=column.name)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _source(name: str) -> str | Getter:
    return _getter(name) if name.startswith("/") else name


def _getter(name: str) -> Getter:
    follow = pointers.compiled(name) if name.startswith("/") else None

    def get(row: dict[str, Any]) -> object:
        found = row.get(name) if follow is None else follow(row)
        return None if found is pointers.MISSING else found

    return get
