"""Addresses of the United States, without knowledge of any one city."""

import re
from types import MappingProxyType

from resolvers.identity.addresses import Locale
from resolvers.identity.english import EnglishLocale
from resolvers.identity.lines import Dialect

ZIP = re.compile(r"\b[0-9]{5}(?:-?[0-9]{4})?\b")
_CELL = re.compile(r"([0-9]{5})(?:[-\s]?[0-9]{4}|\.0*)?")


def read_zip(text: str) -> str | None:
    """The five digits of "10001", "10001-1234" or "10001.0"; None for other texts."""
    found = _CELL.fullmatch(text.strip())
    return found[1] if found and found[1] != "00000" else None


def make() -> Locale:
    """The locale `us`."""
    dialect = Dialect(ZIP, read_zip, MappingProxyType({}), states=True)
    return EnglishLocale("us", "43215/29 W BROAD ST", dialect)
