"""Budgets, quiet hours and weights in a city's files, and what is said of mistakes in them."""

from datetime import time
from pathlib import Path

import pytest

from gateway.catalogue import CatalogueError, load
from resolvers.city import Budget
from tests.gateway.catalogue.conftest import CITY, ROLLS


def written(directory: Path, budget: str, cost: str = "") -> Path:
    (directory / "city.toml").write_text(CITY, encoding="utf-8")
    agency, rest = ROLLS.split("[source.db]")
    rest = rest.replace('name = "parcels"', f'name = "parcels"\n{cost}')
    (directory / "rolls.toml").write_text(f"{agency}{budget}\n[source.db]{rest}", encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ("", None),
        ("[agency.budget]", Budget()),
        ('[agency.budget]\nrate = "20/s"\nconcurrency = 8', Budget(20, 8)),
        ('[agency.budget]\nrate = "600/m"', Budget(10)),
        ('[agency.budget]\nrate = "1800/h"', Budget(0.5)),
        (
            '[agency.budget]\nquiet_hours = ["22:00-06:00", "12:30-13:00"]',
            Budget(quiet_hours=((time(22), time(6)), (time(12, 30), time(13)))),
        ),
    ],
)
def test_budgets(tmp_path: Path, budget: str, expected: Budget | None) -> None:
    assert load(written(tmp_path, budget), {}).agencies["rolls"].budget == expected


def test_weights(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {}).tables["rolls.parcels"].cost == 1
    assert load(written(tmp_path, "", "cost = 4"), {}).tables["rolls.parcels"].cost == 4


@pytest.mark.parametrize(
    ("budget", "cost", "problem"),
    [
        ("rate = 20", "", ':5: "rate" takes a number and what it is in, like "20/s" or "600/m"'),
        ('rate = "0/s"', "", ':5: "rate" takes a number and what it is in, like "20/s" or "600/m"'),
        ("concurrency = 0", "", ':5: "concurrency" is 0; it is at least 1'),
        ('quiet_hours = ["22-6"]', "", ':5: "quiet_hours" takes a time of day and another, like "22:00-06:00"'),
        ('quiet_hours = ["06:00-06:00"]', "", ':5: "quiet_hours" takes a time of day and another, like "22:00-06:00"'),
        ("", "cost = 0", '"cost" is 0; it is at least 1'),
    ],
)
def test_mistakes(tmp_path: Path, budget: str, cost: str, problem: str) -> None:
    with pytest.raises(CatalogueError) as error:
        load(written(tmp_path, f"[agency.budget]\n{budget}", cost), {})
    (found,) = error.value.problems
    assert problem in str(found)
