"""So many at a time, in the order in which they come.

As `asyncio.Semaphore`, but whoever finds a slot free takes it without a coroutine, and one that is given
back goes to the next in line and to nobody who comes meanwhile. Nearly every call finds one free.
"""

import asyncio
from collections import deque
from contextlib import suppress


class Slots:
    """A `number` of slots. Of one event loop while somebody waits."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a slot, if one is free; whether that was so."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    async def wait(self) -> None:
        """Take the next slot that is given back."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                with suppress(ValueError):  # whoever gave one back may have seen it
                    self._waiting.remove(mine)
            else:
                self.give()  # it was given meanwhile
            raise

    def give(self) -> None:
        """Give a slot back."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
