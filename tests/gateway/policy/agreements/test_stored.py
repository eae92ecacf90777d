"""Versions in the store, on SQLite and on PostgreSQL."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from gateway.policy.agreements import TOPIC, AgreementFiles, Agreements, StoredAgreements, StoredOrFiles
from gateway.policy.agreements.checking import Checked, check
from gateway.policy.agreements.stored import AGREEMENTS, Step, apply, compare
from gateway.store import Store, Watch, open_store
from tests.gateway.policy.agreements.conftest import AGREEMENT, Folder, only

SECOND = AGREEMENT.replace("version = 1", "version = 2").replace("2026-12-31", "2027-12-31")


def checked(folder: Folder) -> Checked:
    found = check(folder.files, folder.city())
    assert found.problems == ()
    return found


def kinds(steps: tuple[Step, ...]) -> list[tuple[str, str, int]]:
    return [(step.id, step.kind, step.version) for step in steps]


async def test_versions_are_applied_once(folder: Folder, store: Store) -> None:
    folder.write(AGREEMENT)
    folder.write(AGREEMENT, "ward4")
    assert kinds(await compare(store, checked(folder).documents)) == [("ward3", "new", 1), ("ward4", "new", 1)]
    assert kinds(await apply(store, checked(folder).documents)) == [("ward3", "new", 1), ("ward4", "new", 1)]
    revision = (await store.revisions())[TOPIC]
    folder.write(f"# a comment is no term\n{AGREEMENT}")
    assert kinds(await apply(store, checked(folder).documents)) == [("ward3", "same", 1), ("ward4", "same", 1)]
    assert (await store.revisions())[TOPIC] == revision
    folder.write(SECOND)
    (step, _) = await apply(store, checked(folder).documents)
    assert (step.kind, step.before, step.version) == ("changed", 1, 2)
    assert step.lines == ("~ agreement.version: 1 -> 2", "~ agreement.ends: 2026-12-31 -> 2027-12-31")
    book = Agreements(StoredAgreements(store), folder.city())
    assert await book.load() == ()
    assert [(each.id, each.version) for each in book.all()] == [("ward3", 2), ("ward4", 1)]
    first = book.version("ward3", 1)
    assert first is not None
    assert first.ends is not None
    assert first.ends.year == 2026


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            SECOND.replace("version = 2", "version = 1"),
            "version 2 of ward3 is applied already; write version = 3, or take the terms back",
        ),
        (
            SECOND.replace("Ward 3", "Ward 5"),
            "version 2 of ward3 is applied already, with other terms; write version = 3, or take the terms back",
        ),
    ],
)
async def test_the_terms_of_a_version_never_change(text: str, problem: str, folder: Folder, store: Store) -> None:
    folder.write(SECOND)
    await apply(store, checked(folder).documents)
    folder.write(text)
    folder.write(AGREEMENT, "another")
    found = checked(folder)
    assert kinds(await apply(store, found.documents))[1][1] == "refused"
    assert [str(each).rpartition("ward3.toml:")[2] for each in found.problems] == [f"3: {problem}"]
    assert [each.version for each in await StoredAgreements(store).read(found.report)] == [2]


async def test_two_who_apply_at_once_do_not_cross(folder: Folder, store: Store, store_url: str) -> None:
    """One applies, the other finds it done; nobody gets an error of the database."""
    folder.write(AGREEMENT)
    stores = [await open_store(store_url) for _ in range(4)]
    found = checked(folder).documents
    steps = await asyncio.gather(*(apply(each, found) for each in stores))
    assert sorted(step.kind for (step,) in steps).count("new") >= 1
    assert all(step.kind in ("new", "same") for (step,) in steps)
    async with store.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(AGREEMENTS))).scalar_one() == 1
    for each in stores:
        await each.aclose()


async def test_another_process_follows_within_a_second(folder: Folder, store: Store, store_url: str) -> None:
    other = await open_store(store_url)
    book = Agreements(StoredAgreements(other), folder.city())
    watch = Watch(other)
    watch.on(TOPIC, book.load)
    await watch.start()
    assert book.all() == ()
    folder.write(AGREEMENT)
    await apply(store, checked(folder).documents)
    begin = time.monotonic()
    while book.of("ward3") is None:
        await asyncio.sleep(0.01)
        assert time.monotonic() - begin < 1.0
    await watch.aclose()
    await other.aclose()


async def test_files_count_until_something_is_applied(folder: Folder, store: Store) -> None:
    folder.write(AGREEMENT)
    book = Agreements(StoredOrFiles(store, folder.files), folder.city())
    await book.load()
    assert only(book.all()).version == 1
    folder.write(SECOND)
    await apply(store, checked(folder).documents)
    folder.write(AGREEMENT, "not-applied")
    await book.load()
    assert [(each.id, each.version) for each in book.all()] == [("ward3", 2)]
    unread = Agreements(StoredOrFiles(store, AgreementFiles(folder.path / "nowhere")), folder.city())
    await unread.load()
    assert [(each.id, each.version) for each in unread.all()] == [("ward3", 2)]
