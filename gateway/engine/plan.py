"""The plan of an operation: which datasets are asked for what, for the entities of each place.

A `Place` is a place in the operation where entities of one kind appear; all of its entities,
however many parents they have, are worked on together. A plan depends on the operation only –
not on the caller, whose permits restrict it when it runs, nor on the identifiers, whose
schemes decide what needs translation first. `gateway.engine.explain` prints it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from adapters.base import OrderBy
from gateway.engine.footing import Footing
from gateway.engine.selection import Selected, Selection
from gateway.policy.decisions import Decisions, Need
from gateway.policy.limits.costs import Sheet
from gateway.policy.permits import Permits
from resolvers.city import Section, Table

if TYPE_CHECKING:
    from gateway.engine.asks import Ready
    from gateway.engine.generating import Generated


@dataclass(slots=True)
class RecordPlan:
    """What is wanted of a section's records, wherever the operation selects them.

    `columns` are needed to answer, `holders` are the fields whose selections by concrete type
    say what to show, `order` the section's own order of records.
    """

    section: Section
    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    keyed: bool
    date: str | None
    holders: tuple[Selected, ...]

    @property
    def latest_first(self) -> tuple[OrderBy, ...]:
        """By date, latest first, where records have one."""
        return (OrderBy(self.date, descending=True),) if self.date else ()


@dataclass(slots=True)
class PageWish:
    """Which fields of a connection are selected, as far as it changes what is fetched."""

    counted: bool
    reporter: int | None  # number of the field that tells a failure
    told: bool  # how the parts fare
    placed: bool  # cursors
    reasoned: bool  # what met the conditions


@dataclass(slots=True, eq=False)
class SectionPlan:
    """A section at an entity, or the sections that a merged field takes its records from. `ready` is
    what callers ask by whose arguments are the same each time, by the identity of their permits."""

    selected: Selected
    records: tuple[RecordPlan, ...]
    merged: bool
    wish: PageWish
    inside: "list[InsidePlan]" = field(default_factory=list)
    ready: "dict[int, Ready]" = field(default_factory=dict)


@dataclass(slots=True)
class InsidePlan:
    """What hangs on the records of one concrete type: parts, wholes, and entities."""

    type_name: str
    parts: list[tuple[Selected, SectionPlan]] = field(default_factory=list)
    abouts: "list[tuple[Selected, Place]]" = field(default_factory=list)


@dataclass(slots=True)
class LinkPlan:
    """Entities tied to the place's own: the datasets that tie them, and the places they go to."""

    selected: Selected
    target: str
    tables: tuple[str, ...]
    wish: PageWish
    places: "list[tuple[Selected, Place]]" = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """A batch of entities. `base` names for each dataset the columns that claims, ties and
    existence need; all of them come with one call per dataset and key."""

    entity: str
    path: str
    base: dict[str, set[str]] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)  # attribute -> datasets
    sections: list[SectionPlan] = field(default_factory=list)
    links: list[LinkPlan] = field(default_factory=list)
    related: "list[tuple[Selected, str, Place]]" = field(default_factory=list)
    tying: set[str] = field(default_factory=set)  # datasets of the base that tie entities
    carried: dict[str, RecordPlan] = field(default_factory=dict)  # by dataset: `gateway.engine.carrying`
    identified: bool = False  # whether `identifiers` of all schemes are asked for
    exists: bool = False  # whether the query needs to know that the entities exist
    matched: bool = False  # whether `links` are asked for
    typed: tuple[str, ...] = ()  # datasets whose rows belong here only where something confirms their number
    footings: dict[tuple[tuple[str, ...], bool], Footing] = field(default_factory=dict, repr=False, compare=False)

    def need(self, table: str, *columns: str) -> None:
        """Add columns to what the dataset is asked for."""
        self.base.setdefault(table, set()).update(columns)

    def places(self) -> "Iterator[Place]":
        """The places below this one."""
        for plan in self.sections:
            yield from _inside(plan)
        for link in self.links:
            yield from (place for _, place in link.places)
        yield from (place for _, _, place in self.related)


def _inside(plan: SectionPlan) -> Iterator[Place]:
    for inside in plan.inside:
        yield from (place for _, place in inside.abouts)
        for _, part in inside.parts:
            yield from _inside(part)


@dataclass(slots=True)
class RootPlan:
    """One root field: `places` by the field that holds the entities and their kind."""

    selected: Selected
    places: list[tuple[Selected, Place]] = field(default_factory=list)
    records: list[SectionPlan] = field(default_factory=list)
    wish: PageWish | None = None


@dataclass(slots=True, eq=False)
class Plan:
    """The whole operation. `unplanned` says why graphql-core must build the response; `needs` and
    `fields` are what it asks for, `sheet` what that may cost. A `personal` one asks
    about persons; a `fleeting` one has literals that may be about them, and is not kept. Its
    `executions` are counted, because code is `generated` at the second. `asks_by` is the variable
    that may differ between requests that are answered together, `alone_until` the time
    (`time.monotonic()`) before which none are; an `open` one asks for what everybody may see, None where
    nobody has looked. No two of a process have the same `number`."""

    selection: Selection
    roots: list[RootPlan]
    reporters: frozenset[int]
    unplanned: str | None = None
    needs: tuple[Need, ...] = ()
    fields: tuple[str, ...] = ()
    personal: bool = False
    fleeting: bool = False
    sheet: Sheet | None = None
    decided: dict[int, tuple[Permits, Decisions]] = field(default_factory=dict)  # by the permits' identity
    executions: int = 0
    generated: "Generated | None" = None
    asks_by: str | None = None
    alone_until: float = 0.0
    open: bool | None = None
    number: int = field(default_factory=count(1).__next__)
