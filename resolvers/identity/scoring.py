"""How well an address answers another: explainable, and never over a changed number.

A house number and every numeral and single letter of a street's name are identity: 12 is not
14, AVE B not AVE C. What may differ is the spelling of words, a missing type, a postcode.
"""

from collections.abc import Sequence

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from resolvers.identity.addresses import AddressParts, Evidence, Score
from resolvers.identity.words import DIRECTIONS, LONG_DIRECTIONS, LONG_TYPES

NO = Score(None, 0.0, ())
_LEAST_LIKENESS = 0.9


def score_parts(asked: AddressParts, found: AddressParts | None) -> Score:
    """MATCH where number, street and area agree, POSSIBLE where spelling or area leave a doubt."""
    if found is None or not asked.street:
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
    if "".join(asked) == "".join(found):
        return 0.98, Evidence("street_spacing", f"{there}, with other blanks")
    if asked[1:] == found[1:] and _misspelt_direction(asked[0], found[0]):
        return 0.85, Evidence("direction_spelling", f"{asked[0]} is read as {found[0]}")
    if (shorter := _without_direction(asked, found)) is not None:
        likeness, how = _street(*shorter)
        return round(0.9 * likeness, 3), Evidence("street_direction", f"{there}, a direction left out; {how.detail}")
    if _fixed(asked) != _fixed(found):
        return 0.0, Evidence("street", f"{' '.join(asked)} is not {there}")
    bare, other = untyped(asked), untyped(found)
    if bare == other:
        missing = len(asked) != len(found)
        return (0.9, Evidence("street_type", f"{there}, type left out")) if missing else _other_type(asked, there)
    likeness = _likeness("".join(bare), "".join(other))
    if likeness < _LEAST_LIKENESS or _typed_otherwise(asked, found):
        return 0.0, Evidence("street", f"{' '.join(asked)} is not {there}")
    return round(0.9 * likeness, 3), Evidence("street_spelling", f"{' '.join(asked)} is like {there}")


def _misspelt_direction(asked: str, found: str) -> bool:
    """EST may be EAST or WEST: what the register has decides."""
    return asked not in DIRECTIONS and found in LONG_DIRECTIONS and OSA.distance(asked, LONG_DIRECTIONS[found]) <= 1


def _without_direction(asked: Sequence[str], found: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    """Both without the direction that one of them leaves out; None where both or none have one there,
    or where nothing but a number would be left: 27 ST is neither E 27 ST nor W 27 ST."""
    for at, rest in ((0, slice(1, None)), (-1, slice(None, -1))):
        one, other = asked[at] in DIRECTIONS, found[at] in DIRECTIONS
        if one != other and not any(word[0].isdigit() for word in (*asked, *found)):
            shorter = (asked[rest] if one else asked), (found[rest] if other else found)
            if all(shorter) and all(untyped(words)[0] not in LONG_TYPES for words in shorter):
                return shorter
    return None


def _typed_otherwise(asked: Sequence[str], found: Sequence[str]) -> bool:
    """Whether each has a type that the other lacks: with a name that differs, too, it is another street."""
    one, other = ({word for word in words[1:] if word in LONG_TYPES} for words in (asked, found))
    return not (one <= other or other <= one)


def _other_type(asked: Sequence[str], there: str) -> tuple[float, Evidence]:
    return 0.5, Evidence("street_type", f"{' '.join(asked)}, but {there}")


def one_letter(asked: str, found: str) -> bool:
    """Whether two streets differ in one letter, or two swapped ones, and in nothing that tells streets apart:
    a numeral, a lone letter, a direction, a type."""
    if abs(len(asked) - len(found)) > 1 or OSA.distance(asked, found, score_cutoff=1) != 1:
        return False
    one, other = asked.split(), found.split()
    directions = [[word for word in words if word in DIRECTIONS] for words in (one, other)]
    return _fixed(one) == _fixed(other) and directions[0] == directions[1] and not _typed_otherwise(one, other)


def _likeness(a: str, b: str) -> float:
    """1 for the same letters; one slip in a word of eight is 0.94. Two neighbours swapped are likelier
    a slip than another name, in a short one too."""
    if len(a) == len(b) > 2 and sorted(a) == sorted(b) and OSA.distance(a, b, score_cutoff=1) <= 1:
        return 1 - 0.25 / len(a)
    if OSA.distance(a, b, score_cutoff=1) <= 1 and min(len(a), len(b)) > 3:
        return 1 - 0.5 / max(len(a), len(b))
    return JaroWinkler.similarity(a, b) if a[:1] == b[:1] else Indel.normalized_similarity(a, b)


def _fixed(words: Sequence[str]) -> list[str]:
    """What no likeness may change: numerals and single letters."""
    return [word for word in words if len(word) == 1 or word[0].isdigit()]


def untyped(words: Sequence[str]) -> list[str]:
    """A street's name without its type."""
    return [word for at, word in enumerate(words) if at == 0 or word not in LONG_TYPES]


def telling(name: Sequence[str]) -> bool:
    """Whether a street's name tells it without its type. A numeral does not: 60 AVE and 60 RD are two
    streets. With a direction it does: "E 61 AVE" is E 61 ST."""
    if len(name) == 2 and name[0] in LONG_DIRECTIONS and name[1].isdigit():
        return True
    return not any(word[0].isdigit() or len(word) == 1 for word in name)


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
