"""What Apollo Client is told of a schema: data that fits it, for every type."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, is_abstract_type, is_object_type

from gateway.apollo import ApolloCache, apollo_cache

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cache(demo: GraphQLSchema) -> ApolloCache:
    return apollo_cache(demo)


def test_every_interface_has_its_types(demo: GraphQLSchema, cache: ApolloCache) -> None:
    abstract = {name for name, kind in demo.type_map.items() if is_abstract_type(kind) and not name.startswith("__")}
    assert set(cache.possible_types) == abstract
    assert cache.possible_types["Violation"] == ["HealthLeadOrders", "HealthViolations", "HousingViolations"]


def test_what_has_an_id_is_kept_by_it_and_all_else_by_its_parent(demo: GraphQLSchema, cache: ApolloCache) -> None:
    objects = {n: t for n, t in demo.type_map.items() if is_object_type(t) and not n.startswith("__")}
    assert set(cache.type_policies) == set(objects)
    kept = {name for name, policy in cache.type_policies.items() if "keyFields" not in policy}
    assert kept == {name for name, kind in objects.items() if "id" in kind.fields} | {"Query", "Mutation"}
    assert all(policy["merge"] is True for policy in cache.type_policies.values())
    assert {policy.get("keyFields", False) for policy in cache.type_policies.values()} == {False}


def test_a_list_is_what_its_conditions_choose(demo: GraphQLSchema, cache: ApolloCache) -> None:
    fields = cache.type_policies["Address"]["fields"]
    assert fields["sales"] == {"keyArgs": ["where", "orderBy"]}
    assert fields["records"] == {"keyArgs": ["kinds", "since", "until", "changedSince", "orderBy"]}
    assert cache.type_policies["Query"]["fields"]["findAddresses"] == {"keyArgs": ["where", "orderBy"]}
    paged = {
        (kind.name, name)
        for kind in demo.type_map.values()
        if is_object_type(kind)
        for name, field in kind.fields.items()
        if "after" in field.args
    }
    assert paged == {(t, f) for t, policy in cache.type_policies.items() for f in policy.get("fields", {})}


def test_connections_name_their_edges(demo: GraphQLSchema, cache: ApolloCache) -> None:
    assert set(cache.connections) == {name for name in demo.type_map if name.endswith("Connection")}
    assert cache.connections["DeedsSalesConnection"] == "DeedsSalesEdge"


def test_lists_that_live_in_their_parent(cache: ApolloCache) -> None:
    assert cache.lists["Address"] == ["identifiers", "sources", "claims"]
    assert cache.lists["DeedsSalesConnection"] == ["sources"]


def test_a_list_without_conditions_and_a_dataset_called_connection() -> None:
    small = build_schema("""
      type Query { pipes(first: Int, after: String): PipePage  waterConnection: WaterConnection }
      type PipePage { edges: [PipeEdge!] pageInfo: PageInfo! }
      type PipeEdge { node: WaterConnection cursor: String! }
      type PageInfo { hasNextPage: Boolean! }
      type WaterConnection { id: ID! edges: Int }
    """)
    found = apollo_cache(small)
    assert found.connections == {"PipePage": "PipeEdge"}
    assert found.type_policies["Query"] == {"merge": True, "fields": {"pipes": {"keyArgs": False}}}
    assert found.type_policies["WaterConnection"] == {"merge": True}


def test_it_prints_as_json_and_as_a_module(cache: ApolloCache) -> None:
    told = json.loads(cache.printed())
    assert list(told) == ["possibleTypes", "typePolicies", "connections", "lists"]
    module = cache.module()
    assert "export function cacheOptions(" in module
    assert cache.printed().rstrip() in module
