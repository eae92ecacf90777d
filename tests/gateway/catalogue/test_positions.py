"""Every key of a TOML file is found on its own line, however the file is written."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.positions import Loc, marks

WRITTEN = """\
# a comment
[a."b c"]
x.y = { q = [1, { z = 2 }], 'lit' = 3 }
text = \"\"\"
many
lines\"\"\"
[[d]]
n = "1"
[d.k]
m = [
  "a",
  # a comment
  { b = 1 },
]
[[d.s]]
on = 1
[[d.s]]
on = 2
[[d]]
n = "2"
[[d.s]]
on = 3
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("a",), 2),
        (("a", "b c"), 2),
        (("a", "b c", "x", "y", "q", 1, "z"), 3),
        (("a", "b c", "x", "y", "lit"), 3),
        (("a", "b c", "text"), 4),
        (("d", 0), 7),
        (("d", 0, "n"), 8),
        (("d", 0, "k", "m"), 10),
        (("d", 0, "k", "m", 0), 11),
        (("d", 0, "k", "m", 1, "b"), 13),
        (("d", 0, "s", 0), 15),
        (("d", 0, "s", 1, "on"), 18),
        (("d", 1), 19),
        (("d", 1, "s", 0, "on"), 22),
    ],
)
def test_lines_of_every_form_of_key(loc: Loc, line: int) -> None:
    assert marks(WRITTEN).line_of(loc) == line


def test_a_key_that_is_not_there_is_where_its_table_is() -> None:
    assert marks(WRITTEN).line_of(("d", 1, "title")) == 19
    assert marks(WRITTEN).line_of(("a", "b c", "x", "missing")) == 3


NAMES = st.sampled_from(["a", "b", "on", "long_name", "with blank", "ü", "1", 'quo"te'])
TREES = st.recursive(
    st.integers(0, 9),
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3) | st.lists(st.dictionaries(NAMES, inner, max_size=2), max_size=3)
    ),
    max_leaves=12,
)


def quoted(name: str) -> str:
    return f"'{name}'"


def inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{quoted(key)} = {inline(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(inline, value)) + "]"
        case _:
            return str(value)


def written(table: dict[str, Any], loc: Loc, header: str, lines: list[str], places: dict[Loc, int]) -> None:
    """Write a table with inline values first and tables below, noting the line of each key."""
    tables = {key: value for key, value in table.items() if isinstance(value, dict) and len(value) % 2}
    arrays = {key: value for key, value in table.items() if isinstance(value, list) and len(value) > 1}
    for key, value in table.items():
        if key not in tables and key not in arrays:
            lines.append(f"{quoted(key)} = {inline(value)}")
            places.update(dict.fromkeys(((*loc, key, *below) for below in paths(value)), len(lines)))
    for key, value in tables.items():
        name = f"{header}.{quoted(key)}".lstrip(".")
        lines.extend(["", f"[{name}]"])
        places[*loc, key] = len(lines)
        written(value, (*loc, key), name, lines, places)
    for key, value in arrays.items():
        name = f"{header}.{quoted(key)}".lstrip(".")
        for index, item in enumerate(value):
            lines.append(f"[[{name}]]")
            places.setdefault((*loc, key), len(lines))
            places[*loc, key, index] = len(lines)
            written(item, (*loc, key, index), name, lines, places)


def paths(value: Any) -> Iterator[Loc]:
    yield ()
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from ((key, *below) for below in paths(inner))


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_any_document_has_all_its_keys_in_their_lines(document: dict[str, Any]) -> None:
    lines: list[str] = []
    places: dict[Loc, int] = {}
    written(document, (), "", lines, places)
    text = "\n".join(lines)
    assert tomllib.loads(text) == document
    mark = marks(text)
    assert {loc: mark.line_of(loc) for loc in places} == places
