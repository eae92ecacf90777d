"""What the log tells a citizen, an agency and a partner: pure, over records."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.policy.audit.entries import Record
from gateway.policy.audit.reading import concerns

LATER = (
    "Look-ups whose purpose would be defeated if they were known at once are told later, as their agreement says. "
    "This report does not say whether there are any."
)
"""Always part of a citizen's report: said only where there are some, it would tell that there are."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """One time that somebody asked for something in which a person or a business takes part.

    `fields` are those of the whole request, which may have asked about others too.
    """

    when: datetime
    agreement: str | None
    purpose: str | None
    fields: tuple[str, ...]
    agencies: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """A citizen's report. It holds no case number and no key: these are the partner's."""

    look_ups: Sequence[LookUp]
    later: str = LATER


def subject_report(records: Iterable[Record], now: datetime) -> SubjectReport:
    """The report over the records about a subject, as far as they may be told `now`."""
    told = [record for record in records if record.disclosed is None or record.disclosed <= now]
    return SubjectReport(
        [LookUp(each.when, each.agreement, each.purpose, each.fields, each.agencies, each.outcome) for each in told]
    )


@dataclass(slots=True)
class Use:
    """How much was asked: requests and how many of them were denied something, rows of their answers."""

    requests: int = 0
    denied: int = 0
    rows: int = 0
    first: datetime | None = None
    last: datetime | None = None
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record, denied: bool) -> None:
        """Count a request."""
        self.requests += 1
        self.denied += denied
        self.rows += record.rows
        self.first = self.first or record.when
        self.last = record.when
        if denied:
            self.rules.update(record.denied)


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """Who read an agency's data: by agreement and purpose. None is a caller without one."""

    agency: str
    users: Mapping[tuple[str | None, str | None], Use]


def agency_report(agency: str, records: Iterable[Record]) -> AgencyReport:
    """The report over the records that concern an agency.

    A denial counts where its rule names a dataset of the agency ("health.inspections"). Rows are
    those of whole answers, in which other agencies may have had a part.
    """
    users: dict[tuple[str | None, str | None], Use] = {}
    for record in records:
        denied = concerns(record, agency)
        if denied or agency in record.agencies:
            users.setdefault((record.agreement, record.purpose), Use()).add(record, denied)
    return AgencyReport(agency, users)


@dataclass(frozen=True, slots=True)
class PartnerReport:
    """What was asked under an agreement: by day (UTC), purpose and key; how it ended."""

    agreement: str
    uses: Mapping[tuple[str, str | None, str | None], Use]
    outcomes: Mapping[str, int]
    agencies: Mapping[str, int]


def partner_report(agreement: str, records: Iterable[Record]) -> PartnerReport:
    """The report over the records of an agreement."""
    uses: dict[tuple[str, str | None, str | None], Use] = {}
    outcomes: Counter[str] = Counter()
    agencies: Counter[str] = Counter()
    for record in records:
        if record.agreement == agreement:
            day = record.when.date().isoformat()
            uses.setdefault((day, record.purpose, record.key), Use()).add(record, bool(record.denied))
            outcomes[record.outcome] += 1
            agencies.update(record.agencies)
    return PartnerReport(agreement, uses, outcomes, agencies)
