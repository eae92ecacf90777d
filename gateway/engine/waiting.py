"""Waiting for several things at once, without a task where there is nothing to overlap.

A task costs several turns of the event loop; most lists here have one member or none.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Found = TypeVar("Found")


async def together(work: Iterable[Coroutine[Any, Any, Found]]) -> list[Found]:
    """The results of all, in their order. Raises what the first of them to fail raises."""
    waiting = list(work)
    if len(waiting) == 1:
        return [await waiting[0]]
    return list(await asyncio.gather(*waiting)) if waiting else []


async def shared(task: "asyncio.Future[Found]") -> Found:
    """What others wait for too: leaving does not cancel it."""
    return task.result() if task.done() else await asyncio.shield(task)
