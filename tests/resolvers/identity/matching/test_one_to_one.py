"""Confidence over two lists: who is surely another's is no rival."""

from itertools import permutations

import pytest

from resolvers.identity.matching.one_to_one import Pair, together


def exact(confidence: dict[Pair, float]) -> dict[Pair, float]:
    """The same, over every way to bring the lists together."""
    odds = {pair: each / (1 - each) for pair, each in confidence.items()}
    ways: set[frozenset[Pair]] = set()
    pairs = list(odds)
    for order in permutations(pairs):
        taken: list[Pair] = []
        ways.add(frozenset())
        for pair in order:
            if all(pair[0] != a and pair[1] != b for a, b in taken):
                taken.append(pair)
                ways.add(frozenset(taken))
    weights = dict.fromkeys(ways, 1.0)
    for way in ways:
        for pair in way:
            weights[way] *= odds[pair]
    total = sum(weights.values())
    return {pair: sum(weight for way, weight in weights.items() if pair in way) / total for pair in pairs}


@pytest.mark.parametrize(
    "confidence",
    [
        {(0, 0): 0.9},
        {(0, 0): 0.5, (0, 1): 0.5},
        {(0, 0): 0.9, (0, 1): 0.6, (1, 1): 0.99},
        {(0, 0): 0.3, (1, 0): 0.4, (1, 1): 0.7, (2, 1): 0.2},
    ],
)
def test_it_is_exact_where_rivals_form_no_circle(confidence: dict[Pair, float]) -> None:
    assert together(confidence) == pytest.approx(exact(confidence), abs=1e-3)


def test_twins_share_what_there_is() -> None:
    twins = {(a, b): 0.99 for a in (0, 1) for b in (0, 1)}
    assert together(twins) == pytest.approx(exact(twins), abs=0.03)


def test_a_rival_that_is_surely_anothers_takes_nothing() -> None:
    found = together({(0, 0): 0.6, (0, 1): 0.9, (1, 1): 0.9999})
    assert found[0, 0] > 0.59
    assert found[0, 1] < 0.01


def test_what_is_impossible_stays_so() -> None:
    assert together({(0, 0): 0.0, (0, 1): 1.0})[0, 0] == 0
    assert together({}) == {}
