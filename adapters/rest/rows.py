"""The rows of an answer: read, checked for columns that are gone, and kept if they were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from adapters import pointers
from adapters.base import Column, Dataset, Scan
from adapters.cells import Getter, Reader, Rows, reader
from adapters.errors import Rejected
from adapters.filters import Test, matcher
from adapters.keys import matches
from adapters.rest.layout import KeyWay, Layout
from adapters.rest.paging import Turn
from adapters.rows import RowDecoder


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stays the same for all scans of these columns: those asked, then those that only the keys,
    filters and order need, so that rows which were not asked for can be told, and rows of several
    calls be put in order. `fixed` are parameters of every call, `bound` is how many rows one may bring, `way`
    how its keys are asked, and `first` the first page where all rows are."""

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


def asked_for(prepared: Prepared, scan: Scan) -> Callable[[Rows], Rows]:
    """Keeps the rows that were asked for, whatever the API makes of its parameters."""
    alone = scan.keys is not None and len(scan.keys.columns) == 1 and not scan.keys.prefix
    single = frozenset(chain.from_iterable(scan.keys.values)) if scan.keys and alone else None
    if single is not None and None in single:
        single -= {None}
    keyed = matches(scan.keys) if scan.keys and single is None else None
    names = [prepared.columns[i].name for i in prepared.filtered]
    holds = matcher(scan.filters, {name: at for at, name in enumerate(names)}) if scan.filters else None

    def kept(rows: Rows) -> Rows:
        if single is not None:
            first = itemgetter(prepared.keys[0])
            if not single.issuperset(map(first, rows)):
                rows = [row for row in rows if first(row) in single]
        elif keyed is not None:
            at = prepared.keys
            rows = [row for row in rows if keyed(tuple([row[i] for i in at]))]
        return _meeting(prepared, holds, rows) if holds is not None else rows

    return kept


def _meeting(prepared: Prepared, holds: Test, rows: Rows) -> Rows:
    """The rows that meet filters. One look is enough for all that have the same text where one column is
    filtered: most often that which was asked for."""
    at = prepared.filtered
    if len(at) == 1 and rows:
        stored = [*map(itemgetter(at[0]), rows)]
        if {*map(type, stored)} <= _TEXTS and len(texts := [*{*stored}]) * 2 <= len(rows):
            decoded = prepared.decode([(text,) for text in texts])
            meets = {text: holds(cells) for text, cells in zip(texts, decoded, strict=True)}
            if all(meets.values()):
                return rows
            return [row for row, text in zip(rows, stored, strict=True) if meets[text]]
    decoded = prepared.decode([tuple([row[i] for i in at]) for row in rows])
    return [row for row, cells in zip(rows, decoded, strict=True) if holds(cells)]


_TEXTS = {str, type(None)}


def check_columns(prepared: Prepared, rows: Sequence[tuple[object, ...]], given: Sequence[Any]) -> None:
    """`Rejected` for a column of which no row has a trace: the API has changed, or never had it."""
    if None not in rows[0] and (None, None) not in rows[0]:
        return
    for at, column in enumerate(prepared.columns):
        if not _bare(rows[0][at]) or not all(_bare(row[at]) for row in rows):
            continue
        for source in column.source:
            follow = pointers.compiled(source if source.startswith("/") else f"/{_escaped(source)}")
            if all(follow(row) is pointers.MISSING for row in given):
                message = f'{prepared.dataset.name}: the source has no column for "{column.name}"'
                raise Rejected(message, detail=f"no {source} in {len(given)} rows", column=column.name)


def _bare(cell: object) -> bool:
    return cell is None or cell == (None, None)


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
