"""A small city and its agreements, as files that tests change."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.catalogue import load
from gateway.policy.agreements import AgreementFiles
from gateway.policy.agreements.checking import check
from gateway.policy.terms import Agreement
from resolvers.city import City
from tests.gateway.catalogue.conftest import CITY, ROLLS
from tests.gateway.store.databases import store as store
from tests.gateway.store.databases import store_url as store_url

HEALTH = """\
[agency]
name = "Health"

[source.db]
adapter = "memory"
url = "memory:"

[[dataset]]
name = "results"
id = "number"

[dataset.columns]
number = "NO"
lot = "LOT"
ward = { from = "WARD", type = "int" }
place = "PLACE"
seen = { from = "SEEN", type = "date" }
score = { from = "SCORE", type = "int" }
cook = { from = "COOK", personal = "always" }
code = "CODE"

[dataset.keys]
lot = "lot"

[[dataset.section]]
on = "Address.kitchens"
kind = "Inspection"
where = { seen = { null = false } }
columns = ["number", "seen", "score"]
as = { date = "seen" }

[[dataset.section]]
on = "Address.faults"
where = { code = { null = false } }
columns = ["number", "code"]

[[dataset]]
name = "patients"
id = "number"

[dataset.columns]
number = { from = "NO", personal = "always" }
lot = "LOT"
ill = "ILL"

[dataset.keys]
lot = "lot"

[dataset.protect]
purposes = ["care", "dpv:ScientificResearch"]

[[dataset.section]]
on = "Address.patients"
"""

AGREEMENT = """\
[agreement]
title = "Kitchens of ward 3"
version = 1
parties = ["Springfield", "Ward 3"]
legal_basis = "Food Act, section 5"
starts = 2026-01-01
ends = 2026-12-31
contact = "ward3@springfield.example"

[purposes]
care = "dpv:ImproveHealthcare"
"""


class Folder:
    """A city's directory with a folder of agreements."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.agreements = path / "agreements"
        self.agreements.mkdir()
        self.files = AgreementFiles(self.agreements)
        for name, text in (("city", CITY), ("rolls", ROLLS), ("health", HEALTH)):
            (path / f"{name}.toml").write_text(text, encoding="utf-8")

    def write(self, text: str, name: str = "ward3") -> None:
        """Write `agreements/<name>.toml`."""
        (self.agreements / f"{name}.toml").write_text(text, encoding="utf-8")

    def city(self) -> City:
        """The city as its files say now."""
        return load(self.path, {})

    def problems(self) -> list[str]:
        """What `check` says, without the directory."""
        return [str(each).removeprefix(f"{self.agreements}/") for each in check(self.files, self.city()).problems]


def granting(*grants: str) -> str:
    """An agreement with these `[[grant]]`s."""
    return AGREEMENT + "".join(f"\n[[grant]]\n{each}\n" for each in grants)


def line_of(text: str, what: str) -> int:
    """The line where `what` is."""
    assert what in text
    return text.partition(what)[0].count("\n") + 1


def only(agreements: Sequence[Agreement]) -> Agreement:
    """The one agreement that there is."""
    (agreement,) = agreements
    return agreement


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """The small city; it has no agreement yet."""
    (tmp_path / "city").mkdir()
    return Folder(tmp_path / "city")
