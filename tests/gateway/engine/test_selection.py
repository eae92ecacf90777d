from typing import Any

import pytest
from graphql import GraphQLError, parse, validate
from graphql.execution.values import get_variable_values

from gateway.engine.documents import Document
from gateway.engine.selection import Collector, Selected, Selection
from tests.e2e.city import schema


def select(text: str, **variables: Any) -> Selection:
    """The selection of a valid operation."""
    ast = parse(text)
    assert validate(schema().graphql, ast) == []
    document = Document(ast)
    operation = document.operation(None)
    values = get_variable_values(schema().graphql, operation.variable_definitions or (), variables)
    assert not isinstance(values, list), values
    return Collector(schema().graphql, document.fragments, values, schema().meanings).root(operation)


def shape(found: Selection) -> dict[str, Any]:
    """Response keys only; fields with one concrete type without that type's name."""
    return {key: _inside(selected) for key, selected in found.items()}


def _inside(selected: Selected) -> Any:
    inside = {name: shape(children) for name, children in selected.children.items()}
    return next(iter(inside.values())) if len(inside) == 1 else inside


def test_fields_stand_in_the_order_of_their_first_mention() -> None:
    found = select("{ me { name } city { name } me { scopes name } }")
    assert shape(found) == {"me": {"name": {}, "scopes": {}}, "city": {"name": {}}}
    assert [*found] == ["me", "city"]


def test_fields_of_one_key_are_merged_through_fragments() -> None:
    found = select(
        "{ ...A me { n: name } ... on Query { me { ...B } } ... { me { __typename } } }"
        " fragment A on Query { me { scopes } } fragment B on Me { name }"
    )
    assert shape(found) == {"me": {"scopes": {}, "n": {}, "name": {}, "__typename": {}}}
    assert len(found["me"].nodes) == 4


def test_a_fragment_counts_once_in_a_selection() -> None:
    found = select("{ ...A ...A } fragment A on Query { me { name } }")
    assert len(found["me"].nodes) == 1


@pytest.mark.parametrize(
    ("directives", "there"),
    [
        ("@skip(if: true)", False),
        ("@skip(if: false)", True),
        ("@include(if: true)", True),
        ("@include(if: false)", False),
        ("@skip(if: $no) @include(if: $yes)", True),
        ("@skip(if: $yes) @include(if: $yes)", False),
        ("@skip(if: $no) @include(if: $no)", False),
    ],
)
@pytest.mark.parametrize("where", ["field", "inline", "spread"])
def test_skip_and_include(where: str, directives: str, there: bool) -> None:
    node = {"field": f"name {directives}", "inline": f"... {directives} {{ name }}", "spread": f"...F {directives}"}
    text = f"query($yes: Boolean = true, $no: Boolean = false) {{ me {{ {node[where]} __typename }}"
    text += " used: me { name @include(if: $yes) @skip(if: $no) } }"
    if where == "spread":
        text += " fragment F on Me { name }"
    assert ("name" in shape(select(text))["me"]) is there


def test_a_skipped_spread_does_not_use_up_its_fragment() -> None:
    found = select("{ me { ...F @skip(if: true) ...F } } fragment F on Me { name }")
    assert shape(found) == {"me": {"name": {}}}


def test_a_selection_for_each_concrete_type() -> None:
    found = select('{ node(id: "x") { id ... on Address { label } ... on Business { name } } }')
    children = found["node"].children
    assert shape(children["Address"]) == {"id": {}, "label": {}}
    assert shape(children["Business"]) == {"id": {}, "name": {}}
    assert shape(children["Person"]) == {"id": {}}


def test_constant_arguments_are_coerced_once() -> None:
    found = select('{ address(id: "x") { records { totalCount } } }')
    records = found["address"].children["Address"]["records"]
    assert records.constant is not None
    assert records.constant["first"] == 20
    assert not records.variable


def test_arguments_with_variables_are_read_anew() -> None:
    found = select('query($n: Int!) { address(id: "x") { records(first: $n) { totalCount } } }', n=3)
    records = found["address"].children["Address"]["records"]
    assert (records.variable, records.constant) == (True, None)


def test_typename_has_no_definition() -> None:
    found = select("{ kind: __typename }")
    assert (found["kind"].definition, found["kind"].parent) == (None, "Query")


def test_numbers_tell_fields_apart() -> None:
    found = select('{ a: address(id: "x") { id label } b: address(id: "x") { id } }')
    numbers = [s.number for root in found.values() for s in (root, *root.walk())]
    assert len(numbers) == len(set(numbers)) == 5


def test_what_unfolds_too_far_is_refused() -> None:
    kinds = " ".join(f"r{n}: records {{ nodes {{ ...F }} }}" for n in range(400))
    fragment = (
        "fragment F on Record { id kind title date until level status { code label category } source { agency } }"
    )
    with pytest.raises(GraphQLError, match="more than 50000 fields") as caught:
        select(f'{{ address(id: "x") {{ {kinds} }} }} {fragment}')
    assert caught.value.extensions == {"code": "TOO_COMPLEX"}
