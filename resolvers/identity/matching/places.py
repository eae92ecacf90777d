"""Where two records are: levels of address, postcode and place.

A number or a street that differs by a slip of the keys is told apart from one that differs. A
unit is part of the place: two shops in one building are not one.
"""

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA, JaroWinkler

from resolvers.identity.addresses import AddressParts
from resolvers.identity.lines import folded
from resolvers.identity.matching.model import MISSING
from resolvers.identity.words import LONG_DIRECTIONS, LONG_TYPES

NEAR = 12
"""House numbers no further apart than this are neighbours."""
_LIKE = 0.9
_NAME = 4
"""Letters of a word that names a street."""
_ONE_STREET = ("same", "typeless")
_LESS_SAID = ("undirected", "shorter")
_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """An address, prepared: `low` and `high` are its house numbers where they are numbers, `joined` how
    they may be meant too: a range that lost its hyphen ("4143"), a number with one ("1-50" in Queens).
    `core` is the street without its type, `kind` the type, `bare` the core without `directions`;
    `fixed` are numerals and single letters."""

    number: str
    low: int
    high: int
    joined: tuple[int, int] | None
    street: str
    core: str
    kind: str
    bare: tuple[str, ...]
    directions: frozenset[str]
    fixed: tuple[str, ...]
    unit: str
    postcode: str


def place(parts: AddressParts | None) -> Place | None:
    """The address of a record, prepared; None where it was not read."""
    if parts is None:
        return None
    digits = _DIGITS.match(parts.number)
    low = int(digits[0]) if digits else 0
    high = int(parts.high) if parts.high and parts.high.isdigit() else low
    words = parts.street.split()
    types = [word for at, word in enumerate(words) if at and word in LONG_TYPES]
    core = [word for at, word in enumerate(words) if at == 0 or word not in LONG_TYPES]
    bare = tuple(word for word in core if word not in LONG_DIRECTIONS)
    fixed = tuple(word for word in words if len(word) == 1 or word[0].isdigit())
    unit = "".join(word for word in (parts.unit or "").split() if any(c.isdigit() for c in word) or len(word) == 1)
    return Place(
        parts.number,
        low,
        high,
        _otherwise(low, high) if parts.high else _without_hyphen(parts.number),
        parts.street,
        " ".join(core),
        " ".join(types),
        bare,
        frozenset(word for word in core if word in LONG_DIRECTIONS),
        fixed,
        unit,
        parts.postcode or "",
    )


def _otherwise(low: int, high: int) -> tuple[int, int] | None:
    """ "1-50" as one number of Queens, 150; None where it is a range only."""
    return (low * 100 + high,) * 2 if high < 100 else None


def _without_hyphen(number: str) -> tuple[int, int] | None:
    """41 and 43 of "4143": two numbers of one side of a street, written in one."""
    half = len(number) // 2
    if not number.isdigit() or half < 2:
        return None
    low, high = int(number[:half]), int(number[half:])
    return (low, high) if 0 < high - low <= NEAR and (high - low) % 2 == 0 else None


def address_level(a: Place | None, b: Place | None) -> str:
    """How the addresses of two records compare."""
    if a is None or b is None:
        return MISSING
    street = _street(a, b)
    if street == "differs":
        same = a.number == b.number and a.postcode == b.postcode != ""
        return "number" if same else "differs"
    if a.number == b.number:
        return _same_number(a, b, street)
    if a.low and b.low:
        if _overlap(a, b):
            return _over(a, b) if street in _ONE_STREET else street if street in _LESS_SAID else "like"
        if street in _ONE_STREET and abs(a.low - b.low) <= NEAR:
            return "near"
    slip = len(a.number) > 1 and street not in _LESS_SAID and OSA.distance(a.number, b.number, score_cutoff=1) <= 1
    if slip:
        return "number_typo" if street in _ONE_STREET else "both_typo"
    return "street" if street in _ONE_STREET else "differs"


def _overlap(a: Place, b: Place) -> bool:
    if a.low <= b.high and b.low <= a.high:
        return True
    if not a.joined and not b.joined:
        return False
    return any(one[0] <= other[1] and other[0] <= one[1] for one in _ranges(a) for other in _ranges(b))


def _over(a: Place, b: Place) -> str:
    """Ranges that share an end are likelier one house than those that overlap."""
    ends = {end for each in _ranges(a) for end in each}
    return "end" if any(end in ends for each in _ranges(b) for end in each) else "overlaps"


def _ranges(a: Place) -> tuple[tuple[int, int], ...]:
    return ((a.low, a.high), a.joined) if a.joined else ((a.low, a.high),)


def _street(a: Place, b: Place) -> str:
    if a.street == b.street:
        return "same"
    if a.core == b.core:
        return "typeless" if not a.kind or not b.kind else "other_type"
    if (a.bare == b.bare or [word for word in a.bare if word in b.bare]) and _one_way(a, b):
        if a.bare == b.bare and (a.kind == b.kind or not a.kind or not b.kind):
            return "undirected"
        if _shorter(set(a.bare), set(b.bare)):
            return "shorter"
    return "like" if a.fixed == b.fixed and JaroWinkler.similarity(a.core, b.core) >= _LIKE else "differs"


def _one_way(a: Place, b: Place) -> bool:
    """Whether one says no other direction than the other does, if any."""
    return a.directions <= b.directions or b.directions <= a.directions


def _shorter(a: set[str], b: set[str]) -> bool:
    """Whether one street's words are among the other's: "KING" of "DR MARTIN LUTHER KING JR"."""
    return (a <= b or b <= a) and any(len(word) >= _NAME and word.isalpha() for word in a & b)


def _same_number(a: Place, b: Place, street: str) -> str:
    if a.postcode and b.postcode and a.postcode != b.postcode:
        return "other_area" if street in _ONE_STREET else "differs"
    if street != "same":
        return street
    if a.unit and b.unit:
        return "same_unit" if a.unit == b.unit else "other_unit"
    return "same"


def postcode_level(a: str, b: str) -> str:
    """Same, one slip apart, same district (the head of it), or different."""
    if not a or not b:
        return MISSING
    if a == b:
        return "same"
    if OSA.distance(a, b, score_cutoff=1) <= 1:
        return "typo"
    return "district" if district(a) == district(b) else "differs"


def district(postcode: str) -> str:
    """The head of a postcode: SW11 of SW11 4LW, 100 of 10012."""
    return postcode.partition(" ")[0] if " " in postcode else postcode[:3]


def place_level(a: str, b: str) -> str:
    """The name of a town or quarter: same, misspelt, or different."""
    if not a or not b:
        return MISSING
    if a == b:
        return "same"
    return "typo" if JaroWinkler.similarity(a, b) >= _LIKE else "differs"


def folded_words(text: str) -> str:
    """Capitals without accents and punctuation, words apart by one blank."""
    return " ".join("".join(c if c.isalnum() else " " for c in folded(text)).split())
