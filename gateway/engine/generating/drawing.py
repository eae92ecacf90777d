"""What generated code calls for a section of all entities at once, where its rows are as they came.

`draw` makes records' part of the response from their cells; what it can't is `Unusual`, and that
entity's section then is `ELSEWHERE`: its page or record goes the usual way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from gateway.engine.generating.guards import Unusual, denies, taking
from gateway.engine.grouping import Grouped, Row
from gateway.engine.pages import Shown
from gateway.engine.reading import target
from gateway.engine.run import Batch, Run
from gateway.engine.values import INTS, Bare, Page
from resolvers.city import Table

ELSEWHERE: Final = object()
"""Stands for what is not made here."""

Get = Callable[[Row], Any]
Draw = Callable[[Iterable[Row], Get], list[dict[str, Any]]]


def left(outputs: Mapping[Any, Any], number: int, frame: Batch) -> Sequence[Any]:
    """What the run left for a field of every entity of a frame."""
    found = outputs.get((number, id(frame)))
    return [None] * len(frame.entities) if found is None else found


def places(frame: Batch, page: Page) -> Sequence[int]:
    """Where the entities of a page's edges are in the frame that has them."""
    edges = page.edges
    if not isinstance(edges, Bare):
        return [frame.index[target(edge)] for edge in edges]
    if edges and frame.entities == edges.targets:
        return range(len(edges))
    return [frame.index[each] for each in edges.targets]


def drawn_records(
    run: Run, shown: Any, type_name: str, table: Table, columns: tuple[str, ...], draw: Draw, *, all_open: bool
) -> Sequence[Any]:
    """For every entity its record, or None where there is none."""
    rows = _rows(run, shown, type_name, table, columns, all_open=all_open)
    if rows is None:
        return [ELSEWHERE] * len(shown)
    get = taking(rows.kind.columns, columns)
    try:
        if not rows.told:
            return _filled(
                draw, get, rows.rows if rows.single else [group[0] if group else None for group in rows.rows]
            )
    except Unusual:
        pass
    return [ELSEWHERE if i in rows.told else _record(draw, get, rows.group(i)) for i in range(len(rows))]


def _filled(draw: Draw, get: Get, rows: Sequence[Row | None]) -> list[Any]:
    """The records of rows, None where there is none."""
    present = [row for row in rows if row is not None]
    made = draw(present, get)
    if len(present) == len(rows):
        return made
    each = iter(made)
    return [None if row is None else next(each) for row in rows]


def _record(draw: Draw, get: Get, group: Sequence[Row]) -> Any:
    try:
        return draw(group[:1], get)[0] if group else None
    except Unusual:
        return ELSEWHERE


def drawn_lists(
    run: Run, shown: Any, type_name: str, table: Table, columns: tuple[str, ...], draw: Draw, *, all_open: bool
) -> list[Any]:
    """For every entity the records of its page."""
    rows = _rows(run, shown, type_name, table, columns, all_open=all_open)
    if rows is None:
        return [ELSEWHERE] * len(shown)
    get = taking(rows.kind.columns, columns)
    try:
        if not rows.told and not rows.single:
            if len(rows) == 1:
                return [draw(rows.rows[0], get)]
            made = iter(draw(chain.from_iterable(rows.rows), get))
            return [[*islice(made, len(group))] for group in rows.rows]
    except Unusual:
        pass
    return [ELSEWHERE if i in rows.told else _list(draw, get, rows.group(i)) for i in range(len(rows))]


def _list(draw: Draw, get: Get, group: Sequence[Row]) -> Any:
    try:
        return draw(group, get)
    except Unusual:
        return ELSEWHERE


def drawn_totals(shown: Any, drawn: list[Any]) -> Sequence[int | None]:
    """For every entity how many records there are; where that is no number to show, nothing is `drawn`."""
    if shown.__class__ is not Shown or shown.column.rows.__class__ is not Grouped:
        return [None] * len(drawn)
    rows: Grouped = shown.column.rows
    totals = rows.totals or [len(rows.group(i)) for i in range(len(rows))]
    for i, total in enumerate(totals):
        if total.__class__ is not int or total not in INTS:
            drawn[i] = ELSEWHERE
    return totals


def _rows(
    run: Run, shown: Any, type_name: str, table: Table, columns: tuple[str, ...], *, all_open: bool
) -> Grouped | None:
    """A section's rows, where they are as they came, of this type, and the caller may see these columns."""
    if shown.__class__ is not Shown or shown.column.rows.__class__ is not Grouped:
        return None
    rows: Grouped = shown.column.rows
    section = rows.kind.section
    if rows.kind.table is not table or section is None or section.type_name != type_name:
        return None
    return rows if all_open or not denies(run, table, columns) else None
