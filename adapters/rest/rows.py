"""The rows of an answer: read, checked for columns that are gone, and kept if they were asked for."""

from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from adapters import pointers
from adapters.base import Scan
from adapters.cells import Rows
from adapters.errors import Malformed, Rejected
from adapters.filters import Test, matcher
from adapters.keys import matches
from adapters.rest.prepared import Prepared

_TEXTS = {str, type(None)}


def read_rows(prepared: Prepared, given: list[Any]) -> Rows:
    """The stored values of rows as the API gives them. `Malformed` for what is no row, `Rejected` for a column
    of which no row has a trace: the API has changed, or never had it."""
    try:
        rows = prepared.read(given)
    except AttributeError:
        raise Malformed(f"{prepared.dataset.name}: the source's answer holds something else than rows") from None
    if rows and not prepared.layout.sparse:
        _check_columns(prepared, rows, given)
    return rows


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


def _check_columns(prepared: Prepared, rows: Rows, given: Sequence[Any]) -> None:
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
