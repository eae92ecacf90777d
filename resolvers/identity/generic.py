"""Number, street and a postcode of any country; British postcodes are found in running text."""

import re
from types import MappingProxyType

from resolvers.identity.addresses import Locale
from resolvers.identity.english import EnglishLocale
from resolvers.identity.lines import Dialect

_BRITISH = r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}"
_IN_TEXT = re.compile(rf"\b(?:{_BRITISH}|[0-9]{{5}})\b")
_CELL = re.compile(r"(?=.*[0-9])[A-Z0-9]{1,5}[ -]?[A-Z0-9]{2,5}")
_WHOLE_BRITISH = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")


def read_postcode(text: str) -> str | None:
    """A postcode in capitals, a British one with its blank; None for what can't be one."""
    text = " ".join(text.upper().split())
    if british := _WHOLE_BRITISH.fullmatch(text):
        return f"{british[1]} {british[2]}"
    return text if _CELL.fullmatch(text) else None


def spellings(postcode: str) -> tuple[str, ...]:
    """With and without its blank."""
    return tuple(dict.fromkeys((postcode, postcode.replace(" ", ""))))


def make() -> Locale:
    """The locale `generic`."""
    dialect = Dialect(_IN_TEXT, read_postcode, MappingProxyType({}))
    return EnglishLocale("generic", "SW1A 2AA/10 DOWNING ST", dialect, postcodes=spellings)
