"""One name in two spellings: numbers, short forms, initials, words apart and together."""

import pytest

from resolvers.identity.matching.frequency import business_words
from resolvers.identity.matching.trade_names import companies_of, prepared, shared_bits, site_number


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("8TH ST WINE CELLAR NYC", "8th Street Winecellar, New York"),
        ("Three Finches", "3 Finches"),
        ("402 EIGHTH AVENUE INC", "402 8th Ave Inc."),
        ("Quahog III", "QUAHOG 3"),
        ("L & J Quahog", "L J QUAHOG"),
        ("A.B.C. Quahog", "ABC Quahog"),
        ("Baker N Finch", "Baker & Finch"),
        ("St. Quahog", "Saint Quahog"),
        ("Quahog Ctr.", "The Quahog Center"),
        ("CVS #4979", "CVS"),
    ],
)
def test_one_name_in_two_spellings(a: str, b: str) -> None:
    known = business_words()
    assert prepared(a, known).joined == prepared(b, known).joined


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Finch DeliMart", "Mart Deli Finch"),
        ("Quahog 2", "Quahog 3"),
        ("8 Quahog", "8TH Lyceum"),
        ("AB Finch", "A C Finch"),
    ],
)
def test_two_names_stay_two(a: str, b: str) -> None:
    known = business_words()
    assert prepared(a, known).joined != prepared(b, known).joined


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("FINCH DELIMART QUAHOG", "QUAHOG DELI MART", ["QUAHOG", "DELI", "MART"]),
        ("QUAHOG DELI MART", "FINCH DELIMART QUAHOG", ["QUAHOG", "DELI", "MART"]),
        ("QUAHOG 17", "LYCEUM 18", []),
    ],
)
def test_a_word_and_its_two_parts_are_shared(a: str, b: str, shared: list[str]) -> None:
    known = business_words()
    one, other = prepared(a, known), prepared(b, known)
    whole = known.of("DELIMART")
    expected = known.of("QUAHOG") * ("QUAHOG" in shared)
    expected += min(whole, known.of("DELI") + known.of("MART")) * ("DELI" in shared)
    assert shared_bits(one, other) == pytest.approx(expected)


def test_numerals_and_letters_alone_say_little() -> None:
    known = business_words()
    assert prepared("17 Quahog", known).bits["17"] < known.of("QUAHOG")
    assert prepared("Q Quahog", known).bits["Q"] < known.of("QUAHOG")


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("QUAHOG HOTEL LLC & FINCH OPERATING CORP", ["QUAHOG HOTEL LLC", "FINCH OPERATING CORP"]),
        ("QUAHOG LLC/FINCH ASSOC LLC", ["QUAHOG LLC", "FINCH ASSOC LLC"]),
        ("QUAHOG INC, THE", ["QUAHOG INC, THE"]),
        ("QUAHOG & FINCH INC", ["QUAHOG & FINCH INC"]),
        ("", []),
    ],
)
def test_companies_of_one_text(text: str, companies: list[str]) -> None:
    assert list(companies_of(text)) == companies


def test_the_number_of_a_site() -> None:
    assert site_number("CVS/PHARMACY #04979") == "4979"
    assert site_number("Quahog Finch") == ""
