"""Every agency's adapter, opened at first use, and the bounds each call runs within."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.base import Adapter, Answer, Dataset, Scan, Source
from adapters.errors import SourceError, TimedOut
from adapters.kinds import open_adapter
from adapters.pushdown import read
from gateway.engine.values import Calls
from resolvers.city import City, Table

log = logging.getLogger("citygraph.sources")

Turn = Callable[[str], AbstractAsyncContextManager[None]]
"""A turn at an agency, entered around one call; raises `SourceError`."""


def _free(agency: str) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Faulty(SourceError):
    """An adapter raised what it may not raise: a mistake of ours that costs its own section only."""

    code = "INTERNAL"


@dataclass(slots=True)
class SourceHealth:
    """What the latest calls showed."""

    answered_at: datetime | None = None
    failed_at: datetime | None = None
    code: str | None = None


@dataclass(slots=True)
class _Opened:
    """An adapter and its bounds; the last of its users closes it."""

    source: Source
    datasets: tuple[Dataset, ...]
    adapter: Adapter
    slots: asyncio.Semaphore
    health: SourceHealth
    users: "set[Sources]" = field(default_factory=set)  # its changes are atomic: they come from two threads


class Sources:
    """The sources of one city. A dead one costs its own calls only.

    `before` are those of the same city as its files were: what is described as before stays open,
    is asked by both within one bound, and keeps its health.
    """

    def __init__(
        self, city: City, adapters: Mapping[str, Adapter] | None = None, before: "Sources | None" = None
    ) -> None:
        known = before._opened if before else {}
        self._opened: dict[str, _Opened] = {}
        for name, source in city.sources.items():
            datasets = tuple(t.dataset for t in city.tables.values() if t.dataset.source == name)
            kept = known.get(name)
            if kept is None or (kept.source, kept.datasets) != (source, datasets):
                adapter = (adapters or {}).get(name) or open_adapter(source)
                kept = _Opened(source, datasets, adapter, asyncio.Semaphore(source.concurrency), SourceHealth())
            kept.users.add(self)
            self._opened[name] = kept

    async def read(self, table: Table, scan: Scan, deadline: float, calls: Calls, turn: Turn = _free) -> Answer:
        """Ask within the source's time-out and the request's deadline (`time.monotonic`), when it
        is the caller's `turn`.

        Raises `SourceError` only.
        """
        opened = self._opened[table.dataset.source]
        started = time.monotonic()
        keys = len(scan.keys.values) if scan.keys else 0
        try:
            async with turn(table.agency):
                seconds = min(opened.source.timeout, deadline - time.monotonic())
                answer = await self._bounded(opened, table, scan, seconds)
        except SourceError as error:
            self._note(opened, table, error)
            calls.add(table.name, keys, 0, (time.monotonic() - started) * 1000, error.code)
            raise
        opened.health.answered_at, opened.health.code = datetime.now(UTC), None
        calls.add(table.name, keys, len(answer.rows), (time.monotonic() - started) * 1000, "OK")
        return answer

    def _note(self, opened: _Opened, table: Table, error: SourceError) -> None:
        """What the operator should know of a failure: told when it begins or changes. The upstream's
        own words may quote the question, which is nobody's business where it is about a person."""
        if opened.health.code != error.code:
            quotable = table.access is None and all(column.public for column in table.dataset.columns.values())
            detail = f" ({error.detail})" if error.detail and quotable else ""
            log.warning("%s of %s: %s: %s%s", table.dataset.source, table.agency, error.code, error, detail)
        opened.health.failed_at, opened.health.code = datetime.now(UTC), error.code

    async def _bounded(self, opened: _Opened, table: Table, scan: Scan, seconds: float) -> Answer:
        if seconds <= 0:
            raise TimedOut("the time for this request is up")
        try:
            async with asyncio.timeout(seconds):
                async with opened.slots:
                    return await read(opened.adapter, table.dataset, scan, keys_per_call=opened.source.keys_per_call)
        except TimeoutError:
            raise TimedOut(f"no answer within {seconds:.1f} s") from None
        except SourceError:
            raise
        except Exception as error:
            log.exception("%s failed on %s in a way that no adapter should", opened.source.kind, table.name)
            raise Faulty("the gateway's own adapter failed; it was logged") from error

    def health(self, source: str) -> SourceHealth:
        """What the latest calls to a source showed."""
        return self._opened[source].health

    async def ping(self) -> dict[str, bool]:
        """Whether each source answers now."""
        names = list(self._opened)
        found = await asyncio.gather(*(self._ping(self._opened[name]) for name in names))
        return dict(zip(names, found, strict=True))

    async def _ping(self, opened: _Opened) -> bool:
        try:
            async with asyncio.timeout(opened.source.timeout):
                await opened.adapter.ping()
        except (SourceError, TimeoutError):
            return False
        return True

    async def aclose(self) -> None:
        """Close every adapter that nobody else uses; one that fails to close keeps no other open."""
        for opened in self._opened.values():
            opened.users.discard(self)
        idle = [opened.adapter for opened in self._opened.values() if not opened.users]
        await asyncio.gather(*(adapter.aclose() for adapter in idle), return_exceptions=True)
