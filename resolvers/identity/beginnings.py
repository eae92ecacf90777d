"""What a street that is still being typed may become: the canonical texts that it begins with.

"120 west 27t" begins as "W 27"; "5 broadw" as "BROADW"; "12 oak stre" as "OAK ST". The last word
is read as far as it goes, those before it as they are.
"""

import re
from collections.abc import Iterator, Sequence

from resolvers.identity.streets import street_name
from resolvers.identity.words import DIRECTIONS, ORDINALS, TYPES

_NUMERAL = re.compile(r"0*([1-9][0-9]{0,2})(S|ST|N|ND|R|RD|T|TH)")


def beginnings(words: Sequence[str]) -> tuple[str, ...]:
    """The canonical beginnings of the streets that `words` (capitals) may be, the likeliest first."""
    street, behind = street_name(words)
    if street and behind:
        return (street,)
    return tuple(dict.fromkeys(text for text in (street, *_continued(words)) if text))


def _continued(words: Sequence[str]) -> Iterator[str]:
    """The words before the last one in canonical form, and what the last one may be the head of."""
    if not words:
        return
    *before, last = words
    head = _head(before)
    for reading in dict.fromkeys((last, *_readings(last, inside=bool(before)))):
        yield f"{head} {reading}" if head else reading


def _head(words: Sequence[str]) -> str:
    """What is typed in full: a direction alone is one, as more will follow."""
    if len(words) == 1 and words[0] in DIRECTIONS:
        return DIRECTIONS[words[0]]
    return street_name([*words, "X"])[0].removesuffix(" X") if words else ""


def _readings(last: str, *, inside: bool) -> Iterator[str]:
    if found := _NUMERAL.fullmatch(last):
        yield found[1]
    if not last.isalpha():
        return
    yield from (short for word, short in DIRECTIONS.items() if word.startswith(last))
    if len(last) > 2:
        yield from (number for word, number in ORDINALS.items() if word.startswith(last))
    if inside:
        yield from (short for word, short in TYPES.items() if word.startswith(last))
