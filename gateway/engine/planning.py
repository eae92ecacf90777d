"""From an operation's selection to its plan. Pure: asks nobody and knows no caller."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.engine.bindings import Bindings
from gateway.engine.carrying import carriable
from gateway.engine.filters import filter_columns
from gateway.engine.plan import (
    InsidePlan,
    LinkPlan,
    PageWish,
    Place,
    Plan,
    RecordPlan,
    RootPlan,
    SectionPlan,
)
from gateway.engine.selection import Selected, Selection
from gateway.engine.wants import typed
from resolvers.city import Link, Section, Table
from resolvers.entities import SHARED
from resolvers.meaning import (
    About,
    AboutEntity,
    BulkRoot,
    CityRoot,
    Claims,
    ColumnField,
    EntityFact,
    EntityRoot,
    FindRoot,
    Linked,
    Matched,
    Merged,
    MeRoot,
    NodeRoot,
    PageFact,
    Part,
    RecordFact,
    Related,
    SearchRoot,
    SectionField,
    SharedAttribute,
    ValueEntity,
    Whole,
)
from resolvers.merging import attributes
from resolvers.schema import CitySchema

LABELS = {
    "Address": ("line", "postcode"),
    "Business": ("trade_name", "legal_name"),
    "Person": ("full_name", "given_name", "family_name"),
}
"""The shared attributes that make an entity's label."""

_CURSORS = (("edges", "cursor"), ("pageInfo", "startCursor"), ("pageInfo", "endCursor"))

URL_COLUMN = re.compile(r"\{(\w+)\}")
"""A column in the address of a record's page."""


@dataclass(slots=True)
class Planner:
    """Plans operations over one city."""

    schema: CitySchema
    bindings: Bindings
    _reporters: set[int] = field(default_factory=set)

    def plan(self, selection: Selection) -> Plan:
        """The plan of an operation."""
        self._reporters = set()
        roots = [self._root(selected) for selected in selection.values() if selected.meaning is not None]
        return Plan(selection, roots, frozenset(self._reporters), self._unplanned(selection))

    def _unplanned(self, selection: Selection) -> str | None:
        names = [s.name for s in selection.values() if s.name.startswith("__") and s.name != "__typename"]
        return f"introspection ({', '.join(names)})" if names else None

    def _root(self, selected: Selected) -> RootPlan:
        made = RootPlan(selected)
        match selected.meaning:
            case EntityRoot(entity) | BulkRoot(entity):
                made.places.append((selected, self._place(entity, selected, selected.key, exists=True)))
            case SearchRoot(entity):
                holders = [s for s in _children(selected) if isinstance(s.meaning, ValueEntity)]
                made.places += [(h, self._place(entity, h, f"{selected.key}.{h.key}")) for h in holders]
            case FindRoot(entity):
                made.wish = self._wish(selected)
                made.places += [(h, self._place(entity, h, selected.key)) for h in _entity_holders(selected)]
            case NodeRoot():
                self._node(made, selected)
            case CityRoot() | MeRoot():
                pass
        return made

    def _node(self, made: RootPlan, selected: Selected) -> None:
        for entity in SHARED:
            if entity in selected.children:
                made.places.append((selected, self._place(entity, selected, selected.key, exists=True)))
        sections = {(s.type_name, s.entity): s for s in self.schema.city.sections}
        for (type_name, _), section in sections.items():
            if type_name in selected.children:
                made.records.append(self._records(selected, (section,), merged=False, holders=(selected,)))

    def _place(self, entity: str, holder: Selected, path: str, *, exists: bool = False) -> Place:
        place = Place(entity, path, exists=exists)
        for selected in holder.children.get(entity, {}).values():
            self._field(place, selected)
        asked = (*place.base, *(record.table.name for plan in place.sections for record in plan.records))
        place.typed = tuple(name for name in dict.fromkeys(asked) if typed(self._table(name), entity))
        return place

    def _field(self, place: Place, selected: Selected) -> None:
        path = f"{place.path}.{selected.key}"
        match selected.meaning:
            case EntityFact(name):
                self._fact(place, name)
            case SharedAttribute(_, name):
                self._attribute(place, name)
            case Claims():
                self._claims(place, selected)
            case SectionField(section):
                made = self._records(selected, (section,), merged=False, path=path)
                place.sections.append(made)
                if (record := carriable(self.bindings, made, place.entity)) is not None:
                    place.carried.setdefault(record.table.name, record)
            case Merged(sections, _):
                place.sections.append(self._records(selected, sections, merged=True, path=path))
            case Linked(_, target):
                self._link(place, selected, target, path)
            case Matched():
                place.matched = True
            case Related(entity, level):
                place.related.append((selected, level, self._place(entity, selected, path)))

    def _fact(self, place: Place, name: str) -> None:
        if name in ("label", "name"):
            for attribute in LABELS[place.entity]:
                self._attribute(place, attribute)
        place.identified = place.identified or name == "identifiers"
        place.exists = place.exists or name == "existence"

    def _claims(self, place: Place, selected: Selected) -> None:
        constant = selected.constant
        names = [str(constant["attribute"].value)] if constant else list(attributes(SHARED[place.entity]))
        for name in names:
            self._attribute(place, name)

    def _attribute(self, place: Place, name: str) -> None:
        if name in place.attributes:
            return
        place.attributes[name] = self.preference(place.entity, name)
        for table in place.attributes[name]:
            claims = [c for c in self._table(table).claims if (c.entity, c.attribute) == (place.entity, name)]
            place.need(table, *(c.column for c in claims), *self.row_columns(self._table(table), place.entity))

    def preference(self, entity: str, attribute: str) -> list[str]:
        """The datasets that claim an attribute, in the city's order of preference."""
        city = self.schema.city
        stated = city.prefer.get((entity, attribute), ())
        registered = [d for r in city.registers if city.schemes[r.scheme].entity == entity for d in r.datasets]
        order = dict.fromkeys([*stated, *registered, *city.tables])
        claiming = {
            t.name for t in city.tables.values() for c in t.claims if (c.entity, c.attribute) == (entity, attribute)
        }
        return [name for name in order if name in claiming and self.bindings.of(name, entity)]

    def row_columns(self, table: Table, entity: str) -> tuple[str, ...]:
        """What every fetch of a dataset needs: all keys of the entity, dates, what is withheld."""
        found = [column for b in self.bindings.of(table.name, entity) for column in b.key.reads]
        if isinstance(table.as_of, str):
            found.append(table.as_of)
        for withheld in table.withheld:
            found += [*filter_columns(withheld.when), *withheld.columns]
        return tuple(dict.fromkeys(found))

    def _link(self, place: Place, selected: Selected, target: str, path: str) -> None:
        tables = [t for t in self.schema.city.tables.values() if _ties(t, place.entity, target)]
        for table in tables:
            columns = [*self.row_columns(table, place.entity), *self.row_columns(table, target)]
            for link in ties(table, place.entity, target):
                columns += [c for c in (link.since, link.until) if c]
            place.need(table.name, *columns, *table.dataset.id)
            place.tying.add(table.name)
        made = LinkPlan(selected, target, tuple(t.name for t in tables), self._wish(selected))
        made.places = [(h, self._place(target, h, path)) for h in _entity_holders(selected)]
        place.links.append(made)

    def _records(
        self,
        selected: Selected,
        sections: Iterable[Section],
        *,
        merged: bool,
        path: str = "",
        holders: tuple[Selected, ...] | None = None,
    ) -> SectionPlan:
        found = record_holders(selected) if holders is None else holders
        wish = self._wish(selected)
        plans = tuple(self._record(section, found, merged=merged) for section in sections)
        inside = [self._inside(plan, path) for plan in plans]
        return SectionPlan(selected, plans, merged, wish, [i for i in inside if i.parts or i.abouts])

    def _record(self, section: Section, holders: tuple[Selected, ...], *, merged: bool) -> RecordPlan:
        table = self._table(section.dataset)
        key, keyed = record_key(section, table)
        date = section.roles.get("date")
        columns = dict.fromkeys(self.row_columns(table, section.entity))
        columns.update(dict.fromkeys(key))
        if date:
            columns[date] = None
        if merged and modified_column(table):
            columns[str(table.modified)] = None
        for holder in holders:
            for shown in holder.children.get(section.type_name, {}).values():
                columns.update(dict.fromkeys(self._columns(shown, section, table)))
        if not key:
            columns.update(dict.fromkeys(n for n, c in table.dataset.columns.items() if c.public))
        return RecordPlan(section, table, tuple(columns), key, keyed, date, holders)

    def _columns(self, shown: Selected, section: Section, table: Table) -> Iterator[str]:
        match shown.meaning:
            case ColumnField(column):
                yield column
            case RecordFact("changedAt") if modified_column(table):
                yield str(table.modified)
            case RecordFact("source") if table.record_url and any(c.name == "recordUrl" for c in _children(shown)):
                yield from URL_COLUMN.findall(table.record_url)
            case About():
                for about in _children(shown):
                    if isinstance(about.meaning, AboutEntity):
                        yield from self.row_columns(table, about.meaning.entity)
            case Part():
                yield from record_key(section, table)[0]
            case Whole(whole):
                yield from record_key(whole, self._table(whole.dataset))[0]

    def _inside(self, plan: RecordPlan, path: str) -> InsidePlan:
        made = InsidePlan(plan.section.type_name)
        for holder in plan.holders:
            for shown in holder.children.get(plan.section.type_name, {}).values():
                match shown.meaning:
                    case Part(section):
                        made.parts.append((shown, self._records(shown, (section,), merged=False, path=path)))
                    case Whole(section):
                        inner = self._records(shown, (section,), merged=False, path=path, holders=(shown,))
                        made.parts.append((shown, inner))
                    case About():
                        made.abouts += self._abouts(shown, path)
        for _, part in made.parts:
            self._join(part, plan)
        return made

    def _join(self, part: SectionPlan, plan: RecordPlan) -> None:
        """Parts and wholes are told apart by the whole's key, which both must fetch."""
        (inner,) = part.records
        joined = inner.key if isinstance(part.selected.meaning, Whole) else plan.key
        inner.columns = tuple(dict.fromkeys((*inner.columns, *joined)))

    def _abouts(self, shown: Selected, path: str) -> list[tuple[Selected, Place]]:
        return [
            (about, self._place(about.meaning.entity, about, f"{path}.{shown.key}.{about.key}"))
            for about in _children(shown)
            if isinstance(about.meaning, AboutEntity)
        ]

    def _wish(self, selected: Selected) -> PageWish:
        facts = [s for s in _children(selected) if isinstance(s.meaning, PageFact)]
        telling = [s for s in facts if s.name in ("edges", "nodes")] or [s for s in facts if s.name == "totalCount"]
        reporter = telling[0].number if telling else None
        if reporter is not None:
            self._reporters.add(reporter)
        names = {s.name for s in facts}
        below = {(s.name, child.name) for s in facts for child in _children(s)}
        return PageWish(
            "totalCount" in names,
            reporter,
            told=not names.isdisjoint(("source", "sources")),
            placed=not below.isdisjoint(_CURSORS),
            reasoned=("edges", "reasons") in below,
        )

    def _table(self, name: str) -> Table:
        return self.schema.city.tables[name]


def _children(selected: Selected) -> Iterator[Selected]:
    for selection in selected.children.values():
        yield from selection.values()


def record_holders(selected: Selected) -> tuple[Selected, ...]:
    """The fields below a section whose selections are of records."""
    if isinstance(selected.meaning, SectionField) and not selected.meaning.section.many:
        return (selected,)
    return tuple(_page_holders(selected))


def _page_holders(selected: Selected) -> Iterator[Selected]:
    for fact in _children(selected):
        if isinstance(fact.meaning, PageFact) and fact.name == "nodes":
            yield fact
        if isinstance(fact.meaning, PageFact) and fact.name == "edges":
            yield from (s for s in _children(fact) if s.name == "node")


def _entity_holders(selected: Selected) -> list[Selected]:
    return list(_page_holders(selected))


def record_key(section: Section, table: Table) -> tuple[tuple[str, ...], bool]:
    """The columns that identify a record of a section, and whether the agency vouches for it."""
    if section.group:
        return section.group, False
    if section.id:
        return section.id, section.id == table.dataset.id
    return table.dataset.id, bool(table.dataset.id)


def modified_column(table: Table) -> str | None:
    """The column that says when a row changed; a portal's own field is none of ours."""
    return table.modified if table.modified in table.dataset.columns else None


def ties(table: Table, one: str, other: str) -> list[Link]:
    """The links of a dataset between two kinds of entity, whichever is declared first."""
    return [link for link in table.links if {link.source, link.target} == {one, other}]


def _ties(table: Table, one: str, other: str) -> bool:
    return bool(ties(table, one, other))
