"""How an agency writes ranges of house numbers ("209-211", "141 TO 145"), learnt from rows that came by.

A column is asked by the texts that it may hold, or begin with. Which ranges a house may be the first or the
last of is not in the number; how this agency writes them, and how wide they are, its own rows tell. Kept are
separators and widths, no number and no row.
"""

import re
from collections import Counter

MOST_WAYS = 12
"""Ways to write a range that a number is asked by, at most."""
_MOST_SEEN = 256
_WIDEST = 40
_OFTEN = 64  # after so many ranges the usual ones are looked for again
_RANGE = re.compile(r"\s*([0-9]{1,6})(\s{0,3}(?:-|–|/|&|TO|to|THRU)\s{0,3})([0-9]{1,6})\s*")
_HEAD = re.compile(r"\s*([0-9]{1,6}\s{0,3}(?:-|–|/|&|TO|to|THRU)\s{0,3}[0-9]{1,6})(?=[\s,])")

Way = tuple[str, bool, int]
"""What stands between, whether the second number is cut ("2377-79"), and how far it is from the first."""


class RangeHabits:
    """Of one dataset. Learn from its house numbers, then ask for a number's ranges."""

    __slots__ = ("_learnt", "_seen", "_usual")

    def __init__(self) -> None:
        self._seen: Counter[Way] = Counter()
        self._usual: tuple[Way, ...] = ()
        self._learnt = 0

    def learn(self, number: str) -> None:
        """A number as the agency has it; what is no range teaches nothing."""
        way = _way(number)
        if way is None or (way not in self._seen and len(self._seen) >= _MOST_SEEN):
            return
        self._seen[way] += 1
        self._learnt += 1
        if len(self._seen) <= MOST_WAYS or self._learnt % _OFTEN == 0:
            self._usual = tuple(way for way, _ in self._seen.most_common(MOST_WAYS))

    def ranges(self, number: str) -> tuple[str, ...]:
        """The usual ranges that begin with a number, as the agency writes them."""
        if not number.isdigit():
            return ()
        return tuple(_written(number, *way) for way in self._usual)

    def ending(self, number: str) -> tuple[str, ...]:
        """The usual ranges that end with a number, as the agency writes them."""
        if not number.isdigit():
            return ()
        lows = ((str(int(number) - way[2]), way) for way in self._usual if int(number) > way[2])
        return tuple(text for low, way in lows if _way(text := _written(low, *way)) == way)


def range_at_head(line: str) -> str:
    """The range of numbers that a line begins with, as it is written; empty where there is none."""
    found = _HEAD.match(line)
    return found[1] if found else ""


def is_range(number: str) -> bool:
    """Whether a text is a range as habits are learnt from."""
    return _way(number) is not None


def _way(number: str) -> Way | None:
    found = _RANGE.fullmatch(number)
    if found is None:
        return None
    low, between, high = found.groups()
    cut = len(high) < len(low)
    width = int(low[: len(low) - len(high)] + high if cut else high) - int(low)
    return (between, cut, width) if 0 < width <= _WIDEST else None


def _written(number: str, between: str, cut: bool, width: int) -> str:
    high = str(int(number) + width)
    return f"{number}{between}{high[-2:] if cut and len(high) == len(number) > 2 else high}"
