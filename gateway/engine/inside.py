"""What hangs on records: their parts, the wholes that they belong to, the entities they name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphql import GraphQLError

from gateway.engine.arguments import Denied, Refusal, cursor_position, first_of
from gateway.engine.fetching import fetch
from gateway.engine.ordering import behind, plain, position
from gateway.engine.pages import Wish, base_want, one_of, page_of, part_state, records_of, refused
from gateway.engine.plan import InsidePlan, RecordPlan, SectionPlan
from gateway.engine.planning import record_key
from gateway.engine.restricting import permitted, untold
from gateway.engine.run import Batch, Run
from gateway.engine.selection import Selected
from gateway.engine.values import Identified, RecordValue, Rows
from gateway.engine.waiting import together
from resolvers.city import Section, Table
from resolvers.meaning import Part, Whole
from resolvers.provenance import State


async def fill_inside(frame: Batch, inside: list[InsidePlan], shown: list[RecordValue]) -> None:
    tasks = []
    for plan in inside:
        mine = [r for r in shown if r.section is not None and r.section.type_name == plan.type_name]
        tasks += [_fill_part(frame, selected, part, mine) for selected, part in plan.parts]
        tasks += [_fill_about(frame, selected, place, mine) for selected, place in plan.abouts]
    await together(tasks)


async def _fill_part(frame: Batch, selected: Selected, part: SectionPlan, records: list[RecordValue]) -> None:
    """Parts of records, or the wholes that records belong to: by the whole's key."""
    if not records:
        return
    run = frame.run
    plan = permitted(run, part.records[0])
    whole = records[0].section if isinstance(selected.meaning, Part) else plan.section
    joined = _joining(run, whole)
    try:
        for column in joined:
            _permit(run, records[0].table, column)
            _permit(run, plan.table, column)
        wish = Wish(None, "") if isinstance(selected.meaning, Whole) else _part_wish(run, part, plan)
    except (Refusal, GraphQLError) as error:
        for record in records:
            run.outputs[selected.number, record] = refused(error)
        return
    want = base_want(plan)
    want = replace(want, filters=(plan.section.where,) if plan.section.where else ())
    rows = await fetch(frame, want)
    by_key: dict[tuple[Identified, tuple[Any, ...]], list[RecordValue]] = defaultdict(list)
    for found in rows:
        for record in found.records:
            by_key[record.owner, _cells(record, joined)].append(record)
    index = {entity: i for i, entity in enumerate(frame.entities)}
    shown = []
    for record in records:
        found = rows[index[record.owner]]
        mine = by_key.get((record.owner, _cells(record, joined)), [])
        output = _part_output(selected, part, wish, replace(found, records=mine, total=len(mine), visible=bool(mine)))
        run.outputs[selected.number, record] = output
        shown += records_of(output)
    await fill_inside(frame, part.inside, shown)


def _permit(run: Run, table: Table, column: str) -> None:
    """Raises `Denied` where the caller may not see by what parts hang on their wholes."""
    failure = run.denied_column(table, column) if run.permits.table(table) is None else None
    if failure is not None:
        raise Denied(failure)


def _part_wish(run: Run, part: SectionPlan, plan: RecordPlan) -> Wish:
    arguments = part.selected.arguments(run.variables)
    spec = f"{part.selected.parent}.{part.selected.name}"
    return Wish(first_of(run, arguments), spec, cursor_position(run, arguments, spec), order=plan.latest_first)


def _joining(run: Run, whole: Section | None) -> tuple[str, ...]:
    """The columns that tell which whole a part belongs to."""
    return record_key(whole, run.world.city.tables[whole.dataset])[0] if whole else ()


def _cells(record: RecordValue, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(plain(record.cell(column)) for column in columns)


def _part_output(selected: Selected, part: SectionPlan, wish: Wish, rows: Rows) -> Any:
    if isinstance(selected.meaning, Whole):
        return one_of(rows)
    if wish.after is not None:
        descending = [by.descending for by in wish.order]
        rows.records = [r for r in rows.records if behind(position(r, wish.order), wish.after, descending)]
    if wish.first is not None and len(rows.records) > wish.first:
        rows.records, rows.more = rows.records[: wish.first], True
    if rows.state is not State.OK:
        rows.total = None
    parts = [part_state(part, part.records[0], rows)] if part.wish.told else []
    return page_of(rows, wish, parts, placed=part.wish.placed)


async def _fill_about(frame: Batch, selected: Selected, place: Any, records: list[RecordValue]) -> None:
    """The entities that records name; all records' entities in one child frame."""
    run = frame.run
    index: dict[Identified, int] = {}
    for record in records:
        denied = untold(run, record.table, place.entity)
        if denied is not None:
            run.outputs[selected.number, record] = denied
            continue
        target = named(run, record, place.entity)
        if target is not None:
            run.outputs[selected.number, record] = index.setdefault(target, len(index))
    if index:
        run.outputs[selected.number, None] = await frame.child(selected, place, list(index))


def named(run: Run, record: RecordValue, entity: str) -> Identified | None:
    """The first valid identifier of a kind of entity in a record."""
    cells = record.cells()
    for binding in run.world.bindings.of(record.table.name, entity):
        if not set(binding.key.reads) <= set(cells):
            continue
        identifier = binding.read(cells)
        if identifier is not None:
            return binding.scheme.name, identifier
    return None
