"""What a client does with its connection while a request lasts: it sends the body, it may leave.

Whoever leaves early cancels the work for its request, which tells what it did until then. Nobody
looks for that at once: a watch costs more than most requests that would be over before it matters.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive

from adapters.deadlines import Deadlines
from gateway.engine.requests import Abandoned, Facts, Response
from gateway.engine.waiting import Rest
from gateway.web.bodies import BadRequest

_Chunk = tuple[bytes | bytearray, bool]

WATCHED_AFTER = 0.025
"""Seconds that a request takes before it is watched whether its client is still there."""

_unwatched = Deadlines(WATCHED_AFTER)
_NO_FACTS = Facts()


class Left(Exception):
    """The client closed the connection, before its request was whole or before it was answered."""

    def __init__(self, facts: Facts = _NO_FACTS) -> None:
        super().__init__("the client left")
        self.facts = facts


async def body_of(receive: Receive, most: int, seconds: float) -> bytes:
    """The body of a request, of at most so many bytes. Raises `BadRequest`, `Left`."""
    first, rest = _chunk(receive), None
    try:
        rest = Rest(first, first.send(None))
    except StopIteration as done:
        body, more = done.value
        if not more:
            return _whole(body, most)  # it came with the headers
    try:
        async with asyncio.timeout(seconds):
            if rest is not None:
                body, more = await rest
            while more and len(body) <= most:
                chunk, more = await _chunk(receive)
                body += chunk
    except TimeoutError:
        raise BadRequest("The body did not arrive in time.", status=408, code="TIMEOUT") from None
    return _whole(body, most)


def _whole(body: bytes | bytearray, most: int) -> bytes:
    if len(body) > most:
        raise too_long(most)
    return bytes(body)


def too_long(most: int) -> BadRequest:
    """Why a body is not read."""
    return BadRequest(f"The body is longer than {most} bytes.", status=413, code="TOO_LARGE")


async def _chunk(receive: Receive) -> _Chunk:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Left
    more = message.get("more_body", False)
    body: bytes = message.get("body", b"")
    return (bytearray(body) if more else body), more


async def while_connected(receive: Receive, work: Coroutine[Any, Any, Response]) -> Response:
    """What `work` returns. Raises `Left`, and cancels it, when the client closes the connection before,
    or when the gateway stops and nobody waits any more."""
    watch = _Watch(receive)
    try:
        return await work
    except Abandoned as abandoned:
        raise Left(abandoned.facts) from None
    except asyncio.CancelledError:
        raise Left from None
    finally:
        watch.end()


class _Watch:
    """Cancels the task that it is made in when the client leaves."""

    __slots__ = ("_left", "_receive", "_task", "_watching", "until")

    def __init__(self, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._receive, self._task, self._left = receive, task, False
        self._watching: asyncio.Task[None] | None = None
        self.until = 0.0
        _unwatched.begin(self, loop)

    def expire(self) -> None:
        """Its request takes long: look whether the client is still there, from now on."""
        self._watching = self._task.get_loop().create_task(self._look())

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True
        self._task.cancel()

    def end(self) -> None:
        """The work is over, one way or the other."""
        if self._watching is None:
            _unwatched.end(self)
        else:
            self._watching.cancel()
        if self._left:
            self._task.uncancel()  # what is still to do, the record, is not cancelled
