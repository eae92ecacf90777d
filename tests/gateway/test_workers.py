"""Several processes serve one city: replaced, killed, told to stop – over real HTTP."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gateway.reloading import open_edition
from gateway.settings import Settings
from tests.gateway.commands.program import CITYGRAPH
from tests.gateway.testburg import CITY

LAND = """
[agency]
name = "Land Registry"

[source.db]
adapter = "sql"
url = "sqlite:///{database}"
concurrency = 8

[[dataset]]
name = "lots"
id = "lot"

[dataset.columns]
lot = {{}}
word = {{}}

[dataset.keys]
lot = "lot"

[[dataset.section]]
on = "Address.words"
"""

BODY = b'{"query": "{ address(id: \\"tb.lot:00001\\") { words { nodes { word } } } }"}'
DATA = b'{"data":{"address":{"words":{"nodes":[{"word":"first"}]}}}}'


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A city's directory."""
    with closing(sqlite3.connect(tmp_path / "land.db")) as database, database:
        database.execute("CREATE TABLE lots (lot TEXT PRIMARY KEY, word TEXT)")
        database.execute("INSERT INTO lots VALUES ('00001', 'first')")
    directory = tmp_path / "city"
    directory.mkdir()
    (directory / "city.toml").write_text(CITY, encoding="utf-8")
    (directory / "land.toml").write_text(LAND.format(database=tmp_path / "land.db"), encoding="utf-8")
    return directory


@dataclass(slots=True)
class Served:
    """`citygraph serve --workers 2`."""

    process: "subprocess.Popen[str]"
    log: Path
    host: str = "127.0.0.1"
    port: int = 0

    def workers(self) -> set[int]:
        """The processes that answer or are about to."""
        return children(self.process.pid)

    def says(self, text: str) -> bool:
        """Whether its log has it."""
        return text in self.log.read_text(encoding="utf-8")


def children(pid: int) -> set[int]:
    """A process's own, without the tracker that Python starts beside processes."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return set()
    return {int(each) for each in found if b"resource_tracker" not in Path(f"/proc/{each}/cmdline").read_bytes()}


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that takes as long as processes take to start."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def served(city: Path, tmp_path: Path) -> Iterator[Served]:
    """Two workers, ready."""
    log = tmp_path / "log"
    environment = {**os.environ, "CITYGRAPH_MODE": "development"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [CITYGRAPH, "serve", "--city", str(city), "--port", "0", "--workers", "2"],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    made = Served(process, log)
    try:
        until(lambda: made.says("answers at") or process.poll() is not None)
        address = re.search(r"answers at http://127.0.0.1:(\d+)/graphql", log.read_text(encoding="utf-8"))
        assert address, log.read_text(encoding="utf-8")
        made.port = int(address[1])
        yield made
    finally:
        started = made.workers()
        process.terminate()
        process.wait(60)
        for pid in started:
            until(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]


@dataclass(slots=True)
class Clients:
    """Clients that keep their connections, ask again at once, and never ask twice for one answer."""

    host: str
    port: int
    answered: int = 0
    closed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, pause: float) -> None:
        """One client, until there is enough."""
        head = f"POST /graphql HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
        while not self.enough.is_set():
            reader, writer = await asyncio.open_connection(self.host, self.port)
            try:
                await self._converse(reader, writer, request, pause)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed[repr(error)] += 1
            finally:
                writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, pause: float
    ) -> None:
        while not self.enough.is_set():
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length
            body = await reader.readexactly(int(length[1]))
            if not head.startswith(b"HTTP/1.1 200 ") or body != DATA:
                self.failed[f"{head!r} {body!r}"] += 1
            self.answered += 1
            if b"connection: close" in head.lower():
                self.closed += 1
                return
            await asyncio.sleep(pause)


async def test_sighup_replaces_every_worker_without_a_failed_request(served: Served) -> None:
    before = served.workers()
    assert len(before) == 2
    clients = Clients(served.host, served.port)
    async with asyncio.TaskGroup() as group:
        for i in range(8):
            group.create_task(clients.ask(pause=0.0 if i < 4 else 0.3 * i))
        await asyncio.sleep(0.5)
        served.process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(until, lambda: len(served.workers()) == 2 and not served.workers() & before)
        earlier = clients.answered
        await asyncio.sleep(1)
        clients.enough.set()
    assert clients.failed == {}
    assert clients.answered > earlier > 0
    assert clients.closed > 0


def test_a_worker_that_is_killed_is_replaced(served: Served) -> None:
    before = served.workers()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(served.workers() - before) == 1)
    assert served.says(f"worker {victim} ended with code -9; another is started")
    answer = httpx.post(f"http://{served.host}:{served.port}/graphql", content=BODY, headers=JSON, timeout=30)
    assert answer.content == DATA


def test_files_with_problems_leave_the_workers_as_they_are(served: Served, city: Path) -> None:
    before = served.workers()
    (city / "land.toml").write_text("[agency", encoding="utf-8")
    served.process.send_signal(signal.SIGHUP)
    until(lambda: served.says("a worker did not start, the others go on"))
    until(lambda: served.workers() == before)
    answer = httpx.post(f"http://{served.host}:{served.port}/graphql", content=BODY, headers=JSON, timeout=30)
    assert answer.content == DATA


def test_workers_end_with_their_crew(served: Served) -> None:
    workers = served.workers()
    served.process.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_sigterm_ends_all(served: Served) -> None:
    workers = served.workers()
    served.process.terminate()
    assert served.process.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_city_with_problems_does_not_start(city: Path, tmp_path: Path) -> None:
    (city / "land.toml").write_text("[agency", encoding="utf-8")
    done = subprocess.run(
        [CITYGRAPH, "serve", "--city", str(city), "--port", "0", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "CITYGRAPH_MODE": "development"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "can't be opened, it has" in done.stderr
    assert "Traceback" not in done.stderr


async def test_each_worker_makes_its_part_of_the_calls(city: Path) -> None:
    found = {}
    for workers in (None, 2, 16):
        edition = open_edition(city, os.environ, Settings(workers=workers))
        found[workers] = edition.city.sources["land.db"].concurrency
        await edition.engine.aclose()
    assert found == {None: 8, 2: 4, 16: 1}


JSON = {"Content-Type": "application/json"}
