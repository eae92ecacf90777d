"""`[dataset.protect]`: what it compiles to, and what is wrong with it."""

from collections.abc import Callable

import pytest

from gateway.catalogue.purposes import BadPurpose, name_or_term
from resolvers.city import Protect
from tests.gateway.catalogue.conftest import ROLLS, Directory

TRADE = """

[[dataset]]
name = "permits"
id = "number"

[dataset.columns]
number = "NO"
lot = "LOT"
place = { from = "PLACE", precision = "block" }
holder = { from = "HOLDER", personal = "person_name" }
issued = { from = "ISSUED", type = "date" }
ended = { from = "ENDED", type = "date" }

[dataset.keys]
licence = "number"
lot = "lot"

[[dataset.section]]
on = "Address.tradePermits"
kind = "Permit"
as = { date = "issued" }
"""
Problems = Callable[[str], list[str]]


def protected(terms: str) -> str:
    return TRADE.replace("\n[[dataset.section]]", f"\n[dataset.protect]\n{terms}\n\n[[dataset.section]]")


def line_of(text: str, what: str) -> int:
    return (ROLLS + text).partition(what)[0].count("\n") + 1


def test_terms_are_part_of_the_table(springfield: Directory) -> None:
    terms = 'purposes = ["billing", "https://w3id.org/dpv#PublicBenefit"]\nretain = "8w"\nretain_by = "ended"\n'
    springfield.write("rolls", ROLLS + protected(f'{terms}min_count = 5\nnever_with = ["rolls.parcels"]'))
    table = springfield.load().tables["rolls.permits"]
    assert table.protect == Protect(("billing", "dpv:PublicBenefit"), 56, "ended", 5, ("rolls.parcels",))
    assert table.access == "rolls.permits:read"


def test_without_purposes_a_dataset_stays_public(springfield: Directory) -> None:
    springfield.write("rolls", ROLLS + protected("min_count = 5"))
    table = springfield.load().tables["rolls.permits"]
    assert (table.access, table.protect) == (None, Protect(min_count=5))


def test_rows_age_by_the_sections_date(springfield: Directory) -> None:
    springfield.write("rolls", ROLLS + protected('retain = "2y"'))
    assert springfield.load().tables["rolls.permits"].protect == Protect(retain_days=730, retain_by="issued")


@pytest.mark.parametrize(
    ("terms", "where", "problem"),
    [
        (
            'never_with = ["rolls.parcel"]',
            "never_with",
            'dataset "rolls.parcel" is not declared; did you mean "rolls.parcels"?',
        ),
        (
            'never_with = ["rolls.permits"]',
            "never_with",
            "rolls.permits can't be without itself; name the other dataset, or delete it",
        ),
        (
            'retain = "2 years"',
            "retain",
            '"retain" takes days, weeks or years, at most a hundred years, like "90d", "8w" or "2y"',
        ),
        ('retain = "2y"\nretain_by = "end"', "retain_by", None),
        (
            'retain = "2y"\nretain_by = "holder"',
            "retain_by",
            'retain_by names "holder" of type text; it takes a column of type date or datetime',
        ),
        ('retain_by = "ended"', "retain_by", 'retain_by without retain; say how long, like retain = "2y"'),
        (
            'purposes = ["dpv:PublicBenefits"]',
            "purposes",
            '"dpv:PublicBenefits" is no purpose of the W3C Data Privacy Vocabulary; did you mean "dpv:PublicBenefit"?',
        ),
        (
            'purposes = ["Billing!"]',
            "purposes",
            '"Billing!" is no name of a purpose; write small letters, digits, "-", "_" and ".", like "benefit-check"',
        ),
        ("min_count = 0", "min_count", '"min_count" is 0; it is at least 1'),
    ],
)
def test_mistakes_in_terms(terms: str, where: str, problem: str | None, problems_of: Problems) -> None:
    text = protected(terms)
    problem = problem or 'column "end" is not in rolls.permits; did you mean "ended"?'
    assert problems_of(text) == [f"rolls.toml:{line_of(text, f'{chr(10)}{where} =') + 1}: {problem}"]


def test_nothing_ages_without_a_date(problems_of: Problems) -> None:
    text = protected('retain = "2y"').replace('as = { date = "issued" }\n', "")
    assert problems_of(text) == [
        f"rolls.toml:{line_of(text, 'retain =')}: nothing says how old a row of rolls.permits is: no section has a "
        'date; add retain_by = "issued", a column of type date or datetime'
    ]


def test_two_dates_have_to_be_told_apart(problems_of: Problems) -> None:
    more = '\n[[dataset.section]]\non = "Address.endedPermits"\nkind = "Permit"\nas = { date = "ended" }\n'
    text = protected('retain = "2y"') + more
    assert problems_of(text) == [
        f"rolls.toml:{line_of(text, 'retain =')}: nothing says how old a row of rolls.permits is: its sections have "
        'several dates (issued, ended); add retain_by = "issued", a column of type date or datetime'
    ]


@pytest.mark.parametrize("key", ['lot = "place"', 'address = { line = "place", region = "IL" }'])
def test_what_is_exact_to_the_block_joins_to_no_address(key: str, problems_of: Problems) -> None:
    text = TRADE.replace('\nlot = "lot"\n', f"\n{key}\n")
    assert problems_of(text) == [
        f'rolls.toml:{line_of(text, key)}: key "{key.partition(" ")[0]}" would join "place", which is exact to the '
        "block, to an address; delete the key, or find the rows by another one"
    ]


def test_other_precision_and_other_entities_may_be_joined(problems_of: Problems) -> None:
    assert problems_of(TRADE.replace('"block"', '"building"').replace('\nlot = "lot"', '\nlot = "place"')) == []
    assert problems_of(TRADE.replace('licence = "number"', 'licence = "place"')) == []


@pytest.mark.parametrize(
    "text", ["benefit-check", "dpv:ScientificResearch", "https://city.example/why#x", "urn:city:x"]
)
def test_names_terms_and_iris_are_purposes(text: str) -> None:
    assert name_or_term(text) == text


@pytest.mark.parametrize(
    "text", ["", "dpv:", "dpv:Purpose", "ftp://x", "https://", "urn:", "https://a b", "Ä", "x" * 65]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(BadPurpose):
        name_or_term(text)
