import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.matching.whole_names import MOST_SPELLINGS, readings, spellings

ETTA = (("ETTA",), ("SWANWICK",))

ONE = {
    "a comma": "Swanwick, Etta",
    "the family's name in capitals": "SWANWICK Etta",
    "the family's name in capitals, at the end": "Etta SWANWICK",
    "a title behind the comma": "Swanwick, Mrs. Etta",
}


@pytest.mark.parametrize("case", ONE)
def test_what_tells_the_order(case: str) -> None:
    assert [(one.given, one.family) for one in readings(ONE[case])] == [ETTA]


@pytest.mark.parametrize("name", ["Etta Swanwick", "ETTA SWANWICK", "Dr. Etta Swanwick", "Etta Swanwick, MD"])
def test_where_nothing_tells_the_order(name: str) -> None:
    assert [(one.given, one.family) for one in readings(name)] == [ETTA, ETTA[::-1]]


def test_two_family_names() -> None:
    assert [one.family for one in readings("Maria Garcia Lopez")] == [("LOPEZ",), ("MARIA",), ("GARCIA", "LOPEZ")]
    assert readings("Etta de la CRUZ")[0].family == ("CRUZ",)


def test_a_generation_is_no_name() -> None:
    for name in ("Jane Doe, Jr.", "DOE, JANE JR", "Doe Jr, Jane", "Jane Doe II"):
        assert {one.generation for one in readings(name)} == {"2"}
        assert (readings(name)[0].given, readings(name)[0].family) == (("JANE",), ("DOE",))


def test_given_names_that_are_titles_too() -> None:
    assert [(one.given, one.family) for one in readings("SMITH, EARL")] == [(("EARL",), ("SMITH",))]
    assert readings("Earl Smith")[0].given == ("EARL",)


def test_a_single_word_is_a_family_name() -> None:
    assert [(one.given, one.family) for one in readings("Swanwick")] == [((), ("SWANWICK",))]
    assert readings("  ") == readings(",.-") == ()


def test_spellings_are_those_of_agencies() -> None:
    found = spellings("Bill Swanwick")
    assert found[0] == "Bill Swanwick"
    assert {"SWANWICK, BILL", "SWANWICK Bill", "Swanwick, William", "WILLIAM SWANWICK", "SWANWICK,B"} <= set(found)
    assert len(set(found)) == len(found) <= MOST_SPELLINGS


def test_spellings_keep_accents_as_they_were_written() -> None:
    assert {"Zoé Núñez", "ZOÉ NÚÑEZ", "NUNEZ, ZOE"} <= set(spellings("Zoé Núñez"))


@given(st.text(max_size=60))
def test_any_text_is_bounded(text: str) -> None:
    assert len(spellings(text)) <= MOST_SPELLINGS
    assert len(readings(text)) <= 3
    assert all("%" not in spelled for spelled in spellings(text) if "%" not in text)
