"""How common a word or a name is: to share a rare one says more.

Information is in bits: a word in one of a thousand names has ten.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log2
from types import MappingProxyType

RAREST = 14.0
"""Bits of a word that no table has."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Bits by word. A word that is not in the table has `otherwise` bits."""

    bits: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: float = RAREST

    def of(self, word: str) -> float:
        """The information of a word, in bits."""
        return self.bits.get(word, self.otherwise)


UNKNOWN = Frequencies()
"""Every word is as rare as any."""


def counted(words: Iterable[str]) -> Frequencies:
    """The information of each word in these; a word that is not among them is rarer than all."""
    counts = Counter(words)
    total = sum(counts.values())
    if not total:
        return UNKNOWN
    rarest = log2(total + 1)
    return Frequencies(MappingProxyType({word: rarest - log2(count) for word, count in counts.items()}), rarest + 1)


@cache
def business_words() -> Frequencies:
    """What words of businesses' names say, as learnt from registers of several cities."""
    text = files("resolvers.identity.matching").joinpath("weights", "words.toml").read_text(encoding="utf-8")
    bits = {word: float(bits) for word, bits in tomllib.loads(text)["bits"].items()}
    return Frequencies(MappingProxyType(bits))
