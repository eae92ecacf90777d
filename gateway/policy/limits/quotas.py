"""Whether a key may ask now: its rate, its day, and what one request may cost.

The answer comes with the `RateLimit-Policy` and `RateLimit` header fields of
draft-ietf-httpapi-ratelimit-headers (revision 11) and, if refused, with `Retry-After` (RFC 9110).
With Redis all processes share one count; where Redis does not answer, each counts for itself.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil, inf
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from gateway.policy.days import Day, Days, micros
from gateway.policy.limits.costs import Cost
from gateway.policy.limits.counters import SECOND, Counters, Taken, Terms, Unreachable
from gateway.policy.terms import Quota

if TYPE_CHECKING:  # its client of Redis is imported only where there is one
    from gateway.policy.limits.shared import SharedCounters

AGAIN = 5.0
"""Seconds after which a Redis that failed is asked again."""

_log = logging.getLogger("citygraph.limits")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_QUOTAS = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused before anybody is asked: `code` is RATE_LIMITED (too fast),
    QUOTA_EXCEEDED (the day's is used up), TOO_COSTLY (this one asks for too much at once; asking
    again does not help). `retry_after` is in seconds."""

    code: str
    message: str
    retry_after: float | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 400 if self.retry_after is None else 429


class Admission(NamedTuple):
    """Whether a request may go on, and the header fields that its response carries either way."""

    headers: Mapping[str, str] = _NOTHING
    refused: Refusal | None = None


_UNTOLD = Admission()
"""Of a quota without bounds there is nothing to tell."""


class _Prepared(NamedTuple):
    """What is made once a quota: its terms, and the policy as a header field."""

    quota: Quota
    terms: Terms
    policy: str
    left: str
    """How the `RateLimit` field is written."""
    most: float
    """Units that one request may cost."""


class Limiter:
    """Admits requests by the quota of their key. `zone` is the city's, whose days count; `most`
    is what any request may cost (the setting `CITYGRAPH_MAX_COST`)."""

    def __init__(self, zone: ZoneInfo, *, most: int | None = None, shared: "SharedCounters | None" = None) -> None:
        self._days, self._most, self._shared = Days(zone), most, shared
        self._counters = Counters()
        self._quotas: dict[int, _Prepared] = {}  # by identity: agreements keep their quotas
        self._failed_until = 0.0
        self._failing = False

    async def admit(self, key: str, quota: Quota, cost: Cost, now: datetime) -> Admission:
        """Count a request of `key` and say whether it may go on. What is refused counts nowhere.

        `key` is the public part of an API key, or what else stands for a caller.
        """
        prepared, units = self._quotas.get(id(quota)) or self._prepare(quota), cost.units
        if units > prepared.most:
            return Admission(refused=self._too_costly(quota, units))
        if not prepared.policy:
            return _UNTOLD
        terms, day, moment = prepared.terms, self._days.of(now), micros(now)
        left = day.ends_at - moment
        taken = None
        if self._shared is not None:
            taken = await self._take_shared(key, terms, units, moment, day, left)
        if taken is None:
            taken = self._counters.take(key, terms, units, moment, day.number)
        told = _headers(prepared, taken, left)
        if not taken.refused:
            return Admission(told)
        refused = _refusal(quota, terms, taken, units, left)
        return Admission({**told, "Retry-After": str(max(1, ceil(refused.retry_after or 0)))}, refused)

    def restore(self, key: str, now: datetime, requests: int, cost: int) -> None:
        """Count at least this much for today: what was used before a restart."""
        self._counters.restore(key, self._days.of(now).date.toordinal(), requests, cost)

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        if self._shared is not None:
            await self._shared.aclose()

    def _too_costly(self, quota: Quota, units: int) -> Refusal:
        if quota.request_cost is not None and units > quota.request_cost:
            bound = f"{quota.request_cost}, by this key's agreement"
        else:
            bound = f"{self._most} (CITYGRAPH_MAX_COST)"
        advice = "Ask for fewer ids or smaller pages (first) at a time."
        return Refusal("TOO_COSTLY", f"The request may cost {units} units; at most {bound}. {advice}")

    def _prepare(self, quota: Quota) -> _Prepared:
        terms = Terms.of(quota)
        policy, left = [], []
        if terms.interval:
            window = max(1, ceil(terms.burst * terms.interval / SECOND))
            policy.append(f'"rate";q={terms.burst};w={window}')
            left.append('"rate";r={0};t={1}')
        if terms.per_day >= 0:
            policy.append(f'"day";q={terms.per_day};w=86400')
            left.append('"day";r={2};t={4}')
        if terms.cost_per_day >= 0:
            policy.append(f'"cost";q={terms.cost_per_day};qu="cost";w=86400')
            left.append('"cost";r={3};t={4}')
        if len(self._quotas) >= _QUOTAS:
            self._quotas.clear()
        most = min(inf if bound is None else bound for bound in (quota.request_cost, self._most))
        made = self._quotas[id(quota)] = _Prepared(quota, terms, ", ".join(policy), ", ".join(left), most)
        return made

    async def _take_shared(self, key: str, terms: Terms, units: int, moment: int, day: Day, left: int) -> Taken | None:
        """From Redis; None while it does not answer."""
        assert self._shared is not None
        if self._failing and time.monotonic() < self._failed_until:
            return None
        try:
            taken = await self._shared.take(key, terms, units, moment, day.number, left // 1000)
        except Unreachable as error:
            self._failed_until = time.monotonic() + AGAIN
            if not self._failing:
                _log.warning("Redis does not answer (%s): this process counts its requests by itself", error)
            self._failing = True
            return None
        if self._failing:
            _log.warning("Redis answers again: all processes share one count")
        self._failing = False
        return taken


def _refusal(quota: Quota, terms: Terms, taken: Taken, units: int, day_left: int) -> Refusal:
    if taken.refused == "rate":
        wait = taken.wait / SECOND
        return Refusal(
            "RATE_LIMITED",
            f"This key may ask {quota.rate:g} times a second, {terms.burst} at once; ask again in {wait:.1f} s.",
            wait,
        )
    if taken.refused == "day":
        message = f"This key may ask {terms.per_day} times a day, which it has; ask again tomorrow."
    else:
        message = (
            f"This key may use {terms.cost_per_day} units of cost a day and has used {taken.cost}; this request "
            f"may cost {units}. Ask for less, or again tomorrow."
        )
    return Refusal("QUOTA_EXCEEDED", message, day_left / SECOND)


def _headers(prepared: _Prepared, taken: Taken, day_left: int) -> Mapping[str, str]:
    (_, _, per_day, cost_per_day), (_, wait, left, full, requests, cost) = prepared.terms, taken
    until_full, until_tomorrow = -(-(wait or full) // SECOND), -(-day_left // SECOND)
    more, units = max(0, per_day - requests), max(0, cost_per_day - cost)
    told = prepared.left.format(left, until_full, more, units, until_tomorrow)
    return {"RateLimit-Policy": prepared.policy, "RateLimit": told}
