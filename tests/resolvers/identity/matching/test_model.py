"""The model: what its files must hold, and that verdicts follow from them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.addresses import locale
from resolvers.identity.matching import businesses, persons
from resolvers.identity.matching.businesses import Business, business
from resolvers.identity.matching.clusters import closed, over_a_third
from resolvers.identity.matching.frequency import UNKNOWN, business_words, counted
from resolvers.identity.matching.model import LEAST_SHARE, Findings, Match, model
from resolvers.identity.matching.persons import Person, person

KINDS = ("business", "person")
NYC = locale("us_nyc")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_versioned_and_whole(kind: str) -> None:
    weights = model(kind)
    assert weights.kind == kind
    assert weights.version
    assert weights.possible <= weights.match
    assert weights.facts >= 2
    shares = [share for _, share in weights.knots]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.01
    assert 0.99 < shares[-1] <= 1


@pytest.mark.parametrize("kind", KINDS)
@given(weight=st.floats(-60, 60))
def test_confidence_rises_with_weight(kind: str, weight: float) -> None:
    weights = model(kind)
    assert 0 <= weights.confidence(weight) <= weights.confidence(weight + 1) <= 1


def test_among_twice_as_many_a_person_is_half_as_likely() -> None:
    weights = model("person")
    assert weights.among(weights.size).prior == weights.prior
    assert weights.among(2 * weights.size).prior == pytest.approx(weights.prior - 1)
    assert weights.among(100).among(weights.size).prior == pytest.approx(weights.prior)
    assert model("business").among(7) is model("business")


@pytest.mark.parametrize("kind", KINDS)
@given(weights=st.lists(st.floats(-8, 30), max_size=14))
def test_a_verdict_among_rivals_has_the_confidence_of_its_state(kind: str, weights: list[float]) -> None:
    """Whoever is POSSIBLE is so by more than nothing; a MATCH is the likeliest."""
    known = model(kind)
    alone = [
        Match("MATCH" if w >= known.match else "POSSIBLE" if w >= known.possible else None, known.confidence(w), w, ())
        for w in weights
    ]
    decided = known.decide(alone)
    most = max((each.confidence for each in decided), default=0.0)
    least = {"MATCH": most, "POSSIBLE": LEAST_SHARE, None: 0.0}
    assert all(each.confidence >= least[each.state] for each in decided)
    assert sum(each.confidence for each in decided if each.state) <= 1 + 1e-9
    assert sum(each.state == "MATCH" for each in decided) <= 1
    assert all(before.state or not after.state for before, after in zip(alone, decided, strict=True))


def test_a_possible_far_behind_is_none_and_equals_are_possible() -> None:
    known = model("business")
    sure, doubtful = (Match("MATCH", known.confidence(w), w, ()) for w in (12.0, 0.0))
    behind = Match("POSSIBLE", known.confidence(0.0), 0.0, ())
    assert [each.state for each in known.decide([sure, behind])] == ["MATCH", None]
    assert {each.state for each in known.decide([sure] * 10)} == {"POSSIBLE"}
    assert {each.state for each in known.decide([sure] * 20)} == {None}
    assert [each.state for each in known.decide([doubtful])] == ["MATCH"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_says_nothing(kind: str) -> None:
    weights = model(kind)
    assert weights.judge(Findings(dict.fromkeys(weights.weights, "missing"))).evidence == ()
    assert weights.weigh({}) == weights.prior


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_level_is_an_error(kind: str) -> None:
    with pytest.raises(KeyError):
        model(kind).judge(Findings({"phone": "perhaps"}))


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_is_told_heaviest_first(kind: str) -> None:
    weights = model(kind)
    levels = {field: max(levels) for field, levels in weights.weights.items()}
    bits = [abs(float(each.detail.split()[0])) for each in weights.judge(Findings(levels)).evidence]
    assert bits == sorted(bits, reverse=True)


def test_common_words_say_less() -> None:
    words = business_words()
    assert words.of("RESTAURANT") < words.of("SUSHI") < words.of("QUAHOG")
    assert UNKNOWN.of("SMITH") == UNKNOWN.of("QUAHOG")
    assert counted(["A", "A", "B"]).of("A") < counted(["A", "A", "B"]).of("B") < counted(["A", "A", "B"]).of("C")


def test_clusters_close_over_edges_but_not_against_most_pairs() -> None:
    assert closed([(1, 2, 9.0), (2, 3, 8.0)], set()) == [[1, 2, 3]]
    assert closed([(1, 2, 9.0), (3, 4, 9.0), (2, 3, 1.0)], {(1, 3), (1, 4), (2, 4)}) == [[1, 2], [3, 4]]
    assert [len(each) for each in closed([(at, at + 1, 1.0) for at in range(100)], set(), most=10)] == [10] * 10


def test_what_is_one_with_a_third_is_one_as_surely_as_both_are() -> None:
    found = over_a_third({(1, 2): 0.9, (2, 3): 0.8, (1, 3): 0.1, (3, 4): 0.4, (2, 4): 0.1, (1, 5): 0.9, (2, 5): 0.0})
    assert found[1, 3] == pytest.approx(0.72)
    assert found[2, 4] == 0.1  # an edge that is hardly likely leads nowhere
    assert found[2, 5] == 0  # what is impossible stays so
    assert found[1, 2] == 0.9
    assert (3, 5) not in found


def test_clusters_do_not_depend_on_the_order_of_edges() -> None:
    edges = [(1, 2, 9.0), (2, 3, 8.0), (5, 6, 7.0), (3, 5, 2.0)]
    expected = {frozenset(each) for each in closed(edges, {(1, 6)})}
    random.Random(1).shuffle(edges)
    assert {frozenset(each) for each in closed(edges, {(1, 6)})} == expected


def some(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *texts))


LINES = some(
    "29 W 27 ST", "29 W 27 ST APT 4", "29 W 27 ST APT 5", "33 W 27 ST", "29 BROOME ST", "29 BROOME", "29 BROME PL"
)
PEOPLE = st.builds(
    person,
    some("MARIA", "M", "MRAIA", "MARTA", "WILLIAM J", "BILL", "JOHN WILLIAM"),
    some("SMITH", "SMYTH", "SMITHSON", "SMITH JONES", "MARIA", "X"),
    birth_date=some("1980-03-04", "1980-04-03", "1980-01-01", "1980-03-05", "1979-12-31", "1951-11-27"),
    address=LINES.map(lambda line: NYC.parse(line, "10001")),
    postcode=some("10001", "10002", "11201"),
    town=some("ALBANY", "ALBNAY", "TROY"),
    phones=some("2125550199", "2125550198", "5551234").map(lambda text: [text]),
    email=some("a@x.org", "a@y.org", "someone@x.org", "someone@y.org"),
    identifiers=some("12345678", "12345687", "99999999").map(lambda text: {"ssn": text}),
    gender=some("F", "M"),
    occupation=some("actor", "cleric"),
)
BUSINESSES = st.builds(
    business,
    some("QUAHOG FINCH", "QUAHOG", "CAFE", "CAFE BAR", "QUAHOGG FINCH", "MARZIPAN #4", "MARZIPAN #5").map(
        lambda t: [t]
    ),
    some("QUAHOG LLC", "QUAHOG INC", "CAFE BAR CORP", "MARZIPAN FINCH LLC").map(lambda text: [text]),
    address=LINES.map(lambda line: NYC.parse(line, "10001")),
    postcode=some("10001", "10002", "11201"),
    phones=some("2125550199", "2125550198", "5551234").map(lambda text: [text]),
    licences=some("1", "2").map(lambda text: [("sla", text)]),
)
COUNTED = counted(["MARIA"] * 900 + ["SMITH"] * 90 + ["ALBANY"] * 900 + ["SMYTH"])


@given(PEOPLE, PEOPLE)
def test_every_level_of_persons_has_a_weight_and_order_does_not_matter(a: Person, b: Person) -> None:
    for known in (UNKNOWN, COUNTED):
        one, other = (persons.compare(*pair, known, known, known) for pair in ((a, b), (b, a)))
        match = model("person").judge(one)
        assert 0 <= match.confidence <= 1
        assert match.weight == pytest.approx(model("person").judge(other).weight)


@given(BUSINESSES, BUSINESSES)
def test_every_level_of_businesses_has_a_weight_and_order_does_not_matter(a: Business, b: Business) -> None:
    match = model("business").judge(businesses.compare(a, b))
    assert 0 <= match.confidence <= 1
    assert match.weight == pytest.approx(model("business").judge(businesses.compare(b, a)).weight)
