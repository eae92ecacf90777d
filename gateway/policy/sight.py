"""Which parts of a city's schema a caller can see, field by field.

A field is judged by its meaning: a column by its column, a section by its dataset and by whether
any key ties it to the entity, a merged attribute by the datasets that claim it, a tie between
entities by the datasets that hold it. What no decision concerns is for everyone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from resolvers.administration import TYPES as ADMINISTRATION
from resolvers.city import City, Link, Section, Table
from resolvers.entities import SHARED
from resolvers.meaning import (
    AboutEntity,
    BulkRoot,
    Claims,
    ColumnField,
    EntityRoot,
    FindRoot,
    KeysRoot,
    Linked,
    Meaning,
    Merged,
    PageFact,
    Part,
    Related,
    SearchRoot,
    SectionField,
    SharedAttribute,
    ValueEntity,
    Whole,
)
from resolvers.merging import attributes
from resolvers.names import camel, constant
from resolvers.schema import CitySchema
from resolvers.sections import ENTITIES


class Decides(Protocol):
    """Decisions about a caller, of which only None lets it through (`gateway.policy.permits.Permits`)."""

    def table(self, table: Table, /) -> object | None:
        """Why it may not see records of a dataset."""
        ...

    def column(self, table: Table, column: str, /) -> object | None:
        """Why it may not see a column."""
        ...

    def entity(self, entity: str, /) -> object | None:
        """Why it may not look at a kind of entity."""
        ...

    def counts(self, table: Table, /) -> bool:
        """Whether it may count records of a dataset of which it may see none."""
        ...


@dataclass(frozen=True, slots=True)
class Widest:
    """What a caller may see by any of several decisions: by one for each of its purposes."""

    among: Sequence[Decides]

    def table(self, table: Table) -> object | None:
        """A refusal where all refuse."""
        return self._all(decides.table(table) for decides in self.among)

    def column(self, table: Table, column: str) -> object | None:
        """A refusal where all refuse."""
        return self._all(decides.column(table, column) for decides in self.among)

    def entity(self, entity: str) -> object | None:
        """A refusal where all refuse."""
        return self._all(decides.entity(entity) for decides in self.among)

    def counts(self, table: Table) -> bool:
        """Where one does."""
        return any(decides.counts(table) for decides in self.among)

    def _all(self, refusals: Iterable[object | None]) -> object | None:
        found = list(refusals)
        return None if None in found or not found else found[0]


@dataclass(slots=True)
class Sight:
    """What one caller can see of one schema; `admin` sees what administrators change."""

    schema: CitySchema
    decides: Decides
    admin: bool = False
    _tables: dict[str, Table] = field(init=False)  # of record types and inputs, by type name
    _seen: set[str] = field(init=False)  # record types of which some record can be seen
    _counted: set[str] = field(init=False)  # record types that can be counted only

    def __post_init__(self) -> None:
        city = self.city
        self._tables = {s.type_name: city.tables[s.dataset] for s in city.sections}
        for meaning in self.schema.meanings.values():
            if isinstance(meaning, FindRoot):
                self._tables[meaning.entity] = city.tables[meaning.dataset]
        self._seen = {s.type_name for s in city.sections if self._section(s)}
        self._counted = {s.type_name for s in city.sections if self._counts(s)} - self._seen

    @property
    def city(self) -> City:
        """The schema's city."""
        return self.schema.city

    # --- fields and types

    def type(self, name: str) -> bool:
        """Whether objects of a type can be seen, where an interface or a root leads to them."""
        if name in ENTITIES:
            return self._entity(name)
        if name in self._tables:
            return name in self._seen
        return self.admin or name not in ADMINISTRATION

    def field(self, owner: str, name: str) -> bool:
        """Whether a field of an object can be seen."""
        meaning = self.schema.meanings.get((owner, name))
        return meaning is None or self._means(owner, meaning)

    def _means(self, owner: str, meaning: Meaning) -> bool:
        match meaning:
            case ColumnField(column):
                return self._column(self._tables[owner], column)
            case SectionField(section):
                return self._section(section) or self._counts(section)
            case Part(section) | Whole(section):
                return self._section(section)
            case Merged(sections):
                return any(self._section(section) for section in sections)
            case SharedAttribute(entity, name):
                return self.attribute(entity, name)
            case Claims(entity):
                return any(self.attribute(entity, name) for name in attributes(SHARED[entity]))
            case Linked(entity, target):
                return any({link.source, link.target} == {entity, target} for link in self._links())
            case AboutEntity(entity):
                return self._entity(entity) and self._hangs(self._tables[owner.removesuffix("About")], entity)
            case EntityRoot(entity) | BulkRoot(entity) | SearchRoot(entity) | Related(entity) | ValueEntity(entity):
                return self._entity(entity)
            case FindRoot(entity, dataset):
                return self._entity(entity) and self._table(self.city.tables[dataset])
            case KeysRoot():
                return self.admin
            case PageFact("edges" | "nodes"):
                return owner.removesuffix("Connection") not in self._counted
        return True

    def input(self, owner: str, name: str) -> bool:
        """Whether a column can be filtered or ordered by; `owner` is the input's type."""
        column = self.schema.inputs.get(owner, {}).get(name)
        if column is None:
            return True
        return self._column(self._tables[owner.removesuffix("Where").removesuffix("Order")], column)

    # --- enums

    def attribute(self, entity: str, name: str) -> bool:
        """Whether a shared attribute can be seen: one that nobody claims can, and is always null."""
        claiming = [
            (table, claim.column)
            for table in self.city.tables.values()
            for claim in table.claims
            if (claim.entity, claim.attribute) == (entity, name)
        ]
        return not claiming or any(self._hangs(table, entity) and self._column(table, c) for table, c in claiming)

    def members(self, enum: str) -> Callable[[str], str | None]:
        """For an enum: the description of a member as the caller sees it, None where it doesn't."""
        entity = enum.removesuffix("Attribute")
        if enum.endswith("Attribute") and entity in SHARED:
            known = {constant(camel(n)): (n, made.description or "") for n, made in attributes(SHARED[entity]).items()}
            shown = {member: text for member, (n, text) in known.items() if self.attribute(entity, n)}
            return shown.get
        if enum == "Role":
            return self._roles().get
        return lambda _member: ""

    def _roles(self) -> dict[str, str]:
        return {link.role: f"{link.source} to {link.target}: {link.role.lower()}." for link in self._links()}

    # --- decisions

    def _table(self, table: Table) -> bool:
        return self.decides.table(table) is None

    def _column(self, table: Table, column: str) -> bool:
        return self.decides.column(table, column) is None

    def _entity(self, entity: str) -> bool:
        return self.decides.entity(entity) is None

    def _hangs(self, table: Table, entity: str) -> bool:
        """Whether rows can be found by, or told to be about, a kind of entity."""
        return self._table(table) and any(
            self.city.schemes[key.scheme].entity == entity and all(self._column(table, c) for c in key.reads)
            for key in table.keys
        )

    def _section(self, section: Section) -> bool:
        return self._entity(section.entity) and self._hangs(self.city.tables[section.dataset], section.entity)

    def _counts(self, section: Section) -> bool:
        table = self.city.tables[section.dataset]
        return section.many and self._entity(section.entity) and not self._table(table) and self.decides.counts(table)

    def _links(self) -> list[Link]:
        """The ties of which both ends can be seen."""
        return [
            link
            for table in self.city.tables.values()
            for link in table.links
            if all(self._entity(end) and self._hangs(table, end) for end in (link.source, link.target))
        ]
