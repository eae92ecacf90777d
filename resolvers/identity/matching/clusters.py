"""Edges between records closed into clusters: strongest first, never against a negative edge.

A false edge between two big clusters would merge them whole. So two clusters become one only if
few of the pairs between them were judged to be different, and the whole stays small.
"""

from collections.abc import Iterable, Sequence

MOST_MEMBERS = 60
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


def _agree(one: Sequence[int], other: Sequence[int], apart: set[tuple[int, int]]) -> bool:
    """Whether three of four pairs between two clusters were not judged to be different."""
    against = sum((min(a, b), max(a, b)) in apart for a in one for b in other)
    return against <= (1 - _LEAST_AGREEMENT) * len(one) * len(other)
