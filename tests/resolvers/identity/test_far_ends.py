"""The number that a range ends with: read from a row, and asked by."""

from dataclasses import replace

import pytest

from resolvers.city import AddressColumns, Claim, Key
from resolvers.identity.address_keys import MOST_KEYS, read_address, spell_address
from resolvers.identity.addresses import locale
from resolvers.identity.codec import SpelledKeys
from resolvers.identity.far_ends import far_end, has_ends, learn_range, with_far_ends
from resolvers.identity.habits import MOST_WAYS, RangeHabits
from tests.e2e.city import city

NYC = locale("us_nyc")
COLUMNS = AddressColumns(number="n", street="s", postcode="z")
LINE = AddressColumns(line="l", postcode="z")


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


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("34-36 W 46 ST", "10036/36 W 46 ST"),
        ("34 TO 36 WEST 46TH STREET, APT 2", "10036/36 W 46 ST"),
        ("34-36, W 46 ST", "10036/36 W 46 ST"),
        ("34 W 46 ST", None),
        ("34-36", None),
        ("36-34 W 46 ST", None),
        ("34-36A W 46 ST", None),  # who has the letter it does not say
        ("W 46 ST 34-36", None),
        ("", None),
    ],
)
def test_the_high_number_of_a_line(line: str, wanted: str | None) -> None:
    assert far_end(LINE, {"l": line, "z": "10036"}, NYC) == wanted


def test_a_hyphen_within_a_number_of_a_line_ends_nothing() -> None:
    assert far_end(LINE, {"l": "34-36 46 ST", "z": "11101"}, NYC) is None


def test_a_line_is_asked_for_what_begins_with_the_range() -> None:
    values = spelled("10036/36 W 46 ST", LINE, "209-211", "209/211").values
    heads = ("36 ", "36-", "36,", "36/38 ", "34-36 ", "34/36 ")
    assert values == tuple(("10036", head) for head in heads)


@pytest.mark.parametrize(
    ("cells", "columns", "learnt"),
    [
        ({"n": "209-211", "s": "W 46 ST", "z": "10036"}, COLUMNS, ("1-3",)),
        ({"l": "209 TO 211 W 46 ST", "z": "10036"}, LINE, ("1 TO 3",)),
        ({"l": "0209-0211 W 46 ST", "z": "10036"}, LINE, ("1-3",)),
        ({"l": "35-37 46 ST", "z": "11101"}, LINE, ()),  # one number in Queens
        ({"n": "35-37", "s": "46 ST", "z": "11101"}, COLUMNS, ()),
        ({"l": "29 W 46 ST", "z": "10036"}, LINE, ()),
    ],
)
def test_what_a_row_teaches(cells: dict[str, str], columns: AddressColumns, learnt: tuple[str, ...]) -> None:
    habits = RangeHabits()
    identifier = read_address(columns, cells, NYC)
    assert identifier is not None
    learn_range(habits, columns, cells, identifier)
    assert habits.ranges("1") == learnt


@pytest.mark.parametrize(
    "columns", [AddressColumns(number="n", street="s", borough="b"), AddressColumns("l", borough="b")]
)
def test_every_spelling_of_the_area_is_asked_with_what_is_usual(columns: AddressColumns) -> None:
    """What is too much are the rarest ways to write a range, of every area alike."""
    seen = [f"100-{100 + width}" for width in range(1, 40) for _ in range(40 - width)]
    values = spelled("QUEENS/5917 46 ST", columns, *seen).values
    areas = NYC.city_part_spellings("QUEENS")
    asked = {area: {text.strip() for at, text in values if at == area} for area in areas}
    assert all({"59-17", "5917", "5915-5917", "5914-5917"} <= asked[area] for area in areas)
    assert len(values) <= 2 * MOST_KEYS
    if columns.number:
        assert all("5917-5918" in asked[area] for area in areas)


def test_only_lists_of_what_has_nothing_but_its_address_have_ends() -> None:
    town = city()
    table = town.tables["calls.complaints"]
    (key,) = table.keys
    assert has_ends(town, table, key)
    assert not has_ends(town, replace(table, keys=(key, Key("tv.lot", ("ticket",)))), key)
    assert not has_ends(town, replace(table, claims=(Claim("Address", "year_built", "opened"),)), key)
    lists = tuple(replace(each, many=each.dataset != table.name) for each in town.sections)
    assert not has_ends(replace(town, sections=lists), table, key)
    lined = Key(key.scheme, address=AddressColumns(line="house", postcode="zip"))
    assert has_ends(town, replace(table, keys=(lined,)), lined)
    assert not has_ends(town, replace(table, keys=(lined, key)), lined)
