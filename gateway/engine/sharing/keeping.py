"""The row cache: rows of open datasets, kept for as long as their catalogue says, by key value.

It is bounded by bytes; what was used longest ago goes first. A key that has no rows is kept as such.
Only what an agency answered in full is kept, and nothing is given out beyond its age.
"""

import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache

from adapters.base import Cell
from adapters.keys import KeyValue

_ENTRY = 700
"""Bytes of an entry beside its rows and its key: measured with tracemalloc, rounded up."""

_MOST_OF_IT = 16
"""No entry may take more than this part of the cache, so that one key can't empty it."""


class Shape:
    """What is asked, but for the keys, as part of a cache's key: its hash is made once."""

    __slots__ = ("_hash", "size", "what")

    def __init__(self, what: Hashable) -> None:
        self.what = what
        self._hash = hash(what)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Shape) and self.what == other.what)


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one key, `sound` as in `Answer`; `since` is `time.monotonic()` when the agency was asked,
    `size` in bytes."""

    rows: Sequence[tuple[Cell, ...]]
    count: int | None
    fetched_at: datetime
    as_of: datetime | None
    since: float
    size: int
    sound: bool = False


class RowCache:
    """Rows by shape and key, at most `most` bytes of them. All of one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: LRUCache[tuple[Shape, KeyValue], Kept] = LRUCache(most, getsizeof=lambda kept: kept.size)

    @property
    def size(self) -> int:
        """Bytes in use, as estimated."""
        return int(self._kept.currsize)

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, shape: Shape, values: Sequence[KeyValue], oldest: float) -> dict[KeyValue, Kept]:
        """What is kept of these keys and was asked for at `oldest` (`time.monotonic()`) or later."""
        found = {}
        for value in values:
            kept = self._kept.get((shape, value))
            if kept is not None and kept.since >= oldest:
                found[value] = kept
        return found

    def keep(
        self,
        shape: Shape,
        rows: Mapping[KeyValue, Sequence[tuple[Cell, ...]]],
        counts: Mapping[KeyValue, int] | None,
        fetched_at: datetime,
        as_of: datetime | None,
        since: float,
        *,
        sound: bool = False,
    ) -> None:
        """Keep the rows of each key; what is there already and newer stays."""
        common = _ENTRY + _bytes(shape.what)
        for value, mine in rows.items():
            key = shape, value
            size = common + _bytes(value) + sum(map(_bytes, mine))
            known = self._kept.get(key)
            if size * _MOST_OF_IT > self.most or (known is not None and known.since > since):
                continue
            count = counts.get(value) if counts is not None else None
            self._kept[key] = Kept(tuple(mine), count, fetched_at, as_of, since, size, sound)


def _bytes(value: object) -> int:
    """What a value takes with all that is in it, shared or not; for what has parts of its own that
    are not counted one by one, four times what it prints."""
    if isinstance(value, tuple | frozenset):
        return sys.getsizeof(value) + 8 + sum(map(_bytes, value))
    if isinstance(value, str | int | float) or value is None:
        return sys.getsizeof(value)
    return sys.getsizeof(value) + 4 * len(repr(value))
