"""Weights learnt from labelled pairs: a logistic regression over levels, in plain Python.

One weight a level, added up, is a Fellegi–Sunter score; fitted together, two fields that say the
same thing are not counted twice. Pairs of one pattern of levels are fitted as one row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from types import MappingProxyType

from resolvers.identity.matching.model import MISSING

Pattern = tuple[tuple[str, str], ...]
Counts = Mapping[tuple[Pattern, str], tuple[float, float]]
Data = Sequence[tuple[Sequence[int], float, float]]
BIT = log(2)
_RIDGE = 1.0
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Fit:
    """The prior and the weights by field and level, in bits; `priors` were those of each source."""

    prior: float
    weights: Mapping[str, Mapping[str, float]]
    priors: Mapping[str, float]

    def weigh(self, pattern: Pattern) -> float:
        """A pattern's weight, the prior included; a level never seen says nothing."""
        return self.prior + sum(self.weights.get(field, {}).get(level, 0.0) for field, level in pattern)


def pattern(levels: Mapping[str, str]) -> Pattern:
    """The levels that say something."""
    return tuple((field, level) for field, level in levels.items() if level != MISSING)


def fit(counts: Counts, shifts: Mapping[str, float] = MappingProxyType({})) -> Fit:
    """The weights that fit best, with a prior for each source while they are fitted and one for all
    at the end, on which a source has as many bits more as `shifts` say. Newton's method; a ridge draws
    the weights to those of Fellegi and Sunter, which take fields for independent, wherever the pairs
    say nothing else."""
    names = sorted({each for key, _ in counts for each in key})
    sources = sorted({source for _, source in counts})
    columns = [*sources, *names]
    at = {name: number for number, name in enumerate(columns)}
    data = [((at[source], *(at[each] for each in key)), yes, yes + no) for (key, source), (yes, no) in counts.items()]
    apart = _apart(counts)
    start = [0.0] * len(sources) + [apart[name] for name in names]
    beta = _newton(data, start, len(sources))
    sizes = dict.fromkeys(sources, 0.0)
    for (_, source), (yes, no) in counts.items():
        sizes[source] += yes + no
    share = [(max(sizes.values()) / size) ** 0.5 for size in (sizes[source] for source in sources)]
    scores = [
        (
            sum(beta[i] for i in active[1:]) + shifts.get(sources[active[0]], 0.0) * BIT,
            yes * share[active[0]],
            total * share[active[0]],
        )
        for active, yes, total in data
    ]
    weights: dict[str, dict[str, float]] = {}
    for field, level in names:
        weights.setdefault(field, {})[level] = beta[at[field, level]] / BIT
    priors = {source: beta[at[source]] / BIT for source in sources}
    return Fit(_prior(scores) / BIT, weights, priors)


def _apart(counts: Counts) -> Mapping[tuple[str, str], float]:
    """ln(m/u) by level: each field on its own, each source on its own, then their mean by matches."""
    sums: dict[tuple[str, str, str], list[float]] = {}
    for (key, source), (yes, no) in counts.items():
        for field, level in key:
            for name in (level, ""):
                cell = sums.setdefault((source, field, name), [0.0, 0.0])
                cell[0] += yes
                cell[1] += no
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for (source, field, level), (yes, no) in sums.items():
        if level:
            all_yes, all_no = sums[source, field, ""]
            ratio = log((yes + 0.5) / (all_yes + 1)) - log((no + 0.5) / (all_no + 1))
            found.setdefault((field, level), []).append((ratio, min(all_yes, all_no) + 1))
    return {name: sum(ratio * n for ratio, n in each) / sum(n for _, n in each) for name, each in found.items()}


def alone(counts: Counts) -> Mapping[str, Mapping[str, float]]:
    """Bits of each level by itself, as Fellegi and Sunter have them."""
    found: dict[str, dict[str, float]] = {}
    for (field, level), ratio in _apart(counts).items():
        found.setdefault(field, {})[level] = ratio / BIT
    return found


def _newton(data: Data, start: Sequence[float], free: int) -> list[float]:
    beta = list(start)
    for _ in range(_STEPS):
        gradient, hessian = _slopes(data, beta, start, free)
        step = _solved(hessian, gradient)
        beta = [b + max(-3.0, min(3.0, s)) for b, s in zip(beta, step, strict=True)]
        if max(map(abs, step)) < 1e-4:
            break
    return beta


def _prior(scores: Sequence[tuple[float, float, float]]) -> float:
    """The one prior with which all sources together fit best."""
    prior = 0.0
    for _ in range(_STEPS):
        found = [(yes, total, _logistic(prior + score)) for score, yes, total in scores]
        slope = sum(total * p * (1 - p) for _, total, p in found)
        prior += sum(yes - total * p for yes, total, p in found) / max(slope, 1e-9)
    return prior


def _logistic(score: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


def _slopes(
    data: Data, beta: Sequence[float], start: Sequence[float], free: int
) -> tuple[list[float], list[list[float]]]:
    size = len(beta)
    ridge = [1e-6 if i < free else _RIDGE for i in range(size)]
    gradient = [-ridge[i] * (beta[i] - start[i]) for i in range(size)]
    hessian = [[0.0] * size for _ in range(size)]
    for i in range(size):
        hessian[i][i] = ridge[i]
    for active, yes, total in data:
        p = _logistic(sum(beta[i] for i in active))
        residual, spread = yes - total * p, total * p * (1 - p)
        for i in active:
            gradient[i] += residual
            row = hessian[i]
            for j in active:
                row[j] += spread
    return gradient, hessian


def _solved(matrix: list[list[float]], right: Sequence[float]) -> list[float]:
    """Gauss–Jordan; the matrix is positive definite."""
    size = len(right)
    rows = [[*matrix[i], right[i]] for i in range(size)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        head = rows[i]
        for r in range(i + 1, size):
            if rows[r][i]:
                factor = rows[r][i] / head[i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], head, strict=True)]
    out = [0.0] * size
    for i in range(size - 1, -1, -1):
        out[i] = (rows[i][size] - sum(rows[i][j] * out[j] for j in range(i + 1, size))) / rows[i][i]
    return out


def knots(scored: Sequence[tuple[float, float, float]], least: float = 150.0) -> list[tuple[float, float]]:
    """Calibration: (weight, share of matches), both rising. `scored` are (weight, matches, others).

    Pools of `least` pairs of like weight, then pooled further until no share falls (isotonic).
    """
    pools: list[list[float]] = []
    for weight, yes, no in sorted(scored):
        if not pools or pools[-1][1] + pools[-1][2] >= least:
            pools.append([0.0, 0.0, 0.0])
        pool = pools[-1]
        pool[0] += weight * (yes + no)
        pool[1] += yes
        pool[2] += no
    merged: list[list[float]] = []
    for pool in pools:
        merged.append(pool)
        while len(merged) > 1 and _share(merged[-2]) >= _share(merged[-1]):
            last = merged.pop()
            merged[-1] = [a + b for a, b in zip(merged[-1], last, strict=True)]
    return _thinned([(pool[0] / (pool[1] + pool[2]), _share(pool)) for pool in merged])


def _share(pool: Sequence[float]) -> float:
    return (pool[1] + 0.1) / (pool[1] + pool[2] + 0.2)


def _thinned(points: list[tuple[float, float]], apart: float = 0.4) -> list[tuple[float, float]]:
    out = points[:1]
    for point in points[1:-1]:
        if point[0] - out[-1][0] >= apart:
            out.append(point)
    return [*out, *points[-1:]] if len(points) > 1 else out


def counted(seen: Iterable[tuple[Pattern, str, bool]]) -> Counts:
    """Matches and others by pattern and source."""
    yes: Counter[tuple[Pattern, str]] = Counter()
    no: Counter[tuple[Pattern, str]] = Counter()
    for key, source, true in seen:
        (yes if true else no)[key, source] += 1
    return {key: (yes[key], no[key]) for key in yes | no}
