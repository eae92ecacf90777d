"""What one key has used: a bucket of requests that fills at a rate, and two counts of the day.

The bucket is the generic cell rate algorithm (ITU-T I.371): one moment a key, `tat`, at which the
bucket is full again. Times are in whole microseconds since the epoch, so that the memory here and
the script in `shared` decide alike to the last digit. All or nothing: what is refused counts nowhere.
"""

from dataclasses import dataclass
from typing import NamedTuple

from cachetools import LRUCache

from gateway.policy.terms import Quota

SECOND = 1_000_000
MOST_KEYS = 100_000
"""How many keys' buckets, and how many keys' days, are kept in memory; the longest unused goes first."""


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


@dataclass(slots=True)
class _Day:
    """What a key has used on a day (by its number)."""

    day: int
    requests: int = 0
    cost: int = 0


class Counters:
    """What keys have used, in this process."""

    __slots__ = ("_days", "_full")

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._full: LRUCache[str, int] = LRUCache(most)
        self._days: LRUCache[str, _Day] = LRUCache(most)

    def take(self, key: str, terms: Terms, units: int, now: int, day: int) -> Taken:
        """One request of `units`, if every bound has room for it."""
        interval, burst, per_day, cost_per_day = terms
        wait = left = ahead = 0
        if interval:
            full = self._full.get(key, 0)
            # A clock that was set back must not lock a key out: no more than a whole bucket is ahead.
            ahead = min(full - now, burst * interval) if full > now else 0
            wait = max(0, ahead + interval - burst * interval)
        today = self._today(key, day) if per_day >= 0 or cost_per_day >= 0 else None
        refused = ""
        if wait:
            refused = "rate"
        elif today is not None:
            if 0 <= per_day <= today.requests:
                refused = "day"
            elif 0 <= cost_per_day < today.cost + units:
                refused = "cost"
        if not refused:
            if interval:
                ahead += interval
                self._full[key] = now + ahead
            if today is not None:
                today.requests += 1
                today.cost += units
        if interval:
            left = (burst * interval - ahead) // interval
        return Taken(refused, wait, left, ahead, today.requests if today else 0, today.cost if today else 0)

    def restore(self, key: str, day: int, requests: int, cost: int) -> None:
        """Count at least this much for a day: what was used before a restart."""
        today = self._today(key, day)
        today.requests, today.cost = max(today.requests, requests), max(today.cost, cost)

    def _today(self, key: str, day: int) -> _Day:
        found = self._days.get(key)
        if found is None or found.day != day:
            found = self._days[key] = _Day(day)
        return found
