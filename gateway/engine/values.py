"""What the fetched rows become before a response is built from them.

Both builders read these values; neither sees a driver's row or an adapter's error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf
from typing import Any

from adapters.base import Cell, Scalar
from adapters.errors import SourceError
from adapters.frozen import frozen
from resolvers.city import Link, Section, Table
from resolvers.linking import Evidence, MatchState, Reason, Relation
from resolvers.provenance import State


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a value is missing; all of it may be shown to the caller.

    `once` failures (denied columns) are told at their first occurrence only: they are known
    before fetching and are the same for every record.
    """

    code: str
    message: str
    agency: str | None = None
    dataset: str | None = None
    column: str | None = None
    rule: str | None = None
    retryable: bool = False
    retry_after: float | None = None
    once: bool = False

    @property
    def extensions(self) -> dict[str, Any]:
        """The `extensions` of the GraphQL error."""
        found: dict[str, Any] = {"code": self.code}
        if self.agency is not None:
            found |= {"agency": self.agency, "dataset": self.dataset}
        if self.column is not None:
            found["column"] = self.column
        if self.rule is not None:
            found["rule"] = self.rule
        if self.code not in NEVER_RETRY:
            found |= {"retryable": self.retryable, "retryAfter": self.retry_after}
        return found


NEVER_RETRY = frozenset(
    {
        *("BAD_IDENTIFIER", "BAD_CURSOR", "BAD_ARGUMENT", "OUTSIDE_CITY", "NOT_FOUND"),
        *("DENIED", "WITHHELD", "NARROWED", "SUPPRESSED", "UNCONFIRMED"),
    }
)
"""Codes for which asking again without a change can't help; they carry no retry advice."""


def source_failure(error: SourceError, table: Table, agency: str) -> Failure:
    """A `SourceError` as the caller may see it."""
    unasked = error.code == "PAUSED"  # says of itself who is not asked, and why
    return Failure(
        error.code,
        f"{error}." if unasked else f"{agency} did not answer: {error}.",
        agency,
        table.name,
        retryable=error.retryable,
        retry_after=error.retry_after,
    )


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands in a row where a value is kept back."""

    why: str


WITHHELD = Withheld("confidential")
"""The agency keeps the value confidential."""

PERSONAL = Withheld("personal")
"""The value may name a person, and the caller may not see persons there."""

DENIED = Withheld("denied")
"""The caller may not see the column; it was fetched because the work needs it."""

INTS = range(-(2**31), 2**31)
"""The numbers that GraphQL's Int takes: section 3.5.1 of the specification."""

Identified = tuple[str, str]
"""Scheme and canonical value of an identifier."""


@dataclass(slots=True, eq=False)
class RecordValue:
    """One record: a row and where it comes from. `key` identifies it within its section;
    `owner` is the identifier of the entity by which it was found; `hidden` records are withheld
    as a whole and only count as such; `as_of` is the day of all rows, by the catalogue or the source."""

    table: Table
    section: Section | None
    columns: Mapping[str, int]
    row: Sequence[Cell | Withheld]
    level: str
    fetched_at: datetime
    owner: Identified
    key: tuple[Scalar, ...] = ()
    hidden: bool = False
    as_of: date | None = None

    def cell(self, column: str) -> Cell | Withheld:
        """The decoded value of a fetched column."""
        return self.row[self.columns[column]]

    def cells(self) -> Mapping[str, Cell]:
        """All fetched columns by name; what is withheld is null."""
        row = self.row
        return {name: None if isinstance(row[i], Withheld) else row[i] for name, i in self.columns.items()}  # type: ignore[misc]


@dataclass(slots=True)
class PartState:
    """How one part of an entity fares, and whether it `found` records; becomes `PartSource`."""

    field: str
    table: Table
    state: State
    fetched_at: datetime | None = None
    as_of: date | None = None
    failure: Failure | None = None
    found: bool = False


@dataclass(slots=True)
class Rows:
    """What one fetch found for one entity. `total` is None where it was not counted, `visible`
    whether there are records at all that are not withheld, on this page or another; `suppressed`
    says why a total is not told; `doubtful` that there are rows whose number an applicant typed and
    nothing confirms."""

    records: list[RecordValue]
    state: State = State.OK
    failure: Failure | None = None
    total: int | None = None
    as_of: date | None = None
    fetched_at: datetime | None = None
    more: bool = False
    visible: bool = False
    suppressed: Failure | None = None
    doubtful: bool = False

    @property
    def seen(self) -> bool:
        """Whether the agency knows the entity, if only by records that it withholds, or that are in doubt."""
        return bool(self.records) or self.state is State.WITHHELD or self.doubtful

    @property
    def shown(self) -> bool:
        """Whether the list may be shown: an empty list must mean that there are none."""
        if self.state in (State.OK, State.PARTIAL, State.STALE):
            return True
        return self.state is State.WITHHELD and self.visible


@frozen
class PartColumn:
    """How one part fares for every entity of a frame."""

    field: str
    table: Table
    rows: Sequence[Rows]

    def part(self, i: int) -> PartState:
        """How it fares for one of them."""
        r = self.rows[i]
        return PartState(self.field, self.table, r.state, r.fetched_at, r.as_of, r.failure, bool(r.records))


@dataclass(slots=True, eq=False)
class Edge:
    """One edge of a page: a record, or an entity at `index` of a child frame.

    `position` goes into the cursor; it is empty where neither the order nor a cursor is asked for.
    """

    node: Any
    position: tuple[Any, ...]
    link: "LinkValue | None" = None
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True, eq=False)
class Bare(Sequence[Edge]):
    """Edges of which nothing is asked but whom they lead to, made where somebody wants one."""

    targets: Sequence[Identified]

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [Edge(target, ()) for target in self.targets[at]]
        return Edge(self.targets[at], ())


@dataclass(slots=True, eq=False)
class Page:
    """A page of a connection, with its `parts` if the query asks for them.

    With `shown` False the lists are null; `total` is null too unless
    records may be `counted` all the same. `suppressed` says why a total is not told."""

    edges: Sequence[Edge]
    parts: list[PartState]
    spec: str
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None
    shown: bool = True
    failure: Failure | None = None
    counted: bool = False
    suppressed: Failure | None = None


@dataclass(slots=True, eq=False)
class EdgeValue:
    """An edge together with the page's cursor specification."""

    edge: Edge
    page: Page


@dataclass(frozen=True, slots=True)
class LinkValue:
    """The tie of two entities by a record."""

    target: Identified
    link: Link
    record: RecordValue
    state: MatchState
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class CandidateValue:
    """Something that a search found; equally good ones are in the order of `order`."""

    target: Identified
    state: MatchState
    confidence: float
    evidence: tuple[Evidence, ...]
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedValue:
    """An identifier of the same scheme to which a row of a dataset leads, from a day on and up to a last one,
    where the agency says."""

    target: Identified
    relation: Relation
    table: Table
    since: date | None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AboutValue:
    """The entities that a record names."""

    record: RecordValue


@dataclass(slots=True)
class Calls:
    """What a request asked of agencies: for `trace`, benches, and the proof that no N+1 hides. Of what was
    asked for others too, `parts` have the datasets and how many rows were this request's. All of it was asked
    for at `since` or later and may be kept `until` then (both `time.monotonic()`; 0: some of it is not kept)."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    parts: list[tuple[Sequence[str], int]] = field(default_factory=list)
    since: float = inf
    until: float = inf

    def lasting(self, since: float, until: float) -> None:
        """Note until when something may be kept that was asked for then."""
        self.since, self.until = min(self.since, since), min(self.until, until)

    def fleeting(self) -> None:
        """Note that something is in the answer that may not be kept."""
        self.until = 0.0

    def datasets(self) -> dict[str, None]:
        """What was asked."""
        found = dict.fromkeys([call["dataset"] for call in self.entries])
        for datasets, _ in self.parts:
            found.update(dict.fromkeys(datasets))
        return found

    def rows(self) -> int:
        """How many rows came."""
        rows: list[int] = [call["rows"] for call in self.entries]
        return sum(rows) + sum([rows for _, rows in self.parts])

    def add(self, dataset: str, keys: int, rows: int, milliseconds: float, state: str, via: str = "call") -> None:
        """Note one call, or what came by the call of another read ("shared") or was kept ("cache")."""
        entry = {"dataset": dataset, "keys": keys, "rows": rows, "ms": milliseconds, "state": state}
        if via != "call":
            entry["via"] = via
        self.entries.append(entry)

    def keep(self, rows: int) -> None:
        """Of the latest call, tell the rows that the caller may have: how many there were is a secret
        where some are withheld from it. To be said before anything else is awaited."""
        self.entries[-1]["rows"] = rows

    def join(self, rows: int) -> None:
        """Make the latest two calls one, of which the caller may have so many rows: it took two because
        some rows are withheld. To be said before anything else is awaited."""
        latest = self.entries.pop()
        before = next(call for call in reversed(self.entries) if call["dataset"] == latest["dataset"])
        before |= {"rows": rows, "ms": before["ms"] + latest["ms"]}
