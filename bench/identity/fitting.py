"""Weights learnt from labelled pairs: a logistic regression over levels, in plain Python.

One weight a level, added up, is a Fellegi–Sunter score; fitted together, two fields that say the
same thing are not counted twice. Pairs of one pattern of levels are fitted as one row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from resolvers.identity.matching.model import MISSING

Pattern = tuple[tuple[str, str], ...]
BIT = log(2)
_RIDGE = 0.5
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Fit:
    """The prior and the weights by field and level, in bits."""

    prior: float
    weights: Mapping[str, Mapping[str, float]]

    def weigh(self, pattern: Pattern) -> float:
        """A pattern's weight, the prior included; a level never seen says nothing."""
        return self.prior + sum(self.weights.get(field, {}).get(level, 0.0) for field, level in pattern)


def pattern(levels: Mapping[str, str]) -> Pattern:
    """The levels that say something."""
    return tuple((field, level) for field, level in levels.items() if level != MISSING)


def fit(counts: Mapping[Pattern, tuple[float, float]]) -> Fit:
    """The weights that fit best; `counts` are (matches, others) by pattern. Newton's method, with a
    small ridge so that a level which is always or never a match stays finite."""
    names = sorted({each for key in counts for each in key})
    at = {name: number for number, name in enumerate(names, 1)}
    size = len(names) + 1
    data = [((0, *(at[each] for each in key)), yes, yes + no) for key, (yes, no) in counts.items()]
    beta = [0.0] * size
    for _ in range(_STEPS):
        gradient, hessian = _slopes(data, beta)
        step = _solved(hessian, gradient)
        beta = [b + max(-3.0, min(3.0, s)) for b, s in zip(beta, step, strict=True)]
        if max(map(abs, step)) < 1e-4:
            break
    weights: dict[str, dict[str, float]] = {}
    for (field, level), number in at.items():
        weights.setdefault(field, {})[level] = beta[number] / BIT
    return Fit(beta[0] / BIT, weights)


def _slopes(
    data: Iterable[tuple[Sequence[int], float, float]], beta: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    size = len(beta)
    gradient = [0.0 if i == 0 else -_RIDGE * beta[i] for i in range(size)]
    hessian = [[0.0] * size for _ in range(size)]
    for i in range(1, size):
        hessian[i][i] = _RIDGE
    hessian[0][0] = 1e-9
    for active, yes, total in data:
        score = max(-30.0, min(30.0, sum(beta[i] for i in active)))
        p = 1 / (1 + exp(-score))
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


def counted(seen: Iterable[tuple[Pattern, bool]]) -> dict[Pattern, tuple[float, float]]:
    """Matches and others by pattern."""
    yes: Counter[Pattern] = Counter()
    no: Counter[Pattern] = Counter()
    for key, true in seen:
        (yes if true else no)[key] += 1
    return {key: (yes[key], no[key]) for key in yes | no}
