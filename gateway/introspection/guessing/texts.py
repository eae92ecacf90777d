"""Texts as they were sampled: which steps tidy them, and which of them stand for nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from adapters.cleaning import CLEANING, cleaner

_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{2,5}|#x[0-9a-fA-F]{2,5});")
_NOTHING = re.compile(r"[-–—_.*?/\s]+|\\N|#N/?A|POINT ?\(nan nan\)", re.IGNORECASE)
_NOTHING_WORDS = frozenset(
    {
        "n/a",
        "na",
        "null",
        "(null)",
        "nan",
        "nil",
        "(blank)",
        "(none)",
        "not available",
        "not provided",
        "none given",
        "undefined",
    }
)


@dataclass(frozen=True)
class Sample:
    """The texts of a column, each with its number of rows; what is null is counted apart.

    `clean` are the steps after which they are seen, `null` the markers among the cleaned ones."""

    texts: Mapping[str, int]
    clean: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    empty: int = 0

    @cached_property
    def rows(self) -> int:
        """Rows with a value."""
        return sum(self.texts.values())

    @property
    def some(self) -> str:
        """Any of the texts, the first seen."""
        return next(iter(self.texts), "")

    def share(self, fits: "re.Pattern[str]") -> float:
        """The share of rows whose whole text a pattern matches."""
        return sum(n for text, n in self.texts.items() if fits.fullmatch(text)) / self.rows if self.rows else 0.0

    def without(self, markers: Iterable[str]) -> "Sample":
        """The same with further markers taken out."""
        gone = frozenset(markers)
        kept = {text: n for text, n in self.texts.items() if text not in gone}
        more = tuple(text for text in self.texts if text in gone)
        return Sample(kept, self.clean, (*self.null, *more), self.empty + self.rows - sum(kept.values()))


def sample(values: Iterable[object]) -> Sample:
    """The texts of a column as cleaned by the steps they need, without the markers of nothing."""
    raw = Counter("" if value is None else str(value) for value in values)
    clean = steps(raw)
    tidy = cleaner(clean)
    tidied: Counter[str] = Counter()
    for text, count in raw.items():
        tidied[tidy(text) if tidy else text] += count
    empty = tidied.pop("", 0)
    return Sample(dict(tidied), clean, (), empty).without(filter(is_nothing, list(tidied)))


def steps(texts: Iterable[str]) -> tuple[str, ...]:
    """The cleaning steps that change some of the texts, in the order in which they are to run."""
    found = list(texts)
    chosen = []
    if any(not text.isascii() and CLEANING["fix_mojibake"](text) != text for text in found):
        chosen.append("fix_mojibake")
    if any("&" in text and _ENTITY.search(text) and CLEANING["unescape_html"](text) != text for text in found):
        chosen.append("unescape_html")
    tidy = cleaner(chosen)
    seen = [tidy(text) for text in found] if tidy else found
    if any(CLEANING["squeeze"](text) != text.strip() for text in seen):
        chosen.append("squeeze")
    elif any(text != text.strip() for text in seen):
        chosen.append("trim")
    return tuple(chosen)


def is_nothing(text: str) -> bool:
    """Whether a text is one that agencies write for no value at all: "-", "N/A", "----"."""
    return bool(_NOTHING.fullmatch(text)) or text.casefold() in _NOTHING_WORDS
