"""docs/demo-city.md says what is there."""

import re

from gateway.catalogue import load
from gateway.demo.agencies import BOOKS
from gateway.demo.generate import Built
from gateway.demo.samples import samples
from tests.gateway.demo.conftest import CITY, ROOT

TEXT = (ROOT / "docs" / "demo-city.md").read_text(encoding="utf-8")
ROWS = [re.split(r"\s*\|\s*", row.strip("|").strip()) for row in TEXT.splitlines() if row.startswith("| `")]


def test_every_agency_is_listed_with_its_file() -> None:
    city = load(CITY, {})
    listed = {row[0].strip("`"): row[1] for row in ROWS if "hbt." not in row[0]}
    assert listed == {
        f"{book.file}/" if book.csv else book.file: city.agencies[book.file.split(".")[0]].name for book in BOOKS
    }


def test_every_scheme_is_listed_with_an_example() -> None:
    city = load(CITY, {})
    listed = {row[0].strip("`"): row[2].split("`")[1] for row in ROWS if "hbt." in row[0]}
    declared = {name: scheme.example for name, scheme in city.schemes.items() if name != city.address_scheme}
    assert listed == declared


def test_the_command_that_wakes_the_dead_agency_is_told(built: Built) -> None:
    wake = samples(built.directory).wake.replace(str(built.directory), ".demo")
    assert f"```sh\n{wake}\n```" in TEXT
    assert wake in (CITY / "parks.toml").read_text(encoding="utf-8")
