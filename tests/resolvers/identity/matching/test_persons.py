"""Persons: levels of names, days of birth and addresses; vetoes; two facts; the margin."""

import pytest

from resolvers.identity.addresses import locale
from resolvers.identity.matching.contacts import birth, birth_level
from resolvers.identity.matching.frequency import counted
from resolvers.identity.matching.model import MISSING, Match, model
from resolvers.identity.matching.persons import Person, compare, person

WEIGHTS = model("person")
NYC = locale("us_nyc")


def judged(a: Person, b: Person) -> Match:
    return WEIGHTS.judge(compare(a, b))


def levels(a: Person, b: Person) -> dict[str, str]:
    return dict(compare(a, b).levels)


@pytest.mark.parametrize(
    ("a", "b", "given", "family"),
    [
        (("Maria", "Kowalska"), ("MARIA", "KOWALSKA"), "same", "same"),
        (("Kowalska", "Maria"), ("Maria", "Kowalska"), "swapped", "swapped"),
        (("M.", "Kowalska"), ("Maria", "Kowalska"), "initial", "same"),
        (("Bill", "Ortega"), ("William", "Ortega"), "nickname", "same"),
        (("Maria", "Kowalska"), ("Mraia", "Kowalksa"), "typo", "typo"),
        (("Ana", "García López"), ("Ana", "Garcia"), "same", "part"),
        (("John Adam", "Tsai"), ("Adam", "Tsai"), "middle", "same"),
        (("Ellen", "Ng"), ("Ruth", "Baptiste"), "differs", "differs"),
        (("", "Ng"), ("Ruth", "Ng"), MISSING, "same"),
    ],
)
def test_levels_of_names(a: tuple[str, str], b: tuple[str, str], given: str, family: str) -> None:
    found = levels(person(*a), person(*b))
    assert (found["given"], found["family"]) == (given, family)


def test_a_whole_name_is_read_either_way_round() -> None:
    assert person(name="ORTEGA, WILLIAM J").family == ("ORTEGA",)
    assert person(name="Dr. William J. Ortega Jr.").given == ("WILLIAM", "J")
    assert person(name="Dr. William J. Ortega Jr.").generation == "2"
    assert person("William", "Ortega", "William James Ortega").given == ("WILLIAM", "JAMES")


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("1980-03-14", "19800314", "same"),
        ("03/14/1980", "1980-03-14", "same"),
        ("1980-03-04", "1980-04-03", "swapped"),
        ("1980-03-14", "1980-03-15", "typo"),
        ("1980-03-14", "1980-01-01", "year_known"),
        ("1980-01-01", "1980-01-01", "same_january"),
        ("1980-03-14", "1991-11-27", "differs"),
        ("1980-03-14", "", MISSING),
    ],
)
def test_levels_of_birth(a: str, b: str, level: str) -> None:
    assert birth_level(birth(a), birth(b)) == level
    assert birth_level(birth(b), birth(a)) == level


def test_what_is_no_date_is_none() -> None:
    assert [birth(text) for text in ("", "unknown", "14 March 1980", "80-3-14")] == ["", "", "", ""]


def test_the_same_person_with_slips_is_a_match_and_says_why() -> None:
    home = NYC.parse("29 West 27th Street", "10001")
    a = person("Maria", "Kowalska", birth_date="1980-03-04", address=home, phones=["212 555 0199"])
    b = person("Kowalska", "Mraia", birth_date="1980-04-03", address=home, phones=["(212) 555-0199"])
    match = judged(a, b)
    assert match.state == "MATCH"
    assert match.confidence > 0.99
    assert {"birth_swapped", "address_same", "given_swapped"} <= {each.rule for each in match.evidence}
    assert not any("KOWALSKA" in f"{each.rule}{each.detail}".upper() for each in match.evidence)


def test_a_name_alone_is_never_a_match() -> None:
    names = counted(["ZBIGNIEWA", *["MARIA"] * 5000])
    found = compare(person("Zbigniewa", "Xu"), person("Zbigniewa", "Xu"), given_names=names)
    assert WEIGHTS.judge(found).state != "MATCH"
    assert WEIGHTS.facts_for(found.levels) < 2


def test_a_rare_name_says_more_than_a_common_one() -> None:
    names = counted(["ZBIGNIEWA", *["MARIA"] * 5000])

    def weight(name: str) -> float:
        same = person(name, birth_date="1980-03-04")
        return WEIGHTS.weigh(compare(same, same, given_names=names).levels)

    assert weight("Zbigniewa") > weight("Maria")


@pytest.mark.parametrize(
    ("a", "b", "rule"),
    [
        (
            person("John", "Doe Jr", birth_date="1980-03-04", postcode="10001"),
            person("John", "Doe Sr", birth_date="1980-03-04", postcode="10001"),
            "veto_generation",
        ),
        (
            person("John", "Doe", birth_date="1980-03-04", identifiers={"ssn": "4365168"}),
            person("John", "Doe", birth_date="1951-11-27", identifiers={"ssn": "9239902"}),
            "veto_identifier",
        ),
    ],
)
def test_contradictions_are_vetoes(a: Person, b: Person, rule: str) -> None:
    match = judged(a, b)
    assert (match.state, match.confidence, match.evidence[0].rule) == (None, 0.0, rule)


def test_identifiers_of_two_authorities_are_not_compared() -> None:
    assert levels(person(identifiers={"a": "1234567"}), person(identifiers={"b": "7654321"}))["identifier"] == MISSING


def test_two_candidates_as_good_are_both_possible() -> None:
    sought = person("Maria", "Kowalska", birth_date="1980-03-04", postcode="10001")
    twin = judged(sought, person("Maria", "Kowalska", birth_date="1980-03-04", postcode="10001"))
    other = judged(sought, person("Ellen", "Ng", birth_date="1951-11-27", postcode="11201"))
    assert twin.state == "MATCH"
    assert [each.state for each in WEIGHTS.decide([twin, other])] == ["MATCH", None]
    doubtful = WEIGHTS.decide([twin, twin, other])
    assert [each.state for each in doubtful] == ["POSSIBLE", "POSSIBLE", None]
    assert all(each.confidence <= 0.5 for each in doubtful)
    assert doubtful[0].evidence[-1].rule == "margin"


@pytest.mark.parametrize(
    ("other", "doubt"),
    [
        (person("Ruth", "Ngabonziza", postcode="10013", town="Chinatown", occupation="carpenter"), "doubt_given"),
        (person("Ellen", "Baptiste", postcode="10013", town="Chinatown", occupation="carpenter"), "doubt_family"),
        (person("Ruth", "Baptiste", birth_date="1980-03-14", postcode="10013", town="Chinatown"), "doubt_names"),
        (person("Ruth", "Ngabonziza", birth_date="1981-03-14", postcode="10013", town="Chinatown"), ""),
        (person("Ruth", "Ngabonsiza", birth_date="1981-03-14", postcode="10013", town="Chinatown"), "doubt_given"),
        (person("Ellen", "Baptiste", birth_date="1981-03-14", postcode="10013", town="Chinatown"), "doubt_family"),
        (person("Ellen", "Baptiste", birth_date="1980-03-14", postcode="10013", town="Chinatown"), ""),
        (person("Ellen", "Ngabonziza", postcode="10013", town="Chinatown", occupation="carpenter"), ""),
    ],
)
def test_a_family_shares_what_is_no_ones_own(other: Person, doubt: str) -> None:
    ellen = person(
        "Ellen", "Ngabonziza", birth_date="1980-03-14", postcode="10013", town="Chinatown", occupation="carpenter"
    )
    match = judged(ellen, other)
    assert match.state == ("POSSIBLE" if doubt else "MATCH")
    assert [each.rule for each in match.evidence if each.rule.startswith("doubt")] == [doubt] * bool(doubt)


def test_an_identifier_outweighs_another_name() -> None:
    before = person("Ellen", "Ngabonziza", identifiers={"passport": "K4418820"})
    after = person("Helena", "Baptiste", identifiers={"passport": "K4418820"})
    assert compare(before, after).doubts == ()
