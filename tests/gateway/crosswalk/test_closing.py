"""What is known of an identifier, from the edges around it."""

from gateway.crosswalk.closing import MOST_MEMBERS, PATH, known
from gateway.crosswalk.edges import Edge, Known
from tests.gateway.crosswalk.making import DAY, NOW, decided, edge


def of(start: str, *edges: Edge, several: tuple[str, ...] = ()) -> Known:
    return known(start, edges, lambda scheme: scheme not in several, NOW, fresh=True)


def matches(found: Known) -> dict[str, float]:
    return {tie.identifier: round(tie.confidence, 3) for tie in found.ties if tie.state == "MATCH"}


def test_an_edge_ties_both_ends() -> None:
    one = edge("a:1", "b:1")
    assert matches(of("a:1", one)) == {"b:1": 0.95}
    assert matches(of("b:1", one)) == {"a:1": 0.95}
    assert matches(of("c:1", one)) == {}


def test_what_is_possible_leads_nowhere() -> None:
    found = of("a:1", edge("a:1", "b:1", "POSSIBLE", 0.6), edge("b:1", "c:1"))
    assert [(tie.identifier, tie.state) for tie in found.ties] == [("b:1", "POSSIBLE")]


def test_confirmed_edges_lead_on_and_cost_confidence() -> None:
    found = of("a:1", edge("a:1", "b:1"), edge("b:1", "c:1"))
    assert matches(found) == {"b:1": 0.95, "c:1": 0.902}
    assert {tie.identifier: tie.evidence for tie in found.ties}["c:1"] == (PATH,)


def test_an_edge_that_is_not_confirmed_ties_its_ends_only() -> None:
    assert matches(of("a:1", edge("a:1", "b:1", confidence=0.8), edge("b:1", "c:1"))) == {"b:1": 0.8}


def test_a_decided_edge_is_confirmed() -> None:
    assert matches(of("a:1", decided("a:1", "b:1"), decided("b:1", "c:1"))) == {"b:1": 1.0, "c:1": 1.0}


def test_an_expired_edge_is_no_edge() -> None:
    assert of("a:1", edge("a:1", "b:1", expires=NOW - DAY)) == Known(fresh=True)


def test_one_of_a_scheme_the_surest() -> None:
    sure, doubtful = edge("a:1", "b:1", confidence=0.99), edge("a:1", "b:2", confidence=0.91)
    assert matches(of("a:1", doubtful, sure)) == {"b:1": 0.99}
    assert matches(of("b:2", doubtful, sure)) == {}
    assert matches(of("a:1", doubtful, sure, several=("b",))) == {"b:1": 0.99, "b:2": 0.91}


def test_one_of_a_scheme_also_by_way_of_others() -> None:
    assert matches(of("a:1", edge("a:1", "b:1", confidence=0.99), edge("b:1", "a:2"))) == {"b:1": 0.99}


def test_unlinking_propagates() -> None:
    way = (edge("a:1", "b:1", confidence=0.99), edge("b:1", "c:1"))
    found = of("a:1", *way, decided("a:1", "c:1", "NO"))
    assert matches(found) == {"b:1": 0.99}
    assert found.apart == {"c:1"}
    assert matches(of("c:1", *way, decided("a:1", "c:1", "NO"))) == {}


def test_a_decision_outweighs_what_was_found() -> None:
    assert matches(of("a:1", edge("a:1", "b:1", confidence=0.99), decided("a:1", "b:2"))) == {"b:2": 1.0}


def test_a_cluster_stays_small() -> None:
    chain = [edge(f"s{n}:1", f"s{n + 1}:1", confidence=1.0) for n in range(100, 140)]
    found = matches(of("s120:1", *chain))
    assert 0 < len(found) < MOST_MEMBERS
