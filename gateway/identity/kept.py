"""Registers whose addresses the gateway keeps, so that they are found without asking, and nearly.

Kept are identifiers and normalised addresses, in memory, of datasets that anybody may see; who
may not see the register's address columns is told nothing of them. A register is read anew as
often as its agency renews it, one at a time; while that fails, what was read before stays, and
where there is nothing yet the register is asked itself.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from adapters.errors import SourceError
from gateway.engine.bindings import Binding, Bindings
from gateway.engine.services import Services
from gateway.engine.sharing import Turn
from gateway.engine.sources import Sources, free
from gateway.identity.reading import read_index
from resolvers.city import City, Table
from resolvers.identity.registers import AddressIndex

log = logging.getLogger("citygraph.identity")

PERIODS: Mapping[str, timedelta] = MappingProxyType(
    {"hourly": timedelta(hours=1), "weekly": timedelta(days=7), "monthly": timedelta(days=7)}
    | {"quarterly": timedelta(days=7), "yearly": timedelta(days=7)}
)
"""How long a register of a cadence is kept; a day where nobody says or it is renewed daily."""
_DAY = timedelta(days=1)
_FIRST = 1.0  # seconds after the start: requests come first, and short commands read no register
_AGAIN, _LATEST = 60.0, 3_600.0  # seconds until a failed reading is tried again, twice as long every time
_READER = "registers"
"""Stands for the gateway itself where callers take turns at an agency."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The addresses of one register, as read at a moment."""

    index: AddressIndex
    rows: int
    read_at: datetime


class KeptRegisters:
    """Those of one edition of a city; `before` are those of the edition before, whose unchanged
    registers need not be read again. `start` and `aclose` in the loop that serves."""

    def __init__(
        self,
        city: City,
        bindings: Bindings,
        sources: Sources,
        services: Services,
        before: "KeptRegisters | None" = None,
    ) -> None:
        self._bindings, self._sources, self._services = bindings, sources, services
        names = dict.fromkeys(name for register in city.registers for name in register.kept)
        self._tables = {name: city.tables[name] for name in names}
        self._marks = {name: _mark(city, table) for name, table in self._tables.items()}
        self._kept: dict[str, Kept] = dict(before._unchanged(self._marks)) if before else {}
        self._one = asyncio.Semaphore(1)
        self._tasks: list[asyncio.Task[None]] = []

    def of(self, table: str) -> Kept | None:
        """What is kept of a dataset; None where it is to be asked itself."""
        return self._kept.get(table)

    def start(self) -> None:
        """Read what is not kept yet, and whatever is due from now on."""
        self._tasks = [asyncio.create_task(self._keep(table)) for table in self._tables.values()]

    async def aclose(self) -> None:
        """Read no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _unchanged(self, marks: Mapping[str, object]) -> Iterator[tuple[str, Kept]]:
        for name, kept in self._kept.items():
            if marks.get(name) == self._marks[name]:
                yield name, kept

    async def _keep(self, table: Table) -> None:
        await asyncio.sleep(self._due(table))
        again = _AGAIN
        while True:
            try:
                async with self._one:
                    await self.read(table.name)
                again = _AGAIN
                await asyncio.sleep(max(self._due(table), _FIRST))
            except SourceError as error:
                log.warning("addresses of %s are not read anew: %s", table.name, error)
                await asyncio.sleep(again)
                again = min(2 * again, _LATEST)

    def _due(self, table: Table) -> float:
        """Seconds until a register is read."""
        kept = self._kept.get(table.name)
        if kept is None:
            return _FIRST
        due = kept.read_at + PERIODS.get(table.cadence or "", _DAY) - self._services.clock()
        return max(_FIRST, due.total_seconds())

    async def read(self, name: str) -> None:
        """Read a register now. Raises `SourceError`, and keeps what it had."""
        table = self._tables[name]
        moment = self._services.clock()
        bindings = self._bindings.of(table.name, "Address")
        index, rows = await read_index(self._sources, table, bindings, self._turn())
        self._kept[table.name] = Kept(index, rows, moment)
        log.debug("addresses of %s are kept: %s rows", table.name, f"{rows:,}")

    def _turn(self) -> Turn:
        desk = self._services.desk
        return desk.turns(_READER) if desk else free


def _mark(city: City, table: Table) -> tuple[object, ...]:
    """Equal where what is kept of a register would be the same."""
    keys: tuple[Binding | object, ...] = tuple((key, city.schemes[key.scheme].check) for key in table.keys)
    return city.locale, city.sources[table.dataset.source], table.dataset, keys
