"""Sections and merged kinds: asked for all entities of a frame, left as a page for each."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from gateway.engine.arguments import Refusal
from gateway.engine.asks import ready
from gateway.engine.base_rows import carries
from gateway.engine.fetching import fetch
from gateway.engine.grouping import Grouped
from gateway.engine.inside import fill_inside
from gateway.engine.merges import merge
from gateway.engine.pages import Shown, Wish, records_of, refused
from gateway.engine.plan import RecordPlan, SectionPlan
from gateway.engine.planning import modified_column
from gateway.engine.run import Batch, Run
from gateway.engine.suppressing import suppress
from gateway.engine.values import Failure, Page, PartColumn, Rows
from gateway.engine.waiting import together
from gateway.engine.wants import Want
from resolvers.meaning import NodeRoot
from resolvers.provenance import State


async def fill_section(frame: Batch, plan: SectionPlan) -> None:
    """Fetch a section or a merged field for all entities and leave a page (or record) for each."""
    run, selected = frame.run, plan.selected
    try:
        asked = ready(run, plan)
    except (Refusal, GraphQLError) as error:
        run.outputs[selected.number, id(frame)] = [refused(error)] * len(frame.entities)
        return
    wish, records = asked.wish, asked.records
    if len(records) == 1:
        found = [await _rows(frame, records[0], asked.wants[0], wish)]
    else:
        pairs = zip(records, asked.wants, strict=True)
        found = await together([_rows(frame, record, want, wish) for record, want in pairs])
    frame.searched |= asked.whole
    columns = [PartColumn(selected.name, r.table, rows) for r, rows in zip(records, found, strict=True)]
    frame.columns += columns
    outputs = run.outputs[selected.number, id(frame)] = _outputs(frame, plan, wish, records, columns)
    if plan.inside:
        await fill_inside(frame, plan.inside, [record for output in outputs for record in records_of(output)])


def _outputs(
    frame: Batch, plan: SectionPlan, wish: Wish, records: Sequence[RecordPlan], columns: Sequence[PartColumn]
) -> Sequence[Any]:
    """For every entity a page, a record or a list."""
    if plan.merged:
        return [_merged(frame.run, plan, wish, records, columns, i) for i in range(len(frame.entities))]
    (column,) = columns
    if isinstance(plan.selected.meaning, NodeRoot):
        return [rows.records for rows in column.rows]
    section = Shown(column, wish if plan.records[0].section.many else None, plan.wish)
    return section if isinstance(column.rows, Grouped) and not plan.inside else list(section)


def _merged(
    run: Run, plan: SectionPlan, wish: Wish, records: Sequence[RecordPlan], columns: Sequence[PartColumn], i: int
) -> Page:
    parts = [column.part(i) for column in columns] if plan.wish.told else []
    return merge(run, wish, records, [column.rows[i] for column in columns], parts)


async def _rows(frame: Batch, record: RecordPlan, want: Want, wish: Wish) -> Sequence[Rows]:
    if wish.changed_since is not None and modified_column(record.table) is None:
        return [_unchanged(frame.run, record) for _ in frame.entities]
    denied = _undated(frame.run, record, wish)
    if denied is not None:
        return [Rows([], State.DENIED, denied) for _ in frame.entities]
    if record.section.many or record.section.where is not None:
        rows = await fetch(frame, want)
        return rows if want.table.protect is None else await suppress(frame, want, rows)
    if carries(frame, record):
        return await frame.carried(record)
    return await fetch(frame, want)


def _undated(run: Run, record: RecordPlan, wish: Wish) -> Failure | None:
    """Why the caller may not ask for records by their day, or by when they changed."""
    if not (wish.since or wish.until or wish.changed_since):
        return None
    asked = [str(record.table.modified)] if wish.changed_since is not None else []
    asked += [record.section.roles["date"]] if (wish.since or wish.until) and "date" in record.section.roles else []
    return next((failure for column in asked if (failure := run.denied_column(record.table, column))), None)


def _unchanged(run: Run, record: RecordPlan) -> Rows:
    """What a dataset that does not say when its rows change answers to `changedSince`."""
    name = record.table.name
    failure = Failure(
        "NO_CHANGE_TIME", f"{name} does not say when its records change.", run.world.agency(record.table), name
    )
    return Rows([], State.NOT_COVERED, failure)
