"""What is written of one request, and what can be read of it again.

An `Entry` goes in: it holds identifiers, a case number and a network address as they are, and
shows none of them in its repr. A `Record` comes out: identifiers and the address are keyed hashes,
and after the time for which the agreement keeps them, its `details` are gone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from adapters.frozen import frozen
from gateway.engine.requests import Request, Response

Outcome = Literal["answered", "partly", "denied", "limited", "invalid", "failed"]
"""`partly`: something was denied, the rest answered. `limited`: a rate or a quota was used up.
`invalid`: refused before execution, for its form. `failed`: no data, for another reason."""

OUTCOMES: tuple[str, ...] = get_args(Outcome)
LONGEST = 200
"""Characters kept of a text that the client made up (purpose, reference)."""
UNREADABLE = ("(the entry that tells them can't be read)",)
"""Stands for fields that were told in an entry which is damaged."""
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LIMITED = 429


@frozen
class Entry:
    """One request, allowed or denied.

    `when` is aware, `duration` in seconds, `size` in bytes of the answer, `rows` as in `Facts`.
    `disclosed_after` and `kept` are those of the agreement at the time of the request: they go into
    the record, so that later versions of an agreement do not change what was promised.
    """

    when: datetime
    outcome: Outcome
    key: str | None = None
    agreement: str | None = None
    version: int | None = None
    purpose: str | None = None
    operation: str | None = None
    fields: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    rows: int = 0
    size: int = 0
    duration: float = 0.0
    disclosed_after: timedelta = timedelta(0)
    kept: timedelta | None = None
    reference: str | None = field(default=None, repr=False)
    subjects: tuple[str, ...] = field(default=(), repr=False)
    address: str | None = field(default=None, repr=False)


def entry_of(
    request: Request, response: Response, *, when: datetime, duration: float, size: int = 0, address: str | None = None
) -> Entry:
    """The entry of a request that was answered; `address` is the network address of the peer."""
    operation, fields, agencies, denied, subjects, purpose, reference, _, rows = response.facts
    agreement, purpose = request.caller.agreement, purpose or request.purpose
    return Entry(  # in its order: to say the names of so many takes half as long again
        when,
        outcome_of(response),
        request.caller.key,
        agreement.id if agreement else None,
        agreement.version if agreement else None,
        purpose and _purpose(purpose),
        operation,
        fields,
        agencies,
        denied,
        rows,
        size,
        duration,
        agreement.disclosed_after if agreement else timedelta(0),
        agreement.kept if agreement else None,
        reference or request.reference,
        subjects,
        address,
    )


def _purpose(said: str) -> str:
    """A purpose as it was said, also one that is none of the agreement's; but a text that is no name
    of a purpose may be anything, also a person's name."""
    return said if _NAME.fullmatch(said) else "(no purpose's name)"


def outcome_of(response: Response) -> Outcome:
    """How a request ended."""
    if response.status == _LIMITED:
        return "limited"
    denied, executed = response.facts.denied, response.executed and not response.not_allowed
    if executed and not denied and "errors" not in response.payload:
        return "answered"
    data = response.payload.get("data")
    empty = data is None or (bool(data) and all(value is None for value in data.values()))
    if denied:
        return "denied" if empty else "partly"
    if not executed:
        return "invalid"
    return "failed" if empty and response.payload.get("errors") else "answered"


@dataclass(frozen=True, slots=True)
class Details:
    """What is removed when its time is over. Subjects and address are keyed hashes."""

    subjects: tuple[str, ...]
    reference: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it stands in the log: entry `number` of a `chain`.

    `duration` is in seconds. `disclosed` is when the subjects may be told (None: at once), `until`
    when the details go (None: no time was agreed on). `details` None: they are gone.
    """

    chain: int
    number: int
    when: datetime
    outcome: str
    key: str | None
    agreement: str | None
    version: int | None
    purpose: str | None
    operation: str | None
    fields: tuple[str, ...]
    agencies: tuple[str, ...]
    denied: tuple[str, ...]
    rows: int
    size: int
    duration: float
    disclosed: datetime | None
    until: datetime | None
    details: Details | None


def shortened(text: str) -> str:
    """A text of the client, bounded."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def after(when: datetime, time: timedelta) -> datetime:
    """A moment later; the last one that there is, where the time is too long."""
    try:
        return when + time
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def record_of(
    chain: int, entry: Mapping[str, Any], details: Mapping[str, Any] | None, fields: Mapping[int, tuple[str, ...]]
) -> Record:
    """A record from the two parts of its line; `fields` are those that its segment told before, by number.
    Raises KeyError, TypeError or ValueError if it is none."""
    return Record(
        chain=chain,
        number=entry["n"],
        when=datetime.fromisoformat(entry["when"]),
        outcome=entry["outcome"],
        key=entry["key"],
        agreement=entry["agreement"],
        version=entry["version"],
        purpose=entry["purpose"],
        operation=entry["operation"],
        fields=_fields(entry["fields"], fields),
        agencies=tuple(entry["agencies"]),
        denied=tuple(entry["denied"]),
        rows=entry["rows"],
        size=entry["bytes"],
        duration=entry["microseconds"] / 1e6,
        disclosed=_moment(entry["disclosed"]),
        until=_moment(entry["until"]),
        details=None if details is None else _details_of(details),
    )


def _fields(told: Any, known: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    return known.get(told, UNREADABLE) if isinstance(told, int) else tuple(told)


def _details_of(details: Mapping[str, Any]) -> Details:
    return Details(tuple(details["subjects"]), details["reference"], details["address"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
