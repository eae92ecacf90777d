"""What a request may cost at most, told from its plan and its variables before anybody is asked.

A unit is one call to an agency. Ten identifiers, or ten rows, weigh as much; a dataset's `cost` in
the catalogue multiplies all three. Every request costs one unit at least. The estimate takes each
`first` and each list of ids at its word: it is what may come, not a forecast of what will.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any

from resolvers.city import City, Table

IN_CALL = 10
"""Identifiers or rows that weigh as much as one call."""

_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls to agencies, identifiers in them, rows that may come, and their weighted sum."""

    calls: int = 0
    keys: int = 0
    rows: int = 0
    units: int = 1


@dataclass(frozen=True, slots=True)
class Weights:
    """What the estimate needs of a city, by dataset: `cost`, the keys of one call, and how many
    of its keys are for each kind of entity; by kind of entity: its registers, and the datasets
    that a search of it asks; those by which businesses of several agencies are matched, and those that confirm
    what applicants typed; and the registers in which persons are compared."""

    cost: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    per_call: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    registers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    searched: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    matched: tuple[str, ...] = ()
    confirming: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()

    @classmethod
    def of(cls, city: City) -> "Weights":
        """The weights that a city's catalogue declares."""
        keys: dict[tuple[str, str], int] = {}
        for table in city.tables.values():
            for key in table.keys:
                entity = city.schemes[key.scheme].entity
                keys[table.name, entity] = keys.get((table.name, entity), 0) + 1
        registers = {entity: _registers(city, entity) for entity in ("Address", "Business", "Person")}
        searched = {entity: _named(city, entity) for entity in ("Business", "Person")}
        return cls(
            MappingProxyType({name: table.cost for name, table in city.tables.items()}),
            MappingProxyType({n: city.sources[t.dataset.source].keys_per_call for n, t in city.tables.items()}),
            MappingProxyType(keys),
            MappingProxyType(registers),
            MappingProxyType({"Address": registers["Address"], **searched}),
            _matched(city),
            tuple(table.name for table in _open(city) if not table.self_declared),
            _compared(city),
        )


def _registers(city: City, entity: str) -> tuple[str, ...]:
    found = [r.datasets for r in city.registers if city.schemes[r.scheme].entity == entity]
    return tuple(dict.fromkeys(name for datasets in found for name in datasets))


def _named(city: City, entity: str) -> tuple[str, ...]:
    """The datasets that claim names of a kind of entity."""
    names = ("trade_name", "legal_name", "full_name", "family_name")
    claiming = {t.name for t in city.tables.values() for c in t.claims if c.entity == entity and c.attribute in names}
    return tuple(name for name in city.tables if name in claiming)


def _matched(city: City) -> tuple[str, ...]:
    """The datasets by which businesses are matched: none where they have one kind of identifier only."""
    open_ = _open(city)
    carried = {key.scheme for table in open_ for key in table.keys if city.schemes[key.scheme].entity == "Business"}
    levels = [city.schemes[scheme].level for scheme in carried]
    return tuple(table.name for table in open_) if len(set(levels)) < len(levels) else ()


def _open(city: City) -> list[Table]:
    """The datasets in which businesses are compared, whoever asks."""
    named = (city.tables[name] for name in _named(city, "Business"))
    return [table for table in named if table.access is None and table.protect is None]


def _compared(city: City) -> tuple[str, ...]:
    """The registers that have persons' names and days of birth; none where there is one only."""
    claims = {name: {(c.entity, c.attribute) for c in table.claims} for name, table in city.tables.items()}
    named = [name for name in _registers(city, "Person") if ("Person", "birth_date") in claims[name]]
    return tuple(named) if len(named) > 1 else ()


@dataclass(frozen=True, slots=True)
class Size:
    """A number that the request gives: `constant`, or an integer or a list's length in a variable;
    more than `most` is refused later and counts as `most`."""

    constant: int
    variable: str | None = None
    most: int = 1_000

    def of(self, coerced: Mapping[str, Any]) -> int:
        """The number for these variables."""
        value = coerced.get(self.variable, self.constant) if self.variable is not None else self.constant
        number = value if isinstance(value, int) else len(value) if isinstance(value, list) else self.constant
        return min(max(number, 0), self.most)


@dataclass(frozen=True, slots=True)
class Ask:
    """One dataset asked for every entity of a batch. `rows` are the sizes whose product comes for
    each of them and `more` what is added to it (a page asks for one row more, to know whether there
    is another page); `keys` is by how many of its keys it is asked, `path` the field that wants it."""

    path: str
    weight: int
    per_call: int
    keys: int = 1
    rows: tuple[int, ...] = ()
    more: int = 0


@dataclass(slots=True)
class Batch:
    """Entities that are worked on together: for each of the batch above the product of the sizes
    `count`. With `either` only one of those below happens."""

    count: tuple[int, ...] = ()
    asks: list[Ask] = field(default_factory=list)
    below: "list[Batch]" = field(default_factory=list)
    either: bool = False


_Sum = tuple[int, int, int, int]  # calls, keys, rows, and tenths of units


class Sheet:
    """A plan's cost as a function of its sizes. `sizes` are counted in `Batch` and `Ask` by index."""

    __slots__ = ("_known", "_roots", "_sizes", "_varying")

    def __init__(self, roots: list[Batch], sizes: list[Size]) -> None:
        self._roots, self._sizes = roots, tuple(sizes)
        self._varying = tuple(size for size in sizes if size.variable is not None)
        self._known: dict[tuple[int, ...], Cost] = {}

    def cost(self, coerced: Mapping[str, Any]) -> Cost:
        """The cost for coerced variables (`VariableValues.coerced`)."""
        varying = tuple([size.of(coerced) for size in self._varying])
        found = self._known.get(varying)
        if found is None:
            found = self._counted(coerced)
            if len(self._known) < _REMEMBERED:
                self._known[varying] = found
        return found

    def _counted(self, coerced: Mapping[str, Any]) -> Cost:
        given = [size.of(coerced) for size in self._sizes]
        calls, keys, rows, tenths = _added(_sum(root, 1, given) for root in self._roots)
        return Cost(calls, keys, rows, max(1, -(-tenths // IN_CALL)))

    def dearest(self, coerced: Mapping[str, Any]) -> tuple[str, int] | None:
        """The field that costs most, and its units; None where nobody is asked."""
        given = [size.of(coerced) for size in self._sizes]
        found: dict[str, int] = {}
        for root in self._roots:
            _by_path(root, 1, given, found)
        if not found:
            return None
        path = max(found, key=found.__getitem__)
        return path, -(-found[path] // IN_CALL)


def _added(sums: Any) -> _Sum:
    calls = keys = rows = tenths = 0
    for one in sums:
        calls, keys, rows, tenths = calls + one[0], keys + one[1], rows + one[2], tenths + one[3]
    return calls, keys, rows, tenths


def _entities(batch: Batch, above: int, given: list[int]) -> int:
    return above * prod(given[index] for index in batch.count)


def _sum(batch: Batch, above: int, given: list[int]) -> _Sum:
    entities = _entities(batch, above, given)
    own = _added(_asked(ask, entities, given) for ask in batch.asks)
    below = [_sum(each, entities, given) for each in batch.below]
    if batch.either and below:
        below = [max(below, key=lambda each: each[3])]
    return _added([own, *below])


def _asked(ask: Ask, entities: int, given: list[int]) -> _Sum:
    if not entities:
        return 0, 0, 0, 0
    calls, keys = ask.keys * -(-entities // ask.per_call), ask.keys * entities
    rows = entities * (prod(given[index] for index in ask.rows) + ask.more)
    return calls, keys, rows, ask.weight * (IN_CALL * calls + keys + rows)


def _by_path(batch: Batch, above: int, given: list[int], found: dict[str, int]) -> None:
    entities = _entities(batch, above, given)
    for ask in batch.asks:
        found[ask.path] = found.get(ask.path, 0) + _asked(ask, entities, given)[3]
    for each in batch.below:
        _by_path(each, entities, given, found)
