"""What `bench.fetches` measures of one kind of source: its adapter, and the same written by hand.

By hand means what somebody would write who asks this one table and no other: one connection, one
statement or URL, no bounds, no time-outs, nothing told apart from damage.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from adapters.base import Adapter, Dataset, Source
from adapters.kinds import open_adapter
from bench.licences import columns

Rows = Sequence[Sequence[Any]]


class Missing(Exception):
    """The server of a kind is not here."""


@dataclass(frozen=True, slots=True)
class System:
    """One kind. `bare` gives what the driver gives, `typed` rows like those of `adapters.reading.read`."""

    name: str
    adapter: Adapter
    dataset: Dataset
    bare: Callable[[], Awaitable[object]]
    typed: Callable[[], Awaitable[Rows]]


def dataset(path: str, stored: str = "native", **options: object) -> Dataset:
    """The licences at one kind of source."""
    return Dataset("bench.licences", "bench.source", path, columns(stored), options=MappingProxyType(options))


@asynccontextmanager
async def opened(kind: str, url: str, **options: object) -> AsyncIterator[Adapter]:
    """The adapter, closed at the end."""
    adapter = open_adapter(Source("bench.source", kind, url, options=MappingProxyType(options)))
    try:
        yield adapter
    finally:
        await adapter.aclose()


def from_texts(rows: Rows) -> Rows:
    """Rows of texts, typed."""
    day = date.fromisoformat
    return [(n, w, s, t, day(i), Decimal(f), int(e)) for n, w, s, t, i, f, e in rows]
