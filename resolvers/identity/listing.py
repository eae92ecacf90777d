"""A register's addresses in little memory: by area and street, which identifiers have a number.

An area is a postcode, or a city part where the register has no postcode. What many addresses
share (areas, streets, the identifier of a lot with several doors) is kept once.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from string import ascii_uppercase
from sys import intern
from typing import NamedTuple, TypeAlias

from resolvers.identity.addresses import AddressParts

WIDEST = 400
"""House numbers further apart are no range."""

REACH = 100
"""As far as a house is looked for on either side of a number that nobody has."""

_DENIED = 2
"""Others that have numbers within a range, from which on it is not believed."""

_STRETCH = 32
"""Ranges are found by the stretches of so many numbers that they reach into."""

_SHARED = 0.2
"""The share of its streets that an area has in common with a neighbour."""

_BEHIND = (*ascii_uppercase, *(f" {part}/{whole}" for part in "123" for whole in "2348"))

Held: TypeAlias = str | tuple[str, ...]


class Range(NamedTuple):
    """Numbers from `low` to `high`; every second one where `step` is 2: one side of the street. `holder`
    is what has them: an identifier in a street, a street in an area."""

    low: int
    high: int
    step: int
    holder: str

    def surrounds(self, other: "Range") -> bool:
        """Whether another range lies within this one."""
        return self.low <= other.low and other.high <= self.high and self[:2] != other[:2]


class Houses:
    """The numbers of one street in one area; `ranges` in order, none wider than `widest`; `lettered` where a
    number has more than digits."""

    __slots__ = ("lettered", "ranges", "single", "widest")

    def __init__(self) -> None:
        self.single: dict[str, Held] = {}
        self.ranges: list[Range] = []
        self.lettered = False
        self.widest = 0

    def add_range(self, new: Range) -> bool:
        """Whether it was not there."""
        at = bisect_left(self.ranges, new)
        if self.ranges[at : at + 1] == [new]:
            return False
        self.ranges.insert(at, new)
        self.widest = max(self.widest, new.high - new.low)
        return True

    def at(self, number: str, high: str | None = None) -> tuple[str, ...]:
        """The identifiers of a number: what has the very range that it begins, what has it as its own,
        what has it in a range, the innermost one: 2518 to 2520 says more of 2518 than 2502 to 2522.
        Where several others have numbers of their own within a range, it says nothing but its ends."""
        if high and self.ranges and number.isdigit() and high.isdigit():
            ends = int(number), int(high)
            if same := [each.holder for each in self.ranges if each[:2] == ends]:
                return tuple(dict.fromkeys(same))
        held = self.single.get(number)
        if held is not None:
            return (held,) if isinstance(held, str) else held
        if not self.ranges or not number.isdigit():
            return ()
        n = int(number)
        begin = bisect_left(self.ranges, (n - self.widest,))
        near = self.ranges[begin : bisect_left(self.ranges, (n + 1,), begin)]
        having = [r for r in near if n <= r.high and (n - r.low) % r.step == 0]
        inner = [r for r in having if not any(r.surrounds(other) for other in having)] if len(having) > 1 else having
        return tuple(dict.fromkeys(r.holder for r in inner if n in r[:2] or not self._denied(r)))

    def beside(self, number: int, way: int) -> tuple[int, tuple[str, ...]] | None:
        """The nearest number on one side of the street before another (`way` -1) or behind it (1), and who
        has it; None where none is near."""
        ends = [*self._ends(number, way)] if self.ranges else []
        if (single := self._single(number, way)) is not None:
            ends.append(single)
        near = min(ends, key=lambda each: abs(each - number), default=None)
        return (near, self.at(str(near))) if near is not None else None

    def _single(self, number: int, way: int) -> int | None:
        """The nearest number that is no range's, on one side of the street."""
        numbers = map(str, range(number + 2 * way, number + (REACH + 1) * way, 2 * way))
        found = next(filter(self.single.__contains__, numbers), None) if self.single else None
        return int(found) if found is not None else None

    def _ends(self, number: int, way: int) -> Iterator[int]:
        """The ends of ranges on one side of the street that are near before a number or behind it."""
        begin = bisect_left(self.ranges, (number - REACH - self.widest,))
        for each in self.ranges[begin : bisect_left(self.ranges, (number + REACH + 1,), begin)]:
            if each.step == 1 or (each.low - number) % 2 == 0:
                ends = each.low + (each.low - number) % 2, each.high - (each.high - number) % 2
                yield from [end for end in ends if 0 < (end - number) * way <= REACH]

    def _denied(self, reach: Range) -> bool:
        """Whether others have numbers of their own within a range."""
        others = set()
        for number in range(reach.low + reach.step, reach.high, reach.step):
            held = self.single.get(str(number), reach.holder)
            if reach.holder not in (held if isinstance(held, tuple) else (held,)):
                others.add(held)
                if len(others) == _DENIED:
                    return True
        return False


class Area:
    """The streets of one area, and which of them have a number."""

    __slots__ = ("_by_number", "_ranged", "streets")

    def __init__(self) -> None:
        self.streets: dict[str, Houses] = {}
        self._by_number: dict[str, Held] = {}
        self._ranged: dict[int, list[Range]] = {}

    def add(self, parts: AddressParts, identifier: str) -> bool:
        """One address; whether its street is new here."""
        street, number, reach = intern(parts.street), intern(parts.number), number_range(parts)
        new = street not in self.streets
        houses = self.streets.setdefault(street, Houses())
        if reach is None:
            _put(houses.single, number, identifier)
            houses.lettered = houses.lettered or not number.isdigit()
            _put(self._by_number, number, street)
        elif houses.add_range(Range(*reach, identifier)):
            ranged = Range(*reach, street)
            for stretch in range(ranged.low // _STRETCH, ranged.high // _STRETCH + 1):
                self._ranged.setdefault(stretch, []).append(ranged)
        return new

    def having(self, number: str) -> Sequence[str]:
        """The streets that have a number, as a house's own or in a range."""
        held = self._by_number.get(number, ())
        own = (held,) if isinstance(held, str) else held
        ranged = self._ranged.get(int(number) // _STRETCH) if self._ranged and number.isdigit() else None
        if not ranged:
            return own
        n = int(number)
        return [*own, *[holder for low, high, step, holder in ranged if low <= n <= high and (n - low) % step == 0]]


class Listing:
    """Add addresses, then look them up. Holds texts and identifiers, no rows."""

    __slots__ = ("_areas", "_around", "_in_order", "_parts", "_streets")

    def __init__(self) -> None:
        self._areas: dict[str, Area] = {}
        self._parts: dict[str, set[str]] = {}
        self._streets: dict[str, tuple[str, ...]] = {}
        self._in_order: list[str] = []
        self._around: dict[str, tuple[str, ...]] = {}

    def add(self, identifier: str, parts: AddressParts) -> None:
        """One address of an identifier; it may have several, and share one with others."""
        name = intern(parts.postcode or parts.city_part or "")
        if self._areas.setdefault(name, Area()).add(parts, identifier):
            street = intern(parts.street)
            self._streets[street] = (*self._streets.get(street, ()), name)
            self._around.clear()
        if parts.city_part:
            self._parts.setdefault(intern(parts.city_part), set()).add(name)

    def at(self, area: str, number: str, street: str, high: str | None = None) -> tuple[str, ...]:
        """The identifiers of an address in an area; `high` ends a range."""
        houses = self._areas.get(area, _NOWHERE).streets.get(street)
        return houses.at(number, high) if houses is not None else ()

    def known(self, area: str) -> Collection[str]:
        """The streets of an area."""
        return self._areas.get(area, _NOWHERE).streets.keys()

    def lettered(self, area: str, number: str, street: str) -> list[str]:
        """The numbers of an address in an area that differ by a letter or half a number behind them: 12A
        for 12, 12 for 12A or for 12 1/2."""
        houses = self._areas.get(area, _NOWHERE).streets.get(street)
        bare = bare_number(number)
        if houses is None or not bare.isdigit():
            return []
        if bare != number:
            return [bare] if houses.at(bare) else []
        return [number + behind for behind in _BEHIND if number + behind in houses.single] if houses.lettered else []

    def between(self, area: str, street: str, low: int, high: int) -> tuple[int, int, tuple[str, ...]] | None:
        """The nearest numbers before and behind others on their side of a street, where the same identifiers
        have both, and those."""
        houses = self._areas.get(area, _NOWHERE).streets.get(street)
        before = houses.beside(low, -1) if houses is not None else None
        behind = houses.beside(high, 1) if houses is not None and before is not None else None
        return (before[0], *behind) if before and behind and before[1] == behind[1] else None

    def areas(self, number: str, street: str, city_part: str | None = None) -> list[str]:
        """The areas in which a street has a number, of one city part only where it is given."""
        return [area for area in self.passed(street, city_part) if self._areas[area].streets[street].at(number)]

    def passed(self, street: str, city_part: str | None = None) -> list[str]:
        """The areas that a street passes through, of one city part only where it is given."""
        areas = self._streets.get(street, ())
        if city_part is None or not areas:
            return list(areas)
        inside = self._parts.get(city_part, ())
        return [area for area in areas if area in inside]

    def neighbours(self, one: str, other: str) -> bool:
        """Whether two areas have many streets in common."""
        a, b = self._areas.get(one, _NOWHERE).streets, self._areas.get(other, _NOWHERE).streets
        return bool(a and b) and len(a.keys() & b.keys()) >= _SHARED * min(len(a), len(b))

    def around(self, area: str, city_part: str) -> tuple[str, ...]:
        """The neighbours of an area in a city part, which are looked for once."""
        if area not in self._around:
            others = (each for each in self._parts.get(city_part, ()) if each != area)
            self._around[area] = tuple(sorted(each for each in others if self.neighbours(area, each)))
        return self._around[area]

    def streets(self, area: str, number: str) -> list[str]:
        """The streets that have a number: those of an area, or of a whole city part."""
        if area in self._areas:
            return list(dict.fromkeys(self._areas[area].having(number)))
        areas = self._parts.get(area, ())
        return list(dict.fromkeys(street for each in areas for street in self._areas[each].having(number)))

    def beginning(self, number: str, texts: tuple[str, ...]) -> set[tuple[str, str]]:
        """Street and area wherever a number is in a street that begins with one of the texts: looked for
        by street or by area, of whichever there are fewer."""
        streets = {street for text in texts for street in self._begin(text)}
        if len(streets) < len(self._areas):
            return {(street, area) for street in streets for area in self.areas(number, street)}
        return {
            (street, name)
            for name, area in self._areas.items()
            for street in area.having(number)
            if street.startswith(texts)
        }

    def _begin(self, text: str) -> Sequence[str]:
        """The streets that begin with a text."""
        if len(self._in_order) != len(self._streets):
            self._in_order = sorted(self._streets)
        begin = bisect_left(self._in_order, text)
        return self._in_order[begin : bisect_left(self._in_order, f"{text}\x7f", begin)]

    def part_of(self, area: str) -> str | None:
        """The city part that an area lies in, where an address there said so."""
        return next((part for part, areas in self._parts.items() if area in areas), None)


_NOWHERE = Area()


def bare_number(number: str) -> str:
    """A number without its letter or its half."""
    return number.partition(" ")[0].rstrip(ascii_uppercase)


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
