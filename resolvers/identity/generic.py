"""Number, street and a postcode of any country; British and Dutch postcodes are found in running text.

Where the number stands behind the street, as in most of Europe ("Damrak 12a"), it is read all the same.
"""

import re
from types import MappingProxyType

from resolvers.identity.addresses import AddressParts, Locale
from resolvers.identity.english import EnglishLocale
from resolvers.identity.lines import Dialect
from resolvers.identity.words import TYPES, UNIT_WORDS

_BRITISH = r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}"
_DUTCH = r"[1-9][0-9]{3} ?[A-Z]{2}"
_IN_TEXT = re.compile(rf"\b(?:{_BRITISH}|[0-9]{{5}})\b|(?<=[,;] ){_DUTCH}\b")
_CELL = re.compile(r"(?=.*[0-9])[A-Z0-9]{1,5}[ -]?[A-Z0-9]{2,5}")
_HALVES = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})|([1-9][0-9]{3}) ?([A-Z]{2})")
_NUMBER_LAST = re.compile(
    r"\s*(?P<street>[^\W\d_][^,;]*?)\s+(?P<number>[0-9]{1,5})(?:\s?(?P<letter>[A-Za-z]))?"
    r"(?P<more>[-/][0-9]{1,4}[A-Za-z]?)?\s*(?P<rest>$|[,;].*)",
    re.DOTALL,
)
_NUMBER_FOLLOWS = re.compile(r"[,;\s]*[0-9]{1,3}[A-Za-z]?\s+[^\W\d]")
_TURN = re.compile(r"(?<=[0-9])(?=[A-Z])")
_NUMBERED = frozenset({"HIGHWAY", "ROUTE", "RTE", "PIER", "BEACH", "BAY"})


def read_postcode(text: str) -> str | None:
    """A postcode in capitals, a British or Dutch one with its blank; None for what can't be one."""
    text = " ".join(text.upper().split())
    if found := _HALVES.fullmatch(text):
        return " ".join(half for half in found.groups() if half)
    return text if _CELL.fullmatch(text) else None


def spellings(postcode: str) -> tuple[str, ...]:
    """With and without its blank."""
    return tuple(dict.fromkeys((postcode, postcode.replace(" ", ""))))


def number_first(text: str, city_part: str | None) -> str:
    """ "Invalidenstraße 12 a, 10115 Berlin" -> "12a Invalidenstraße, 10115 Berlin"; other texts stay."""
    found = _NUMBER_LAST.fullmatch(text)
    if found is None or _NUMBER_FOLLOWS.match(found["rest"]):
        return text
    words = found["street"].upper().replace(".", "").split()
    if words[0] in UNIT_WORDS or words[-1] in _NUMBERED or (len(words) == 1 and words[0] in TYPES):
        return text
    return f"{found['number']}{found['letter'] or ''}{found['more'] or ''} {found['street']}{found['rest']}"


def numbers(parts: AddressParts) -> tuple[str, ...]:
    """With the letter as it may be written: 12A, 12a, 12 A, 12 a."""
    apart = _TURN.sub(" ", parts.number)
    return tuple(dict.fromkeys((parts.number, parts.number.lower(), apart, apart.lower())))


def make() -> Locale:
    """The locale `generic`."""
    dialect = Dialect(_IN_TEXT, read_postcode, MappingProxyType({}))
    example = "SW1A 2AA/10 DOWNING ST"
    return EnglishLocale("generic", example, dialect, prepare=number_first, numbers=numbers, postcodes=spellings)
