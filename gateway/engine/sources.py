"""Every agency's adapter, opened at first use, and the bounds each call runs within."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.base import Adapter, Answer, Scan, Source
from adapters.errors import SourceError, TimedOut
from adapters.kinds import open_adapter
from adapters.pushdown import read
from gateway.engine.values import Calls
from resolvers.city import City, Table


@dataclass(slots=True)
class SourceHealth:
    """What the latest calls showed."""

    answered_at: datetime | None = None
    failed_at: datetime | None = None
    code: str | None = None


@dataclass(slots=True)
class _Opened:
    source: Source
    adapter: Adapter
    slots: asyncio.Semaphore
    health: SourceHealth


class Sources:
    """The sources of one city. A dead one costs its own calls only."""

    def __init__(self, city: City, adapters: Mapping[str, Adapter] | None = None) -> None:
        self._opened = {
            name: _Opened(
                source,
                (adapters or {}).get(name) or open_adapter(source),
                asyncio.Semaphore(source.concurrency),
                SourceHealth(),
            )
            for name, source in city.sources.items()
        }

    async def read(self, table: Table, scan: Scan, deadline: float, calls: Calls) -> Answer:
        """Ask within the source's time-out and the request's deadline (`time.monotonic`).

        Raises `SourceError`; what an adapter raises besides is a mistake of ours and passes.
        """
        opened = self._opened[table.dataset.source]
        started = time.monotonic()
        keys = len(scan.keys.values) if scan.keys else 0
        try:
            answer = await self._bounded(opened, table, scan, min(opened.source.timeout, deadline - started))
        except SourceError as error:
            opened.health.failed_at, opened.health.code = datetime.now(UTC), error.code
            calls.add(table.name, keys, 0, (time.monotonic() - started) * 1000, error.code)
            raise
        opened.health.answered_at, opened.health.code = datetime.now(UTC), None
        calls.add(table.name, keys, len(answer.rows), (time.monotonic() - started) * 1000, "OK")
        return answer

    async def _bounded(self, opened: _Opened, table: Table, scan: Scan, seconds: float) -> Answer:
        if seconds <= 0:
            raise TimedOut("the time for this request is up")
        try:
            async with asyncio.timeout(seconds):
                async with opened.slots:
                    return await read(opened.adapter, table.dataset, scan, keys_per_call=opened.source.keys_per_call)
        except TimeoutError:
            raise TimedOut(f"no answer within {seconds:.1f} s") from None

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
        """Close every adapter; one that fails to close keeps no other open."""
        await asyncio.gather(*(o.adapter.aclose() for o in self._opened.values()), return_exceptions=True)
