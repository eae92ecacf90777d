from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.policy.audit import AuditLog, Entry
from gateway.policy.audit.expiring import expire
from gateway.policy.audit.places import Places
from gateway.policy.audit.pseudonyms import Pseudonyms
from gateway.policy.audit.reading import Search
from tests.gateway.policy.audit.logs import (
    LOOK_UP,
    PEPPER,
    RESIDENT,
    change_lines,
    files,
    found,
    records,
    verified,
    write,
)

LONG_AGO = datetime.now(UTC) - timedelta(days=400)


def entries() -> list[Entry]:
    """Kept for a year; for two years; for a time that nobody agreed on, long ago and now."""
    return [
        replace(LOOK_UP, when=LONG_AGO, kept=timedelta(days=365), reference="over"),
        replace(LOOK_UP, when=LONG_AGO, kept=timedelta(days=730), reference="kept"),
        replace(LOOK_UP, when=LONG_AGO, reference="open"),
        replace(LOOK_UP, when=datetime.now(UTC), reference="new"),
    ]


def references(folder: Path) -> list[str | None]:
    return [record.details.reference if record.details else None for record in records(folder)]


async def test_details_go_when_their_time_is_over_and_the_log_stays_proven(folder: Path) -> None:
    await write(folder, entries())
    done = expire(Places.of(folder))
    assert (done.entries, done.files) == (1, (files(folder)[0].name,))
    assert references(folder) == [None, "kept", "open", "new"]
    assert found(folder) == []
    assert verified(folder).chains[0].expired == 1
    assert records(folder)[0].agreement == "benefits-office"
    assert b'"over"' not in files(folder)[0].read_bytes()
    assert b'"kind":"expired"' in files(folder)[1].read_bytes()
    assert expire(Places.of(folder)).entries == 0
    subject = Pseudonyms(PEPPER).subject(RESIDENT)
    assert len(records(folder, Search(subject=subject))) == 3


async def test_where_no_time_was_agreed_on_the_operator_says_it(folder: Path) -> None:
    await write(folder, entries())
    assert expire(Places.of(folder), timedelta(days=30)).entries == 2
    assert references(folder) == [None, "kept", None, "new"]
    assert found(folder) == []


async def test_a_recorded_expiry_excuses_nothing_else(folder: Path) -> None:
    await write(folder, entries())
    expire(Places.of(folder), timedelta(days=30))
    for reference in (b'"new"', b'"kept"'):
        change_lines(
            files(folder)[0],
            lambda lines, reference=reference: [  # type: ignore[misc]
                each[: each.index(b',"details":')] + b"}\n" if reference in each else each for each in lines
            ],
        )
    assert [each.split(": ")[1] for each in found(folder)] == ["details", "details"]


async def test_the_segment_that_is_being_written_is_left_alone(folder: Path) -> None:
    log = AuditLog(folder, PEPPER)
    await log.start()
    for entry in entries():
        await log.write(entry)
    assert expire(Places.of(folder)).entries == 0
    await log.write(LOOK_UP)
    await log.aclose()
    assert expire(Places.of(folder)).entries == 1
    assert found(folder) == []


async def test_a_damaged_log_is_not_expired(folder: Path) -> None:
    await write(folder, entries())
    change_lines(files(folder)[0], lambda lines: [*lines[:2], b"damage\n", *lines[3:]])
    before = files(folder)[0].read_bytes()
    with pytest.raises(ValueError, match="not a line"):
        expire(Places.of(folder))
    assert files(folder)[0].read_bytes() == before


async def test_a_time_that_is_too_long_is_for_ever(folder: Path) -> None:
    await write(folder, [replace(LOOK_UP, kept=timedelta.max, disclosed_after=timedelta.max)])
    assert expire(Places.of(folder)).entries == 0
    (record,) = records(folder)
    assert record.until is not None
    assert record.until.year == 9999
