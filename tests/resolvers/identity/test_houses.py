"""Postcode and house number: one identifier for every spelling, whole or in columns."""

import pytest

from resolvers.city import AddressColumns, Key
from resolvers.identity.address_keys import address_codec, read_address, spell_address
from resolvers.identity.addresses import locale
from resolvers.identity.codec import BadIdentifier, SpelledKeys
from resolvers.identity.houses import COUNTRIES
from resolvers.identity.keys import is_exact, read_key, spell_key
from resolvers.identity.schemes import codec

NL = codec("postcode_number_nl")


@pytest.mark.parametrize(
    ("country", "texts", "value"),
    [
        ("nl", ["1012 AB/12A", "1012ab 12a", "1012AB, 12 A", "1012 ab 12-a", "1012AB-012a"], "1012 AB/12A"),
        ("nl", ["1012 AB/12-2", "1012ab 12 2", "1012AB 12/2"], "1012 AB/12-2"),
        ("nl", ["1012 AB/12A2", "1012 AB 12 A 2", "1012AB 12a-2"], "1012 AB/12A2"),
        ("gb", ["SW1A 2AA/10", "sw1a2aa 10", "SW1A2AA/10"], "SW1A 2AA/10"),
        ("gb", ["m1 1ae/5b", "M11AE 5B"], "M1 1AE/5B"),
        ("jp", ["100-0005/1-9-1", "1000005 1-9-1", "１００−０００５　１－９－１", "100-0005/1-09-1"], "100-0005/1-9-1"),
        ("de", ["10115/12a", "10115 12 A"], "10115/12A"),
        ("se", ["111 20/3", "11120 3"], "111 20/3"),
        ("pl", ["00-950/3", "00950 3"], "00-950/3"),
    ],
)
def test_one_house_in_all_its_spellings(country: str, texts: list[str], value: str) -> None:
    found = codec(f"postcode_number_{country}")
    assert {found.parse(text) for text in texts} == {value}


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country(country: str) -> None:
    found = codec(f"postcode_number_{country}")
    assert found.parse(found.example) == found.example
    for columns in (1, 2):
        for texts in found.spell(found.example, columns):
            assert found.read(texts) == found.example


def test_a_declared_format_is_one_spelling() -> None:
    assert NL.spell("1012 AB/12A", 2, ("postcode", "12 a")) == (("1012ab", "12 a"),)
    assert NL.spell("1012 AB/12A", 1, ("POSTCODE 12a",)) == (("1012AB 12a",),)
    assert NL.spell("1012 AB/12A", 1, ("post code 12a",)) == (("1012 ab 12a",),)
    wide = codec("postcode_number_jp").spell("100-0005/1-9-1", 2, ("POST CODE", "１２Ａ"))
    assert wide == (("100-0005", "１－９－１"),)


def test_a_letter_in_a_column_of_its_own_is_compared_here() -> None:
    """No letter is often no value, and nothing can't be asked for."""
    key = Key("x.adres", ("postcode", "number", "letter", "addition"))
    assert spell_key(key, NL, "1012 AB/12A2") == SpelledKeys(
        ("postcode", "number"), (("1012 AB", "12"), ("1012AB", "12"))
    )
    assert not is_exact(key, NL)
    row = {"postcode": "1012ab", "number": 12, "letter": "a", "addition": None}
    assert read_key(key, NL, row) == "1012 AB/12A"
    assert read_key(key, NL, {**row, "letter": None}) == "1012 AB/12"
    assert read_key(key, NL, {**row, "letter": None, "addition": "2"}) == "1012 AB/12-2"
    assert read_key(key, NL, {**row, "number": None}) is None


def test_a_key_in_two_columns_is_exact() -> None:
    assert is_exact(Key("x.adres", ("postcode", "number")), NL)


def test_what_such_a_key_cannot_be() -> None:
    with pytest.raises(ValueError, match="none can be a constant"):
        spell_key(Key("x.adres", ("=1012 AB", "number", "letter")), NL, NL.example)
    with pytest.raises(ValueError, match="has no format"):
        spell_key(Key("x.adres", ("p", "n", "l"), formats=(None, None, "12a")), NL, NL.example)
    with pytest.raises(ValueError, match="unknown check"):
        codec("postcode_number_xx")


def test_what_is_behind_the_number_of_an_address_in_columns_of_its_own() -> None:
    columns = AddressColumns(number="n", letter="l", addition="a", street="s", postcode="p")
    row = {"n": 12, "l": None, "a": None, "s": "Damrak", "p": "1012ab"}
    generic = locale("generic")
    for letter, addition, number in ((None, None, "12"), ("a", None, "12A"), (None, "2", "12-2"), ("a", "2", "12A-2")):
        identifier = read_address(columns, {**row, "l": letter, "a": addition}, generic)
        assert identifier == f"1012 AB/{number} DAMRAK"
        asked = SpelledKeys(("p", "n"), (("1012 AB", "12"), ("1012AB", "12")))
        assert spell_address(identifier, columns, generic) == asked


def test_a_letter_behind_a_blank_in_the_column_of_the_number() -> None:
    columns = AddressColumns(number="n", street="s", postcode="p")
    generic = locale("generic")
    found = {read_address(columns, {"n": n, "s": "Hauptstraße", "p": "10115"}, generic) for n in ("12 a", "12A", "12a")}
    assert found == {"10115/12A HAUPTSTRASSE"}
    asked = spell_address("10115/12A HAUPTSTRASSE", columns, generic)
    assert asked is not None
    assert {number for _, number in asked.values} == {"12A", "12a", "12 A", "12 a"}
    east = read_address(columns, {"n": "29 E", "s": "MAIN ST", "p": "10115"}, generic)
    assert east == "10115/29 E MAIN ST"


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("Damrak 12a, 1012 ab Amsterdam", "1012 AB/12A DAMRAK"),
        ("Damrak 12-2, 1012AB Amsterdam", "1012 AB/12-2 DAMRAK"),
        ("Invalidenstraße 12 a, 10115 Berlin", "10115/12A INVALIDENSTRASSE"),
        ("12a Invalidenstrasse, 10115 Berlin", "10115/12A INVALIDENSTRASSE"),
        ("Østergade 5, 11000", "11000/5 OSTERGADE"),
        ("Flat 2, 5 High St, M1 1AE", "M1 1AE/5 HIGH ST"),
        ("Suite 5, 10 Main St, 10001", "10001/10 MAIN ST"),
        ("10 Downing Street, London sw1a2aa", "SW1A 2AA/10 DOWNING ST"),
    ],
)
def test_generic_reads_numbers_before_and_behind_the_street(text: str, identifier: str) -> None:
    assert address_codec(locale("generic")).parse(text) == identifier


@pytest.mark.parametrize("text", ["Pier 4, 10001", "Highway 12, 10001", "Avenue 5, 10001", "Unit 7, 10001"])
def test_a_number_that_is_the_streets_or_a_units_is_no_house_number(text: str) -> None:
    with pytest.raises(BadIdentifier, match="no house number with a street"):
        address_codec(locale("generic")).parse(text)
