"""Postcode and house number: one identifier for every spelling, whole or in columns."""

import pytest

from resolvers.city import Key
from resolvers.identity.codec import SpelledKeys
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
