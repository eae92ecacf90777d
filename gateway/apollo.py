"""A city's schema as Apollo Client's cache wants to know it: possible types, policies, connections.

What Apollo takes as data is data here; what it takes as functions (merging pages, reading `nodes`
from `edges`) is `apollo.mjs`, one module for every city. See docs/clients.md and, for the meaning
of the options, Apollo Client's "Customizing the behavior of cached fields".
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_introspection_type,
    is_list_type,
    is_object_type,
)

PAGING = frozenset({"first", "after"})
"""What chooses a page of a list, and not another list."""


@dataclass(frozen=True, slots=True)
class ApolloCache:
    """The options of an `InMemoryCache` that are data, and what its functions must know.

    `possible_types` and `type_policies` are Apollo's own. `connections` gives each connection's
    type of edges; `lists` the fields, by type, that hold objects which live nowhere else.
    """

    possible_types: dict[str, list[str]]
    type_policies: dict[str, Any]
    connections: dict[str, str]
    lists: dict[str, list[str]]

    def printed(self) -> str:
        """As JSON, indented and in the order of the names."""
        values = {
            "possibleTypes": self.possible_types,
            "typePolicies": self.type_policies,
            "connections": self.connections,
            "lists": self.lists,
        }
        return json.dumps(values, indent=2) + "\n"

    def module(self) -> str:
        """As an ECMAScript module that exports the complete options of the cache."""
        functions = files("gateway").joinpath("apollo.mjs").read_text(encoding="utf-8")
        return (
            f"{functions}\nexport const {{ possibleTypes, typePolicies }} = cacheOptions({self.printed().rstrip()});\n"
        )


def apollo_cache(schema: GraphQLSchema) -> ApolloCache:
    """What Apollo Client needs to know of a schema."""
    types = sorted((t for t in schema.type_map.values() if not is_introspection_type(t)), key=lambda t: t.name)
    objects = [t for t in types if is_object_type(t)]
    roots = {root.name for root in (schema.query_type, schema.mutation_type) if root}
    edges = {t.name: get_named_type(t.fields["edges"].type).name for t in objects if _is_connection(t)}
    return ApolloCache(
        {t.name: sorted(p.name for p in schema.get_possible_types(t)) for t in types if is_abstract_type(t)},
        {t.name: _policy(t, edges, root=t.name in roots) for t in objects},
        edges,
        {t.name: found for t in objects if (found := _lists(t))},
    )


def _is_connection(kind: GraphQLObjectType) -> bool:
    page = kind.fields.get("pageInfo")
    return page is not None and get_named_type(page.type).name == "PageInfo" and "edges" in kind.fields


def _has_identity(kind: GraphQLNamedType) -> bool:
    return "id" in getattr(kind, "fields", {})


def _policy(kind: GraphQLObjectType, edges: dict[str, str], *, root: bool) -> dict[str, Any]:
    """An object with an id is kept by it, which is Apollo's own rule; any other lives in its parent.

    The rule is not spelled out as `keyFields: ["id"]`: Apollo then refuses answers without the id.
    """
    policy: dict[str, Any] = {} if root or _has_identity(kind) else {"keyFields": False}
    policy["merge"] = True
    fields = {name: _paged(field) for name, field in kind.fields.items() if get_named_type(field.type).name in edges}
    return policy | ({"fields": fields} if fields else {})


def _paged(field: GraphQLField) -> dict[str, Any]:
    return {"keyArgs": [name for name in field.args if name not in PAGING] or False}


def _lists(kind: GraphQLObjectType) -> list[str]:
    """Fields with lists of objects that are kept in their parent only; edges are a connection's."""
    found = ((name, get_nullable_type(field.type)) for name, field in kind.fields.items() if name != "edges")
    return [name for name, shape in found if is_list_type(shape) and _is_embedded(get_named_type(shape))]


def _is_embedded(kind: GraphQLNamedType) -> bool:
    return is_object_type(kind) and not _has_identity(kind)
