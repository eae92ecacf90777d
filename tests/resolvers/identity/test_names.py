"""Names of businesses: legal forms aside, spellings alike; persons told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.names import compare_names, looks_like_person, normalise_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Joe's Pizza, L.L.C.", "JOES PIZZA"),
        ("LE GARAGE CORP", "LE GARAGE"),
        ("The Café & Grill Inc.", "CAFE AND GRILL"),
        ("68TH GRILL INC D/B/A AMERICAS CAFE", "68TH GRILL"),
        ("CORP", "CORP"),
    ],
)
def test_one_form_for_every_spelling(text: str, name: str) -> None:
    assert normalise_name(text) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_enough_and_bounded(a: str, b: str) -> None:
    assert 0.0 <= compare_names(a, b) <= 1.0
    assert compare_names(a, a) == (1.0 if normalise_name(a) else 0.0)
    assert normalise_name(normalise_name(a)) == normalise_name(a)


def test_likeness_orders_candidates() -> None:
    asked = "Lucky Seven Restaurant & Bar LLC"
    same, other = "LUCKY SEVEN RESTAURANT AND BAR", "SUSHI SEKI INC"
    assert compare_names(asked, same) == 1.0
    assert compare_names(asked, "LUCKY 7 RESTAURANT & BAR") > 0.6
    assert compare_names(asked, other) < 0.5


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("KOUTSINSKI, VICTOR", True),
        ("O'BRIEN, MARY A.", True),
        ("120 BROADWAY LLC", False),
        ("SEASONED VEGAN, LLC", False),
    ],
)
def test_persons_are_written_last_name_first(text: str, person: bool) -> None:
    assert looks_like_person(text) is person
