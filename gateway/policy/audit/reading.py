"""Records read back, of all chains together by time; those of one chain as they were written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path

import orjson

from gateway.policy.audit.entries import Record, record_of
from gateway.policy.audit.lines import FIELDS, split
from gateway.policy.audit.places import Places, SegmentName, segments_in

_REQUEST, _FIELDS = b'"kind":"request"', b'"kind":"%b"' % FIELDS.encode()
_SPARE = timedelta(days=1)
"""A request belongs to the segment of the day on which it ended."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which records are wanted; None is any. `since` is within, `until` is not.

    `subject` is a pseudonym, `agency` was asked, `field` is one of those asked for
    ("Address.sales") or their beginning ("Address").
    """

    since: datetime | None = None
    until: datetime | None = None
    key: str | None = None
    agreement: str | None = None
    purpose: str | None = None
    reference: str | None = None
    agency: str | None = None
    field: str | None = None
    outcome: str | None = None
    subject: str | None = None

    def needles(self) -> tuple[bytes, ...]:
        """What a line must contain; so most lines need not be parsed."""
        wanted = (self.key, self.agreement, self.purpose, self.reference, self.outcome, self.subject)
        return tuple(orjson.dumps(each) for each in wanted if each is not None)

    def matches(self, record: Record) -> bool:
        """Whether a record is wanted."""
        details = record.details
        return (
            (self.since is None or record.when >= self.since)
            and (self.until is None or record.when < self.until)
            and self.key in (None, record.key)
            and self.agreement in (None, record.agreement)
            and self.purpose in (None, record.purpose)
            and self.outcome in (None, record.outcome)
            and (self.reference is None or (details is not None and details.reference == self.reference))
            and (self.subject is None or (details is not None and self.subject in details.subjects))
            and (self.agency is None or self.agency in record.agencies or concerns(record, self.agency))
            and (self.field is None or any(_within(each, self.field) for each in record.fields))
        )


def concerns(record: Record, agency: str) -> bool:
    """Whether a rule that denied something names a dataset of an agency ("health.inspections")."""
    return any(word.startswith(f"{agency}.") for rule in record.denied for word in rule.split())


def _within(field: str, wanted: str) -> bool:
    return field == wanted or field.startswith(f"{wanted}.")


class Reader:
    """Reads a log; safe while a gateway writes. `unreadable` counts lines that are none, so far."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.unreadable = 0

    def records(self, search: Search) -> Iterator[Record]:
        """The records that are wanted. Raises OSError."""
        names = [name for name in segments_in(self._places.log) if _may_hold(name, search)]
        chains = {name.chain for name in names}
        lines = [self._chain([name for name in names if name.chain == chain], search) for chain in chains]
        return merge(*lines, key=lambda record: record.when)

    def peppers(self) -> Counter[str]:
        """How many segments were written by each pepper, by its proof. Raises OSError."""
        found: Counter[str] = Counter()
        for name in segments_in(self._places.log):
            with (self._places.log / str(name)).open("rb") as opened, suppress(ValueError, KeyError):
                proof = orjson.loads(split(opened.readline()[:-1])[0])["pepper"]
                if proof is not None:
                    found[proof] += 1
        return found

    def _chain(self, names: list[SegmentName], search: Search) -> Iterator[Record]:
        for name in names:
            yield from self._segment(self._places.log / str(name), name.chain, search)

    def _segment(self, file: Path, chain: int, search: Search) -> Iterator[Record]:
        needles = (_REQUEST, *search.needles())
        fields: dict[int, tuple[str, ...]] = {}
        with file.open("rb") as opened:
            for text in opened:
                if all(needle in text for needle in needles) and text.endswith(b"\n"):
                    record = self._record(chain, text[:-1], fields)
                    if record is not None and search.matches(record):
                        yield record
                elif _FIELDS in text:
                    fields |= self._fields(text)

    def _fields(self, text: bytes) -> dict[int, tuple[str, ...]]:
        """What an entry tells of the fields of requests after it."""
        try:
            entry = orjson.loads(split(text.rstrip(b"\n"))[0])
            return {entry["n"]: tuple(entry["fields"])} if entry["kind"] == FIELDS else {}
        except (ValueError, KeyError, TypeError):
            self.unreadable += 1
            return {}

    def _record(self, chain: int, text: bytes, fields: Mapping[int, tuple[str, ...]]) -> Record | None:
        try:
            entry, details = split(text)
            told = None if details is None else orjson.loads(details)
            return record_of(chain, orjson.loads(entry), told, fields)
        except (ValueError, KeyError, TypeError):
            self.unreadable += 1
            return None


def _may_hold(name: SegmentName, search: Search) -> bool:
    opened = datetime.fromisoformat(name.day).replace(tzinfo=UTC)
    # A segment ends with the first entry after its day.
    early = search.since is not None and opened + 2 * _SPARE < search.since
    late = search.until is not None and opened - _SPARE > search.until
    return not early and not late
