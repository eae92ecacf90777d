"""What keys have used, in Redis (or Valkey): one count for all processes of the gateway.

One script a request, which does what `Counters.take` does; a key is one hash of its own slot, so
that a cluster may hold them. Nothing stays longer than it counts.
"""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from gateway.policy.limits.counters import Taken, Terms, Unreachable

PREFIX = "citygraph:limits:"
PATIENCE = 0.25
"""Seconds that one answer, or one connection, may take."""

_SCRIPT = """
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local per_day, cost_per_day, units = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local kept = redis.call('HMGET', KEYS[1], 'full', 'day', 'requests', 'cost')
local wait, left, ahead, requests, cost, refused = 0, 0, 0, 0, 0, ''
local daily = per_day >= 0 or cost_per_day >= 0
if interval > 0 then
  ahead = math.min(math.max(0, (tonumber(kept[1]) or 0) - now), burst * interval)
  wait = math.max(0, ahead + interval - burst * interval)
end
if daily and kept[2] == ARGV[7] then
  requests, cost = tonumber(kept[3]), tonumber(kept[4])
end
if wait > 0 then
  refused = 'rate'
elseif per_day >= 0 and per_day <= requests then
  refused = 'day'
elseif cost_per_day >= 0 and cost_per_day < cost + units then
  refused = 'cost'
end
if refused == '' then
  local ttl = 1000
  if interval > 0 then
    ahead = ahead + interval
    redis.call('HSET', KEYS[1], 'full', string.format('%.0f', now + ahead))
    ttl = ttl + math.ceil(ahead / 1000)
  end
  if daily then
    requests, cost = requests + 1, cost + units
    redis.call('HSET', KEYS[1], 'day', ARGV[7], 'requests', requests, 'cost', cost)
    ttl = math.max(ttl, tonumber(ARGV[8]))
  end
  redis.call('PEXPIRE', KEYS[1], ttl)
end
if interval > 0 then
  left = math.floor((burst * interval - ahead) / interval)
end
return {refused, wait, left, ahead, requests, cost}
"""


class SharedCounters:
    """Counts in one Redis. No error of it leaves as anything but `Unreachable`."""

    def __init__(self, url: str, prefix: str = PREFIX) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self._prefix = prefix
        self._sha = ""

    def __repr__(self) -> str:
        return f"SharedCounters(prefix={self._prefix!r})"  # the URL may hold a password

    async def take(self, key: str, terms: Terms, units: int, now: int, day: int, day_left: int) -> Taken:
        """As `Counters.take`; `day_left` is what is left of the day, in milliseconds. Raises `Unreachable`."""
        arguments = (f"{self._prefix}{key}", str(now), *map(str, terms), str(units), str(day), str(day_left))
        try:
            refused, *numbers = await self._run(arguments)
            return Taken(str(refused), *map(int, numbers))
        except (RedisError, OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from None

    async def _run(self, arguments: tuple[str, ...]) -> list[str | int]:
        try:
            if self._sha:
                found: list[str | int] = await self._redis.evalsha(self._sha, 1, *arguments)
                return found
        except NoScriptError:
            pass  # Redis was restarted
        self._sha = await self._redis.script_load(_SCRIPT)
        found = await self._redis.evalsha(self._sha, 1, *arguments)
        return found

    async def aclose(self) -> None:
        """Close every connection."""
        await self._redis.aclose()
