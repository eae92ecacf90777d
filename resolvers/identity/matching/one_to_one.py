"""Confidence over two lists at once, of which a record of one has at most one counterpart in the other.

A candidate that is surely another's is no rival. The share of a pair among all ways to bring the lists
together, each way weighed by the odds of its pairs, is found by belief propagation: exact where rivals
form no circle, and near it elsewhere (Zdeborová and Mézard, "The number of matchings in random graphs",
2006).

How much the lists overlap is learnt from them. A true pair is always left over by all others, two
strangers only if neither has a counterpart of its own: so what is left over is as many times likelier one
as strangers are seldom left over, by Bayes' rule. In lists of which nearly every record has a counterpart,
the only two at an address that nobody else wants are likely one, whatever they are called; in lists that
hardly overlap it says next to nothing (compare Sadinle, "Bayesian Estimation of Bipartite Matchings for
Record Linkage", 2017).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt

Pair = tuple[int, int]

_ROUNDS = 30
_LEAST = 1e-4
"""Odds from which on a rival is worth asking whether it is taken."""
_SUREST = 0.999999
_DOUBT = 10.0
"""Records without a counterpart that each list is taken to have beside those that it shows: of short lists
nothing is concluded."""


def together(confidence: Mapping[Pair, float], lengths: tuple[int, int] = (0, 0)) -> dict[Pair, float]:
    """The confidence of each pair, where `confidence` is that of each judged by itself; `lengths` are how
    many records the lists have, 0 where that is not known: then nothing is concluded from their overlap."""
    odds = {pair: each / (1 - min(each, _SUREST)) for pair, each in confidence.items()}
    rivals = [pair for pair, each in odds.items() if each >= _LEAST]
    first, second = _Side([a for a, _ in rivals], odds, rivals), _Side([b for _, b in rivals], odds, rivals)
    lift = 1.0
    for _ in range(_ROUNDS):
        first.yield_to(second, lift)
        second.yield_to(first, lift)
        lift = sqrt(lift * _left_over(first.taken(second, lift), lengths))
    mine, others = first.claims(second), second.claims(first)
    known = dict(zip(rivals, zip(first.free, second.free, strict=True), strict=True))
    found = {}
    for (a, b), each in odds.items():
        one, other = known.get((a, b)) or (1 / (1 + lift * mine[a]), 1 / (1 + lift * others[b]))
        sure = lift * each * one * other
        found[a, b] = sure / (1 + sure)
    return found


class _Side:
    """One list: of each pair that has rivals its record there, the odds, and how likely the record is `free`,
    not wanted by another than that of the pair."""

    def __init__(self, records: Sequence[int], odds: Mapping[Pair, float], rivals: Sequence[Pair]) -> None:
        self.records = records
        self.odds = [odds[pair] for pair in rivals]
        self.free = [1.0] * len(rivals)

    def claims(self, other: "_Side") -> Mapping[int, float]:
        """How much each record is wanted by those of the other list that are free for it."""
        found: dict[int, float] = defaultdict(float)
        for record, odds, free in zip(self.records, self.odds, other.free, strict=True):
            found[record] += odds * free
        return found

    def yield_to(self, other: "_Side", lift: float) -> None:
        """Learns anew who is free; half the way, so that two who want one do not yield to each other for ever."""
        claims = self.claims(other)
        self.free = [
            sqrt(free / (1 + lift * max(0.0, claims[record] - odds * theirs)))
            for record, odds, free, theirs in zip(self.records, self.odds, self.free, other.free, strict=True)
        ]

    def taken(self, other: "_Side", lift: float) -> float:
        """How many records have a counterpart, as far as is known."""
        return sum(lift * each / (1 + lift * each) for each in self.claims(other).values())


def _left_over(pairs: float, lengths: tuple[int, int]) -> float:
    """How many times likelier a pair is one because nobody else wants either, where the lists have so many
    pairs in common."""
    one, other = ((length + _DOUBT) / (length - min(pairs, length) + _DOUBT) for length in lengths)
    return one * other
