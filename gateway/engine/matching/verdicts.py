"""A business and its candidates, compared: which of them are it, how sure that is, and why.

The library's bands are those of pairs from anywhere. Candidates here share an address as a rule,
where the next shop shares it too, so that a MATCH, which merges, also needs names that are alike: an
address and half a name are POSSIBLE. An identifier that an applicant typed is POSSIBLE until the rows
of its own authority agree in a second fact; its name is one, wherever the authority has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from gateway.engine.matching.matchable import Matching
from gateway.engine.matching.sightings import Sighting, described
from gateway.engine.values import Identified
from resolvers.identity.addresses import Evidence
from resolvers.identity.matching.businesses import Business, compare
from resolvers.identity.matching.model import Findings, Match, model

SELF_DECLARED = "self_declared"
"""The rule of an identifier that was typed by an applicant and that nothing else confirms."""

CONFIRMED = "identifier_confirmed"
"""The rule of an identifier that the rows of its authority confirm by the name, if by nothing else."""

SURE = 0.9
"""From this confidence on a link merges."""

TYPED = 0.5
"""The confidence of what an applicant typed and nothing confirms: as likely as not."""

_NAMES = ("trade", "legal", "crossed")
_TELLING = ("same", "both", "contained", "close")
_NAMED = (*_TELLING, "same_common")
_ALIKE = (*_NAMED, "contained_common", "partial")


@dataclass(frozen=True, slots=True)
class BusinessLinkValue:
    """An identifier at another agency that means the business: `state` is "MATCH" or "POSSIBLE",
    `dataset` the one that says so."""

    identified: Identified
    dataset: str
    state: str
    confidence: float
    evidence: tuple[Evidence, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules of the evidence, as the crosswalk keeps them."""
        return tuple(each.rule for each in self.evidence)

    def merges(self, possible: float | None) -> bool:
        """Whether it belongs to the profile: if it is sure, or as sure as the caller asks for."""
        return self.state == "MATCH" or (possible is not None and self.confidence >= possible)


def trusted(matching: Matching, own: Identified, mine: Sequence[Sighting], *, silent: bool = False) -> list[Sighting]:
    """Of the rows that name a business, the agencies' own, and what applicants typed as far as it agrees
    with those in more than the identifier. Where there is nothing else, all of them; none while an agency
    that may know the business is `silent`: an outage makes nothing certain."""
    official = [s for s in mine if s.official]
    if len(official) == len(mine):
        return list(mine)
    if not official:
        return [] if silent else list(mine)
    subject, exclusive = described(official, (), {}), _exclusive(matching, official, own)
    typed = (s for s in mine if not s.official)
    return [*official, *(s for s in typed if _best(subject, described([s], (), exclusive)).state == "MATCH")]


def belongs(authorities: Sequence[Sighting], typed: Sighting) -> Match:
    """Whether a row into which an applicant typed the number of a business is that business's: a MATCH if
    the authorities' rows of it agree in a second fact. Beside the number that may be the place alone: of
    those who share it one has this number."""
    weights = model("business")
    pairs = product(
        described(authorities, _identifiers(authorities), {}), described([typed], _identifiers([typed]), {})
    )
    judged = [(weights.judge(findings), findings) for findings in (compare(a, b) for a, b in pairs)]
    found = [
        _confirmed(match, findings.levels) if findings.levels["identifier"] == "same" else _checked(match, findings)
        for match, findings in judged
    ]
    return max(map(_sure, found), key=lambda match: match.weight)


def verdicts(
    matching: Matching,
    own: Identified,
    mine: Sequence[Sighting],
    candidates: Mapping[Identified, Sequence[Sighting]],
) -> list[BusinessLinkValue]:
    """The links of a business, the surest first. `mine` are those of its own rows that are `trusted`."""
    if not mine:
        return []
    subject = described(mine, _named(mine, own), _exclusive(matching, mine, own))
    official = {identified: [s for s in seen if s.official] for identified, seen in candidates.items()}
    judged = {
        identified: _best(subject, described(seen, {identified}, _exclusive(matching, seen, identified)))
        for identified, seen in official.items()
        if seen
    }
    typed = [(i, _typed(subject, own, seen)) for i, seen in candidates.items() if not official[i]]
    found = [_link(i, candidates[i], match) for i, match in (*_decided(matching, judged), *typed)]
    return sorted((link for link in found if link), key=lambda link: (-link.confidence, link.identified))


def _named(mine: Iterable[Sighting], own: Identified) -> frozenset[Identified]:
    return frozenset({own, *_identifiers(mine)})


def _identifiers(sightings: Iterable[Sighting]) -> frozenset[Identified]:
    return frozenset(identified for s in sightings for identified in s.identifiers)


def _exclusive(matching: Matching, sightings: Iterable[Sighting], own: Identified) -> dict[str, str]:
    """By scheme, the identifier of which a business has one at most."""
    found = dict([own]) if matching.one(own[0]) else {}
    for sighting in sightings:
        if sighting.official:
            found |= {scheme: value for scheme, value in sighting.identifiers if matching.one(scheme)}
    return found | (dict([own]) if matching.one(own[0]) else {})


def _best(subject: Sequence[Business], others: Sequence[Business]) -> Match:
    """The verdict over the addresses that go together best."""
    weights = model("business")
    found = (compare(a, b) for a, b in product(subject, others))
    return max((_checked(weights.judge(each), each) for each in found), key=lambda match: match.weight)


def _checked(match: Match, findings: Findings) -> Match:
    """A MATCH without a name to speak of is a doubt."""
    levels = findings.levels
    names = [levels[field] for field in _NAMES]
    sure = any(level in _NAMED for level in names)
    beside = levels["phone"] == "same" or levels["identifier"] == "same"
    if match.state != "MATCH" or sure or (beside and any(level in _ALIKE for level in names)):
        return _confirmed(match, levels)
    doubt = Evidence("veto_name", "at one place, but the names do not say that it is one business")
    return replace(match, state="POSSIBLE", evidence=(*match.evidence, doubt))


def _confirmed(match: Match, levels: Mapping[str, str]) -> Match:
    """A MATCH by the identifier and a telling name is sure."""
    named = levels["identifier"] == "same" and any(levels[field] in _TELLING for field in _NAMES)
    if match.state != "MATCH" or match.confidence >= SURE or not named:
        return match
    confirmed = Evidence(CONFIRMED, "the identifier and the name agree")
    return replace(match, confidence=SURE, evidence=(*match.evidence, confirmed))


def _typed(subject: Sequence[Business], own: Identified, seen: Sequence[Sighting]) -> Match:
    """What only applicants say: as likely as not, if they say it of this business."""
    declared = any(own in s.identifiers for s in seen)
    match = _best(subject, described(seen, (), {}))
    if match.state != "MATCH" and not declared:
        return replace(match, state=None)
    typed = Evidence(SELF_DECLARED, "as an applicant typed it; no row of its own authority confirms it")
    return replace(match, state="POSSIBLE", confidence=TYPED, evidence=(typed,))


def _decided(matching: Matching, judged: Mapping[Identified, Match]) -> list[tuple[Identified, Match]]:
    """Of a scheme that gives a business one identifier, one candidate at most can be right."""
    found: list[tuple[Identified, Match]] = []
    for scheme in dict.fromkeys(scheme for scheme, _ in judged):
        mine = {identified: match for identified, match in judged.items() if identified[0] == scheme}
        matches = model("business").decide(list(mine.values())) if matching.one(scheme) else list(mine.values())
        found += zip(mine, map(_sure, matches), strict=True)
    return found


def _sure(match: Match) -> Match:
    """What is hardly likelier than not, or than another, does not merge."""
    if match.state != "MATCH" or match.confidence >= SURE:
        return match
    doubt = Evidence("margin", f"a confidence below {SURE:g} does not merge")
    return replace(match, state="POSSIBLE", evidence=(*match.evidence, doubt))


def _link(identified: Identified, sightings: Sequence[Sighting], match: Match) -> BusinessLinkValue | None:
    if match.state is None:
        return None
    source = next((s.source for s in sightings if s.official), sightings[0].source)
    return BusinessLinkValue(identified, source.table.name, match.state, round(match.confidence, 3), match.evidence)
