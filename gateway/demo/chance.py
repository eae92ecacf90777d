"""Seeded chance: every agency draws from its own stream, so that adding one changes no other."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")

TODAY = date(2026, 6, 30)
"""The day on which Harbourton's records end; fixed, so that a seed gives the same bytes for ever."""


class Chance(Random):
    """A named stream of chance with running numbers of its own."""

    def __init__(self, seed: int, name: str) -> None:
        super().__init__(f"{seed}/{name}")
        self._numbers: dict[str, int] = {}

    def hits(self, probability: float) -> bool:
        """True with this probability (0 to 1)."""
        return self.random() < probability

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of the things, each as likely; quicker than `choice`."""
        return things[int(self.random() * len(things))]

    def pick_first(self, things: Sequence[Thing], count: int) -> Thing:
        """One of the first `count` things."""
        return things[int(self.random() * count)]

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def day(self, first: date, last: date = TODAY) -> date:
        """A day from first to last, both included."""
        return date.fromordinal(self.between(first.toordinal(), last.toordinal()))

    def few(self, mean: float) -> int:
        """A small count with this mean (geometric), as records per lot come."""
        count, stop = 0, 1 / (1 + mean)
        while self.random() > stop:
            count += 1
        return count

    def number(self, series: str, start: int = 1) -> int:
        """The next running number of a series."""
        number = self._numbers.get(series, start)
        self._numbers[series] = number + 1
        return number


def later(day: date, days: int) -> date:
    """So many days later, but never after `TODAY`."""
    return min(day + timedelta(days), TODAY)
