"""The restriction list holds at once, for whom it names, and names nobody itself."""

import time

import pytest
import sqlalchemy as sa

from gateway.policy.pepper import WrongPepper
from gateway.policy.restrictions import RESTRICTIONS, Restrictions
from gateway.store import Store, Watch, open_store
from tests.gateway.policy.keys.making import DAY, NOW, PEPPER
from tests.gateway.store.test_watch import until

ANN, BOB = "hbt.resident:100000007", "hbt.resident:100000008"


async def test_it_holds_for_everyone_until_it_is_loaded(store: Store) -> None:
    restrictions = Restrictions(store, PEPPER)
    assert (restrictions.holds(ANN), restrictions.empty) == (True, False)
    await restrictions.load()
    assert (restrictions.holds(ANN), restrictions.empty) == (False, True)


async def test_entries_are_added_once_and_removed(store: Store) -> None:
    restrictions = Restrictions(store, PEPPER)
    assert await restrictions.add([ANN], reference="Protection 2026/1", by="tests", now=NOW) == 1
    assert await restrictions.add([ANN, BOB], reference="Protection 2026/2", by="tests", now=NOW + DAY) == 1
    await restrictions.load()
    assert (restrictions.holds(ANN), restrictions.holds(BOB), restrictions.empty) == (True, True, False)
    assert [(each.reference, each.added) for each in await restrictions.list()] == [
        ("Protection 2026/2", NOW + DAY),
        ("Protection 2026/1", NOW),
    ]
    assert await restrictions.remove([ANN, "hbt.resident:100000009"]) == 1
    await restrictions.load()
    assert (restrictions.holds(ANN), restrictions.holds(BOB)) == (False, True)


async def test_another_process_follows_within_a_second(store: Store, store_url: str) -> None:
    other = await open_store(store_url)
    restrictions, watch = Restrictions(store, PEPPER), Watch(store)
    watch.on("restrictions", restrictions.load)
    await watch.start()
    await Restrictions(other, PEPPER).add([ANN], reference="Protection 2026/1", by="tests", now=NOW)
    added = time.monotonic()
    await until(lambda: restrictions.holds(ANN))
    assert time.monotonic() - added < 1
    await watch.aclose()
    await other.aclose()


async def test_with_another_pepper_nothing_is_added_loaded_or_removed(store: Store) -> None:
    await Restrictions(store, PEPPER).add([ANN], reference="Protection 2026/1", by="tests", now=NOW)
    other = Restrictions(store, b"another pepper that is long enough")
    for refused in (other.load(), other.add([BOB], reference="x", by="tests", now=NOW), other.remove([ANN])):
        with pytest.raises(WrongPepper):
            await refused
    assert other.holds(BOB)


async def test_the_store_has_hashes_only(store: Store) -> None:
    restrictions = Restrictions(store, PEPPER)
    await restrictions.add([ANN], reference="Protection 2026/1", by="tests", now=NOW)
    async with store.read() as connection:
        rows = (await connection.execute(sa.select(RESTRICTIONS))).all()
    assert "100000007" not in repr((rows, restrictions, await restrictions.list()))
