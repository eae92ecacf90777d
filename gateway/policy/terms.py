"""What a partner and the city agreed on, as the gateway works with it.

`gateway.policy.agreements` makes these values from files and the store, bound to one city: grants
are by complete dataset name, row conditions are filters over that dataset's columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from adapters.base import Filter


@dataclass(frozen=True, slots=True)
class Grant:
    """What an agreement opens of one dataset.

    `columns` None is every column; else those named are open whatever the catalogue asks for, and
    the others as for anyone. With `rows`, the caller sees of this dataset but the rows that meet
    all of them. With `counts_only` it may count records and see none.
    """

    dataset: str
    columns: frozenset[str] | None = None
    rows: tuple[Filter, ...] = ()
    counts_only: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be asked; None is no bound of the agreement's own.

    `rate` is requests a second (`burst` at once), `per_day` requests and `cost_per_day` units of
    cost in a day of the city's time zone, `request_cost` what one request may cost at most.
    """

    rate: float | None = None
    burst: int | None = None
    per_day: int | None = None
    cost_per_day: int | None = None
    request_cost: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement, bound to a city.

    `purposes` are by the name that requests give, with their term of the W3C Data Privacy
    Vocabulary. `scopes` open what the catalogue marks with `access` ("personal": persons and
    personal columns; "*": everything); `grants` open datasets. Days are of the city's time zone,
    `ends` is the last one. `disclosed_after` is how long the citizen's report leaves its look-ups
    out, `kept` how long the record of its look-ups is kept.
    """

    id: str
    version: int
    title: str
    parties: tuple[str, ...]
    legal_basis: str
    purposes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scopes: frozenset[str] = frozenset()
    grants: Mapping[str, Grant] = field(default_factory=lambda: MappingProxyType({}))
    starts: date = date.min
    ends: date | None = None
    quota: Quota = Quota()
    contact: str = ""
    obligations: tuple[str, ...] = ()
    disclosed_after: timedelta = timedelta(0)
    kept: timedelta | None = None

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def __hash__(self) -> int:
        """By id and version: the terms of a version do not change."""
        return hash((self.id, self.version))
