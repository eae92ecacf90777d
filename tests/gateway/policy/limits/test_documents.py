"""Caps on a document, told with the limit and what to do."""

import time

import pytest
from graphql import parse
from graphql.language import Lexer, Source, TokenKind

from gateway.policy.limits.documents import Caps

CAPS = Caps(tokens=50, depth=4, aliases=3, directives=3, fragments=2)


def tokens(text: str) -> int:
    """How many tokens graphql-core sees."""
    lexer, found = Lexer(Source(text)), 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        found += token.kind is not TokenKind.COMMENT
    return found


@pytest.mark.parametrize(
    "text",
    [
        '{ address(id: "tv.lot:1") { label } }',
        'query Q($a: [ID!]! = ["x\\"y", "{{{"], $n: Int = -12) { ...F @include(if: true) } # } } }',
        '{ a(text: """block " quoted \\""" { end""", f: 1.5e-3, e: ENUM, b: true, n: null) }',
        "fragment F on A & B { ...F }",
        "",
    ],
)
def test_tokens_are_counted_as_graphql_does(text: str) -> None:
    number = tokens(text)
    assert Caps(tokens=number).check_text(text) is None
    if number:
        assert Caps(tokens=number - 1).check_text(text) is not None


def test_too_many_tokens() -> None:
    error = CAPS.check_text("{ " + "a " * 100 + "}")
    assert error is not None
    assert error.message == (
        "The document has more than 50 tokens; the limit is 50 (CITYGRAPH_MAX_TOKENS). Send several requests."
    )
    assert error.extensions == {"code": "TOO_COMPLEX"}


@pytest.mark.parametrize(
    "text", ["{a" * 5000, "{a(b:" + "[" * 5000, "{a(b:" + "{c:" * 5000, '"' * 100_000, "{" + '"""' * 9999]
)
def test_hostile_texts_are_looked_at_quickly(text: str) -> None:
    started = time.perf_counter()
    Caps().check_text(text)
    assert time.perf_counter() - started < 0.2


def test_nesting_that_would_break_the_parser_is_refused() -> None:
    for text in ("{a" * 5000, "{a(b:" + "[" * 5000, "{a(b:" + "{c:" * 5000):
        error = Caps(tokens=100_000).check_text(text)
        assert error is not None
        assert (
            "nests 251 braces and brackets; the limit is 250, 10 for each level of CITYGRAPH_MAX_DEPTH" in error.message
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ a { b { c { d } } } }", None),
        ("{ a { b { c { d { e } } } } }", "is 5 levels deep; the limit is 4 (CITYGRAPH_MAX_DEPTH)"),
        ("{ a { ...F } } fragment F on X { b { ... on Y { c { d { e } } } } }", "is 5 levels deep"),
        ("fragment F on X { b { c { d { e { f } } } } }", "is 5 levels deep"),
        ("{ a ...F } fragment F on X { a { ...F } }", None),
        ("{ a: x b: x c: x }", None),
        ("{ a: x b: x ...F } fragment F on X { c: x d: x }", "has 4 aliases; the limit is 3 (CITYGRAPH_MAX_ALIASES)"),
        ("{ a @x @y @z }", None),
        ("query @x { a @x { b @x ... @x { c } } }", "has 4 directives; the limit is 3"),
        ("{ a } fragment A on X { a } fragment B on X { a } fragment C on X { a }", "has 3 fragments; the limit is 2"),
        ("{ a { ...G } }", None),
    ],
)
def test_caps(text: str, message: str | None) -> None:
    assert CAPS.check_text(text) is None
    error = CAPS.check_document(parse(text))
    if message is None:
        assert error is None
    else:
        assert error is not None
        assert message in error.message


def test_fragments_in_one_another_are_walked_once() -> None:
    text = "{ ...F0 } " + " ".join(f"fragment F{n} on X {{ ...F{n + 1} ...F{n + 1} }}" for n in range(90))
    started = time.perf_counter()
    assert Caps().check_document(parse(text)) is None
    assert time.perf_counter() - started < 0.1
