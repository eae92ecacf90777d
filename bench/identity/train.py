"""`python -m bench.identity.train`: learns the weights of `resolvers/identity/matching/weights`.

Pairs come from the maps beside this file, as `citygraph identity evaluate` makes them. Bands and
calibration are set on folds that were not fitted on: five folds by entity. Only sums and weights
are written, never a row.
"""

import datetime
import hashlib
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bench.identity.fitting import Fit, Pattern, counted, fit, knots, pattern
from gateway.evaluation.linking import candidates, findings
from gateway.evaluation.rows import read_map

HERE = Path(__file__).parent
WEIGHTS = HERE.parents[1] / "resolvers" / "identity" / "matching" / "weights"
MAPS = {
    "business": ("chicago_sites", "b1", "b2_cdph_bacp", "b2_bacp_assign"),
    "person": ("febrl4", "fake1000", "hist50k"),
}
PRECISION = {"business": 0.993, "person": 0.9993}
"""What a MATCH must reach on the folds kept apart: a little above what is promised."""
FACTS = {"business": (2, 1.0, 0.0), "person": (2, 1.0, 3.0)}
"""Independent facts that a MATCH needs, the bits that make one strong, the margin over a runner-up."""
FOLDS = 5
Seen = tuple[int, Pattern, bool]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The labelled files.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(MAPS)), default=list(MAPS), help="Only this.")
def train(data: Path, kinds: Sequence[str]) -> None:
    """Learn weights, bands and calibration from the labelled files."""
    for kind in kinds:
        seen = [pair for name in MAPS[kind] for pair in _pairs(name, data)]
        text = _learnt(kind, seen)
        (WEIGHTS / f"{kind}.toml").write_text(text, encoding="utf-8")


def _pairs(name: str, data: Path) -> list[Seen]:
    """Fold, pattern and truth of every pair that has no veto."""
    found = candidates(read_map(HERE / "maps" / f"{name}.toml"), data)
    out = []
    for a, b, seen in findings(found):
        if not seen.vetoes:
            entity = min(found.left[a].entity, found.right[b].entity)
            fold = hashlib.blake2b(f"{name} {entity}".encode(), digest_size=2).digest()[0] % FOLDS
            out.append((fold, pattern(seen.levels), found.true(a, b)))
    Console().print(f"{name}: {len(out):,} pairs compared, {sum(each[2] for each in out):,} true of {found.truth():,}")
    return out


def _learnt(kind: str, seen: Sequence[Seen]) -> str:
    scored = []
    for fold in range(FOLDS):
        part = fit(counted((key, true) for at, key, true in seen if at != fold))
        kept = counted((key, true) for at, key, true in seen if at == fold)
        scored += [(part.weigh(key), *both) for key, both in kept.items()]
    whole = fit(counted((key, true) for _, key, true in seen))
    points = knots(scored)
    match, possible = _least(scored, PRECISION[kind]), _where(points, 0.5)
    return _document(kind, whole, points, match, possible, len(seen))


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
    return next((weight for weight, found in points if found >= share), points[-1][0])


def _document(
    kind: str, learnt: Fit, points: Sequence[tuple[float, float]], match: float, possible: float, pairs: int
) -> str:
    facts, strong, margin = FACTS[kind]
    lines = [
        f"# Learnt by `python -m bench.identity.train` from {pairs:,} pairs; not to be edited by hand.",
        "# Weights are bits: +1 doubles the odds that two records are of one entity.",
        f'kind = "{kind}"',
        f'version = "{datetime.date.today():%Y-%m-%d}"',
        f"prior = {learnt.prior:.3f}",
        "\n[bands]",
        f"match = {match:.3f}",
        f"possible = {min(possible, match):.3f}",
        f"facts = {facts}",
        f"strong = {strong}",
        f"margin = {margin}",
        "\n[calibration]",
        "# Weight, and the share of pairs of that weight that were matches, on folds not fitted on.",
        "knots = [",
        *(f"    [{weight:.3f}, {share:.5f}]," for weight, share in points),
        "]",
    ]
    for field, levels in sorted(learnt.weights.items()):
        lines += [f"\n[weights.{field}]", *(f"{level} = {bits:.3f}" for level, bits in sorted(levels.items()))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    train()
