"""A line to a server that a test can cut while gateways use it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.contract.line import Line


class Cuttable:
    """A relay of bytes, in a thread of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._line = Line(host, port)
        self._whole = False
        self.mend()

    @property
    def port(self) -> int:
        """Where it is, also while it is cut."""
        return self._line.port

    def cut(self) -> None:
        """End every connection and take no more."""
        if self._whole:
            self._do(self._line.stop())
        self._whole = False

    def mend(self) -> None:
        """Take connections again, at the same port."""
        if not self._whole:
            self._do(self._line.start())
        self._whole = True

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@contextmanager
def cuttable(host: str, port: int) -> Iterator[Cuttable]:
    """A line, closed at the end."""
    line = Cuttable(host, port)
    try:
        yield line
    finally:
        line.close()
