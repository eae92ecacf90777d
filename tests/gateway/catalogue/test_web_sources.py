"""Sources over HTTP in a catalogue: the documentation's examples, and mistakes at their lines."""

import re
from pathlib import Path

import pytest

from tests.gateway.catalogue.conftest import Directory

DOCS = Path(__file__).parents[3] / "docs" / "adapters.md"


def examples() -> dict[str, str]:
    """The TOML of each section, by its adapter."""
    text = DOCS.read_text("utf-8")
    sections = re.findall(r"^## `(\w+)`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: found[1] for name, body in sections if (found := re.search(r"```toml\n(.*?)```", body, re.DOTALL))}


@pytest.mark.parametrize("kind", ["socrata", "rest"])
def test_the_documentations_examples_pass_the_check(springfield: Directory, kind: str) -> None:
    toml = examples()[kind]
    springfield.write("board", toml)
    assert springfield.problems() == []
    city = springfield.load()
    (source,) = [source for name, source in city.sources.items() if name.startswith("board.")]
    assert source.kind == kind


SOURCE = """\
[agency]
name = "Board"

[source.api]
adapter = "rest"
url = "http://127.0.0.1/api"
[source.api.options]
max_bites = 5
[source.api.options.credentials]
bearer = 7

[[dataset]]
name = "berths"
path = "wards/{wrd}/berths"
[dataset.columns]
lot = "parcel"
[dataset.keys]
lot = "lot"
[dataset.options]
rows = "data"
[dataset.options.paging]
kind = "pages"
[[dataset.section]]
on = "Address.berths"
"""


def test_mistakes_are_told_at_their_lines(springfield: Directory) -> None:
    springfield.write("board", SOURCE)
    found = [problem for problem in springfield.problems() if problem.startswith("board.toml")]
    assert [re.match(r"board\.toml:(\d+): (.*)", problem, re.DOTALL)[1] for problem in found] == [  # type: ignore[index]
        "6",
        "8",
        "10",
        "14",
        "20",
        "22",
    ], found
    for words, problem in zip(
        ["private = true", "max_bytes", "bearer takes a text", '"wrd"', 'begin it with "/"', '"page"'],
        found,
        strict=True,
    ):
        assert words in problem
