"""The columns in which a dataset says who persons are."""

from collections.abc import Iterable
from dataclasses import dataclass

from resolvers.city import Table

NAMES = ("full_name", "given_name", "family_name")
"""The shared attributes that name a person."""


@dataclass(frozen=True, slots=True)
class Names:
    """The columns in which a dataset has persons' names: whole ones, or given and family names apart."""

    whole: tuple[str, ...]
    given: str | None
    family: str | None

    @property
    def any(self) -> bool:
        """Whether there are names at all."""
        return bool(self.whole or (self.given and self.family))


def names_in(table: Table, columns: Iterable[str]) -> Names:
    """The names among some columns of a dataset: those that the caller may see, or all."""
    seen = frozenset(columns)
    whole, given, family = ([c for c in claimed(table, a) if c in seen] for a in NAMES)
    return Names(tuple(whole), next(iter(given), None), next(iter(family), None))


def claimed(table: Table, attribute: str) -> list[str]:
    """The columns that a dataset claims for a shared attribute of persons."""
    return [c.column for c in table.claims if (c.entity, c.attribute) == ("Person", attribute)]


def born(table: Table) -> str | None:
    """The column of the day of birth, where a dataset has one."""
    return next(iter(claimed(table, "birth_date")), None)
