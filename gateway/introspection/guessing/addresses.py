"""Columns that hold an address: a line, or house number and street, with postcode and borough.

A table often has several addresses (the place, the owner's, an agent's). Columns whose headings
share what is left beside the words for parts belong together; an address of somebody is taken only
where there is no other.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from gateway.introspection.guessing import hints
from gateway.introspection.guessing.drafts import DraftKey
from gateway.introspection.guessing.identifiers import Cells
from gateway.introspection.guessing.schemes import ADDRESS

_LINE = re.compile(r"(?:[0-9][0-9A-Z/ -]*|[NSEW]) ?[^0-9].*", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+[A-Z]?(?:[-/ ][0-9A-Z/]+)*(?: [A-Z]+)?", re.IGNORECASE)
_STREET = re.compile(r".*[A-Za-z].*")
_POSTCODE = re.compile(r"[0-9]{5}(?:[- ]?[0-9]{4})?|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[0-9]{4} ?[A-Z]{0,2}")
_REGION = re.compile(r"[A-Z]{2}")


def _all(text: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split("+")) for each in text.split())


_PARTS: Mapping[str, tuple[tuple[frozenset[str], ...], re.Pattern[str], float]] = MappingProxyType(
    {
        "number": (
            _all(
                "house+number house+no house+num housenumber house+nbr building+number building+no hnum bldgno1 bldgno "
                "street+number streetnumber address+building house number building housenum address+house+no"
            ),
            _NUMBER,
            0.8,
        ),
        "street": (
            _all("street+name streetname str+name address+street street1 street house+street road+name stname strname"),
            _STREET,
            0.95,
        ),
        "line": (
            _all("street+address address1 address+line1 address+line+1 addrline1 addr+line1 address+1 address addr"),
            _LINE,
            0.7,
        ),
        "postcode": (_all("zip zipcode postcode post+code postal+code zip5"), _POSTCODE, 0.9),
        "unit": (_all("apartment+number apartment apt unit+number address2 address+2 apt+num"), _STREET, 0.0),
        "borough": (_all("borough+name borough boro"), _STREET, 0.9),
        "city": (_all("city"), _STREET, 0.9),
        "region": (_all("state"), _REGION, 0.9),
    }
)
_BESIDE = frozenset({"name", "no", "number", "code", "of", "the", "full"})
_NOT = frozenset(
    {
        "low",
        "high",
        "type",
        "class",
        "id",
        "email",
        "secondary",
        "cross",
        "code",
        "structure",
        "2",
        "url",
        "cleaned",
        "city",
    }
    | {"geosearch", "status", "count", "total", "units", "park", "highway", "ip", "web"}
)


def found(columns: Sequence[Cells]) -> DraftKey | None:
    """The address of a table; None where no columns make one."""
    candidates = [key for group in _groups(columns) if (key := _key(group)) is not None]
    return max(candidates, key=lambda rated: rated[0])[1] if candidates else None


def _groups(columns: Sequence[Cells]) -> Iterator[tuple[frozenset[str], Mapping[str, Cells]]]:
    """The parts found among columns with one rest of their headings, completed by columns without
    any rest and without a part of another address."""
    by_rest: dict[frozenset[str], dict[str, Cells]] = {}
    for part, (headings, values, share) in _PARTS.items():
        for heading in headings:
            for each in columns:
                rest = _rest(each.heading, heading, part)
                if rest is not None and _fits(each, values, share):
                    by_rest.setdefault(rest, {}).setdefault(part, each)
    for rest, parts in by_rest.items():
        if "line" in parts or {"number", "street"} <= parts.keys():
            yield rest, {**by_rest.get(frozenset(), {}), **parts} if not _of_somebody(rest) else parts


def _rest(heading: Sequence[str], wanted: frozenset[str], part: str) -> frozenset[str] | None:
    """What else a heading says; None where it is not one of this part."""
    if not wanted <= set(heading):
        return None
    rest = frozenset(heading) - wanted - _BESIDE
    return None if rest & (_NOT - wanted) else rest


def _fits(each: Cells, values: re.Pattern[str], share: float) -> bool:
    texts = [str(value).strip().upper() for value in each.decoded if value not in (None, "")]
    return bool(texts) and sum(bool(values.fullmatch(text)) for text in texts) >= share * len(texts)


def _of_somebody(rest: Collection[str]) -> bool:
    roles = hints.PERSON_ROLE | {"business", "filing", "mailing", "process", "registered", "corporation"}
    return bool(set(rest) & roles)


def _key(group: tuple[frozenset[str], Mapping[str, Cells]]) -> tuple[tuple[object, ...], DraftKey] | None:
    rest, parts = group
    exact = {"number", "street"} <= parts.keys()
    chosen = ["number", "street"] if exact else ["line"]
    if not any(name in parts for name in ("postcode", "borough", "city")) and not exact:
        return None
    names = [name for name in (*chosen, "unit", "postcode", "city", "borough") if name in parts]
    made = {name: parts[name].column.name for name in names}
    states = {value for value in parts["region"].decoded if value} if "region" in parts else set()
    if len(states) == 1 and (state := str(next(iter(states)))).isupper():
        made["region"] = state
    somebody = _of_somebody(rest)
    why = (
        [f"this seems to be the address of somebody ({' '.join(sorted(rest))}), not of the record"] if somebody else []
    )
    if "postcode" not in made:
        why.append("there is no postcode: such an address is found less often")
    rating = (not somebody, "postcode" in made, not rest, exact, -len(rest))
    return rating, DraftKey(ADDRESS, "Address", parts=MappingProxyType(made), why=tuple(why))
