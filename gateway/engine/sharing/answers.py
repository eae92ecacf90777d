"""An answer as a request is told it: with when the agency was asked for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from adapters.base import Answer
from adapters.keys import KeyValue


class Moment(NamedTuple):
    """When the agency was asked, and its own word then on how fresh its data was."""

    fetched_at: datetime
    as_of: datetime | None


_NONE: Mapping[KeyValue, Moment] = MappingProxyType({})


class Told(NamedTuple):
    """Decoded rows and the rest of an `Answer`, asked of the agency at `fetched_at`; those of the
    stored keys in `kept` were asked earlier. `via` is "call", "shared" (another read's call) or "cache";
    `sound` is as in `Answer`. `since` is `time.monotonic()` when the oldest of it was asked for, if all of it
    may be kept; otherwise 0."""

    rows: Sequence[tuple[object, ...]]
    counts: Mapping[KeyValue, int] | None
    complete: bool
    incomplete: frozenset[KeyValue]
    as_of: datetime | None
    refused: int
    fetched_at: datetime
    kept: Mapping[KeyValue, Moment] = _NONE
    via: str = "call"
    sound: bool = False
    since: float = 0.0


def told(answer: Answer, fetched_at: datetime, via: str = "call", since: float = 0.0) -> Told:
    """An answer that came at once and as a whole."""
    a = answer
    return Told(a.rows, a.counts, a.complete, a.incomplete, a.as_of, a.refused, fetched_at, _NONE, via, a.sound, since)
