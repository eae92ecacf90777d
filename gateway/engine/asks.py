"""What a section asks of its datasets for one caller, by the arguments of its field.

Where no variable takes part in the arguments, all callers of a profile ask for the same each time, and
it is found out once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.base import Filter, OrderBy
from gateway.engine.arguments import cursor_position, first_of, order_of, where_of
from gateway.engine.filters import filter_columns
from gateway.engine.merges import between, mark_of
from gateway.engine.pages import Wish, base_want
from gateway.engine.plan import RecordPlan, SectionPlan
from gateway.engine.planning import modified_column
from gateway.engine.restricting import permitted
from gateway.engine.run import Run
from gateway.engine.wants import Want
from gateway.policy.permits import Permits
from resolvers.meaning import NodeRoot

_PROFILES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """What the arguments of a section wish, the records that may be asked for, and what is wanted of each;
    for the callers with these `permits`. `whole` are the datasets of which every row would be seen."""

    permits: Permits
    wish: Wish
    records: Sequence[RecordPlan]
    wants: Sequence[Want]
    whole: frozenset[str]


def ready(run: Run, plan: SectionPlan) -> Ready:
    """What is asked for a section. Raises `Refusal`, `GraphQLError`."""
    known = plan.ready.get(id(run.permits))
    if known is not None and known.permits is run.permits:
        return known
    wish = _wish(run, plan)
    wanted = [r for r in plan.records if wish.kinds is None or r.section.kind in wish.kinds]
    records = [permitted(run, record) for record in wanted]
    wants = [_wanted(run, record, wish, plan) for record in records]
    whole = frozenset([r.table.name for r in records if wish.wants_all and r.section.where is None])
    made = Ready(run.permits, wish, records, wants, whole)
    if not plan.selected.variable:
        if len(plan.ready) >= _PROFILES:
            plan.ready.clear()
        plan.ready[id(run.permits)] = made
    return made


def _wanted(run: Run, record: RecordPlan, wish: Wish, plan: SectionPlan) -> Want:
    untold = wish.changed_since is not None and modified_column(record.table) is None  # is not asked for that
    if untold or not (record.section.many or record.section.where is not None):
        return base_want(record)
    return _want(run, record, wish, plan)


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
