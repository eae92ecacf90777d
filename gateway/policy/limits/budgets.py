"""Turns at each agency: its budget shared fairly among keys, its quiet hours, its pause."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType, TracebackType
from zoneinfo import ZoneInfo

from gateway.policy.limits.turns import Paused, Turns
from resolvers.city import Budget, City

PATIENCE = 2.0
"""Seconds that a call waits for its turn, where it is not given others."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when an agency is not asked, and why; the reason is told to callers."""

    agency: str
    since: datetime
    reason: str = ""
    by: str = ""


class Slot:
    """`async with` it around a call. One that was given no budget has nothing to wait for."""

    __slots__ = ("_key", "_patience", "_turns")

    def __init__(self, turns: Turns | None = None, key: str = "", patience: float = PATIENCE) -> None:
        self._turns, self._key, self._patience = turns, key, patience

    async def __aenter__(self) -> None:
        turns = self._turns
        if turns is not None and not turns.take(self._key):
            await turns.wait(self._key, self._patience)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._turns is not None:
            self._turns.give_back(self._key)


_FREE = Slot()


class Budgets:
    """The budgets of one city's agencies. `share` is by how many processes the city is served that
    know nothing of each other: each takes its part of every budget."""

    def __init__(self, city: City, *, share: int = 1) -> None:
        self._share = share
        self._turns: Mapping[str, Turns] = {}
        self._pauses: Mapping[str, Pause] = MappingProxyType({})
        self._names: Mapping[str, str] = {}
        self._limited: set[str] = set()  # agencies with a budget, or paused; one set, which calls under way look at
        self.bind(city)

    def bind(self, city: City) -> None:
        """Take over a city's agencies; calls under way and waiting stay counted."""
        zone = ZoneInfo(city.time_zone)
        kept: dict[str, Turns] = {}
        for agency in city.agencies.values():
            known = self._turns.get(agency.id)
            if agency.budget is not None or known is not None:
                turns = known or Turns(agency.id)
                turns.bind(agency.short, agency.budget or Budget(), zone, self._share)
                kept[agency.id] = turns
        self._names = {agency.id: agency.short for agency in city.agencies.values()}
        self._turns = kept
        self._limit()

    def pause(self, pauses: Mapping[str, Pause]) -> None:
        """All agencies that are paused now; who waits for one of them is refused at once."""
        self._pauses = MappingProxyType(dict(pauses))
        self._limit()
        for agency in pauses:
            if agency in self._turns:
                self._turns[agency].refuse_all(partial(self._paused, agency))

    def _limit(self) -> None:
        self._limited.clear()
        self._limited.update(self._turns, self._pauses)

    @property
    def pauses(self) -> Mapping[str, Pause]:
        """The agencies that are paused, by id."""
        return self._pauses

    def slot(self, agency: str, key: str, patience: float = PATIENCE, now: float | None = None) -> Slot:
        """A turn for one call of `key` ("" for callers without one) at an agency, to be entered with
        `async with`.

        Raises `Paused` and `Quiet` at once; entering it raises `Throttled` where no turn came within
        `patience` seconds or too many of the key's calls wait already. `now` is `time.time()`.
        """
        if self._pauses and agency in self._pauses:
            raise self._paused(agency)
        turns = self._turns.get(agency)
        if turns is None:
            return _FREE
        turns.awake(time.time() if now is None else now)
        return Slot(turns, key, patience)

    def turns(self, key: str) -> Callable[[str], Slot | None]:
        """The slots of a key by agency; None where nothing is limited and nobody paused."""

        limited = self._limited

        def turn(agency: str) -> Slot | None:
            return self.slot(agency, key) if agency in limited else None

        return turn

    def waiting(self, agency: str) -> int:
        """How many calls wait for their turn at an agency."""
        turns = self._turns.get(agency)
        return turns.queued if turns else 0

    def flying(self, agency: str) -> int:
        """How many calls to an agency with a budget are in flight."""
        turns = self._turns.get(agency)
        return turns.flying if turns else 0

    def _paused(self, agency: str) -> Paused:
        pause = self._pauses[agency]
        why = f": {pause.reason}" if pause.reason else ""
        name = self._names.get(agency, agency)
        return Paused(f"{name} is not asked since {pause.since:%Y-%m-%d %H:%M} UTC{why}")
