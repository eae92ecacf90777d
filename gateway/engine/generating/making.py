"""What the parts of the generator share: the writer, the city, where the plan's places are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from gateway.engine.generating.guards import Names
from gateway.engine.generating.writing import Writer
from gateway.engine.plan import InsidePlan, LinkPlan, Place, Plan, SectionPlan
from gateway.engine.selection import Selected
from resolvers.city import City, Section, Table


@dataclass(slots=True)
class Making:
    """One generation. `places` are by the field that holds the entities and their kind.

    `columns` collects what the code reads: whoever may not see all of them is answered by the
    reference builder. `entity` and `record` write the function of a kind of entity or record below
    a field; they call each other, as selections do. `drawing` has, of records that are made of their
    cells alone, by field and type what draws them; `listing`, of functions of an entity, those of many
    that do the same at once.
    """

    writer: Writer
    city: City
    sections: Mapping[str, Section]
    places: Mapping[tuple[int, str], Place]
    entity: "Callable[[Making, Selected, str], str]"
    record: "Callable[[Making, Selected, str], str]"
    columns: dict[tuple[str, str], Table] = field(default_factory=dict)
    drawing: dict[tuple[int, str], str] = field(default_factory=dict)
    listing: dict[str, str] = field(default_factory=dict)
    enums: dict[str, Names] = field(default_factory=dict)
    getters: "dict[tuple[str, ...], attrgetter[Any]]" = field(default_factory=dict)

    def getter(self, attributes: tuple[str, ...]) -> "attrgetter[Any]":
        """What takes these attributes out of an object."""
        return self.getters.setdefault(attributes, attrgetter(*attributes))

    def key(self, selected: Selected) -> str:
        """The constant of a field's response key."""
        return self.writer.constant(selected.key)

    def book(self, selected: Selected, parent: str) -> str:
        """An expression: the field by the reference builder."""
        return f"by_book(run, {self.writer.constant(selected)}, {parent})"

    def reads(self, table: Table, column: str) -> None:
        """Note a column that the code reads."""
        self.columns[table.name, column] = table

    def table(self, section: Section) -> Table:
        """A section's dataset."""
        return self.city.tables[section.dataset]


def places(plan: Plan) -> dict[tuple[int, str], Place]:
    """Every place of a plan by the field that holds its entities and their kind."""
    found: dict[tuple[int, str], Place] = {}
    for root in plan.roots:
        for holder, place in root.places:
            _place(found, holder, place)
        for section in root.records:
            _section(found, section)
    return found


def _place(found: dict[tuple[int, str], Place], holder: Selected, place: Place) -> None:
    found[holder.number, place.entity] = place
    for section in place.sections:
        _section(found, section)
    for link in place.links:
        _link(found, link)
    for selected, _, below in place.related:
        _place(found, selected, below)


def _link(found: dict[tuple[int, str], Place], link: LinkPlan) -> None:
    for holder, place in link.places:
        _place(found, holder, place)


def _section(found: dict[tuple[int, str], Place], section: SectionPlan) -> None:
    for inside in section.inside:
        _inside(found, inside)


def _inside(found: dict[tuple[int, str], Place], inside: InsidePlan) -> None:
    for holder, place in inside.abouts:
        _place(found, holder, place)
    for _, part in inside.parts:
        _section(found, part)
