"""Who may ask one agency now, and who waits.

    SourceError
    ├── Throttled (adapters.errors)   no turn in time                      retry after `retry_after`
    └── Paused                        the city has stopped asking          do not retry
        └── Quiet                     the agency's quiet hours             retry after `retry_after`

Calls beyond the budget wait. The next turn goes to the key with the fewest calls in flight, among
those to the one that was served longest ago: a key with a hundred calls waiting and one with a
single call take turns (max-min fairness; Demers, Keshav, Shenker 1989). All of one event loop.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cachetools import LRUCache

from adapters.errors import SourceError, Throttled
from gateway.policy.limits.hours import next_change, quiet_until
from resolvers.city import Budget

MOST_WAITING = 500
"""How many calls one key may have waiting at one agency."""

_REMEMBERED = 1_000  # keys whose latest turn is known when they have nothing here
_SOON = 1.0  # what is told where nobody knows when a turn comes


class Paused(SourceError):
    """The city does not ask this agency now."""

    code = "PAUSED"


class Quiet(Paused):
    """The agency is in its quiet hours; `retry_after` is when they end."""

    retryable = True


@dataclass(slots=True, eq=False)
class _Waiting:
    """A call that waits for its turn."""

    turn: "asyncio.Future[None]"
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Key:
    """What one key has at an agency. `served` is the number of its latest turn."""

    flying: int = 0
    served: int = 0
    waiting: deque[_Waiting] = field(default_factory=deque)


class Turns:
    """Who may ask one agency now, and who waits."""

    def __init__(self, agency: str) -> None:
        self.agency = agency
        self.flying = 0
        self.queued = 0
        self.keys: dict[str, _Key] = {}  # those with calls in flight or waiting
        self._served_before: LRUCache[str, int] = LRUCache(_REMEMBERED)
        self._budget = Budget()
        self._concurrency: int | None = None
        self._burst, self._window = 0, 0.0
        self._starts: deque[float] = deque()
        self._served = 0
        self._waking: asyncio.TimerHandle | None = None
        self._quiet: datetime | None = None
        self._known_from = self._known_until = 0.0

    def bind(self, name: str, budget: Budget, zone: ZoneInfo, share: int) -> None:
        """Take over a budget. A rate is kept exactly: no more calls than it says in any such time."""
        self._name, self._budget, self._zone = name, budget, zone
        self._concurrency = max(1, budget.concurrency // share) if budget.concurrency else None
        rate = budget.rate / share if budget.rate else 0.0
        self._burst = max(1, int(rate)) if rate else 0
        self._window = self._burst / rate if rate else 0.0
        self._known_from = self._known_until = 0.0

    def awake(self, now: float) -> None:
        """Raises `Quiet` in quiet hours; looks at the clock once between two changes."""
        if not self._budget.quiet_hours:
            return
        if not self._known_from <= now < self._known_until:
            moment = datetime.fromtimestamp(now, UTC)
            self._known_from = now
            self._quiet = quiet_until(self._budget.quiet_hours, moment, self._zone)
            self._known_until = next_change(self._budget.quiet_hours, moment, self._zone).timestamp()
        if self._quiet is not None:
            wait = max(1.0, self._quiet.timestamp() - now)
            raise Quiet(f"{self._name} is not asked in its quiet hours, until {self._quiet:%H:%M}", retry_after=wait)

    def take(self, key: str) -> bool:
        """A turn at once, if there is one and nobody waits."""
        if self.queued or not self._free():
            return False
        self._serve(self._key(key))
        return True

    async def wait(self, key: str, patience: float) -> None:
        """A turn, in its order. Raises `Throttled`, or `Paused` while it waits."""
        mine = self._key(key)
        if len(mine.waiting) >= MOST_WAITING or patience <= 0:
            self._drop(key, mine)
            raise self._throttled()
        loop = asyncio.get_running_loop()
        one = _Waiting(loop.create_future())
        one.timer = loop.call_later(patience, self._expire, one)
        mine.waiting.append(one)
        self.queued += 1
        self._serve_next()
        try:
            await one.turn
        except asyncio.CancelledError:
            if one.turn.done() and not one.turn.cancelled() and one.turn.exception() is None:
                self.give_back(key)  # the turn came in the same moment
            raise
        finally:
            one.timer.cancel()
            if one in mine.waiting:
                mine.waiting.remove(one)
                self.queued -= 1
            self._drop(key, mine)

    def give_back(self, key: str) -> None:
        """The call is over; the next one has its turn."""
        mine = self._key(key)
        mine.flying -= 1
        self.flying -= 1
        self._drop(key, mine)
        self._serve_next()

    def refuse_all(self, error: Callable[[], SourceError]) -> None:
        """Refuse every call that waits."""
        for mine in self.keys.values():
            for one in mine.waiting:
                if not one.turn.done():
                    one.turn.set_exception(error())
            mine.waiting.clear()
        self.queued = 0

    # inside

    def _key(self, key: str) -> _Key:
        found = self.keys.get(key)
        if found is None:
            found = self.keys[key] = _Key(served=self._served_before.pop(key, 0))
        return found

    def _drop(self, key: str, mine: _Key) -> None:
        """Forget a key that has nothing here, but for when it had its latest turn."""
        if not mine.flying and not mine.waiting and self.keys.get(key) is mine:
            del self.keys[key]
            self._served_before[key] = mine.served

    def _free(self) -> bool:
        """Whether the budget has room for one more call now."""
        if self._concurrency is not None and self.flying >= self._concurrency:
            return False
        return not self._burst or self._rate_wait() <= 0

    def _rate_wait(self) -> float:
        """Seconds until the rate has room for one more."""
        starts = self._starts
        while len(starts) > self._burst:
            starts.popleft()
        return starts[0] + self._window - time.monotonic() if len(starts) == self._burst else 0.0

    def _serve(self, mine: _Key) -> None:
        self.flying += 1
        self._served += 1
        mine.flying += 1
        mine.served = self._served
        if self._burst:
            self._starts.append(time.monotonic())

    def _serve_next(self) -> None:
        """Turns for those who wait, as far as the budget goes."""
        while self.queued:
            if not self._free():
                return self._wake_later()
            waiting = [mine for mine in self.keys.values() if mine.waiting]
            mine = min(waiting, key=lambda mine: (mine.flying, mine.served))
            one = mine.waiting.popleft()
            self.queued -= 1
            if not one.turn.done():
                self._serve(mine)
                one.turn.set_result(None)

    def _wake_later(self) -> None:
        """The rate lets calls go when time has passed; a slot does when it is given back."""
        if not self._burst or self._waking is not None:
            return
        wait = self._rate_wait()
        if wait > 0:
            self._waking = asyncio.get_running_loop().call_later(wait, self._wake)

    def _wake(self) -> None:
        self._waking = None
        self._serve_next()

    def _expire(self, one: _Waiting) -> None:
        if not one.turn.done():
            one.turn.set_exception(self._throttled())

    def _throttled(self) -> Throttled:
        bounds = [f"{self._budget.rate:g} calls a second"] if self._budget.rate else []
        bounds += [f"{self._budget.concurrency} calls at once"] if self._budget.concurrency else []
        wait = max(_SOON, self.queued * self._window / self._burst) if self._burst else _SOON
        message = f"{self._name} is asked no more than {' and '.join(bounds)}, and no turn came in time"
        return Throttled(message, retry_after=wait)
