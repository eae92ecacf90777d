from pathlib import Path

import pytest

from gateway.web.examples import BadExamples, read_examples

TEXT = """\
# The city in a glance
query City { city { name } }

# Everything, also what is personal
# X-Citygraph-Caller: demo
query All($id: ID! = "toy.lot:1") {
  address(id: $id) { id }
}
"""


def test_one_tab_an_operation(tmp_path: Path) -> None:
    (tmp_path / "examples.graphql").write_text(TEXT, encoding="utf-8")
    first, second = read_examples(tmp_path)
    assert first.query == "# The city in a glance\nquery City { city { name } }\n"
    assert first.headers == {}
    assert second.query.startswith("# Everything")
    assert second.query.endswith("{ id }\n}\n")
    assert second.headers == {"X-Citygraph-Caller": "demo"}


def test_a_city_may_have_none(tmp_path: Path) -> None:
    assert read_examples(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("query A {", r"examples\.graphql:1: .*Expected"),
        ("{ a }\n\nfragment F on A { b }", r"examples\.graphql:3: only"),
    ],
)
def test_mistakes_are_shown_with_their_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "examples.graphql").write_text(text, encoding="utf-8")
    with pytest.raises(BadExamples, match=says):
        read_examples(tmp_path)
