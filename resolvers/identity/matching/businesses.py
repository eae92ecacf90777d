"""Businesses: their record, prepared once, and the levels of two of them.

A company and its sites are different levels: they are never the same. Nor are two that hold
different numbers of one authority which gives each business one, or whose years do not meet:
successive businesses at one address.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType

from rapidfuzz.distance import Indel, JaroWinkler

from resolvers.identity.addresses import AddressParts, Evidence
from resolvers.identity.matching.contacts import phone, phone_level
from resolvers.identity.matching.frequency import Frequencies, business_words
from resolvers.identity.matching.model import MISSING, Findings
from resolvers.identity.matching.places import Place, address_level, place, postcode_level
from resolvers.identity.names import legal_form, normalise_name

TELLING = 11.0
"""Bits of shared words from which a name tells businesses apart."""
_TRADING = re.compile(r"\b(?:D/B/A|DBA|T/A|TRADING AS|DOING BUSINESS AS)\b[:.]?", re.I)
_SITE = re.compile(r"(?:#|\bNO\.?|\bSTORE)\s*([0-9]{1,6})\b", re.I)
_ORDER = ("same", "same_common", "contained", "close", "contained_common", "partial", "little", "differs")
_SHORT: Mapping[str, str] = MappingProxyType(
    {"REST": "RESTAURANT", "RESTAURANTS": "RESTAURANT", "ENT": "ENTERPRISES", "ENTERPRISE": "ENTERPRISES"}
    | {"SVC": "SERVICES", "SVCS": "SERVICES", "SERVICE": "SERVICES", "INTL": "INTERNATIONAL", "MKT": "MARKET"}
    | {"CTR": "CENTER", "CENTRE": "CENTER", "ASSN": "ASSOCIATION", "ASSOC": "ASSOCIATES", "BROS": "BROTHERS"}
    | {"MGMT": "MANAGEMENT", "MGT": "MANAGEMENT", "DEPT": "DEPARTMENT", "SCH": "SCHOOL", "ELEM": "ELEMENTARY"}
    | {"HOSP": "HOSPITALITY", "GRP": "GROUP", "ST": "SAINT", "MT": "MOUNT", "DELICATESSEN": "DELI"}
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name, prepared: `bits` by word, their `total`, all letters in one word, its legal form."""

    joined: str
    bits: Mapping[str, float]
    total: float
    form: str


@dataclass(frozen=True, slots=True)
class Business:
    """A business's record, prepared. `level` is "company", "site" or "" where that is not known;
    `since` and `until` are the years that it is known for; `exclusive` holds, by authority, the
    identifier that the authority gives a business one of; `licences` any others, as they are."""

    trade: tuple[Name, ...] = ()
    legal: tuple[Name, ...] = ()
    site: str = ""
    address: Place | None = None
    postcode: str = ""
    phones: frozenset[str] = frozenset()
    licences: frozenset[tuple[str, str]] = frozenset()
    exclusive: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    level: str = ""
    since: int | None = None
    until: int | None = None


def business(
    trade: Sequence[str] = (),
    legal: Sequence[str] = (),
    *,
    address: AddressParts | None = None,
    postcode: str = "",
    phones: Sequence[str] = (),
    licences: Iterable[tuple[str, str]] = (),
    exclusive: Mapping[str, str] = MappingProxyType({}),
    level: str = "",
    since: int | None = None,
    until: int | None = None,
    words: Frequencies | None = None,
) -> Business:
    """A record from what an agency has; a legal name with "DBA" in it is two names."""
    known = words or business_words()
    texts = [html.unescape(text) for text in legal if text.strip()]
    halves = [_TRADING.split(text, maxsplit=1) for text in texts]
    trading = [*(html.unescape(text) for text in trade), *(half[1] for half in halves if len(half) > 1)]
    return Business(
        _prepared(trading, known),
        _prepared([half[0] for half in halves], known),
        next((found[1].lstrip("0") for text in (*trading, *texts) if (found := _SITE.search(text))), ""),
        place(address),
        postcode.strip() or (address.postcode if address and address.postcode else ""),
        frozenset(filter(None, map(phone, phones))),
        frozenset((key, value.strip().upper()) for key, value in licences if value.strip()),
        MappingProxyType({key: value.strip().upper() for key, value in exclusive.items() if value.strip()}),
        level,
        since,
        until,
    )


def _prepared(texts: Iterable[str], known: Frequencies) -> tuple[Name, ...]:
    found = (prepared(text, known) for text in texts)
    return tuple({name.joined: name for name in found if name.joined}.values())


def prepared(text: str, known: Frequencies) -> Name:
    """A name without site number and legal form, its words weighed."""
    words = [_SHORT.get(word, word) for word in normalise_name(_SITE.sub(" ", text)).split()]
    plain = [word for word in words if word != "AND"] or words
    bits = {word: known.of(word) for word in plain}
    return Name("".join(plain), MappingProxyType(bits), sum(bits.values()), legal_form(text))


def compare(a: Business, b: Business) -> Findings:
    """The levels of two businesses; `crossed` compares trading names with legal ones."""
    levels = {
        "trade": name_level(a.trade, b.trade),
        "legal": name_level(a.legal, b.legal),
        "crossed": _best((name_level(a.trade, b.legal), name_level(a.legal, b.trade))),
        "form": _form_level(a.legal, b.legal),
        "site": MISSING if not (a.site and b.site) else "same" if a.site == b.site else "differs",
        "address": address_level(a.address, b.address),
        "postcode": postcode_level(a.postcode, b.postcode),
        "phone": phone_level(a.phones, b.phones),
        "identifier": _licence_level(a.licences, b.licences),
    }
    return Findings(levels, _vetoes(a, b))


def name_level(a: tuple[Name, ...], b: tuple[Name, ...]) -> str:
    """The best level between any two of the names."""
    if not a or not b:
        return MISSING
    if len(a) == len(b) == 1:
        return _pair_level(a[0], b[0])
    return _best(_pair_level(one, other) for one, other in product(a, b))


def _best(levels: Iterable[str]) -> str:
    return min(levels, key=lambda level: _ORDER.index(level) if level in _ORDER else len(_ORDER))


def _pair_level(a: Name, b: Name) -> str:
    if a.joined == b.joined:
        return "same" if a.total >= TELLING else "same_common"
    shared = _shared_bits(a.bits, b.bits)
    least, both = min(a.total, b.total), a.total + b.total
    spelled = Indel.normalized_similarity(a.joined, b.joined, score_cutoff=0.5)
    if shared >= 0.97 * least or (len(a.joined) > 4 < len(b.joined) and _within(a.joined, b.joined)):
        return "contained" if max(shared, min(least, 9.0)) >= TELLING else "contained_common"
    dice = 2 * shared / both if both else 0.0
    if dice >= 0.8 or spelled >= 0.88:
        return "close"
    if dice >= 0.5 or spelled >= 0.75:
        return "partial"
    return "little" if dice >= 0.2 or spelled >= 0.6 else "differs"


def _within(a: str, b: str) -> bool:
    return a in b if len(a) < len(b) else b in a


def _shared_bits(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Bits of the words that both have; a misspelt or shortened word counts for most of its bits."""
    total = 0.0
    left: list[str] = []
    for word, bits in a.items():
        if word in b:
            total += bits
        else:
            left.append(word)
    rest = [word for word in b if word not in a] if left else []
    for word in left:
        for at, other in enumerate(rest):
            if _one_word(word, other):
                total += 0.85 * min(a[word], b[other])
                del rest[at]
                break
    return total


def _one_word(a: str, b: str) -> bool:
    """One word misspelt, in the plural, or shortened; numbers are never alike."""
    if a[0] != b[0] or a.isdigit() or b.isdigit():
        return False
    if min(len(a), len(b)) >= 3 and (a.startswith(b) or b.startswith(a)):
        return True
    return len(a) > 3 < len(b) and JaroWinkler.similarity(a, b) >= 0.9


def _form_level(a: tuple[Name, ...], b: tuple[Name, ...]) -> str:
    forms, others = {name.form for name in a if name.form}, {name.form for name in b if name.form}
    return MISSING if not forms or not others else "same" if forms & others else "differs"


def _licence_level(a: frozenset[tuple[str, str]], b: frozenset[tuple[str, str]]) -> str:
    """A shared licence; to hold different ones says nothing, a business may have several."""
    return "same" if a & b else MISSING


def _vetoes(a: Business, b: Business) -> tuple[Evidence, ...]:
    found = []
    if a.level and b.level and a.level != b.level:
        found.append(Evidence("veto_level", f"a {a.level} is no {b.level}"))
    if any(b.exclusive.get(key, value) != value for key, value in a.exclusive.items()):
        found.append(Evidence("veto_identifier", "one authority gave them different numbers"))
    if _apart(a.until, b.since) or _apart(b.until, a.since):
        found.append(Evidence("veto_years", "one had ended before the other began"))
    return tuple(found)


def _apart(until: int | None, since: int | None) -> bool:
    return until is not None and since is not None and until < since
