"""Deadlines of many calls that may all take equally long, with one timer for all of them.

`asyncio.timeout` sets and cancels a timer for each call, which costs a tenth of a fetch of 50 keys.
What has the same time ends in the order in which it began, so a timer for the first is enough: when it
rings it looks who is overdue, and is set again for whoever is next.
"""

import asyncio
from types import TracebackType
from typing import Protocol


class Bounded(Protocol):
    """What has a deadline: `until` is when, by the clock of its loop."""

    until: float

    def expire(self) -> None:
        """Its time is up."""


class Deadlines:
    """Whatever ends after `seconds`. For calls it is used as `with deadlines.within(): await …`;
    TimeoutError where the time is up, as `asyncio.timeout` has it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Bounded, None] = {}  # those that end first come first
        self._loop: asyncio.AbstractEventLoop | None = None
        self._set = False

    def within(self) -> "_Within":
        """One call, from entering to leaving."""
        return _Within(self)

    def begin(self, bounded: Bounded, loop: asyncio.AbstractEventLoop) -> None:
        """Have it expire when its time is up, from now on."""
        if loop is not self._loop:  # the timer of a loop that has ended never rings
            self._loop, self._set = loop, False
            self._running.clear()
        bounded.until = loop.time() + self._seconds
        self._running[bounded] = None
        if not self._set:
            self._set = True
            loop.call_at(bounded.until, self._ring, loop)

    def end(self, bounded: Bounded) -> None:
        """It is over, and does not expire any more."""
        self._running.pop(bounded, None)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        now = loop.time()
        while (first := next(iter(self._running), None)) is not None and first.until <= now:
            del self._running[first]
            first.expire()
        self._set = first is not None
        if first is not None:
            loop.call_at(first.until, self._ring, loop)


class _Within:
    """One call, and whether its time is up."""

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "until")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._expired = False
        self.until = 0.0

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None, "calls are made by tasks"
        self._task, self._cancelling = task, task.cancelling()
        self._deadlines.begin(self, loop)

    def expire(self) -> None:
        """Cancel the task; on its way out that becomes a TimeoutError."""
        self._expired = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.end(self)
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
