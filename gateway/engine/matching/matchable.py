"""Which datasets tell businesses apart: those with a name of a business and an identifier of one.

All of it follows from what the catalogue declares anyway – keys, claims, the days of a tie. A
dataset under terms of use, or that needs a scope, is never compared, nor one that may not be in one
answer with another; nor is a column that is not public, except for a name that may be a person's, of
which those values are left out that may be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.engine.bindings import Binding, Bindings
from gateway.engine.matching.quality import KeyQuality
from resolvers.city import City, Table

ENTITY = "Business"


@dataclass(frozen=True, slots=True)
class Matchable:
    """A dataset whose rows tell of businesses: columns of names, telephones, and the first and last
    day of a tie to a place; the keys that name the business, and the place."""

    table: Table
    keys: tuple[Binding, ...]
    places: tuple[Binding, ...]
    trade: tuple[str, ...]
    legal: tuple[str, ...]
    phones: tuple[str, ...]
    since: str | None
    until: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are compared, and the keys."""
        reads = [column for binding in (*self.keys, *self.places) for column in binding.key.reads]
        days = [column for column in (self.since, self.until) if column]
        return tuple(dict.fromkeys((*reads, *self.trade, *self.legal, *self.phones, *days)))

    @property
    def official(self) -> bool:
        """Whether its identifiers are the agency's own, not what an applicant typed."""
        return not self.table.self_declared

    def key(self, scheme: str) -> Binding | None:
        """The key that holds identifiers of a scheme."""
        return next((binding for binding in self.keys if binding.scheme.name == scheme), None)


class Matching:
    """What a city lets be compared, by its catalogue."""

    def __init__(self, city: City, bindings: Bindings) -> None:
        barred = {name for table in city.tables.values() if table.protect for name in table.protect.never_with}
        found = (_matchable(table, bindings) for table in city.tables.values() if table.name not in barred)
        self.tables: Mapping[str, Matchable] = MappingProxyType({m.table.name: m for m in found if m is not None})
        self._schemes = city.schemes
        self.quality = KeyQuality()

    def level(self, scheme: str) -> str:
        """The level that a scheme's identifiers denote."""
        return self._schemes[scheme].level

    def one(self, scheme: str) -> bool:
        """Whether a business has one identifier of a scheme at most."""
        return not self._schemes[scheme].several

    def beside(self, schemes: Iterable[str]) -> frozenset[str]:
        """The schemes of the same level, by which the businesses of these are known elsewhere."""
        given = set(schemes)
        levels = {self.level(scheme) for scheme in given}
        carried = {b.scheme.name for matchable in self.tables.values() for b in matchable.keys}
        return frozenset(name for name in carried - given if self.level(name) in levels)

    def carrying(self, schemes: Iterable[str]) -> list[Matchable]:
        """The datasets with a key of one of these schemes, in the catalogue's order."""
        wanted = set(schemes)
        return [m for m in self.tables.values() if any(b.scheme.name in wanted for b in m.keys)]


def _matchable(table: Table, bindings: Bindings) -> Matchable | None:
    if table.access is not None or table.protect is not None:
        return None
    keys, places = (_open(bindings.of(table.name, entity)) for entity in (ENTITY, "Address"))
    trade, legal = (_claimed(table, name, personal=True) for name in ("trade_name", "legal_name"))
    if not keys or not (trade or legal):
        return None
    phones = _claimed(table, "phone", personal=False)
    tie = next((link for link in table.links if {link.source, link.target} == {ENTITY, "Address"}), None)
    since, until = (_public(table, day) for day in ((tie.since, tie.until) if tie else (None, None)))
    return Matchable(table, keys, places, trade, legal, phones, since, until)


def _open(bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    return tuple(b for b in bindings if all(b.table.dataset.columns[column].public for column in b.key.reads))


def _claimed(table: Table, attribute: str, *, personal: bool) -> tuple[str, ...]:
    """The columns of an attribute that are compared; with `personal` also those that hold persons' names
    beside others."""
    columns = (c.column for c in table.claims if (c.entity, c.attribute) == (ENTITY, attribute))
    declared = table.dataset.columns
    return tuple(
        column
        for column in columns
        if declared[column].public
        or (personal and declared[column].access is None and declared[column].personal == "person_name")
    )


def _public(table: Table, column: str | None) -> str | None:
    return column if column is not None and table.dataset.columns[column].public else None
