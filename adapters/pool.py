"""A small pool of connections of one source: opened when needed, dropped when in doubt.

A connection whose call failed or was cancelled is not used again: it is closed in the background,
where its statement is stopped too. A connection that was idle and turns out dead is replaced and
the call made once more, so an agency that comes back is found at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from adapters.slots import Slots

C = TypeVar("C")
T = TypeVar("T")


class Driver(Protocol[C]):
    """What the pool needs to know of a kind of connection."""

    async def open(self) -> C:
        """A new connection, read-only. Raises what the driver raises."""
        ...

    async def close(self, connection: C) -> None:
        """Stop what it runs and close it. Never raises."""
        ...

    def fresh(self, connection: C) -> bool:
        """Whether an idle connection still leads to the database as it is now."""
        ...

    def broken(self, error: Exception) -> bool:
        """Whether an error of a call says that its connection is dead."""
        ...

    def harmless(self, error: Exception) -> bool:
        """Whether the connection is as good after this error as before."""
        ...


class Pool(Generic[C]):
    """At most `size` connections, the one used last first."""

    def __init__(self, driver: Driver[C], size: int) -> None:
        self._driver = driver
        self._size = size
        self._slots = Slots(size)
        self._idle: list[C] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._generation = 0

    async def run(self, work: Callable[..., Awaitable[T]], *given: object) -> T:
        """Do `work` with a connection and what is `given`; again on a new one if an idle one was dead."""
        slots = self._slots
        if not slots.take():
            await slots.wait()
        try:
            connection = self._take() if self._idle else None
            was_idle = connection is not None
            while True:
                if connection is None:
                    connection = await self._driver.open()
                generation, keep = self._generation, False
                try:
                    result = await work(connection, *given)
                    keep = True
                    return result
                except Exception as error:
                    keep = self._driver.harmless(error)
                    if not was_idle or not self._driver.broken(error):
                        raise
                finally:
                    if keep and generation == self._generation:
                        self._idle.append(connection)
                    else:
                        self._drop(connection)
                self._drop_idle()
                connection, was_idle = None, False
        finally:
            slots.give()

    def _take(self) -> C | None:
        while self._idle:
            connection = self._idle.pop()
            if self._driver.fresh(connection):
                return connection
            self._drop(connection)
        return None

    def _drop(self, connection: C) -> None:
        task = asyncio.get_running_loop().create_task(self._driver.close(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _drop_idle(self) -> None:
        while self._idle:
            self._drop(self._idle.pop())

    async def aclose(self) -> None:
        """Close all connections; those in use when they come back. It may be used again."""
        self._generation += 1
        self._drop_idle()
        self._slots = Slots(self._size)
        if self._closing:
            await asyncio.wait(set(self._closing))
