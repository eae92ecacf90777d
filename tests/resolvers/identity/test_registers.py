"""A register in memory: exact, by range, by a near spelling, by another postcode; or refused."""

import pytest

from resolvers.city import AddressColumns
from resolvers.identity.address_keys import other_addresses
from resolvers.identity.addresses import locale
from resolvers.identity.registers import AddressIndex, Found

NYC = locale("us_nyc")
REGISTER = {
    "A": ("29 WEST 27TH STREET", "10001"),
    "B": ("29 EAST 27TH STREET", "10016"),
    "C": ("100-120 GRAND AVENUE", "11205"),
    "D": ("112 GRAND AVENUE", "11205"),
    "E": ("67-12 YELLOWSTONE BOULEVARD", "11375"),
    "F": ("115 EAST MOSHOLU PARKWAY NORTH", "10467"),
    "G": ("1541 WILLIAMSBRIDGE ROAD", "10461"),
    "H": ("40 AVENUE B", "10009"),
    "I": ("40 AVENUE C", "10009"),
    "J": ("300 EAST 12TH STREET", "10003"),
    "K": ("300 WEST 12TH STREET", "10003"),
    "L": ("417F WEST 47TH STREET", "10036"),
    "M": ("490 JEFFERSON AVENUE", "11221"),
    "N": ("390 EASTERN PARKWAY", "11225"),
    "O": ("60 TO 64 PEARL STREET", "10004"),
    "P": ("60 TO 74 PEARL STREET", "10004"),
    "Q": ("80 PEARL STREET", "10004"),
    "R": ("12 OCEAN PARKWAY", "11218"),
    "S": ("14 OCEAN AVENUE", "11218"),
    "T": ("34-20 60TH ROAD", "11378"),
    "U": ("566 GREENE AVENUE", "11216"),
    "V": ("7 GREENE AVENUE", "11221"),
    "W": ("1911 AVENUE S", "11229"),
    "X": ("2 MAIN STREET", "10044"),
    "Y": ("240 CENTRAL PARK SOUTH", "10019"),
    "Z": ("777 FIRST AVENUE", "10017"),
    "a": ("135 ELDRIDGE STREET", "10002"),
    "b": ("85 FAIRVIEW", "10040"),
    "c": ("166 EAST 61ST STREET", "10065"),
    "d": ("12 BOND STREET", "10012"),
    "e": ("14 BOND STREET", "10012"),
    "f": ("14 BAND STREET", "10012"),
    "g": ("2502-2522 EIGHTH AVENUE", "10030"),
    "h": ("2518-2520 EIGHTH AVENUE", "10030"),
    "i": ("100-180 SMITH STREET", "11201"),
    "j": ("112 SMITH STREET", "11201"),
    "k": ("140 SMITH STREET", "11201"),
    "l": ("160 SMITH STREET", "11201"),
    "m": ("10 OCEAN AVENUE", "11218"),
    "n": ("10 OCEAN PARKWAY", "11218"),
    "o": ("25 BROADWAY TERRACE", "10040"),
    "p": ("16 GAY STREET", "10014"),
    "q": ("90 JAY STREET", "10013"),
}


@pytest.fixture(scope="module")
def index() -> AddressIndex:
    made = AddressIndex(NYC)
    for identifier, (text, postcode) in REGISTER.items():
        parts = NYC.parse(text, postcode)
        assert parts is not None
        made.add(identifier, parts)
    return made


def found(index: AddressIndex, text: str, postcode: str | None) -> tuple[Found, ...]:
    query = NYC.search_keys(text, postcode)
    return index.find(query) if query else ()


@pytest.mark.parametrize(
    ("text", "postcode", "identifier", "state"),
    [
        ("29 W. 27 St, Apt 3", "10001", "A", "MATCH"),
        ("29 W 27 ST, MANHATTAN", None, "A", "MATCH"),
        ("104 Grand Ave", "11205", "C", "MATCH"),
        ("112 Grand Ave", "11205", "D", "MATCH"),
        ("67-12 YELOWSTONE BLVD", "11375", "E", "MATCH"),
        ("115 E MOSHOLU PKWY", "10467", "F", "POSSIBLE"),
        ("1541 WILLIAMSBRI DGE ROAD", "10461", "G", "MATCH"),
        ("29 WEST 27TH STREET", "10002", "A", "POSSIBLE"),
        ("417 WEST 47TH STREET", "10036", "L", "POSSIBLE"),  # the register has the front house only
        ("490A JEFFERSON AVE", "11221", "M", "POSSIBLE"),
        ("380-390 EASTERN PKWY", "11225", "N", "POSSIBLE"),  # the far end of a range
        ("29 WEST 27T HSTREET", "10001", "A", "MATCH"),
        ("40 AVNEUE B", "10009", "H", "MATCH"),
        ("29 29 WEST 27TH STREET", "10001", "A", "MATCH"),
        ("29 WEST 27TH STREET 4TH FL", "10001", "A", "MATCH"),  # a floor, not Florida
        ("29 WETS 27TH STREET", "10001", "A", "MATCH"),
        ("29 WEST 27RH STREET", "10001", "A", "MATCH"),
        ("29 WEST 27TH SRTEET", "10001", "A", "MATCH"),
        ("60-64 PEARL ST", "10004", "O", "MATCH"),  # the very range, where another has the number too
        ("60 PEARL ST A/K/A 60-74 PEARL ST", "10004", "P", "MATCH"),
        ("80 1/2 PEARL ST", "10004", "Q", "POSSIBLE"),
        ("1541 WILLIAMSBRIDGE AVE", "10461", "G", "POSSIBLE"),  # another type, and no such street there
        ("2 MIAN STREET", "10044", "X", "MATCH"),
        ("240 WEST 59TH STREET", "10019", "Y", "MATCH"),  # the same street
        ("240 CPS", "10019", "Y", "MATCH"),
        ("777 UNITED NATIONS PLAZA", "10017", "Z", "MATCH"),  # a second name of a part of the street
        ("777 U.N. Plaza", "10017", "Z", "MATCH"),
        ("135 ELDRIDGE", "10003", "a", "POSSIBLE"),  # no type, and another postcode
        ("79-85 FAIRVIEW AVE", "10040", "b", "POSSIBLE"),  # the far end, listed without its type
        ("166 EAST 61ST AVENUE", "10065", "c", "POSSIBLE"),
        ("12 BOMD STREET", "10012", "d", "MATCH"),  # one slip in a short name
        ("12 BAND STREET", "10012", "d", "POSSIBLE"),  # there is a BAND STREET, too
        ("2516 EIGHTH AVENUE", "10030", "g", "MATCH"),
        ("2518 EIGHTH AVENUE", "10030", "h", "MATCH"),  # the inner one of two ranges
        ("100 SMITH STREET", "11201", "i", "MATCH"),
        ("140 SMITH STREET", "11201", "k", "MATCH"),
        ("566 GREEN AVENUE", "11221", "U", "POSSIBLE"),  # a slip, and it is in 11216, next to it
        ("10 COEAN AVENUE", "11218", "m", "MATCH"),  # a slip, and the type tells which
    ],
)
def test_found(index: AddressIndex, text: str, postcode: str | None, identifier: str, state: str) -> None:
    answers = found(index, text, postcode)
    assert [(each.identifier, each.score.state) for each in answers] == [(identifier, state)]
    assert all(each.score.evidence for each in answers)


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("31 WEST 27TH STREET", "10001"),
        ("29 WEST 28TH STREET", "10001"),
        ("105 GRAND AVENUE", "11205"),
        ("40 AVENUE D", "10009"),
        ("40 AVENUE E", "10009"),
        ("25 BROADWAY", "10004"),  # is no BROADWAY TER whose type was left out
        ("29 WEST 27TH STREET, MIAMI FL", "33101"),
        ("29 WEST 27TH STREET, COLUMBUS, OH", "43215"),
        ("300 12TH STREET", "10003"),
        ("29 BROADWAY", "10001"),
        ("12 OCEAN AVENUE", "11218"),  # both are there: 12 is not on this one
        ("34-20 60TH AVENUE", "11378"),
        ("1911 AVENUE U", "11229"),
        ("130 SMITH STREET", "11201"),  # in a range within which others have numbers
        ("12 BAND AVENUE", "10012"),  # another name, and another type
        ("166 61ST AVENUE", "10065"),
        ("566 GREEN AVENUE", "11218"),  # it is in 11216, which is not next to it
    ],
)
def test_refused(index: AddressIndex, text: str, postcode: str) -> None:
    assert found(index, text, postcode) == ()


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("29 w", ["A"]),
        ("29 west 2", ["A"]),
        ("29 w 27t", ["A"]),
        ("29 west 28", []),
        ("40 av", ["H", "I"]),
        ("40 avenue c", ["I"]),
        ("300 e", ["J"]),
        ("300 east 12th str", ["J"]),
        ("102 gr", ["C"]),
        ("240 cen", ["Y"]),
        ("240 west 5", ["Y"]),
        ("67-12 yel, 113", ["E"]),
        ("67-12 yel, queens", ["E"]),
        ("67-12 yel, 100", []),
        ("31 west 2", []),  # a number is never changed
    ],
)
def test_completed(index: AddressIndex, text: str, identifiers: list[str]) -> None:
    begun = NYC.begun(text)
    assert begun is not None
    answers = index.complete(begun)
    assert [each.identifier for each in answers] == identifiers
    assert {each.score.state for each in answers} <= {"POSSIBLE"}


@pytest.mark.parametrize("text", ["", "29", "west 27", "0 w 27", "?", "12345678 w"])
def test_not_begun(text: str) -> None:
    assert NYC.begun(text) is None


def test_no_area_gives_every_one_that_has_it(index: AddressIndex) -> None:
    (answer,) = found(index, "29 WEST 27TH STREET", None)
    assert (answer.identifier, answer.address, answer.score.state) == ("A", "10001/29 W 27 ST", "POSSIBLE")


def test_a_slip_that_could_be_either_gives_both(index: AddressIndex) -> None:
    answers = found(index, "300 EST 12TH STREET", "10003")
    assert {each.identifier for each in answers} == {"J", "K"}
    assert {each.score.state for each in answers} == {"POSSIBLE"}


def test_a_street_of_the_city_part_is_no_slip_of_another(index: AddressIndex) -> None:
    assert found(index, "16 JAY STREET, MANHATTAN", None)[0].score.state == "POSSIBLE"
    (answer,) = found(index, "16 GAYY STREET, MANHATTAN", None)
    assert (answer.identifier, answer.score.state) == ("p", "MATCH")


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("12 CARLTAN AVENUE", ["A"]),  # next door
        ("14 CARLTAN AVENUE", []),  # in two postcodes next door
        ("16 WAVERLEY AVENUE", []),  # is a street of the borough
        ("18 CARLTAN AVENUE", []),  # not next door
    ],
)
def test_a_slip_is_mended_in_the_postcode_next_door(text: str, identifiers: list[str]) -> None:
    index = AddressIndex(NYC)
    for identifier, line, postcode in (
        ("B", "1 MYRTLE AVENUE", "11205"),
        ("A", "12 CARLTON AVENUE", "11238"),
        ("C", "14 CARLTON AVENUE", "11238"),
        ("D", "1 MYRTLE AVENUE", "11238"),
        ("E", "14 CARLTON AVENUE", "11217"),
        ("F", "1 MYRTLE AVENUE", "11217"),
        ("G", "16 WAVERLY AVENUE", "11238"),
        ("H", "99 WAVERLEY AVENUE", "11235"),
        ("I", "18 CARLTON AVENUE", "11235"),
    ):
        parts = NYC.parse(line, postcode)
        assert parts is not None
        index.add(identifier, parts)
    answers = found(index, text, "11205")
    assert [each.identifier for each in answers] == identifiers
    assert {(each.score.state, each.score.evidence[-1].rule) for each in answers} <= {("POSSIBLE", "postcode")}


@pytest.mark.parametrize(
    ("number", "postcode", "others"),
    [
        ("141 TO 145", "10001", ["10001/143 W 27 ST", "10001/145 W 27 ST"]),
        ("209-211", "10001", ["10001/211 W 27 ST"]),
        ("2377-79", "10001", ["10001/2379 W 27 ST"]),
        ("29", "10001", []),
        ("67-12", "11375", []),  # one number in Queens
        ("10-500", "10001", []),
        ("", "10001", []),
    ],
)
def test_a_range_has_further_addresses(number: str, postcode: str, others: list[str]) -> None:
    columns = AddressColumns(number="n", street="s", postcode="z")
    cells = {"n": number, "s": "WEST 27TH STREET", "z": postcode}
    assert list(other_addresses(columns, cells, NYC)) == others
