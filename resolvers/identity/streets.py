"""A street's name in one canonical form, and where in a line of words it ends.

Agencies write "WEST 27TH STREET", "W. 27 St", "W 27TH STRE ET APT 3". The name ends at its type
("ST"), at a street that needs none (BROADWAY), or where a unit or a remark begins.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from resolvers.identity.words import (
    DIRECTIONS,
    LONG_DIRECTIONS,
    LONG_TYPES,
    ORDINALS,
    SHORT_NAMES,
    TENS,
    TYPES,
    UNIT_WORDS,
    WHOLE_STREETS,
)

_NUMBERED = re.compile(r"0*([1-9][0-9]{0,2})(ST|ND|RD|TH)?")
_GLUED = re.compile(r"(?:([NSEW])|(BEACH|BAY|EAST|WEST|NORTH|SOUTH))?([1-9][0-9]{0,2})(ST(?!R)|ND|RD|TH)?([A-Z]{2,})?")
_SPLIT_WORDS = frozenset(word for word in (*TYPES, *WHOLE_STREETS) if len(word) >= 5) | {"LANE", "ROAD", "BLVD", "PKWY"}
_PROPER = frozenset(LONG_TYPES.values())
_NUMBERED_NAMES = frozenset({"BEACH", "BAY", "ROUTE", "RTE", "HIGHWAY", "PIER"})
_UNITS = UNIT_WORDS - {"SIDE", "STORE", "ENTRANCE"}
"""What may stand behind a direction that closes a name; EAST SIDE, WEST STORE are parts of a house."""
_SAINTS = frozenset({"ST", "SAINT", "STE"})
_PARTICLES = frozenset({"LA", "DE", "MC", "MAC", "LE"})
_LONG = ("AVENUE", "STREET", "BOULEVARD", "PARKWAY", "TERRACE", "PLACE", "ROAD", "DRIVE", "COURT", "LANE")
_LONG_NAMED = ("AVENUE", "STREET", "BOULEVARD", "PARKWAY", "TERRACE", "TURNPIKE", "EXPRESSWAY", "CONCOURSE")
_COMPASS = ("EAST", "WEST", "NORTH", "SOUTH")
_ENDINGS = ("ST", "ND", "RD", "TH")
_ORDINAL = re.compile(r"[1-9][0-9]{0,2}(?:ST|ND|RD|TH)?")
_BAD_ORDINAL = re.compile(r"0*([1-9][0-9]{0,2})([A-Z]{2,3}|[THNDRS])")
_BREAKS = frozenset({"#", "&", "-", "@", "/"})
_JOINS = frozenset({"TO", "AND", "THRU"})
_BEHIND = frozenset({"REAR", "FRONT"})
_QUALIFIERS = (["LITTLE"], ["OLD"], ["NEW"], ["GREAT"])
_FEW = 8
"""Words up to which the reading of a street is kept."""
_CUT = 5
"""Letters from which on a word cut off by a narrow column is known: PARKW, TERRA."""


def slip(word: str, whole: Sequence[str]) -> str | None:
    """The one word of `whole` that is one slip of the keys away: a letter changed, left out, doubled
    or swapped with the next. None where there is none or several."""
    found = [each for each in whole if OSA.distance(word, each, score_cutoff=1) <= 1]
    return found[0] if len(found) == 1 else None


def street_name(tokens: Sequence[str]) -> tuple[str, list[str]]:
    """The canonical street at the head of `tokens` (capitals) and the words behind it.

    ("WEST", "27TH", "STREET", "APT", "3") gives ("W 27 ST", ["APT", "3"]); "" where no street is.
    """
    name, behind = (_short if len(tokens) <= _FEW else _read)(tuple(tokens))
    return name, list(behind)


def _read(tokens: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    reader = _Reader(unglued(tokens))
    reader.read()
    return " ".join(reader.name) if reader.has_name else "", tuple(reader.tokens[reader.at :])


_short = lru_cache(maxsize=8_192)(_read)
"""The houses of a street share its words."""


def ordinal_ending(number: int) -> str:
    """1 -> "ST", 12 -> "TH"."""
    return "TH" if number % 100 in (11, 12, 13) else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")


def unglued(tokens: Sequence[str]) -> list[str]:
    """Words that a form cut in two joined ("STRE ET"), words run together parted ("W27TH")."""
    out: list[str] = []
    for at, token in enumerate(tokens):
        if out and _cut_in_two(out[-1], token):
            out[-1] += token
        elif not token.isalpha() and not token.isdigit() and (glued := _GLUED.fullmatch(token)):
            behind = tokens[at + 1] if at + 1 < len(tokens) else ""
            out.extend(_parted(token, glued, not out, behind))
        else:
            out.append(token)
    return out


def _cut_direction(word: str) -> str | None:
    """The direction whose end a narrow column cut off: "WASHINGTON SQUARE WE", "PARKWAY SOU"."""
    return next((each for each in _COMPASS if each.startswith(word)), None) if len(word) > 1 else None


def _cut_in_two(head: str, tail: str) -> bool:
    """Whether two words are one: "AVENU E" is, "STREET S" is not."""
    if len(tail) == 1 and tail not in DIRECTIONS and len(head) > 3 and slip(head + tail, _LONG_NAMED):
        return head not in TYPES
    return head + tail in _SPLIT_WORDS and not (tail in DIRECTIONS and head in _PROPER)


def _parted(token: str, glued: re.Match[str], first: bool, behind: str) -> list[str]:
    """A letter is a direction at the head of a street only: behind it, E5 is a unit. "75ST" is 75 STREET,
    for it is no ordinal."""
    letter, word, number, ending, tail = glued.groups()
    if (tail and tail not in TYPES) or (letter and not first):
        return [token]
    if ending in TYPES and not tail and ending != ordinal_ending(int(number)) and behind not in TYPES:
        ending, tail = None, ending
    return [part for part in (letter or word, number + (ending or ""), tail) if part]


class _Reader:
    """Walks over the words of one line; `name` grows, `at` is the next word."""

    __slots__ = ("at", "has_name", "name", "tokens")

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.name: list[str] = []
        self.at = 0
        self.has_name = False

    def read(self) -> None:
        self._lead()
        while self.at < len(self.tokens) and len(self.name) < 8:
            if self._step():
                return

    def _peek(self, ahead: int = 1) -> str:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def _take(self, word: str, count: int = 1) -> None:
        self.name.append(word)
        self.at += count

    def _lead(self) -> None:
        """A direction before the name, THE, and a saint."""
        while self._peek(0) == "THE" and self._peek():
            self.at += 1
            if TYPES.get(self._peek(0)) == "AVE" and self._ended(1):
                self.has_name = True  # "1 THE AVENUE": nothing else is its name
                self.name.append("THE")
                return self._take("AVE")
        if self._peek(0) in _BEHIND and (self._peek() in DIRECTIONS or self._peek()[:1].isdigit()) and self._peek(2):
            self.at += 1  # "179 REAR NORTH 7 STREET"
        first, after = self._peek(0), self._peek()
        if first not in DIRECTIONS and _ORDINAL.fullmatch(after) and (whole := slip(first, _COMPASS)):
            first = whole
        if first in DIRECTIONS and after and after not in _BREAKS and after not in UNIT_WORDS:
            if self._is_type(1) and self._ended(2):
                self._take(LONG_DIRECTIONS.get(DIRECTIONS[first], first))
                self.has_name = True
            else:
                self._take(DIRECTIONS[first])
        if self._peek(0) in _SAINTS and self._names(1) and self._peek() not in TYPES and self._peek().isalpha():
            self._take("ST")

    def _names(self, ahead: int) -> bool:
        """Whether a word can be part of a name."""
        word = self._peek(ahead)
        return bool(word) and word not in _BREAKS

    def _ended(self, ahead: int) -> bool:
        """Whether no further word of a name stands there."""
        word = self._peek(ahead)
        return not word or word in _BREAKS or word in UNIT_WORDS or word[0].isdigit()

    def _is_type(self, ahead: int) -> bool:
        return self._peek(ahead) in TYPES

    def _step(self) -> bool:
        """Read one word; True where the street has ended."""
        word = self._repaired(self.tokens[self.at])
        if word in _BREAKS or (self._is_remark(word) if self.has_name else word in _JOINS):
            return True
        if word in TYPES:
            if self.has_name:
                return self._end(TYPES[word])
            return self._leading_type(word)
        if word in WHOLE_STREETS or SHORT_NAMES.get(word) in WHOLE_STREETS:
            return self._whole(SHORT_NAMES.get(word, word))
        if word[0].isdigit() or word in ORDINALS or word in TENS:
            return self._number(word)
        if word in DIRECTIONS and self.has_name:
            self._direction(word)
            return not (self._is_type(0) or self._goes_on(word))
        if word in _PARTICLES and self._peek().isalpha() and not self._is_type(1):
            self._take(word + self._peek(), 2)  # LA GUARDIA is LAGUARDIA
        else:
            self._take(SHORT_NAMES.get(word, word))
        self.has_name = True
        return False

    def _is_remark(self, word: str) -> bool:
        """Whether a unit or a remark begins; SHORE FRONT PARKWAY is a street."""
        if word not in UNIT_WORDS:
            return False
        return not (self.name[-1].isalpha() and self._is_type(1) and self._ended(2))

    def _direction(self, word: str) -> None:
        """A direction behind the name, perhaps in two words: SOUTH WEST is SW."""
        both = f"{word}{self._peek()}"
        if both in DIRECTIONS and len(both) > 2 and self._ended(2):
            self._take(DIRECTIONS[both], 2)
        else:
            self._take(DIRECTIONS[word])

    def _goes_on(self, word: str) -> bool:
        """Whether a direction stands within the name: LITTLE WEST 12TH STREET, THOMAS S BOYLAND STREET."""
        after = self._peek(0)
        if self.name[:-1] in _QUALIFIERS and _ORDINAL.fullmatch(after):
            return self._is_type(1)
        named = len(after) > 2 and after.isalpha() and after not in UNIT_WORDS and after not in DIRECTIONS
        return len(word) == 1 and named and self._is_type(1) and self._ended(2)

    def _repaired(self, word: str) -> str:
        """A type misspelt by one slip, where the street must end: "179 PLAEC", "OCEAN PARKAY"."""
        if not self.has_name or word in TYPES or len(word) < 4 or not word.isalpha() or self._is_type(1):
            return word
        if word in UNIT_WORDS or not self._ended(1) or word in DIRECTIONS:
            return word
        if len(word) >= _CUT and (whole := [each for each in _PROPER if each.startswith(word)]):
            return whole[0]
        return slip(word, _LONG_NAMED if self.name[-1].isalpha() else _LONG) or word

    def _whole(self, word: str) -> bool:
        self._take(word)
        self.has_name = True
        return self._peek(0) not in ("TER", "TERRACE", "ALLEY", "ALY", "PLACE", "PLAZA")

    def _number(self, word: str) -> bool:
        """A numbered street; behind a name a number is a unit unless a type follows."""
        count, number = self._ordinal(word)
        if number is None or (self.has_name and not self._numbered(count)):
            return True
        ending = TYPES.get(self._peek(count), self._peek(count))
        if ending in ("TH", "ND") or (ending in ("ST", "RD") and self._is_type(count + 1)):
            count += 1  # "27 TH STREET", "3 RD AVENUE"
        self._take(number, count)
        self.has_name = True
        return False

    def _numbered(self, count: int) -> bool:
        """Whether a number behind a name belongs to it: BEACH 97 ST."""
        last = self.name[-1]
        return last in _NUMBERED_NAMES or (self._peek(count) in TYPES and not last[0].isdigit())

    def _ordinal(self, word: str) -> tuple[int, str | None]:
        if word in ORDINALS:
            return 1, ORDINALS[word]
        if word in TENS:
            ones = ORDINALS.get(self._peek(), "")
            return (2, str(TENS[word] + int(ones))) if len(ones) == 1 else (1, None)
        found = _NUMBERED.fullmatch(word)
        if found is None and (bad := _BAD_ORDINAL.fullmatch(word)) and self._is_type(1):
            found = bad if any(OSA.distance(bad[2], end) <= 1 for end in _ENDINGS) else None
        return 1, found[1] if found else None

    def _leading_type(self, word: str) -> bool:
        """AVENUE D, AVENUE OF THE AMERICAS; other type words in front are names (COURT ST)."""
        if TYPES[word] != "AVE":
            self._take("ST" if TYPES[word] == "ST" else word)
            self.has_name = TYPES[word] != "ST"
            return False
        self._take("AVE")
        after = self._peek(0)
        if len(after) == 1 and after.isalpha():
            self._take(after)
            self.has_name = True
            return True
        if after in _SAINTS and self._peek().isalpha():
            self._take("ST")
        return False

    def _is_store(self) -> bool:
        """ "MANHATTAN AVE STR#2" is a store, no street."""
        return self._peek(0) == "STR" and (self._peek() == "#" or self._peek().isdigit())

    def _end(self, short: str) -> bool:
        """The type, any further type behind it, and a direction that closes the name."""
        self._take(short)
        while self._is_type(0) and len(self.name) < 8 and not self._is_store():
            following = TYPES[self._peek(0)]
            self.at += 1
            if following != self.name[-1]:
                self.name.append(following)
        word, after = self._peek(0), self._peek()
        if word in DIRECTIONS and (not after or after in _UNITS or (len(word) > 2 and after[-1].isdigit())):
            self._take(DIRECTIONS[word])
        elif word and not after and (whole := _cut_direction(word)):
            self._take(DIRECTIONS[whole])
        return True
