"""Telephones, e-mail addresses, identifiers and dates of birth of two records: their levels."""

import re

from rapidfuzz.distance import OSA, JaroWinkler

from resolvers.identity.matching.model import MISSING

_DATE = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_NO_DIGIT = re.compile(r"\D+")
_LOCAL = 7


def phone(text: str) -> str:
    """The digits of a telephone number without country code; "" for what is none."""
    digits = _NO_DIGIT.sub("", text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return digits if len(digits) >= _LOCAL and len(set(digits)) > 1 else ""


def phone_level(a: frozenset[str], b: frozenset[str]) -> str:
    """Same if any number is, the area code left out where one of them has none."""
    if not a or not b:
        return MISSING
    if a & b:
        return "same"
    if any(_local(one, other) for one in a for other in b):
        return "same"
    typo = any(OSA.distance(one[-_LOCAL:], other[-_LOCAL:], score_cutoff=1) <= 1 for one in a for other in b)
    return "typo" if typo else "differs"


def _local(a: str, b: str) -> bool:
    return min(len(a), len(b)) == _LOCAL and a[-_LOCAL:] == b[-_LOCAL:]


def email_level(a: str, b: str) -> str:
    """Same; the same box at another provider or nearly the same; different."""
    if not a or not b:
        return MISSING
    if a == b:
        return "same"
    if JaroWinkler.similarity(a, b) >= 0.92 or (len(a) > 6 and a.partition("@")[0] == b.partition("@")[0]):
        return "typo"
    return "differs"


def identifier_level(a: str, b: str) -> str:
    """Same; one slip or two digits changed; different."""
    if not a or not b:
        return MISSING
    if a == b:
        return "same"
    return "typo" if len(a) > 4 and OSA.distance(a, b, score_cutoff=2) <= 2 else "differs"


def birth(text: str) -> str:
    """A day of birth as eight characters YYYYMMDD, also where it is no day of the calendar; "" for other texts."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return ""
    year, month, day, first, second, last = found.groups()
    if last:  # month first, unless it can't be one
        month, day, year = (first, second, last) if int(first) <= 12 else (second, first, last)
    return f"{year}{int(month):02}{int(day):02}"


def birth_level(a: str, b: str) -> str:
    """How two days of birth compare: a slip or a swap of day and month is no contradiction."""
    if not a or not b:
        return MISSING
    if a == b:
        return "same_january" if a.endswith("0101") else "same"
    year = a[:4] == b[:4]
    if year and a[4:6] == b[6:] and a[6:] == b[4:6]:
        return "swapped"
    if year and "0101" in (a[4:], b[4:]):
        return "year_known"
    slips = OSA.distance(a, b, score_cutoff=2)
    if slips <= 1:
        return "typo"
    if year + (a[4:6] == b[4:6]) + (a[6:] == b[6:]) == 2:
        return "two_parts"
    if slips <= 2:
        return "two_typos"
    if year:
        return "year"
    return "near_year" if abs(int(a[:4]) - int(b[:4])) <= 2 else "differs"
