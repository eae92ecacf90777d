"""Where two records are: levels of address, postcode and place.

A number or a street that differs by a slip of the keys is told apart from one that differs. A
unit is part of the place: two shops in one building are not one.
"""

from dataclasses import dataclass

from rapidfuzz.distance import OSA, JaroWinkler

from resolvers.identity.addresses import AddressParts
from resolvers.identity.lines import folded
from resolvers.identity.matching.model import MISSING
from resolvers.identity.words import LONG_TYPES

NEAR = 12
"""House numbers no further apart than this are neighbours."""
_LIKE = 0.9
_ONE_STREET = ("same", "typeless")


@dataclass(frozen=True, slots=True)
class Place:
    """An address, prepared: `low` and `high` are its house numbers where they are numbers, `core` is
    the street without its type, `fixed` its numerals and single letters."""

    number: str
    low: int
    high: int
    street: str
    core: str
    fixed: tuple[str, ...]
    unit: str
    postcode: str


def place(parts: AddressParts | None) -> Place | None:
    """The address of a record, prepared; None where it was not read."""
    if parts is None:
        return None
    digits = parts.number.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    low = int(digits) if digits.isdigit() else 0
    high = int(parts.high) if parts.high and parts.high.isdigit() else low
    words = parts.street.split()
    core = [word for at, word in enumerate(words) if at == 0 or word not in LONG_TYPES]
    fixed = tuple(word for word in words if len(word) == 1 or word[0].isdigit())
    unit = "".join(word for word in (parts.unit or "").split() if any(c.isdigit() for c in word) or len(word) == 1)
    return Place(parts.number, low, high, parts.street, " ".join(core), fixed, unit, parts.postcode or "")


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
        if a.low <= b.high and b.low <= a.high:
            return "overlaps" if street in _ONE_STREET else "like"
        if street in _ONE_STREET and abs(a.low - b.low) <= NEAR:
            return "near"
    if OSA.distance(a.number, b.number, score_cutoff=1) <= 1 and len(a.number) > 1:
        return "number_typo" if street in _ONE_STREET else "both_typo"
    return "street" if street in _ONE_STREET else "differs"


def _street(a: Place, b: Place) -> str:
    if a.street == b.street:
        return "same"
    if a.fixed != b.fixed:
        return "differs"
    if a.core == b.core:
        return "typeless" if a.street == a.core or b.street == b.core else "other_type"
    return "like" if JaroWinkler.similarity(a.core, b.core) >= _LIKE else "differs"


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
