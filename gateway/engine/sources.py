"""Every agency's adapter, opened at first use, and the bounds each call runs within."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.base import Adapter, Capabilities, Dataset, Scan, Source, capabilities_of
from adapters.errors import SourceError
from adapters.kinds import open_adapter
from gateway.engine.sharing import Asking, Openness, Pattern, RowCache, Tally, Told, Turn, Values
from gateway.engine.values import Calls
from resolvers.city import City, Table

log = logging.getLogger("citygraph.sources")


def free(agency: str) -> None:
    """A turn where nothing is limited."""


@dataclass(slots=True)
class SourceHealth:
    """What the latest calls showed."""

    answered_at: datetime | None = None
    failed_at: datetime | None = None
    code: str | None = None

    def answered(self, moment: datetime) -> None:
        """It has answered what it was asked at this moment."""
        self.answered_at, self.code = moment, None


@dataclass(slots=True)
class _Opened:
    """An adapter and the calls to it; the last of its users closes it."""

    source: Source
    datasets: tuple[Dataset, ...]
    adapter: Adapter
    asking: Asking
    health: SourceHealth
    users: "set[Sources]" = field(default_factory=set)  # its changes are atomic: they come from two threads


class Sources:
    """The sources of one city. A dead one costs its own calls only.

    `before` are those of the same city as its files were: what is described as before stays open,
    is asked by both within one bound, and keeps its health and its rows. Rows of all sources together
    are kept in `row_cache` bytes.
    """

    def __init__(
        self,
        city: City,
        adapters: Mapping[str, Adapter] | None = None,
        before: "Sources | None" = None,
        *,
        row_cache: int = 32 * 2**20,
    ) -> None:
        known = before._opened if before else {}
        self.cache: RowCache = before.cache if before else RowCache(row_cache)
        self.openness: Openness = Openness(city)
        self._opened: dict[str, _Opened] = {}
        for name, source in city.sources.items():
            datasets = tuple(t.dataset for t in city.tables.values() if t.dataset.source == name)
            kept = known.get(name)
            if kept is None or (kept.source, kept.datasets) != (source, datasets):
                adapter = (adapters or {}).get(name) or open_adapter(source)
                health = SourceHealth()
                kept = _Opened(source, datasets, adapter, Asking(source, adapter, self.cache, health.answered), health)
            kept.users.add(self)
            self._opened[name] = kept

    def pattern(self, table: Table, scan: Scan) -> Pattern:
        """What a scan asks a dataset for, but for the values of its keys."""
        return Pattern(table.dataset, scan, is_open=self.openness.open(table, scan))

    async def read(
        self,
        table: Table,
        pattern: Pattern,
        values: Values,
        deadline: float,
        calls: Calls,
        turn: Turn = free,
        max_age: float | None = None,
    ) -> Told:
        """Ask for this by these keys (none: for all rows) within the source's time-out and the request's
        deadline (`time.monotonic`), when it is the caller's `turn`, or share what is asked by others;
        `calls` are those of the request. With `max_age` (seconds) nothing older is told.

        Raises `SourceError` only.
        """
        opened = self._opened[table.dataset.source]
        started = time.monotonic()
        is_open, keys = pattern.is_open, len(values)
        try:
            found = await opened.asking.read(
                pattern,
                values,
                turn,
                table.agency,
                min(opened.source.timeout, deadline - started),
                scope=0 if is_open else id(calls),
                keep=table.cache or 0.0 if is_open else 0.0,
                max_age=max_age,
            )
        except SourceError as error:
            self._note(opened, table, error)
            calls.add(table.name, keys, 0, (time.monotonic() - started) * 1000, error.code)
            calls.fleeting()
            raise
        calls.add(table.name, keys, len(found.rows), (time.monotonic() - started) * 1000, "OK", found.via)
        if found.since and table.cache is not None:
            calls.lasting(found.since, found.since + table.cache)
        else:
            calls.fleeting()
        return found

    def _note(self, opened: _Opened, table: Table, error: SourceError) -> None:
        """What the operator should know of a failure: told when it begins or changes. The upstream's
        own words may quote the question, which is nobody's business where it is about a person."""
        if opened.health.code != error.code:
            quotable = table.access is None and all(column.public for column in table.dataset.columns.values())
            detail = f" ({error.detail})" if error.detail and quotable else ""
            log.warning("%s of %s: %s: %s%s", table.dataset.source, table.agency, error.code, error, detail)
        opened.health.failed_at, opened.health.code = datetime.now(UTC), error.code

    def capabilities(self, dataset: Dataset) -> Capabilities:
        """What can be asked of a dataset."""
        return capabilities_of(self._opened[dataset.source].adapter, dataset)

    def health(self, source: str) -> SourceHealth:
        """What the latest calls to a source showed."""
        return self._opened[source].health

    def tally(self, source: str) -> Tally:
        """How many calls were made to a source, and for how many reads."""
        return self._opened[source].asking.tally

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
        idle = [opened for opened in self._opened.values() if not opened.users]
        await asyncio.gather(*(opened.asking.aclose() for opened in idle))
        await asyncio.gather(*(opened.adapter.aclose() for opened in idle), return_exceptions=True)
