"""A locale for places that write number, street, place, postcode – told apart by a few functions."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import product
from types import MappingProxyType

from resolvers.identity.addresses import AddressParts, AddressQuery, Begun, Score, written
from resolvers.identity.beginnings import beginnings
from resolvers.identity.lines import Dialect, Line, folded, read_begun, read_line
from resolvers.identity.numbers import HouseNumber
from resolvers.identity.scoring import score_parts
from resolvers.identity.streets import ordinal_ending, street_name
from resolvers.identity.words import DIRECTIONS, LONG_DIRECTIONS, LONG_TYPES

MOST_SPELLINGS = 12
BARE = Dialect(re.compile(r"(?!)"), lambda text: None, MappingProxyType({}), canonical=True)
"""Reads a line that holds number and street only, as identifiers do."""
WIDEST_RANGE = 200
"""House numbers further apart are no range but one hyphenated number."""


def plain_number(number: HouseNumber, street: str, city_part: str | None) -> tuple[str, str | None]:
    """Canonical number and the end of a range: "2377-79" is 2377 to 2379, "59-17" one number."""
    low = str(int(number.low)) + number.suffix
    if number.fraction:
        return f"{low} {number.fraction}", None
    if not number.dashed:
        return low, None
    far = range_end(number.low, number.end) if number.end.isdigit() else None
    end = far or range_end(number.low, number.high)
    return (low, end) if end else (f"{low}-{number.high}{number.last}", None)


def range_end(low: str, high: str) -> str | None:
    """The end of a range, an abbreviated one completed ("2377", "79"); None if it is no range."""
    whole = low[: len(low) - len(high)] + high if len(high) < len(low) else high
    return str(int(whole)) if 0 < int(whole) - int(low) <= WIDEST_RANGE else None


def plain_street(street: str, city_part: str | None) -> str:
    """The street as it is."""
    return street


def any_part(text: str) -> str | None:
    """A city part by any name."""
    return " ".join(text.upper().split()) or None


def no_part(postcode: str) -> str | None:
    """No postcode tells the city part."""
    return None


def everywhere(postcode: str) -> bool:
    """Every postcode is covered."""
    return True


def nameless(text: str) -> None:
    """No house is known by a name."""


def as_given(text: str, city_part: str | None) -> str:
    """The text as it is."""
    return text


@dataclass(frozen=True, slots=True)
class EnglishLocale:
    """See `Locale`. The functions say what this place does in its own way; `parts` gives the
    names of city parts as agencies write them, `streets` other names of canonical streets."""

    name: str
    example: str
    dialect: Dialect
    region: str | None = None
    city_part_of: Callable[[str], str | None] = no_part
    city_part_named: Callable[[str], str | None] = any_part
    covers_postcode: Callable[[str], bool] = everywhere
    prepare: Callable[[str, str | None], str] = as_given
    number_of: Callable[[HouseNumber, str, str | None], tuple[str, str | None]] = plain_number
    street_of: Callable[[str, str | None], str] = plain_street
    house_name: Callable[[str], tuple[str, str] | None] = nameless
    numbers: Callable[[AddressParts], tuple[str, ...]] = lambda parts: (parts.number,)
    postcodes: Callable[[str], tuple[str, ...]] = lambda postcode: (postcode,)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    streets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def parse(self, text: str, postcode: str | None = None, city_part: str | None = None) -> AddressParts | None:
        given = self.dialect.read_postcode(postcode) if postcode else None
        part = self._part(given, self.city_part_named(city_part) if city_part else None)
        return self._read(self.prepare(text, part or self._told(text)), given, part, self.dialect)

    def _read(self, text: str, given: str | None, part: str | None, dialect: Dialect) -> AddressParts | None:
        found = self._line(text, dialect)
        return self._parts(*found, given, part) if found is not None else None

    def _line(self, text: str, dialect: Dialect, *, unread: bool = False) -> tuple[Line, str | None] | None:
        """The line, and the name of a house that has no number: read as number 1 of its street."""
        name, rest = self.house_name(text) or (None, text)
        line = read_line(f"1 {rest}" if name else text, dialect, unread=unread)
        return (line, name) if line is not None else None

    def _parts(self, line: Line, name: str | None, given: str | None, part: str | None) -> AddressParts | None:
        if int(line.number.low) == 0:
            return None
        postcode = given or line.postcode
        part = self._part(postcode, part or line.place)
        street = self.street_of(line.street, part)
        number, high = (name, None) if name else self.number_of(line.number, street, part)
        return AddressParts(number, street, high, line.unit, postcode, part, line.unknown_place, line.region, line.also)

    def _part(self, postcode: str | None, otherwise: str | None) -> str | None:
        return (self.city_part_of(postcode) if postcode else None) or otherwise

    def _told(self, text: str) -> str | None:
        """The city part of the postcode in a text."""
        found = self.dialect.postcode.findall(text) if self.city_part_of is not no_part else ()
        postcode = self.dialect.read_postcode(found[-1]) if found else None
        return self.city_part_of(postcode) if postcode else None

    def key(self, parts: AddressParts) -> str | None:
        """Read back until it stays the same, so that an identifier always reads as itself."""
        text = self._text(parts)
        if text and self._settled(parts):
            return text
        for _ in range(3):
            again = self.parse_key(text) if text else None
            text, before = self._text(again) if again else None, text
            if text == before:
                return text
        return None

    def _settled(self, parts: AddressParts) -> bool:
        """Whether an identifier is known to read as itself, as most do: a plain number, a street that does behind
        any such number, a canonical area. What this does not know is read."""
        number, street, area = parts.number, parts.street, parts.postcode or parts.city_part or ""
        plain = number.isdecimal() and number.isascii() and number[0] != "0" and len(number) <= _MOST_DIGITS
        if not plain or self.house_name is not nameless or "/" in area or not _read_as_itself(street):
            return False
        postcode = self.dialect.read_postcode(area)
        if (postcode or self._district(area)) != area:
            return False
        part = self.city_part_of(area) if postcode else area
        return self.street_of(street, part) == street and self.number_of(HouseNumber(number), street, part)[0] == number

    def _district(self, area: str) -> str | None:
        """The city part that the head of an identifier names."""
        return None if any(c.isdigit() for c in area) else self.city_part_named(area)

    def _text(self, parts: AddressParts) -> str | None:
        area = parts.postcode or parts.city_part
        return written(area, parts.number, parts.street) if area else None

    def parse_key(self, text: str) -> AddressParts | None:
        area, _, line = text.strip().partition("/")
        if postcode := self.dialect.read_postcode(area):
            return self._read(line, postcode, self._part(postcode, None), BARE)
        part = self._district(area)
        return self._read(line, None, part, BARE) if part else None

    def covers(self, parts: AddressParts) -> bool:
        if parts.region and self.region and parts.region != self.region:
            return False
        if parts.postcode:
            return self.covers_postcode(parts.postcode)
        return not (self.parts and parts.city and not parts.city_part)

    def search_keys(self, text: str, postcode: str | None = None, city_part: str | None = None) -> AddressQuery | None:
        given = self.dialect.read_postcode(postcode) if postcode else None
        part = self._part(given, self.city_part_named(city_part) if city_part else None)
        found = self._line(self.prepare(text, part or self._told(text)), self.dialect, unread=True)
        parts = self._parts(*found, given, part) if found is not None else None
        if found is None or parts is None:
            return None
        if given and parts.region and not parts.city:
            parts = replace(parts, region=None)  # "GROUND FL": with a postcode beside it two letters are no state
        if not self.covers(parts):
            return None
        absent = (("postcode", parts.postcode), ("city_part", parts.city_part))
        missing = tuple([name for name, value in absent if not value])
        others = self._others(parts) if parts.street else ()
        if parts.also and not parts.high:
            parts = replace(parts, high=self._reach(parts))
        key = self.key(parts) if parts.street else None
        if key is not None and key != self._text(parts):  # a street that is another without what stood behind it
            again = self.parse_key(key)
            assert again is not None
            parts = replace(parts, number=again.number, street=again.street)
        return AddressQuery(parts, key, missing, others, found[0].words)

    def _reach(self, parts: AddressParts) -> str | None:
        """The end of the range that the second address gives: "162 E 109 ST AKA 162-164 E 109 ST"."""
        second = self.parse(parts.also or "", parts.postcode, parts.city_part)
        same = second is not None and (second.number, second.street) == (parts.number, parts.street)
        return second.high if second is not None and same else None

    def _others(self, parts: AddressParts) -> tuple[str, ...]:
        """The second address, which lies in the same area, and the far end of a range."""
        if not (parts.also or parts.high):
            return ()
        second = self.parse(parts.also, parts.postcode, parts.city_part) if parts.also else None
        far = replace(parts, number=parts.high) if parts.high else None
        keys = (self.key(each) for each in (second, far) if each)
        return tuple(key for key in keys if key)

    def begun(self, text: str) -> Begun | None:
        line, _, area = folded(self.prepare(text, None)).partition(",")
        read = read_begun(line, self.dialect)
        if read is None or int(read[0].low) == 0:
            return None
        names = beginnings(read[1])
        number, _ = self.number_of(read[0], names[0] if names else "", None)
        streets = dict.fromkeys((*(self.street_of(name, None) for name in names[:1]), *names, *self._meant(names)))
        return Begun(number, tuple(streets), " ".join(read[1]), " ".join(area.replace(",", " ").split()))

    def _meant(self, names: tuple[str, ...]) -> Iterator[str]:
        """The streets whose second names begin with what is typed: "240 central park so" is W 59 ST."""
        typed = tuple(name for name in names if len(name) >= _TELLING)
        if typed:
            for street, others in self.streets.items():
                if any(_canonical(other).startswith(typed) for other in others):
                    yield street

    def score(self, query: AddressQuery, found: str) -> Score:
        return score_parts(query.parts, self.parse_key(found))

    def number_spellings(self, parts: AddressParts) -> tuple[str, ...]:
        return self.numbers(parts)

    def street_names(self, street: str) -> tuple[str, ...]:
        return (street, *self.streets.get(street, ()))

    def street_spellings(self, parts: AddressParts) -> tuple[str, ...]:
        spelled = [_spellings(name) for name in self.street_names(parts.street)]
        return tuple(dict.fromkeys(text for texts in spelled for text in texts))[:MOST_SPELLINGS]

    def city_part_spellings(self, city_part: str) -> tuple[str, ...]:
        return self.parts.get(city_part, (city_part, city_part.title()))

    def postcode_spellings(self, postcode: str) -> tuple[str, ...]:
        return self.postcodes(postcode)


_NUMBERED = re.compile(r"[0-9]+")
_MOST_DIGITS, _LONG = 6, 200
"""Digits of a house number, and letters of a street, from which on nothing is taken for granted."""
_TELLING = 3
"""Letters from which on a second name is looked for."""


@lru_cache(maxsize=8_192)
def _read_as_itself(street: str) -> bool:
    """Whether a street behind a number of digits is read as it is, and the number as it is: which digits does
    not matter."""
    line = read_line(f"1 {street}", BARE) if len(street) < _LONG else None
    return line is not None and line.street == street and line.number == HouseNumber("1")


@cache
def _canonical(street: str) -> str:
    return street_name(street.split())[0]


def _spellings(street: str) -> list[str]:
    """Long and short forms of direction, ordinal and type: the usual combinations first."""
    words = street.split()
    choices = [_word_spellings(words, at) for at in range(len(words))]
    combined = [" ".join(choice) for choice in product(*choices)]
    longest = " ".join(choice[-1] for choice in choices)
    return list(dict.fromkeys([street, longest, *combined]))


def _word_spellings(words: list[str], at: int) -> tuple[str, ...]:
    word = words[at]
    if at == 0 and word == "ST" and len(words) > 1:
        return ("ST", "SAINT", "ST.")
    if _NUMBERED.fullmatch(word):
        return (word, ordinal(int(word)))
    if (at > 0 and word in LONG_TYPES) or word == "AVE":
        return tuple(dict.fromkeys((word, LONG_TYPES[word])))
    if word in LONG_DIRECTIONS and at in (0, len(words) - 1) and "AVE" not in words[:1]:
        return (word, LONG_DIRECTIONS[DIRECTIONS[word]])
    return (word,)


def ordinal(number: int) -> str:
    """1 -> "1ST", 12 -> "12TH"."""
    return f"{number}{ordinal_ending(number)}"
