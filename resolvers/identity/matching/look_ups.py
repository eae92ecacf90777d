"""Whether a person at an agency is the one whom somebody looks for: by a name, and by one fact more.

Stricter than the comparison of two records (`persons.compare`), because whoever asks is told of
somebody: a given name, a family name or a day of birth that is another outweighs everything, and
what is only near makes nobody a MATCH.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from resolvers.identity.addresses import Evidence
from resolvers.identity.matching.model import MISSING, Findings, Match, Model, model
from resolvers.identity.matching.persons import Person, compare

_CONTRADICTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "given": frozenset({"differs", "initial_differs"}),
        "family": frozenset({"differs"}),
        "birth": frozenset({"differs", "near_year", "year", "two_typos"}),
    }
)
_DOUBTFUL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "given": frozenset({MISSING, "head", "middle"}),
        "family": frozenset({MISSING, "part", "among_given", "head", "near"}),
        "birth": frozenset({"typo", "two_parts", "year_known"}),
    }
)
_LONG = 5
"""Letters from which on a name with one slip is likelier to be misspelt than to be another."""
_REGISTER = 200_000
"""Persons of a register that is asked: more than in the lists that the weights were learnt from, so that a name
and a day agree by chance more often."""
_SAME_BIRTH = frozenset({"same", "same_january"})
_PLACES: Mapping[str, str] = MappingProxyType({"unit": "same", "premises": "same", "building": "near", "lot": "near"})
"""What it says that an agency ties somebody to an address of a level: a lot may be many homes."""


def look_up(asked: Sequence[Person], held: Sequence[Person], *, level: str | None = None) -> Match | None:
    """The best verdict over the readings of both names; None where one of them is no name, or where
    there is no second fact to judge by.

    `level` is that of the address at which both are; None where no address was asked for. The first
    readings are the likelier ones: the second of both count only if the first say nothing.
    """
    best: Match | None = None
    for i, a in enumerate(asked):
        for j, b in enumerate(held):
            if (level is None and not (a.birth and b.birth)) or (i and j and best is not None and best.state):
                continue
            match = _verdict(a, b, level)
            best = match if best is None or _rank(match) > _rank(best) else best
    return best


def _rank(match: Match) -> tuple[int, float]:
    return (None, "POSSIBLE", "MATCH").index(match.state), match.weight


def _verdict(asked: Person, held: Person, level: str | None) -> Match:
    findings = compare(asked, held)
    levels = dict(findings.levels)
    if level is not None:
        levels["address"] = _PLACES[level]
    match = _weights().judge(Findings(levels, (*findings.vetoes, *_vetoes(levels)), findings.doubts))
    if match.state != "MATCH" or not (doubts := _doubts(asked, held, levels)):
        return match
    near = tuple(Evidence("near", f"{field} is near only") for field in doubts)
    return replace(match, state="POSSIBLE", evidence=(*match.evidence, *near))


@cache
def _weights() -> Model:
    return model("person").among(_REGISTER)


def _vetoes(levels: Mapping[str, str]) -> tuple[Evidence, ...]:
    found = (field for field, contradicting in _CONTRADICTS.items() if levels[field] in contradicting)
    return tuple(Evidence(f"veto_{field}", f"{field} is another") for field in found)


def _doubts(asked: Person, held: Person, levels: Mapping[str, str]) -> Sequence[str]:
    """The fields that are only near. Of a short name one letter makes another name; two slips are
    no slip, and an initial is no name where the day of birth is not known to be the same."""
    doubts = dict.fromkeys(field for field, doubtful in _DOUBTFUL.items() if levels[field] in doubtful)
    names = {"given": (asked.given[:1], held.given[:1]), "family": (asked.family, held.family)}
    if levels["given"] == "swapped":
        names = {"given": (asked.given[:1], held.family), "family": (asked.family, held.given[:1])}
        slips = [field for field, (one, other) in names.items() if one != other]
    else:
        slips = [field for field in names if levels[field] == "typo"]
    short = {field: _length(*both) for field, both in names.items()}
    doubts |= dict.fromkeys(field for field in slips if short[field] < _LONG or len(slips) > 1)
    if asked.birth and not held.birth:
        doubts["birth"] = None
    if levels["given"] == "initial" and levels["birth"] not in _SAME_BIRTH:
        doubts["given"] = None
    return tuple(doubts)


def _length(*names: Sequence[str]) -> int:
    """The letters of the shorter name."""
    return min(sum(map(len, name)) for name in names)
