"""A store is private, brought up to date by whoever comes first, and never hangs or tells a password."""

import asyncio
import stat
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.store import StoreError, open_store
from tests.gateway.store.databases import ROOT, Quiet, lined

OPEN = """
import asyncio, sys
from gateway.store import open_store
async def main():
    store = await open_store(sys.argv[1])
    for _ in range(20):
        await store.bump("races")
    await store.aclose()
asyncio.run(main())
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_sqlite_file_and_its_directories_are_for_its_user_only(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/new/state/store.db")
    await store.bump("anything")
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "state") == 0o700
    assert {path.name: mode(path) for path in (tmp_path / "new" / "state").iterdir()} == {
        "store.db": 0o600,
        "store.db-wal": 0o600,
        "store.db-shm": 0o600,
    }
    await store.aclose()


async def test_a_file_that_others_could_read_is_closed_to_them_and_a_directory_is_left(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "store.db").touch(0o644)
    await (await open_store(f"sqlite:///{shared}/store.db")).aclose()
    assert (mode(shared), mode(shared / "store.db")) == (0o755, 0o600)


async def test_processes_that_start_at_once_make_one_store_and_lose_no_change(store_url: str) -> None:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", OPEN, store_url, cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in started:
        _, errors = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, errors.decode()) == (0, "")
    store = await open_store(store_url)
    assert await store.revisions() == {"races": 80}
    await store.aclose()


async def test_stores_are_opened_at_once_in_one_process(store_url: str) -> None:
    stores = await asyncio.gather(*(open_store(store_url) for _ in range(3)))
    await asyncio.gather(*(store.bump("topic") for store in stores))
    assert await stores[0].revisions() == {"topic": 3}
    for store in stores:
        await store.aclose()


async def test_a_newer_store_is_refused(store_url: str) -> None:
    store = await open_store(store_url)
    async with store.change() as connection:
        await connection.execute(sa.text("UPDATE citygraph_store_version SET version_num = '9999'"))
    await store.aclose()
    with pytest.raises(StoreError, match="newer version of Citygraph"):
        await open_store(store_url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "CITYGRAPH_STORE is not a URL"),
        ("sqlite://", "what is in memory is forgotten"),
        ("sqlite:///:memory:", "what is in memory is forgotten"),
        ("mysql://user:hidden@host/store", "of the kind 'mysql'"),
        ("postgresql://user:hidden@127.0.0.1:1/store?password=hidden", "can't be opened (ConnectionRefusedError)"),
    ],
)
async def test_a_url_that_is_of_no_use_is_explained_without_its_password(url: str, says: str) -> None:
    with pytest.raises(StoreError) as raised:
        await open_store(url)
    assert says in str(raised.value)
    assert "hidden" not in str(raised.value)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("These are the minutes of the council. " * 200)
    with pytest.raises(StoreError, match=r"store\.db can't be opened \(.*file is not a database"):
        await open_store(f"sqlite:///{tmp_path}/store.db")


async def test_libpqs_names_of_options_are_understood() -> None:
    async with lined() as (url, _):
        store = await open_store(f"{url.replace('postgresql:', 'postgres:')}?sslmode=disable")
        await store.bump("topic")
        await store.aclose()


async def test_a_server_that_falls_silent_is_given_up() -> None:
    async with lined(Quiet) as (url, line):
        assert isinstance(line, Quiet)
        store = await open_store(url)
        await store.bump("before")
        line.hush()
        started = time.monotonic()
        with pytest.raises(StoreError):
            await store.bump("after")
        assert time.monotonic() - started < 15
        await store.aclose()
