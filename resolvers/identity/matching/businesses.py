"""Businesses: their record, prepared once, and the levels of two of them.

A company and its sites are different levels: they are never the same. Nor are two that hold
different numbers of one authority which gives each business one, or whose years do not meet:
successive businesses at one address.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from rapidfuzz.distance import Indel

from resolvers.identity.addresses import AddressParts, Evidence
from resolvers.identity.matching.contacts import phone, phone_level
from resolvers.identity.matching.frequency import Frequencies, business_words
from resolvers.identity.matching.model import MISSING, Findings
from resolvers.identity.matching.places import Place, address_level, place, postcode_level
from resolvers.identity.matching.trade_names import Name, companies_of, prepared, shared_bits, site_number

_TRADING = re.compile(r"\b(?:D/B/A|DBA|T/A|TRADING AS|DOING BUSINESS AS)\b[:.]?", re.I)
TELLING = 11.0
"""Bits of shared words from which a name tells businesses apart."""
_LITTLE = 0.6
"""Likeness of all letters from which on two names have a little in common."""
_ORDER = ("same", "same_common", "contained", "close", "contained_common", "partial", "shares", "little", "differs")
_RANK: Mapping[str, int] = MappingProxyType({MISSING: len(_ORDER)} | {level: at for at, level in enumerate(_ORDER)})
_STRONG, _WEAK = frozenset({"same", "contained", "close"}), frozenset({"partial", "shares", "little", "differs"})


@dataclass(frozen=True, slots=True)
class Business:
    """A business's record, prepared. `level` is "company", "site" or "" where that is not known;
    `since` and `until` are the years that it is known for; `exclusive` holds, by authority, the
    identifier that the authority gives a business one of; `licences` any others, as they are; `forms` are
    the legal forms of the legal names."""

    trade: tuple[Name, ...] = ()
    legal: tuple[Name, ...] = ()
    forms: frozenset[str] = frozenset()
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
    halves = [_TRADING.split(html.unescape(text), maxsplit=1) for text in legal if text.strip()]
    companies = _prepared((each for half in halves for each in companies_of(half[0])), known)
    trading = [half for text in trade for half in _TRADING.split(html.unescape(text), maxsplit=1)]
    shops = _prepared([*trading, *(half[1] for half in halves if len(half) > 1)], known)
    return Business(
        shops,
        companies,
        frozenset(name.form for name in companies if name.form),
        next((found for text in (*trade, *legal) if (found := site_number(text))), ""),
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


def compare(a: Business, b: Business) -> Findings:
    """The levels of two businesses; `crossed` compares trading names with legal ones."""
    trade, legal, crossed = _names(a, b)
    levels = {
        "trade": trade,
        "legal": legal,
        "crossed": crossed,
        "form": MISSING if not (a.forms and b.forms) else "same" if a.forms & b.forms else "differs",
        "site": MISSING if not (a.site and b.site) else "same" if a.site == b.site else "differs",
        "address": address_level(a.address, b.address),
        "postcode": postcode_level(a.postcode, b.postcode),
        "phone": phone_level(a.phones, b.phones) if a.phones and b.phones else MISSING,
        "identifier": _licence_level(a.licences, b.licences) if a.licences and b.licences else MISSING,
    }
    return Findings(levels, _vetoes(a, b))


def _names(a: Business, b: Business) -> tuple[str, str, str]:
    """Trading names, legal names, and one with the other: a name that differs says less where the other
    record has it in the other place, and two that have changed places say more."""
    trade = name_level(a.trade, b.trade) if a.trade and b.trade else MISSING
    legal = name_level(a.legal, b.legal) if a.legal and b.legal else MISSING
    one = name_level(a.trade, b.legal) if a.trade and b.legal else MISSING
    other = name_level(a.legal, b.trade) if a.legal and b.trade else MISSING
    crossed = _better(one, other)
    if crossed not in _STRONG or (trade not in _WEAK and legal not in _WEAK):
        return trade, legal, crossed
    if one in _STRONG and other in _STRONG and trade in _WEAK and legal in _WEAK:
        crossed = "both"
    return ("exchanged" if trade in _WEAK else trade), ("exchanged" if legal in _WEAK else legal), crossed


def name_level(a: tuple[Name, ...], b: tuple[Name, ...]) -> str:
    """The best level between any two of the names."""
    if len(a) == 1 == len(b):
        return _pair_level(a[0], b[0])
    best = MISSING
    for one in a:
        for other in b:
            level = _pair_level(one, other)
            if level == "same":
                return level
            if _RANK[level] < _RANK[best]:
                best = level
    return best


def _better(one: str, other: str) -> str:
    return one if _RANK[one] <= _RANK[other] else other


def _pair_level(a: Name, b: Name) -> str:
    one, other = a.joined, b.joined
    if one == other:
        return "same" if a.total >= TELLING else "same_common"
    shared = 0.0 if a.initials.isdisjoint(b.initials) else shared_bits(a, b)
    least, both = a.total if a.total <= b.total else b.total, a.total + b.total
    if shared >= 0.97 * least or (len(one) > 4 < len(other) and (one in other or other in one)):
        return "contained" if max(shared, min(least, 9.0)) >= TELLING else "contained_common"
    dice = 2 * shared / both if both else 0.0
    if dice >= 0.8:
        return "close"
    spelled = Indel.normalized_similarity(one, other, score_cutoff=_LITTLE)
    if spelled >= 0.88:
        return "close"
    if dice >= 0.5 or spelled >= 0.75:
        return "partial"
    if shared >= TELLING:
        return "shares"
    return "little" if dice >= 0.2 or spelled else "differs"


def _licence_level(a: frozenset[tuple[str, str]], b: frozenset[tuple[str, str]]) -> str:
    """A shared licence; to hold different ones says nothing, a business may have several."""
    return "same" if a & b else MISSING


def _vetoes(a: Business, b: Business) -> tuple[Evidence, ...]:
    if not (a.level or a.exclusive or a.since or a.until):
        return ()
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
