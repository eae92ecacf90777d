"""The committed schema is the demo city's, and says of everything what it is."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLSchema, build_schema
from graphql.type import is_introspection_type, is_specified_scalar_type

from gateway.catalogue import load
from resolvers import schema as factory

ROOT = Path(__file__).parents[1]
PRINT = ".venv/bin/citygraph schema --city cities/demo > schema.graphql"


@pytest.fixture(scope="module")
def demo() -> factory.CitySchema:
    return factory.build_schema(load(ROOT / "cities" / "demo", {}))


def test_the_committed_schema_is_the_demo_citys(demo: factory.CitySchema) -> None:
    committed = (ROOT / "schema.graphql").read_text()
    assert committed == demo.printed(), f"schema.graphql is out of date: run `{PRINT}` and review the difference"


def test_everything_is_described(demo: factory.CitySchema) -> None:
    assert list(undescribed(demo.graphql)) == []


def test_two_cities_live_in_one_process(demo: factory.CitySchema) -> None:
    again = factory.build_schema(demo.city)
    assert again.printed() == demo.printed()
    assert again.graphql.type_map["Address"] is not demo.graphql.type_map["Address"]


def test_one_dead_agency_can_null_no_parent(demo: factory.CitySchema) -> None:
    """Every section, every column and every shared attribute is nullable."""
    meaningful = {"SectionField", "Merged", "Linked", "ColumnField", "SharedAttribute", "Related", "Part", "Whole"}
    for (type_name, field_name), meaning in demo.meanings.items():
        if type(meaning).__name__ in meaningful:
            field = demo.graphql.type_map[type_name].fields[field_name]  # type: ignore[attr-defined]
            assert not str(field.type).endswith("!"), f"{type_name}.{field_name} is not nullable"


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Every type, field, argument and enum value without a description."""
    found = []
    for kind in schema.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            found += _undescribed(kind)
    return found


def _undescribed(kind: GraphQLNamedType) -> list[str]:
    found = [] if kind.description else [kind.name]
    for name, field in getattr(kind, "fields", {}).items():
        found += [] if field.description else [f"{kind.name}.{name}"]
        found += [f"{kind.name}.{name}({a})" for a, arg in getattr(field, "args", {}).items() if not arg.description]
    if isinstance(kind, GraphQLEnumType):
        found += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
    return found


def test_the_check_of_descriptions_can_fail() -> None:
    assert undescribed(build_schema('"q" type Query { a(b: Int): Int }')) == ["Query.a", "Query.a(b)"]
