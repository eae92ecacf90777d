import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.introspection import toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = st.one_of(TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.dates(), st.floats(-1e9, 1e9))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4))
)


@given(TEXT, VALUES, st.one_of(TEXT, st.text(max_size=300)))
def test_what_is_written_is_read_again(name: str, value: Any, said: str) -> None:
    assert tomllib.loads("\n".join(toml.pair(name, value, said))) == {name: value}


@given(st.text(max_size=400))
def test_a_comment_is_a_comment(said: str) -> None:
    lines = toml.comment(said)
    assert tomllib.loads("\n".join(lines)) == {}
    assert " ".join(line.removeprefix("# ") for line in lines).split() == toml.comment_text(said).split()


def test_a_comment_stands_beside_its_line_where_there_is_room() -> None:
    assert toml.pair("lot", "LOT", "all valid", pad=5) == ['lot   = "LOT"  # all valid']
    long = toml.pair("lot", "L" * 90, "a reason that has no room beside it")
    assert long == ["# a reason that has no room beside it", f'lot = "{"L" * 90}"']


def test_lone_halves_of_characters_do_not_get_into_a_file() -> None:
    assert toml.text("a\ud800") == '"a\ufffd"'


def test_what_toml_lacks_is_refused() -> None:
    with pytest.raises(TypeError, match="no NoneType"):
        toml.value(None)
