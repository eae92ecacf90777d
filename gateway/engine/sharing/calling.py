"""The calls to one source, each with those who wait for it.

Whoever gets through first takes along the waiting reads that ask for the same of other keys: they leave
their lines, and the turn that the call left with is the one that pays. Of reads that need no turn one at
a time lines up, for all that wait behind it. A call for which nobody waits goes on only if its rows are
kept; of one that fails or can't be told apart each is asked for alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from adapters.base import Adapter, Answer, Source, capabilities_of, is_immediate
from adapters.errors import Malformed, Rejected, SourceError, TimedOut, Unavailable
from adapters.reading import read as read_source
from adapters.slots import Slots
from gateway.engine.sharing.alike import Alike, Call, Read, give, tell
from gateway.engine.sharing.keeping import RowCache, Shape
from gateway.engine.sharing.patterns import Pattern, Values
from gateway.engine.sharing.splitting import by_key, split, unkeyed
from gateway.engine.waiting import begun

log = logging.getLogger("citygraph.sources")

MOST_JOINT = 100
"""Keys of a call that several reads share: nobody waits for the rows of thousands of others' keys."""

MOST_KEPT = 200
"""Keys of a read whose rows are kept: one question about thousands would drive out what many ask for."""

_APART = 60.0
"""Seconds that a dataset is not asked jointly after a joint call that could not be told apart."""

_FREE = nullcontext()


@dataclass(slots=True)
class Tally:
    """`calls` that were made for `reads`; how many reads were `shared`, answered by a call that was
    not made for them alone, and how many `kept`, answered by the row cache."""

    reads: int = 0
    calls: int = 0
    shared: int = 0
    kept: int = 0


class Faulty(SourceError):
    """An adapter raised what it may not raise: a mistake of ours that costs its own section only."""

    code = "INTERNAL"


class Calls:
    """Those to one source of a city. Reads that are `alike` wait for the same calls. `cache` is that of the
    process; `answered` is called when the source was asked, for each answer."""

    def __init__(self, source: Source, adapter: Adapter, cache: RowCache, answered: Callable[[datetime], None]) -> None:
        self._source, self._adapter, self._cache, self._answered = source, adapter, cache, answered
        self._slots = Slots(source.concurrency)
        self._immediate = is_immediate(adapter)
        self._apart: dict[str, float] = {}
        self.alike: dict[tuple[int, Pattern], Alike] = {}
        self.tally = Tally()

    def join(self, alike: Alike, mine: Read, now: float, max_age: float | None) -> None:
        """Let a read wait for a call that is on its way, or for one that is to be made; it may be answered
        at once. Nothing is to be told it that was asked for longer than `max_age` seconds ago."""
        call = self._on_its_way(alike, mine.values, now, max_age) if alike.flying else None
        if call is not None:
            mine.call = call
            call.reads.append(mine)
            self.tally.shared += 1
            return
        alike.waiting[mine] = None
        if mine.slot is None and alike.leader is not None:
            return
        if self._immediate and mine.slot is None:
            self._begin(alike, mine)
        else:
            self._line_up(alike, mine)

    def _on_its_way(self, alike: Alike, values: Values, now: float, max_age: float | None) -> Call | None:
        """A call to wait for. What has been on its way for half of its time may never come: then it
        is asked for again."""
        self._measure(alike)
        half = self._source.timeout / 2
        return alike.on_its_way(values, now - (half if max_age is None else min(half, max_age)))

    def leave(self, alike: Alike, mine: Read) -> None:
        """A read whose caller waits no more."""
        call = mine.call
        if call is None:
            if mine in alike.waiting:
                del alike.waiting[mine]
                if mine.task is not None:
                    mine.task.cancel()
                self._follow(alike)
                self._forget(alike)
        elif call.over or call.task is None:
            return
        elif alike.shape is None and call.deserted:
            self._land(alike, call)
            call.task.cancel()
        elif call.timer is None:
            left = call.since + self._source.timeout - time.monotonic()
            call.timer = mine.answer.get_loop().call_later(max(0.0, left), call.expire)

    def _land(self, alike: Alike, call: Call) -> None:
        call.over = True
        alike.flying.remove(call)
        if call.timer is not None:
            call.timer.cancel()
        self._forget(alike)

    def _forget(self, alike: Alike) -> None:
        key = alike.scope, alike.pattern
        if not alike.waiting and not alike.flying and self.alike.get(key) is alike:
            del self.alike[key]

    # one of them

    def _line_up(self, alike: Alike, mine: Read) -> None:
        """Let a read wait for a turn and a slot, as the leader of those without a turn if it is one."""
        mine.task = mine.answer.get_loop().create_task(self._run(alike, mine))
        if mine.slot is None and not mine.alone:
            alike.leader = mine

    def _begin(self, alike: Alike, mine: Read) -> None:
        """Let a read ask at once whoever mostly answers at once: it lines up only if there is no free slot."""
        alike.leader = mine
        task = begun(self._run(alike, mine))
        if not task.done():
            mine.task = task
            if mine.call is not None:
                mine.call.task = task

    def _follow(self, alike: Alike) -> None:
        """Let the next in line follow a leader that has left it."""
        if alike.leader is not None and alike.leader not in alike.waiting:
            alike.leader = None
            following = next((read for read in alike.waiting if read.task is None), None)
            if following is not None:
                self._line_up(alike, following)

    async def _run(self, alike: Alike, mine: Read) -> None:
        """Make a call for this read, unless another's takes it along meanwhile. It is bounded by the
        time of those who wait for it; only a call that its first read has left needs a timer."""
        call: Call | None = None
        source = self._source
        try:
            async with mine.slot or _FREE:
                if not self._slots.take():
                    await self._slots.wait()
                try:
                    call = self._depart(alike, mine)
                    pattern = alike.pattern
                    scan, most = pattern.asking(call.values), source.keys_per_call
                    answer = await read_source(
                        self._adapter,
                        pattern.dataset,
                        scan,
                        keys_per_call=most,
                        keyed=call.keyed,
                        known=pattern.splits,
                    )
                finally:
                    self._slots.give()
        except SourceError as error:
            self._failed(alike, mine, call, error)
        except asyncio.CancelledError:
            self._broken_off(alike, mine, call)
        except Exception as error:
            log.exception("%s failed on %s in a way that no adapter should", source.kind, alike.pattern.dataset.name)
            faulty = Faulty("the gateway's own adapter failed; it was logged")
            faulty.__cause__ = error
            self._failed(alike, mine, call, faulty)
        else:
            self._answered(call.fetched_at)
            if call.over:
                return
            self._land(alike, call)
            if not call.keyed:
                give(call.reads, answer, call)
            else:
                self._deliver(alike, call, answer)

    def _depart(self, alike: Alike, mine: Read) -> Call:
        now, self.tally.calls = time.monotonic(), self.tally.calls + 1
        if len(alike.waiting) == 1:
            alike.leader = None
            return alike.depart(mine, now, joint=False)
        self._measure(alike)
        call = alike.depart(mine, now, joint=self._apart.get(alike.pattern.dataset.name, now) <= now)
        for read in call.reads[1:]:
            if read.task is not None:
                read.task.cancel()
        self.tally.shared += len(call.reads) - 1
        self._follow(alike)
        return call

    def _measure(self, alike: Alike) -> None:
        """By how many keys such reads may ask jointly; found out when there are several."""
        if alike.joint >= 0:
            return
        alike.joint = 0
        if alike.pattern.separable:
            bound = capabilities_of(self._adapter, alike.pattern.dataset).keys_per_call
            alike.joint = min(MOST_JOINT, self._source.keys_per_call, bound)

    def _broken_off(self, alike: Alike, mine: Read, call: Call | None) -> None:
        if call is None or not call.expired:
            error: SourceError = Unavailable("the call was broken off")
        else:
            error = TimedOut(f"no answer within {self._source.timeout:.1f} s")
        self._failed(alike, mine, call, error)

    def _failed(self, alike: Alike, mine: Read, call: Call | None, error: SourceError) -> None:
        """Tell all that share a call why it failed, each by an error of its own. What the agency
        refuses or answers wrongly may be one read's doing: then each is asked for alone."""
        if call is None:
            if mine in alike.waiting and mine.task is asyncio.current_task():
                del alike.waiting[mine]
                self._follow(alike)
                self._forget(alike)
                tell([mine], error)
            # else it was taken along meanwhile, and perhaps is asked for again already
        elif not call.over:
            self._land(alike, call)
            if isinstance(error, Rejected | Malformed | Faulty) and call.joint:
                self._again(alike, call.reads)
            else:
                tell(call.reads, error)

    def _deliver(self, alike: Alike, call: Call, answer: Answer) -> None:
        """Everyone's own rows of an answer whose rows come with their keys."""
        kept = (
            alike.shape is not None
            and len(call.values) <= MOST_KEPT
            and self._keep(alike.shape, alike.pattern, call, answer)
        )
        if not call.joint:
            give(call.reads, unkeyed(answer), call, kept=kept)
            return
        shares = None if answer.refused else split(answer, dict.fromkeys(read.values for read in call.reads))
        if shares is None or not answer.complete:
            self._again(alike, call.reads)
            return
        for values, share in shares.items():
            give([read for read in call.reads if read.values == values], share, call, kept=kept)

    def _keep(self, shape: Shape, pattern: Pattern, call: Call, answer: Answer) -> bool:
        """Keep what was answered in full; whether it was."""
        if not answer.complete or answer.refused or (pattern.scan.count and answer.counts is None):
            return False
        rows = by_key(answer, call.values)
        if rows is None:
            return False
        self._cache.keep(shape, rows, answer.counts, call.fetched_at, answer.as_of, call.since, sound=answer.sound)
        return True

    def _again(self, alike: Alike, reads: Sequence[Read]) -> None:
        """Ask for each of these alone, and for none of this dataset jointly for a while."""
        self._apart[alike.pattern.dataset.name] = time.monotonic() + _APART
        alike = self.alike.setdefault((alike.scope, alike.pattern), alike)
        for read in reads:
            if read.answer.done():
                continue
            try:
                read.slot = read.turn(alike.agency)
            except SourceError as error:
                tell([read], error)
                continue
            read.alone, read.call = True, None
            alike.waiting[read] = None
            self._line_up(alike, read)
        self._forget(alike)

    async def aclose(self) -> None:
        """End all calls, so that the adapter can be closed."""
        while tasks := self._tasks():
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for alike in self.alike.values():
            tell(list(alike.waiting), Unavailable("the call was broken off"))  # whose task had not begun

    def _tasks(self) -> list["asyncio.Future[None]"]:
        """Those of all calls that are not over."""
        alike = self.alike.values()
        found = [call.task for each in alike for call in each.flying]
        found += [read.task for each in alike for read in each.waiting]
        return [task for task in found if task is not None and not task.done()]
