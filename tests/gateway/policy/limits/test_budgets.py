"""Turns at an agency: bounded, fair among keys, refused in quiet hours and while it is paused."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as clock
from zoneinfo import ZoneInfo

import pytest

from adapters.errors import Throttled
from gateway.policy.limits.budgets import Budgets, Pause
from gateway.policy.limits.turns import MOST_WAITING, Paused, Quiet
from resolvers.city import Agency, Budget, City
from tests.e2e import city as e2e

SLOW = 0.02
SINCE = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)


def town(budget: Budget | None) -> City:
    agency = Agency("fire", "Fire Prevention Bureau", "FPB", budget=budget)
    return replace(e2e.city(), agencies={"fire": agency, "deeds": Agency("deeds", "Deeds", "DEEDS")})


class Bureau:
    """What the agency sees: when each key's calls began, and how many were in flight at most.

    It answers after `seconds`, and not before `open` is set."""

    def __init__(self, budgets: Budgets, seconds: float = SLOW) -> None:
        self.budgets, self.seconds = budgets, seconds
        self.begun: list[str] = []
        self.times: list[float] = []
        self.flying = self.most = 0
        self.open = asyncio.Event()
        self.open.set()

    async def call(self, key: str, patience: float = 10.0) -> None:
        async with self.budgets.slot("fire", key, patience):
            self.begun.append(key)
            self.times.append(time.monotonic())
            self.flying += 1
            self.most = max(self.most, self.flying)
            await asyncio.sleep(self.seconds)
            await self.open.wait()
            self.flying -= 1


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def finish(tasks: Sequence["asyncio.Task[None]"]) -> None:
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_one_call_of_another_key_waits_for_one_slot_only(concurrency: int) -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=concurrency))))
    bureau.open.clear()
    many = [asyncio.create_task(bureau.call("cg_many")) for _ in range(100)]
    await settle()
    one = asyncio.create_task(bureau.call("cg_one"))
    await settle()
    assert bureau.budgets.waiting("fire") == 100 - concurrency + 1
    bureau.open.set()
    await one
    assert bureau.begun.index("cg_one") == concurrency, "the first slot that was free was its"
    await finish(many)
    assert bureau.most == concurrency


async def test_keys_with_calls_waiting_take_turns() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))), seconds=0.001)
    first = asyncio.create_task(bureau.call("cg_x"))
    await settle()
    tasks = [asyncio.create_task(bureau.call(key)) for key, calls in (("cg_a", 20), ("cg_b", 5)) for _ in range(calls)]
    await finish([first, *tasks])
    assert bureau.begun[1:11] == ["cg_a", "cg_b"] * 5
    assert bureau.begun[11:] == ["cg_a"] * 15


async def test_a_key_that_asks_one_call_after_another_does_not_starve_the_rest() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))), seconds=0.001)
    many = [asyncio.create_task(bureau.call("cg_many")) for _ in range(20)]

    async def one_by_one() -> None:
        for _ in range(20):
            await bureau.call("cg_single")

    await asyncio.gather(one_by_one(), *many)
    shares = [bureau.begun[:20].count(key) for key in ("cg_many", "cg_single")]
    assert min(shares) >= 9, shares


async def test_a_rate_is_never_exceeded_in_any_such_time() -> None:
    bureau = Bureau(Budgets(town(Budget(rate=50))), seconds=0)
    await finish([asyncio.create_task(bureau.call(f"cg_{n % 3}")) for n in range(120)])
    for first, last in zip(bureau.times, bureau.times[50:], strict=False):
        assert last - first >= 0.99
    assert bureau.times[-1] - bureau.times[0] < 3


async def test_processes_share_a_budget() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=8)), share=4))
    await finish([asyncio.create_task(bureau.call("cg_a")) for _ in range(6)])
    assert bureau.most == 2


async def test_an_agency_without_a_budget_waits_for_nobody() -> None:
    bureau = Bureau(Budgets(town(None)))
    await finish([asyncio.create_task(bureau.call("cg_a")) for _ in range(200)])
    assert bureau.most == 200


async def test_no_turn_in_time_is_throttled() -> None:
    budgets = Budgets(town(Budget(concurrency=1)))
    async with budgets.slot("fire", "cg_a"):
        with pytest.raises(Throttled) as error:
            async with budgets.slot("fire", "cg_b", 0.02):
                pytest.fail("there was no turn")
    assert str(error.value) == "FPB is asked no more than 1 calls at once, and no turn came in time"
    assert error.value.retryable
    assert error.value.retry_after == 1.0
    assert (budgets.waiting("fire"), budgets.flying("fire")) == (0, 0)


async def test_one_keys_queue_is_bounded() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))), seconds=1)
    tasks = [asyncio.create_task(bureau.call("cg_a")) for _ in range(1 + MOST_WAITING)]
    await settle()
    with pytest.raises(Throttled):
        await bureau.call("cg_a")
    other = asyncio.create_task(bureau.call("cg_b"))
    await settle()
    assert bureau.budgets.waiting("fire") == MOST_WAITING + 1
    for task in (*tasks, other):
        task.cancel()
    await asyncio.gather(*tasks, other, return_exceptions=True)
    assert (bureau.budgets.waiting("fire"), bureau.budgets.flying("fire")) == (0, 0)


async def test_a_caller_who_leaves_gives_the_turn_on() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))))
    bureau.open.clear()
    first, leaving, last = (asyncio.create_task(bureau.call(key)) for key in ("cg_a", "cg_b", "cg_c"))
    await settle()
    leaving.cancel()
    bureau.open.set()
    await asyncio.gather(first, leaving, last, return_exceptions=True)
    assert bureau.begun == ["cg_a", "cg_c"]
    assert bureau.budgets.flying("fire") == 0


async def test_a_caller_who_leaves_when_the_turn_comes_gives_it_back() -> None:
    budgets = Budgets(town(Budget(concurrency=1)))
    bureau = Bureau(budgets)
    held = budgets.slot("fire", "cg_a")
    await held.__aenter__()
    leaving = asyncio.create_task(bureau.call("cg_b"))
    await settle()
    await held.__aexit__(None, None, None)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert budgets.flying("fire") == 0
    await bureau.call("cg_c", 0.1)


async def test_a_call_that_fails_gives_its_turn_back() -> None:
    budgets = Budgets(town(Budget(concurrency=1)))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with budgets.slot("fire", "cg_a"):
                raise ZeroDivisionError
    assert budgets.flying("fire") == 0


async def test_a_pause_refuses_new_calls_and_those_that_wait() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))))
    bureau.open.clear()
    flying, *waiting = (asyncio.create_task(bureau.call("cg_a")) for _ in range(10))
    await settle()
    bureau.budgets.pause({"fire": Pause("fire", SINCE, "The bureau moves its servers")})
    bureau.open.set()
    found = await asyncio.gather(flying, *waiting, return_exceptions=True)
    assert found[0] is None, "what is in flight ends by itself"
    assert all(isinstance(error, Paused) for error in found[1:])
    assert bureau.begun == ["cg_a"]
    with pytest.raises(Paused) as error:
        await bureau.call("cg_b")
    assert str(error.value) == "FPB is not asked since 2026-03-04 12:05 UTC: The bureau moves its servers"
    assert (error.value.code, error.value.retryable) == ("PAUSED", False)
    bureau.budgets.pause({})
    await bureau.call("cg_b")


async def test_a_pause_needs_no_budget_and_stops_nobody_else() -> None:
    budgets = Budgets(town(None))
    budgets.pause({"fire": Pause("fire", SINCE)})
    with pytest.raises(Paused):
        budgets.slot("fire", "cg_a")
    async with budgets.slot("deeds", "cg_a"):
        pass


async def test_quiet_hours() -> None:
    budgets = Budgets(town(Budget(quiet_hours=((clock(22), clock(6)),))))

    def at(hour: int, minute: int = 0) -> float:
        return datetime(2026, 3, 4, hour, minute, tzinfo=ZoneInfo(e2e.city().time_zone)).timestamp()

    async with budgets.slot("fire", "cg_a", now=at(21, 59)):
        pass
    with pytest.raises(Quiet) as error:
        budgets.slot("fire", "cg_a", now=at(22))
    assert str(error.value) == "FPB is not asked in its quiet hours, until 06:00"
    assert (error.value.code, error.value.retryable, error.value.retry_after) == ("PAUSED", True, 8 * 3600)
    with pytest.raises(Quiet):
        budgets.slot("fire", "cg_a", now=at(23, 59))
    async with budgets.slot("fire", "cg_a", now=at(6)):
        pass


async def test_changed_files_change_the_budget_of_calls_under_way() -> None:
    bureau = Bureau(Budgets(town(Budget(concurrency=1))))
    bureau.open.clear()
    tasks = [asyncio.create_task(bureau.call("cg_a")) for _ in range(9)]
    await settle()
    bureau.budgets.bind(town(Budget(concurrency=4)))
    bureau.open.set()
    await finish(tasks)
    assert bureau.most == 4
    bureau.budgets.bind(town(None))
    await finish([asyncio.create_task(bureau.call("cg_a")) for _ in range(9)])
    assert bureau.most == 9
