"""Whole answers: which are kept, for how long, for whom, and that nobody is asked for them."""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.errors import Throttled, Unavailable
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Encoded, Facts, Request, Response
from gateway.engine.services import Services, Unrestricted
from gateway.policy.limits.quotas import Admission
from gateway.policy.terms import Agreement
from gateway.settings import Settings
from resolvers.city import City
from tests.e2e.city import ANONYMOUS, KEY, TESTER, city
from tests.e2e.market import city as marketown
from tests.e2e.market import make_market
from tests.gateway.engine.sharing_city import Agency, agencies, bounded

PROFILE = """query P($id: ID!) { address(id: $id) { district
  liens { nodes { amount source { fetchedAt } } totalCount source { fetchedAt state } } } }"""
LOT = "tv.lot:10101"


def opened(seconds: float, *but: str) -> City:
    """Testville, of which everything that is open is kept for so many seconds, the land register too."""
    made = bounded(8, cached={name: seconds for name in city().tables if name not in but})
    land = replace(made.tables["land.parcels"], withheld=())
    return replace(made, tables={**made.tables, "land.parcels": land})


class Kept:
    """An engine over that, its agencies, and how often anybody was asked."""

    def __init__(self, seconds: float = 60.0, services: Services | None = None, room: int = 2**24) -> None:
        self.made = opened(seconds)
        self.systems: dict[str, Agency] = agencies()
        settings = replace(Settings(), signing_key=KEY, answer_cache=room)
        self.engine = CityEngine(self.made, settings, adapters=self.systems, services=services or Services())

    async def ask(
        self,
        query: str = PROFILE,
        caller: Caller = TESTER,
        extensions: Mapping[str, Any] | None = None,
        **given: object,
    ) -> Response:
        variables = {"id": LOT, **given} if "$id" in query else given
        request = Request(query, variables=variables, caller=caller, extensions=extensions or {})
        return await self.engine.execute(request)

    @property
    def calls(self) -> int:
        return sum(len(system.asked) for system in self.systems.values())

    @property
    def reads(self) -> int:
        return sum(self.engine.world.sources.tally(name).reads for name in self.made.sources)


async def test_the_same_question_is_answered_without_asking_or_reading() -> None:
    town = Kept()
    first = await town.ask()
    assert len(town.engine.kept_answers) == 1
    calls, reads = town.calls, town.reads
    again = await town.ask()
    assert (town.calls, town.reads) == (calls, reads)
    assert isinstance(again.payload, Encoded)
    assert again.payload.text == first.payload.text  # type: ignore[attr-defined]
    assert again.payload["data"]["address"]["liens"]["totalCount"] == 2
    assert again.facts == first.facts
    assert again.facts.rows > 0


async def test_others_are_answered_anew() -> None:
    town = Kept()
    await town.ask()
    for caller in (ANONYMOUS, Caller("a", frozenset({"*"}), key="a"), Caller("b", frozenset({"*"}), key="b")):
        before = town.reads
        await town.ask(caller=caller)
        assert town.reads > before
    before = town.reads
    await town.ask(id="tv.lot:10102")
    assert town.reads > before
    before = town.reads
    await town.ask(PROFILE.replace("totalCount", "total: totalCount"))
    assert town.reads > before


async def test_whoever_has_no_key_gets_only_what_all_may_see() -> None:
    town = Kept()
    await town.ask("query P($id: ID!) { address(id: $id) { ownerName liens { totalCount } } }", ANONYMOUS)
    assert len(town.engine.kept_answers) == 0  # the owner's name is denied
    for query in (PROFILE, f'{{ addresses(ids: ["{LOT}"]) {{ district liens {{ totalCount }} }} }}'):
        await town.ask(query, ANONYMOUS)
        before = town.reads
        await town.ask(query, ANONYMOUS)
        assert town.reads == before


async def test_an_answer_ends_with_the_first_of_its_rows() -> None:
    town = Kept(0.2)
    await town.ask()
    await asyncio.sleep(0.25)
    before = town.calls
    await town.ask()
    assert town.calls > before


async def test_rows_that_were_kept_for_a_while_are_no_younger_in_an_answer() -> None:
    town = Kept(0.4)
    await town.ask("query Q($id: ID!) { address(id: $id) { liens { nodes { amount source { fetchedAt } } } } }")
    await asyncio.sleep(0.3)
    await town.ask("query R($id: ID!) { address(id: $id) { liens { nodes { amount source { fetchedAt } } } } }")
    await asyncio.sleep(0.15)
    before = town.calls
    await town.ask("query R($id: ID!) { address(id: $id) { liens { nodes { amount source { fetchedAt } } } } }")
    assert town.calls > before


async def test_max_age_may_only_shorten() -> None:
    town = Kept()
    await town.ask()
    before = town.reads
    await town.ask(extensions={"maxAge": "1h"})
    assert town.reads == before
    await asyncio.sleep(0.02)
    before = town.calls
    await town.ask(extensions={"maxAge": "10ms"})
    assert town.calls > before


async def test_a_trace_tells_of_the_request_s_own_calls() -> None:
    town = Kept()
    await town.ask()
    payload = (await town.ask(extensions={"trace": True})).payload
    assert {call["via"] for call in payload["extensions"]["trace"]["shared"]} == {"cache"}
    assert "extensions" not in (await town.ask()).payload


async def test_nothing_is_kept_where_some_of_it_may_not_be() -> None:
    systems = agencies()
    engine = CityEngine(opened(60.0, "deeds.liens"), Settings(), adapters=systems)
    for _ in range(2):
        await engine.execute(Request(PROFILE, variables={"id": LOT}, caller=TESTER))
    assert len(systems["deeds.db"].asked) == 2
    assert len(engine.kept_answers) == 0


async def test_nothing_is_kept_of_a_day_when_an_agency_fails() -> None:
    town = Kept()
    town.systems["deeds.db"].fails = lambda scan: Unavailable("the source can't be reached")
    told = (await town.ask()).payload["data"]["address"]["liens"]
    assert (told["nodes"], told["source"]["state"]) == (None, "UNAVAILABLE")
    assert len(town.engine.kept_answers) == 0
    town.systems["deeds.db"].fails = lambda scan: None
    assert (await town.ask()).payload["data"]["address"]["liens"]["totalCount"] == 2


class Protected(Unrestricted):
    """A restriction list that may be filled while the gateway runs."""

    empty = True

    def holds(self, identifier: str) -> bool:
        return not self.empty and identifier == LOT


async def test_what_is_restricted_from_now_on_is_shown_no_more() -> None:
    restrictions = Protected()
    town = Kept(services=Services(restrictions=restrictions))
    assert (await town.ask()).payload["data"]["address"]["liens"]["totalCount"] == 2
    restrictions.empty = False
    told = (await town.ask()).payload["data"]["address"]
    assert (told["district"], told["liens"]["nodes"], told["liens"]["totalCount"]) == (None, None, None)


class Desk:
    """Lets everybody in; of some agencies nobody may ask now."""

    def __init__(self) -> None:
        self.closed: set[str] = set()

    async def admit(self, *_: object) -> Admission:
        return Admission()

    def turns(self, _key: str) -> Any:
        def turn(agency: str) -> None:
            if agency in self.closed:
                raise Throttled("the agency's budget is spent")

        return turn

    def administration(self, _caller: Caller) -> None:
        return None


async def test_an_agency_that_is_not_asked_now_tells_nothing_that_was_kept() -> None:
    desk = Desk()
    town = Kept(services=Services(desk=desk))  # type: ignore[arg-type]
    assert (await town.ask()).payload["data"]["address"]["liens"]["totalCount"] == 2
    desk.closed.add(town.made.tables["deeds.liens"].agency)
    shut = (await town.ask()).payload["data"]["address"]["liens"]
    assert (shut["nodes"], shut["totalCount"], shut["source"]["state"]) == (None, None, "UNAVAILABLE")
    desk.closed.clear()
    before = town.reads
    assert (await town.ask()).payload["data"]["address"]["liens"]["totalCount"] == 2
    assert town.reads == before


async def test_links_are_looked_up_each_time() -> None:
    """A steward may decide about them at any moment."""
    made = replace(marketown(), tables={name: replace(t, cache=60.0) for name, t in marketown().tables.items()})
    market = make_market(of=made)
    for _ in range(2):
        await market.data('{ business(id: "mk.food:100001") { links { identifier } visits(first: 1) { totalCount } } }')
    assert len(market.engine.kept_answers) == 0
    for _ in range(2):
        await market.data('{ business(id: "mk.food:100001") { visits(first: 1) { totalCount } } }')
    assert len(market.engine.kept_answers) == 1


async def test_purpose_and_reference_are_the_request_s_own() -> None:
    agreement = Agreement("a", 1, "Inspections", ("Test",), "law", {"inspection": "dpv:LegalCompliance"})
    town, caller = Kept(), Caller("a", key="a", agreement=agreement)

    async def told(reference: str) -> Facts:
        return (await town.ask(caller=caller, extensions={"purpose": "inspection", "reference": reference})).facts

    first = await told("case 7")
    before = town.reads
    assert await told("case 8") == first._replace(reference="case 8")
    assert (first.purpose, first.reference, first.rows > 0, town.reads) == ("inspection", "case 7", True, before)
    assert not any("case" in repr(kept) for kept in town.engine.kept_answers._kept.values())


async def test_answers_that_are_made_together_are_kept_too() -> None:
    town = Kept()
    caller = Caller("a", frozenset({"*"}), key="a")
    lots = [f"tv.lot:{lot}" for lot in ("10101", "10102", "10103", "20101", "20102")]
    together = await asyncio.gather(*(town.ask(caller=caller, id=lot) for lot in lots))
    assert len(town.engine.kept_answers) == len(lots)
    before = town.reads
    again = [await town.ask(caller=caller, id=lot) for lot in lots]
    assert town.reads == before
    assert [each.payload["data"] for each in again] == [each.payload["data"] for each in together]


async def test_their_bytes_are_bounded_and_as_many_as_is_said() -> None:
    town = Kept(room=1_000_000)
    request = Request(PROFILE, variables={"id": LOT}, caller=TESTER)
    response = await town.engine.execute(request)
    run = town.engine.begin(town.engine.prepare(request), request)
    run.calls.lasting(time.monotonic(), time.monotonic() + 60)
    kept, payload = town.engine.kept_answers, dict(response.payload)
    facts = [response.facts._replace(subjects=(f"tv.lot:{n}",)) for n in range(2_000)]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n, told in enumerate(facts):
        kept.keep((n, id(run.permits), None, f"{{'id': '{LOT}'}}"), run, replace(response, payload=payload, facts=told))
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 100 < len(kept) < 2_000
    assert kept.size <= 1_000_000
    assert used <= 1_000_000 * 1.2
    assert kept.size <= used * 3


async def test_no_room_keeps_nothing() -> None:
    town = Kept(room=0)
    await town.ask()
    await town.ask()
    assert len(town.engine.kept_answers) == 0
