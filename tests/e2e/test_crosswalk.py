"""What matching finds is remembered: the next time no agency is searched, and decisions hold at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.crosswalk import Ledger, StoredCrosswalk
from gateway.engine.requests import ANONYMOUS
from gateway.engine.services import Services
from gateway.store import Store, open_store
from tests.e2e.city import Town
from tests.e2e.market import city, make_market

FOOD, LIQUOR = "mk.food:100001", "mk.liquor:2000001"


@dataclass
class Remembering:
    """Marketown with a crosswalk; `now` is its clock."""

    town: Town
    store: Store
    crosswalk: StoredCrosswalk
    ledger: Ledger
    now: datetime

    async def links(self, id: str = FOOD) -> dict[str, dict[str, Any]]:
        """The links of a business; what was found is written before they are given."""
        query = f'{{ business(id: "{id}") {{ links(possible: 0) {{ identifier state evidence {{ rule }} }} }} }}'
        data = await self.town.data(query, ANONYMOUS)
        await self.crosswalk.flush()
        return {link["identifier"]: link for link in data["business"]["links"]}

    async def decide(self, a: str, b: str, state: Any) -> None:
        """As a steward does it, and as the watch tells it."""
        await self.ledger.decide(a, b, state, by="ann", moment=self.now)
        await self.crosswalk.load()


@pytest.fixture
async def market(tmp_path: Path) -> AsyncIterator[Remembering]:
    store = await open_store(f"sqlite:///{tmp_path}/store.db")
    crosswalk = StoredCrosswalk(store)
    crosswalk.bind(city())
    made = Remembering(make_market(), store, crosswalk, Ledger(store), datetime(2026, 5, 1, tzinfo=UTC))
    made.town = make_market(services=Services(crosswalk=crosswalk, clock=lambda: made.now))
    yield made
    await made.town.engine.aclose()
    await store.aclose()


async def test_the_second_time_nobody_is_searched(market: Remembering) -> None:
    first = await market.links()
    market.town.forget()
    again = await market.links()
    assert {name: link["state"] for name, link in again.items()} == {n: link["state"] for n, link in first.items()}
    assert not {"liquor.licences", "trade.licences"} & set(market.town.calls())


async def test_a_profile_takes_its_identifiers_from_the_crosswalk(market: Remembering) -> None:
    await market.links()
    market.town.forget()
    query = f'{{ business(id: "{FOOD}") {{ liquorLicences {{ nodes {{ number }} source {{ state }} }} }} }}'
    found = (await market.town.data(query))["business"]["liquorLicences"]
    assert found == {"nodes": [{"number": "2000001"}], "source": {"state": "OK"}}
    assert market.town.calls().count("liquor.licences") == 1


async def test_after_a_day_of_use_it_is_confirmed(market: Remembering) -> None:
    await market.links()
    market.now += timedelta(days=2)
    await market.crosswalk.load()
    await market.links()
    edges = await market.ledger.list(identifier=LIQUOR)
    assert {edge.last_confirmed for edge in edges if edge.state == "MATCH"} == {market.now}


async def test_what_is_no_more_is_forgotten(market: Remembering) -> None:
    await market.links()
    market.now += timedelta(days=2)
    await market.crosswalk.load()
    market.town.agencies["liquor"].rows["licences"] = []
    assert LIQUOR not in {name for name, link in (await market.links()).items() if link["state"] == "MATCH"}


async def test_while_an_agency_is_away_what_was_found_holds(market: Remembering) -> None:
    await market.links()
    market.now += timedelta(days=2)
    await market.crosswalk.load()
    market.town.cut_off("liquor")
    assert (await market.links())[LIQUOR]["state"] == "MATCH"
    market.now += timedelta(days=100)
    await market.crosswalk.load()
    assert (await market.links())[LIQUOR]["state"] == "POSSIBLE"  # as an applicant typed it


async def test_unlinking_holds_at_once_and_from_every_end(market: Remembering) -> None:
    await market.links()
    await market.links("mk.trade:3001")
    await market.decide(FOOD, LIQUOR, "NO")
    assert LIQUOR not in await market.links()
    assert FOOD not in await market.links(LIQUOR)
    market.now += timedelta(days=2)
    await market.crosswalk.load()
    assert LIQUOR not in await market.links()


async def test_what_a_steward_decides_is_a_match(market: Remembering) -> None:
    assert "mk.trade:3003" not in await market.links()
    await market.decide(FOOD, "mk.trade:3003", "MATCH")
    found = (await market.links())["mk.trade:3003"]
    assert found["state"] == "MATCH"
    assert "decided" in {each["rule"] for each in found["evidence"]}


async def test_no_decision_crosses_levels(market: Remembering) -> None:
    await market.decide(FOOD, "mk.company:400", "MATCH")
    assert "mk.company:400" not in await market.links()


async def test_the_store_has_identifiers_and_rules_only(market: Remembering) -> None:
    for id in (FOOD, "mk.food:100002", "mk.food:100003", "mk.liquor:2000003"):
        await market.links(id)
    edges = await market.ledger.list()
    assert {edge.state for edge in edges} == {"MATCH", "POSSIBLE"}
    text = repr(edges).upper()
    assert not any(word in text for word in ("PHEASANT", "HERON", "OAK", "ELM", "555", "ZUCCHERO", "90001"))


class Protected:
    """A restriction list of one."""

    empty = False

    def holds(self, identifier: str) -> bool:
        return identifier == LIQUOR


async def test_who_is_protected_is_linked_to_nobody(market: Remembering) -> None:
    """Neither by a look nor by what was found before."""
    assert LIQUOR in await market.links()
    services = Services(restrictions=Protected(), crosswalk=market.crosswalk, clock=lambda: market.now)
    for remembering in (services, Services(restrictions=Protected())):
        market.town = make_market(services=remembering)
        assert LIQUOR not in await market.links()
        await market.town.engine.aclose()
