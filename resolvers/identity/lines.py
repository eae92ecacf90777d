"""A line of address text taken apart: house number, street, unit, postcode, place, second address.

Nothing here knows a city. What differs between places is a `Dialect`; the reading is the same:
the number first, the street up to its end, the rest is place, unit or remark.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.frozen import frozen
from resolvers.identity.numbers import HouseNumber, house_number, without_second
from resolvers.identity.streets import street_name
from resolvers.identity.words import ORDINALS, STATE_CODES, STATES, TYPES, UNIT_WORDS

LONGEST = 400
"""Characters of a text that are read; no agency's address is longer."""

_AKA = re.compile(r"\b(?:A\s?/\s?K\s?/?\s?A|AKA|A\.K\.A|A K A|FKA|F/K/A|ALSO KNOWN AS)\b[.:]?")
_INITIALS = re.compile(r"(?<![A-Z0-9.])(?:[A-Z]\.){2,}")
_ALONE = re.compile(r"[\s(]*[0-9]+[A-Z]?(?:\s?-\s?[0-9]+[A-Z]?)?[\s,;(]*")
_AROUND = " ,;()\n\r\t"
_WORD = re.compile(r"[A-Z0-9]+|[#&@]|(?<= )[-/](?= )")
_LIGATURES = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i"}
)
_STATE_ENDS = STATE_CODES | {name.rpartition(" ")[2] for name in STATES}
_BREAK = re.compile(r"[,;()\n\r\t|]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a place's addresses need beyond English.

    `postcode` finds a postcode in text, `read_postcode` gives the canonical one of a cell.
    `places` maps names of places to the city part that they lie in ("" where that is unknown).
    `canonical` texts are identifiers: "59 27 GUARDIA PL" is a 27TH GUARDIA PLACE, no range.
    """

    postcode: re.Pattern[str]
    read_postcode: Callable[[str], str | None]
    places: Mapping[str, str]
    states: bool = False
    canonical: bool = False
    ends: frozenset[str] = field(init=False, repr=False)
    """The last words of the places' names."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends", frozenset(name.rpartition(" ")[2] for name in self.places))


@frozen
class Line:
    """A line taken apart; `words` are what follows the number, `street` its canonical name."""

    number: HouseNumber
    street: str
    words: tuple[str, ...]
    unit: str | None
    postcode: str | None
    place: str | None
    unknown_place: str | None
    region: str | None
    also: str | None


def folded(text: str) -> str:
    """Capitals of ASCII without accents and apostrophes, bounded; initials together ("U.N." is "UN")."""
    text = text[:LONGEST]
    if not text.isascii():
        text = text.replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4").replace("–", "-").replace("’", "")
        text = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).encode("ascii", "ignore").decode()
    text = text.upper().replace("'", "").replace("`", "")
    return _INITIALS.sub(lambda found: found[0].replace(".", "") + " ", text) if "." in text else text


def read_line(text: str, dialect: Dialect, *, unread: bool = False) -> Line | None:
    """The line's parts; None where there is no number with a street behind it, or with `unread` not
    even words that could be one."""
    text = folded(text)
    first, *others = _AKA.split(text, maxsplit=1) if "K" in text else (text,)
    if others and _ALONE.fullmatch(first) and (second := house_number(others[0])):
        first = f"{first.strip(_AROUND)} {second[1]}"  # "240 A/K/A 250 NAGLE AVE": one street for both
    found = house_number(first)
    if found is None:
        return None
    number, rest = found if dialect.canonical else without_second(*found)
    postcode, rest = _postcode(rest, dialect)
    segments = [segment for segment in _BREAK.split(rest) if segment.strip()]
    if not segments:
        return None
    tail = _Tail(dialect, postcode is not None)
    words = tail.without_place(_words(segments[0]), keep=1)
    street, behind = street_name(words)
    if not street and not (unread and words):
        return None
    tail.read_behind(behind if street else [])
    for segment in segments[1:]:
        tail.read_segment(_words(segment))
    also = others[0].strip() or None if others else None
    return Line(number, street, tuple(words), *tail.found(postcode), also)


def read_begun(text: str, dialect: Dialect) -> tuple[HouseNumber, tuple[str, ...]] | None:
    """House number and the words of a street that is still being typed; None without both."""
    found = house_number(folded(text))
    if found is None:
        return None
    number, rest = without_second(*found)
    words = _Tail(dialect, has_postcode=False).without_place(_words(rest), keep=1)
    return (number, tuple(words)) if words else None


def _words(text: str) -> list[str]:
    """The words of a folded text, and the signs between them that tell something."""
    return text.split() if text.replace(" ", "").isalnum() else _WORD.findall(text.replace(".", " "))


def _behind_town(words: list[str], size: int, keep: int) -> bool:
    """ "COLUMBUS OH" in a segment of its own: a town and its state; "TOP FL" is a floor."""
    town = words[:-size]
    return not keep and bool(town) and all(w.isalpha() and w not in UNIT_WORDS and w not in ORDINALS for w in town)


def _postcode(rest: str, dialect: Dialect) -> tuple[str | None, str]:
    found = [*dialect.postcode.finditer(rest)]
    last = found[-1] if found else None
    if last is None or not (value := dialect.read_postcode(last[0])):
        return None, rest
    return value, f"{rest[: last.start()]},{rest[last.end() :]}"


class _Tail:
    """Collects what is no street: place, state, unit."""

    __slots__ = ("dialect", "has_postcode", "place", "region", "unit", "unknown")

    def __init__(self, dialect: Dialect, has_postcode: bool) -> None:
        self.dialect = dialect
        self.has_postcode = has_postcode
        self.place: str | None = None
        self.region: str | None = None
        self.unit: list[str] = []
        self.unknown: list[str] = []

    def found(self, postcode: str | None) -> tuple[str | None, str | None, str | None, str | None, str | None]:
        return (
            " ".join(self.unit) or None,
            postcode,
            self.place,
            " ".join(self.unknown) or None,
            self.region,
        )

    def without_place(self, words: list[str], keep: int) -> list[str]:
        """The words without a state and known places at their end; `keep` words always stay."""
        words = self._without_state(words, keep)
        size = 3
        while size and words and words[-1] in self.dialect.ends:
            name = " ".join(words[-size:])
            if len(words) - size >= keep and name in self.dialect.places and self._may_end(words[:-size]):
                self._set_place(name)
                words, size = words[:-size], 3
            else:
                size -= 1
        return words

    def read_behind(self, rest: list[str]) -> None:
        """What stands behind the street in its own segment: a unit, a remark, a place."""
        if rest and all(word.isalpha() and word not in UNIT_WORDS for word in rest):
            self.unknown += rest
        else:
            self.unit += rest

    def read_segment(self, words: list[str]) -> None:
        words = self.without_place(words, keep=0)
        if not words:
            return
        if any(word in UNIT_WORDS or not word.isalpha() or len(word) < 3 for word in words):
            self.unit += words
        else:
            self.unknown += words

    def _may_end(self, before: list[str]) -> bool:
        """ "29 NEW YORK" is a street; "2656 BROADWAY NEW YORK" is not, nor is a segment of its own."""
        return not before or len(before) > 1 or before[0] in ("BROADWAY", "BOWERY")

    def _set_place(self, name: str) -> None:
        part = self.dialect.places[name]
        if part or self.place is None:
            self.place = self.place or part or None

    def _without_state(self, words: list[str], keep: int) -> list[str]:
        if not self.dialect.states or self.region is not None or not words or words[-1] not in _STATE_ENDS:
            return words
        for size in (2, 1, 3):
            name = " ".join(words[-size:])
            code = STATES.get(name) or (name if name in STATE_CODES else None)
            if (
                code
                and len(words) - size >= keep
                and (self._is_state(words, size, code) or _behind_town(words, size, keep))
            ):
                self.region = code
                return words[:-size]
        return words

    def _is_state(self, words: list[str], size: int, code: str) -> bool:
        """A word of an address may look like a state: CT and LA are, only behind a street's end."""
        if code == "NY" and size == 2 and " ".join(words[-2:]) in self.dialect.places:
            return " ".join(words[-4:-2]) in self.dialect.places or " ".join(words[-3:-2]) in self.dialect.places
        before = words[:-size]
        if code in UNIT_WORDS and before and (before[-1] in ORDINALS or before[-1][0].isdigit()):
            return False  # 4TH FL
        return not before or any(word in TYPES for word in before[1:]) or (self.has_postcode and code not in TYPES)
