from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.requests import ANONYMOUS
from gateway.web.bodies import MAX_DEPTH, BadRequest, from_body, from_url

DEEP = 100_000


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_never_exhausts_the_stack(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    whole = b'{"query": "q", "variables": {"v": ' + opening * DEEP + b"1" + closing * DEEP + b"}}"
    for body in (opening * DEEP, whole):
        with pytest.raises(BadRequest):
            from_body(body, ANONYMOUS)


def test_the_deepest_variables_that_are_read() -> None:
    inner = MAX_DEPTH - 1
    request = from_body(b'{"query": "q", "variables": {"v": ' + b"[" * inner + b"]" * inner + b"}}", ANONYMOUS)
    assert request.variables["v"] is not None
    with pytest.raises(BadRequest, match="deeper"):
        from_body(b'{"query": "q", "variables": {"v": [' + b"[" * inner + b"]" * inner + b"]}}", ANONYMOUS)


def test_only_get_is_read_only() -> None:
    assert not from_body(b'{"query": "q"}', ANONYMOUS).read_only
    assert from_url(b"query=q", ANONYMOUS).read_only


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_bad_one(data: bytes) -> None:
    for read in (from_body, from_url):
        with suppress(BadRequest):
            assert isinstance(read(data, ANONYMOUS).query, str)
