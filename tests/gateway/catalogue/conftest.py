"""A small valid city that tests change in one place or many."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.catalogue import CatalogueError, load
from resolvers.city import City

CITY = """\
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

[register.lots]
dataset = "rolls.parcels"
scheme = "lot"
"""

ROLLS = """\
[agency]
name = "Assessor"

[source.db]
adapter = "memory"
url = "memory:"

[[dataset]]
name = "parcels"
id = "lot"

[dataset.columns]
lot = "LOT"
built = { from = "YEAR", type = "year" }

[dataset.keys]
lot = "lot"

[dataset.claims]
"Address.yearBuilt" = "built"
"""


class Directory:
    """A city's files in a temporary directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("city", CITY)
        self.write("rolls", ROLLS)

    def write(self, name: str, text: str) -> None:
        """Write `<name>.toml`."""
        (self.path / f"{name}.toml").write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change `<name>.toml` in one place."""
        path = self.path / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def load(self, **env: str) -> City:
        """The city."""
        return load(self.path, env)

    def problems(self, **env: str) -> list[str]:
        """The messages without the directory; none for a valid city."""
        try:
            load(self.path, env)
        except CatalogueError as error:
            return [str(problem).removeprefix(f"{self.path}/") for problem in error.problems]
        return []


@pytest.fixture
def springfield(tmp_path: Path) -> Directory:
    """A valid city of one agency, to be changed."""
    return Directory(tmp_path)


@pytest.fixture
def problems_of(springfield: Directory) -> Callable[[str], list[str]]:
    """The problems of Springfield with this text behind rolls.toml."""

    def problems(text: str) -> list[str]:
        springfield.write("rolls", ROLLS + text)
        return springfield.problems()

    return problems
