"""Sections and merged kinds: asked for all entities of a frame, left as a page for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from adapters.base import Filter, OrderBy
from gateway.engine.arguments import Refusal, cursor_position, first_of, order_of, where_of
from gateway.engine.fetching import fetch
from gateway.engine.filters import filter_columns
from gateway.engine.grouping import Grouped
from gateway.engine.inside import fill_inside
from gateway.engine.merges import between, mark_of, merge
from gateway.engine.pages import Shown, Wish, base_want, records_of, refused
from gateway.engine.plan import RecordPlan, SectionPlan
from gateway.engine.planning import modified_column
from gateway.engine.restricting import permitted
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
        wish = _wish(run, plan)
    except (Refusal, GraphQLError) as error:
        run.outputs[selected.number, id(frame)] = [refused(error)] * len(frame.entities)
        return
    wanted = [r for r in plan.records if wish.kinds is None or r.section.kind in wish.kinds]
    records = [permitted(run, record) for record in wanted]
    found = await together(_rows(frame, record, wish, plan) for record in records)
    frame.searched |= {r.table.name for r in records if wish.wants_all and r.section.where is None}
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


def _wish(run: Run, plan: SectionPlan) -> Wish:
    arguments = plan.selected.arguments(run.variables)
    if not plan.merged:
        record = permitted(run, plan.records[0])
        if isinstance(plan.selected.meaning, NodeRoot) or not record.section.many:
            return Wish(None, "", order=record.latest_first)
        return _section_wish(run, plan, record, arguments)
    orders = order_of(run, arguments, {"date": "date"})
    descending = orders[0].descending if orders else True
    spec = f"{plan.selected.parent}.{plan.selected.name}:{'desc' if descending else 'asc'}"
    kinds = arguments.get("kinds")
    return Wish(
        first_of(run, arguments),
        spec,
        cursor_position(run, arguments, spec),
        kinds=frozenset(kind.value for kind in kinds) if kinds else None,
        since=arguments.get("since"),
        until=arguments.get("until"),
        changed_since=arguments.get("changedSince"),
        descending=descending,
    )


def _section_wish(run: Run, plan: SectionPlan, record: RecordPlan, arguments: Mapping[str, Any]) -> Wish:
    names = run.world.schema.inputs.get(f"{record.section.type_name}Where", {})
    filters = where_of(run, record.table, arguments, names)
    order = order_of(run, arguments, names, record.table) or record.latest_first
    joined = ",".join(f"{by.column}{'-' if by.descending else '+'}" for by in order)
    spec = f"{record.section.type_name}:{joined}"
    return Wish(first_of(run, arguments), spec, cursor_position(run, arguments, spec), filters, order)


async def _rows(frame: Batch, record: RecordPlan, wish: Wish, plan: SectionPlan) -> Sequence[Rows]:
    if wish.changed_since is not None and modified_column(record.table) is None:
        return [_unchanged(frame.run, record) for _ in frame.entities]
    denied = _undated(frame.run, record, wish)
    if denied is not None:
        return [Rows([], State.DENIED, denied) for _ in frame.entities]
    if record.section.many or record.section.where is not None:
        want = _want(frame.run, record, wish, plan)
        return await suppress(frame, want, await fetch(frame, want))
    if frame.carries(record):
        return await frame.carried(record)
    return await fetch(frame, base_want(record))


def _undated(run: Run, record: RecordPlan, wish: Wish) -> Failure | None:
    """Why the caller may not ask for records by their day, or by when they changed."""
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


def _want(run: Run, record: RecordPlan, wish: Wish, plan: SectionPlan) -> Want:
    own = (record.section.where,) if record.section.where else ()
    if plan.merged:
        return _merging(run, record, wish, own, counted=plan.wish.counted)
    usual, columns = record.latest_first, record.columns
    if wish.order != usual:
        columns = tuple(dict.fromkeys((*columns, *(by.column for by in wish.order))))
    return Want(
        record.table,
        columns,
        record.section,
        record.key,
        record.keyed,
        own + wish.filters,
        wish.order,
        wish.first,
        wish.after,
        count=plan.wish.counted,
        filtered=frozenset(column for part in wish.filters for column in filter_columns(part)),
        ordered=frozenset(by.column for by in wish.order if by not in usual),
    )


def _merging(run: Run, record: RecordPlan, wish: Wish, own: tuple[Filter, ...], *, counted: bool) -> Want:
    dates = tuple(between(run, record, wish))
    return Want(
        record.table,
        record.columns,
        record.section,
        record.key,
        record.keyed,
        own + dates,
        (OrderBy(record.date, descending=wish.descending),) if record.date else (),
        wish.first,
        mark=mark_of(run, record, wish),
        count=counted,
        filtered=frozenset(column for part in dates for column in filter_columns(part)),
    )
