"""What a caller may wish for in `extensions`: to see the plan, not to wait, to see the calls."""

import time
from typing import Any

import pytest

from tests.e2e.city import ANONYMOUS, TESTER, Town, codes, incomplete, make_town

LOT = '{ address(id: "tv.lot:10101") '
PROFILE = f"""{LOT} {{ yearBuilt sales {{ nodes {{ id }} }} complaints {{ totalCount }}
  businesses {{ nodes {{ name }} }} records {{ nodes {{ id }} }} }} }}"""


async def test_explain_asks_nobody(town: Town) -> None:
    payload = await town.answer(PROFILE, extensions={"explain": True})
    assert town.calls() == []
    assert payload["data"] is None
    told = payload["extensions"]["explain"]
    for word in ("wave 1", "deeds.sales", "calls.complaints", "Spell", "Merge", "Choose", "land.parcels"):
        assert word in told["text"], word
    assert len(told["text"].splitlines()) == len(told["nodes"])
    assert told["fallback"] is None


async def test_explain_says_what_is_denied(town: Town) -> None:
    query = LOT + "{ shelters { totalCount } people { totalCount } } }"
    nodes = (await town.answer(query, ANONYMOUS, {"explain": True}))["extensions"]["explain"]["nodes"]
    assert any(node["denied"] for node in nodes if "welfare.shelters" in node["what"])
    assert not any(
        node["denied"]
        for node in (await town.answer(query, TESTER, {"explain": True}))["extensions"]["explain"]["nodes"]
    )


async def test_explain_tells_when_translation_comes_first(town: Town) -> None:
    async def wave(id: str) -> int:
        query = f'{{ address(id: "{id}") {{ sales {{ totalCount }} }} }}'
        nodes = (await town.answer(query, extensions={"explain": True}))["extensions"]["explain"]["nodes"]
        (found,) = (node["wave"] for node in nodes if "deeds.sales" in node["what"] and node["node"] == "Fetch")
        return int(found)

    assert await wave("tv.lot:10101") == 1  # keyed by the argument
    assert await wave("tv.building:1001") == 2


async def test_explain_of_introspection_says_why_it_is_not_planned(town: Town) -> None:
    told = (await town.answer("{ __schema { queryType { name } } }", extensions={"explain": True}))["extensions"][
        "explain"
    ]
    assert "introspection" in told["fallback"]


async def test_max_wait_answers_without_the_late(town: Town) -> None:
    town.agencies["deeds"].delay = 0.4
    began = time.monotonic()
    payload = await town.answer(PROFILE, extensions={"maxWait": "100ms"})
    assert time.monotonic() - began < 0.35
    address = payload["data"]["address"]
    assert address["yearBuilt"] == 1950
    assert address["complaints"]["totalCount"] == 2
    assert address["sales"] == {"nodes": None}
    assert len(address["records"]["nodes"]) > 10
    assert codes(payload) == [("address.sales.nodes", "TIMEOUT")]
    told = payload["errors"][0]["extensions"]
    assert (told["retryable"], told["agency"]) == (True, "RD")
    assert {field for field, state in incomplete(payload) if state == "UNAVAILABLE"} == {
        "address.sales",
        "address.records",
        "address.yearBuilt",
    }


async def test_max_wait_long_enough_changes_nothing(town: Town) -> None:
    town.agencies["deeds"].delay = 0.1
    payload = await town.answer(PROFILE, extensions={"maxWait": "4s"})
    assert codes(payload) == []


async def test_late_translation_makes_its_dependants_late(town: Town) -> None:
    town.agencies["works"].delay = 0.3
    query = '{ address(id: "tv.building:1001") { existence sales { nodes { id } source { state } } } }'
    payload = await town.answer(query, extensions={"maxWait": "50ms"})
    assert payload["data"]["address"] == {
        "existence": "UNKNOWN",
        "sales": {"nodes": None, "source": {"state": "UNAVAILABLE"}},
    }
    assert codes(payload) == [("address.sales.nodes", "TIMEOUT")]


async def test_the_operators_deadline_holds_without_a_wish() -> None:
    town = make_town(deadline=0.2)
    for agency in town.agencies.values():
        agency.delay = 0.45
    began = time.monotonic()
    payload = await town.answer(PROFILE)
    assert time.monotonic() - began < 0.6
    assert payload["data"]["address"]["sales"]["nodes"] is None
    assert {code for _, code in codes(payload)} == {"TIMEOUT"}


@pytest.mark.parametrize(
    "wish",
    [
        {"maxWait": 5},
        {"maxWait": "5"},
        {"maxWait": "soon"},
        {"maxWait": "-1s"},
        {"maxWait": "0s"},
        {"maxWait": []},
        {"explain": "yes"},
        {"trace": 1},
    ],
)
async def test_wrong_wishes(wish: dict[str, Any], town: Town) -> None:
    payload = await town.answer(PROFILE, extensions=wish)
    assert [code for _, code in codes(payload)] == ["BAD_REQUEST"]
    assert next(iter(wish)) in payload["errors"][0]["message"]
    assert "data" not in payload
    assert town.calls() == []


async def test_other_extensions_are_left_alone(town: Town) -> None:
    payload = await town.answer(LOT + "{ id } }", extensions={"persistedQuery": {"version": 1}, "tool": None})
    assert payload == {"data": {"address": {"id": "tv.lot:10101"}}}


async def test_trace_lists_every_call(town: Town) -> None:
    town.cut_off("health")
    payload = await town.answer(PROFILE, extensions={"trace": True})
    trace = payload["extensions"]["trace"]
    assert sorted(call["dataset"] for call in trace["calls"]) == sorted(town.calls())
    assert {call["state"] for call in trace["calls"] if call["dataset"] == "health.inspections"} == {"UNAVAILABLE"}
    assert all(call["ms"] >= 0 and call["keys"] >= 1 for call in trace["calls"])
    assert trace["fallback"] is None
