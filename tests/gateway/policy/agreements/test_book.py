"""Agreements in force: which version on which day, and what changes do to them."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gateway.catalogue.problems import Report
from gateway.policy.agreements import Agreements, Written
from gateway.policy.agreements.following import follow
from gateway.policy.terms import Grant
from tests.gateway.policy.agreements.conftest import AGREEMENT, Folder, granting, only


class Clock:
    """A moment that tests move."""

    def __init__(self, text: str) -> None:
        self.set(text)

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Versions:
    """An origin of texts."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    async def read(self, report: Report) -> Sequence[Written]:
        return [Written("ward3", f"version {n}", text, n) for n, text in enumerate(self.texts, 1)]


def version(number: int, starts: str) -> str:
    return AGREEMENT.replace("version = 1", f"version = {number}").replace("2026-01-01", starts)


async def test_files_are_agreements_by_their_names(folder: Folder) -> None:
    folder.write(granting('on = "health.results"'))
    folder.write(AGREEMENT, "ward-4")
    book = Agreements(folder.files, folder.city())
    assert await book.load() == ()
    ward3 = book.of("ward3")
    assert ward3 is not None
    assert ward3.grants == {"health.results": Grant("health.results")}
    assert [each.id for each in book.all()] == ["ward-4", "ward3"]
    assert book.of("nobody") is None


async def test_without_a_folder_there_are_no_agreements(folder: Folder) -> None:
    folder.agreements.rmdir()
    book = Agreements(folder.files, folder.city())
    assert (await book.load(), book.all()) == ((), ())


async def test_the_newest_version_that_has_begun_counts(folder: Folder) -> None:
    """Days are the city's: in Chicago a day begins five or six hours after it does in UTC."""
    clock = Clock("2025-12-01T12:00")
    origin = Versions(version(1, "2026-01-01"), version(2, "2026-06-01"), version(3, "2026-09-01"))
    book = Agreements(origin, folder.city(), clock)
    await book.load()
    found = []
    for moment in ("2025-12-01T12:00", "2026-01-01T05:00", "2026-06-01T04:59", "2026-06-01T05:00", "2027-06-01T12:00"):
        clock.set(moment)
        agreement = only(book.all())
        found.append((agreement.version, agreement.in_force(book.today())))
    assert found == [(1, False), (1, False), (1, True), (2, True), (3, False)]
    clock.set("2026-01-01T06:00")
    assert only(book.all()).in_force(book.today())


async def test_every_version_stays_known(folder: Folder) -> None:
    book = Agreements(Versions(version(1, "2026-01-01"), version(2, "2026-06-01")), folder.city())
    await book.load()
    assert [each and each.version for each in (book.version("ward3", n) for n in (0, 1, 2, 3))] == [None, 1, 2, None]


@pytest.mark.parametrize("newest", ["version = ", version(2, "2026-06-01").replace("legal_basis", "legal_bases")])
async def test_an_unreadable_newest_version_is_not_replaced_by_an_older_one(newest: str, folder: Folder) -> None:
    book = Agreements(Versions(version(1, "2026-01-01"), newest), folder.city(), Clock("2026-07-01T12:00"))
    assert await book.load()
    assert book.of("ward3") is None


async def test_a_change_to_something_wrong_leaves_what_was_before(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    """What of a file does not fit may be a limit: nothing of it is used."""
    folder.write(granting('on = "health.results"\nrows = { ward = 3 }'))
    folder.write(AGREEMENT, "other")
    book = Agreements(folder.files, folder.city())
    await book.load()
    before = book.of("ward3")
    folder.write(granting('on = "health.results"\nrow = { ward = 3 }'))
    folder.write(AGREEMENT.replace("Ward 3", "Ward 4"), "other")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert len(await book.load()) == 1
            book.bind(folder.city())
    assert book.of("ward3") == before
    other = book.of("other")
    assert other is not None
    assert other.parties == ("Springfield", "Ward 4")
    assert [record.getMessage().rpartition("/")[2] for record in caplog.records] == [
        'ward3.toml:15: unknown key "row"; did you mean "rows"?'
    ]


async def test_a_new_file_with_problems_is_not_in_force(folder: Folder) -> None:
    folder.write(granting('on = "health.results"\nrow = { ward = 3 }'))
    book = Agreements(folder.files, folder.city())
    assert len(await book.load()) == 1
    assert book.of("ward3") is None


async def test_a_file_that_is_gone_ends_its_agreement(folder: Folder) -> None:
    folder.write(AGREEMENT)
    book = Agreements(folder.files, folder.city())
    await book.load()
    assert book.of("ward3") is not None
    (folder.agreements / "ward3.toml").unlink()
    await book.load()
    assert book.of("ward3") is None


async def test_what_a_new_edition_of_the_city_lacks_lapses_and_nothing_else(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write(
        granting('on = "health.results"\nrows = { ward = 3 }', 'on = "health.patients"', 'on = "rolls.parcels"')
    )
    book = Agreements(folder.files, folder.city())
    assert await book.load() == ()
    health = folder.path / "health.toml"
    text = health.read_text(encoding="utf-8")
    health.write_text(text.replace('ward = { from = "WARD", type = "int" }\n', ""), encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        (problem,) = book.bind(folder.city())
    assert problem.message == 'column "ward" is not in health.results'
    assert len(caplog.records) == 1
    agreement = book.of("ward3")
    assert agreement is not None
    assert agreement.grants.keys() == {"health.patients", "rolls.parcels"}
    health.write_text(text, encoding="utf-8")
    assert book.bind(folder.city()) == ()
    agreement = book.of("ward3")
    assert agreement is not None
    assert "health.results" in agreement.grants


async def test_files_are_followed(folder: Folder) -> None:
    book = Agreements(folder.files, folder.city())
    await book.load()
    stop = asyncio.Event()
    following = asyncio.create_task(follow(book, folder.files, stop))
    await asyncio.sleep(0.2)
    folder.write(AGREEMENT)
    for _ in range(200):
        if book.of("ward3") is not None:
            break
        await asyncio.sleep(0.05)
    assert book.of("ward3") is not None
    stop.set()
    await following


async def test_looking_up_costs_next_to_nothing(folder: Folder) -> None:
    """The usual agreement has one version; its look-up is one of a mapping."""
    folder.write(AGREEMENT)
    book = Agreements(folder.files, folder.city())
    await book.load()
    begin = asyncio.get_running_loop().time()
    for _ in range(10_000):
        book.of("ward3")
    assert (asyncio.get_running_loop().time() - begin) / 10_000 < 20e-6
