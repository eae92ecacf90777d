"""So many at a time, in the order in which they come."""

import asyncio

import pytest

from adapters.slots import Slots


async def _wait(slots: Slots, name: str, order: list[str]) -> None:
    if not slots.take():
        await slots.wait()
    order.append(name)


async def test_free_ones_are_taken_at_once() -> None:
    slots = Slots(2)
    assert slots.take()
    assert slots.take()
    assert not slots.take()
    slots.give()
    assert slots.take()


async def test_who_waits_comes_in_order_and_before_who_comes_later() -> None:
    slots, order = Slots(1), list[str]()
    assert slots.take()
    waiting = [asyncio.create_task(_wait(slots, name, order)) for name in ("a", "b", "c")]
    await asyncio.sleep(0)
    slots.give()
    assert not slots.take(), "it has gone to the first in line"
    await asyncio.sleep(0)
    assert order == ["a"]
    slots.give()
    slots.give()
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c"]


@pytest.mark.parametrize("given_before", [False, True], ids=["while waiting", "when it was given"])
async def test_who_leaves_takes_none(given_before: bool) -> None:
    slots, order = Slots(1), list[str]()
    assert slots.take()
    first, second = (asyncio.create_task(_wait(slots, name, order)) for name in ("a", "b"))
    await asyncio.sleep(0)
    if given_before:
        slots.give()
    first.cancel()
    await asyncio.sleep(0)
    if not given_before:
        slots.give()
    await second
    assert order == ["b"]
    slots.give()
    assert slots.take()
    assert not slots.take()
    with pytest.raises(asyncio.CancelledError):
        await first
