"""Weights as they were learnt, and the verdict that they give over a pair's findings."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from math import log2
from types import MappingProxyType
from typing import Any, TypeAlias

from adapters.frozen import frozen
from resolvers.identity.addresses import Evidence

MISSING = "missing"
"""The level of a field that one of the records lacks: it weighs nothing."""
FACTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "name": frozenset({"given", "family", "trade", "legal", "crossed"}),
        "birth": frozenset({"birth"}),
        "place": frozenset({"address", "postcode", "place"}),
        "contact": frozenset({"phone", "email"}),
        "identifier": frozenset({"identifier"}),
        "work": frozenset({"occupation"}),
    }
)
"""Which fields tell one and the same fact: the facts are independent of each other."""
LEAST_SHARE = 0.05
"""The confidence that is left to a POSSIBLE among its rivals at least: among more equals nobody can choose."""

Reason: TypeAlias = tuple[float, str, float, Evidence]
"""What a level says: two that sort the heaviest first, its bits, and what is told of it."""


@frozen
class Findings:
    """What the fields of two records say: field -> level. `vetoes` are contradictions, by their rule; `doubts`
    those with which a pair is POSSIBLE at most."""

    levels: Mapping[str, str]
    vetoes: tuple[Evidence, ...] = ()
    doubts: tuple[Evidence, ...] = ()


@frozen
class Match:
    """A verdict: `state` is "MATCH", "POSSIBLE" or None for no; `weight` in bits, the prior included."""

    state: str | None
    confidence: float
    weight: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One kind's weights. `prior` is that of a list of `size` records, 0 where it is any list's. `match` and
    `possible` are the least weights, in bits, of the two bands.

    `alone` are the bits of a level by itself, among strangers: how many independent facts must speak
    for a MATCH is `facts`, with `strong` such bits at least;
    `margin` how many bits the best candidate must be ahead of the second; `knots` weights in bits
    and the share of labelled pairs of such a weight that were matches.
    """

    kind: str
    version: str
    prior: float
    size: int
    weights: Mapping[str, Mapping[str, float]]
    alone: Mapping[str, Mapping[str, float]]
    match: float
    possible: float
    facts: int
    strong: float
    margin: float
    knots: tuple[tuple[float, float], ...]
    reasons: Mapping[str, Mapping[str, Reason]] = field(init=False, repr=False, compare=False)
    """By field and level what the weights say."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reasons", {name: _reasons(name, levels) for name, levels in self.weights.items()})

    def among(self, records: int) -> "Model":
        """The model for a list of so many records: among twice as many strangers, twice as many are alike by
        chance, so that a pair is half as likely one."""
        if not self.size or records < 1:
            return self
        return replace(self, prior=self.prior + log2(self.size / records), size=records)

    def weigh(self, levels: Mapping[str, str]) -> float:
        """The sum of the levels' weights and the prior, in bits. An unknown level is a `KeyError`."""
        weights = self.weights
        total = self.prior
        for name, level in levels.items():
            if level != MISSING:
                total += weights[name][level]
        return total

    def confidence(self, weight: float) -> float:
        """The share of matches among labelled pairs of this weight, between 0 and 1."""
        knots = self.knots
        at = bisect_right(knots, (weight, 2.0))
        if at == 0:
            return knots[0][1]
        if at == len(knots):
            return knots[-1][1]
        (low, below), (high, above) = knots[at - 1], knots[at]
        return below + (above - below) * (weight - low) / (high - low)

    def judge(self, findings: Findings) -> Match:
        """The verdict over a pair, with its reasons: heaviest first, vetoes before all."""
        weight, said, reasons = self.prior, [], self.reasons
        for name, level in findings.levels.items():
            if level != MISSING:
                reason = reasons[name][level]
                weight += reason[2]
                said.append(reason)
        said.sort()
        evidence = tuple([reason[3] for reason in said])
        if findings.vetoes:
            return Match(None, 0.0, weight, findings.vetoes + evidence)
        confidence = self.confidence(weight)
        if weight < self.possible:
            return Match(None, confidence, weight, evidence)
        state = "MATCH" if self._enough(weight, findings) else "POSSIBLE"
        return Match(state, confidence, weight, findings.doubts + evidence)

    def state(self, findings: Findings) -> str | None:
        """The state alone, as `judge` gives it."""
        weight = self.weigh(findings.levels)
        if findings.vetoes or weight < self.possible:
            return None
        return "MATCH" if self._enough(weight, findings) else "POSSIBLE"

    def _enough(self, weight: float, findings: Findings) -> bool:
        return weight >= self.match and not findings.doubts and self.facts_for(findings.levels) >= self.facts

    def facts_for(self, levels: Mapping[str, str]) -> int:
        """How many independent facts speak for the pair with `strong` bits at least."""
        alone, count = self.alone, 0
        for names in FACTS.values():
            bits = 0.0
            for name in names:
                if (level := levels.get(name, MISSING)) != MISSING:
                    bits += alone[name][level]
            count += bits >= self.strong
        return count

    def decide(self, matches: Sequence[Match]) -> Sequence[Match]:
        """The same verdicts for candidates of which one at most can be the one sought.

        Confidence is shared among them. A MATCH that is not ahead of all others by the margin is POSSIBLE
        only; a candidate that is not ahead and has less than `LEAST_SHARE` left is none.
        """
        if sum(match.state is not None for match in matches) < 2:
            return matches
        odds = [_odds(match.confidence) for match in matches]
        total = 1 + sum(odds)
        weights = sorted((match.weight for match, each in zip(matches, odds, strict=True) if each > 0), reverse=True)
        return [self._among(match, each / total, weights) for match, each in zip(matches, odds, strict=True)]

    def _among(self, match: Match, confidence: float, weights: Sequence[float]) -> Match:
        ahead = match.weight >= weights[0] and (len(weights) < 2 or weights[0] - weights[1] >= self.margin)
        if match.state is None or (match.state == "MATCH" and ahead):
            return replace(match, confidence=confidence)
        if confidence < LEAST_SHARE:
            return replace(match, state=None, confidence=confidence)
        if match.state == "POSSIBLE":
            return replace(match, confidence=confidence)
        doubt = Evidence("margin", f"another candidate is less than {self.margin:g} bits behind, or ahead")
        return replace(match, state="POSSIBLE", confidence=confidence, evidence=(*match.evidence, doubt))


def _reasons(name: str, levels: Mapping[str, float]) -> Mapping[str, Reason]:
    return {
        level: (-abs(bits), f"{name} {level}", bits, Evidence(f"{name}_{level}", f"{bits:+.1f} bits"))
        for level, bits in levels.items()
    }


def _odds(confidence: float) -> float:
    return confidence / (1 - min(confidence, 0.999999))


@cache
def model(kind: str) -> Model:
    """The model in the package for "business" or "person"."""
    text = files("resolvers.identity.matching").joinpath("weights", f"{kind}.toml").read_text(encoding="utf-8")
    return read_model(tomllib.loads(text))


def read_model(document: Mapping[str, Any]) -> Model:
    """A model from its TOML document. Raises `KeyError` where a part is missing."""
    bands = document["bands"]
    return Model(
        kind=document["kind"],
        version=document["version"],
        prior=float(document["prior"]),
        size=int(document["size"]),
        weights=_bits(document["weights"]),
        alone=_bits(document["alone"]),
        match=float(bands["match"]),
        possible=float(bands["possible"]),
        facts=int(bands["facts"]),
        strong=float(bands["strong"]),
        margin=float(bands["margin"]),
        knots=tuple((float(weight), float(share)) for weight, share in document["calibration"]["knots"]),
    )


def _bits(table: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, float]]:
    return MappingProxyType(
        {
            field: MappingProxyType({level: float(bits) for level, bits in levels.items()})
            for field, levels in table.items()
        }
    )
