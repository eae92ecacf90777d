"""What is asked of one source: kept rows, a call on its way, or a call of its own.

A read that no kept row answers waits for `Calls` of `gateway.engine.sharing.calling`. A read that asks
for what is on its way waits for that. Nobody waits longer than it would have alone, and who leaves ends its
own wait only.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from datetime import datetime

from adapters.base import Adapter, Source
from adapters.errors import TimedOut
from adapters.keys import KeyValue
from gateway.engine.sharing.alike import Alike, Read, Turn
from gateway.engine.sharing.answers import Told
from gateway.engine.sharing.calling import MOST_KEPT, Calls, Tally
from gateway.engine.sharing.keeping import Kept, RowCache
from gateway.engine.sharing.patterns import Pattern, Values
from gateway.engine.sharing.splitting import together

_NUMBERS = itertools.count()
_NOTHING: dict[KeyValue, Kept] = {}


class Asking:
    """The calls to one source of a city. `cache` is that of the process; `answered` is called when
    the source was asked, for each answer."""

    def __init__(self, source: Source, adapter: Adapter, cache: RowCache, answered: Callable[[datetime], None]) -> None:
        self._cache = cache
        self._number = next(_NUMBERS)  # rows of a source that is described otherwise are another's
        self._calls = Calls(source, adapter, cache, answered)
        self.tally: Tally = self._calls.tally

    async def read(
        self,
        pattern: Pattern,
        values: Values,
        turn: Turn,
        agency: str,
        seconds: float,
        *,
        scope: int = 0,
        keep: float = 0.0,
        max_age: float | None = None,
    ) -> Told:
        """Ask by these keys (none: for all rows), or share what is asked, for at most so many `seconds`.
        `scope` is 0 where everybody may share it, any other number for one request; `keep` is for how
        long rows are kept, 0 not at all; nothing is told that was asked for longer than `max_age`
        seconds ago.

        Raises `SourceError`. An agency that is not asked now tells nothing that was kept either."""
        slot, now = turn(agency), time.monotonic()
        self.tally.reads += 1
        shape, kept = None, _NOTHING
        if keep and pattern.keepable and 0 < len(values) <= MOST_KEPT:
            shape = pattern.shape(self._number)
            kept = self._cache.find(shape, values, now - (keep if max_age is None else min(keep, max_age)))
            if len(kept) == len(values):
                self.tally.kept += 1
                return together(pattern.scan, kept, None)
            if kept:
                values = tuple([value for value in values if value not in kept])
        if seconds <= 0:
            raise TimedOut("the time for this request is up")
        loop = asyncio.get_running_loop()
        mine = Read(values, turn, slot, loop.create_future())
        alike = self._calls.alike.get((scope, pattern))
        if alike is None:
            alike = self._calls.alike[scope, pattern] = Alike(scope, pattern, agency, shape)
        self._calls.join(alike, mine, now, max_age)
        if mine.answer.done():
            mine.call = None
            return together(pattern.scan, kept, mine.answer.result()) if kept else mine.answer.result()
        timer = loop.call_later(seconds, self._late, alike, mine, seconds)
        try:
            fresh = await mine.answer
        except asyncio.CancelledError:
            self._calls.leave(alike, mine)
            raise
        finally:
            timer.cancel()
            mine.call = mine.task = None  # which hold this read and its rows in turn
        return together(pattern.scan, kept, fresh) if kept else fresh

    def _late(self, alike: Alike, mine: Read, seconds: float) -> None:
        if not mine.answer.done():
            mine.answer.set_exception(TimedOut(f"no answer within {seconds:.1f} s"))
            self._calls.leave(alike, mine)

    async def aclose(self) -> None:
        """End all calls, so that the adapter can be closed."""
        await self._calls.aclose()
