"""From the edges around an identifier to all that is known of it.

If A is B and B is C, A is C. One false edge would merge two whole clusters, so only edges that are
confirmed – decided by a person, or found with a high confidence – lead on, the surest first; and an
edge leads nowhere that would bring together two identifiers of a scheme that gives a business one, a
pair with a negative edge between them, or more members than one business has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from gateway.crosswalk.edges import Edge, Known, Tie, ends, scheme_of

MOST_MEMBERS = 12
"""Identifiers of one business, at most."""
CONFIRMED = 0.9
"""From this confidence on an edge that matching found leads on to others."""
PATH = "crosswalk_path"
"""The rule of a tie by way of other identifiers."""


def known(start: str, edges: Sequence[Edge], one: Callable[[str], bool], moment: datetime, *, fresh: bool) -> Known:
    """What edges say of an identifier. `one` tells whether a business has one identifier of a scheme."""
    held = [edge for edge in edges if edge.holds(moment)]
    apart = {(edge.one, edge.other) for edge in held if edge.state == "NO"}
    cluster_of = _clusters(held, apart, one)
    members = cluster_of.get(start, frozenset({start}))
    paths = _paths(start, held, members)
    ties = [
        tie for tie in _direct(start, held) if tie.state != "MATCH" or not _barred(tie, cluster_of, members, apart, one)
    ]
    direct = {tie.identifier for tie in ties}
    ties += [tie for tie in paths if tie.identifier not in direct]
    others = {identifier for pair in apart for identifier in pair if not members.isdisjoint(pair)} - members
    return Known(tuple(sorted(ties, key=lambda tie: (-tie.confidence, tie.identifier))), frozenset(others), fresh)


def _direct(start: str, edges: Iterable[Edge]) -> list[Tie]:
    return [
        Tie(edge.beside(start), edge.state, edge.confidence, edge.evidence, edge.last_confirmed, edge.decided)
        for edge in edges
        if start in (edge.one, edge.other) and edge.state != "NO"
    ]


def _barred(
    tie: Tie,
    cluster_of: Mapping[str, frozenset[str]],
    members: frozenset[str],
    apart: set[tuple[str, str]],
    one: Callable[[str], bool],
) -> bool:
    """Whether a tie contradicts the clusters that surer edges make of its ends."""
    if tie.identifier in members:
        return False
    return _conflict(members, cluster_of.get(tie.identifier, frozenset({tie.identifier})), apart, one)


def _leads(edge: Edge) -> bool:
    return edge.state == "MATCH" and (edge.decided or edge.confidence >= CONFIRMED)


def _clusters(
    edges: Iterable[Edge], apart: set[tuple[str, str]], one: Callable[[str], bool]
) -> Mapping[str, frozenset[str]]:
    """For each identifier those that are one with it."""
    leading = sorted((e for e in edges if _leads(e)), key=lambda e: (not e.decided, -e.confidence, e.one, e.other))
    cluster_of: dict[str, frozenset[str]] = {}
    for edge in leading:
        a, b = (cluster_of.get(end, frozenset({end})) for end in (edge.one, edge.other))
        if a is b or len(a | b) > MOST_MEMBERS or _conflict(a, b, apart, one):
            continue
        merged = a | b
        for member in merged:
            cluster_of[member] = merged
    return cluster_of


def _conflict(a: frozenset[str], b: frozenset[str], apart: set[tuple[str, str]], one: Callable[[str], bool]) -> bool:
    schemes = {scheme_of(identifier) for identifier in a} & {scheme_of(identifier) for identifier in b}
    if a != b and any(one(scheme) for scheme in schemes):
        return True
    return any(ends(x, y) in apart for x in a for y in b if x != y)


def _paths(start: str, edges: Iterable[Edge], members: frozenset[str]) -> list[Tie]:
    """A tie to every member, by the shortest way; as sure as all edges on it together."""
    beside: Mapping[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        if _leads(edge) and edge.one in members and edge.other in members:
            beside[edge.one].append(edge)
            beside[edge.other].append(edge)
    found: dict[str, Tie] = {}
    border = [Tie(start, "MATCH", 1.0, (), datetime.max, decided=True, steps=0)]
    while border:
        further: list[Tie] = []
        for at in border:
            for edge in sorted(beside.get(at.identifier, ()), key=lambda edge: -edge.confidence):
                other = edge.beside(at.identifier)
                if other != start and other not in found:
                    found[other] = _step(at, edge, other)
                    further.append(found[other])
        border = further
    return list(found.values())


def _step(at: Tie, edge: Edge, other: str) -> Tie:
    confirmed = edge.last_confirmed if not at.steps else min(at.confirmed, edge.last_confirmed)
    evidence = edge.evidence if not at.steps else (PATH,)
    decided = at.decided and edge.decided
    return Tie(other, "MATCH", at.confidence * edge.confidence, evidence, confirmed, decided, at.steps + 1)
