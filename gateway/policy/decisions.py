"""Decisions on one operation for one caller, made before anything is fetched.

`(needs of the plan, permits) → decisions`, pure: a plan is the same for everyone, what a caller
may see of it is found here and holds for every caller of the same profile. The engine fetches
under `permits`, in which datasets that may not be in one answer with others are denied too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from gateway.policy.permits import Denial, Permits
from resolvers.city import Table


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an operation asks for: a kind of entity, a dataset (`column` None), a column.

    `field` is its path in the operation ("address.sales.nodes.price"). `shared` are needs of which
    one is enough: an attribute that several agencies claim. `counted` is a dataset whose records are
    counted and not shown, `keys` are the columns of each key that it is asked by.
    """

    field: str
    entity: str | None = None
    table: Table | None = None
    column: str | None = None
    shared: bool = False
    counted: bool = False
    keys: tuple[tuple[str, ...], ...] = ()

    @property
    def key(self) -> tuple[str | None, ...]:
        """What tells it from others."""
        return self.field, self.entity, self.table.name if self.table else None, self.column


@dataclass(frozen=True, slots=True)
class Decision:
    """What a caller gets of a need. `partly` where some values, or some rows, are denied only."""

    need: Need
    denial: Denial | None = None
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Decisions:
    """All of an operation. `permits` are those to fetch under; `denied` is what the caller asked for
    and does not get, an attribute only if no agency's value is left."""

    permits: Permits
    all: tuple[Decision, ...]
    denied: tuple[Decision, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that deny something."""
        return tuple(dict.fromkeys(decision.denial.rule for decision in self.denied if decision.denial))


def decide(needs: Sequence[Need], permits: Permits) -> Decisions:
    """The decisions on every need."""
    tables = {need.table.name: need.table for need in needs if need.table is not None}
    seen = [table for table in tables.values() if permits.table(table) is None or permits.counts(table)]
    together = {} if permits.everything else dict(_together(seen))
    if together:
        permits = replace_permits(permits, together)
    made = tuple(_decision(need, permits) for need in needs)
    return Decisions(permits, made, tuple(_denied(made)))


def _denied(made: Sequence[Decision]) -> Iterator[Decision]:
    shared: dict[str, list[Decision]] = {}
    for decision in made:
        if decision.need.shared:
            shared.setdefault(decision.need.field, []).append(decision)
        elif decision.denial is not None and not decision.partly:
            yield decision
    yield from (_nearest(group) for group in shared.values() if all(d.denial and not d.partly for d in group))


def _nearest(group: Sequence[Decision]) -> Decision:
    """Of several denials the one that the caller can mend itself, if there is one: by a purpose."""
    return next((d for d in group if d.denial and d.denial.rule == "purpose"), group[0])


def replace_permits(permits: Permits, together: dict[str, Denial]) -> Permits:
    """The same permits without these datasets."""
    return replace(permits, together=MappingProxyType(together))


def _together(tables: Iterable[Table]) -> Iterator[tuple[str, Denial]]:
    """The datasets that may not be in one answer with others of it; of two, the one that says so."""
    names = {table.name for table in tables}
    for table in tables:
        others = sorted(names & set(table.protect.never_with)) if table.protect else []
        if others:
            reason = f"{table.name} may not be in one answer with {', '.join(others)}"
            yield table.name, Denial(f"dataset {table.name} never with", reason, "Ask for them in separate requests.")


def _decision(need: Need, permits: Permits) -> Decision:
    if need.entity is not None:
        return Decision(need, permits.entity(need.entity))
    assert need.table is not None
    if need.column is None:
        counted = need.counted and permits.counts(need.table)
        barred = () if counted else permits.barred(need.table, need.keys)
        denial = None if counted else permits.table(need.table) or (barred[0] if barred and all(barred) else None)
        partly = next(filter(None, barred), None) or permits.narrowed(need.table) if denial is None else None
        return Decision(need, denial or partly, partly=partly is not None)
    denial = permits.column(need.table, need.column)
    persons = permits.persons(need.table, need.column) if denial is None else None
    return Decision(need, denial or persons, partly=persons is not None)
