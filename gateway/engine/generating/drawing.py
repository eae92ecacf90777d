"""What generated code calls for a section of all entities at once, where its rows are as they came.

`draw` makes records' part of the response from their cells; what it can't is `Unusual`, and that
entity's section then is `ELSEWHERE`: its page or record goes the usual way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from gateway.engine.generating.guards import Unusual, denies, taking
from gateway.engine.grouping import Grouped, Row
from gateway.engine.pages import Shown
from gateway.engine.reading import target
from gateway.engine.run import Batch, Run
from gateway.engine.values import INTS, Bare, Page
from resolvers.city import Table

ELSEWHERE: Final = object()
"""Stands for what is not made here."""


class Drawn(list[Any]):
    """What is drawn of each entity; `whole` where none is `ELSEWHERE`."""

    __slots__ = ("whole",)

    def __init__(self, drawn: Iterable[Any], *, whole: bool) -> None:
        super().__init__(drawn)
        self.whole = whole


Painter = Callable[[Iterable[Row]], list[dict[str, Any]]]
Get = Callable[[Row], Any]
Draw = Callable[[Iterable[Row], Get], list[dict[str, Any]]]
Swift = Callable[[Iterable[Row], Sequence[int]], list[dict[str, Any]]]


class Drawing(NamedTuple):
    """What draws the records of one type, from these columns of a dataset's rows: `draw` looks at every cell,
    `swift` relies on sound rows."""

    type_name: str
    table: Table
    columns: tuple[str, ...]
    draw: Draw
    swift: Swift

    def of(self, rows: Grouped) -> Painter:
        """What draws these rows. Raises `Unusual`."""
        index = rows.kind.columns
        if rows.sound:
            return partial(_second, self.swift, [index[column] for column in self.columns])
        return partial(_second, self.draw, taking(index, self.columns))


def _second(draw: Callable[[Iterable[Row], Any], list[dict[str, Any]]], how: Any, rows: Iterable[Row]) -> Any:
    return draw(rows, how)


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


def drawn_records(run: Run, shown: Any, drawing: Drawing, *, all_open: bool) -> Drawn:
    """For every entity its record, or None where there is none."""
    rows = _rows(run, shown, drawing, all_open=all_open)
    if rows is None:
        return _nothing(shown)
    draw = drawing.of(rows)
    try:
        if not rows.told:
            first = rows.rows if rows.single else [group[0] if group else None for group in rows.rows]
            return Drawn(_filled(draw, first), whole=True)
    except Unusual:
        pass
    each = (ELSEWHERE if i in rows.told else _record(draw, rows.group(i)) for i in range(len(rows)))
    return Drawn(each, whole=False)


def _nothing(shown: Sequence[Any]) -> Drawn:
    return Drawn([ELSEWHERE] * len(shown), whole=False)


def _filled(draw: Painter, rows: Sequence[Row | None]) -> list[Any]:
    """The records of rows, None where there is none."""
    present = [row for row in rows if row is not None]
    made = draw(present)
    if len(present) == len(rows):
        return made
    each = iter(made)
    return [None if row is None else next(each) for row in rows]


def _record(draw: Painter, group: Sequence[Row]) -> Any:
    try:
        return draw(group[:1])[0] if group else None
    except Unusual:
        return ELSEWHERE


def drawn_lists(run: Run, shown: Any, drawing: Drawing, *, all_open: bool) -> Drawn:
    """For every entity the records of its page."""
    rows = _rows(run, shown, drawing, all_open=all_open)
    if rows is None:
        return _nothing(shown)
    draw = drawing.of(rows)
    try:
        if not rows.told and not rows.single:
            if len(rows) == 1:
                return Drawn([draw(rows.rows[0])], whole=True)
            made = iter(draw(chain.from_iterable(rows.rows)))
            return Drawn([[*islice(made, len(group))] for group in rows.rows], whole=True)
    except Unusual:
        pass
    each = (ELSEWHERE if i in rows.told else _list(draw, rows.group(i)) for i in range(len(rows)))
    return Drawn(each, whole=False)


def _list(draw: Painter, group: Sequence[Row]) -> Any:
    try:
        return draw(group)
    except Unusual:
        return ELSEWHERE


def drawn_totals(shown: Any, drawn: Drawn) -> Sequence[int | None]:
    """For every entity how many records there are; where that is no number to show, nothing is `drawn`."""
    if shown.__class__ is not Shown or shown.column.rows.__class__ is not Grouped:
        return [None] * len(drawn)
    rows: Grouped = shown.column.rows
    totals = rows.totals or [len(rows.group(i)) for i in range(len(rows))]
    for i, total in enumerate(totals):
        if total.__class__ is not int or total not in INTS:
            drawn[i], drawn.whole = ELSEWHERE, False
    return totals


def _rows(run: Run, shown: Any, drawing: Drawing, *, all_open: bool) -> Grouped | None:
    """A section's rows, where they are as they came, of this type, and the caller may see these columns."""
    if shown.__class__ is not Shown or shown.column.rows.__class__ is not Grouped:
        return None
    rows: Grouped = shown.column.rows
    section = rows.kind.section
    if rows.kind.table is not drawing.table or section is None or section.type_name != drawing.type_name:
        return None
    return rows if all_open or not denies(run, drawing.table, drawing.columns) else None
