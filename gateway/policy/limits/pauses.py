"""The switch that stops an agency: kept in the store, known to every process within a second."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from gateway.policy.limits.budgets import Pause
from gateway.policy.limits.tables import PAUSES
from gateway.store import Store

TOPIC = "pauses"
"""The topic of the store that a `Watch` follows with `Pauses.load`."""

_log = logging.getLogger("citygraph.limits")


class Pauses:
    """Which agencies are paused. `told` is called with all of them whenever that has changed:
    `Budgets.pause`. While the store is down, what was known last holds."""

    def __init__(self, store: Store, told: Callable[[Mapping[str, Pause]], None] = lambda pauses: None) -> None:
        self._store, self._told = store, told
        self._known: Mapping[str, Pause] = {}

    async def load(self) -> None:
        """Read all pauses. Raises `StoreError`."""
        found = await self.all()
        if found == self._known:
            return
        for agency in sorted(found.keys() ^ self._known.keys()):
            _log.warning("the agency %s is %s", agency, "paused" if agency in found else "asked again")
        self._known = found
        self._told(found)

    async def all(self) -> Mapping[str, Pause]:
        """The pauses in the store now, by agency. Raises `StoreError`."""
        async with self._store.read() as connection:
            rows = await connection.execute(sa.select(PAUSES).order_by(PAUSES.c.agency))
            return {row.agency: Pause(row.agency, row.since, row.reason, row.paused_by) for row in rows}

    async def pause(self, agency: str, now: datetime, reason: str = "", by: str = "") -> None:
        """Ask an agency no more, from now on; pausing it again changes the reason only.

        Raises `StoreError`.
        """
        values = {"agency": agency, "since": now, "reason": reason, "paused_by": by}
        added = self._store.insert(PAUSES).values(**values)
        again = added.on_conflict_do_update(index_elements=[PAUSES.c.agency], set_={"reason": reason, "paused_by": by})
        async with self._store.change(TOPIC) as connection:
            await connection.execute(again)

    async def resume(self, agency: str) -> bool:
        """Ask an agency again; whether it was paused. Raises `StoreError`."""
        async with self._store.change(TOPIC) as connection:
            gone = await connection.execute(sa.delete(PAUSES).where(PAUSES.c.agency == agency))
            return gone.rowcount > 0
