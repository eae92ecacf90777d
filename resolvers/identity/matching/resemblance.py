"""A quick look at two whole names, before they are read and compared: a thousand people have one birthday.

Nothing that `look_ups` would find is left out but by chance: every part of a name needs a word like it on the
other side, or a short form of it, or an initial.
"""

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA, JaroWinkler

from resolvers.identity.matching.nicknames import nicknames
from resolvers.identity.matching.persons import is_title
from resolvers.identity.matching.places import folded_words

_WORDS = re.compile(r"[A-Z0-9]+")
_LIKE = 0.75
_HEAD = 3


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in capitals, without accents."""
    return tuple(_WORDS.findall(name.upper())) if name.isascii() else tuple(folded_words(name).split())


def wanted_words(name: str) -> tuple[str, ...]:
    """The same without titles, unless nothing else is left; for the name that is looked for."""
    words = words_of(name)
    bare = tuple(word for word in words if not is_title(word))
    return bare if len(bare) > 1 else words


def resembles(wanted: Sequence[str], held: Sequence[str]) -> bool:
    """Whether two of the words wanted have a word like them; one, where there is no other."""
    enough, found = min(2, len(wanted), len(held)) or 1, 0
    for word in wanted:
        found += any(_alike(word, other) for other in held)
        if found >= enough:
            return True
    return False


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    if a[0] == b[0] and (len(a) == 1 or len(b) == 1 or a[:_HEAD] == b[:_HEAD]):
        return True
    return JaroWinkler.similarity(a, b) >= _LIKE or OSA.distance(a, b, score_cutoff=1) <= 1 or nicknames(a, b)
