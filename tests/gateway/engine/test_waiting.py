"""Waiting for several things at once: what waits, what fails, who is told when nobody waits any more."""

import asyncio
from typing import Any

import pytest

from gateway.engine.waiting import begun, shared, together


async def now(value: Any) -> Any:
    return value


async def later(value: Any, seconds: float = 0.0) -> Any:
    await asyncio.sleep(seconds)
    return value


async def fails(seconds: float | None = None) -> Any:
    if seconds is not None:
        await asyncio.sleep(seconds)
    raise ValueError("so it is")


async def test_results_come_in_order_whoever_is_done_first() -> None:
    assert await together([]) == []
    assert await together([later(1)]) == [1]
    assert await together([later(1, 0.02), now(2), later(3), now(4)]) == [1, 2, 3, 4]
    assert await together([now(1), later(2), now(3)]) == [1, 2, 3]


async def test_what_does_not_wait_makes_no_task() -> None:
    before = asyncio.all_tasks()
    assert await together([together([now(1), now(2)]), now(3)]) == [[1, 2], 3]
    done = begun(now(4))
    assert done.done()
    assert asyncio.all_tasks() == before


async def test_all_that_wait_do_so_at_once() -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await together([later(n, 0.05) for n in range(5)])
    assert loop.time() - started < 0.2


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("seconds", [None, 0.0, 0.01])
async def test_a_failure_is_told_and_the_others_go_on(at: int, seconds: float | None) -> None:
    finished: list[int] = []

    async def other(n: int) -> None:
        await asyncio.sleep(0.02)
        finished.append(n)

    work: list[Any] = [other(n) for n in range(2)]
    work.insert(at, fails(seconds))
    with pytest.raises(ValueError, match="so it is"):
        await together(work)
    await asyncio.sleep(0.05)
    assert sorted(finished) == [0, 1]


async def test_who_leaves_ends_what_waits_for_it_even_before_its_first_turn() -> None:
    left: list[str] = []

    async def waits(name: str) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            left.append(name)
            raise

    for turns in (1, 2, 3):
        task = asyncio.create_task(together([waits("a"), waits("b")]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert sorted(left) == ["a", "b"]
        left.clear()
    rest = begun(waits("alone"))
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert left == ["alone"]


async def test_who_leaves_what_is_shared_leaves_it_to_the_others() -> None:
    work = begun(later("found", 0.02))
    leaving = asyncio.create_task(shared(work))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await shared(work) == "found"
    assert await shared(work) == "found"


async def test_what_failed_at_once_fails_for_who_begins_it() -> None:
    with pytest.raises(ValueError, match="so it is"):
        begun(fails())
    with pytest.raises(ValueError, match="so it is"):
        await begun(fails(0.0))
