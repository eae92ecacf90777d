"""The schema of a city: one factory, from the catalogue's values to strawberry types.

Only declarations: no field resolves anything here. Beside the schema stands what each field
means (`meanings`); the engine plans, fetches and answers from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers import administration, connections, directory, entities, linking, provenance, records, scalars
from resolvers.city import City
from resolvers.connections import AFTER, FIRST, add_entity_connection
from resolvers.drafting import Argument, Draft, Field
from resolvers.entities import PLURAL, add_entity, add_record_connections, add_roles
from resolvers.identity.schemes import codec
from resolvers.inputs import add_filters, add_where, column_names
from resolvers.meaning import (
    BulkRoot,
    CityRoot,
    EntityRoot,
    FindRoot,
    KeysRoot,
    Meaning,
    MeRoot,
    NodeRoot,
    SearchRoot,
    ValueEntity,
)
from resolvers.names import camel
from resolvers.sections import ENTITIES, add_about, add_section

_MODULES = (administration, connections, directory, entities, linking, provenance, records, scalars)


@dataclass(frozen=True, slots=True)
class CitySchema:
    """A city's schema. `meanings` is by (type, field); `inputs` gives for each where and order
    input the column behind each of its fields; `find` the dataset that `findAddresses` asks."""

    city: City
    strawberry: strawberry.Schema
    meanings: Mapping[tuple[str, str], Meaning]
    inputs: Mapping[str, Mapping[str, str]]

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return self.strawberry._schema

    def printed(self) -> str:
        """The schema in SDL, as `schema.graphql` has it."""
        return self.strawberry.as_str() + "\n"


def build_schema(city: City) -> CitySchema:
    """Generate all types of the city. Takes about 20 ms a section; do it once a city."""
    draft = Draft(_names())
    try:
        return _build(draft, city)
    finally:
        draft.close()


def _names() -> dict[str, object]:
    names: dict[str, object] = {"ID": strawberry.ID}
    for module in _MODULES:
        own = {n: v for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__}
        names.update(own)
    return names


def _build(draft: Draft, city: City) -> CitySchema:
    add_filters(draft)
    unique = {section.type_name: section for section in city.sections}
    types = {name: add_section(draft, city, section) for name, section in unique.items()}
    for section in unique.values():
        add_about(draft, city, section)
        if not section.many and any(section.type_name == p.type_name for p in city.sections if p.part_of):
            connections.add_connection(draft, section.type_name, one_source=True, what="parts")
    add_record_connections(draft, {s.kind for s in city.sections if s.kind})
    add_roles(draft, city)
    for entity in ENTITIES:
        add_entity(draft, city, entity, types)
    _add_candidates(draft)
    draft.object("Query", "Everything that can be asked.", list(_roots(draft, city)))
    schema = strawberry.Schema(
        query=draft.types["Query"],
        mutation=administration.Mutation,
        types=list(draft.types.values()),
        config=StrawberryConfig(scalar_map=scalars.SCALARS),
    )
    return CitySchema(city, schema, MappingProxyType(draft.meanings), MappingProxyType(draft.inputs))


def _add_candidates(draft: Draft) -> None:
    for entity in ENTITIES:
        draft.object(
            f"{entity}Candidate",
            f"{_a(entity)} that may be the one looked for.",
            [
                Field("state", "MatchState", "MATCH if it can only be this one."),
                Field("confidence", "float", "From 0 to 1."),
                Field("evidence", "list[Evidence]", "Why it was found."),
                Field(entity.lower(), f"{entity} | None", "The candidate.", ValueEntity(entity)),
            ],
        )


def _a(entity: str) -> str:
    """An entity with its article, at the beginning of a sentence."""
    return f"{'An' if entity[0] in 'AEIOU' else 'A'} {entity.lower()}"


def _roots(draft: Draft, city: City) -> "list[Field]":
    fields = []
    for entity in ENTITIES:
        one, many = entity.lower(), PLURAL[entity]
        id_ = Argument(
            "id", "ID", f"Any declared identifier{_example(city, entity)}, or the `id` of an earlier answer."
        )
        ids = Argument("ids", "list[ID]", "Identifiers; the answer keeps their order.")
        merged = _merged(entity)
        fields.append(Field(one, f"{entity} | None", f"One {one} by identifier.", EntityRoot(entity), (id_, *merged)))
        text = f"Several {many} by identifier; null and an error where one is not found."
        fields.append(Field(many, f"list[{entity} | None] | None", text, BulkRoot(entity), (ids, *merged)))
    fields += [*_searches(), *_find(draft, city)]
    node = Argument("id", "ID", "The `id` of an entity or a record.")
    nodes = Argument("ids", "list[ID]", "Ids of entities and records; the answer keeps their order.")
    fields.append(Field("node", "Node | None", "Anything by its id.", NodeRoot(many=False), (node,)))
    fields.append(Field("nodes", "list[Node | None] | None", "Anything by ids.", NodeRoot(many=True), (nodes,)))
    fields.append(Field("city", "City", "The city: its agencies, datasets and schemes.", CityRoot()))
    fields.append(Field("me", "Me", "The caller.", MeRoot()))
    fields.append(_keys())
    return fields


def _merged(entity: str) -> tuple[Argument, ...]:
    """From which confidence on a profile takes in what may be the same; other kinds are not matched."""
    text = "From which confidence on records that are only POSSIBLE links belong to the profile too; never without it."
    return (Argument("possible", "float | None", text),) if entity == "Business" else ()


def _keys() -> Field:
    """`keys`, for administrators."""
    arguments = (
        Argument("agreement", "ID | None", "Only those of this agreement."),
        Argument("first", "int", "How many at the most.", administration.FIRST_KEYS),
        Argument("idAfter", "ID | None", "Only those whose ids come after this one."),
    )
    return Field("keys", "list[ApiKey] | None", "Keys by id, for administrators.", KeysRoot(), arguments)


def _example(city: City, entity: str) -> str:
    """An identifier of the city's first scheme for an entity, as an example."""
    found = next((s for s in city.schemes.values() if s.entity == entity and s.check != "address"), None)
    return f" (`{found.name}:{codec(found.check).example}`)" if found else ""


def _searches() -> list[Field]:
    at_most = Argument("first", "int", "How many candidates at the most.", 8)
    near = Argument("near", "ID | None", "Only at this address.")
    name = Argument("name", "str", "The name, or its beginning.")
    text = Argument("text", "str", "An address as people write it.")
    return [
        Field(
            "searchAddresses",
            "list[AddressCandidate] | None",
            "Addresses by free text. Ambiguous text gives candidates, never a guess.",
            SearchRoot("Address"),
            (text, at_most),
        ),
        Field(
            "searchBusinesses",
            "list[BusinessCandidate] | None",
            "Businesses by name.",
            SearchRoot("Business"),
            (name, near, at_most),
        ),
        *_person_searches(near, at_most),
    ]


def _person_searches(near: Argument, at_most: Argument) -> list[Field]:
    """A root for each pair of facts: a name alone finds nobody, and the types say so."""
    name = Argument("name", "str", "Full name.")
    born = Argument("birthDate", "Date", "Day of birth.")
    place = Argument("near", "ID", "The address.")
    found = "list[PersonCandidate] | None"
    text = "People by name and day of birth. Where the day isn't known: `searchPersonsNear`."
    beside = "People by name at an address. Where the address isn't known: `searchPersons`."
    return [
        Field("searchPersons", found, text, SearchRoot("Person"), (name, born, near, at_most)),
        Field("searchPersonsNear", found, beside, SearchRoot("Person"), (name, place, at_most)),
    ]


def _find(draft: Draft, city: City) -> list[Field]:
    """`findAddresses` over the columns of the first register of addresses with claims."""
    dataset = _register_of(city, "Address")
    if dataset is None:
        return []
    table = city.tables[dataset]
    claimed = {camel(c.attribute): table.dataset.columns[c.column] for c in table.claims if c.entity == "Address"}
    named = list(claimed.items()) or column_names(table.dataset.columns, table.dataset.columns)
    inputs = add_where(draft, "Address", named)
    if inputs is None:
        return []
    reasons = Field("reasons", "list[Reason]", "The values that met the conditions.")
    add_entity_connection(draft, "Address", "Address", [reasons], "addresses found")
    arguments = (
        Argument("where", "AddressWhere | None", "Conditions on what the register says."),
        Argument("orderBy", "list[AddressOrder] | None", "First by the first, then by the next."),
        FIRST,
        AFTER,
    )
    text = f"Addresses by what {table.title or dataset} says of them."
    return [Field("findAddresses", "AddressConnection | None", text, FindRoot("Address", dataset), arguments)]


def _register_of(city: City, entity: str) -> str | None:
    """The most trusted register that claims attributes of an entity."""
    found = [
        dataset
        for register in city.registers
        if city.schemes[register.scheme].entity == entity
        for dataset in register.datasets
    ]
    claiming = [d for d in found if any(c.entity == entity for c in city.tables[d].claims)]
    return next(iter([*claiming, *found]), None)
