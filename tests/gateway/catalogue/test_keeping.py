"""`cache`: for how long rows may be given again, and where they may not."""

from collections.abc import Callable

import pytest

from tests.gateway.catalogue.conftest import ROLLS, Directory

TRADE = """

[[dataset]]
name = "permits"
id = "number"
{0}

[dataset.columns]
number = "NO"
lot = "LOT"

[dataset.keys]
lot = "lot"

[[dataset.section]]
on = "Address.tradePermits"
kind = "Permit"
{1}
"""
LINE = (ROLLS + TRADE).partition("{0}")[0].count("\n") + 1


def trade(said: str, more: str = "") -> str:
    return TRADE.replace("{0}", said).replace("{1}", more)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", None), ('cadence = "yearly"', None), ('cache = "90s"', 90.0), ('cache = "24h"\ncadence = "daily"', 86_400.0)],
)
def test_rows_are_kept_for_as_long_as_it_says(said: str, seconds: float | None, springfield: Directory) -> None:
    springfield.write("rolls", ROLLS + trade(said))
    assert springfield.load().tables["rolls.permits"].cache == seconds


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('cache = "1s"\ncadence = "live"', 'what is renewed "live" is not kept'),
        ('cache = "2h"\ncadence = "hourly"', 'what is renewed "hourly" is kept too long; at most "1h"'),
        ('cache = "25h"', 'what is renewed nobody says how often is kept too long; at most "24h"'),
        ('cache = "1m"\naccess = "permits"', "rows of rolls.permits are not for everyone (access)"),
        ('cache = "10"', "takes a duration with its unit"),
    ],
)
def test_what_may_not_be_kept(said: str, problem: str, problems_of: Callable[[str], list[str]]) -> None:
    (found,) = problems_of(trade(said))
    assert problem in found
    assert f"rolls.toml:{LINE}:" in found
