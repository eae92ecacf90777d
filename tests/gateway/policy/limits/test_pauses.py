"""The switch of an agency: in the store, and in force on every process within a second."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.policy.limits.budgets import Pause
from gateway.policy.limits.pauses import TOPIC, Pauses
from gateway.store import Store, Watch, open_store

NOW = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)


async def test_pause_and_resume(store: Store) -> None:
    pauses = Pauses(store)
    assert await pauses.all() == {}
    await pauses.pause("fire", NOW, "Servers move", "ann")
    await pauses.pause("deeds", NOW)
    assert await pauses.all() == {
        "deeds": Pause("deeds", NOW),
        "fire": Pause("fire", NOW, "Servers move", "ann"),
    }
    assert await pauses.resume("deeds")
    assert not await pauses.resume("deeds")
    assert list(await pauses.all()) == ["fire"]


async def test_pausing_again_keeps_since_when(store: Store) -> None:
    pauses = Pauses(store)
    await pauses.pause("fire", NOW, "Servers move", "ann")
    await pauses.pause("fire", datetime.now(UTC), "Servers have moved; disks fail", "bob")
    assert (await pauses.all())["fire"] == Pause("fire", NOW, "Servers have moved; disks fail", "bob")


async def test_every_process_knows_within_a_second(store_url: str) -> None:
    """Two processes' watches, and a third who pauses; as the command does."""
    stores = [await open_store(store_url) for _ in range(3)]
    known: list[Mapping[str, Pause]] = [{}, {}]
    watches = []
    for n in range(2):

        def told(pauses: Mapping[str, Pause], n: int = n) -> None:
            known[n] = pauses

        watch = Watch(stores[n])
        watch.on(TOPIC, Pauses(stores[n], told).load)
        await watch.start()
        watches.append(watch)
    delays = []
    for n in range(4):
        change = Pauses(stores[2])
        await asyncio.sleep(0.13 * n)
        started = time.monotonic()
        if n % 2:
            await change.resume("fire")
        else:
            await change.pause("fire", NOW)
        while any(("fire" in each) is bool(n % 2) for each in known):
            await asyncio.sleep(0.005)
            assert time.monotonic() - started < 2
        delays.append(time.monotonic() - started)
    print(f"pause known on every process after {min(delays):.2f} to {max(delays):.2f} s")
    assert max(delays) < 1
    for watch in watches:
        await watch.aclose()
    for each in stores:
        await each.aclose()
