"""Agencies as they are, and as they are on bad days: adapters in front of a city's own.

What goes wrong depends on a seed, the dataset and the value only, never on the order of calls.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType
from zlib import crc32

from adapters.base import Adapter, Answer, Dataset, Scan, Source
from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.faulty import Faults, FaultyAdapter
from adapters.kinds import open_adapter
from adapters.memory import MemoryAdapter
from tests.wrapper import Wrapper

GARBAGE = b"\x00\xff"

FAILURES: tuple[SourceError, ...] = (
    Unavailable("the source can't be reached"),
    TimedOut("no answer in time"),
    Throttled("too many calls", retry_after=3.0),
    Rejected("the source refuses this call"),
    Malformed("the answer is not what was declared"),
)


class Damaging(Wrapper):
    """One that damages a part of the cells."""

    def __init__(self, inner: Adapter, part: float, seed: int) -> None:
        super().__init__(inner)
        self._seed, self._below = seed, part * 2**32

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        answer = await self.inner.scan(dataset, scan)
        rows = [
            tuple(self._cell(dataset.name, column, cell, row) for column, cell in zip(scan.columns, row, strict=True))
            for row in answer.rows
        ]
        return replace(answer, rows=rows)

    def _cell(self, dataset: str, column: str, cell: object, row: tuple[object, ...]) -> object:
        hit = crc32(repr((self._seed, dataset, column, cell, row[0])).encode()) < self._below
        return GARBAGE if hit else cell


def own(source: Source) -> Adapter:
    """A source's own adapter, without the demo's delays."""
    found = open_adapter(source)
    return found.inner if isinstance(found, FaultyAdapter) else found


Adapters = Mapping[str, Adapter]


def well(adapters: Adapters, _seed: int) -> Adapters:
    """Every agency answers at once (but for those that are down anyway)."""
    return adapters


def failing(adapters: Adapters, seed: int) -> Adapters:
    """Some agencies fail at every call, each in a way of its own."""
    random = Random(seed)
    return {
        name: _failed(random.choice(FAILURES)) if random.random() < 0.35 else adapter
        for name, adapter in adapters.items()
    }


def _failed(error: SourceError) -> Adapter:
    adapter = MemoryAdapter({})
    adapter.failure = error
    return adapter


def flaky(adapters: Adapters, seed: int) -> Adapters:
    """Some calls fail, and some come back garbled."""
    ways = ("refuse", "garbage")
    return {
        name: FaultyAdapter(adapter, Faults(fail_rate=0.3, fail=ways[n % 2]), seed=seed + n)
        for n, (name, adapter) in enumerate(adapters.items())
    }


def damaged(adapters: Adapters, seed: int) -> Adapters:
    """One cell in ten is no value of its type."""
    return {name: Damaging(adapter, 0.1, seed) for name, adapter in adapters.items()}


DAYS: Mapping[str, Callable[[Adapters, int], Adapters]] = MappingProxyType(
    {"well": well, "failing": failing, "flaky": flaky, "damaged": damaged}
)
