"""What each key asked on each day: counted in memory, added to the store every few seconds.

Several processes add to the same counts. What a process has not written yet is lost if it is
killed: these are for reports and for a new process's quotas; the record of look-ups is the audit log.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from gateway.policy.limits.tables import AGENCY_USAGE, USAGE
from gateway.store import Store, StoreError

EVERY = 5.0
"""Seconds between two writes."""
MOST = 50_000
"""How many counts wait in memory while the store is down; what comes for further keys is not kept."""

_TOGETHER = 1_000
"""Requests that are noted before they are added up."""

_Note = tuple[str, date, int, int, bool, bool, Iterable[str]]

_log = logging.getLogger("citygraph.limits")
_COUNTS = ("requests", "cost", "rows", "denied", "refused")


@dataclass(slots=True)
class Counts:
    """One key's day. `denied` are requests of which something was denied, `refused` those that
    were not admitted; `agencies` is how many requests asked each agency."""

    requests: int = 0
    cost: int = 0
    rows: int = 0
    denied: int = 0
    refused: int = 0
    agencies: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Add another's."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for agency, requests in other.agencies.items():
            self.agencies[agency] = self.agencies.get(agency, 0) + requests


class Usage:
    """Counts per key and day of the city."""

    def __init__(self, store: Store, every: float = EVERY, most: int = MOST) -> None:
        self._store, self._every, self._most = store, every, most
        self._noted: list[_Note] = []  # not added up yet
        self._pending: dict[tuple[str, date], Counts] = {}
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._down = False

    def note(
        self,
        key: str,
        day: date,
        cost: int = 0,
        rows: int = 0,
        denied: bool = False,
        refused: bool = False,
        agencies: Iterable[str] = (),
    ) -> None:
        """Count one request."""
        self._noted.append((key, day, cost, rows, denied, refused, agencies))
        if len(self._noted) >= _TOGETHER:
            self._add_up()

    def _add_up(self) -> None:
        """Add what was noted to the counts: many at once, while all that this needs is at hand."""
        noted, self._noted = self._noted, []
        for key, day, cost, rows, denied, refused, agencies in noted:
            counts = self._pending.get((key, day))
            if counts is None:
                if len(self._pending) >= self._most:
                    continue
                counts = self._pending[key, day] = Counts()
            counts.requests += 1
            counts.cost += cost
            counts.rows += rows
            counts.denied += denied
            counts.refused += refused
            for agency in agencies:
                counts.agencies[agency] = counts.agencies.get(agency, 0) + 1

    async def start(self) -> None:
        """Write every few seconds from now on."""
        self._task = asyncio.create_task(self._write_on(), name="citygraph usage")

    async def aclose(self) -> None:
        """Stop, and write what is left. Raises `StoreError` where that is not possible."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.flush()

    async def flush(self) -> None:
        """Add everything that was counted to the store. Raises `StoreError`; then nothing is lost."""
        async with self._writing:
            self._add_up()
            pending, self._pending = self._pending, {}
            if not pending:
                return
            try:
                await self._add(pending)
            except BaseException:
                for at, counts in self._pending.items():
                    pending.setdefault(at, Counts()).add(counts)
                self._pending = pending
                raise

    async def of(self, key: str, since: date) -> Sequence[tuple[date, Counts]]:
        """A key's days, the latest first: what is in the store and what this process has not written
        yet. Raises `StoreError`."""
        async with self._writing:
            found = await self._read(key, since)
            self._add_up()
            for (owner, day), counts in self._pending.items():
                if owner == key and day >= since:
                    found.setdefault(day, Counts()).add(counts)
        return sorted(found.items(), reverse=True, key=lambda item: item[0])

    async def on(self, day: date) -> dict[str, Counts]:
        """Every key's requests and cost of a day, as the store has them: for `Limiter.restore`.
        Raises `StoreError`."""
        async with self._store.read() as connection:
            rows = await connection.execute(sa.select(USAGE).where(USAGE.c.day == day))
            return {row.key: _counts(row) for row in rows}

    async def forget(self, before: date) -> int:
        """Delete the days before one; how many keys' days those were. Raises `StoreError`."""
        async with self._store.change() as connection:
            await connection.execute(sa.delete(AGENCY_USAGE).where(AGENCY_USAGE.c.day < before))
            gone = await connection.execute(sa.delete(USAGE).where(USAGE.c.day < before))
            return gone.rowcount

    async def _read(self, key: str, since: date) -> dict[date, Counts]:
        async with self._store.read() as connection:
            rows = await connection.execute(sa.select(USAGE).where(USAGE.c.key == key, USAGE.c.day >= since))
            found = {row.day: _counts(row) for row in rows}
            mine = sa.select(AGENCY_USAGE).where(AGENCY_USAGE.c.key == key, AGENCY_USAGE.c.day >= since)
            for row in await connection.execute(mine.order_by(AGENCY_USAGE.c.agency)):
                found.setdefault(row.day, Counts()).agencies[row.agency] = row.requests
        return found

    async def _add(self, pending: dict[tuple[str, date], Counts]) -> None:
        """In one transaction, keys in order: two processes that add wait for each other, never both."""
        days = [
            {"key": key, "day": day, **{name: getattr(counts, name) for name in _COUNTS}}
            for (key, day), counts in sorted(pending.items())
        ]
        agencies = [
            {"key": key, "day": day, "agency": agency, "requests": requests}
            for (key, day), counts in sorted(pending.items())
            for agency, requests in sorted(counts.agencies.items())
        ]
        async with self._store.change() as connection:
            await connection.execute(self._adding(USAGE, _COUNTS), days)
            if agencies:
                await connection.execute(self._adding(AGENCY_USAGE, ("requests",)), agencies)

    def _adding(self, table: sa.Table, names: Sequence[str]) -> sa.Insert:
        first = self._store.insert(table)
        added = {name: table.c[name] + first.excluded[name] for name in names}
        return first.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=added)

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.flush()
            except StoreError as error:
                if not self._down:
                    _log.warning("%s; usage is counted in memory until it does", error)
                self._down = True
            except Exception:
                _log.exception("usage could not be written")
            else:
                self._down = False


def _counts(row: Any) -> Counts:
    return Counts(**{name: getattr(row, name) for name in _COUNTS})
