"""Rates, days and costs of a key, in memory and in Redis: the same answers."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.policy.limits.costs import Cost
from gateway.policy.limits.counters import SECOND, Counters, Terms
from gateway.policy.limits.quotas import Admission, Limiter
from gateway.policy.limits.shared import SharedCounters
from gateway.policy.terms import Quota

from .conftest import REDIS

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
SMALL = Cost(1, 1, 1, 1)


@pytest.fixture(params=["memory", "redis"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    """A limiter that counts here, and one that counts in Redis."""
    shared = None
    if request.param == "redis":
        shared = SharedCounters(REDIS, request.getfixturevalue("redis_prefix"))
    made = Limiter(ZONE, most=1000, shared=shared)
    yield made
    await made.aclose()


async def admit(limiter: Limiter, quota: Quota, after: float = 0.0, units: int = 1, key: str = "cg_a") -> Admission:
    return await limiter.admit(key, quota, Cost(1, 1, 1, units), NOON + timedelta(seconds=after))


async def test_a_burst_then_the_rate(limiter: Limiter) -> None:
    quota = Quota(rate=2, burst=3)
    assert [(await admit(limiter, quota)).refused for _ in range(3)] == [None] * 3
    refused = (await admit(limiter, quota)).refused
    assert refused is not None
    assert (refused.code, refused.status, refused.retry_after) == ("RATE_LIMITED", 429, 0.5)
    assert refused.message == "This key may ask 2 times a second, 3 at once; ask again in 0.5 s."
    assert (await admit(limiter, quota, 0.49)).refused is not None
    assert (await admit(limiter, quota, 0.5)).refused is None
    assert (await admit(limiter, quota, 0.5)).refused is not None


async def test_header_fields(limiter: Limiter) -> None:
    quota = Quota(rate=10, burst=20, per_day=1000, cost_per_day=5000)
    found = await admit(limiter, quota, units=7)
    seven_pm_to_midnight = 12 * 3600
    assert found.headers == {
        "RateLimit-Policy": '"rate";q=20;w=2, "day";q=1000;w=86400, "cost";q=5000;qu="cost";w=86400',
        "RateLimit": f'"rate";r=19;t=1, "day";r=999;t={seven_pm_to_midnight}, "cost";r=4993;t={seven_pm_to_midnight}',
    }


async def test_a_refusal_says_when_to_ask_again(limiter: Limiter) -> None:
    quota = Quota(rate=0.1)
    await admit(limiter, quota)
    found = await admit(limiter, quota, 2.5)
    assert found.headers["Retry-After"] == "8"
    assert found.headers["RateLimit"] == '"rate";r=0;t=8'


async def test_days_are_the_citys(limiter: Limiter) -> None:
    quota = Quota(per_day=1)
    late = datetime(2026, 3, 4, 23, 59, tzinfo=ZONE)
    assert (await limiter.admit("cg_a", quota, SMALL, late)).refused is None
    again = await limiter.admit("cg_a", quota, SMALL, late + timedelta(seconds=30))
    assert again.refused is not None
    assert (again.refused.code, again.refused.retry_after) == ("QUOTA_EXCEEDED", 30)
    assert again.headers["Retry-After"] == "30"
    assert (await limiter.admit("cg_a", quota, SMALL, late + timedelta(seconds=60))).refused is None


async def test_a_day_of_23_hours_is_one(limiter: Limiter) -> None:
    before = datetime(2026, 3, 8, 0, 30, tzinfo=ZONE)  # clocks go forward at two
    found = await limiter.admit("cg_a", Quota(per_day=5), SMALL, before)
    assert found.headers["RateLimit"] == f'"day";r=4;t={int(22.5 * 3600)}'


async def test_cost_of_a_day(limiter: Limiter) -> None:
    quota = Quota(cost_per_day=100)
    assert (await admit(limiter, quota, units=90)).refused is None
    refused = (await admit(limiter, quota, units=11)).refused
    assert refused is not None
    assert refused.code == "QUOTA_EXCEEDED"
    assert "100 units of cost a day and has used 90; this request may cost 11" in refused.message
    assert (await admit(limiter, quota, units=10)).refused is None


async def test_what_is_refused_counts_nowhere(limiter: Limiter) -> None:
    quota = Quota(rate=1, burst=1, per_day=2)
    await admit(limiter, quota)
    for _ in range(5):
        assert (await admit(limiter, quota, 0.1)).refused is not None
    assert (await admit(limiter, quota, 1)).refused is None
    day = (await admit(limiter, quota, 2)).refused
    assert day is not None
    assert day.code == "QUOTA_EXCEEDED"
    assert (await admit(limiter, Quota(rate=1, burst=1), 2)).refused is None, "the day's refusal took no rate"


async def test_a_request_that_costs_too_much(limiter: Limiter) -> None:
    own = (await admit(limiter, Quota(rate=1, request_cost=50), units=51)).refused
    assert own is not None
    assert (own.code, own.status, own.retry_after) == ("TOO_COSTLY", 400, None)
    assert "may cost 51 units; at most 50, by this key's agreement" in own.message
    any_request = (await admit(limiter, Quota(), units=1001)).refused
    assert any_request is not None
    assert "at most 1000 (CITYGRAPH_MAX_COST)" in any_request.message
    assert (await admit(limiter, Quota(rate=1), units=50)).refused is None, "the refused ones took no rate"


async def test_keys_do_not_share(limiter: Limiter) -> None:
    quota = Quota(rate=1, burst=1)
    assert (await admit(limiter, quota, key="cg_a")).refused is None
    assert (await admit(limiter, quota, key="cg_b")).refused is None


async def test_without_a_quota_there_is_nothing_to_say(limiter: Limiter) -> None:
    assert await admit(limiter, Quota()) == Admission()


async def test_two_processes_share_one_count(redis_prefix: str) -> None:
    limiters = [Limiter(ZONE, shared=SharedCounters(REDIS, redis_prefix)) for _ in range(2)]
    quota = Quota(rate=1, burst=10)
    found = await asyncio.gather(*(admit(limiters[n % 2], quota) for n in range(30)))
    assert sum(each.refused is None for each in found) == 10
    for each in limiters:
        await each.aclose()


async def test_what_is_kept_in_redis_goes_by_itself(redis_prefix: str) -> None:
    shared = SharedCounters(REDIS, redis_prefix)
    limiter = Limiter(ZONE, shared=shared)
    await limiter.admit("cg_a", Quota(rate=1, burst=5), SMALL, NOON)
    assert 0 < await shared._redis.pttl(f"{redis_prefix}cg_a") <= 2000
    await limiter.admit("cg_b", Quota(per_day=5), SMALL, NOON)
    assert 0 < await shared._redis.pttl(f"{redis_prefix}cg_b") <= 12 * 3600 * 1000
    await limiter.aclose()


async def test_redis_that_forgot_its_scripts_is_told_again(redis_prefix: str) -> None:
    shared = SharedCounters(REDIS, redis_prefix)
    limiter = Limiter(ZONE, shared=shared)
    await admit(limiter, Quota(rate=1, burst=2))
    shared._sha = "0" * 40
    assert (await admit(limiter, Quota(rate=1, burst=2))).headers["RateLimit"] == '"rate";r=0;t=2'
    await limiter.aclose()


async def test_without_redis_each_process_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    url = "redis://:a-password@127.0.0.1:1/0"
    limiter = Limiter(ZONE, shared=SharedCounters(url))
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, "citygraph.limits"):
        found = [await admit(limiter, Quota(rate=1, burst=2)) for _ in range(20)]
    assert time.monotonic() - started < 1
    assert sum(each.refused is None for each in found) == 2
    (record,) = caplog.records
    assert record.getMessage() == (
        "Redis does not answer (ConnectionError): this process counts its requests by itself"
    )
    assert "a-password" not in caplog.text + repr(limiter._shared)
    await limiter.aclose()


async def test_a_redis_that_hangs_delays_one_request_only() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limiter = Limiter(ZONE, shared=SharedCounters(f"redis://127.0.0.1:{port}"))
    started = time.monotonic()
    for _ in range(50):
        assert (await admit(limiter, Quota(rate=100))).refused is None
    assert time.monotonic() - started < 1
    await limiter.aclose()
    server.close()
    await server.wait_closed()


async def test_a_restart_remembers_the_day() -> None:
    limiter = Limiter(ZONE)
    limiter.restore("cg_a", NOON, requests=9, cost=40)
    quota = Quota(per_day=10, cost_per_day=50)
    assert (await admit(limiter, quota, units=10)).refused is None
    assert (await admit(limiter, quota)).refused is not None


def test_memory_is_bounded() -> None:
    counters = Counters(most=100)
    for n in range(1000):
        counters.take(f"192.0.2.{n}", Terms.of(Quota(rate=1, per_day=9)), 1, SECOND, 1)
    assert len(counters._used) == 100


requests = st.lists(
    st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 40), st.integers(0, 1)), min_size=1, max_size=30
)
quotas = st.builds(
    Quota,
    rate=st.none() | st.sampled_from([0.1, 0.7, 1, 3, 50, 999]),
    burst=st.none() | st.integers(1, 5),
    per_day=st.none() | st.integers(0, 12),
    cost_per_day=st.none() | st.integers(0, 200),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quota=quotas, made=requests)
def test_redis_and_memory_decide_alike(redis_prefix: str, quota: Quota, made: list[tuple[int, int, int]]) -> None:
    async def both() -> None:
        shared, here, terms = SharedCounters(REDIS, redis_prefix), Counters(), Terms.of(quota)
        key, moment, day = f"cg_{time.monotonic_ns()}", int(NOON.timestamp()) * SECOND, 1
        for passed, units, midnight in made:
            moment, day = moment + passed, day + midnight
            expected = here.take(key, terms, units, moment, day)
            assert await shared.take(key, terms, units, moment, day, 60_000) == expected
        await shared.aclose()

    asyncio.run(both())
