"""Waiting for several things at once, with tasks only for what really waits.

A task costs several turns of the event loop, and most of what a request does is done without waiting:
rows were kept, or nothing was asked. So each coroutine runs as far as it gets, here; those that then
wait go on as tasks. Until it first waits, a coroutine so runs within the task of its caller: it must
not open an `asyncio.timeout` or a `TaskGroup` before.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, TypeVar

Found = TypeVar("Found")


class Rest(Coroutine[Any, Any, Found], Iterator[Any]):
    """What is left of a coroutine that has run until it `waited` for the first time."""

    __slots__ = ("_begun", "_waited")

    def __init__(self, begun: Coroutine[Any, Any, Found], waited: Any) -> None:
        self._begun, self._waited = begun, waited

    def send(self, value: Any) -> Any:
        """First what it waits for, then what follows."""
        waited, self._waited = self._waited, None
        return self._begun.send(value) if waited is None else waited

    def throw(self, *error: Any) -> Any:
        """Also before anybody has waited for it."""
        self._waited = None
        return self._begun.throw(*error)

    def close(self) -> None:
        """End it where it is."""
        self._begun.close()

    def __next__(self) -> Any:
        return self.send(None)

    def __await__(self) -> Any:
        return self


async def together(work: Iterable[Coroutine[Any, Any, Found]]) -> list[Found]:
    """The results of all, in their order. Raises what the first of them to fail raises."""
    waiting = list(work)
    if len(waiting) == 1:
        return [await waiting[0]]
    results: list[Any] = [None] * len(waiting)
    rest: dict[int, Rest[Found]] = {}
    failed: BaseException | None = None
    for at, each in enumerate(waiting):
        try:
            rest[at] = Rest(each, each.send(None))
        except StopIteration as done:
            results[at] = done.value
        except (Exception, asyncio.CancelledError) as error:
            failed = failed or error
    if rest:
        await _wait(results, rest, failed)
    if failed is not None:
        raise failed
    return results


async def _wait(results: list[Any], rest: dict[int, Rest[Found]], failed: BaseException | None) -> None:
    """The results of what waits. Where something failed already, nobody waits, but all of it goes on."""
    if len(rest) == 1 and failed is None:
        ((at, alone),) = rest.items()
        results[at] = await alone
        return
    loop = asyncio.get_running_loop()
    others = {at: loop.create_task(each) for at, each in rest.items()}
    if failed is not None:
        _go_on(others.values())
        return
    try:
        for at, each in others.items():
            results[at] = await each
    except BaseException as error:
        _go_on(others.values())
        if isinstance(error, asyncio.CancelledError):
            for each in others.values():
                each.cancel()
        raise


def _go_on(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Nobody waits for these any more: how they end is told to nobody."""
    for task in tasks:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def begun(work: Coroutine[Any, Any, Found]) -> "asyncio.Future[Found]":
    """What others wait for too: it runs as far as it gets now, and goes on by itself."""
    loop = asyncio.get_running_loop()
    try:
        return loop.create_task(Rest(work, work.send(None)))
    except StopIteration as done:
        finished: asyncio.Future[Found] = loop.create_future()
        finished.set_result(done.value)
        return finished


async def shared(task: "asyncio.Future[Found]") -> Found:
    """The result of what others wait for too: leaving does not cancel it."""
    return task.result() if task.done() else await asyncio.shield(task)
