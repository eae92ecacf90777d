"""Which registers tell persons apart well enough to bring them together with another agency's.

A register that says who exists, and has the name and the day of birth of each. One that may not be in
an answer with other datasets is left out: matching would bring it in where nobody asked for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.engine.bindings import Binding, Bindings
from gateway.engine.person_names import NAMES, claimed, names_in
from resolvers.city import City, Table

ENTITY = "Person"


@dataclass(frozen=True, slots=True)
class PersonRegister:
    """A register of persons: the key that names them, the columns of their names and day of birth, and
    the columns that the agency keeps back of some."""

    table: Table
    key: Binding
    names: tuple[str, ...]
    born: str
    withheld: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read to compare a row, and to see whether the agency keeps anything of it back."""
        return tuple(dict.fromkeys((*self.key.key.reads, *self.names, self.born, *self.withheld)))


class PersonRegisters:
    """The registers of a city, by the scheme of their numbers."""

    def __init__(self, city: City, bindings: Bindings) -> None:
        apart = {name for table in city.tables.values() for name in _never_with(table)}
        found: dict[str, PersonRegister] = {}
        for scheme, datasets in bindings.registers.items():
            for name in datasets if city.schemes[scheme].entity == ENTITY else ():
                register = _register(city.tables[name], scheme, bindings)
                if register is not None and name not in apart and not _never_with(register.table):
                    found.setdefault(scheme, register)
        self.by_scheme: Mapping[str, PersonRegister] = MappingProxyType(found)

    def beside(self, schemes: Iterable[str]) -> frozenset[str]:
        """The schemes of other agencies by which the persons of these may be known."""
        given = set(schemes)
        return frozenset(self.by_scheme) - given if given & set(self.by_scheme) else frozenset()


def _never_with(table: Table) -> tuple[str, ...]:
    return (table.name, *table.protect.never_with) if table.protect and table.protect.never_with else ()


def _register(table: Table, scheme: str, bindings: Bindings) -> PersonRegister | None:
    names = [column for attribute in NAMES for column in claimed(table, attribute)]
    born, keys = claimed(table, "birth_date"), bindings.by_scheme(table.name, scheme)
    if not (keys and born and names_in(table, names).any) or table.self_declared:
        return None
    withheld = tuple(dict.fromkeys(column for each in table.withheld for column in each.columns))
    return PersonRegister(table, keys[0], tuple(names), born[0], withheld)
