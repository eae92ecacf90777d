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


def lists(pairs: int, alone: int) -> tuple[dict[Pair, float], tuple[int, int]]:
    """So many sure pairs, and one that is hardly likely by itself, in lists with so many other records."""
    confidence = {(n, n): 0.9999 for n in range(1, pairs + 1)}
    return {(0, 0): 0.03, **confidence}, (1 + pairs + alone, 1 + pairs + alone)


@pytest.mark.parametrize(
    ("pairs", "alone", "low", "high"),
    [
        (2000, 0, 0.9, 1.0),  # all others have a counterpart: these two are left over for each other
        (2000, 2000, 0.05, 0.2),  # half of the lists: one of four strangers is left over as well
        (0, 2000, 0.02, 0.04),  # strangers all
        (3, 0, 0.02, 0.08),  # four records tell nothing of a list
    ],
)
def test_what_is_left_over_is_likely_where_lists_overlap(pairs: int, alone: int, low: float, high: float) -> None:
    assert low < together(*lists(pairs, alone))[0, 0] < high


def test_who_is_wanted_elsewhere_is_not_left_over() -> None:
    confidence, lengths = lists(2000, 0)
    assert together(confidence | {(1, 0): 0.03}, lengths)[1, 0] < 0.01
    assert together(confidence)[0, 0] == pytest.approx(0.03)
