"""The house number at the head of a line: its letter, its half, the range that it begins.

"25-08A", "91-09 1/2", "2377-79", "162 AND 164", "34 36 W 46TH", "58 A GREENWICH AVE": as written,
for what a hyphen means is for each place to say. Where a line has several numbers, the one next to
the street is the house's, unless it is the far end of a range.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.frozen import frozen
from resolvers.identity.words import DIRECTIONS, NUMBER_WORDS, TYPES, UNIT_WORDS

WIDEST_APART = 60
"""Between house numbers with only a blank between them: what is further apart is no range."""

_HOUSE = 4
"""Digits that no numbered street has: such a number is a house's."""
_LETTER = r"[A-Z]\b|\s[A-DF-MO-RT-VX-Z](?=\s+(?:[NSEW]\b|NORTH|SOUTH|EAST|WEST|[0-9]))"
_NUMBER = re.compile(
    rf"[\s#.,]*(?P<low>[0-9]{{1,6}})(?P<suffix>{_LETTER})?(?:[\s-]+(?P<fraction>[123]/[2348])\b)?"
    rf"(?:(?P<dash>\s?[-/]\s?|\s(?:TO|AND|THRU|&)\s)(?P<high>[0-9]{{1,6}})(?P<last>{_LETTER})?"
    r"(?P<more>(?:(?:\s?[-/]\s?|\s(?:TO|AND|THRU|&)\s)[0-9]{1,6}(?:-[0-9]{1,2})?[A-Z]?(?![0-9A-Z]))*)"
    r"(?:\s+(?P<half>[123]/[2348])\b)?)?(?=[\s,.;-]|$)"
)
_APART = re.compile(
    r"([A-DFR])\s+(?:(?:[NSEW]|NORTH|SOUTH|EAST|WEST)\s+[0-9]|(?P<name>[A-Z]{3,})(?P<more>(?:\s+[A-Z]+){1,3}))"
)
"""A letter that stands alone behind a number, and the street: houses have A to D, front and rear."""
_SECOND = re.compile(
    r",?\s*([0-9]{1,6})(?:-[0-9]{1,3})?[A-Z]?\s+(?:(?:[NSEW]|NORTH|SOUTH|EAST|WEST)\s+[A-Z0-9]|AVENUE\s+[A-Z]\b"
    r"|BROADWAY\b|BOWERY\b|(?P<name>[A-Z]{3,}|[0-9]{1,3}(?:ST|ND|RD|TH))(?P<more>(?:\s+[A-Z]+){1,3}))"
)
_STREET = re.compile(r"\s+(?=[A-Z0-9])")
_ENDS = re.compile(r"[0-9]+(?:-[0-9]+)?")
_WORD = re.compile(r"[A-Z0-9]+|[#&@]")
_LATER = re.compile(r"(?<![A-Z0-9])[0-9]")


@frozen
class HouseNumber:
    """A house number as written: "25-08A" has low 25, dash, high 08, last A; "75-01 TO 75-99" ends at 75-99.
    A fraction stands behind the first number, a half behind the second."""

    low: str
    suffix: str = ""
    fraction: str = ""
    dashed: bool = False
    high: str = ""
    last: str = ""
    end: str = ""
    half: str = ""


def house_number(text: str) -> tuple[HouseNumber, str] | None:
    """The first house number of a text (capitals) and what stands behind it; None without one."""
    text = _in_digits(text)
    found = _NUMBER.match(text) or _later(text)
    if found is None:
        return None
    rest = text[found.end() :].lstrip(" -./#")
    if found.lastindex == 1:  # digits alone
        return _lettered(HouseNumber(found[1]), rest)
    low, suffix, fraction, dash, high, last, more, half = found.groups("")
    end = _ENDS.findall(more)[-1] if more else ""
    number = HouseNumber(low, suffix.strip(), fraction, bool(dash), high, last.strip(), end, half)
    return _lettered(*_without_direction(number, rest))


def _without_direction(number: HouseNumber, rest: str) -> tuple[HouseNumber, str]:
    """ "29W 27TH": the letter belongs to the street; "5W WEST 32ND": the street has it already."""
    letter = number.last or number.suffix
    if letter not in ("N", "S", "E", "W"):
        return number, rest
    if rest[:1].isdigit():
        return replace(number, suffix="", last=""), f" {letter} {rest}"
    twice = DIRECTIONS.get(rest.partition(" ")[0]) == letter
    return (replace(number, suffix="", last="") if twice else number), rest


def _lettered(number: HouseNumber, rest: str) -> tuple[HouseNumber, str]:
    """ "58 A GREENWICH AVE", "798-A FRANKLIN AVE": the letter belongs to the number, for no street is
    called by one and a name."""
    if number.suffix or number.last or number.fraction or number.half:
        return number, rest
    found = _APART.match(rest)
    if found is None or (found["name"] and not _named_street(found["name"], found["more"].split())):
        return number, rest
    number = replace(number, last=found[1]) if number.dashed else replace(number, suffix=found[1])
    return number, rest[found.end(1) :].lstrip()


def without_second(number: HouseNumber, rest: str) -> tuple[HouseNumber, str]:
    """ "235 235 EAST 22ND": a number typed twice is one; "34 36 W 46TH", "57, 59 W 46TH": two on one side
    are a range; "301 1268 2ND AVE": no street has a number of four digits."""
    while second := _SECOND.match(rest):
        if second["name"] and not _named_street(second["name"], second["more"].split()):
            break
        if not number.dashed and second[1] != number.low:
            if _one_side(number.low, second[1]):
                number = replace(number, dashed=True, high=second[1], last="")
            elif len(second[1]) == _HOUSE > len(number.low):
                number = HouseNumber(second[1])
            else:
                break
        start = _STREET.search(rest, second.end(1))
        rest = rest[start.end() :] if start else ""
    return number, rest


def _named_street(name: str, more: Sequence[str]) -> bool:
    """Whether words are a street's name and its type: the number before them is a house's."""
    return name not in TYPES and name not in UNIT_WORDS and any(word in TYPES for word in more)


def _one_side(low: str, high: str) -> bool:
    """Whether two numbers, the second perhaps abbreviated, are a few houses of one side of a street."""
    far = int(low[: len(low) - len(high)] + high) - int(low)
    return 0 < far <= WIDEST_APART and far % 2 == 0


def _in_digits(text: str) -> str:
    """A number in words at the head: "ONE PENN PLAZA" is "1 PENN PLAZA"."""
    word, _, rest = text.lstrip().partition(" ")
    return f"{NUMBER_WORDS[word]} {rest}" if word in NUMBER_WORDS else text


def _later(text: str) -> re.Match[str] | None:
    """The first number that is no unit's and no street's: "STE 5, 29 W 27 ST" is number 29."""
    for digit in _LATER.finditer(text):
        before = _WORD.findall(text[: digit.start()])
        if before and (before[-1] in UNIT_WORDS or before[-1] in TYPES or before[-1] in ("#", "BEACH", "BAY", "PIER")):
            continue
        if found := _NUMBER.match(text, digit.start()):
            return found
    return None
