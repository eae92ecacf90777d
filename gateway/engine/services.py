"""What an engine has of the process that it runs in: everything that outlives a city's edition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from gateway.crosswalk import Crosswalk, Forgetful
from gateway.documents import Persisted
from gateway.engine.requests import Caller
from gateway.engine.sharing import Turn
from gateway.policy.limits.costs import Cost
from gateway.policy.limits.quotas import Admission
from gateway.policy.limits.usage import Counts
from resolvers.administration import Administration


class Restrictions(Protocol):
    """Identifiers of which nothing may be shown."""

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        ...

    def holds(self, identifier: str) -> bool:
        """Whether an identifier ("hbt.resident:100000007") is one of them."""
        ...


class Unrestricted:
    """No identifier is restricted."""

    empty = True

    def holds(self, identifier: str) -> bool:
        """None is."""
        return False


def now() -> datetime:
    """The moment, with its zone."""
    return datetime.now(UTC)


class Desk(Protocol):
    """Who may ask how much, and who administers; `gateway.office` has one."""

    async def admit(self, caller: Caller, peer: str | None, cost: Cost) -> Admission:
        """Whether a request may go on now. `peer` is the caller's network address."""
        ...

    def turns(self, key: str) -> Turn:
        """The turns of a key ("" for callers without one): by agency, each for one call. To ask for one
        raises `SourceError`, to enter it as well."""
        ...

    def administration(self, caller: Caller) -> Administration | None:
        """What an administrator may do; None for other callers."""
        ...

    async def usage(self, caller: Caller) -> Sequence[tuple[date, Counts]]:
        """What the caller's key asked on the last days, the latest first. Raises `StoreError`."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Without a desk nothing is limited and nobody administers.

    `clock` gives the moment that agreements and retention are judged by; `persisted` has the
    documents that clients name by an id, `crosswalk` which identifiers mean the same business.
    """

    restrictions: Restrictions = field(default_factory=Unrestricted)
    clock: Callable[[], datetime] = now
    desk: Desk | None = None
    persisted: Persisted = field(default_factory=Persisted)
    crosswalk: Crosswalk = field(default_factory=Forgetful)
