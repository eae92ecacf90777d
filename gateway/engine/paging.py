"""Sections and merged kinds: from fetched rows to pages, and on to what hangs on the records."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from adapters.base import After, AnyOf, ColumnType, Compare, Filter, Op, OrderBy, Scalar
from gateway.engine.arguments import Refusal, cursor_position, first_of, order_of, where_of
from gateway.engine.fetching import Want, fetch
from gateway.engine.filters import filter_columns
from gateway.engine.ordering import behind, moment, plain, position
from gateway.engine.plan import InsidePlan, RecordPlan, SectionPlan
from gateway.engine.planning import modified_column, record_key
from gateway.engine.run import Run
from gateway.engine.selection import Selected
from gateway.engine.values import Edge, Failure, Identified, Page, PartState, RecordValue, Rows
from resolvers.city import Section
from resolvers.meaning import NodeRoot, Part, Whole
from resolvers.provenance import State

if TYPE_CHECKING:
    from gateway.engine.frames import Frame


@dataclass(frozen=True, slots=True)
class Wish:
    """A connection's arguments, read. `descending` is of the merge's date."""

    first: int | None
    spec: str
    after: tuple[Scalar, ...] | None = None
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderBy, ...] = ()
    kinds: frozenset[str] | None = None
    since: date | None = None
    until: date | None = None
    changed_since: datetime | None = None
    descending: bool = True

    @property
    def wants_all(self) -> bool:
        """Whether a page without records means that there are none."""
        narrowed = self.after or self.filters or self.since or self.until or self.changed_since
        return not narrowed and self.first != 0


async def fill_section(frame: "Frame", plan: SectionPlan) -> None:
    """Fetch a section or a merged field for all entities and leave a page (or record) for each."""
    run, selected = frame.run, plan.selected
    try:
        wish = _wish(run, plan)
    except (Refusal, GraphQLError) as error:
        for i in range(len(frame.entities)):
            run.outputs[selected.number, (id(frame), i)] = _bad(error)
        return
    records = [r for r in plan.records if wish.kinds is None or r.section.kind in wish.kinds]
    found = await asyncio.gather(*(_rows(frame, record, wish, plan) for record in records))
    frame.searched |= {r.table.name for r in records if wish.wants_all and r.section.where is None}
    shown: list[RecordValue] = []
    for i in range(len(frame.entities)):
        parts = [_part(plan, record, rows[i]) for record, rows in zip(records, found, strict=True)]
        frame.parts[i] += parts
        mine = [rows[i] for rows in found]
        run.outputs[selected.number, (id(frame), i)] = output = _output(run, plan, wish, records, mine, parts)
        shown += _records_of(output)
    await _fill_inside(frame, plan.inside, shown)


def _bad(error: Refusal | GraphQLError) -> Failure | GraphQLError:
    return error.failure if isinstance(error, Refusal) else error


def _records_of(output: Any) -> list[RecordValue]:
    if isinstance(output, Page):
        return [edge.node for edge in output.edges]
    if isinstance(output, list):
        return output
    return [output] if isinstance(output, RecordValue) else []


# arguments


def _wish(run: Run, plan: SectionPlan) -> Wish:
    arguments = plan.selected.arguments(run.variables)
    if not plan.merged:
        (record,) = plan.records
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


# fetching


async def _rows(frame: "Frame", record: RecordPlan, wish: Wish, plan: SectionPlan) -> list[Rows]:
    if wish.changed_since is not None and modified_column(record.table) is None:
        return [_unchanged(frame.run, record) for _ in frame.entities]
    if record.section.many or record.section.where is not None:
        return await fetch(frame, _want(frame.run, record, wish, plan))
    return await fetch(frame, _base_want(record))


def _unchanged(run: Run, record: RecordPlan) -> Rows:
    """What a dataset that does not say when its rows change answers to `changedSince`."""
    name = record.table.name
    failure = Failure(
        "NO_CHANGE_TIME", f"{name} does not say when its records change.", run.world.agency(record.table), name
    )
    return Rows([], State.NOT_COVERED, failure)


def _base_want(record: RecordPlan) -> Want:
    return Want(record.table, record.columns, record.section, record.key, record.keyed, order=record.latest_first)


def _want(run: Run, record: RecordPlan, wish: Wish, plan: SectionPlan) -> Want:
    want = _base_want(record)
    filters = ((record.section.where,) if record.section.where else ()) + wish.filters
    filtered = frozenset(column for part in wish.filters for column in filter_columns(part))
    want = replace(want, filters=filters, first=wish.first, count=plan.wish.counted, filtered=filtered)
    if not plan.merged:
        columns = dict.fromkeys((*record.columns, *(by.column for by in wish.order)))
        return replace(want, columns=tuple(columns), order=wish.order, after=wish.after)
    order = (OrderBy(record.date, descending=wish.descending),) if record.date else ()
    between = tuple(_between(run, record, wish))
    filtered = frozenset(column for part in between for column in filter_columns(part))
    filters += between
    return replace(want, filters=filters, order=order, mark=_mark(run, record, wish), filtered=filtered)


def _between(run: Run, record: RecordPlan, wish: Wish) -> Iterable[Filter]:
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


def _mark(run: Run, record: RecordPlan, wish: Wish) -> After | None:
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


# pages


def _part(plan: SectionPlan, record: RecordPlan, rows: Rows) -> PartState:
    return PartState(
        plan.selected.name, record.table, rows.state, rows.fetched_at, rows.as_of, rows.failure, bool(rows.records)
    )


def _output(
    run: Run, plan: SectionPlan, wish: Wish, records: Sequence[RecordPlan], rows: list[Rows], parts: list[PartState]
) -> Any:
    if isinstance(plan.selected.meaning, NodeRoot):
        return rows[0].records
    if not plan.merged and not plan.records[0].section.many:
        return _one(rows[0])
    if not plan.merged:
        return _page(rows[0], wish, parts, [position(r, wish.order) for r in rows[0].records])
    return _merge(run, wish, records, rows, parts)


def _one(rows: Rows) -> RecordValue | Failure | None:
    if rows.records:
        return rows.records[0]
    if rows.state in (State.UNAVAILABLE, State.DENIED):
        return rows.failure
    if rows.state is State.WITHHELD:
        return Failure("WITHHELD", "The agency keeps it confidential.")
    return rows.failure if rows.state is State.PARTIAL else None


def _page(rows: Rows, wish: Wish, parts: list[PartState], positions: list[tuple[Scalar, ...]]) -> Page:
    edges = [Edge(record, place) for record, place in zip(rows.records, positions, strict=True)]
    return Page(
        edges,
        parts,
        wish.spec,
        has_next=rows.more,
        has_previous=wish.after is not None,
        total=rows.total,
        shown=rows.shown,
        failure=rows.failure if not rows.shown else None,
    )


def _merge(run: Run, wish: Wish, records: Sequence[RecordPlan], rows: list[Rows], parts: list[PartState]) -> Page:
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


# what hangs on records


async def _fill_inside(frame: "Frame", inside: list[InsidePlan], shown: list[RecordValue]) -> None:
    tasks = []
    for plan in inside:
        mine = [r for r in shown if r.section is not None and r.section.type_name == plan.type_name]
        tasks += [_fill_part(frame, selected, part, mine) for selected, part in plan.parts]
        tasks += [_fill_about(frame, selected, place, mine) for selected, place in plan.abouts]
    await asyncio.gather(*tasks)


async def _fill_part(frame: "Frame", selected: Selected, part: SectionPlan, records: list[RecordValue]) -> None:
    """Parts of records, or the wholes that records belong to: by the whole's key."""
    if not records:
        return
    run = frame.run
    try:
        wish = Wish(None, "") if isinstance(selected.meaning, Whole) else _wish_part(run, part)
    except (Refusal, GraphQLError) as error:
        for record in records:
            run.outputs[selected.number, record] = _bad(error)
        return
    (plan,) = part.records
    want = _base_want(plan)
    want = replace(want, filters=(plan.section.where,) if plan.section.where else ())
    rows = await fetch(frame, want)
    whole = records[0].section if isinstance(selected.meaning, Part) else plan.section
    joined = _joining(run, whole)
    by_key: dict[tuple[Identified, tuple[Any, ...]], list[RecordValue]] = defaultdict(list)
    for found in rows:
        for record in found.records:
            by_key[record.owner, _cells(record, joined)].append(record)
    index = {entity: i for i, entity in enumerate(frame.entities)}
    shown = []
    for record in records:
        found = rows[index[record.owner]]
        mine = by_key.get((record.owner, _cells(record, joined)), [])
        output = _part_output(selected, part, wish, replace(found, records=mine, total=len(mine)))
        run.outputs[selected.number, record] = output
        shown += _records_of(output)
    await _fill_inside(frame, part.inside, shown)


def _wish_part(run: Run, part: SectionPlan) -> Wish:
    arguments = part.selected.arguments(run.variables)
    (plan,) = part.records
    spec = f"{part.selected.parent}.{part.selected.name}"
    return Wish(first_of(run, arguments), spec, cursor_position(run, arguments, spec), order=plan.latest_first)


def _joining(run: Run, whole: Section | None) -> tuple[str, ...]:
    """The columns that tell which whole a part belongs to."""
    return record_key(whole, run.world.city.tables[whole.dataset])[0] if whole else ()


def _cells(record: RecordValue, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(plain(record.cell(column)) for column in columns)


def _part_output(selected: Selected, part: SectionPlan, wish: Wish, rows: Rows) -> Any:
    if isinstance(selected.meaning, Whole):
        return _one(rows)
    if wish.after is not None:
        descending = [by.descending for by in wish.order]
        rows.records = [r for r in rows.records if behind(position(r, wish.order), wish.after, descending)]
    if wish.first is not None and len(rows.records) > wish.first:
        rows.records, rows.more = rows.records[: wish.first], True
    if rows.state is not State.OK:
        rows.total = None
    return _page(rows, wish, [_part(part, part.records[0], rows)], [position(r, wish.order) for r in rows.records])


async def _fill_about(frame: "Frame", selected: Selected, place: Any, records: list[RecordValue]) -> None:
    """The entities that records name; all records' entities in one child frame."""
    run = frame.run
    index: dict[Identified, int] = {}
    for record in records:
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
