"""Reads that ask for the same, but perhaps for their keys: those that wait, and the calls on their way."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.base import Answer
from adapters.errors import SourceError
from gateway.engine.sharing.answers import Told, told
from gateway.engine.sharing.keeping import Shape
from gateway.engine.sharing.patterns import Pattern, Values

Slot = AbstractAsyncContextManager[None]
Turn = Callable[[str], Slot | None]
"""A turn at an agency for one call, None where nothing is limited; raises `SourceError`, also when it
is entered."""


@dataclass(slots=True, eq=False)
class Read:
    """One read that waits for its answer. `slot` is its turn, `turn` gives another; one that is
    `alone` shares its call with nobody."""

    values: Values
    turn: Turn
    slot: Slot | None
    answer: "asyncio.Future[Told]"
    alone: bool = False
    task: "asyncio.Future[None] | None" = None
    call: "Call | None" = None


@dataclass(slots=True, eq=False)
class Call:
    """One call on its way: for whom, by which keys, since when (`time.monotonic()`). With `keyed`
    the rows come with their keys. It is `over` when nothing more comes of it."""

    reads: list[Read]
    values: Values
    keyed: bool
    since: float
    task: "asyncio.Future[None] | None"
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    timer: asyncio.TimerHandle | None = None
    expired: bool = False
    over: bool = False

    def expire(self) -> None:
        """Its time is up."""
        self.expired = True
        if self.task is not None:
            self.task.cancel()

    @property
    def joint(self) -> bool:
        """Whether those that share it asked by different keys."""
        return len(self.reads) > 1 and any(read.values != self.values for read in self.reads)

    @property
    def deserted(self) -> bool:
        """Whether nobody waits for it any more."""
        return all(read.answer.done() for read in self.reads)


class Alike:
    """Reads of one pattern within one `scope`: 0 where everybody may share them, else a request's.

    `joint` is by how many keys such reads may ask together, 0 where rows can't be told apart by
    key and -1 before it is known; `shape` is set where rows are kept. Of the waiting reads without a
    turn the `leader` has lined up, for all of them."""

    __slots__ = ("agency", "flying", "joint", "leader", "pattern", "scope", "shape", "waiting")

    def __init__(self, scope: int, pattern: Pattern, agency: str, shape: Shape | None) -> None:
        self.scope, self.pattern, self.agency, self.shape = scope, pattern, agency, shape
        self.joint = -1
        self.waiting: dict[Read, None] = {}
        self.flying: list[Call] = []
        self.leader: Read | None = None

    def on_its_way(self, values: Values, oldest: float) -> Call | None:
        """A call that was made at `oldest` or later and brings the rows of these keys."""
        for call in self.flying:
            if call.since >= oldest and (call.values == values or self._brings(call, values)):
                return call
        return None

    def _brings(self, call: Call, values: Values) -> bool:
        return call.keyed and len(call.values) <= self.joint and set(call.values).issuperset(values)

    def depart(self, first: Read, now: float, *, joint: bool) -> Call:
        """The call that `first` makes, with those that it takes along: the longest waiting, as far
        as there is room. Who asks by the same keys needs none."""
        del self.waiting[first]
        reads, values = [first], first.values
        if self.waiting and not first.alone:
            values = self._aboard(first, reads, joint=joint)
        call = Call(reads, values, self.shape is not None, now, first.task)
        call.keyed = call.keyed or call.joint
        for read in reads:
            read.call = call
        self.flying.append(call)
        return call

    def _aboard(self, first: Read, reads: list[Read], *, joint: bool) -> Values:
        """Take those along that there is room for; the keys of all."""
        keys = dict.fromkeys(first.values)
        most = self.joint if joint else 0
        for read in list(self.waiting):
            if read.alone:
                continue
            if read.values != first.values:
                if len(keys) >= most or len(keys.keys() | read.values) > most:
                    continue
                keys.update(dict.fromkeys(read.values))
            del self.waiting[read]
            reads.append(read)
        return tuple(keys) if len(keys) > len(first.values) else first.values


def give(reads: Sequence[Read], answer: Answer, call: Call, *, kept: bool = False) -> None:
    """Give all of these reads the same answer, whose rows may be `kept`; the call was made by the first of it."""
    since = call.since if kept else 0.0
    if len(reads) == 1 and reads[0] is call.reads[0]:
        if not reads[0].answer.done():
            reads[0].answer.set_result(told(answer, call.fetched_at, since=since))
        return
    given: dict[str, Told] = {}
    for read in reads:
        if not read.answer.done():
            via = "call" if read is call.reads[0] else "shared"
            if via not in given:
                given[via] = told(answer, call.fetched_at, via, since)
            read.answer.set_result(given[via])


def tell(reads: Sequence[Read], error: SourceError) -> None:
    """Tell all of these reads that still wait why it failed, each by an error of its own."""
    first = True
    for read in reads:
        if not read.answer.done():
            read.answer.set_exception(error if first else copy(error))
            first = False
