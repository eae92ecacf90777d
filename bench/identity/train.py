"""`python -m bench.identity.train`: learns the weights of `resolvers/identity/matching/weights`.

Pairs come from the maps beside this file, as `citygraph identity evaluate` makes them. Bands and
calibration are set on folds that were not fitted on: five folds by entity. Only sums and weights
are written, never a row.
"""

import datetime
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log2
from pathlib import Path

import click
from rich.console import Console

from bench.identity.fitting import Fit, alone, counted, fit, knots
from bench.identity.samples import FOLDS, Pair, half_of, pairs_of
from gateway.evaluation.figures import Figures
from gateway.evaluation.linking import candidates, measured
from gateway.evaluation.rows import read_map
from resolvers.identity.matching.model import read_model

HERE = Path(__file__).parent
WEIGHTS = HERE.parents[1] / "resolvers" / "identity" / "matching" / "weights"
MAPS = {
    "business": ("chicago_sites", "b1", "b2_cdph_bacp", "b2_bacp_assign"),
    "person": ("febrl4", "fake1000", "hist50k"),
}
PRECISION = {"business": 0.992, "person": 0.99928}
"""What a MATCH must reach on the folds kept apart: a little above what is promised."""
SURE = {"business": 0.5, "person": 0.975}
"""The confidence that a MATCH has at least."""
SIZE = {"business": 0, "person": 25_000}
"""Records of the list for which the prior stands; 0 for any: what shares an address hardly grows with the list."""
FACTS = {"business": (2, 1.0, 1.0), "person": (2, 1.0, 3.0)}
"""Independent facts that a MATCH needs, the bits that make one strong, the margin over a runner-up."""
ADDRESS = (
    {"same_unit": "same", "typeless": "same"}
    | dict.fromkeys(("other_area", "overlaps", "end", "other_type", "undirected", "shorter", "other_unit"), "like")
    | dict.fromkeys(("near", "number_typo", "both_typo", "number"), "street")
)
NAMES = {"same": "contained", "contained": "close", "close": "contained_common", "same_common": "contained_common"} | {
    "contained_common": "partial", "shares": "partial", "exchanged": "partial", "both": "same"
}  # fmt: skip
RARITIES = {"same_frequent": "same", "same_common": "same", "same_rare": "same", "same_rarest": "same_rare"}
ASSUMED: Mapping[str, Mapping[str, Mapping[str, float | str]]] = {
    "business": {
        "address": ADDRESS,
        "identifier": {"same": 8.0},
        "phone": {"same": 8.0, "typo": 2.0, "differs": -1.0},
        "trade": NAMES,
        "legal": NAMES,
        "crossed": NAMES,
    },
    "person": {
        "address": ADDRESS,
        "phone": {"same": 8.0, "typo": 2.0, "differs": -1.0},
        **dict.fromkeys(("given", "family", "place", "occupation"), RARITIES),
    },
}
"""What no labelled pair shows: bits, or the level that it is taken to be like."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The labelled files.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(MAPS)), default=list(MAPS), help="Only this.")
@click.option(
    "--halves", is_flag=True, help="Learn from each half of the entities, measure on the other; write nothing."
)
def train(data: Path, kinds: Sequence[str], halves: bool) -> None:
    """Learn weights, bands and calibration from the labelled files."""
    for kind in kinds:
        maps = {name: read_map(HERE / "maps" / f"{name}.toml") for name in MAPS[kind]}
        found = {name: candidates(described, data) for name, described in maps.items()}
        seen = [pair for name, described in maps.items() for pair in pairs_of(name, described, found[name])]
        if not halves:
            (WEIGHTS / f"{kind}.toml").write_text(_learnt(kind, seen), encoding="utf-8")
            continue
        for half in (0, 1):
            part = [replace(pair, size=pair.size // 2) for pair in seen if pair.half == half]
            weights = read_model(tomllib.loads(_learnt(kind, part)))
            for name, described in maps.items():
                rest = half_of(found[name], 1 - half)
                _tell_half(name, measured(rest, weights.among(len(rest.right)), described.single))


def _tell_half(name: str, found: Figures) -> None:
    shares = f"MATCH precision {found.match.precision:.4f}, recall {found.match.recall:.4f}"
    closed = f", clusters {found.closed.precision:.4f} and {found.closed.recall:.4f}" if found.closed else ""
    error = f"best F1 {found.best[1].f1:.4f}, calibration error {found.error:.4f}"
    Console().print(f"{name}, the half not learnt from: {shares}{closed}, {error}", soft_wrap=True)


def _learnt(kind: str, pairs: Sequence[Pair]) -> str:
    weighed: list[tuple[Pair, float]] = []
    for fold in range(FOLDS):
        part = _fit(kind, [pair for pair in pairs if pair.fold != fold])
        kept = [pair for pair in pairs if pair.fold == fold]
        weighed += [(pair, part.weigh(pair.pattern) + _shift(kind, pair)) for pair in kept]
    points = knots(_by_weight(weighed))
    sure = [(pair, weight) for pair, weight in _standing_out(weighed, FACTS[kind][2]) if not pair.doubtful]
    match = max(_least(_by_weight(sure), PRECISION[kind]), _where(points, SURE[kind]))
    whole = _fit(kind, pairs)
    _tell(sure, pairs, match)
    bands = match, min(match, _where(points, 0.5))
    return _document(kind, whole, _alone(pairs), points, bands, len(pairs))


def _tell(weighed: Sequence[tuple[Pair, float]], pairs: Sequence[Pair], match: float) -> None:
    """What a MATCH reaches on the folds kept apart, by source; recall is of the true pairs compared."""
    truth = Counter(pair.source for pair in pairs if pair.true)
    for source, true in truth.items():
        chosen = [pair.true for pair, weight in weighed if pair.source == source and weight >= match]
        right = sum(chosen)
        shares = f"precision {right / max(1, len(chosen)):.5f}, recall {right / true:.4f}"
        Console().print(f"{source}, folds kept apart: {shares} of pairs compared")


def _fit(kind: str, pairs: Sequence[Pair]) -> Fit:
    """Fitted with a prior of its own for each source: how many of the compared pairs are matches
    says more of how they were drawn than of the entities. The shared prior is fitted last."""
    shifts = {pair.source: _shift(kind, pair) for pair in pairs}
    return fit(counted((pair.pattern, pair.source, pair.true) for pair in pairs), shifts)


def _shift(kind: str, pair: Pair) -> float:
    """Bits that a pair has more for the size of its list, as `Model.among` has them."""
    return log2(SIZE[kind] / pair.size) if SIZE[kind] else 0.0


def _alone(pairs: Iterable[Pair]) -> Mapping[str, Mapping[str, float]]:
    """What each level says of matches and strangers: how much of a fact it is."""
    return alone(counted((pair.pattern, pair.source, pair.true) for pair in pairs if pair.true or pair.strangers))


def _by_weight(weighed: Sequence[tuple[Pair, float]]) -> list[tuple[float, float, float]]:
    """Matches and others by weight; a small source counts for more than its pairs."""
    sizes = Counter(pair.source for pair, _ in weighed)
    sums: dict[float, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair, weight in weighed:
        sums[weight][0 if pair.true else 1] += (max(sizes.values()) / sizes[pair.source]) ** 0.5
    return [(weight, yes, no) for weight, (yes, no) in sums.items()]


def _standing_out(weighed: Sequence[tuple[Pair, float]], margin: float) -> list[tuple[Pair, float]]:
    """Without pairs whose left row has a rival as good."""
    best: dict[tuple[str, int], list[float]] = defaultdict(list)
    for pair, weight in weighed:
        if pair.rival:
            best[pair.rival] = sorted([*best[pair.rival], weight])[-2:]
    return [
        (pair, weight) for pair, weight in weighed if pair.rival is None or _ahead(best[pair.rival], weight, margin)
    ]


def _ahead(best: Sequence[float], weight: float, margin: float) -> bool:
    return weight >= best[-1] and (len(best) < 2 or best[-1] - best[0] >= margin)


def _least(scored: Sequence[tuple[float, float, float]], precision: float) -> float:
    """The least weight from which on so many are right."""
    right = answered = 0.0
    found = max(weight for weight, _, _ in scored)
    for weight, yes, no in sorted(scored, reverse=True):
        right += yes
        answered += yes + no
        if right / answered >= precision:
            found = weight
    return found


def _where(points: Sequence[tuple[float, float]], share: float) -> float:
    """The weight that has this confidence, between two knots as `Model.confidence` has it."""
    for (low, below), (high, above) in pairwise(points):
        if below < share <= above:
            return low + (high - low) * (share - below) / (above - below)
    return points[0][0] if points[0][1] >= share else points[-1][0]


def _document(
    kind: str,
    learnt: Fit,
    facts_of: Mapping[str, Mapping[str, float]],
    points: Sequence[tuple[float, float]],
    bands: tuple[float, float],
    pairs: int,
) -> str:
    facts, strong, margin = FACTS[kind]
    lines = [
        f"# Learnt by `python -m bench.identity.train` from {pairs:,} pairs; not to be edited by hand.",
        "# Weights are bits: +1 doubles the odds that two records are of one entity.",
        f'kind = "{kind}"',
        f'version = "{datetime.date.today():%Y-%m-%d}"',
        f"prior = {learnt.prior:.3f}",
        f"size = {SIZE[kind]}",
        "\n[bands]",
        f"match = {bands[0]:.3f}",
        f"possible = {bands[1]:.3f}",
        f"facts = {facts}",
        f"strong = {strong}",
        f"margin = {margin}",
        "\n[calibration]",
        "# Weight, and the share of pairs of that weight that were matches, on folds not fitted on.",
        "knots = [",
        *(f"    [{weight:.3f}, {share:.5f}]," for weight, share in points),
        "]",
    ]
    lines += _tables("weights", learnt.weights, ASSUMED[kind])
    lines.append("\n# Bits of a level by itself, of matches and strangers: what makes a fact.")
    lines += _tables("alone", facts_of, ASSUMED[kind])
    return "\n".join(lines) + "\n"


def _tables(
    title: str, learnt: Mapping[str, Mapping[str, float]], taken: Mapping[str, Mapping[str, float | str]]
) -> Iterable[str]:
    assumed = _assumed(learnt, taken)
    for field in sorted({*learnt, *assumed}):
        yield f"\n[{title}.{field}]"
        yield from (f"{level} = {bits:.3f}" for level, bits in sorted(learnt.get(field, {}).items()))
        yield from (f"{level} = {bits:.3f}  # assumed" for level, bits in sorted(assumed.get(field, {}).items()))


def _assumed(
    learnt: Mapping[str, Mapping[str, float]], assumed: Mapping[str, Mapping[str, float | str]]
) -> dict[str, dict[str, float]]:
    """Bits of the levels that were not learnt."""
    found: dict[str, dict[str, float]] = {}
    for field, levels in assumed.items():
        known = learnt.get(field, {})
        for level, like in levels.items():
            if level not in known:
                bits = like if isinstance(like, float) else known.get(like, 0.0)
                found.setdefault(field, {})[level] = bits
    return found


if __name__ == "__main__":
    train()
