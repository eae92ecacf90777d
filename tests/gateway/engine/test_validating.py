"""Validation says what graphql-core's says, of whatever is wrong, in the same order."""

from pathlib import Path

import graphql
import pytest
from graphql import GraphQLError, parse

from gateway.engine.validating import validate
from tests.e2e.city import schema

DOCUMENTS = [
    "{ me { name } }",
    "{ me { nme } city { agencies { nam } } }",
    "{ me }",
    "{ me { name { first } } }",
    "{ address { label } }",
    '{ address(id: "x", ids: "y") { label } }',
    "{ address(id: $id) { label } }",
    "query($id: ID, $id: ID!, $unused: Int, $n: Nothing, $a: Address) { address(id: $id) { label } }",
    "query($n: String) { address(id: 1) { sales(first: $n) { totalCount } } }",
    '{ address(id: 1) { sales(first: "many", where: {amount: {eq: true}, nothing: 1}) { totalCount } } }',
    "{ address(id: 1) { ...F } } fragment F on Address { id ...F }",
    "{ address(id: 1) { ...F ...G } } fragment F on Business { id } fragment H on Nothing { id }"
    " fragment F on Int { x }",
    "{ address(id: 1) { id: label id } }",
    '{ address(id: 1) { label } address(id: "2") { label } }',
    "{ me { name @skip @skip(if: true) @include(if: 1) @nothing } }",
    "query @skip(if: true) { me { name } }",
    "query A { me { name } } query A { me { name } } { me { name } }",
    "subscription { me { name } }",
    "type X { a: Int } { me { name } }",
    "{ node(id: 1) { ... on Address { label } ... on Me { name } ... on City { name } } }",
    "query($id: ID!, $more: Boolean!) { address(id: $id) { ...F @include(if: $more) } } fragment F on Address"
    " { sales(first: $first) { nodes { amount } } }",
    "mutation { nothing }",
    "{ " + " ".join(f"x{n}" for n in range(60)) + " }",
    "{ me { " + "name " * 60 + "} }",
    '{ addresses(ids: ["a", $b, 5, {c: 1}]) { id } }',
    "{ __schema { types { name fields { nam } } } __typename __type(name: 5) { name } }",
    "query($a: Boolean! = true, $b: Boolean = null) { me { name @skip(if: $a) scopes @include(if: $b) } }",
]
PLANNED = [path.read_text() for path in sorted((Path(__file__).parent / "plans").glob("*.graphql"))]


def told(errors: list[GraphQLError]) -> list[tuple[str, object]]:
    return [(error.message, error.locations) for error in errors]


@pytest.mark.parametrize("text", [*DOCUMENTS, *PLANNED])
def test_as_graphql_core(text: str) -> None:
    document = parse(text)
    made = schema().graphql
    assert told(validate(made, document)) == told(graphql.validate(made, document, max_errors=20))


def test_the_documents_are_wrong_in_many_ways() -> None:
    wrong = [text for text in DOCUMENTS if graphql.validate(schema().graphql, parse(text))]
    assert len(wrong) > 20
