"""The engine of a city whose files may change while it is served.

A change is opened aside and put in place at once: requests under way finish on the edition that
they began with, which is closed when the last of them is done. Files with problems change
nothing; the log says what is wrong with them.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.catalogue import CatalogueError
from gateway.engine.requests import Request, Response
from gateway.reloading.editions import Edition, open_edition
from gateway.reloading.watching import changes
from gateway.settings import Settings
from gateway.settling import settle
from gateway.weaknesses import weaknesses
from gateway.web.examples import BadExamples
from resolvers.city import City

log = logging.getLogger(__name__)

Show = Callable[[Edition], None]
"""Told of every edition that is put in place."""


class _TooWeak(Exception):
    """A gateway would not start with these files; the text says why, a line each."""


class _Served:
    """An edition, and how many requests it is answering."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.requests = 0

    async def execute(self, request: Request) -> Response:
        self.requests += 1
        try:
            return await self.edition.engine.execute(request)
        finally:
            self.requests -= 1


class ReloadingEngine:
    """Executes requests against the newest edition of a city's files that has no problems.

    `directory`, `environment` and `settings` are those that `first` was opened with.
    """

    def __init__(self, directory: Path, environment: Mapping[str, str], settings: Settings, first: Edition) -> None:
        self._directory = directory
        self._environment = environment
        self._settings = settings
        self._served = _Served(first)
        self._shows: list[Show] = []
        self._stop = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._retired: set[_Served] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._told = ""

    @property
    def edition(self) -> Edition:
        """The one that new requests go to."""
        return self._served.edition

    @property
    def outdated(self) -> bool:
        """Whether the files say something else that can't be served."""
        return bool(self._told)

    def follow(self, show: Show) -> None:
        """Have `show` called with every edition that is put in place from now on."""
        self._shows.append(show)

    async def execute(self, request: Request) -> Response:
        """Never raises for what a client sent; unexpected errors become `INTERNAL` errors."""
        served = self._served
        try:
            return await served.execute(request)
        finally:
            self._close_idle()

    async def start(self) -> None:
        """Serve, and watch the files."""
        await self.edition.engine.start()
        self._watching = asyncio.create_task(self._watch())

    async def aclose(self) -> None:
        """Stop watching, and close every source."""
        self._stop.set()
        if self._watching is not None:
            await self._watching
        left = [served.edition.engine.aclose() for served in (self._served, *self._retired)]
        await asyncio.gather(*left, *self._closing)

    async def _watch(self) -> None:
        async for _ in changes(self._directory, self.edition.content, self._stop):
            try:
                await self._renew()
            except (CatalogueError, BadExamples, OSError) as error:
                self._refuse(f"has problems\n{error}")
            except _TooWeak as error:
                self._refuse(f"is too weak for production\n{error}")
            except Exception as error:
                self._refuse(f"can't be opened: {type(error).__name__}: {error}", mistake=error)

    async def _renew(self) -> None:
        """Open what the files say, in a thread so that requests go on, and put it in place."""
        before = self._served
        edition = await asyncio.to_thread(
            open_edition, self._directory, self._environment, self._settings, before.edition
        )
        weak = self._weaker(before.edition.city, edition.city)
        if self._stop.is_set() or weak:
            await edition.engine.aclose()
            if weak:
                raise _TooWeak("\n".join(weak))
            return
        await edition.engine.start()
        for show in self._shows:
            show(edition)
        self._served, self._told = _Served(edition), ""
        self._retired.add(before)
        self._close_idle()
        log.info("%s changed: %s", self._directory, told(before.edition.city, edition.city))

    def _weaker(self, before: City, after: City) -> list[str]:
        """What is too weak for production in a city, and was not before."""
        if self._settings.mode != "production":
            return []
        known = weaknesses(self._settings, before)
        return [each for each in weaknesses(self._settings, after) if each not in known]

    def _refuse(self, problem: str, mistake: Exception | None = None) -> None:
        """Go on as before; the same problem is told once. Only a mistake of ours has a traceback."""
        if problem != self._told:
            text = "%s is served as it was before: what its files say now %s"
            log.error(text, self._directory, problem, exc_info=mistake)
        self._told = problem

    def _close_idle(self) -> None:
        """Close the retired editions that have answered all of their requests; aside, because clients wait."""
        for served in [each for each in self._retired if not each.requests]:
            self._retired.remove(served)
            closing = asyncio.create_task(self._close(served))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _close(self, served: _Served) -> None:
        """Close an edition, and make room: its schema was set aside from the garbage collector."""
        await served.edition.engine.aclose()
        settle()


def told(before: City, after: City) -> str:
    """What a change did to a city, in a few words."""
    parts = [f"{after.name} has {len(after.agencies)} agencies and {len(after.sections)} sections now"]
    for word, names in (
        ("new", [name for name in after.agencies if name not in before.agencies]),
        ("gone", [name for name in before.agencies if name not in after.agencies]),
    ):
        parts += [f"{word}: {', '.join(names)}"] if names else []
    return "; ".join(parts)
