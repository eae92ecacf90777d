"""Calls that are shared: who waits, who rides along, who pays, who is told what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from adapters.base import Answer, Capabilities, Keys, Scan
from adapters.errors import Rejected, SourceError, Throttled, TimedOut, Unavailable
from gateway.engine.sharing.calling import MOST_JOINT
from gateway.engine.sources import Sources
from gateway.policy.limits.budgets import Budgets
from resolvers.city import Budget
from tests.gateway.engine.sharing_city import LOT, Agency, Asker, agencies, bounded, liens, outcome, settle

LIENS = {"10101": [1, 2, 3], "10102": [4]}


def made(concurrency: int = 1, timeout: float = 5.0, keys_per_call: int = 500) -> tuple[Sources, Agency, list[Asker]]:
    """Sources, the agency of liens – held up –, and ten requests."""
    city, systems = bounded(concurrency, timeout, keys_per_call), agencies()
    deeds = systems["deeds.db"]
    deeds.rows["liens"] = [
        {"LIEN": n, "LOT": lot, "AMOUNT": 1, "RECORDED": None} for lot, found in LIENS.items() for n in found
    ]
    deeds.gate.clear()
    sources = Sources(city, systems)
    return sources, deeds, [Asker(sources, city) for _ in range(10)]


async def test_what_is_on_its_way_is_asked_once() -> None:
    sources, deeds, (a, b, c, *_) = made(concurrency=8)
    asked = [asyncio.create_task(a.lien("10101"))]
    await settle()
    asked += [asyncio.create_task(b.lien("10101")), asyncio.create_task(c.lien("10101"))]
    await settle()
    deeds.gate.set()
    assert list(await asyncio.gather(*asked)) == [LIENS["10101"]] * 3
    assert len(deeds.asked) == 1
    tally = sources.tally("deeds.db")
    assert (tally.reads, tally.calls, tally.shared) == (3, 1, 2)


async def test_while_slots_are_free_nobody_waits() -> None:
    _, deeds, (a, b, *_) = made(concurrency=2)
    asked = [asyncio.create_task(a.lien("10101"))]
    await settle()
    asked.append(asyncio.create_task(b.lien("10102")))
    await settle()
    assert deeds.keys() == [["10101"], ["10102"]]
    deeds.gate.set()
    assert list(await asyncio.gather(*asked)) == [LIENS["10101"], LIENS["10102"]]


async def test_who_waits_joins_the_next_call_and_gets_its_own_rows() -> None:
    _, deeds, (a, b, c, d, *_) = made()
    asked = [asyncio.create_task(a.lien("99999"))]
    await settle()
    asked += [asyncio.create_task(x.lien(*lots)) for x, lots in ((b, ["10101"]), (c, ["10102", "10101"]), (d, ["1"]))]
    await settle()
    assert len(deeds.asked) == 1
    deeds.gate.set()
    assert list(await asyncio.gather(*asked)) == [[], LIENS["10101"], [*LIENS["10101"], *LIENS["10102"]], []]
    assert deeds.keys() == [["99999"], ["10101", "10102", "1"]]


async def test_other_questions_wait_for_a_call_of_their_own() -> None:
    _, deeds, (a, b, c, *_) = made()
    asked = [asyncio.create_task(a.lien("99999"))]
    await settle()
    asked.append(asyncio.create_task(b.lien("10101")))
    other = asyncio.create_task(c.read("deeds.liens", Scan(("lot", "amount"), Keys(LOT, (("10101",),)))))
    await settle()
    deeds.gate.set()
    await asyncio.gather(*asked, other)
    assert [scan.columns for scan in deeds.asked] == [("lien", "lot"), ("lien", "lot"), ("lot", "amount")]


async def test_the_small_do_not_ride_with_the_large() -> None:
    _, deeds, (a, b, c, d, e, *_) = made()
    asked = [asyncio.create_task(a.lien("0"))]
    await settle()
    many = [str(n) for n in range(MOST_JOINT + 1)]
    few = [str(n) for n in range(200, 200 + MOST_JOINT - 1)]
    for asker, lots in ((b, many), (c, few), (d, ["300"]), (e, ["301"])):
        asked.append(asyncio.create_task(asker.lien(*lots)))
    await settle()
    deeds.gate.set()
    await asyncio.gather(*asked)
    assert sorted(map(len, deeds.keys())) == [1, 1, MOST_JOINT, MOST_JOINT + 1]


async def test_a_joint_call_keeps_to_the_sources_keys_per_call() -> None:
    _, deeds, askers = made(keys_per_call=3)
    asked = [asyncio.create_task(asker.lien(str(n))) for n, asker in enumerate(askers)]
    deeds.gate.set()
    await asyncio.gather(*asked)
    assert sum(map(len, deeds.keys())) == 10
    assert max(map(len, deeds.keys())) == 3


async def test_a_client_that_leaves_ends_its_own_wait_only() -> None:
    _, deeds, (a, b, c, *_) = made()
    first = asyncio.create_task(a.lien("10101"))
    await settle()
    joined, waiting = asyncio.create_task(b.lien("10101")), asyncio.create_task(c.lien("10102"))
    await settle()
    first.cancel()
    waiting.cancel()
    await settle()
    assert deeds.cancelled == 0
    deeds.gate.set()
    assert await joined == LIENS["10101"]
    await settle()
    assert deeds.keys() == [["10101"]]


async def test_a_call_for_which_nobody_waits_is_ended() -> None:
    sources, deeds, (a, b, c, *_) = made()
    asked = [asyncio.create_task(asker.lien("10101")) for asker in (a, b)]
    await settle()
    for each in asked:
        each.cancel()
    await settle()
    assert deeds.cancelled == 1
    deeds.gate.set()
    assert await c.lien("10101") == LIENS["10101"]
    assert sources._opened["deeds.db"].asking._calls.alike == {}


async def test_everyone_waits_as_long_as_its_own_request_may() -> None:
    _, deeds, (a, b, *_) = made()
    a.seconds = 0.05
    hasty, patient = asyncio.create_task(a.lien("10101")), asyncio.create_task(b.lien("10101"))
    assert await outcome(hasty) is TimedOut
    deeds.gate.set()
    assert await patient == LIENS["10101"]
    assert len(deeds.asked) == 1


async def test_a_call_that_its_first_left_is_bounded_by_the_sources_time() -> None:
    _, deeds, (a, b, *_) = made(timeout=0.2)
    first = asyncio.create_task(a.lien("10101"))
    await asyncio.sleep(0.09)
    second = asyncio.create_task(b.lien("10101"))
    assert await outcome(first) is TimedOut
    assert await outcome(second) is TimedOut
    await settle()
    assert deeds.cancelled == len(deeds.asked) == 1


async def test_what_hangs_is_asked_again_by_who_comes_late() -> None:
    _, deeds, (a, b, *_) = made(concurrency=2, timeout=0.2)
    first = asyncio.create_task(a.lien("10101"))
    await asyncio.sleep(0.15)
    second = asyncio.create_task(b.lien("10101"))
    await settle()
    assert len(deeds.asked) == 2
    deeds.gate.set()
    assert list(await asyncio.gather(first, second)) == [LIENS["10101"]] * 2


async def test_one_error_reaches_all_that_shared() -> None:
    _, deeds, (a, b, c, d, *_) = made()
    asked = [asyncio.create_task(asker.lien(lot)) for asker, lot in zip((a, b, c), ("1", "1", "10101"), strict=True)]
    deeds.fails = lambda scan: Unavailable("the source can't be reached")
    deeds.gate.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in found] == [Unavailable] * 3
    assert len({id(error) for error in found}) == 3
    assert len(deeds.asked) == 1
    deeds.fails = lambda scan: None
    assert await d.lien("10101") == LIENS["10101"]


async def test_a_refusal_is_of_who_caused_it() -> None:
    """One read's key makes the agency refuse the call; alone the others would have been answered."""
    _, deeds, (a, b, c, d, *_) = made()
    asked = [asyncio.create_task(asker.lien(lot)) for asker, lot in ((a, "10101"), (b, "bad"), (c, "10102"))]

    def refuses(scan: Scan) -> Exception | None:
        bad = scan.keys is not None and ("bad",) in scan.keys.values
        return Rejected("the agency refuses this call") if bad else None

    deeds.fails = refuses
    deeds.gate.set()
    assert [await outcome(each) for each in asked] == [LIENS["10101"], Rejected, LIENS["10102"]]
    assert [await outcome(asyncio.create_task(d.lien("10101")))] == [LIENS["10101"]]


async def test_rows_that_can_not_be_told_apart_are_asked_for_alone() -> None:
    """A source that is asked by text and answers with numbers."""
    _, deeds, (a, b, *_) = made()
    deeds.rows["liens"] = [{"LIEN": 1, "LOT": "10101 ", "AMOUNT": 1, "RECORDED": None}]
    deeds._capabilities = Capabilities(key_columns=1)
    original = deeds.rows["liens"]

    async def loose(dataset: object, scan: Scan) -> object:
        assert scan.keys is not None
        deeds.asked.append(scan)
        await asyncio.sleep(0)
        wanted = {str(value[0]).strip() for value in scan.keys.values}
        found = [(row["LIEN"], row["LOT"]) for row in original if str(row["LOT"]).strip() in wanted]
        return Answer(found)

    deeds.scan = loose  # type: ignore[assignment, method-assign]
    assert list(await asyncio.gather(a.lien("10101"), b.lien("10102"))) == [[1], []]
    assert deeds.keys() == [["10101", "10102"], ["10101"], ["10102"]]
    assert list(await asyncio.gather(a.lien("10101"), b.lien("10102"))) == [[1], []]
    assert len(deeds.asked) == 5  # not jointly again so soon


async def test_an_answer_that_was_cut_is_asked_for_alone() -> None:
    _, deeds, (a, b, *_) = made()
    deeds._capabilities = Capabilities(key_columns=1, rows_per_call=3)
    deeds.gate.set()
    assert list(await asyncio.gather(a.lien("10101"), b.lien("10102"))) == [LIENS["10101"], LIENS["10102"]]


async def test_protected_reads_are_shared_within_their_request_only() -> None:
    city, systems = bounded(8), agencies()
    welfare, sources = systems["welfare.db"], Sources(city, systems)
    welfare.gate.clear()
    shelters = Scan(("opened", "lot"), Keys(LOT, (("10101",),)))
    a, b = Asker(sources, city), Asker(sources, city)
    asked = [asyncio.create_task(asker.read("welfare.shelters", shelters)) for asker in (a, a, b)]
    await settle()
    assert len(welfare.asked) == 2
    welfare.gate.set()
    assert [len(each.rows) for each in await asyncio.gather(*asked)] == [1, 1, 1]


# turns


def turns(budgets: Budgets, key: str) -> object:
    """The turns of one key."""

    def turn(agency: str) -> AbstractAsyncContextManager[None]:
        return budgets.slot(agency, key, patience=0.1)

    return turn


async def test_the_turn_that_a_call_left_with_pays() -> None:
    """One budgeted call at once: the others ride along and leave their lines."""
    _, deeds, (a, b, c, *_) = made(concurrency=8)
    city = a.city
    deeds_office = replace(city.agencies["deeds"], budget=Budget(concurrency=1))
    budgets = Budgets(replace(city, agencies={**city.agencies, "deeds": deeds_office}))
    first = asyncio.create_task(a.read("deeds.liens", liens("1"), turn=turns(budgets, "a")))
    await settle()
    rest = [
        asyncio.create_task(asker.read("deeds.liens", liens(lot), turn=turns(budgets, key)))
        for asker, lot, key in ((a, "2", "a"), (b, "10101", "b"), (c, "10102", "c"))
    ]
    await settle()
    assert (budgets.flying("deeds"), budgets.waiting("deeds"), len(deeds.asked)) == (1, 3, 1)
    deeds.gate.set()
    await asyncio.gather(first, *rest)
    assert len(deeds.asked) == 2
    assert (budgets.flying("deeds"), budgets.waiting("deeds")) == (0, 0)


async def test_who_is_slow_to_leave_its_line_is_asked_for_again_all_the_same() -> None:
    """The joint call is refused before those who rode along have left their lines."""
    _, deeds, (a, b, *_) = made(concurrency=8)
    free = asyncio.Event()

    @asynccontextmanager
    async def slow(agency: str) -> AsyncIterator[None]:
        try:
            await free.wait()
        except asyncio.CancelledError:
            for _ in range(10):
                await asyncio.sleep(0)
            raise
        yield

    waiting = asyncio.create_task(b.read("deeds.liens", liens("bad"), turn=slow))
    await settle()
    deeds.gate.set()
    deeds.fails = lambda scan: Rejected("refused") if scan.keys and ("bad",) in scan.keys.values else None
    free_again = asyncio.get_running_loop().call_later(0.05, free.set)
    assert await a.lien("10101") == LIENS["10101"]
    with pytest.raises(Rejected):
        await waiting
    free_again.cancel()
    assert deeds.keys() == [["10101", "bad"], ["10101"], ["bad"]]


async def test_a_key_without_a_turn_fails_alone() -> None:
    _, deeds, (a, b, *_) = made()
    deeds.gate.set()

    @asynccontextmanager
    async def refused(agency: str) -> AsyncIterator[None]:
        if agency:
            raise Throttled("no turn came in time")
        yield

    asked = [a.read("deeds.liens", liens("10101"), turn=refused), b.read("deeds.liens", liens("10101"))]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(found[0], Throttled)
    assert len(found[1].rows) == 3  # type: ignore[union-attr]


async def test_who_may_not_ask_an_agency_now_is_told_nothing_of_others_calls() -> None:
    _, deeds, (a, b, *_) = made()
    asked = asyncio.create_task(a.lien("10101"))
    await settle()

    def paused(agency: str) -> AbstractAsyncContextManager[None]:
        raise SourceError("not asked now")

    with pytest.raises(SourceError, match="not asked now"):
        await b.read("deeds.liens", liens("10101"), turn=paused)
    deeds.gate.set()
    assert await asked == LIENS["10101"]
