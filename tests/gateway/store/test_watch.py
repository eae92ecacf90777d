"""News of a change reach those who follow the topic, once it is committed, and again if they failed."""

import asyncio
import logging
import time
from collections.abc import Callable

import pytest

from gateway.store import Store, StoreError, Watch, open_store
from tests.gateway.store.databases import Quiet, lined


async def until(condition: Callable[[], bool], within: float = 3.0) -> None:
    """Wait for a condition, which is called until it is true."""
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


class Follower:
    """Notes when it is called; `fails` as often as it is told."""

    def __init__(self, fails: int = 0) -> None:
        self.calls: list[float] = []
        self.fails = fails

    async def __call__(self) -> None:
        self.calls.append(time.monotonic())
        if self.fails:
            self.fails -= 1
            raise ValueError("not understood")


async def test_followers_load_at_the_start_and_hear_of_changes_of_their_topic_only(store: Store) -> None:
    watch, keys, pauses = Watch(store, 0.05), Follower(), Follower()
    watch.on("keys", keys)
    watch.on("pauses", pauses)
    await watch.start()
    assert (len(keys.calls), len(pauses.calls)) == (1, 1)
    await store.bump("keys")
    await until(lambda: len(keys.calls) == 2)
    await asyncio.sleep(0.2)
    assert (len(keys.calls), len(pauses.calls)) == (2, 1)
    await watch.aclose()


async def test_another_connections_change_is_heard_within_a_second(store: Store, store_url: str) -> None:
    other = await open_store(store_url)
    watch, keys = Watch(store), Follower()
    watch.on("keys", keys)
    await watch.start()
    changed = time.monotonic()
    async with other.change("keys"):
        await asyncio.sleep(0.6)
        assert len(keys.calls) == 1, "what is not committed is no news"
    changed = time.monotonic()
    await until(lambda: len(keys.calls) == 2)
    assert keys.calls[1] - changed < 1
    await watch.aclose()
    await other.aclose()


async def test_a_change_that_fails_is_no_news(store: Store) -> None:
    with pytest.raises(ValueError, match="no"):
        async with store.change("keys"):
            raise ValueError("no")
    assert await store.revisions() == {}


async def test_a_follower_that_fails_is_called_again_and_its_topic_is_not_confirmed(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    watch, keys = Watch(store, 0.05), Follower()
    watch.on("keys", keys)
    await watch.start()
    keys.fails = 8
    await store.bump("keys")
    await until(lambda: len(keys.calls) == 9)
    assert store.age("keys") > 0.3
    await until(lambda: store.age("keys") < 0.2)
    assert len(keys.calls) == 10
    assert "news of keys could not be taken in" in caplog.text
    await watch.aclose()


async def test_a_follower_that_takes_long_is_not_called_twice_at_once_and_delays_no_other(store: Store) -> None:
    entered = 0
    free = asyncio.Event()
    free.set()

    async def slow() -> None:
        nonlocal entered
        entered += 1
        await free.wait()

    watch, quick = Watch(store, 0.05), Follower()
    watch.on("slow", slow)
    watch.on("quick", quick)
    await watch.start()
    free.clear()
    await store.bump("slow")
    await until(lambda: entered == 2)
    await store.bump("slow")
    await store.bump("quick")
    await until(lambda: len(quick.calls) == 2)
    assert entered == 2
    free.set()
    await until(lambda: entered == 3)
    await watch.aclose()


async def test_a_start_without_a_store_fails(caplog: pytest.LogCaptureFixture) -> None:
    async with lined() as (url, line):
        store = await open_store(url)
        await line.stop()
        watch = Watch(store, 0.05)
        with pytest.raises(StoreError, match="does not answer"):
            await watch.start()
        await watch.aclose()
        await store.aclose()
        await line.start()


async def test_a_store_that_goes_is_told_once_and_news_come_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "citygraph.store")
    async with lined() as (url, line):
        store = await open_store(url)
        watch, keys = Watch(store, 0.05), Follower()
        watch.on("keys", keys)
        await watch.start()
        await until(lambda: store.age("keys") < 0.1)
        await line.stop()
        await until(lambda: store.age("keys") > 0.5)
        assert [record.getMessage().partition("; ")[2] for record in caplog.records] == [
            "what is known stays in force for a while"
        ]
        await line.start()
        await until(lambda: store.age("keys") < 0.2, 10)
        assert len(caplog.records) == 2
        assert "answers again" in caplog.text
        await store.bump("keys")
        await until(lambda: len(keys.calls) == 2)
        await watch.aclose()
        await store.aclose()


async def test_a_store_that_falls_silent_holds_nobody_up() -> None:
    async with lined(Quiet) as (url, line):
        assert isinstance(line, Quiet)
        store = await open_store(url)
        watch = Watch(store, 0.05)
        await watch.start()
        line.hush()
        await asyncio.sleep(0.3)
        async with asyncio.timeout(5):
            await watch.aclose()
        async with asyncio.timeout(15):
            await store.aclose()
