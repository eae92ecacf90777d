"""Shapes of queries, made from the schema: every path to every column, and every way to ask by it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

ENTITIES = ("Address", "Business", "Person")
ROOTS: Mapping[str, str] = MappingProxyType({"Address": "addresses", "Business": "businesses", "Person": "people"})
IDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Address": (
            *(f"tv.lot:{lot}" for lot in ("10101", "10102", "20101", "20102", "99999")),
            *("tv.building:1001", "tv.building:1002", "tv.unit:50001", "tv.pier:101", "tv.address:90001/12 OAK ST"),
        ),
        "Business": ("tv.company:7001", "tv.company:7002", "tv.site:70011", "tv.site:70012", "tv.site:79999"),
        "Person": ("tv.resident:300001", "tv.resident:300002", "tv.resident:300003", "tv.resident:399999"),
    }
)
TEXTS = ("12 Oak St, 90001", "12 Oak St", "3 Elm Ave, 90002", "14 OAK ST, 90001")
NAMES = ("AARON, ABE", "ZORN, ZOE", "ABE AARON", "Jane Doe", "DOE, JOHN", "ACME DINER", "OAK LLC", "ACME")
DAYS = ("1801-01-02", "2087-06-05", "1980-02-03", "1990-04-05", "2024-03-04")
PAGE = (
    "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { __typename id } }"
)
STATE = "source { state asOf error { code message } }"
STATES = "sources { state dataset asOf error { code message } }"
WORDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "Text": ('"AARON, ABE"', '"ZORN, ZOE"', '"M"', '"10101"', '"A"'),
        "Int": ("3", "876543", "1000"),
        "Float": ("0.25", "8765.5", "2.0"),
        "Money": ('"1.25"', '"876543.50"', '"1000"'),
        "Boolean": ("true", "false"),
        "Date": ('"1801-01-02"', '"2087-06-05"', '"2022-01-01"'),
        "DateTime": ('"1801-01-02T03:00:00-05:00"', '"2087-06-05T04:00:00Z"', '"2022-01-01T00:00:00Z"'),
        "Code": ('"A"', '"AARON, ABE"'),
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to ask."""

    name: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


class Shapes:
    """The shapes of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema

    def kind(self, name: str) -> Any:
        """A type."""
        return self.schema.type_map[name]

    def all(self) -> list[Shape]:
        """All that need no answer to an earlier question."""
        return [*self.plain(), *self.nodes(), *self.conditions(), *self.merged(), *self.links(), *self.searches()]

    # every path

    def plain(self) -> Iterator[Shape]:
        """Every field of every kind of entity, in one piece and field by field."""
        for entity in ENTITIES:
            fields: Mapping[str, GraphQLField] = self.kind(entity).fields
            leaves = [name for name, found in fields.items() if is_leaf_type(get_named_type(found.type))]
            yield self._asked(entity, "leaves", " ".join(leaves))
            for name, found in fields.items():
                if name not in leaves:
                    text = self._field(name, found, 6, 1)
                    yield self._asked(entity, name, f"id {text} sources {{ field state error {{ code }} }}")

    def _asked(self, entity: str, name: str, text: str) -> Shape:
        query = f"query($ids: [ID!]!) {{ {ROOTS[entity]}(ids: $ids) {{ {text} }} }}"
        return Shape(f"{entity}.{name}", query, {"ids": IDS[entity]})

    def nodes(self) -> Iterator[Shape]:
        """The same by `node`, by fragments on interfaces, under aliases."""
        ids = [one for entity in ENTITIES for one in IDS[entity]]
        parts = []
        for entity in ENTITIES:
            fields = self.kind(entity).fields
            leaves = [name for name, found in fields.items() if is_leaf_type(get_named_type(found.type))]
            parts.append(f"... on {entity} {{ {' '.join(f'{entity}_{name}: {name}' for name in leaves)} }}")
        yield Shape("nodes", f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id {' '.join(parts)} }} }}", {"ids": ids})
        one = 'a: node(id: "tv.resident:300001") { ...F } b: node(id: "tv.lot:10101") { ...F }'
        yield Shape("node by fragment", f"{{ {one} }} fragment F on Node {{ ... on Node {{ id __typename }} }}")

    def _selection(self, kind: Any, depth: int, entities: int) -> str:
        if depth <= 0:
            return "__typename"
        if kind.name in ENTITIES and entities <= 0:
            return "__typename id label"
        if isinstance(kind, GraphQLUnionType):
            return " ".join(f"... on {t.name} {{ {self._selection(t, depth, entities)} }}" for t in kind.types)
        inner = entities - (kind.name in ENTITIES)
        texts = ["__typename"]
        for name, found in kind.fields.items():
            if kind.name in ENTITIES and not is_leaf_type(get_named_type(found.type)):
                continue
            texts.append(self._field(name, found, depth - 1, inner))
        if isinstance(kind, GraphQLInterfaceType) and kind.name != "Node":
            texts += [self._fragment(kind, t, depth, inner) for t in self.schema.get_possible_types(kind)]
        return " ".join(text for text in texts if text)

    def _fragment(self, kind: GraphQLInterfaceType, concrete: GraphQLObjectType, depth: int, entities: int) -> str:
        own = [
            f"{concrete.name}_{name}: {self._field(name, found, min(depth - 1, 2), entities)}"
            for name, found in concrete.fields.items()
            if name not in kind.fields and (is_leaf_type(get_named_type(found.type)) or name != "about")
        ]
        return f"... on {concrete.name} {{ {' '.join(own)} }}" if own else ""

    def _field(self, name: str, found: GraphQLField, depth: int, entities: int) -> str:
        kind: Any = get_named_type(found.type)
        if name == "claims":
            return self._claims(found)
        if is_leaf_type(kind):
            return name
        if name == "nodes" and "__typename" not in name:
            return "nodes { __typename id }" if self._has_id(kind) else ""
        if name == "sources" or name == "error":
            return f"{name} {{ {self._selection(kind, 2, 0)} }}"
        return f"{name} {{ {self._selection(kind, depth, entities)} }}" if depth > 0 else ""

    def _has_id(self, kind: Any) -> bool:
        return "id" in getattr(kind, "fields", {})

    def _claims(self, found: GraphQLField) -> str:
        kind: Any = get_named_type(found.args["attribute"].type)
        assert isinstance(kind, GraphQLEnumType)
        inside = "value chosen rule source { dataset asOf recordUrl }"
        return " ".join(f"claims_{name}: claims(attribute: {name}) {{ {inside} }}" for name in kind.values)

    # every condition

    def sections(self) -> Iterator[tuple[str, str, GraphQLField]]:
        """(entity, name, field) of every list that takes conditions."""
        for entity in ENTITIES:
            for name, found in self.kind(entity).fields.items():
                if "where" in found.args:
                    yield entity, name, found

    def conditions(self) -> Iterator[Shape]:
        """Every operator over every column of every section and of `findAddresses`, and every order."""
        for entity, name, found in self.sections():
            root = ROOTS[entity]
            ids = IDS[entity][:2]
            for what, arguments in self._arguments(found):
                asked = " ".join(f"a{n}: {name}({given}) {{ {PAGE} {STATE} }}" for n, given in enumerate(arguments))
                query = f"query($ids: [ID!]!) {{ {root}(ids: $ids) {{ {asked} }} }}"
                yield Shape(f"{entity}.{name} {what}", query, {"ids": ids}, {"trace": True})
        found = self.schema.query_type.fields["findAddresses"]  # type: ignore[union-attr]
        page = PAGE.replace("__typename id", "id label")
        for what, arguments in self._arguments(found):
            asked = " ".join(
                f"a{n}: findAddresses({given}) {{ {page} {STATES} edges {{ reasons {{ field value }} }} }}"
                for n, given in enumerate(arguments)
            )
            yield Shape(f"findAddresses {what}", f"{{ {asked} }}", {}, {"trace": True})

    def _arguments(self, found: GraphQLField) -> Iterator[tuple[str, list[str]]]:
        where: Any = get_named_type(found.args["where"].type)
        order: Any = get_named_type(found.args["orderBy"].type)
        for name, column in where.fields.items():
            if name in ("and", "or"):
                continue
            compared = list(self._compared(name, get_named_type(column.type)))
            mixed = [f"where: {{ or: [{{ {name}: {{ isNull: true }} }}, {{ {compared[0]} }}] }}"]
            mixed += [f"where: {{ and: [{{ {compared[-1]} }}, {{ or: [{{ {name}: {{ isNull: false }} }}] }}] }}"]
            yield f"where {name}", [*(f"where: {{ {one} }}" for one in compared), *mixed]
        for name in order.fields:
            given = [f"first: {first}, orderBy: [{{ {name}: {way} }}]" for first in (1, 20) for way in ("ASC", "DESC")]
            yield f"order {name}", given
        yield "pages", [f"first: {first}" for first in (0, 1, 2, 3)]

    def _compared(self, name: str, kind: Any) -> Iterator[str]:
        assert isinstance(kind, GraphQLInputObjectType)
        for operator, found in kind.fields.items():
            listed = operator in ("in", "notIn")
            scalar = str(get_named_type(found.type))
            words = WORDS[{"String": "Text", "Boolean": "Boolean"}.get(scalar, scalar)]
            for word in words[: 1 if listed else 2]:
                yield f"{name}: {{ {operator}: {f'[{word}]' if listed else word} }}"

    def merged(self) -> Iterator[Shape]:
        """The timeline and the merged kinds: by day, by change, by kind, in both orders, page by page."""
        for entity in ENTITIES:
            for name, found in self.kind(entity).fields.items():
                if "since" not in found.args:
                    continue
                given = [f'since: "{day}"' for day in DAYS] + [f'until: "{day}"' for day in DAYS]
                given += [f'changedSince: "{day}T00:00:00Z"' for day in DAYS]
                given += [f"first: {n}, orderBy: [{{ date: {way} }}]" for n in (1, 2, 4) for way in ("ASC", "DESC")]
                page = f"{PAGE} {STATES}"
                asked = " ".join(f"a{n}: {name}({one}) {{ {page} }}" for n, one in enumerate(given))
                query = f"query($ids: [ID!]!) {{ {ROOTS[entity]}(ids: $ids) {{ {asked} }} }}"
                yield Shape(f"{entity}.{name} pages", query, {"ids": IDS[entity][:2]}, {"trace": True})

    def links(self) -> Iterator[Shape]:
        """Entities that others are tied to, page by page, by role."""
        for entity in ENTITIES:
            for name, found in self.kind(entity).fields.items():
                if "role" not in found.args:
                    continue
                role: Any = get_named_type(found.args["role"].type)
                given = ["first: 1", "first: 2", *(f"role: {one}" for one in role.values)]
                page = PAGE.replace("__typename id", "id label existence")
                asked = " ".join(f"a{n}: {name}({one}) {{ {page} {STATES} }}" for n, one in enumerate(given))
                query = f"query($ids: [ID!]!) {{ {ROOTS[entity]}(ids: $ids) {{ {asked} }} }}"
                yield Shape(f"{entity}.{name} pages", query, {"ids": IDS[entity]}, {"trace": True})

    def searches(self) -> Iterator[Shape]:
        """Every search root, for names and days that are planted and others."""
        said = "state confidence evidence { rule detail }"
        asked = [
            f'a{n}: searchAddresses(text: "{text}") {{ {said} address {{ id label }} }}' for n, text in enumerate(TEXTS)
        ]
        yield Shape("searchAddresses", f"{{ {' '.join(asked)} }}", {}, {"trace": True})
        near = ["", *(f', near: "{lot}"' for lot in IDS["Address"][:3])]
        asked = [
            f'a{n}_{m}: searchBusinesses(name: "{name}"{place}) {{ {said} business {{ id label }} }}'
            for n, name in enumerate(NAMES)
            for m, place in enumerate(near)
        ]
        yield Shape("searchBusinesses", f"{{ {' '.join(asked)} }}", {}, {"trace": True})
        asked = [
            f'a{n}_{m}: searchPersons(name: "{name}", birthDate: "{day}") {{ {said} person {{ id label }} }}'
            for n, name in enumerate(NAMES[:5])
            for m, day in enumerate(DAYS)
        ]
        asked += [
            f'b{n}_{m}: searchPersonsNear(name: "{name}"{place}) {{ {said} person {{ id label }} }}'
            for n, name in enumerate(NAMES[:5])
            for m, place in enumerate(near[1:])
        ]
        yield Shape("searchPersons", f"{{ {' '.join(asked)} }}", {}, {"trace": True})

    # what follows from answers

    def records(self, ids: Sequence[str]) -> Shape:
        """Records by their ids."""
        kinds = [t.name for t in self.schema.get_possible_types(self.kind("Record"))]
        parts = " ".join(f"... on {kind} {{ {kind}_id: id {kind}_at: changedAt }}" for kind in kinds)
        return Shape(
            "records by id", f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {parts} }} }}", {"ids": ids}
        )

    def following(self, entity: str, name: str, cursors: Sequence[str]) -> Shape:
        """The pages behind cursors; those of another order are refused, which tells nothing either."""
        asked = " ".join(f'a{n}: {name}(first: 2, after: "{c}") {{ {PAGE} }}' for n, c in enumerate(cursors))
        query = f"query($ids: [ID!]!) {{ {ROOTS[entity]}(ids: $ids) {{ {asked} }} }}"
        return Shape(f"{entity}.{name} after", query, {"ids": IDS[entity][:2]}, {"trace": True})
