"""Who mostly answers at once is asked at once: without a task, and shared all the same where it takes longer."""

import asyncio

import pytest

from adapters.errors import Rejected, TimedOut
from gateway.engine.sources import Sources
from tests.gateway.engine.sharing_city import Agency, Asker, agencies, bounded, settle

LIENS = {"10101": [1, 2, 3], "10102": [4]}


class Prompt(Agency):
    """Says that it mostly answers at once."""

    immediate = True


def made(concurrency: int = 1, timeout: float = 5.0) -> tuple[Sources, Prompt, list[Asker]]:
    """Sources, the agency of liens, and ten requests."""
    city, systems = bounded(concurrency, timeout), dict(agencies())
    deeds = systems["deeds.db"] = Prompt(systems["deeds.db"].rows)
    deeds.rows["liens"] = [
        {"LIEN": n, "LOT": lot, "AMOUNT": 1, "RECORDED": None} for lot, found in LIENS.items() for n in found
    ]
    sources = Sources(city, systems)
    return sources, deeds, [Asker(sources, city) for _ in range(10)]


async def test_an_answer_that_is_there_needs_no_turn_of_the_event_loop() -> None:
    sources, deeds, (a, b, *_) = made()
    deeds.gate.set()
    before = asyncio.all_tasks()
    with pytest.raises(StopIteration) as answered:
        a.lien("10101").send(None)
    assert answered.value.value == LIENS["10101"]
    assert asyncio.all_tasks() == before
    assert await b.lien("10102") == LIENS["10102"]
    tally = sources.tally("deeds.db")
    assert (tally.reads, tally.calls, tally.shared) == (2, 2, 0)


async def test_a_failure_is_told_at_once_too() -> None:
    _, deeds, (a, *_) = made()
    deeds.fails = lambda scan: Rejected("no")
    with pytest.raises(Rejected):
        await a.lien("10101")
    deeds.fails = lambda scan: None
    assert await a.lien("10101") == LIENS["10101"], "its slot was given back"


async def test_one_that_takes_longer_is_shared_and_bounded() -> None:
    sources, deeds, (a, b, c, *_) = made(timeout=0.2)
    deeds.gate.clear()
    asked = [asyncio.create_task(each.lien("10101")) for each in (a, b)]
    await settle()
    assert len(deeds.asked) == 1
    waiting = asyncio.create_task(c.lien("10102"))
    await settle()
    assert len(deeds.asked) == 1, "there is one slot"
    deeds.gate.set()
    assert list(await asyncio.gather(*asked, waiting)) == [LIENS["10101"], LIENS["10101"], LIENS["10102"]]
    deeds.gate.clear()
    with pytest.raises(TimedOut):
        await a.lien("10101")
    await settle()
    assert deeds.cancelled == 1
    await sources.aclose()


async def test_who_leaves_ends_a_call_for_which_nobody_waits() -> None:
    _, deeds, (a, *_) = made()
    deeds.gate.clear()
    leaving = asyncio.create_task(a.lien("10101"))
    await settle()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await settle()
    assert deeds.cancelled == 1
    deeds.gate.set()
    assert await a.lien("10101") == LIENS["10101"]
