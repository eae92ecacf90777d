"""A section of the catalogue as a generated type: interface fields, columns, relations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.base import Column, ColumnType
from resolvers.city import City, Section, Table
from resolvers.connections import AFTER, FIRST, add_connection
from resolvers.drafting import Argument, Draft, Field
from resolvers.inputs import SCALAR, add_where
from resolvers.meaning import About, AboutEntity, Absent, ColumnField, Part, RecordFact, SectionField, Whole
from resolvers.names import camel
from resolvers.records import CATEGORIES, KINDS, MERGED_FIELD, Node, roles

ENTITIES = ("Address", "Business", "Person")


@dataclass(frozen=True, slots=True)
class SectionTypes:
    """The names that a section contributes to the schema."""

    record: str
    connection: str | None
    where: str | None
    order: str | None


def columns_of(section: Section, table: Table) -> tuple[str, ...]:
    """The columns that records of the section show, in the catalogue's order."""
    return section.columns or tuple(table.dataset.columns)


def add_section(draft: Draft, city: City, section: Section) -> SectionTypes:
    """The record type, its connection and its arguments."""
    table = city.tables[section.dataset]
    inputs = add_where(draft, section.type_name, _filterable(section, table))
    bases = (KINDS[section.kind] if section.kind else Node,)
    title = section.title or table.title or section.type_name
    agency = city.agencies[table.agency].name
    draft.object(section.type_name, f"{title} ({agency}).", list(_fields(city, section, table)), bases)
    connection = None
    if section.many:
        connection = add_connection(draft, section.type_name, one_source=True, what=f"records: {title}")
    where, order = inputs or (None, None)
    return SectionTypes(section.type_name, connection, where, order)


def section_field(section: Section, types: SectionTypes, table: Table) -> Field:
    """The section as a field of its entity."""
    text = section.title or table.title or section.name
    if not section.many:
        return Field(section.name, f"{types.record} | None", text, SectionField(section))
    return Field(section.name, f"{types.connection} | None", text, SectionField(section), page_arguments(types))


def page_arguments(types: SectionTypes) -> tuple[Argument, ...]:
    """`first`, `after`, and where the section has columns for it `where` and `orderBy`."""
    arguments = [FIRST, AFTER]
    if types.where:
        arguments.append(Argument("where", f"{types.where} | None", "Only records for which this holds."))
        arguments.append(Argument("orderBy", f"list[{types.order}] | None", "First by the first, then by the next."))
    return tuple(arguments)


def _filterable(section: Section, table: Table) -> list[tuple[str, Column]]:
    return [(camel(name), table.dataset.columns[name]) for name in columns_of(section, table)]


def _fields(city: City, section: Section, table: Table) -> Iterator[Field]:
    taken = set()
    for made in _interface_fields(section, table):
        taken.add(made.name)
        yield made
    for made in _relations(city, section, table):
        taken.add(made.name)
        yield made
    for name in columns_of(section, table):
        column = table.dataset.columns[name]
        if camel(name) not in taken:
            yield _column_field(city, table, column)


def _facts(section: Section) -> Iterator[Field]:
    yield Field("id", "ID", "Signed identifier, for `node`.", RecordFact("id"), python_name="id")
    if section.kind:
        yield Field("kind", "RecordKind", "What kind of record it is.", RecordFact("kind"), python_name="kind")
    yield Field("level", "Level", "What the record is about.", RecordFact("level"), python_name="level")
    yield Field(
        "changedAt",
        "DateTime | None",
        "When the agency last changed it, where it says so.",
        RecordFact("changedAt"),
        python_name="changed_at",
    )
    yield Field("source", "RecordSource", "Where it comes from.", RecordFact("source"), python_name="source")


def _interface_fields(section: Section, table: Table) -> Iterator[Field]:
    yield from _facts(section)
    for name, role in roles(section.kind).items():
        column_name = section.roles.get(name)
        text = f"Fed by `{camel(column_name)}`." if column_name else "This dataset has no such value: always null."
        if column_name is None:
            yield Field(camel(name), _role_type(name, coded=role.coded), text, Absent(), python_name=name)
            continue
        column = table.dataset.columns[column_name]
        if column.description and camel(column_name) == camel(name):
            text = column.description
        meaning = ColumnField(
            column_name,
            codes=column.codes,
            coded=role.coded,
            role=name,
            as_date=name in ("date", "until") and column.type is ColumnType.DATETIME,
            as_text=not role.coded and name not in ("date", "until", "amount"),
            as_money=name == "amount",
        )
        yield Field(camel(name), _role_type(name, coded=role.coded), text, meaning, python_name=name)


def _role_type(name: str, *, coded: bool) -> str:
    if coded:
        return f"{name.capitalize()}Code | None"
    return {"date": "Date | None", "until": "Date | None", "amount": "Money | None"}.get(name, "str | None")


def _column_field(city: City, table: Table, column: Column) -> Field:
    text = column.description or f"`{column.source[0]}` as {city.agencies[table.agency].short} publishes it."
    if column.unit:
        text = f"{text} In {column.unit}."
    if column.codes:
        coded = ColumnField(column.name, codes=column.codes, coded=True)
        return Field(camel(column.name), "Code | None", text, coded)
    return Field(camel(column.name), f"{SCALAR[column.type]} | None", text, ColumnField(column.name))


def _relations(city: City, section: Section, table: Table) -> Iterator[Field]:
    yield Field("about", f"{section.type_name}About", "What the record is about.", About())
    for part in parts_of(city, section):
        connection = f"{part.type_name}Connection | None"
        name = part_field(part)
        yield Field(name, connection, part.title or f"The {name} of this record.", Part(part), (FIRST, AFTER))
    whole = whole_of(city, section)
    if whole is not None:
        name = whole_field(whole)
        yield Field(name, f"{whole.type_name} | None", "The record that this one belongs to.", Whole(whole))


def add_about(draft: Draft, city: City, section: Section) -> None:
    """`<Type>About`: the entities that the keys of the section's dataset name."""
    table = city.tables[section.dataset]
    named = {city.schemes[key.scheme].entity for key in table.keys}
    fields = [
        Field(name.lower(), f"{name} | None", f"The {name.lower()} that the record names.", AboutEntity(name))
        for name in ENTITIES
        if name in named
    ]
    draft.object(f"{section.type_name}About", "The entities that a record names.", fields)


def parts_of(city: City, section: Section) -> list[Section]:
    """The sections whose records are parts of this one's."""
    places = {(s.entity, s.name) for s in city.sections if s.type_name == section.type_name}
    return list({s.type_name: s for s in city.sections if s.part_of in places}.values())


def whole_of(city: City, section: Section) -> Section | None:
    """The section whose records this one's are parts of."""
    if section.part_of is None:
        return None
    return next((s for s in city.sections if (s.entity, s.name) == section.part_of), None)


def part_field(section: Section) -> str:
    """The field of the whole that lists the parts ("violations")."""
    return MERGED_FIELD[section.kind] if section.kind else section.name


def whole_field(section: Section) -> str:
    """The field of a part that leads to the whole ("inspection")."""
    return section.kind.lower() if section.kind else section.name


def category_enum(role: str | None) -> Mapping[str, object] | None:
    """Members by value of the enum that a coded interface field uses."""
    enum = CATEGORIES.get(role) if role else None
    return {member.value: member for member in enum} if enum else None
