"""Deadlines that share a timer behave as `asyncio.timeout` does."""

import asyncio

import pytest

from adapters.deadlines import Deadlines


async def call(deadlines: Deadlines, seconds: float) -> float:
    with deadlines.within():
        await asyncio.sleep(seconds)
    return seconds


async def test_what_ends_in_time_is_left_alone_and_what_does_not_times_out() -> None:
    deadlines = Deadlines(0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    found = await asyncio.gather(*(call(deadlines, s) for s in (0.01, 5, 0.02, 6)), return_exceptions=True)
    assert found[0] == 0.01
    assert found[2] == 0.02
    assert isinstance(found[1], TimeoutError)
    assert isinstance(found[3], TimeoutError)
    assert 0.19 < loop.time() - began < 1


async def test_each_has_the_whole_time_from_its_own_beginning() -> None:
    deadlines = Deadlines(0.3)
    first = asyncio.create_task(call(deadlines, 5))
    await asyncio.sleep(0.2)
    later = asyncio.create_task(call(deadlines, 0.2))
    with pytest.raises(TimeoutError):
        await first
    assert await later == 0.2
    with pytest.raises(TimeoutError):
        await call(deadlines, 5)


async def test_a_task_that_timed_out_goes_on_and_can_be_cancelled_from_outside() -> None:
    deadlines = Deadlines(0.05)

    async def twice() -> str:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await call(deadlines, 5)
        return "went on"

    assert await twice() == "went on"
    task = asyncio.create_task(call(Deadlines(5), 5))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_call_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Deadlines(5).within():
        raise KeyError


async def test_an_outer_time_out_is_not_taken_for_its_own() -> None:
    deadlines = Deadlines(5)
    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(0.05):
            await call(deadlines, 5)
    assert raised.value.__cause__ is not None, "raised by the outer one"
    assert await call(deadlines, 0) == 0


def test_it_may_be_used_in_one_loop_after_another() -> None:
    deadlines = Deadlines(0.1)
    assert asyncio.run(call(deadlines, 0)) == 0
    with pytest.raises(TimeoutError):
        asyncio.run(call(deadlines, 5))
