"""A register's addresses held in memory: identifiers by normalised address, found exactly or nearly.

Found exactly by postcode, number and street, the number in a range of the same side of the street
too. Else nearly, among the streets that have this number in this postcode; else in another
postcode of the same city part. A number, a numeral or a single letter is never changed.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from resolvers.identity.addresses import AddressParts, AddressQuery, Evidence, Locale, Score
from resolvers.identity.scoring import score_parts

WIDEST = 400
"""House numbers of a range that are held one by one."""
_OTHER_POSTCODE = 0.7
_SECOND = 0.98
_LEAST = 0.75
_ONE_SLIP, _SURE = 0.83, 0.97
"""A street whose spelling scores this, and no other here: it is taken for the one."""


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier of the register and how well its address answers."""

    identifier: str
    score: Score


class AddressIndex:
    """Add a register's addresses, then find. Holds texts and identifiers, no rows."""

    __slots__ = ("_locale", "_numbers", "_parts", "_ranges", "_singles")

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._singles: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._ranges: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._numbers: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
        self._parts: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def add(self, identifier: str, parts: AddressParts) -> None:
        """One address of an identifier; it may have several, and share one with others."""
        area = parts.postcode or parts.city_part or ""
        street = parts.street
        for held, number in house_numbers(parts):
            table = self._ranges if held else self._singles
            _put(table, (area, number, street), identifier)
            self._streets(area, number, street)
            if parts.city_part:
                _put(self._parts, (parts.city_part, number, street), area)
                if parts.postcode:
                    self._streets(parts.city_part, number, street)

    def _streets(self, area: str, number: str, street: str) -> None:
        streets = self._numbers[area, number]
        if street not in streets:
            self._numbers[area, number] = (*streets, street)

    def find(self, query: AddressQuery) -> tuple[Found, ...]:
        """The best candidates, equally good: one where the answer is clear, none where there is none."""
        asked = query.parts
        if exact := self._exact(asked):
            evidence = (Evidence("address", f"{asked.number} {asked.street} agrees"),)
            return _all(exact, Score("MATCH", 1.0, evidence))
        for key in query.others:
            other = self._locale.parse_key(key)
            if other and (exact := self._exact(other)):
                evidence = (Evidence("other_address", f"{key} agrees"),)
                return _all(exact, Score("MATCH", _SECOND, evidence))
        return self._nearly(asked) or self._elsewhere(asked)

    def _exact(self, asked: AddressParts) -> tuple[str, ...]:
        """By postcode; where one side has none, by city part, if only one postcode there has it."""
        number, street = asked.number, asked.street
        if asked.postcode and (found := self._at(asked.postcode, number, street)):
            return found
        if not asked.city_part:
            return ()
        if found := self._at(asked.city_part, number, street):
            return found
        areas = () if asked.postcode else self._parts.get((asked.city_part, number, street), ())
        return self._at(areas[0], number, street) if len(areas) == 1 else ()

    def _at(self, area: str, number: str, street: str) -> tuple[str, ...]:
        key = (area, number, street)
        return self._singles.get(key) or self._ranges.get(key) or ()

    def _nearly(self, asked: AddressParts) -> tuple[Found, ...]:
        """Another spelling of the street, where this number and postcode have no better one."""
        area = asked.postcode or asked.city_part or ""
        best: tuple[float, list[tuple[str, Score]]] = (_LEAST, [])
        for street in self._numbers.get((area, asked.number), ()):
            score = score_parts(asked, replace(asked, street=street))
            if score.state and score.confidence > best[0]:
                best = (score.confidence, [(street, score)])
            elif score.state and score.confidence == best[0]:
                best[1].append((street, score))
        if len(best[1]) == 1:
            best = (best[0], [(street, _only(score)) for street, score in best[1]])
        return tuple(
            found for street, score in best[1] for found in _all(self._exact(replace(asked, street=street)), score)
        )

    def _elsewhere(self, asked: AddressParts) -> tuple[Found, ...]:
        """The same number and street under one other postcode of the city part."""
        if not (asked.postcode and asked.city_part):
            return ()
        areas = self._parts.get((asked.city_part, asked.number, asked.street), ())
        if len(areas) != 1:
            return ()
        evidence = (Evidence("postcode", f"{asked.postcode} is not {areas[0]}; {asked.city_part} has no other"),)
        found = self._exact(replace(asked, postcode=areas[0]))
        return _all(found, Score("POSSIBLE", _OTHER_POSTCODE, evidence))


def house_numbers(parts: AddressParts) -> Iterator[tuple[bool, str]]:
    """Whether it is one of a range, and the number; a range is of one side of the street."""
    if parts.high and parts.number.isdigit() and 0 < int(parts.high) - int(parts.number) <= WIDEST:
        low, high = int(parts.number), int(parts.high)
        yield from ((True, str(number)) for number in range(low, high + 1, 2 if (high - low) % 2 == 0 else 1))
    else:
        yield False, parts.number


def _only(score: Score) -> Score:
    """The score of the only street that is like the one asked for."""
    slight = ("street_spelling", "street_spacing", "direction_spelling")
    if score.confidence < _ONE_SLIP or not any(each.rule in slight for each in score.evidence):
        return score
    alone = Evidence("only_one", "no other street here is like it")
    return Score("MATCH", max(_SURE, score.confidence), (*score.evidence, alone))


def _put(table: dict[tuple[str, str, str], tuple[str, ...]], key: tuple[str, str, str], value: str) -> None:
    there = table.get(key, ())
    if value not in there:
        table[key] = (*there, value)


def _all(identifiers: tuple[str, ...], score: Score) -> tuple[Found, ...]:
    return tuple(Found(identifier, score) for identifier in identifiers)
