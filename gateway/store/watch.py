"""News of the store: one small query tells a process what others have changed.

A topic's revision grows with every change. The watch looks at all revisions `every` so many
seconds and calls those who follow a topic that moved; a callback that fails is called again at
the next look. Once all who follow a topic know its newest revision it is confirmed, with every
look anew (`Store.confirm`), so that whoever decides by it knows how old its knowledge is.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from gateway.store.store import Store, StoreError

Callback = Callable[[], Awaitable[object]]

LATE = 10.0
"""Seconds after which one look at the store is given up."""

_logger = logging.getLogger("citygraph.store")


@dataclass(slots=True, eq=False)
class _Follower:
    topic: str
    callback: Callback
    known: int = -1
    running: asyncio.Task[None] | None = None


class Watch:
    """Follows one store. `start` calls every callback once, so that all is loaded when it returns."""

    def __init__(self, store: Store, every: float = 0.4) -> None:
        self._store = store
        self._every = every
        self._followers: list[_Follower] = []
        self._looking: asyncio.Task[None] | None = None
        self._down = False

    def on(self, topic: str, callback: Callback) -> None:
        """Call `callback` at the start and whenever the topic has changed; never twice at once.

        It has to read its topic anew. One that raises is logged and called again.
        """
        self._followers.append(_Follower(topic, callback))

    async def start(self) -> None:
        """Load all and keep looking. Raises `StoreError`, or what a callback raises."""
        moment = time.monotonic()
        revisions = await self._store.revisions()
        for follower in self._followers:
            await self._call(follower, revisions.get(follower.topic, 0), moment)
        self._looking = asyncio.create_task(self._look(), name="citygraph store watch")

    async def aclose(self) -> None:
        """Stop looking, and end callbacks under way."""
        running = [self._looking, *(follower.running for follower in self._followers)]
        tasks = [task for task in running if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._looking = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            moment = time.monotonic()
            try:
                async with asyncio.timeout(LATE):
                    revisions = await self._store.revisions()
            except (StoreError, TimeoutError) as error:
                self._note(error)
                continue
            except Exception:
                _logger.exception("a look at the store %s failed", self._store.name)
                continue
            self._note(None)
            self._tell(revisions, moment)

    def _tell(self, revisions: Mapping[str, int], moment: float) -> None:
        for follower in self._followers:
            revision = revisions.get(follower.topic, 0)
            if follower.running is not None and not follower.running.done():
                continue
            if revision == follower.known:
                self._confirm(follower.topic, revision, moment)
            else:
                follower.running = asyncio.create_task(self._try(follower, revision, moment))

    async def _try(self, follower: _Follower, revision: int, moment: float) -> None:
        try:
            await self._call(follower, revision, moment)
        except StoreError as error:
            self._note(error)
        except Exception:
            _logger.exception("news of %s could not be taken in; trying again", follower.topic)

    async def _call(self, follower: _Follower, revision: int, moment: float) -> None:
        await follower.callback()
        follower.known = revision
        self._confirm(follower.topic, revision, moment)

    def _confirm(self, topic: str, revision: int, moment: float) -> None:
        if all(follower.known == revision for follower in self._followers if follower.topic == topic):
            self._store.confirm(topic, moment)

    def _note(self, error: StoreError | TimeoutError | None) -> None:
        """One line when the store goes away, one when it is back."""
        if error is not None and not self._down:
            _logger.warning("%s; what is known stays in force for a while", error or "the store does not answer")
        if error is None and self._down:
            _logger.warning("the store %s answers again", self._store.name)
        self._down = error is not None
