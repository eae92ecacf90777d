"""What neighbours tell of a house number that a register does not list."""

import pytest

from resolvers.identity.addresses import locale
from resolvers.identity.registers import AddressIndex, Found

NYC = locale("us_nyc")
REGISTER = [
    ("A", "100 MAIN STREET", "10044"),
    ("A", "110 MAIN STREET", "10044"),
    ("A", "120-124 MAIN STREET", "10044"),
    ("B", "130 MAIN STREET", "10044"),
    ("C", "105 MAIN STREET", "10044"),
    ("D", "200 MAIN STREET", "10044"),
    ("D", "320 MAIN STREET", "10044"),
    ("E", "10 BOND STREET", "10012"),
    ("F", "10 BOND STREET", "10012"),
    ("E", "14 BOND STREET", "10012"),
    ("F", "14 BOND STREET", "10012"),
    ("G", "40 BOND STREET", "10012"),
    ("H", "50-90 BOND STREET", "10012"),
    ("I", "60 BOND STREET", "10012"),
    ("J", "72 BOND STREET", "10012"),
    ("K", "2 PEARL STREET", "10004"),
    ("K", "8 PEARL STREET", "10004"),
    ("L", "2 PEARL STREET", "10005"),
    ("M", "30 PEARL STREET", "10005"),
    ("M", "36 PEARL STREET", "10005"),
    ("N", "18 GRAND AVENUE", "11205"),
    ("N", "17-20 CHATHAM SQUARE", "10038"),
    ("N", "25-28 CHATHAM SQUARE", "10038"),
]


@pytest.fixture(scope="module")
def index() -> AddressIndex:
    made = AddressIndex(NYC)
    for identifier, text, postcode in REGISTER:
        parts = NYC.parse(text, postcode)
        assert parts is not None
        made.add(identifier, parts)
    return made


def found(index: AddressIndex, text: str, postcode: str | None) -> tuple[Found, ...]:
    query = NYC.search_keys(text, postcode)
    assert query is not None
    return index.find(query)


@pytest.mark.parametrize(
    ("text", "postcode", "identifier", "address", "rule"),
    [
        ("104 MAIN ST", "10044", "A", "10044/100 MAIN ST", "between"),
        ("104A MAIN ST", "10044", "A", "10044/100 MAIN ST", "between"),
        ("102-106 MAIN ST", "10044", "A", "10044/100 MAIN ST", "between"),
        ("112 MAIN ST", "10044", "A", "10044/110 MAIN ST", "between"),  # before a range
        ("21 CHATHAM SQ", "10038", "N", "10038/19 CHATHAM SQ", "between"),  # of two with both sides
        ("22 CHATHAM SQ", "10038", "N", "10038/20 CHATHAM SQ", "between"),
        ("12-22 GRAND AVE", "11205", "N", "11205/18 GRAND AVE", "within"),
        ("34 PEARL ST, MANHATTAN", None, "M", "10005/30 PEARL ST", "between"),
    ],
)
def test_found(index: AddressIndex, text: str, postcode: str | None, identifier: str, address: str, rule: str) -> None:
    (answer,) = found(index, text, postcode)
    assert (answer.identifier, answer.address, answer.score.state) == (identifier, address, "POSSIBLE")
    assert [each.rule for each in answer.score.evidence] == [rule]


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("126 MAIN ST", "10044"),  # between two
        ("103 MAIN ST", "10044"),  # the other side of the street
        ("104 MAIN ST", "10045"),
        ("90 MAIN ST", "10044"),  # before the first
        ("330 MAIN ST", "10044"),  # behind the last
        ("304 MAIN ST", "10044"),  # one of the two is far away
        ("12 BOND ST", "10012"),  # two have both
        ("66 BOND ST", "10012"),  # in a range that others deny
        ("38-74 BOND ST", "10012"),  # several lie within
        ("111-116 MAIN ST", "10044"),  # a range on both sides of the street
    ],
)
def test_refused(index: AddressIndex, text: str, postcode: str) -> None:
    assert found(index, text, postcode) == ()


def test_a_number_that_is_listed_is_not_between(index: AddressIndex) -> None:
    answers = found(index, "2 PEARL STREET, MANHATTAN", None)
    assert {each.score.evidence[0].rule for each in answers} == {"address"}
    assert {each.identifier for each in answers} == {"K", "L"}
