"""docs/adapters.md: its examples are agencies that a city can have."""

import re
from pathlib import Path

import pytest

from adapters.kinds import kinds
from gateway.catalogue.loading import examine

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
AGENCIES = dict(re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CITY = """
[city]
name = "Springfield"
prefix = "sp"
locale = "us"
time_zone = "America/Chicago"
currency = "USD"

[scheme.lot]
of = "Address"
level = "lot"
check = "numbers_1_4_4"
parts = ["ward", "block", "lot"]

[scheme.licence]
of = "Business"
level = "site"
check = "licence"
"""


@pytest.mark.parametrize("name", sorted(AGENCIES))
def test_every_example_is_an_agency_of_a_city(tmp_path: Path, name: str) -> None:
    (tmp_path / "city.toml").write_text(CITY)
    (tmp_path / name).write_text(AGENCIES[name])
    found = examine(tmp_path, {})
    assert [str(each) for each in found.problems if each.severity == "error"] == []
    assert found.city is not None
    assert found.city.sections


@pytest.mark.parametrize("kind", ["datasette", "files", "graphql", "sql"])
def test_every_kind_has_its_heading_and_an_example(kind: str) -> None:
    assert kind in kinds()
    assert f"\n## `{kind}`\n" in PAGE
    assert any(f'adapter = "{kind}"' in text for text in AGENCIES.values())
