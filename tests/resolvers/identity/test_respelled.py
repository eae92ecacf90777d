"""A letter of the street mistyped, beside a number that is not listed; a street's other name."""

import pytest

from resolvers.identity.addresses import locale
from resolvers.identity.registers import AddressIndex
from resolvers.identity.scoring import one_letter

NYC = locale("us_nyc")
REGISTER = {
    "A": [("20 LARKSPUR AVENUE", "11221"), ("28 LARKSPUR AVENUE", "11221")],
    "B": [("41 LARKSPUR AVENUE", "11221")],
    "C": [("9 TANSY ROAD", "11226"), ("13 TANSY ROAD", "11226")],
    "D": [("2 PANSY ROAD", "11226")],
    "E": [("34-20 60TH ROAD", "11378"), ("34-28 60TH ROAD", "11378")],
}


@pytest.fixture(scope="module")
def index() -> AddressIndex:
    made = AddressIndex(NYC)
    for identifier, texts in REGISTER.items():
        for text, postcode in texts:
            parts = NYC.parse(text, postcode)
            assert parts is not None
            made.add(identifier, parts)
    return made


@pytest.mark.parametrize(
    ("text", "postcode", "identifier", "confidence", "rules"),
    [
        ("24 LARKPSUR AVENUE", "11221", "A", 0.81, ["between", "mistyped"]),
        ("22-26 LARSPUR AVENUE", "11221", "A", 0.81, ["between", "mistyped"]),
        ("41A LARKSPURR AVENUE", "11221", "B", 0.765, ["number_letter", "mistyped"]),
    ],
)
def test_found(
    index: AddressIndex, text: str, postcode: str, identifier: str, confidence: float, rules: list[str]
) -> None:
    query = NYC.search_keys(text, postcode)
    assert query is not None
    (found,) = index.find(query)
    assert (found.identifier, found.score.state, found.score.confidence) == (identifier, "POSSIBLE", confidence)
    assert [each.rule for each in found.score.evidence] == rules


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("60 LARKPSUR AVENUE", "11221"),  # nothing behind it is listed
        ("24 LARKPSRU AVENUE", "11221"),  # two slips
        ("34-24 60TH DRIVE", "11378"),  # another street
        ("11 ANSY ROAD", "11226"),  # TANSY or PANSY
        ("11 PANSY ROAD", "11226"),  # is a street there
        ("11 TANZY ROAD", "11203"),  # in another postcode
    ],
)
def test_refused(index: AddressIndex, text: str, postcode: str) -> None:
    query = NYC.search_keys(text, postcode)
    assert query is not None
    assert index.find(query) == ()


@pytest.mark.parametrize(
    ("asked", "found", "one"),
    [
        ("JEFFERSNO AVE", "JEFFERSON AVE", True),
        ("60 RD", "60 DR", False),
        ("60 ST", "61 ST", False),
        ("AVE J", "AVE H", False),
        ("W MAPLE ST", "E MAPLE ST", False),
        ("OAK ST", "OAK ST", False),
        ("OAK ST", "OAK CT", False),
        ("37 AVNUE", "37 AVE", False),
    ],
)
def test_one_letter(asked: str, found: str, one: bool) -> None:
    assert one_letter(asked, found) is one


@pytest.mark.parametrize(
    ("text", "listed", "postcode"),
    [
        ("5 EAST MT. EDEN AVENUE", "5 MOUNT EDEN PARKWAY", "10457"),
        ("5 MT EDEN PKWY", "5 EAST MOUNT EDEN AVENUE", "10457"),
        ("5 THOMAS S. BOYLAND STREET", "5 HOPKINSON AVENUE", "11233"),
        ("5 HOPKINSON AVE", "5 THOMAS S BOYLAND ST", "11233"),
        ("5 BAY RIDGE AVENUE", "5 69TH STREET", "11220"),
        ("5 REV. JAMES A. POLITE AVENUE", "5 STEBBINS AVENUE", "10459"),
        ("5 LOISAIDA AVENUE", "5 AVENUE C", "10009"),
    ],
)
def test_either_name_of_a_street(text: str, listed: str, postcode: str) -> None:
    index, parts, query = AddressIndex(NYC), NYC.parse(listed, postcode), NYC.search_keys(text, postcode)
    assert parts is not None
    assert query is not None
    index.add("A", parts)
    (found,) = index.find(query)
    assert (found.score.state, found.score.confidence) == ("MATCH", 0.95)
    assert (query.key, found.address) == (NYC.key(query.parts), NYC.key(parts))
    assert query.key != found.address
