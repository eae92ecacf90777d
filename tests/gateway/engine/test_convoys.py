"""Requests that travel together: who does, who waits for whom, who leaves, what goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import Unavailable
from gateway.engine.requests import ANONYMOUS, Abandoned, Caller, Request
from gateway.policy.terms import Agreement
from tests.e2e.city import TESTER
from tests.gateway.engine.convoys_city import KNOWN, LIENS, UNKNOWN, Crossroads, make_crossroads, told
from tests.gateway.engine.sharing_city import settle

FIRST, SECOND, THIRD, FOURTH = KNOWN[:4]
PAGES = """query($id: ID!, $first: Int, $after: String) {
  address(id: $id) { id liens(first: $first, after: $after) { totalCount } }
}"""
PEOPLE = "query($id: ID!) { address(id: $id) { id people { edges { node { id } } } } }"
CLOSED = "query($id: ID!) { address(id: $id) { id ownerName } }"
TWICE = "query($id: ID!) { address(id: $id) { id } other: address(id: $id) { id } }"
SPACED = "query($ id: ID!) { address(id: $id) { id } }"
COMMENTED = "query($#id\nid: ID!) { address(id: $id) { id } }"
MAYBE = 'query($id: ID = "tv.lot:10101") { address(id: $id) { id } }'
KEYED = Caller("a", frozenset({"*"}), key="a")
AGREED = Agreement("x", 1, "Test", ("Test",), "law", {"audit": "dpv:Audit", "survey": "dpv:Research"}, frozenset({"*"}))


@pytest.fixture
async def town() -> AsyncIterator[Crossroads]:
    """Testville with all agencies well."""
    made = make_crossroads()
    yield made
    await made.engine.aclose()


async def held(town: Crossroads, *ids: str, **more: Any) -> list["asyncio.Task[Any]"]:
    """Requests on their way together, with another before them; the agency of liens does not answer yet."""
    town.deeds.gate.clear()
    asked = [town.ask(FIRST, **more)]
    await settle()
    asked += [town.ask(id, **more) for id in ids]
    await departed(town)
    return asked


async def departed(town: Crossroads) -> None:
    """Wait until a convoy has departed and is where the agency does not answer."""
    async with asyncio.timeout(10):
        await town.departed.wait()
    await settle()


async def test_agencies_are_asked_once_for_all(town: Crossroads) -> None:
    alone = [told(await town.alone(id)) for id in KNOWN]
    town.deeds.asked.clear()
    asked = await held(town, *KNOWN[1:])
    assert [*map(len, town.deeds.keys())] == [2, 8]  # each lot is spelled in two ways
    town.deeds.gate.set()
    assert [told(response) for response in await asyncio.gather(*asked)] == alone
    assert town.convoys == [dict.fromkeys(KNOWN[1:], True)]


async def test_the_first_of_a_kind_does_not_wait(town: Crossroads) -> None:
    town.deeds.gate.clear()
    first = town.ask(FIRST)
    await settle()
    assert town.deeds.keys() == [["10101", "1-01-01"]]
    town.deeds.gate.set()
    await first
    assert town.convoys == []


async def test_the_same_id_twice_is_one_entity_and_two_answers(town: Crossroads) -> None:
    one, two, three = await town.together([FIRST, SECOND, SECOND])
    assert town.convoys == [{SECOND: True}]
    assert told(two) == told(three) == told(await town.alone(SECOND))
    assert one.payload != two.payload


async def test_headers_are_each_ones_own(town: Crossroads) -> None:
    responses = await town.together(KNOWN)
    assert len(town.convoys[0]) == 4
    headers = (await town.alone(FIRST)).headers
    assert all(response.headers == headers for response in responses)


OTHERS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another document": ({}, {"query": LIENS.replace("amount", "recorded")}),
    "another key": ({"caller": KEYED}, {"caller": replace(KEYED, key="b")}),
    "other scopes": ({}, {"caller": replace(TESTER, scopes=frozenset({"census"}))}),
    "other variables": ({"query": PAGES, "variables": {"first": 1}}, {"query": PAGES, "variables": {"first": 2}}),
    "a variable that is null": ({"query": PAGES}, {"query": PAGES, "variables": {"after": None}}),
    "another purpose": (
        {"caller": replace(KEYED, agreement=AGREED), "purpose": "audit", "reference": "1"},
        {"caller": replace(KEYED, agreement=AGREED), "purpose": "survey", "reference": "1"},
    ),
    "another agreement": (
        {"caller": replace(KEYED, agreement=AGREED)},
        {"caller": replace(KEYED, agreement=replace(AGREED, version=2))},
    ),
    "trace": ({}, {"extensions": {"trace": True}}),
    "maxWait": ({}, {"extensions": {"maxWait": "20s"}}),
    "maxAge": ({}, {"extensions": {"maxAge": "1s"}}),
}


@pytest.mark.parametrize("other", OTHERS)
async def test_who_asks_for_something_else_does_not_wait(other: str, town: Crossroads) -> None:
    mine, others = OTHERS[other]
    town.deeds.gate.clear()
    asked = [town.ask(FIRST, **mine)]
    await settle()
    asked.append(town.ask(SECOND, **others))
    await settle()
    assert len(town.deeds.asked) == 2
    town.deeds.gate.set()
    await asyncio.gather(*asked)
    assert town.convoys == []


@pytest.mark.parametrize(
    "mine", [{"caller": KEYED}, {"query": PAGES}, {"caller": ANONYMOUS}, {"extensions": {"purpose": "audit"}}]
)
async def test_who_asks_for_the_same_travels_along(mine: dict[str, Any], town: Crossroads) -> None:
    await town.together(KNOWN, **mine)
    assert town.convoys == [dict.fromkeys(KNOWN[1:], True)]


@pytest.mark.parametrize(
    "mine",
    [
        {"query": PEOPLE},
        {"query": CLOSED},
        {"query": LIENS, "ids": [FIRST, "tv.building:1001"]},
        {"query": CLOSED.replace("ownerName", "yearBuilt"), "caller": ANONYMOUS},
        {"query": TWICE},
        {"query": SPACED},
        {"query": COMMENTED},
        {"query": "query($id: ID!) { address(id: $id) { id } __typename }"},
        {"query": 'query { address(id: "tv.lot:10101") { id } }', "variables": {}},
        {"query": "query($id: ID!) { node(id: $id) { id } }"},
        {"query": "query($id: ID!) { addresses(ids: [$id]) { id } }"},
    ],
    ids=lambda mine: f"{mine['query'][:60]} {mine.get('caller', TESTER).name}",
)
async def test_what_never_travels_together(mine: dict[str, Any], town: Crossroads) -> None:
    mine = dict(mine)
    await town.together(mine.pop("ids", KNOWN), **mine)
    assert town.convoys == []


async def test_null_is_nobodys_id(town: Crossroads, caplog: pytest.LogCaptureFixture) -> None:
    asked = [town.ask(FIRST, MAYBE), *(town.ask(FIRST, MAYBE, variables={"id": None}) for _ in range(3))]
    found = await asyncio.gather(*asked, town.ask(SECOND, MAYBE), town.ask(THIRD, MAYBE))
    assert [response.payload["data"]["address"] for response in found[1:4]] == [None] * 3
    assert town.convoys == [{SECOND: True, THIRD: True}]
    assert "convoy" not in caplog.text


async def test_an_unknown_id_holds_nobody_up(town: Crossroads) -> None:
    """Who of all agencies knows it is found out for itself alone."""
    alone = told(await town.alone(UNKNOWN)), told(await town.alone(SECOND))
    welfare = town.agencies["welfare.db"]
    welfare.gate.clear()
    first, unknown, known = town.ask(FIRST), town.ask(UNKNOWN), town.ask(SECOND)
    assert told(await known) == alone[1]
    assert not unknown.done()
    welfare.gate.set()
    assert told(await unknown) == alone[0]
    assert town.convoys == [{UNKNOWN: False, SECOND: True}]
    await first


async def test_who_came_at_the_end_of_another_is_not_forgotten(town: Crossroads) -> None:
    """One has just ended, somebody lines up, and in that moment another goes alone that takes long."""
    request = Request(LIENS, variables={"id": FIRST}, caller=TESTER)
    prepared = town.engine.prepare(request)
    run = town.engine.begin(prepared, request)
    line = town.engine._convoys.line(prepared, run)
    assert line is not None
    waiting = asyncio.create_task(line.join(prepared, run, {}))
    with line:
        pass
    with line:
        async with asyncio.timeout(5):
            assert await waiting is None


# leaving


async def test_who_leaves_disturbs_nobody(town: Crossroads) -> None:
    alone = told(await town.alone(THIRD))
    first, leaving, other = await held(town, SECOND, THIRD)
    leaving.cancel()
    with pytest.raises(Abandoned) as left:
        await leaving
    facts = left.value.facts
    assert facts.subjects == (SECOND,)
    assert (facts.agencies, facts.rows) == (("land",), 0)  # the agency of liens has not answered
    assert town.deeds.cancelled == 0
    town.deeds.gate.set()
    assert told(await other) == alone
    await first


async def test_what_nobody_waits_for_is_not_done(town: Crossroads) -> None:
    first, *leaving = await held(town, SECOND, THIRD)
    for each in leaving:
        each.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    await settle()
    assert town.deeds.cancelled == 1
    town.deeds.gate.set()
    assert (await first).payload["data"]["address"]["liens"]["nodes"]
    assert (await town.alone(SECOND)).payload["data"]["address"]["id"] == SECOND


async def test_who_leaves_before_the_others_depart_is_not_asked_for(town: Crossroads) -> None:
    town.deeds.gate.clear()
    first = town.ask(FIRST)
    await settle()
    leaving, *others = town.ask(SECOND), town.ask(THIRD), town.ask(FOURTH)
    await asyncio.sleep(0)
    leaving.cancel()
    await departed(town)
    assert town.convoys == [{THIRD: False, FOURTH: False}]
    with pytest.raises(Abandoned) as left:
        await leaving
    assert left.value.facts.agencies == ()
    town.deeds.gate.set()
    await asyncio.gather(first, *others)


# what goes wrong


async def test_who_is_held_up_goes_on_alone(town: Crossroads, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [told(await town.alone(id)) for id in (SECOND, THIRD)]
    monkeypatch.setattr("gateway.engine.convoys.HELD_UP", 0.05)
    town.deeds.hang = True
    found = await town.together([FIRST, SECOND, THIRD])
    assert [told(response) for response in found[1:]] == alone
    await asyncio.sleep(0.05)
    assert town.deeds.cancelled == 1  # nobody waited for the rest of the convoy
    await town.together(KNOWN)
    assert len(town.convoys) == 1  # for a while all of them travel alone


async def test_where_agencies_are_slow_all_travel_alone_for_a_while(
    town: Crossroads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.engine.engine.SLOW", -1.0)
    monkeypatch.setattr("gateway.engine.engine.ALONE", 0.2)
    await town.together(KNOWN)
    await town.together(KNOWN)
    assert len(town.convoys) == 1
    await asyncio.sleep(0.25)
    await town.together(KNOWN)
    assert len(town.convoys) == 2


async def test_a_mistake_of_ours_costs_a_convoy_only(
    town: Crossroads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alone = [told(await town.alone(id)) for id in KNOWN]

    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("gateway.engine.roots.entities", broken)
    assert [told(response) for response in await town.together(KNOWN)] == alone
    assert town.convoys == [dict.fromkeys(KNOWN[1:], False)]
    assert "a convoy failed; its members travel alone" in caplog.text


async def test_an_agency_that_is_down_is_told_to_each(town: Crossroads) -> None:
    town.deeds.fails = lambda scan: Unavailable("the source can't be reached")
    alone = [told(await town.alone(id)) for id in KNOWN]
    assert [told(response) for response in await town.together(KNOWN)] == alone
    assert all(town.convoys[0].values())


async def test_a_convoy_has_its_size(town: Crossroads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.engine.convoys.MOST", 3)
    ids = [KNOWN[n % 5] for n in range(11)]
    found = await town.together(ids)
    assert [response.payload["data"]["address"]["id"] for response in found] == ids
    assert [len(convoy) for convoy in town.convoys] == [3, 3, 3]
