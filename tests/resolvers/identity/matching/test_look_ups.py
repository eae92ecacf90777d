import pytest

from resolvers.identity.matching.look_ups import look_up
from resolvers.identity.matching.model import Match
from resolvers.identity.matching.whole_names import readings

DAY = "1971-03-04"


def verdict(asked: str, held: str, born: str = DAY, *, day: str = DAY, level: str | None = None) -> Match | None:
    return look_up(readings(asked, birth_date=day), readings(held, birth_date=born), level=level)


def state(*names: str, **about: str) -> str | None:
    match = verdict(*names, **about)
    return match.state if match else None


def test_a_name_alone_is_one_fact_and_says_nothing() -> None:
    assert verdict("Jane Holloway", "Jane Holloway", "") is None
    assert verdict("Jane Holloway", "Jane Holloway", day="") is None
    assert verdict("Jane Holloway", "Jane Holloway", "", day="", level="unit") is not None


@pytest.mark.parametrize(
    ("held", "born", "wanted"),
    [
        ("Holloway, Margaret", DAY, "MATCH"),
        ("Holloway, Margaret", "1971-04-03", "MATCH"),
        ("Holloway, Peggy", DAY, "MATCH"),
        ("Holloway, M", DAY, "MATCH"),
        ("Holoway, Margaret", DAY, "MATCH"),
        ("Holloway, Margaret", "1971-03-05", "POSSIBLE"),
        ("Holoway, Margret", DAY, "POSSIBLE"),
        ("Margret, Holoway", DAY, "POSSIBLE"),
        ("Holloway", DAY, "POSSIBLE"),
        ("Holloway, Margaret", "1970-01-01", None),
        ("Holloway, Thomas", DAY, None),
        ("Holloway, T", DAY, None),
        ("Brandt, Margaret", DAY, None),
    ],
)
def test_bands(held: str, born: str, wanted: str | None) -> None:
    assert state("Margaret Holloway", held, born=born) == wanted


def test_contradictions_are_vetoes_with_their_rule() -> None:
    for held, born, rule in (
        ("Holloway, Thomas", DAY, "veto_given"),
        ("Brandt, Margaret", DAY, "veto_family"),
        ("Margaret Holloway", "1950-12-31", "veto_birth"),
        ("Margaret Holloway Sr", DAY, "veto_generation"),
    ):
        match = verdict("Holloway, Margaret Jr", held, born)
        assert match is not None
        assert match.state is None
        assert match.confidence == 0
        assert rule in {each.rule for each in match.evidence}


def test_doubts_say_what_is_near_only() -> None:
    match = verdict("Margaret Holloway", "Margaret Holloway", "1971-03-05")
    assert match is not None
    assert match.evidence[-1].rule == "near"
    assert "birth" in match.evidence[-1].detail


def test_a_lot_says_less_than_a_unit() -> None:
    match = [verdict("Jane Holloway", "Jane Holloway", "", day="", level=level) for level in ("lot", "unit")]
    lot, unit = (each.weight if each else 0 for each in match)
    assert lot < unit
    assert state("J Holloway", "Jane Holloway", born="", day="", level="lot") == "POSSIBLE"
    assert state("Jane Holloway", "Tom Holloway", born="", day="", level="unit") is None


def test_a_day_that_is_asked_for_and_not_known_is_a_doubt() -> None:
    assert state("Jane Holloway", "Jane Holloway", born="", level="unit") == "POSSIBLE"


def test_the_order_of_names_decides_nothing() -> None:
    for held in ("Holloway Jane", "HOLLOWAY Jane", "JANE HOLLOWAY", "Jane, Holloway"):
        assert state("Jane Holloway", held) == "MATCH"
        assert state(held, "Jane Holloway") == "MATCH"
