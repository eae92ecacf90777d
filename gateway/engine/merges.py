"""Merged kinds and the timeline: several datasets' records in one order.

The order is by moment, then by record type, then by the record's key; a day counts as its local
midnight. Each dataset is asked for its own next records only, so a page costs every dataset at
most a page.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from adapters.base import After, AnyOf, ColumnType, Compare, Filter, Op, Scalar
from gateway.engine.ordering import behind, moment, plain
from gateway.engine.pages import Wish
from gateway.engine.plan import RecordPlan
from gateway.engine.run import Run
from gateway.engine.values import Edge, Page, PartState, RecordValue, Rows
from resolvers.provenance import State


def between(run: Run, record: RecordPlan, wish: Wish) -> Iterable[Filter]:
    """`since`, `until` and `changedSince` over this dataset's own columns."""
    nothing = AnyOf(())
    if (wish.since or wish.until) and not record.date:
        yield nothing
    if record.date:
        moments = record.table.dataset.columns[record.date].type is ColumnType.DATETIME
        zone = run.world.zone
        if wish.since:
            yield Compare(record.date, Op.GTE, moment(wish.since, zone) if moments else wish.since)
        if wish.until:
            last = datetime.max.time()
            until = datetime.combine(wish.until, last, zone) if moments else wish.until
            yield Compare(record.date, Op.LTE, until)
    if wish.changed_since:
        column = str(record.table.modified)
        yield Compare(column, Op.GTE, _like(record, column, wish.changed_since))


def _like(record: RecordPlan, column: str, value: datetime) -> Scalar:
    return value.date() if record.table.dataset.columns[column].type is ColumnType.DATE else value


def mark_of(run: Run, record: RecordPlan, wish: Wish) -> After | None:
    """Where this dataset's part of a merge continues behind the merge's cursor.

    The merge stands at (moment, type, key); a part whose type comes earlier has given all its
    records of that very moment, a later one none yet.
    """
    if wish.after is None:
        return None
    at, type_name, *key = wish.after
    mine = record.section.type_name
    same = mine == type_name
    if record.date is None:
        return After(tuple(key)) if at is None and same else None
    column_type = record.table.dataset.columns[record.date].type
    value: Any = at
    exact = True
    if isinstance(at, datetime) and column_type is ColumnType.DATE:
        local = at.astimezone(run.world.zone)
        exact = local == moment(local.date(), run.world.zone)
        value = local.date()
    if not exact:
        return After((value,), inclusive=wish.descending)
    if same:
        return After((value, *key))
    return After((value,), inclusive=mine > str(type_name))


def merge(run: Run, wish: Wish, records: Sequence[RecordPlan], rows: Sequence[Rows], parts: list[PartState]) -> Page:
    """The parts in one order: by date, then by type, then by key."""
    descending = [wish.descending]
    edges = [
        Edge(record, place)
        for plan, part in zip(records, rows, strict=True)
        for record in part.records
        for place in [merged_position(run, plan, record)]
        if wish.after is None or behind(place, wish.after, descending)
    ]
    edges.sort(key=lambda edge: (edge.position[1], _key_rank(edge.position[2:])))
    edges.sort(key=lambda edge: _date_rank(edge.position[0], wish), reverse=wish.descending)
    answered = [part for part in rows if part.shown]
    whole = all(part.state is State.OK and part.total is not None for part in rows)
    return Page(
        edges[: wish.first],
        parts,
        wish.spec,
        has_next=(wish.first is not None and len(edges) > wish.first) or any(part.more for part in rows),
        has_previous=wish.after is not None,
        total=sum(part.total or 0 for part in rows) if whole else None,
        shown=bool(answered) or not rows,
        failure=next((part.failure for part in rows if part.failure), None) if not answered else None,
    )


def _date_rank(value: Any, wish: Wish) -> tuple[bool, Any]:
    return (value is None) != wish.descending, 0 if value is None else value.timestamp()


def _key_rank(key: Sequence[Any]) -> tuple[Any, ...]:
    return tuple((value is None, 0 if value is None else value) for value in key)


def merged_position(run: Run, plan: RecordPlan, record: RecordValue) -> tuple[Any, ...]:
    """A record's place in a merge: moment, type, key."""
    value = plain(record.cell(plan.date)) if plan.date and plan.date in record.columns else None
    return (moment(value, run.world.zone), plan.section.type_name, *record.key)
