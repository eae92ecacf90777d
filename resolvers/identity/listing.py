"""A register's addresses in little memory: by area and street, which identifiers have a number.

An area is a postcode, or a city part where the register has no postcode. What many addresses
share (areas, streets, the identifier of a lot with several doors) is kept once.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from string import ascii_uppercase
from sys import intern
from typing import NamedTuple, TypeAlias

from resolvers.identity.addresses import AddressParts

WIDEST = 400
"""House numbers further apart are no range."""

_SHARED = 0.2
"""The share of its streets that an area has in common with a neighbour."""

Held: TypeAlias = str | tuple[str, ...]


class Range(NamedTuple):
    """Numbers from `low` to `high`; every second one where `step` is 2: one side of the street."""

    low: int
    high: int
    step: int
    identifier: str


class Houses:
    """The numbers of one street in one area."""

    __slots__ = ("ranges", "single")

    def __init__(self) -> None:
        self.single: dict[str, Held] = {}
        self.ranges: list[Range] = []

    def at(self, number: str) -> tuple[str, ...]:
        """The identifiers of a number: what has it as its own before what has it in a range."""
        held = self.single.get(number)
        if held is not None:
            return (held,) if isinstance(held, str) else held
        if not self.ranges or not number.isdigit():
            return ()
        n = int(number)
        found = (r.identifier for r in self.ranges if r.low <= n <= r.high and (n - r.low) % r.step == 0)
        return tuple(dict.fromkeys(found))


class Listing:
    """Add addresses, then look them up. Holds texts and identifiers, no rows."""

    __slots__ = ("_areas", "_names", "_parts", "_streets")

    def __init__(self) -> None:
        self._areas: dict[str, dict[str, Houses]] = {}
        self._parts: dict[str, set[str]] = {}
        self._streets: dict[str, tuple[str, ...]] = {}
        self._names: list[str] = []

    def add(self, identifier: str, parts: AddressParts) -> None:
        """One address of an identifier; it may have several, and share one with others."""
        area, street = intern(parts.postcode or parts.city_part or ""), intern(parts.street)
        streets = self._areas.setdefault(area, {})
        if street not in streets:
            streets[street] = Houses()
            self._name(street, area)
        if parts.city_part:
            self._parts.setdefault(intern(parts.city_part), set()).add(area)
        reach = number_range(parts)
        if reach is None:
            _put(streets[street].single, intern(parts.number), identifier)
        else:
            found = Range(*reach, identifier)
            if found not in streets[street].ranges:
                streets[street].ranges.append(found)

    def _name(self, street: str, area: str) -> None:
        if street not in self._streets:
            insort(self._names, street)
        self._streets[street] = (*self._streets.get(street, ()), area)

    def at(self, area: str, number: str, street: str) -> tuple[str, ...]:
        """The identifiers of an address in an area."""
        houses = self._areas.get(area, _NONE).get(street)
        return houses.at(number) if houses is not None else ()

    def lettered(self, area: str, number: str, street: str) -> list[str]:
        """The numbers of an address in an area that differ by a letter behind them: 12A for 12, 12 for 12A."""
        houses = self._areas.get(area, _NONE).get(street)
        bare = number.rstrip(ascii_uppercase)
        if houses is None or not bare.isdigit():
            return []
        if bare != number:
            return [bare] if houses.at(bare) else []
        return [each for each in houses.single if each[:-1] == number and each[-1].isalpha()]

    def areas(self, number: str, street: str, city_part: str | None = None) -> list[str]:
        """The areas in which a street has a number, of one city part only where it is given."""
        inside = self._parts.get(city_part, _NOWHERE) if city_part is not None else None
        return [
            area
            for area in self._streets.get(street, ())
            if (inside is None or area in inside) and self._areas[area][street].at(number)
        ]

    def neighbours(self, one: str, other: str) -> bool:
        """Whether two areas have many streets in common."""
        a, b = self._areas.get(one, _NONE), self._areas.get(other, _NONE)
        return bool(a and b) and len(a.keys() & b.keys()) >= _SHARED * min(len(a), len(b))

    def streets(self, area: str, number: str) -> list[str]:
        """The streets that have a number: those of an area, or of a whole city part."""
        areas = (area,) if area in self._areas else self._parts.get(area, ())
        found = (street for each in areas for street, houses in self._areas[each].items() if houses.at(number))
        return list(dict.fromkeys(found))

    def beginning(self, text: str) -> Iterator[str]:
        """The names of streets that begin with a text, in their order."""
        for at in range(bisect_left(self._names, text), len(self._names)):
            if not self._names[at].startswith(text):
                return
            yield self._names[at]

    def part_of(self, area: str) -> str | None:
        """The city part that an area lies in, where an address there said so."""
        return next((part for part, areas in self._parts.items() if area in areas), None)


_NONE: dict[str, Houses] = {}
_NOWHERE: frozenset[str] = frozenset()


def number_range(parts: AddressParts) -> tuple[int, int, int] | None:
    """Low, high and step of a range of numbers; a range of one parity is one side of the street."""
    if not (parts.high and parts.high.isdigit() and parts.number.isdigit()):
        return None
    low, high = int(parts.number), int(parts.high)
    return (low, high, 2 if (high - low) % 2 == 0 else 1) if 0 < high - low <= WIDEST else None


def house_numbers(parts: AddressParts) -> Iterator[str]:
    """Every number of an address: of a range all that lie in it."""
    reach = number_range(parts)
    if reach is None:
        yield parts.number
    else:
        yield from map(str, range(reach[0], reach[1] + 1, reach[2]))


def _put(table: dict[str, Held], number: str, identifier: str) -> None:
    there = table.get(number)
    if there is None:
        table[number] = identifier
    elif identifier != there and identifier not in (there if isinstance(there, tuple) else (there,)):
        table[number] = (*((there,) if isinstance(there, str) else there), identifier)
