"""Testville's sources with an adapter that a test holds up, breaks, and counts."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from adapters.base import Answer, Dataset, Keys, Scan
from adapters.errors import SourceError
from adapters.memory import MemoryAdapter
from gateway.engine.sharing import Told
from gateway.engine.sources import Sources
from gateway.engine.values import Calls
from resolvers.city import City
from tests.e2e.city import city, rows

LIENS, READINGS, SHELTERS = (city().tables[name] for name in ("deeds.liens", "census.readings", "welfare.shelters"))
LOT = ("lot",)


class Agency(MemoryAdapter):
    """Answers a call only after `hold` lets it; `fails` may give an error for a scan."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        super().__init__(tables)
        self.asked: list[Scan] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.pauses: list[int] = []
        self.cancelled = 0
        self.fails: Callable[[Scan], Exception | None] = lambda scan: None

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        self.asked.append(scan)
        try:
            for _ in range(self.pauses[len(self.asked) % len(self.pauses)] if self.pauses else 0):
                await asyncio.sleep(0)
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        error = self.fails(scan)
        if error is not None:
            raise error
        return await super().scan(dataset, scan)

    def keys(self) -> list[list[object]]:
        """The first values of the keys of each call."""
        return [[value[0] for value in scan.keys.values] if scan.keys else [] for scan in self.asked]


def agencies() -> dict[str, Agency]:
    """An agency for every source, each with its rows."""
    return {name: Agency(tables) for name, tables in rows().items()}


def bounded(
    concurrency: int = 1, timeout: float = 5.0, keys_per_call: int = 500, cached: Mapping[str, float] | None = None
) -> City:
    """Testville whose sources take so many calls at once; `cached` are the seconds that rows of a
    dataset are kept."""
    made = city()
    sources = {
        name: replace(source, concurrency=concurrency, timeout=timeout, keys_per_call=keys_per_call)
        for name, source in made.sources.items()
    }
    tables = {name: replace(table, cache=(cached or {}).get(name)) for name, table in made.tables.items()}
    return replace(made, sources=sources, tables=tables)


class Asker:
    """One request: what it asks, it asks of `sources`."""

    def __init__(self, sources: Sources, made: City, key: str = "", seconds: float = 5.0) -> None:
        self.sources, self.city, self.key, self.seconds, self.calls = sources, made, key, seconds, Calls()

    async def read(self, table: str, scan: Scan, max_age: float | None = None, **how: object) -> Told:
        """Raises `SourceError`."""
        deadline = time.monotonic() + self.seconds
        asked, sources = self.city.tables[table], self.sources
        values = scan.keys.values if scan.keys is not None else ()
        pattern = sources.pattern(asked, scan)
        return await sources.read(asked, pattern, values, deadline, self.calls, max_age=max_age, **how)  # type: ignore[arg-type]

    async def lien(self, *lots: str, max_age: float | None = None) -> list[object]:
        """The liens on lots."""
        return [row[0] for row in (await self.read("deeds.liens", liens(*lots), max_age)).rows]


def liens(*lots: str) -> Scan:
    """Liens by lot."""
    return Scan(("lien", "lot"), Keys(LOT, tuple((lot,) for lot in lots)))


async def settle() -> None:
    """Let everything go on that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def outcome(asked: "asyncio.Task[list[object]]") -> object:
    """What came of it: rows, or the error's class."""
    try:
        return await asked
    except SourceError as error:
        return type(error)
