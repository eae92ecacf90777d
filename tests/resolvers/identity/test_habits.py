"""Ranges of house numbers, written as an agency's own rows are."""

import pytest

from resolvers.city import AddressColumns
from resolvers.identity.address_keys import MOST_KEYS, spell_address
from resolvers.identity.addresses import locale
from resolvers.identity.habits import MOST_WAYS, RangeHabits


def learnt(*numbers: str) -> RangeHabits:
    habits = RangeHabits()
    for number in numbers:
        habits.learn(number)
    return habits


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ("209-211", ["101-103"]),
        ("141 TO 145", ["101 TO 105"]),
        ("2377-79", ["101-03"]),
        ("95 - 101", ["101 - 107"]),
        ("29", []),
        ("29A", []),
        ("67-12", []),  # one number in Queens
        ("100-900", []),
        ("", []),
        ("x-y", []),
        ("9" * 500 + "-" + "9" * 500, []),
    ],
)
def test_what_was_seen_is_asked_for(seen: str, wanted: list[str]) -> None:
    assert list(learnt(seen).ranges("101")) == wanted


@pytest.mark.parametrize(
    ("seen", "number", "wanted"),
    [
        ("209-211", "36", ["34-36"]),
        ("141 TO 145", "36", ["32 TO 36"]),
        ("2377-79", "2401", []),  # 2399 to 2401 is not cut
        ("2377-79", "2479", ["2477-79"]),
        ("95 - 101", "7", ["1 - 7"]),
        ("95 - 101", "6", []),
        ("209-211", "36A", []),
        ("29", "36", []),
    ],
)
def test_ranges_are_asked_by_their_far_end(seen: str, number: str, wanted: list[str]) -> None:
    assert list(learnt(seen).ending(number)) == wanted


def test_the_usual_come_first_and_no_more_than_a_dozen() -> None:
    rare = [f"{low}-{low + width}" for low in (100, 200) for width in range(1, 40)]
    habits = learnt(*rare, *["100 TO 104"] * 200)
    assert len(habits.ranges("7")) == MOST_WAYS
    assert habits.ranges("7")[0] == "7 TO 11"
    assert habits.ranges("7A") == ()
    assert len(habits.ending("999")) == MOST_WAYS
    assert habits.ending("999")[0] == "995 TO 999"


def test_a_dataset_is_asked_for_its_ranges() -> None:
    columns = AddressColumns(number="n", street="s", postcode="z")
    habits = learnt("209-211", "141 TO 145")
    spelled = spell_address("10001/29 W 27 ST", columns, locale("us_nyc"), habits)
    assert spelled is not None
    assert spelled.values == (("10001", "29"), ("10001", "29-31"), ("10001", "29 TO 33"))
    assert not spelled.prefix
    assert len(spelled.values) <= MOST_KEYS
