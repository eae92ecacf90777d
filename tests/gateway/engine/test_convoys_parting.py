"""What of a convoy's run is whose: nothing of one request's is told another, nor to its record."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.base import Scan
from adapters.errors import Rejected, SourceError, Unavailable
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.frames import Frame
from gateway.engine.grouping import Grouped
from gateway.engine.requests import Abandoned, Request, Response
from gateway.engine.run import Run
from gateway.engine.services import Services
from gateway.engine.values import RecordValue, Rows
from gateway.settings import Settings
from tests.e2e.city import KEY, TESTER
from tests.e2e.market import make_market
from tests.e2e.test_retired import PROFILE, ROWS, TODAY
from tests.garbage import left_behind
from tests.gateway.engine.convoys_city import KNOWN, LIENS, UNKNOWN, Crossroads, Office, make_crossroads, told

BELOW = """query Below($id: ID!) { address(id: $id) {
  id existence
  businesses(first: 3) { edges { role node { id addresses(first: 2) { nodes { id } totalCount } } } }
  inspections(first: 5) { nodes { id about { business { id siteEntries { nodes { id name } } } } } }
  units { id } buildings { id buildingPermits(first: 2) { nodes { number } totalCount } }
} }"""
IDENTIFIED = "query($id: ID!) { address(id: $id) { id existence identifiers { identifier relation } } }"
LINKS = """query($id: ID!) { business(id: $id) {
  id existence identifiers { identifier state } links(possible: 0) { identifier state confidence evidence { rule } }
  visits { nodes { date } totalCount } liquorLicences { nodes { number } } tradeLicences { nodes { number } }
} }"""


@pytest.fixture
async def town() -> AsyncIterator[Crossroads]:
    """Testville with all agencies well."""
    made = make_crossroads()
    yield made
    await made.engine.aclose()


async def each_as_alone(town: Crossroads, ids: Sequence[str], query: str) -> list[Response]:
    """The responses of requests that come at once, each of them as if it had come alone."""
    alone = [told(await town.alone(id, query)) for id in ids]
    together = await town.together(ids, query)
    assert [told(response) for response in together] == alone
    return together


def subjects(response: Response) -> set[str]:
    """Whom the record of look-ups is told of."""
    return set(response.facts.subjects)


def shown(data: object) -> set[str]:
    """The identifiers of entities in a response."""
    if isinstance(data, list):
        return set().union(*map(shown, data))
    if not isinstance(data, dict):
        return set()
    own = {data["id"]} if ":" in str(data.get("id")) else set()
    return own.union(*map(shown, data.values()))


async def test_the_record_is_told_of_nobody_elses_businesses(town: Crossroads) -> None:
    alone = {id: await town.alone(id, BELOW) for id in KNOWN}
    together = dict(zip(KNOWN, await town.together(KNOWN, BELOW), strict=True))
    assert [*town.convoys[0].values()] == [True] * 4
    for id, response in together.items():
        assert response.payload["data"] == alone[id].payload["data"]
        assert subjects(response) == subjects(alone[id])
        told_of = {each for each in shown(response.payload["data"]) if each.startswith(("tv.site", "tv.company"))}
        assert subjects(response) == told_of | {id}
    assert {len(subjects(response)) for response in together.values()} > {1}


async def test_what_a_record_names_belongs_to_who_was_asked_for(town: Crossroads) -> None:
    first, second, *_ = await town.together(KNOWN[:3], BELOW)
    assert subjects(first) == {"tv.lot:10101", "tv.site:70011", "tv.site:70021"}
    assert subjects(second) >= {"tv.lot:10102", "tv.site:70012"}
    assert not subjects(second) & {"tv.site:70011", "tv.site:70021"}


async def test_two_who_share_a_business_are_both_told(town: Crossroads) -> None:
    """A site is at one lot by its entry and at another by its advertisement."""
    query = "query($id: ID!) { address(id: $id) { id businesses { nodes { id } } } }"
    _, one, other = await town.together(["tv.lot:10103", "tv.lot:10102", "tv.lot:20101"], query)
    assert town.convoys == [{"tv.lot:10102": True, "tv.lot:20101": True}]
    assert "tv.site:70012" in subjects(one) & subjects(other)


async def test_rows_are_counted_for_whom_they_are(town: Crossroads) -> None:
    together = await each_as_alone(town, KNOWN, LIENS)
    assert [response.facts.rows for response in together] == [3, 1, 1, 1, 1]


async def test_what_is_incomplete_is_told_to_whom_it_concerns(town: Crossroads) -> None:
    query = "query($id: ID!) { address(id: $id) { id sprinklerTests { totalCount } homeCounts { totalCount } } }"
    town.agencies["census.db"].failure = Unavailable("the source can't be reached")
    together = await each_as_alone(town, ["tv.lot:20101", *KNOWN, "tv.lot:20102"], query)
    assert {str(response.payload["extensions"]).count("'entities': 1") for response in together} == {1, 2}


async def test_who_may_exist_elsewhere_is_looked_for_alone(town: Crossroads) -> None:
    """No register answers: of whom nothing was seen, further agencies are asked, for that one alone."""
    town.agencies["land.db"].failure = Unavailable("the source can't be reached")
    query = "query($id: ID!) { address(id: $id) { id existence fireOrders { totalCount } } }"
    together = await each_as_alone(town, [KNOWN[0], KNOWN[1], UNKNOWN, KNOWN[0]], query)
    assert [response.payload["data"]["address"]["existence"] for response in together] == [
        *("CONFIRMED", "CONFIRMED", "UNKNOWN", "CONFIRMED")
    ]
    assert town.convoys == [{KNOWN[1]: False, UNKNOWN: False, KNOWN[0]: True}]


async def test_a_key_that_an_agency_refuses_spoils_nobodys_answer(town: Crossroads) -> None:
    def refuses(scan: Scan) -> SourceError | None:
        bad = scan.keys is not None and ("10103",) in scan.keys.values
        return Rejected("the agency refuses this call") if bad else None

    town.deeds.fails = refuses
    _, second, third, *_ = await each_as_alone(town, KNOWN, LIENS)
    assert "errors" in third.payload
    assert "errors" not in second.payload
    assert town.convoys == [dict.fromkeys(KNOWN[1:], False)]
    await town.together(KNOWN, LIENS)
    assert len(town.convoys) == 1  # all of them travel alone for a while


@pytest.mark.parametrize("keys_per_call", [1, 3, 500])
async def test_whose_the_rows_are_does_not_depend_on_calls(keys_per_call: int) -> None:
    town = make_crossroads(keys_per_call=keys_per_call)
    await each_as_alone(town, [*KNOWN, UNKNOWN, *KNOWN], LIENS)
    assert town.convoys
    await town.engine.aclose()


# other cities


@pytest.fixture
async def lots() -> AsyncIterator[Crossroads]:
    """The city whose lots are renumbered."""
    made = load(Path(__file__).parents[2] / "e2e" / "lots", {})
    office = Office({name: [dict(row) for row in rows] for name, rows in ROWS.items()})
    settings = replace(Settings(), signing_key=KEY)
    engine = CityEngine(made, settings, adapters={"land.db": office}, services=Services(clock=lambda: TODAY))
    yield Crossroads(engine, {"land.db": office})
    await engine.aclose()


async def test_what_was_asked_by_an_old_number_is_of_who_asked_by_it(lots: Crossroads) -> None:
    """Two old numbers and the new one of a lot: each is told what is recorded under its own."""
    ids = [f"lv.lot:{number}" for number in ("2000", "0001", "1000", "0003", "3000", "7501", "0002", "9999")]
    alone = [(await lots.alone(id, PROFILE)).payload for id in ids]
    together = await lots.together(ids, PROFILE)
    assert [response.payload for response in together] == alone
    assert lots.convoys[0]["lv.lot:3000"] is False  # no register has it any more
    assert lots.convoys[0]["lv.lot:7501"]
    assert not lots.convoys[0]["lv.lot:1000"]


async def test_links_are_each_ones_own() -> None:
    ids = [*(f"mk.food:10000{n}" for n in range(1, 6)), *(f"mk.liquor:200000{n}" for n in range(1, 6))]
    alone = []
    for id in ids:
        market = make_market()
        alone.append(await market.engine.execute(Request(LINKS, variables={"id": id}, caller=TESTER)))
        await market.engine.aclose()
    for scheme in ("mk.food", "mk.liquor"):
        market = make_market()
        mine = {id: one for id, one in zip(ids, alone, strict=True) if id.startswith(scheme)}
        town = Crossroads(market.engine, {})
        for one, other in zip(mine.values(), await town.together([*mine], LINKS), strict=True):
            assert (other.payload, subjects(other)) == (one.payload, subjects(one))
        assert sum(town.convoys[0].values()) >= 3
        await market.engine.aclose()


# what is left behind


async def test_nothing_waits_for_the_garbage_collector(town: Crossroads) -> None:
    for _ in range(3):
        await town.together(KNOWN, BELOW)
    with left_behind() as left:
        await town.together(KNOWN, BELOW)
    assert town.convoys[-1] == dict.fromkeys(KNOWN[1:], True)
    assert left.isdisjoint({Frame, Run, Rows, Grouped, RecordValue})


async def test_lines_end_with_their_requests(town: Crossroads) -> None:
    await town.together(KNOWN)
    await asyncio.sleep(0.1)
    assert not town.engine._convoys._lines


# at any time


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    coming=st.lists(st.tuples(st.sampled_from([*KNOWN, UNKNOWN]), st.integers(0, 12)), min_size=2, max_size=12),
    leaving=st.dictionaries(st.integers(0, 11), st.integers(0, 30), max_size=4),
    pauses=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    most=st.integers(2, 6),
)
def test_whoever_comes_and_goes(
    coming: list[tuple[str, int]], leaving: dict[int, int], pauses: list[int], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.engine.convoys.MOST", most)
        asyncio.run(_come_and_go(coming, leaving, pauses))


async def _come_and_go(coming: list[tuple[str, int]], leaving: dict[int, int], pauses: list[int]) -> None:
    town = make_crossroads()
    alone = {id: told(await town.alone(id, BELOW)) for id in dict.fromkeys(id for id, _ in coming)}
    for office in town.agencies.values():
        office.pauses = pauses

    async def come(id: str, turns: int) -> Any:
        await _turns(turns)
        return await town.engine.execute(Request(BELOW, variables={"id": id}, caller=TESTER))

    async def leave(asked: "asyncio.Task[Any]", turns: int) -> None:
        await _turns(turns)
        asked.cancel()

    asked = [asyncio.create_task(come(id, turns)) for id, turns in coming]
    gone = [asyncio.create_task(leave(asked[n], turns)) for n, turns in leaving.items() if n < len(asked)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    await asyncio.gather(*gone)
    event(f"{len(town.convoys)} convoys")
    for (id, _), one in zip(coming, found, strict=True):
        if isinstance(one, Abandoned):
            assert set(one.facts.subjects) <= set(alone[id][1].subjects)
        elif not isinstance(one, asyncio.CancelledError):
            assert isinstance(one, Response), one
            assert one.payload == alone[id][0]
            assert set(one.facts.subjects) == set(alone[id][1].subjects)
    await town.engine.aclose()


async def _turns(many: int) -> None:
    for _ in range(many):
        await asyncio.sleep(0)
