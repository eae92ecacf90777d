"""How well an address answers another: explainable, and never over a changed number.

A house number and every numeral and single letter of a street's name are identity: 12 is not
14, AVE B not AVE C. What may differ is the spelling of words, a missing type, a postcode.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from resolvers.identity.addresses import AddressParts, Evidence, Score
from resolvers.identity.words import LONG_TYPES

NO = Score(None, 0.0, ())
_LEAST_LIKENESS = 0.84


def score_parts(asked: AddressParts, found: AddressParts | None) -> Score:
    """MATCH where number, street and area agree, POSSIBLE where spelling or area leave a doubt."""
    if found is None:
        return NO
    if asked.number != found.number:
        return Score(None, 0.0, (Evidence("number", f"{asked.number} is not {found.number}"),))
    street, how = _street(asked.street.split(), found.street.split())
    area, where = _area(asked, found)
    if not street or not area:
        return Score(None, 0.0, (how, where))
    confidence = round(street * area, 3)
    state = "MATCH" if street == 1.0 and area == 1.0 else "POSSIBLE"
    return Score(state, confidence, (Evidence("number", f"{asked.number} agrees"), how, where))


def _street(asked: Sequence[str], found: Sequence[str]) -> tuple[float, Evidence]:
    there = " ".join(found)
    if asked == found:
        return 1.0, Evidence("street", f"{there} agrees")
    if _fixed(asked) != _fixed(found):
        return 0.0, Evidence("street", f"{' '.join(asked)} is not {there}")
    bare, other = _untyped(asked), _untyped(found)
    if bare == other:
        missing = len(asked) != len(found)
        return (0.9, Evidence("street_type", f"{there}, type left out")) if missing else _other_type(asked, there)
    likeness = SequenceMatcher(None, " ".join(bare), " ".join(other), autojunk=False).ratio()
    if likeness < _LEAST_LIKENESS:
        return 0.0, Evidence("street", f"{' '.join(asked)} is not {there}")
    return round(0.9 * likeness, 3), Evidence("street_spelling", f"{' '.join(asked)} is like {there}")


def _other_type(asked: Sequence[str], there: str) -> tuple[float, Evidence]:
    return 0.5, Evidence("street_type", f"{' '.join(asked)}, but {there}")


def _fixed(words: Sequence[str]) -> list[str]:
    """What no likeness may change: numerals and single letters."""
    return [word for word in words if len(word) == 1 or word[0].isdigit()]


def _untyped(words: Sequence[str]) -> list[str]:
    return [word for at, word in enumerate(words) if at == 0 or word not in LONG_TYPES]


def _area(asked: AddressParts, found: AddressParts) -> tuple[float, Evidence]:
    same_part = asked.city_part is not None and asked.city_part == found.city_part
    if asked.postcode and found.postcode:
        if asked.postcode == found.postcode:
            return 1.0, Evidence("postcode", f"{found.postcode} agrees")
        detail = f"{asked.postcode} is not {found.postcode}"
        return (0.7 if same_part else 0.0), Evidence("postcode", detail)
    if same_part:
        return 1.0, Evidence("city_part", f"{found.city_part} agrees")
    if asked.city_part and found.city_part:
        return 0.0, Evidence("city_part", f"{asked.city_part} is not {found.city_part}")
    return 0.8, Evidence("area", "neither postcode nor city part to compare")
