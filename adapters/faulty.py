"""A real source that is slow or fails on purpose: for demonstrations, drills and tests.

It stands in front of another kind of adapter and takes that kind's url and options:

    [source.hydrants]
    adapter = "faulty"
    url = "sqlite:///hydrants.db"
    [source.hydrants.options]
    of = "sql"              # the kind that really answers
    latency = "300ms"       # waited before every answer, and up to
    jitter = "200ms"        # this much more
    fail_rate = 0.1         # the part of the calls that fail; 1 is an agency that is down
    fail = "refuse"         # how: refuse (can't be reached), timeout (no answer in time),
                            # or garbage (answers, with cells that fit no type)
    seed = 7                # the same failures in the same order every time
"""

import asyncio
import random
from dataclasses import dataclass, replace
from types import MappingProxyType

from adapters.base import Adapter, Answer, Capabilities, Dataset, Scan, Shape, Source, capabilities_of
from adapters.errors import TimedOut, Unavailable
from adapters.kinds import open_adapter

_UNITS = {"ms": 0.001, "s": 1.0}
_WAYS = ("refuse", "timeout", "garbage")
_GARBAGE = b"\x00\xff"


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong: seconds waited, the part of calls that fail, and how."""

    latency: float = 0.0
    jitter: float = 0.0
    fail_rate: float = 0.0
    fail: str = "refuse"


class FaultyAdapter:
    """An `Adapter` in front of another. `faults` may be replaced at any time."""

    def __init__(self, inner: Adapter, faults: Faults, *, timeout: float = 5.0, seed: int = 0) -> None:
        self.inner = inner
        self.faults = faults
        self._timeout = timeout
        self._random = random.Random(seed)

    @property
    def capabilities(self) -> Capabilities:
        """Those of the adapter behind it."""
        return self.inner.capabilities

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """Those of the adapter behind it."""
        return capabilities_of(self.inner, dataset)

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """The real answer, late; `Unavailable`, `TimedOut` or garbled at the declared rate."""
        garbled = await self._suffer(dataset.name)
        answer = await self.inner.scan(dataset, scan)
        return replace(answer, rows=[self._garble(row) for row in answer.rows]) if garbled else answer

    async def _suffer(self, place: str) -> bool:
        """Wait, and fail if it is this call's turn; True where its answer is to be garbled."""
        faults = self.faults
        await asyncio.sleep(faults.latency + faults.jitter * self._random.random())
        if self._random.random() >= faults.fail_rate:
            return False
        if faults.fail == "timeout":
            await asyncio.sleep(max(0.0, self._timeout - faults.latency))
            raise TimedOut(f"{place}: the source did not answer in time", detail="a fault on purpose")
        if faults.fail == "refuse":
            raise Unavailable(f"{place}: the source can't be reached", detail="a fault on purpose")
        return True

    def _garble(self, row: tuple[object, ...]) -> tuple[object, ...]:
        at = self._random.randrange(len(row)) if row else 0
        return tuple(_GARBAGE if i == at else cell for i, cell in enumerate(row))

    async def describe(self, dataset: Dataset) -> Shape | None:
        """The real description, if it is not this call's turn to fail."""
        await self._suffer(dataset.name)
        return await self.inner.describe(dataset)

    async def ping(self) -> None:
        """Return if the source answers, late."""
        await self._suffer("ping")
        await self.inner.ping()

    async def aclose(self) -> None:
        """Close the adapter behind it."""
        await self.inner.aclose()


def create(source: Source) -> FaultyAdapter:
    """The adapter for `options.of`, with faults. ValueError, with the fix, for wrong options."""
    options = dict(source.options)
    of = options.pop("of", None)
    if not isinstance(of, str) or of == "faulty":
        raise ValueError(f'source {source.name}: options.of names the kind that really answers, like of = "sql"')
    seed = options.pop("seed", 0)
    faults = Faults(
        latency=_seconds(source, options, "latency"),
        jitter=_seconds(source, options, "jitter"),
        fail_rate=_rate(source, options),
        fail=_way(source, options),
    )
    inner = open_adapter(replace(source, kind=of, options=MappingProxyType(options)))
    return FaultyAdapter(inner, faults, timeout=source.timeout, seed=seed if isinstance(seed, int) else 0)


def _seconds(source: Source, options: dict[str, object], name: str) -> float:
    """A duration: "800ms", "2s", or a number of seconds."""
    value = options.pop(name, 0.0)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    for unit, size in _UNITS.items():
        number = str(value).removesuffix(unit)
        if number != value and number.replace(".", "", 1).isdecimal():
            return float(number) * size
    raise ValueError(f'source {source.name}: options.{name} is a duration like "300ms" or "2s"')


def _rate(source: Source, options: dict[str, object]) -> float:
    value = options.pop("fail_rate", 0.0)
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"source {source.name}: options.fail_rate is a number from 0 to 1")


def _way(source: Source, options: dict[str, object]) -> str:
    value = options.pop("fail", "refuse")
    if value in _WAYS:
        return str(value)
    raise ValueError(f"source {source.name}: options.fail is one of {', '.join(_WAYS)}")
