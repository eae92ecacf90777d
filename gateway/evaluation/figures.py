"""Precision, recall and F1 by threshold, and whether confidence means what it says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair: what was said of it, and whether it is one."""

    confidence: float
    state: str | None
    true: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """How often an answer was right (precision), and how much of the truth was found (recall)."""

    answered: int
    right: int
    truth: int

    @property
    def precision(self) -> float:
        """Of what was answered; 1 where nothing was."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def recall(self) -> float:
        """Of the truth; 1 where there is none."""
        return self.right / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of like confidence: how many, their mean confidence, the share that is true."""

    count: int
    confidence: float
    share: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. `closed` are pairs of one cluster after closing over MATCH edges; `notes` are what
    whoever wrote the map should know before believing the rest."""

    compared: int
    truth: int
    reachable: int
    match: Rate
    possible: Rate
    thresholds: tuple[tuple[float, Rate], ...]
    best: tuple[float, Rate]
    bins: tuple[Bin, ...]
    error: float
    closed: Rate | None = None
    notes: tuple[str, ...] = ()


def figures(judged: Sequence[Judged], truth: int, closed: Rate | None = None) -> Figures:
    """Figures over judged pairs; `truth` counts all true pairs, compared or not."""
    bands = {name: _rate((each for each in judged if each.state in states), truth) for name, states in _BANDS.items()}
    bins = calibration(judged)
    total = sum(each.count for each in bins) or 1
    return Figures(
        len(judged),
        truth,
        sum(each.true for each in judged),
        bands["MATCH"],
        bands["POSSIBLE"],
        tuple((t, _rate((each for each in judged if each.confidence >= t), truth)) for t in THRESHOLDS),
        _best(judged, truth),
        bins,
        sum(each.count * abs(each.confidence - each.share) for each in bins) / total,
        closed,
    )


_BANDS = {"MATCH": ("MATCH",), "POSSIBLE": ("MATCH", "POSSIBLE")}


def _rate(chosen: Iterable[Judged], truth: int) -> Rate:
    answered = right = 0
    for each in chosen:
        answered += 1
        right += each.true
    return Rate(answered, right, truth)


def _best(judged: Sequence[Judged], truth: int) -> tuple[float, Rate]:
    """The threshold of the best F1, and the figures there."""
    best, at = Rate(0, 0, truth), 1.0
    right = 0
    ordered = sorted(judged, key=lambda each: -each.confidence)
    for answered, each in enumerate(ordered, 1):
        right += each.true
        last = answered == len(ordered) or ordered[answered].confidence < each.confidence
        if last and (rate := Rate(answered, right, truth)).f1 > best.f1:
            best, at = rate, each.confidence
    return at, best


def calibration(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Ten bins of equal width; empty ones are left out."""
    sums = [[0, 0.0, 0] for _ in range(BINS)]
    for each in judged:
        bin_ = sums[min(BINS - 1, int(each.confidence * BINS))]
        bin_[0] += 1
        bin_[1] += each.confidence
        bin_[2] += each.true
    return tuple(Bin(int(n), total / n, true / n) for n, total, true in sums if n)
