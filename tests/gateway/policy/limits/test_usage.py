"""What keys asked on each day, counted by several processes."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from gateway.policy.limits.usage import Counts, Usage
from gateway.store import Store, StoreError, open_store

DAY = date(2026, 3, 4)
NEXT = date(2026, 3, 5)


async def test_counts_before_and_after_they_are_written(store: Store) -> None:
    usage = Usage(store)
    usage.note("cg_a", DAY, cost=5, rows=20, agencies=("fire", "deeds"))
    usage.note("cg_a", DAY, cost=1, denied=True, agencies=("fire",))
    usage.note("cg_a", NEXT, refused=True)
    usage.note("cg_b", DAY, cost=9)
    expected = [
        (NEXT, Counts(1, 0, 0, 0, 1, {})),
        (DAY, Counts(2, 6, 20, 1, 0, {"deeds": 1, "fire": 2})),
    ]
    assert await usage.of("cg_a", DAY) == expected
    await usage.flush()
    assert await usage.of("cg_a", DAY) == expected
    usage.note("cg_a", DAY, agencies=("fire",))
    assert (await usage.of("cg_a", DAY))[1][1].agencies == {"deeds": 1, "fire": 3}
    assert await usage.of("cg_a", NEXT) == expected[:1]
    assert (await usage.on(DAY)).keys() == {"cg_a", "cg_b"}


async def test_processes_add_to_the_same_counts(store_url: str) -> None:
    stores = [await open_store(store_url) for _ in range(3)]
    usages = [Usage(store) for store in stores]
    for _ in range(5):
        for usage in usages:
            for n in range(20):
                usage.note(f"cg_{n}", DAY, cost=2, rows=3, agencies=("fire",))
        await asyncio.gather(*(usage.flush() for usage in usages))
    assert await usages[0].of("cg_7", DAY) == [(DAY, Counts(15, 30, 45, 0, 0, {"fire": 15}))]
    for store in stores:
        await store.aclose()


async def test_written_in_the_background_and_at_the_end(store: Store) -> None:
    usage = Usage(store, every=0.01)
    await usage.start()
    usage.note("cg_a", DAY)
    for _ in range(200):
        await asyncio.sleep(0.01)
        if await usage.on(DAY):
            break
    else:
        pytest.fail("not written in 2 s")
    usage.note("cg_b", DAY)
    await usage.aclose()
    assert (await usage.on(DAY)).keys() == {"cg_a", "cg_b"}


async def test_a_store_that_is_down_loses_nothing(tmp_path: Path) -> None:
    place = tmp_path / "store.db"
    store = await open_store(f"sqlite:///{place}")
    usage = Usage(store)
    usage.note("cg_a", DAY, cost=3)
    moved = place.rename(tmp_path / "elsewhere.db")
    await store.aclose()
    place.mkdir()
    with pytest.raises(StoreError):
        await usage.flush()
    usage.note("cg_a", DAY, cost=4)
    place.rmdir()
    moved.rename(place)
    await usage.flush()
    assert await usage.of("cg_a", DAY) == [(DAY, Counts(2, 7))]
    await store.aclose()


async def test_memory_is_bounded(store: Store) -> None:
    usage = Usage(store, most=10)
    for n in range(100):
        usage.note(f"cg_{n}", DAY)
    await usage.flush()
    assert len(await usage.on(DAY)) == 10


async def test_old_days_are_forgotten(store: Store) -> None:
    usage = Usage(store)
    usage.note("cg_a", DAY, agencies=("fire",))
    usage.note("cg_a", NEXT, agencies=("fire",))
    await usage.flush()
    assert await usage.forget(NEXT) == 1
    assert await usage.of("cg_a", DAY) == [(NEXT, Counts(1, agencies={"fire": 1}))]
