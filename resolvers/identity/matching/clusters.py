"""Edges between records closed into clusters: strongest first, never against a negative edge.

A false edge between two big clusters would merge them whole. So two clusters become one only if
few of the pairs between them were judged to be different, and the whole stays small.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

MOST_MEMBERS = 60
_LIKELY = 0.5
"""The confidence from which on an edge leads further."""
_LEAST_AGREEMENT = 0.75


def closed(
    edges: Iterable[tuple[int, int, float]], apart: set[tuple[int, int]], most: int = MOST_MEMBERS
) -> Sequence[Sequence[int]]:
    """Clusters of two members and more. `edges` are (a, b, weight), `apart` the pairs judged different."""
    cluster_of: dict[int, list[int]] = {}
    for a, b, _ in sorted(edges, key=lambda edge: -edge[2]):
        one, other = cluster_of.setdefault(a, [a]), cluster_of.setdefault(b, [b])
        if one is other or len(one) + len(other) > most or not _agree(one, other, apart):
            continue
        large, small = (one, other) if len(one) >= len(other) else (other, one)
        large.extend(small)
        for member in small:
            cluster_of[member] = large
    return [members for members in {id(each): each for each in cluster_of.values()}.values() if len(members) > 1]


def over_a_third(confidence: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """The confidence of each pair of one list, where `confidence` is that of each judged by itself: if A is B
    and B is C, A is C, as surely as both hold. Pairs are (lower, higher); what is impossible (0) stays so."""
    likely: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (a, b), each in confidence.items():
        if each >= _LIKELY:
            likely[a].append((b, each))
            likely[b].append((a, each))
    found = dict(confidence)
    for neighbours in likely.values():
        for (a, one), (b, other) in combinations(neighbours, 2):
            pair = (a, b) if a < b else (b, a)
            if 0 < found.get(pair, 0) < one * other:
                found[pair] = one * other
    return found


def _agree(one: Sequence[int], other: Sequence[int], apart: set[tuple[int, int]]) -> bool:
    """Whether three of four pairs between two clusters were not judged to be different."""
    against = sum((min(a, b), max(a, b)) in apart for a in one for b in other)
    return against <= (1 - _LEAST_AGREEMENT) * len(one) * len(other)
