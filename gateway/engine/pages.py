"""What a connection's arguments ask of it, and the page that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graphql import GraphQLError

from adapters.base import Filter, OrderBy, Scalar
from gateway.engine.arguments import Refusal
from gateway.engine.ordering import position
from gateway.engine.plan import PageWish, RecordPlan, SectionPlan
from gateway.engine.values import Edge, Failure, Page, PartColumn, PartState, RecordValue, Rows
from gateway.engine.wants import Want
from resolvers.provenance import State


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


def refused(error: Refusal | GraphQLError) -> Failure | GraphQLError:
    return error.failure if isinstance(error, Refusal) else error


def base_want(record: RecordPlan) -> Want:
    return Want(record.table, record.columns, record.section, record.key, record.keyed, order=record.latest_first)


def part_state(plan: SectionPlan, record: RecordPlan, rows: Rows) -> PartState:
    return PartState(
        plan.selected.name, record.table, rows.state, rows.fetched_at, rows.as_of, rows.failure, bool(rows.records)
    )


def one_of(rows: Rows) -> RecordValue | Failure | None:
    if rows.records:
        return rows.records[0]
    if rows.state in (State.UNAVAILABLE, State.DENIED):
        return rows.failure
    if rows.state is State.WITHHELD:
        return Failure("WITHHELD", "The agency keeps it confidential.")
    return rows.failure if rows.state is State.PARTIAL else None


def page_of(rows: Rows, wish: Wish, parts: list[PartState], *, placed: bool) -> Page:
    order, shown = wish.order, rows.shown
    return Page(
        [Edge(record, position(record, order) if placed else ()) for record in rows.records],
        parts,
        wish.spec,
        rows.more,
        wish.after is not None,
        rows.total,
        shown,
        None if shown else rows.failure,
        rows.state is State.DENIED and rows.total is not None,
        rows.suppressed,
    )


@dataclass(slots=True, eq=False)
class Shown(Sequence[Any]):
    """A section of every entity: pages, or without a wish for them records, made where they are asked for."""

    column: PartColumn
    wish: Wish | None
    told: PageWish

    def __len__(self) -> int:
        return len(self.column.rows)

    def __getitem__(self, i: Any) -> Any:
        rows = self.column.rows[i]
        if self.wish is None:
            return one_of(rows)
        return page_of(rows, self.wish, [self.column.part(i)] if self.told.told else [], placed=self.told.placed)


def records_of(output: Any) -> list[RecordValue]:
    if isinstance(output, Page):
        return [edge.node for edge in output.edges]
    if isinstance(output, list):
        return output
    return [output] if isinstance(output, RecordValue) else []
