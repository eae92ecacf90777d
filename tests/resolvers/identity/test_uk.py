"""British addresses: flats before the number, postcodes in any form, saints, post towns."""

import pytest

from resolvers.city import AddressColumns
from resolvers.identity.address_keys import read_address, read_parts, spell_address
from resolvers.identity.addresses import locale
from resolvers.identity.registers import AddressIndex

UK = locale("uk")

READ = (
    ("10 Downing Street, London SW1A 2AA", "SW1A 2AA/10 DOWNING ST", None),
    ("10 downing st sw1a2aa", "SW1A 2AA/10 DOWNING ST", None),
    ("Flat 3, 12A High Street, Leeds LS1 4AB", "LS1 4AB/12A HIGH ST", "FLAT 3"),
    ("Flat 3 12A High Street LS1 4AB", "LS1 4AB/12A HIGH ST", "FLAT 3"),
    ("12a High St Flat 3 Leeds LS1 4AB", "LS1 4AB/12A HIGH ST", "FLAT 3"),
    ("2/1, 45 Byres Road, Glasgow G11 5RG", "G11 5RG/45 BYRES RD", "FLAT 2 1"),
    ("2/1 45 Byres Rd, Glasgow, G11 5RG", "G11 5RG/45 BYRES RD", "FLAT 2 1"),
    ("Apartment 12 40 Wharf Road, Manchester M1 2AB", "M1 2AB/40 WHARF RD", "APARTMENT 12"),
    ("12-14 Saint James Street, London SW1A 1ER", "SW1A 1ER/12 ST JAMES ST", None),
    ("12 - 14 St. James St SW1A 1ER", "SW1A 1ER/12 ST JAMES ST", None),
    ("1 The Avenue, Leeds LS17 7BD", "LS17 7BD/1 THE AVE", None),
    ("1 The Close, Salisbury SP1 2EN", "SP1 2EN/1 CLOSE", None),
    ("3 Acacia Close SE21 8ER", "SE21 8ER/3 ACACIA CL", None),
    ("3 Acacia Cl, SE21 8ER", "SE21 8ER/3 ACACIA CL", None),
    ("12 Church Lane, Little Snoring, Fakenham, Norfolk, NR21 0JE", "NR21 0JE/12 CHURCH LN", None),
    ("12 York Street, York YO1 1AA", "YO1 1AA/12 YORK ST", None),
    ("12 Upper Street, N1 0PQ", "N1 0PQ/12 UPPER ST", None),
    ("Rose Cottage, Mill Lane, OX7 3AB", "OX7 3AB/ROSE COTTAGE, MILL LN", None),
    ("The Old Rectory, Church Ln, Chipping Norton OX73AB", "OX7 3AB/OLD RECTORY, CHURCH LN", None),
    ("St. Mary's Hall, High Street, Oxford OX1 1AA", "OX1 1AA/ST MARYS HALL, HIGH ST", None),
    ("Sea View, The Avenue, OX7 3AB", "OX7 3AB/SEA VIEW, THE AVE", None),
    ("Rose Cottage, 3 Mill Lane, OX7 3AB", "OX7 3AB/3 MILL LN", None),
)


@pytest.mark.parametrize(("text", "key", "unit"), READ)
def test_read(text: str, key: str, unit: str | None) -> None:
    parts = UK.parse(text)
    assert parts is not None
    assert (UK.key(parts), parts.unit) == (key, unit)
    again = UK.parse_key(key)
    assert again is not None
    assert UK.key(again) == key


def test_a_range_is_one_side_of_the_street() -> None:
    parts = UK.parse("12-16 High Street, LS1 4AB")
    assert parts is not None
    assert (parts.number, parts.high) == ("12", "16")
    index = AddressIndex(UK)
    index.add("shop", parts)
    for text, wanted in (("14 High St LS1 4AB", ["shop"]), ("13 High St LS1 4AB", [])):
        query = UK.search_keys(text)
        assert query is not None
        assert [found.identifier for found in index.find(query)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Rose Cottage Mill Lane, OX7 3AB",
        "Rose Cottage, Chipping Norton, OX7 3AB",
        "High Street, Oxford Road, OX7 3AB",
        "Basement, Mill Lane, OX7 3AB",
        "Flat 2, Rose House, Mill Lane, OX7 3AB",
    ],
)
def test_no_name_of_a_house(text: str) -> None:
    assert UK.search_keys(text) is None


def test_a_house_by_its_name() -> None:
    index = AddressIndex(UK)
    columns = AddressColumns(number="n", street="s", postcode="p")
    row = {"n": "The Old Rectory", "s": "Church Lane", "p": "OX7 3AB"}
    parts = read_parts(columns, row, UK)
    assert parts is not None
    index.add("house", parts)
    for text, state in (
        ("Old Rectory, Church Lane, OX7 3AB", "MATCH"),
        ("The Old Rectory, Chruch Lane, OX7 3AB", "MATCH"),
        ("New Rectory, Church Lane, OX7 3AB", None),
        ("1 Church Lane, OX7 3AB", None),
    ):
        query = UK.search_keys(text)
        assert query is not None
        answers = [(found.address, found.score.state) for found in index.find(query)]
        assert answers == ([("OX7 3AB/OLD RECTORY, CHURCH LN", state)] if state else [])
    assert read_address(columns, row, UK) == "OX7 3AB/OLD RECTORY, CHURCH LN"
    spelled = spell_address("OX7 3AB/OLD RECTORY, CHURCH LN", columns, UK)
    assert spelled is not None
    assert ("OX7 3AB", "The Old Rectory") in spelled.values


@pytest.mark.parametrize(
    "text",
    ["29 W Broad St, Columbus OH 43215", "29 W 27 St, New York NY 10001-1234", "High Street LS1 4AB", "Flat 3", ""],
)
def test_not_of_this_country(text: str) -> None:
    assert UK.search_keys(text) is None


@pytest.mark.parametrize("text", ["SW1A 2AA", "sw1a2aa", " m1 1ae ", "EC1A 1BB", "B33 8TH", "CR2 6XH", "DN55 1PT"])
def test_postcodes(text: str) -> None:
    parts = UK.parse("1 High Street", text)
    assert parts is not None
    assert parts.postcode == f"{text.upper().replace(' ', '')[:-3]} {text.strip().upper()[-3:]}"
    assert UK.postcode_spellings(parts.postcode) == (parts.postcode, parts.postcode.replace(" ", ""))


@pytest.mark.parametrize("text", ["1012 AB", "SW1A 2A", "Q1 1AA", "AA 1AA", "K1A 0B1"])
def test_no_postcodes(text: str) -> None:
    parts = UK.parse("1 High Street", text)
    assert parts is not None
    assert parts.postcode is None


def test_numbers_are_spelled_with_their_letter() -> None:
    parts = UK.parse("12A High Street, LS1 4AB")
    assert parts is not None
    assert UK.number_spellings(parts) == ("12A", "12a", "12 A", "12 a")
