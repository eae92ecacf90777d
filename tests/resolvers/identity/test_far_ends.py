"""The number that a range ends with: read from a row, and asked by."""

from dataclasses import replace

import pytest

from resolvers.city import AddressColumns, Claim, Key
from resolvers.identity.address_keys import MOST_KEYS, spell_address
from resolvers.identity.addresses import locale
from resolvers.identity.codec import SpelledKeys
from resolvers.identity.far_ends import far_end, has_ends, with_far_ends
from resolvers.identity.habits import MOST_WAYS, RangeHabits
from tests.e2e.city import city

NYC = locale("us_nyc")
COLUMNS = AddressColumns(number="n", street="s", postcode="z")


@pytest.mark.parametrize(
    ("number", "street", "postcode", "wanted"),
    [
        ("34-36", "W 46 ST", "10036", "10036/36 W 46 ST"),
        ("34 TO 40", "WEST 46TH STREET", "10036", "10036/40 W 46 ST"),
        ("2377-79", "BROADWAY", "10024", "10024/2379 BROADWAY"),
        ("34", "W 46 ST", "10036", None),
        ("34-36", "", "10036", None),
        ("34-36", "W 46 ST", "", None),
        ("34-36", "46 ST", "11101", None),  # one number in Queens
        ("36-34", "W 46 ST", "10036", None),  # nobody is asked for these
        ("", "34-36 W 46 ST", "10036", None),
    ],
)
def test_the_high_number_of_a_row(number: str, street: str, postcode: str, wanted: str | None) -> None:
    assert far_end(COLUMNS, {"n": number, "s": street, "z": postcode}, NYC) == wanted


def spelled(identifier: str, columns: AddressColumns, *seen: str) -> SpelledKeys:
    habits = RangeHabits()
    for number in seen:
        habits.learn(number)
    found = spell_address(identifier, columns, NYC, habits)
    assert found is not None
    return with_far_ends(found, identifier, columns, NYC, habits)


def test_the_ranges_that_end_there_are_asked_for_last() -> None:
    values = spelled("10036/36 W 46 ST", COLUMNS, "209-211").values
    assert values == (("10036", "36"), ("10036", "36-38"), ("10036", "34-36"))
    assert spelled("10036/36 W 46 ST", COLUMNS).values == (("10036", "36"),)


def test_what_is_asked_is_bounded_and_drops_nothing() -> None:
    seen = [f"100-{100 + width}" for width in range(1, 40)]
    assert len(spelled("10036/46 W 46 ST", COLUMNS, *seen).values) == 1 + 2 * MOST_WAYS
    habits = RangeHabits()
    for number in seen:
        habits.learn(number)
    boroughs = AddressColumns(number="n", street="s", borough="b")
    before = spell_address("MANHATTAN/46 W 46 ST", boroughs, NYC, habits)
    assert before is not None
    assert spelled("MANHATTAN/46 W 46 ST", boroughs, *seen).values[:MOST_KEYS] == before.values


def test_a_line_is_asked_as_before() -> None:
    columns = AddressColumns(line="l", postcode="z")
    assert spelled("10036/36 W 46 ST", columns, "209-211") == spell_address("10036/36 W 46 ST", columns, NYC)


def test_only_lists_of_what_has_nothing_but_its_address_have_ends() -> None:
    town = city()
    table = town.tables["calls.complaints"]
    (key,) = table.keys
    assert has_ends(town, table, key)
    assert not has_ends(town, replace(table, keys=(key, Key("tv.lot", ("ticket",)))), key)
    assert not has_ends(town, replace(table, claims=(Claim("Address", "year_built", "opened"),)), key)
    lists = tuple(replace(each, many=each.dataset != table.name) for each in town.sections)
    assert not has_ends(replace(town, sections=lists), table, key)
    assert not has_ends(town, table, Key(key.scheme, address=AddressColumns(line="house", postcode="zip")))
