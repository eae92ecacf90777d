import pytest
from graphql import GraphQLError, parse

from gateway.engine.documents import CAPS, Documents, condition_variables, has_literals
from tests.e2e.city import schema


@pytest.fixture
def documents() -> Documents:
    """An empty cache."""
    return Documents(schema().graphql)


def nested(depth: int) -> str:
    """A query of so many levels; it is valid, because every level is on the way to another."""
    steps = ["address(id: 1)", *["businesses", "nodes", "addresses", "nodes"] * depth][: depth - 1]
    return "{ " + " { ".join([*steps, "__typename"]) + " }" * depth


def codes(found: tuple[GraphQLError, ...]) -> list[str]:
    return [str((error.extensions or {}).get("code")) for error in found]


def test_a_valid_document(documents: Documents) -> None:
    found = documents.get("{ me { name } }")
    assert found.errors == ()
    assert found.operation(None).operation.value == "query"


def test_a_document_is_kept(documents: Documents) -> None:
    assert documents.get("{ me { name } }") is documents.get("{ me { name } }")


def test_what_is_not_valid_is_not_kept(documents: Documents) -> None:
    assert documents.get("{ me { nme } }") is not documents.get("{ me { nme } }")


def test_the_cache_is_bounded_by_bytes() -> None:
    gone: list[str] = []
    documents = Documents(schema().graphql, room=12_000, dropped=lambda document: gone.append(document.text))
    first = documents.get("{ me { name } }")
    documents.get("{ me { scopes } }")
    assert documents.get("{ me { name } }") is first
    documents.get("{ me { name scopes } }")
    assert documents.size <= 12_000
    assert gone == ["{ me { scopes } }"]
    assert documents.get("{ me { name } }") is first
    long = "{ me { name } }" + " " * 4_000
    assert documents.get(long) is not documents.get(long)


def test_what_was_made_of_a_document_counts() -> None:
    gone: list[str] = []
    documents = Documents(schema().graphql, room=40_000, dropped=lambda document: gone.append(document.text))
    first, second = documents.get("{ me { name } }"), documents.get("{ me { scopes } }")
    before = documents.size
    assert documents.grow(first, 5_000)
    assert documents.size == before + 5_000
    assert not documents.grow(first, 5_000)  # one document takes a quarter of the room at most
    documents.forget(second.text)
    assert gone == [second.text]
    assert not documents.grow(second, 1)


@pytest.mark.parametrize(("text", "code"), [("{ me {", "SYNTAX"), ("", "SYNTAX"), ("{ me { nme } }", "VALIDATION")])
def test_mistakes(documents: Documents, text: str, code: str) -> None:
    found = documents.get(text)
    assert found.ast is None
    assert codes(found.errors) == [code]


def test_depth(documents: Documents) -> None:
    assert documents.get(nested(CAPS.depth)).errors == ()
    found = documents.get(nested(CAPS.depth + 1))
    assert codes(found.errors) == ["TOO_COMPLEX"]
    assert f"{CAPS.depth + 1} levels deep" in found.errors[0].message


def test_depth_counts_through_fragments(documents: Documents) -> None:
    links = [f"fragment F{n} on Address {{ buildings {{ ...F{n + 1} }} }}" for n in range(CAPS.depth)]
    text = " ".join(['{ address(id: "x") { ...F0 } }', *links, f"fragment F{CAPS.depth} on Address {{ id }}"])
    assert codes(documents.get(text).errors) == ["TOO_COMPLEX"]


def test_a_circle_of_fragments_is_validations_to_tell(documents: Documents) -> None:
    found = documents.get('{ address(id: "x") { ...F } } fragment F on Address { buildings { ...F } }')
    assert codes(found.errors) == ["VALIDATION"]
    assert "within itself" in found.errors[0].message


def test_nesting_that_no_parser_bears(documents: Documents) -> None:
    found = documents.get("{ me " * 1_500 + "}" * 1_500)
    assert codes(found.errors) == ["TOO_COMPLEX"]
    assert "the limit is 250" in found.errors[0].message


def test_aliases(documents: Documents) -> None:
    text = "{ me { " + " ".join(f"a{n}: name" for n in range(CAPS.aliases + 1)) + " } }"
    found = documents.get(text)
    assert codes(found.errors) == ["TOO_COMPLEX"]
    assert f"{CAPS.aliases + 1} aliases" in found.errors[0].message


def test_tokens(documents: Documents) -> None:
    found = documents.get("{ me { " + "name " * CAPS.tokens + "} }")
    assert codes(found.errors) == ["TOO_COMPLEX"]
    assert str(CAPS.tokens) in found.errors[0].message


def test_which_operation(documents: Documents) -> None:
    found = documents.get("query A { me { name } } query B { city { name } }")
    operation = found.operation("B")
    assert operation.name is not None
    assert operation.name.value == "B"
    with pytest.raises(GraphQLError, match="several operations"):
        found.operation(None)
    with pytest.raises(GraphQLError, match='no operation named "C"'):
        found.operation("C")


def test_variables_that_decide_what_is_selected(documents: Documents) -> None:
    found = documents.get(
        "query($a: Boolean!, $b: Boolean!, $c: Boolean!, $id: ID!) {"
        " me @skip(if: $a) { name ... @include(if: $b) { scopes } }"
        " address(id: $id) { ...F } }"
        " fragment F on Address { id @include(if: $c) label @skip(if: true) }"
    )
    assert condition_variables(found.operation(None), found.fragments) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("query($id: ID!) { address(id: $id) { label } }", False),
        ('{ address(id: "tv.lot:10101") { label } }', True),
        ("query($n: Int = 5) { me { name } }", True),
        ("query($id: ID!) { address(id: $id) { sales(where: {or: [{amount: {gt: 1.5}}]}) { totalCount } } }", True),
        ("query($id: ID!, $w: X) { address(id: $id) { sales(where: {or: [{amount: $w}]}) { totalCount } } }", False),
        ("query($id: ID!) { address(id: $id) { ...F } } fragment F on Address { sales(first: 3) { id } }", True),
        ('{ me { ... on Me { name @nothing(said: "x") } } }', True),
        ("{ me { name @include(if: true) } records(kinds: [SALE], at: null) { totalCount } }", False),
    ],
)
def test_values_that_are_written_into_a_document(text: str, found: bool) -> None:
    assert has_literals(parse(text)) is found
