"""What each field of the schema means, for the planner.

The schema factory makes every type and notes beside each field one of these values. The
planner reads them instead of names; a field without a meaning is an attribute of the value
that its parent yields.
"""

from dataclasses import dataclass

from resolvers.city import Section


@dataclass(frozen=True, slots=True)
class EntityRoot:
    """`address(id:)`: one entity by identifier."""

    entity: str


@dataclass(frozen=True, slots=True)
class BulkRoot:
    """`addresses(ids:)`: entities in the order of the identifiers."""

    entity: str


@dataclass(frozen=True, slots=True)
class SearchRoot:
    """`searchAddresses(text:)`: candidates."""

    entity: str


@dataclass(frozen=True, slots=True)
class FindRoot:
    """`findAddresses(where:)`: entities of a register by its columns."""

    entity: str
    dataset: str


@dataclass(frozen=True, slots=True)
class NodeRoot:
    """`node(id:)`, and with `many` `nodes(ids:)`."""

    many: bool


@dataclass(frozen=True, slots=True)
class CityRoot:
    """`city`: the catalogue."""


@dataclass(frozen=True, slots=True)
class MeRoot:
    """`me`: the caller."""


@dataclass(frozen=True, slots=True)
class KeysRoot:
    """`keys`: what administrators manage."""


@dataclass(frozen=True, slots=True)
class EntityFact:
    """A fact of the entity itself: id, label, level, existence, identifiers, sources, name."""

    name: str


@dataclass(frozen=True, slots=True)
class SharedAttribute:
    """A shared attribute, chosen among claims."""

    entity: str
    name: str


@dataclass(frozen=True, slots=True)
class Claims:
    """`claims(attribute:)`: every agency's value for a shared attribute."""

    entity: str


@dataclass(frozen=True, slots=True)
class SectionField:
    """A section: a connection of records, or one record."""

    section: Section


@dataclass(frozen=True, slots=True)
class Merged:
    """The records of several sections in one order; `kind` None is the timeline."""

    sections: tuple[Section, ...]
    kind: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """Entities of another level that registers tie to this one (`buildings`, `sites`)."""

    entity: str
    level: str
    many: bool = True


@dataclass(frozen=True, slots=True)
class Linked:
    """Entities of another kind, each edge with its role and the record that says so."""

    entity: str
    target: str


@dataclass(frozen=True, slots=True)
class Matched:
    """`links`: identifiers at other agencies that mean the entity, found by matching."""

    entity: str


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A fact of the record itself: id, kind, level, changedAt, source."""

    name: str


@dataclass(frozen=True, slots=True)
class ColumnField:
    """A column's value; `coded` where it is a code with label and category.

    `role` is the interface field it feeds, if any; it decides the enum of a code's category.
    `as_date` takes the day of a moment, `as_text` prints what is not text.
    """

    column: str
    codes: str | None = None
    coded: bool = False
    role: str | None = None
    as_date: bool = False
    as_text: bool = False
    as_money: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """An interface field that this section has no column for: always null."""


@dataclass(frozen=True, slots=True)
class Part:
    """Records that belong to this one (`inspection { violations }`)."""

    section: Section


@dataclass(frozen=True, slots=True)
class Whole:
    """The record that this one belongs to (`violation { inspection }`)."""

    section: Section


@dataclass(frozen=True, slots=True)
class About:
    """The entities that a record is about; its fields are `AboutEntity`."""


@dataclass(frozen=True, slots=True)
class AboutEntity:
    """The entity of one kind that a record's keys name."""

    entity: str


@dataclass(frozen=True, slots=True)
class PageFact:
    """A field of a connection: edges, nodes, pageInfo, totalCount, source, sources."""

    name: str


@dataclass(frozen=True, slots=True)
class ValueEntity:
    """A field that holds an entity within another value: a candidate's, an edge's node."""

    entity: str


Meaning = (
    EntityRoot
    | BulkRoot
    | SearchRoot
    | FindRoot
    | NodeRoot
    | CityRoot
    | MeRoot
    | KeysRoot
    | EntityFact
    | SharedAttribute
    | Claims
    | SectionField
    | Merged
    | Related
    | Linked
    | Matched
    | RecordFact
    | ColumnField
    | Absent
    | Part
    | Whole
    | About
    | AboutEntity
    | PageFact
    | ValueEntity
)
