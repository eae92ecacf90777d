"""Names of businesses, prepared for comparing: one form for each word, and how telling the words are.

"8TH ST WINECELLAR NYC" and "8th Street Wine Cellar, New York" are one name: numbers are digits,
short forms are one with their whole, initials one word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from types import MappingProxyType

from rapidfuzz.distance import JaroWinkler

from resolvers.identity.matching.frequency import Frequencies
from resolvers.identity.names import legal_form, normalise_name
from resolvers.identity.words import NUMBER_WORDS, ORDINALS, TENS

_SITE = re.compile(r"(?:#|\bNO\.?|\bSTORE)\s*([0-9]{1,6})\b", re.I)
_ORDINAL = re.compile(r"([0-9]+)(?:ST|ND|RD|TH)")
_NEW_YORK = re.compile(r"\bNEW YORK(?: CITY)?\b")
_NEXT_COMPANY = re.compile(r"\b(?:INC|L\.?L\.?C|CORP|L\.?T\.?D|L\.?P)\b\.?(?:\s*[&/;]|,(?!\s*THE\b)|\s+AND\b)\s*", re.I)
_NUMERAL, _LETTER = 8.0, 7.0
"""Bits of a numeral of one or two digits, and of a letter that stands alone, at most."""
_SHORT: Mapping[str, str] = MappingProxyType(
    {"REST": "RESTAURANT", "RESTAURANTS": "RESTAURANT", "ENT": "ENTERPRISES", "ENTERPRISE": "ENTERPRISES"}
    | {"SVC": "SERVICES", "SVCS": "SERVICES", "SERVICE": "SERVICES", "INTL": "INTERNATIONAL", "MKT": "MARKET"}
    | {"CTR": "CENTER", "CENTRE": "CENTER", "ASSN": "ASSOCIATION", "ASSOC": "ASSOCIATES", "BROS": "BROTHERS"}
    | {"MGMT": "MANAGEMENT", "MGT": "MANAGEMENT", "DEPT": "DEPARTMENT", "SCH": "SCHOOL", "ELEM": "ELEMENTARY"}
    | {"HOSP": "HOSPITALITY", "GRP": "GROUP", "MT": "MOUNT", "DELICATESSEN": "DELI", "NYC": "NY"}
    | {"SAINT": "ST", "STREET": "ST", "AVENUE": "AVE", "AV": "AVE", "BOULEVARD": "BLVD", "ROAD": "RD"}
    | {"UNIV": "UNIVERSITY", "NATL": "NATIONAL", "INST": "INSTITUTE", "FDN": "FOUNDATION", "FNDN": "FOUNDATION"}
    | {"COMM": "COMMUNITY", "DEV": "DEVELOPMENT", "CHGO": "CHICAGO", "II": "2", "III": "3", "IV": "4", "N": "AND"}
)
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {**NUMBER_WORDS, **ORDINALS, **{word: str(value) for word, value in TENS.items()}}
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name, prepared: `bits` by word, their `total`, all letters in one word, its legal form. `initials` are
    those of its words, `pairs` words that stand beside each other, written together."""

    joined: str
    bits: Mapping[str, float]
    total: float
    form: str
    initials: frozenset[str]
    pairs: frozenset[str]


def site_number(text: str) -> str:
    """The number of a chain's site ("#4979"); "" where there is none."""
    found = _SITE.search(text)
    return found[1].lstrip("0") if found else ""


def companies_of(text: str) -> Iterator[str]:
    """The companies that one text names: "LAM HOTEL LLC & PLATT OPERATING CORP" are two."""
    begin = 0
    for found in _NEXT_COMPANY.finditer(text):
        yield text[begin : found.end()].rstrip(" &/;,")
        begin = found.end()
    if text[begin:].strip():
        yield text[begin:]


def prepared(text: str, known: Frequencies) -> Name:
    """A name without site number and legal form, its words weighed."""
    words = _NEW_YORK.sub("NY", normalise_name(_SITE.sub(" ", text))).split()
    bits: dict[str, float] = {}
    for word, said in _initials((_one_form(word), word) for word in words):
        bits[word] = _bits(word, said, known)
    plain = {word: value for word, value in bits.items() if word != "AND"} or bits
    return Name(
        "".join(plain),
        plain,
        sum(plain.values()),
        legal_form(text),
        frozenset(word[0] for word in plain),
        frozenset(one + other for one, other in pairwise(plain)),
    )


def _one_form(word: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    found = _ORDINAL.fullmatch(word)
    return found[1] if found else _NUMBERS.get(word, word)


def _initials(words: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Letters that stand alone beside each other are one word: "A B C", "L & J"."""
    plain = [(word, said) for word, said in words if word != "AND"] or [("AND", "AND")]
    for letters, group in groupby(plain, key=lambda each: len(each[0]) == 1 and each[0].isalpha()):
        run = list(group)
        if letters and len(run) > 1:
            joined = "".join(word for word, _ in run)
            yield joined, joined
        else:
            yield from run


def _bits(word: str, said: str, known: Frequencies) -> float:
    found = min(known.of(word), known.of(said))
    if word.isdigit() and len(word) < 3:
        return min(found, _NUMERAL)
    return min(found, _LETTER) if len(word) == 1 else found


def shared_bits(a: Name, b: Name) -> float:
    """Bits of the words that both have; a misspelt or shortened word counts for most of its bits, one
    that the other has in two ("DELIMART", "DELI MART") for all."""
    mine, theirs, total = a.bits, b.bits, 0.0
    left = []
    for word in mine:
        if word in theirs:
            total += mine[word]
        else:
            left.append(word)
    if not left:
        return total
    rest = [word for word in theirs if word not in mine]
    if not rest:
        return total
    if not b.pairs.isdisjoint(left):
        total += _apart(rest, theirs, left, mine)
    if not a.pairs.isdisjoint(rest):
        total += _apart(left, mine, rest, theirs)
    initials = b.initials
    for word in left:
        initial = word[0]
        if initial not in initials:
            continue
        for other in rest:
            if initial == other[0] and _one_word(word, other):
                total += 0.85 * min(mine[word], theirs[other])
                rest.remove(other)
                break
    return total


def _apart(parts: list[str], bits: Mapping[str, float], wholes: list[str], known: Mapping[str, float]) -> float:
    """The bits of words that stand in two parts beside each other; both are taken from their lists."""
    total = 0.0
    for one, other in tuple(pairwise(parts)):
        whole = one + other
        if whole in known and whole in wholes and one in parts and other in parts:
            total += min(known[whole], bits[one] + bits[other])
            wholes.remove(whole)
            parts.remove(one)
            parts.remove(other)
    return total


def _one_word(a: str, b: str) -> bool:
    """One word misspelt, in the plural, or shortened, of one initial; numbers are never alike."""
    if a.isdigit() or b.isdigit() or len(a) < 3 or len(b) < 3:
        return False
    if a.startswith(b) or b.startswith(a):
        return True
    return len(a) > 3 < len(b) and JaroWinkler.similarity(a, b, score_cutoff=0.9) >= 0.9
