"""Requests that ask the same of different entities at the same time are answered by one run.

Most of what a profile costs does not depend on how many entities it is made for, and under load many
ask for the same kind of profile at once. So whoever comes while others of its kind are
under way waits for them to end – where they wait for agencies, for two milliseconds at most – and those
that have come by then are a convoy: one run over the entities of all, of which each member's response is
made as if it had been alone. Of one kind are requests of one operation by one caller, with the same
permits and the same variables but for the id of the one entity that the operation begins with.

Nobody is held up by others for long: who asks for what is not known travels alone, so that others need
not wait while every agency is asked whether it exists; where agencies are slow there are no convoys;
and who has waited for a second goes on alone, sharing what is on its way.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from weakref import WeakValueDictionary

from gateway.engine.parting import asked_for_others
from gateway.engine.preparing import Prepared
from gateway.engine.requests import Response
from gateway.engine.run import Run

log = logging.getLogger("citygraph.engine")

MOST = 64
"""Members of a convoy: behind so many another begins."""

PATIENCE, LOADED = 0.002, 0.05
"""Seconds that others are waited for while some are under way: where those wait for agencies, and where
what takes the time is the gateway's own work, of which a convoy saves most."""

TURNS = 3
"""How often the event loop goes round until those ask again that were answered just now, under load: the
answers go out, requests come in, they are read."""

HELD_UP = 1.0
"""Seconds after which a member waits no longer for the others."""

SLOW = 300.0
"""Milliseconds of a call from which on an agency is slow: the CPU of requests matters little then."""

ALONE = 10.0
"""Seconds for which requests travel alone after an agency was slow."""


@dataclass(slots=True, eq=False)
class Member:
    """A request that travels with others: `text` is the id that it asks for, `run` is what its own
    response is made from, `along` the run of all. `answer` is None where it has to travel alone."""

    prepared: Prepared
    run: Run
    headers: Mapping[str, str]
    text: str
    answer: "asyncio.Future[Response | None]"
    along: Run | None = None


Travel = Callable[[Sequence[Member]], Awaitable[Sequence[Response | None]]]
"""What answers the members of a convoy, in their order."""


class Line:
    """Requests of one kind, as long as there are any: `running` alone or as convoys, and waiting."""

    __slots__ = ("__weakref__", "_ended", "_loaded", "_running", "_tasks", "_timer", "_travel", "_waiting")

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._running = 0
        self._ended = self._loaded = False
        self._waiting: list[Member] = []
        self._timer: asyncio.Handle | None = None
        self._tasks: dict[asyncio.Task[None], list[Member]] = {}

    @property
    def empty(self) -> bool:
        """Whether nobody of this kind is under way or waits, or has been in this turn of the event loop."""
        return not (self._running or self._waiting or self._ended)

    def __enter__(self) -> None:
        self._running += 1

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._running -= 1
        if self._running:
            return
        if not self._ended:
            self._ended = True
            asyncio.get_running_loop().call_soon(self._turn, TURNS if self._loaded else 1)

    def _turn(self, left: int) -> None:
        """Once more round the event loop, so that those come that have their answers now and ask again."""
        if self._running:
            self._ended = False
            self._wait()
        elif left > 1:
            asyncio.get_running_loop().call_soon(self._turn, left - 1)
        else:
            self._ended = False
            self._depart()

    def _wait(self) -> None:
        """Wait for others a little, where somebody waits and the end of those under way is not near."""
        if self._waiting and self._timer is None and not self._ended:
            patience = LOADED if self._loaded else PATIENCE
            self._timer = asyncio.get_running_loop().call_later(patience, self._depart)

    async def join(self, prepared: Prepared, run: Run, headers: Mapping[str, str]) -> Response | None:
        """The response, made with those of others; None where it has to be made alone."""
        loop = asyncio.get_running_loop()
        text = run.variables.coerced[prepared.plan.asks_by or ""]
        member = Member(prepared, run, headers, text, loop.create_future())
        self._waiting.append(member)
        if len(self._waiting) == MOST:
            self._depart()
        else:
            self._wait()
        try:
            return await member.answer
        except asyncio.CancelledError:
            self._left()
            if member.along is not None and run.reached is None:  # else it has been told already
                run.calls.entries += asked_for_others(member.along)
            raise

    def _depart(self) -> None:
        """Let all that wait travel."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        members = [member for member in self._waiting if not member.answer.done()]
        self._waiting.clear()
        if len(members) == 1:
            members[0].answer.set_result(None)
        elif members:
            task = asyncio.get_running_loop().create_task(self._go(members))
            self._tasks[task] = members
            task.add_done_callback(self._tasks.pop)

    async def _go(self, members: Sequence[Member]) -> None:
        loop, mine = asyncio.get_running_loop(), asyncio.current_task()
        timer = loop.call_later(HELD_UP, _give_up, mine, members)
        begun, spent = time.monotonic(), time.process_time()
        with self:
            try:
                found = await self._travel(members)
            except TimeoutError:
                pass  # it was too late for all of them
            except Exception:
                log.exception("a convoy failed; its members travel alone")
            else:
                for member, response in zip(members, found, strict=True):
                    if not member.answer.done():
                        member.answer.set_result(response)
            finally:
                timer.cancel()
                _release(members)
                _forget(members[0].along)
                self._loaded = 2 * (time.process_time() - spent) > time.monotonic() - begun

    def _left(self) -> None:
        """Somebody waits no more: what nobody waits for is not done."""
        for task, members in self._tasks.items():
            if all(member.answer.done() for member in members):
                task.cancel()


def _release(members: Sequence[Member]) -> None:
    """Let those travel alone that still wait."""
    for member in members:
        if not member.answer.done():
            member.answer.set_result(None)


def _forget(run: Run | None) -> None:
    """Forget what was asked for whom: shares, frames and their run hold each other."""
    if run is not None and run.shares is not None:
        run.shares.clear()


def _give_up(task: "asyncio.Task[None] | None", members: Sequence[Member]) -> None:
    """Let those travel alone that are held up, and others for a while. What they ask for that is on its way
    they share from then on; the rest is not done."""
    members[0].prepared.plan.alone_until = time.monotonic() + ALONE
    _release(members)
    if task is not None:
        asyncio.get_running_loop().call_later(PATIENCE, task.cancel)


class Convoys:
    """The lines of one engine."""

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._lines: WeakValueDictionary[Hashable, Line] = WeakValueDictionary()

    def line(self, prepared: Prepared, run: Run) -> Line | None:
        """Where a request may line up; None where it travels alone in any case."""
        plan, wishes = prepared.plan, prepared.wishes
        if plan.asks_by is None or wishes.trace or wishes.max_wait is not None or wishes.max_age is not None:
            return None
        if plan.alone_until > time.monotonic() or not (plan.open or run.caller.key or run.caller.trusted):
            return None
        given = run.variables.coerced
        text, others = given.get(plan.asks_by), None
        if not isinstance(text, str):  # null, where the variable may be
            return None
        if len(given) > 1:
            others = repr([(name, value) for name, value in given.items() if name != plan.asks_by])
        scheme = text.partition(":")[0]  # datasets are asked by other keys for other schemes
        key = id(plan), id(run.permits), run.caller.key, scheme, others
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(self._travel)
        return line


def slowest(convoy: Run) -> float:
    """Milliseconds of the slowest call of a convoy."""
    calls = [call["ms"] for call in convoy.calls.entries]
    return max((*calls, *(share.milliseconds for share in convoy.shares or ())), default=0.0)
