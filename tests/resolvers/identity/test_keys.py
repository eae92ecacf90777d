"""Keys: whose row is this, and how is a dataset asked – by one declaration."""

from resolvers.city import AddressColumns, Key
from resolvers.identity.address_keys import address_codec
from resolvers.identity.addresses import locale
from resolvers.identity.codec import SpelledKeys
from resolvers.identity.keys import read_key, spell_key
from resolvers.identity.schemes import codec

BBL = codec("bbl")
ADDRESS = address_codec(locale("us_nyc"))


def test_a_constant_stands_for_the_column_that_an_agency_leaves_out() -> None:
    key = Key("nyc.bbl", ("=1", "block_lot"))
    assert key.reads == ("block_lot",)
    assert read_key(key, BBL, {"block_lot": "8-32"}) == "1000080032"
    assert spell_key(key, BBL, "1000080032") == SpelledKeys(("block_lot",), (("8-32",),))


def test_a_constant_says_what_a_dataset_cannot_hold() -> None:
    key = Key("nyc.bbl", ("=1", "block_lot"))
    assert spell_key(key, BBL, "3000080032") == SpelledKeys(("block_lot",), ())


def test_three_columns_are_asked_padded_and_not() -> None:
    key = Key("nyc.bbl", ("b", "k", "l"))
    assert spell_key(key, BBL, "1004770501") == SpelledKeys(
        ("b", "k", "l"), (("1", "477", "501"), ("1", "00477", "0501"))
    )


def test_formats_say_how_one_agency_writes() -> None:
    key = Key("nyc.bbl", ("b", "k", "l"), formats=("MANHATTAN", "00000", "00000"))
    assert spell_key(key, BBL, "1004770501") == SpelledKeys(("b", "k", "l"), (("MANHATTAN", "00477", "00501"),))


def test_an_address_is_asked_by_postcode_and_number() -> None:
    key = Key("nyc.address", address=AddressColumns(number="building", street="street", postcode="zip", region="NY"))
    row = {"building": "59-17", "street": "JUNCTION   BLVD", "zip": "11368"}
    identifier = read_key(key, ADDRESS, row)
    assert identifier == "11368/5917 JUNCTION BLVD"
    assert spell_key(key, ADDRESS, identifier) == SpelledKeys(
        ("zip", "building"), (("11368", "59-17"), ("11368", "5917"))
    )
