"""`Address`, `Business` and `Person` of one city: shared attributes, sections, relations."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from resolvers.address import AddressShared
from resolvers.business import BusinessShared
from resolvers.city import City, Section
from resolvers.connections import AFTER, FIRST, add_connection, add_entity_connection
from resolvers.drafting import Argument, Draft, Field
from resolvers.meaning import Claims, EntityFact, Linked, Matched, Merged, Related, SharedAttribute
from resolvers.merging import attributes
from resolvers.names import camel, constant
from resolvers.person import PersonShared
from resolvers.records import KINDS, MERGED_FIELD, Node
from resolvers.sections import ENTITIES, SectionTypes, section_field

SHARED: Mapping[str, type] = MappingProxyType(
    {"Address": AddressShared, "Business": BusinessShared, "Person": PersonShared}
)
"""The class that declares an entity's shared attributes."""

PLURAL = MappingProxyType({"Address": "addresses", "Business": "businesses", "Person": "people"})

RELATED: Mapping[str, tuple[tuple[str, str, bool, str], ...]] = MappingProxyType(
    {
        "Address": (
            ("lots", "lot", True, "The lots that it belongs to, if it is smaller."),
            ("buildings", "building", True, "The buildings on it, or the one that it is in."),
            ("units", "unit", True, "The units in it."),
        ),
        "Business": (
            ("partOf", "company", False, "The company that trades here, if this is a site."),
            ("sites", "site", True, "Where the company trades."),
        ),
        "Person": (),
    }
)
"""Fields that lead to entities of another level: name, level, many, description."""

_ID = MappingProxyType(
    {"Person": "Sealed: tells nobody who it is. Always the same for one identifier; taken wherever an id is."}
)
"""What the id of a kind of entity is, where it is not its identifier."""

_SINCE = (
    Argument("since", "Date | None", "Only records of this day or later."),
    Argument("until", "Date | None", "Only records of this day or earlier."),
    Argument("changedSince", "DateTime | None", "Only records that their agency changed since; others have none."),
    Argument("orderBy", "list[RecordOrder] | None", "By date, latest first unless said otherwise."),
)


def add_entity(draft: Draft, city: City, entity: str, sections: Mapping[str, SectionTypes]) -> None:
    """The entity's type, its attribute enum and its connections."""
    shared = attributes(SHARED[entity])
    draft.enum(
        f"{entity}Attribute",
        f"The shared attributes of {entity}.",
        {constant(camel(n)): (n, f.description or "") for n, f in shared.items()},
    )
    fields = [
        *_facts(entity),
        *_attributes(entity),
        *_sections(city, entity, sections),
        *_merged(city, entity),
        *_related(entity),
        *_linked(draft, city, entity),
    ]
    description = SHARED[entity].__strawberry_definition__.description  # type: ignore[attr-defined]
    draft.object(entity, description, fields, (SHARED[entity], Node))


def _facts(entity: str) -> Iterator[Field]:
    yield Field("id", "ID", _ID.get(entity, "The identifier that it was found by."), EntityFact("id"), python_name="id")
    yield Field("label", "str", "A name to show; the id where agencies give none.", EntityFact("label"))
    if entity == "Business":
        yield Field("name", "str | None", "Trade name, or else legal name.", EntityFact("name"))
    yield Field("level", "Level", "What the identifier denotes.", EntityFact("level"))
    yield Field("existence", "Existence", "Whether any agency confirms it.", EntityFact("existence"))
    yield Field("identifiers", "list[Identifier]", "Related identifiers.", EntityFact("identifiers"))
    yield Field(
        "sources",
        "list[PartSource]",
        "How every part of the entity that this query asks for fares.",
        EntityFact("sources"),
    )
    if entity == "Business":
        yield _links()
    attribute = Argument("attribute", f"{entity}Attribute", "Which attribute.")
    yield Field("claims", "list[Claim] | None", "Every agency's value for an attribute.", Claims(entity), (attribute,))


def _links() -> Field:
    """What matching finds; everything that merges is shown, what may be the same only where asked for."""
    possible = Argument("possible", "float | None", "Also those that are only POSSIBLE, from this confidence on.")
    text = "Identifiers at other agencies that mean this business, found by comparing records."
    return Field("links", "list[BusinessLink] | None", text, Matched("Business"), (possible,))


def _attributes(entity: str) -> Iterator[Field]:
    """Nothing new: only what the inherited fields mean."""
    for name, made in attributes(SHARED[entity]).items():
        types = {"int": "int | None", "float": "float | None", "Money": "Money | None", "Date": "Date | None"}
        kind = _annotation(entity, name)
        yield Field(
            camel(name),
            types.get(kind, "str | None"),
            made.description or "",
            SharedAttribute(entity, name),
            python_name=name,
        )


def _annotation(entity: str, name: str) -> str:
    annotation = SHARED[entity].__annotations__[name]
    return getattr(annotation.__args__[0], "__name__", "str")


def _sections(city: City, entity: str, types: Mapping[str, SectionTypes]) -> Iterator[Field]:
    for section in city.sections:
        if section.entity == entity:
            yield section_field(section, types[section.type_name], city.tables[section.dataset])


def kinds_of(city: City, entity: str) -> dict[str, tuple[Section, ...]]:
    """The entity's sections by kind, in the order of the kinds."""
    mine = [s for s in city.sections if s.entity == entity and s.many]
    found = {kind: tuple(s for s in mine if s.kind == kind) for kind in KINDS}
    return {kind: sections for kind, sections in found.items() if sections}


def _merged(city: City, entity: str) -> Iterator[Field]:
    own = {s.name for s in city.sections if s.entity == entity}
    kinds = kinds_of(city, entity)
    for kind, sections in kinds.items():
        if MERGED_FIELD[kind] not in own:
            text = f"The records of kind {kind} of all agencies, latest first."
            yield Field(
                MERGED_FIELD[kind], f"{kind}Connection | None", text, Merged(sections, kind), (FIRST, AFTER, *_SINCE)
            )
    everything = tuple(s for sections in kinds.values() for s in sections)
    if everything:
        chosen = Argument("kinds", "list[RecordKind] | None", "Only records of these kinds.")
        text = "The timeline: records of every kind and every agency, latest first."
        arguments = (FIRST, AFTER, chosen, *_SINCE)
        yield Field("records", "RecordConnection | None", text, Merged(everything, None), arguments)


def _related(entity: str) -> Iterator[Field]:
    for name, level, many, text in RELATED[entity]:
        annotation = f"list[{entity}] | None" if many else f"{entity} | None"
        yield Field(name, annotation, text, Related(entity, level, many))


def _linked(draft: Draft, city: City, entity: str) -> Iterator[Field]:
    targets = {
        other
        for table in city.tables.values()
        for link in table.links
        for one, other in ((link.source, link.target), (link.target, link.source))
        if one == entity
    }
    for target in ENTITIES:
        if target in targets:
            name = f"{entity}{target}Link"
            _add_link(draft, name, target)
            role = Argument("role", "Role | None", "Only edges of this role.")
            text = f"{PLURAL[target].capitalize()} tied to it, each with the role and the record that says so."
            yield Field(PLURAL[target], f"{name}Connection | None", text, Linked(entity, target), (role, FIRST, AFTER))


def _add_link(draft: Draft, name: str, target: str) -> None:
    extra = [
        Field("role", "Role", "What ties the two."),
        Field("since", "Date | None", "The first day of the tie, where the record says so."),
        Field("until", "Date | None", "The last day of the tie, where the record says so."),
        Field("state", "MatchState", "POSSIBLE where the identifier is self-declared."),
        Field("confidence", "float", "From 0 to 1."),
        Field("source", "RecordSource", "Where the record that says so comes from."),
        Field("recordId", "ID | None", "Its id, for `node`; null where no section of either shows the record."),
    ]
    add_entity_connection(draft, name, target, extra, f"{PLURAL[target]} tied to an entity")


def add_roles(draft: Draft, city: City) -> None:
    """The roles in which the city's records tie entities."""
    roles = {link.role: link for table in city.tables.values() for link in table.links}
    members = {role: (role, f"{link.source} to {link.target}: {role.lower()}.") for role, link in roles.items()}
    if members:
        draft.enum("Role", "In which role a record ties two entities.", members)


def add_record_connections(draft: Draft, kinds: set[str]) -> None:
    """Connections over `Record` and over every kind in use."""
    draft.input("RecordOrder", "What to order records by.", [Field("date", "Direction | None", "By their date.")])
    for kind in KINDS:
        if kind in kinds:
            add_connection(draft, kind, one_source=False, what=f"records of kind {kind}")
    add_connection(draft, "Record", one_source=False, what="records of every kind")
