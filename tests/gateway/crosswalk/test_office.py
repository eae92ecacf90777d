"""A gateway's process opens its crosswalk with its store; other processes know what people decide."""

import asyncio
from dataclasses import replace
from pathlib import Path

from gateway.crosswalk import Ledger
from gateway.office import Office
from gateway.settings import Settings
from gateway.store import open_store
from tests.e2e.market import MARKET, city
from tests.gateway.crosswalk.making import DAY, NOW, RULES, edge, look

PEPPER = b"only for the tests of the crosswalk, not a secret"
FOOD, LIQUOR = "mk.food:100001", "mk.liquor:2000001"


def settings(tmp_path: Path) -> Settings:
    store = f"sqlite:///{tmp_path}/store.db"
    return replace(Settings(), pepper=PEPPER, store=store, audit=str(tmp_path / "audit"), audit_sync="off")


async def test_what_a_process_finds_the_next_one_knows(tmp_path: Path) -> None:
    for found in ((), (LIQUOR,)):
        office = Office(settings(tmp_path), MARKET)
        crosswalk = office.bind(city()).crosswalk
        await office.start()
        known = (await crosswalk.known([FOOD], RULES, NOW))[FOOD]
        assert tuple(tie.identifier for tie in known.ties) == found
        crosswalk.note(look(FOOD, edge(FOOD, LIQUOR)))
        await office.aclose()


async def test_a_decision_is_followed_within_a_second(tmp_path: Path) -> None:
    office = Office(settings(tmp_path), MARKET)
    crosswalk = office.bind(city()).crosswalk
    await office.start()
    assert not (await crosswalk.known([FOOD], RULES, NOW))[FOOD].ties
    store = await open_store(settings(tmp_path).store)
    await Ledger(store).decide(FOOD, LIQUOR, "MATCH", by="ann", moment=NOW)
    await store.aclose()
    for _ in range(100):
        known = (await crosswalk.known([FOOD], RULES, NOW))[FOOD]
        if known.ties:
            break
        await asyncio.sleep(0.05)
    assert [tie.identifier for tie in known.ties] == [LIQUOR]
    await office.aclose()


async def test_without_a_store_a_process_remembers_for_a_day_what_it_found(tmp_path: Path) -> None:
    office = Office(replace(settings(tmp_path), pepper=None), MARKET)
    crosswalk = office.bind(city()).crosswalk
    await office.start()
    assert await crosswalk.known([FOOD], RULES, NOW) == {}
    crosswalk.note(look(FOOD, edge(FOOD, LIQUOR)))
    crosswalk.note(look("mk.food:100002", whole=False))
    found = await crosswalk.known([FOOD, "mk.food:100002"], RULES, NOW)
    assert [tie.identifier for tie in found[FOOD].ties] == [LIQUOR]
    assert set(found) == {FOOD}
    assert found[FOOD].fresh
    assert await crosswalk.known([FOOD], "other weights", NOW) == {}
    assert await crosswalk.known([FOOD], RULES, NOW + DAY) == {}
    office.bind(city())
    assert await crosswalk.known([FOOD], RULES, NOW) == {}
    await office.aclose()
