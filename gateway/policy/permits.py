"""Which columns and entities a caller may see: deny by default, decided before fetching.

Public columns of public datasets are for everyone. A column marked `personal` or given an
`access` scope, a dataset with `access`, and everything about persons need a scope: the one
that the catalogue names, or "personal" for personal columns and `Person`. "*" is every scope.
"""

from dataclasses import dataclass

from gateway.engine.requests import Caller
from resolvers.city import Table

PERSONAL = "personal"
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Denial:
    """A decision against the caller, with its rule and its reason."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Permits:
    """What one caller may see. Equal permits share restricted plans."""

    scopes: frozenset[str]

    def table(self, table: Table) -> Denial | None:
        """Why the caller may not see anything of a dataset; None if it may."""
        if table.access is None or self._has(table.access):
            return None
        return Denial(f"dataset {table.name} access", f"{table.name} needs the scope {table.access!r}")

    def column(self, table: Table, column: str) -> Denial | None:
        """Why the caller may not see a column; None if it may."""
        declared = table.dataset.columns[column]
        whole = self.table(table)
        if whole is not None:
            return whole
        if declared.access is not None and not self._has(declared.access):
            return Denial(f"column {column} access", f"{column} of {table.name} needs the scope {declared.access!r}")
        if declared.personal is not None and declared.access is None and not self._has(PERSONAL):
            return Denial(
                f"column {column} personal",
                f"{column} of {table.name} may name a person and needs the scope {PERSONAL!r}",
            )
        return None

    def entity(self, entity: str) -> Denial | None:
        """Why the caller may not look at a kind of entity at all; None if it may."""
        if entity != "Person" or self._has(PERSONAL):
            return None
        return Denial("entity Person", f"persons need the scope {PERSONAL!r}")

    def _has(self, scope: str) -> bool:
        return scope in self.scopes or EVERYTHING in self.scopes


def permits(caller: Caller) -> Permits:
    """What a caller may see."""
    return Permits(caller.scopes)
