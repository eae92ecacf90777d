"""Short look-ups in a SQLite file, on the event loop's own thread.

Going to a thread and back costs several times what looking up a key does. `options = { inline =
true }` says that the file lies on a disk of this machine, so that a call never waits for a network:
then a statement runs here at first, for a millisecond of work. One that takes longer is broken off and asked
in a thread, and so is every other of the same text for a while: a tenth of a second, then twice as
long each time, up to a minute. What fails here for whatever reason (a lock, damage, a file that is
gone) is asked there too, where failures are explained.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import quote

from adapters.remembered import Remembered

MOST, LONGEST = 0.001, 0.005
"""Seconds that a statement may work here, and that it may take in all: the machine may do something else
meanwhile, which a thread would have to wait for as well."""

_STEPS = 1000
"""Of SQLite's machine, between looks at the clock, which take longer than a hundred steps: some fifty
microseconds of work."""

_PAUSES = 0.1, 60.0
"""Seconds: the first, and the longest."""

Rows = Sequence[tuple[object, ...]]


class Inline:
    """One file. Nothing is opened before the first look-up; `clock` tells seconds."""

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._until = self._begun = 0.0
        self._slow: Remembered[str, tuple[float, float]] = Remembered(512)

    def fetch(self, text: str, arguments: Sequence[object]) -> Rows | None:
        """All rows of a statement; None where it has to be asked in a thread."""
        now = self._clock()
        slow = self._slow.get(text) if self._slow else None
        if slow is not None and slow[0] > now:
            return None
        try:
            file = os.stat(self._path)
            if self._connection is None or (file.st_dev, file.st_ino) != self._file:
                self._open((file.st_dev, file.st_ino))
            assert self._connection is not None
            self._until, self._begun = now + MOST, time.thread_time()
            rows: Rows = self._connection.execute(text, arguments).fetchall()
        except (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, ValueError):
            pause = _PAUSES[0] if slow is None else min(2 * slow[1], _PAUSES[1])
            self._slow[text] = self._clock() + pause, pause
            return None
        if slow is not None:
            del self._slow[text]
        return rows

    def _open(self, file: tuple[int, int]) -> None:
        """Read-only, waiting for no lock."""
        self.close()
        address = f"file:{quote(self._path)}?mode=ro"
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)
        connection.execute("PRAGMA query_only=1")
        connection.set_progress_handler(self._late, _STEPS)
        self._connection, self._file = connection, file

    def _late(self) -> bool:
        now = self._clock()
        if now <= self._until:
            return False
        return now > self._until + LONGEST - MOST or time.thread_time() > self._begun + MOST

    def close(self) -> None:
        """It may be used again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
