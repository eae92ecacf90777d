"""Addresses of the United States, without knowledge of any one city."""

import re
from types import MappingProxyType

from resolvers.identity.addresses import Locale
from resolvers.identity.english import EnglishLocale
from resolvers.identity.lines import Dialect

ZIP = re.compile(r"\b[0-9]{5}(?:-?[0-9]{4})?\b")
_HALF = re.compile(r"^\s*([0-9]{1,5})1/2\s+")
_CELL = re.compile(r"([0-9]{5})(?:[-\s]?[0-9]{4}|\.0*)?")


def read_zip(text: str) -> str | None:
    """The five digits of "10001", "10001-1234" or "10001.0"; None for other texts."""
    if len(text) == 5 and text.isascii() and text.isdecimal():
        return text if text != "00000" else None
    found = _CELL.fullmatch(text.strip())
    return found[1] if found and found[1] != "00000" else None


def halves(text: str, city_part: str | None) -> str:
    """ "341/2 MAIN ST" is 34 1/2: a slash joins no range, whose ends are on one side of the street."""
    return _HALF.sub(r"\1 1/2 ", text, count=1) if "1/2" in text else text


def make() -> Locale:
    """The locale `us`."""
    dialect = Dialect(ZIP, read_zip, MappingProxyType({}), states=True)
    return EnglishLocale("us", "43215/29 W BROAD ST", dialect, prepare=halves)
