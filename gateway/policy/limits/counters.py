"""What one key has used: a bucket of requests that fills at a rate, and two counts of the day.

The bucket is the generic cell rate algorithm (ITU-T I.371): one moment a key, `tat`, at which the
bucket is full again. Times are in whole microseconds since the epoch, so that the memory here and
the script in `shared` decide alike to the last digit. All or nothing: what is refused counts nowhere.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from gateway.policy.terms import Quota

SECOND = 1_000_000
MOST_KEYS = 100_000
"""How many keys' counts are kept in memory; the longest unused goes first."""


class Terms(NamedTuple):
    """A quota in whole numbers: microseconds a request (0: no rate), requests at once, and what a
    day holds (-1: no bound)."""

    interval: int
    burst: int
    per_day: int
    cost_per_day: int

    @classmethod
    def of(cls, quota: Quota) -> "Terms":
        """The terms of a quota; without `burst` a second's requests may come at once."""
        interval = max(1, round(SECOND / quota.rate)) if quota.rate else 0
        burst = quota.burst or max(1, -(-SECOND // interval)) if interval else 0
        none = -1
        return cls(
            interval,
            burst,
            none if quota.per_day is None else quota.per_day,
            none if quota.cost_per_day is None else quota.cost_per_day,
        )


class Taken(NamedTuple):
    """`refused` is "" or which bound refused: "rate", "day", "cost". `wait` until the bucket has
    room and `full` until it is full are in microseconds, `left` are requests that it still holds;
    `requests` and `cost` are the day's so far."""

    refused: str
    wait: int
    left: int
    full: int
    requests: int
    cost: int


class Unreachable(Exception):
    """Redis did not answer in time; the text is the kind of error only."""


@dataclass(slots=True)
class _Used:
    """When a key's bucket is full again, and what it has used on a day (by its number)."""

    full: int = 0
    day: int = -1
    requests: int = 0
    cost: int = 0


class Counters:
    """What keys have used, in this process."""

    __slots__ = ("_most", "_used")

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._used: OrderedDict[str, _Used] = OrderedDict()

    def take(self, key: str, terms: Terms, units: int, now: int, day: int) -> Taken:
        """One request of `units`, if every bound has room for it."""
        interval, burst, per_day, cost_per_day = terms
        used, daily = self._of(key, day), per_day >= 0 or cost_per_day >= 0
        wait = left = ahead = 0
        if interval:
            full, whole = used.full, burst * interval
            if full > now:
                # A clock that was set back must not lock a key out: no more than a whole bucket is ahead.
                ahead = full - now if full - now < whole else whole
            wait = ahead + interval - whole
        refused = ""
        if wait > 0:
            refused = "rate"
        elif 0 <= per_day <= used.requests:
            refused = "day"
        elif 0 <= cost_per_day < used.cost + units:
            refused = "cost"
        else:
            if interval:
                ahead += interval
                used.full = now + ahead
            if daily:
                used.requests += 1
                used.cost += units
        if interval:
            left = (whole - ahead) // interval
        if not daily:
            return Taken(refused, wait if wait > 0 else 0, left, ahead, 0, 0)
        return Taken(refused, wait if wait > 0 else 0, left, ahead, used.requests, used.cost)

    def restore(self, key: str, day: int, requests: int, cost: int) -> None:
        """Count at least this much for a day: what was used before a restart."""
        used = self._of(key, day)
        used.requests, used.cost = max(used.requests, requests), max(used.cost, cost)

    def _of(self, key: str, day: int) -> _Used:
        """What a key has used, of the day on this day."""
        used = self._used.get(key)
        if used is None:
            used = self._used[key] = _Used()
            if len(self._used) > self._most:
                self._used.popitem(last=False)
        else:
            self._used.move_to_end(key)
        if used.day != day:
            used.day, used.requests, used.cost = day, 0, 0
        return used
