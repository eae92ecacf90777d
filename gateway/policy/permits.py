"""What a caller may see: deny by default, decided before fetching, each refusal with its rule.

    what                                          needs
    public column of a public dataset             nothing (or an agreement, where the operator says so)
    dataset or column with `access`               that scope, or a grant of it
    dataset with `[dataset.protect] purposes`     also a purpose among them, and a reference
    column marked personal, "always"              the scope "personal" (or its own `access`) or a grant; a purpose
    column marked personal, "person_name"         the same, but only for values that may name a person
    `Person`                                      the scope "personal", or a grant of a dataset keyed by
                                                  persons; a purpose

Whoever may search persons is told of a MATCH; of those who are only POSSIBLE with the scope
"personal:possible". "*" is every scope. A grant that names columns opens those of its dataset, whatever the scopes; a
dataset granted for counts only shows no record. Scopes and grants are those of the agreement in
force; the local caller of a demo or test city has scopes of its own, and no purpose is asked of it.
A purpose counts with a reference only: what the look-up is for, in the caller's own files.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from adapters.base import Filter
from gateway.policy.terms import Agreement, Grant
from resolvers.city import City, Table

PERSONAL = "personal"
NEAR_MISSES = "personal:possible"
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Denial:
    """A decision against the caller: its rule, its reason, and how to ask for it."""

    rule: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"Denied by rule “{self.rule}”: {self.reason}."
        return f"{text} {self.remedy}" if self.remedy else text


@dataclass(frozen=True, slots=True)
class Profile:
    """What decisions depend on. `purpose` is one of the agreement's, or None; `closed` denies all
    to whom no agreement gives anything. Callers of equal profiles see the same."""

    scopes: frozenset[str] = frozenset()
    agreement: Agreement | None = None
    purpose: str | None = None
    referenced: bool = False
    trusted: bool = False
    closed: bool = False


@dataclass(slots=True, eq=False)
class Permits:
    """What callers of one profile may see of one city; every decision is made once.

    `together` are datasets denied in this answer because of others in it.
    """

    city: City
    profile: Profile
    together: Mapping[str, Denial] = field(default_factory=lambda: MappingProxyType({}))
    _tables: dict[str, Denial | None] = field(default_factory=dict, init=False, repr=False)
    _columns: dict[tuple[str, str], Denial | None] = field(default_factory=dict, init=False, repr=False)
    _persons: dict[tuple[str, str], Denial | None] = field(default_factory=dict, init=False, repr=False)
    _names: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _hidden: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)
    """What the engine makes once for callers of this profile; no value of a request is in it."""

    @property
    def scopes(self) -> frozenset[str]:
        """The caller's scopes, with those of the agreement."""
        agreement = self.profile.agreement
        return self.profile.scopes | agreement.scopes if agreement else self.profile.scopes

    @property
    def everything(self) -> bool:
        """Whether this is the local caller of a demo or test city who may see all there is."""
        return self.profile.trusted and EVERYTHING in self.profile.scopes

    @property
    def near_misses(self) -> bool:
        """Whether searches for persons tell the caller of those who are only POSSIBLE."""
        return self._has(NEAR_MISSES)

    def table(self, table: Table) -> Denial | None:
        """Why the caller may not see records of a dataset; None if it may."""
        name = table.name
        if name not in self._tables:
            self._tables[name] = self.together.get(name) or self._records(table)
        return self._tables[name]

    def column(self, table: Table, column: str) -> Denial | None:
        """Why the caller may not see a column; None if it may, in part at least (`persons`)."""
        key = table.name, column
        if key not in self._columns:
            self._columns[key] = self.table(table) or self._column(table, column)
        return self._columns[key]

    def persons(self, table: Table, column: str) -> Denial | None:
        """Why the caller may not see those values of a column that may name a person."""
        if table.dataset.columns[column].personal != "person_name":
            return None
        key = table.name, column
        if key not in self._persons:
            self._persons[key] = self._personal(table, column)
        return self._persons[key]

    def names(self, table: Table) -> frozenset[str]:
        """The columns of a dataset of which the caller may not see values that may name a person."""
        found = self._names.get(table.name)
        if found is None:
            columns = table.dataset.columns
            found = frozenset(column for column in columns if self.persons(table, column) is not None)
            self._names[table.name] = found
        return found

    def hidden(self, table: Table) -> frozenset[str]:
        """The columns of a dataset that the caller may not see at all."""
        found = self._hidden.get(table.name)
        if found is None:
            columns = table.dataset.columns
            found = frozenset(column for column in columns if self.column(table, column) is not None)
            self._hidden[table.name] = found
        return found

    def condition(self, table: Table, column: str) -> Denial | None:
        """Why the caller may not set conditions or an order over a column; None if it may. Who may
        but count sets conditions over the columns that its grant names."""
        grant = self._grant(table)
        if grant is not None and grant.columns is not None and column in grant.columns and self.counts(table):
            return None
        return self.column(table, column)

    def counts(self, table: Table) -> bool:
        """Whether the caller may count records of a dataset of which it may see none."""
        grant = self._grant(table)
        if grant is None or not grant.counts_only or table.name in self.together:
            return False
        return self._purpose(table) is None

    def rows(self, table: Table) -> tuple[Filter, ...]:
        """What a row must meet for this caller to see it."""
        grant = self._grant(table)
        return grant.rows if grant else ()

    def narrowed(self, table: Table) -> Denial | None:
        """Why the caller sees some rows of a dataset only; None if it may see all of them, or none."""
        if not self.rows(table) or (self.table(table) and not self.counts(table)):
            return None
        reason = f"the agreement opens some rows of {table.name} only"
        return Denial(f"dataset {table.name} rows", reason, self._remedy(table))

    def barred(self, table: Table, keys: Iterable[Sequence[str]]) -> tuple[Denial | None, ...]:
        """Why the caller may not ask a dataset by its keys, each given by its columns; None where it may."""
        denied = ((self.column(table, column) for column in columns) for columns in keys)
        return tuple(next(filter(None, found), None) for found in denied)

    def entity(self, entity: str) -> Denial | None:
        """Why the caller may not look at a kind of entity at all; None if it may."""
        if entity != "Person":
            return None
        if not self._has(PERSONAL) and not self._persons_granted():
            return Denial(
                "entity Person",
                f"persons need the scope {PERSONAL!r} or a grant of a dataset about them",
                self._remedy(None),
            )
        return self._purpose(None)

    def _records(self, table: Table) -> Denial | None:
        profile = self.profile
        if profile.closed and not profile.trusted and profile.agreement is None and not profile.scopes:
            return Denial("agreement", "this city answers callers with an agreement in force only", self._remedy(table))
        grant = self._grant(table)
        if table.access is not None and grant is None and not self._has(table.access):
            reason = f"{table.name} needs the scope {table.access!r} or a grant"
            return Denial(f"dataset {table.name} access", reason, self._remedy(table))
        if grant is not None and grant.counts_only and not profile.trusted:
            reason = f"records of {table.name} may be counted, not seen"
            return Denial(f"dataset {table.name} counts only", reason, self._remedy(table))
        return self._purpose(table) if table.protect is not None and table.protect.purposes else None

    def _column(self, table: Table, column: str) -> Denial | None:
        declared = table.dataset.columns[column]
        if declared.access is not None and not self._opened(table, column, declared.access):
            reason = f"{column} of {table.name} needs the scope {declared.access!r} or a grant"
            return Denial(f"column {table.name}.{column} access", reason, self._remedy(table))
        return self._personal(table, column) if declared.personal == "always" else None

    def _personal(self, table: Table, column: str) -> Denial | None:
        """Why the caller may not see what a column says of persons."""
        declared = table.dataset.columns[column]
        scope = declared.access or PERSONAL
        if not self._opened(table, column, scope):
            about = "may name a person" if declared.personal == "person_name" else "is about a person"
            what = f"{column} of {table.name} {about}"
            reason = f"{what} and needs the scope {scope!r} or a grant"
            return Denial(f"column {table.name}.{column} personal", reason, self._remedy(table))
        return self._purpose(table)

    def _purpose(self, table: Table | None) -> Denial | None:
        """Why the purpose of the request does not do for personal data, or for a protected dataset."""
        profile = self.profile
        if profile.trusted:
            return None
        what = table.name if table else "personal data"
        known = dict(profile.agreement.purposes) if profile.agreement else {}
        wanted = table.protect.purposes if table and table.protect else ()
        fitting = [name for name, term in known.items() if not wanted or name in wanted or term in wanted]
        if not fitting:
            asked = f"the purposes {', '.join(wanted)}" if wanted else "a purpose"
            reason = f"{what} is for {asked} only, and no agreement in force gives the caller one"
            return Denial("purpose", reason, self._remedy(table))
        if profile.purpose is None or not profile.referenced:
            lacking = [] if profile.purpose else [f"purpose ({' or '.join(fitting)})"]
            lacking += [] if profile.referenced else ["reference (a case number)"]
            told = " and a ".join(lacking)
            how = "Send them in the request's extensions, or as X-Citygraph-Purpose and X-Citygraph-Reference."
            return Denial("purpose", f"{what} needs a {told} on the request", how)
        if profile.purpose not in fitting:
            reason = f"{what} may be asked for {' or '.join(fitting)}, not for {profile.purpose}"
            return Denial("purpose", reason, self._remedy(table))
        return None

    def _opened(self, table: Table, column: str, scope: str) -> bool:
        """Whether a grant or a scope opens a column. Where a grant names the columns of a dataset,
        no scope adds to them."""
        grant = self._grant(table)
        if grant is None or (grant.columns is None and not grant.counts_only):
            return grant is not None or self._has(scope)
        return not grant.counts_only and grant.columns is not None and column in grant.columns

    def _persons_granted(self) -> bool:
        """Whether a grant opens records of a dataset that is keyed by persons."""
        agreement, city = self.profile.agreement, self.city
        opened = [grant.dataset for grant in agreement.grants.values() if not grant.counts_only] if agreement else []
        keys = (key for name in opened if name in city.tables for key in city.tables[name].keys)
        return any(city.schemes[key.scheme].entity == "Person" for key in keys)

    def _grant(self, table: Table) -> Grant | None:
        agreement = self.profile.agreement
        return agreement.grants.get(table.name) if agreement else None

    def _has(self, scope: str) -> bool:
        return scope in self.scopes or EVERYTHING in self.scopes

    def _remedy(self, table: Table | None) -> str:
        """Whom to ask."""
        agreement = self.profile.agreement
        agency = self.city.agencies.get(table.agency) if table else None
        steward = agency.steward or agency.name if agency else None
        if agreement is not None:
            whom = f" ({steward} answers for the data)" if steward else ""
            return f"Agreement {agreement.id} may be widened{whom}."
        return f"Ask {steward} for an agreement." if steward else "Ask the city for an agreement."
