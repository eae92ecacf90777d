"""How the independent count reads a cell, an identifier and an address of New York's raw files.

Written apart from the gateway on purpose: nothing of `adapters` or `resolvers` is used, so that
a mistake there is not repeated here. See `nyc_count.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape

Row = Mapping[str, str]
Address = tuple[str, str, str]
"""House number, street, and postcode or else borough."""
Read = Callable[[Row], "str | None"]


# --- cells ---------------------------------------------------------------------------------


def tidy(text: str | None) -> str | None:
    """Without outer and repeated blanks; None where nothing is left."""
    return " ".join((text or "").split()) or None


def cell(name: str, *nothing: str) -> Read:
    """A text cell; `nothing` are texts that stand for no value."""

    def read(row: Row) -> str | None:
        text = tidy(row[name])
        return None if text in nothing else text

    return read


def day(name: str, written: str) -> Read:
    """A date cell in ISO form, from how `strptime` would read it."""
    return lambda row: datetime.strptime(text, written).date().isoformat() if (text := tidy(row[name])) else None


def amount(name: str) -> Read:
    """A whole amount: " 7,738,700 " is "7738700", " - " and "0" are nothing."""

    def read(row: Row) -> str | None:
        digits = row[name].strip().replace(",", "")
        return None if digits in ("", "-", "0") else digits

    return read


# --- identifiers ---------------------------------------------------------------------------

BOROUGHS = {"MANHATTAN": "1", "BRONX": "2", "BROOKLYN": "3", "QUEENS": "4", "STATEN ISLAND": "5"}


def lot_number(borough: str, block: str, lot: str) -> str | None:
    """Ten digits, or None where one of the parts is no borough, block or lot."""
    borough = BOROUGHS.get(borough.strip().upper(), borough.strip())
    if borough not in ("1", "2", "3", "4", "5") or not block.strip().isdigit() or not lot.strip().isdigit():
        return None
    return f"{borough}{int(block):05}{int(lot):04}" if int(block) and int(lot) else None


def whole_lot(name: str) -> Read:
    """A lot in one cell, perhaps printed as a decimal."""

    def read(row: Row) -> str | None:
        digits = row[name].strip().split(".")[0]
        return lot_number(digits[0], digits[1:6], digits[6:]) if len(digits) == 10 else None

    return read


def lot_of_three(borough: str, block: str, lot: str) -> Read:
    """A lot in three cells."""
    return lambda row: lot_number(row[borough], row[block], row[lot])


def manhattan_lot(name: str) -> Read:
    """A lot as "8-32", the borough understood."""
    return lambda row: lot_number("1", *row[name].split("-")) if row[name].count("-") == 1 else None


def building_number(name: str) -> Read:
    """Seven digits; a borough's number with six noughts stands for no building."""
    return lambda row: text if re.fullmatch(r"[1-5]\d{6}", text := row[name].strip()) and int(text[1:]) else None


# --- addresses -----------------------------------------------------------------------------

DIRECTIONS = {"EAST": "E", "WEST": "W", "NORTH": "N", "SOUTH": "S"}
TYPES = {
    "AVENUE": "AV",
    "AVE": "AV",
    "AV": "AV",
    "STREET": "ST",
    "ST": "ST",
    "STR": "ST",
    "PLACE": "PL",
    "PL": "PL",
    "ROAD": "RD",
    "RD": "RD",
    "DRIVE": "DR",
    "DR": "DR",
    "BOULEVARD": "BLVD",
    "BLVD": "BLVD",
    "SQUARE": "SQ",
    "SQ": "SQ",
    "LANE": "LN",
    "LN": "LN",
    "TERRACE": "TER",
    "TER": "TER",
    "COURT": "CT",
    "CT": "CT",
    "PLAZA": "PLZ",
    "SLIP": "SLIP",
    "ALLEY": "ALY",
}
ORDINALS = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH", "EIGHTH", "NINTH", "TENTH")
WORDS = DIRECTIONS | TYPES | {"SAINT": "ST", "FT": "FORT"} | {word: str(n) for n, word in enumerate(ORDINALS, 1)}
SECOND_NAMES = {"POWELL": "7 AV", "DOUGLASS": "8 AV", "MALCOLM": "LENOX AV"}
WHOLE_NAMES = ("BROADWAY", "BOWERY")
RANGE = re.compile(r"(\d+) ?(?:-|TO|&) ?(\d+)\b")
MOST = 23
"""House numbers behind the first of a range that are looked at."""
BLANK = re.compile(r"(\d+) (\d+) (?=([A-Z]+|\d))")
"""Two house numbers with only a blank between them: "519 521 HUDSON STREET"."""
LINE = re.compile(r"(\d+)(?: ?(?:-|TO|&) ?\d+)?( 1/2|[A-Z](?= ))? (.+)")


def street_name(text: str) -> str | None:
    """A Manhattan street in short words, without what stands behind it (floor, shop, unit)."""
    words = re.sub(r"\b(\d+) ?(?:ST|ND|RD|TH)\b(?=.)", r"\1", text.replace(".", " ").replace("'", "") + " ")
    names = [WORDS.get(word, word) for word in re.findall(r"[A-Z0-9]+", words)]
    if not names:
        return None
    if second := next((SECOND_NAMES[name] for name in names if name in SECOND_NAMES), None):
        return second
    if names[0] == "AV":
        return "6 AV" if names[1:2] == ["OF"] else " ".join(names[:2])
    for at, name in enumerate(names):
        if name in WHOLE_NAMES:
            return " ".join(names[: at + 1])
        if at and name in TYPES.values():
            behind = names[at + 1 : at + 2] if name in ("AV", "SQ") and names[0] in ("PARK", "UNION") else []
            return " ".join(names[: at + 1] + [word for word in behind if word in DIRECTIONS.values()])
    if len(names) > 1 and names[0] in ("E", "W") and names[1].isdigit():
        return f"{names[0]} {names[1]} ST"
    return " ".join(names)


def ranged(text: str) -> str:
    """With a hyphen between two house numbers of one side of the street."""
    found = BLANK.match(text)
    if found is None or found[3] in {*TYPES, *TYPES.values(), "ST"}:
        return text
    first, last = int(found[1]), int(found[2])
    return text.replace(" ", "-", 1) if last in range(first + 2, first + 2 * MOST + 1, 2) else text


def place(line: str, postcode: str | None, borough: str = "") -> Address | None:
    """The low house number, the street, and the postcode or else the borough."""
    text = ranged(tidy(re.split(r",|\bA/?K/?A\b|#|\(", unescape(line).upper())[0]) or "")
    found = LINE.fullmatch(text)
    where = (tidy(postcode) or "")[:5] or tidy(borough.upper())
    street = street_name(found[3]) if found else None
    if not found or not street or not where:
        return None
    return f"{int(found[1])}{found[2] or ''}", street, where


@dataclass(frozen=True, slots=True)
class Places:
    """How a file's rows name an address: a line of it, and its postcode."""

    line: Callable[[Row], str]
    postcode: str

    def __call__(self, row: Row) -> Address | None:
        """The address, a range of house numbers by its low one."""
        return place(self.line(row), row[self.postcode])

    def every(self, row: Row) -> list[Address]:
        """All addresses of a range of house numbers: those of one side of the street."""
        low = self(row)
        if low is None:
            return []
        found = RANGE.match(ranged(tidy(self.line(row).upper()) or ""))
        first, last = (int(found[1]), int(found[2])) if found else (0, 0)
        if not found or last <= first or (last - first) % 2 or last - first > 2 * MOST:
            return [low]
        return [low, *((str(number), *low[1:]) for number in range(first + 2, last + 1, 2))]


def address_in(line: str, postcode: str) -> Places:
    """An address whose number and street share a cell."""
    return Places(lambda row: row[line], postcode)


def address_of(number: str, street: str, postcode: str, kind: str | None = None) -> Places:
    """An address whose number, street and perhaps street type have cells of their own."""
    return Places(lambda row: f"{row[number]} {row[street]} {row[kind] if kind else ''}", postcode)
