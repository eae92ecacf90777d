"""Confidence over two lists at once, of which a record of one has at most one counterpart in the other.

A candidate that is surely another's is no rival. The share of a pair among all ways to bring the lists
together, each way weighed by the odds of its pairs, is found by belief propagation: exact where rivals
form no circle, and near it elsewhere (Zdeborová and Mézard, "The number of matchings in random graphs",
2006).
"""

from collections import defaultdict
from collections.abc import Mapping
from math import sqrt

Pair = tuple[int, int]

_ROUNDS = 20
_LEAST = 1e-3
"""Odds from which on a rival is worth asking whether it is taken."""
_SUREST = 0.999999


def together(confidence: Mapping[Pair, float]) -> dict[Pair, float]:
    """The confidence of each pair, where `confidence` is that of each judged by itself."""
    odds = {pair: each / (1 - min(each, _SUREST)) for pair, each in confidence.items()}
    rivals = {pair: each for pair, each in odds.items() if each >= _LEAST}
    free = (dict.fromkeys(rivals, 1.0), dict.fromkeys(rivals, 1.0))
    for _ in range(_ROUNDS):
        first = _damped(free[0], _freed(rivals, free[1], 0))
        free = first, _damped(free[1], _freed(rivals, first, 1))
    claims = (_claims(rivals, free[1], 0), _claims(rivals, free[0], 1))
    found = {}
    for pair, each in odds.items():
        left, right = (free[side].get(pair) or 1 / (1 + claims[side].get(pair[side], 0.0)) for side in (0, 1))
        sure = each * left * right
        found[pair] = sure / (1 + sure)
    return found


def _claims(rivals: Mapping[Pair, float], free: Mapping[Pair, float], side: int) -> dict[int, float]:
    """How much each record of a side is wanted by those that are free for it."""
    found: dict[int, float] = defaultdict(float)
    for pair, each in rivals.items():
        found[pair[side]] += each * free[pair]
    return found


def _freed(rivals: Mapping[Pair, float], free: Mapping[Pair, float], side: int) -> dict[Pair, float]:
    """How likely the record of a side is not wanted by another than that of the pair."""
    claims = _claims(rivals, free, side)
    return {pair: 1 / (1 + max(0.0, claims[pair[side]] - each * free[pair])) for pair, each in rivals.items()}


def _damped(old: Mapping[Pair, float], new: Mapping[Pair, float]) -> dict[Pair, float]:
    """Half the way, so that two who want one do not yield to each other for ever."""
    return {pair: sqrt(each * new[pair]) for pair, each in old.items()}
