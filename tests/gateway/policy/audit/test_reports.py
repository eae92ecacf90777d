from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.policy.audit import Entry
from gateway.policy.audit.pseudonyms import Pseudonyms
from gateway.policy.audit.reading import Search
from gateway.policy.audit.reports import LATER, agency_report, partner_report, subject_report
from tests.gateway.policy.audit.logs import LOOK_UP, NOON, PEPPER, RESIDENT, look_ups, records, write

SUBJECT = Pseudonyms(PEPPER).subject(RESIDENT)
COVERT = replace(
    LOOK_UP, agreement="police", purpose="investigation", disclosed_after=timedelta(days=90), reference="covert-1"
)


def entries() -> list[Entry]:
    return [
        LOOK_UP,
        COVERT,
        replace(LOOK_UP, subjects=("hbt.resident:100000008",), rows=2),
        replace(LOOK_UP, outcome="denied", agencies=(), denied=("column welfare.benefits amount",), rows=0),
        replace(LOOK_UP, key=None, agreement=None, version=None, purpose=None, agencies=("health",), subjects=()),
    ]


async def test_a_citizens_report_says_who_asked_and_why(folder: Path) -> None:
    await write(folder, entries())
    report = subject_report(records(folder, Search(subject=SUBJECT)), NOON + timedelta(days=1))
    assert [(each.agreement, each.purpose, each.outcome) for each in report.look_ups] == [
        ("benefits-office", "benefit-check", "answered"),
        ("benefits-office", "benefit-check", "denied"),
    ]
    assert report.look_ups[0].fields == ("Address.sales", "Person.benefits")
    assert "case-2026-118" not in repr(report)


async def test_a_covert_look_up_is_told_when_its_time_has_come_and_leaves_no_trace_before(
    folder: Path, tmp_path: Path
) -> None:
    await write(folder, entries())
    without = tmp_path / "without" / "audit"
    await write(without, [entry for entry in entries() if entry != COVERT])
    early = NOON + timedelta(days=89)
    reports = [subject_report(records(each, Search(subject=SUBJECT)), early) for each in (folder, without)]
    assert reports[0] == reports[1]
    assert reports[0].later == LATER
    late = subject_report(records(folder, Search(subject=SUBJECT)), NOON + timedelta(days=90))
    assert [each.purpose for each in late.look_ups] == ["benefit-check", "investigation", "benefit-check"]


async def test_an_agencys_report_counts_readers_rows_and_denials(folder: Path) -> None:
    await write(folder, entries())
    users = agency_report("welfare", records(folder)).users
    assert set(users) == {("benefits-office", "benefit-check"), ("police", "investigation")}
    use = users["benefits-office", "benefit-check"]
    assert (use.requests, use.denied, use.rows) == (3, 1, 42)
    assert use.rules == {"column welfare.benefits amount": 1}
    assert (use.first, use.last) == (NOON, NOON)
    assert set(agency_report("health", records(folder)).users) == {(None, None)}


async def test_a_partners_report(folder: Path) -> None:
    await write(folder, entries())
    report = partner_report("benefits-office", records(folder))
    assert set(report.uses) == {("2026-11-22", "benefit-check", "cg_k3v9x0aa")}
    assert report.outcomes == {"answered": 2, "denied": 1}
    assert report.agencies == {"deeds": 2, "welfare": 2}


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        (Search(agreement="police"), ["covert-1"]),
        (Search(purpose="investigation"), ["covert-1"]),
        (Search(reference="covert-1"), ["covert-1"]),
        (Search(outcome="denied"), ["case-2026-118"]),
        (Search(agency="health"), ["case-2026-118"]),
        (Search(field="Person"), ["case-2026-118", "covert-1", "case-2026-118", "case-2026-118", "case-2026-118"]),
        (Search(field="Pers"), []),
        (Search(subject=SUBJECT, outcome="answered"), ["case-2026-118", "covert-1"]),
        (Search(key="nobody"), []),
    ],
)
async def test_search(folder: Path, search: Search, wanted: list[str]) -> None:
    await write(folder, entries())
    assert [record.details.reference for record in records(folder, search) if record.details] == wanted


async def test_a_time_is_searched_in_the_files_of_its_days(folder: Path) -> None:
    now = datetime.now(UTC)
    await write(folder, [replace(each, when=now - timedelta(minutes=9 - n)) for n, each in enumerate(look_ups(10))])
    half = Search(since=now - timedelta(minutes=4, seconds=30))
    assert len(records(folder, half)) == 5
    assert len(records(folder, Search(until=half.since))) == 5
    assert records(folder, Search(since=now + timedelta(days=3))) == []
    assert records(folder, Search(until=now - timedelta(days=3))) == []
