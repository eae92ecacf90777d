"""Variables: whatever is given, the values and the errors are graphql-core's."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, get_variable_values, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine import variables
from gateway.engine.variables import Variables

TYPES = ["ID", "ID!", "String", "Int", "Int!", "Float", "Boolean!", "Kind", "Box", "[ID!]!", "[ID]", "[[Int!]]", "Date"]
SCHEMA: GraphQLSchema = build_schema(
    "scalar Date enum Kind { A B } input Box { of: Int! = 1 }"
    f"type Query {{ q({', '.join(f'a{i}: {kind}' for i, kind in enumerate(TYPES))}): Int }}"
)
VALUES = st.recursive(
    st.sampled_from(["1", "A", "", 1, 2**31, -(2**31), 1.0, 1.5, True, None, {"of": 2}, {}]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


def operation_of(kinds: list[str]) -> OperationDefinitionNode:
    declared = " ".join(f"$v{i}: {kind}" for i, kind in enumerate(kinds))
    document = parse(f"query ({declared}) {{ q }}" if kinds else "{ q }")
    (found,) = document.definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


def told(found: Any) -> Any:
    """What can be compared: of errors their messages."""
    if isinstance(found, list):
        return [error.message for error in found]
    values = {name: (type(value), value) for name, value in found.coerced.items()}
    return values, {name: source.value for name, source in found.sources.items()}


@given(
    kinds=st.lists(st.sampled_from([*TYPES, "Int = 3", 'ID! = "x"', "Kind = A"]), max_size=3),
    said=st.lists(VALUES, max_size=4),
)
def test_values_and_errors_are_graphql_cores(kinds: list[str], said: list[Any]) -> None:
    operation, given = operation_of(kinds), {f"v{i}": value for i, value in enumerate(said)}
    expected = get_variable_values(SCHEMA, operation.variable_definitions or (), given, max_errors=20)
    assert told(Variables(SCHEMA, operation).coerced(given)) == told(expected)


@pytest.mark.parametrize(
    ("kind", "value"), [("ID!", "hbt.parcel:1"), ("[ID!]!", ["a", "b"]), ("Int", 5), ("Boolean", False)]
)
def test_what_is_plainly_right_is_taken_as_it_is(kind: str, value: Any) -> None:
    found = Variables(SCHEMA, operation_of([kind]))._plainly({"v0": value, "other": 1})
    assert found is not None
    assert found.coerced == {"v0": value}
    assert variables.__doc__
