"""What a client does with its connection: bodies that come late or in parts, and leaving at any moment."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from gateway.engine.requests import Abandoned, Facts, Response
from gateway.web.bodies import BadRequest
from gateway.web.connection import WATCHED_AFTER, Left, body_of, while_connected

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
DONE = Response({"data": {}})


def sends(*chunks: bytes, leaves: bool = False) -> Receive:
    """A client that sends these parts of a body, and then leaves or waits."""
    parts = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]
    if parts and not leaves:
        parts[-1]["more_body"] = False

    async def receive() -> MutableMapping[str, Any]:
        if parts:
            return parts.pop(0)
        if not leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return receive


def leaves_after(seconds: float) -> Receive:
    """A client that closes its connection after some time."""

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(seconds)
        return {"type": "http.disconnect"}

    return receive


async def test_a_body_in_parts() -> None:
    assert await body_of(sends(b"one"), 10, 1) == b"one"
    assert await body_of(sends(b"one ", b"", b"two"), 10, 1) == b"one two"
    assert await body_of(sends(b""), 10, 1) == b""


@pytest.mark.parametrize("chunks", [(b"12345",), (b"123", b"45"), (b"1234", b"5", b"6" * 100)])
async def test_a_body_that_is_too_long(chunks: tuple[bytes, ...]) -> None:
    with pytest.raises(BadRequest) as raised:
        await body_of(sends(*chunks), 4, 1)
    assert raised.value.status == 413


async def test_a_body_that_never_ends() -> None:
    with pytest.raises(BadRequest) as raised:
        await body_of(sends(), 4, 0.01)
    assert raised.value.status == 408


async def test_who_leaves_within_the_body() -> None:
    with pytest.raises(Left):
        await body_of(sends(b"one", leaves=True), 10, 1)


async def work(seconds: float, done: list[str]) -> Response:
    """Some work that tells what it did when it is cancelled."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        raise Abandoned(Facts(rows=7)) from None
    done.append("done")
    return DONE


async def test_short_work_is_not_watched() -> None:
    done: list[str] = []
    before = asyncio.all_tasks()
    assert await while_connected(leaves_after(0), work(0, done)) is DONE
    assert asyncio.all_tasks() == before


async def test_a_client_that_stays() -> None:
    done: list[str] = []
    assert await while_connected(sends(), work(2 * WATCHED_AFTER, done)) is DONE
    await asyncio.sleep(0)
    assert (done, asyncio.all_tasks()) == (["done"], {asyncio.current_task()})


async def test_who_leaves_cancels_the_work_and_nothing_else() -> None:
    done: list[str] = []
    with pytest.raises(Left) as raised:
        await while_connected(leaves_after(0), work(10, done))
    assert (raised.value.facts.rows, done) == (7, [])
    await asyncio.sleep(0.01)  # the record that follows is not cancelled
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    async with asyncio.timeout(1):
        await asyncio.sleep(0)


async def test_work_within_a_time_out_is_cancelled_and_not_late() -> None:
    async def bounded() -> Response:
        try:
            async with asyncio.timeout(10):
                return await work(10, [])
        except TimeoutError:
            raise AssertionError("late") from None

    with pytest.raises(Left) as raised:
        await while_connected(leaves_after(0), bounded())
    assert raised.value.facts.rows == 7


async def test_a_gateway_that_stops_records_what_was_done() -> None:
    task = asyncio.create_task(while_connected(sends(), work(10, [])))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(Left) as raised:
        await task
    assert raised.value.facts.rows == 7


async def test_what_the_work_raises() -> None:
    async def failing() -> Response:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await while_connected(sends(), failing())
