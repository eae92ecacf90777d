"""A city's files change while it is served, over real HTTP."""

import asyncio
import gc
import logging
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from adapters.base import Answer, Dataset, Scan, Source
from adapters.kinds import open_adapter
from gateway.app import create_app
from gateway.engine.engine import CityEngine
from gateway.reloading import Edition, ReloadingEngine, open_edition
from gateway.reloading.watching import changes, content
from gateway.settings import Settings
from gateway.web.protocol import HTTP
from tests.gateway.commands.program import CITYGRAPH
from tests.gateway.testburg import CITY
from tests.wrapper import Wrapper

LOCAL_CALLER = """
[city.local_caller]
name = "clerk"
scopes = ["*"]
"""

AGENCY = """
[agency]
name = "{name}"

[source.db]
adapter = "sql"
url = "sqlite:///{directory}/{name}.db"

[[dataset]]
name = "lots"
path = "lots"
id = "lot"

[dataset.columns]
lot = {{ from = "lot" }}
word = {{ from = "word" }}

[dataset.keys]
lot = "lot"

[[dataset.section]]
on = "Address.{name}"
"""

ADDRESS = '{ address(id: "tb.lot:10001") { %s } }'
EXAMPLE = "query Lots {\n  city { name }\n}\n"


class Watched(Wrapper):
    """A real adapter that waits when told, and remembers whether it was closed."""

    def __init__(self, source: Source) -> None:
        super().__init__(open_adapter(source))
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.closed = False

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        self.asked.set()
        await self.go_on.wait()
        assert not self.closed
        return await super().scan(dataset, scan)

    async def aclose(self) -> None:
        self.closed = True
        await super().aclose()


@dataclass(frozen=True, slots=True)
class Burg:
    """A city that is served while its files change."""

    directory: Path
    engine: ReloadingEngine
    adapters: dict[str, Watched]
    http: httpx.AsyncClient

    async def ask(self, query: str, **headers: str) -> Any:
        response = await self.http.post("/graphql", json={"query": query}, headers=headers)
        return response.json()

    async def word(self, agency: str) -> Any:
        """What the section of an agency says, None where there is no such section."""
        answer = await self.ask(ADDRESS % f"{agency} {{ nodes {{ word }} source {{ state }} }}")
        if "data" not in answer:
            assert [error["message"].split(".")[0] for error in answer["errors"]] == [
                f"Cannot query field '{agency}' on type 'Address'"
            ]
            return None
        section = answer["data"]["address"][agency]
        assert section["source"]["state"] == "OK"
        return section["nodes"][0]["word"]


def write_agency(directory: Path, name: str, extra: str = "") -> None:
    """An agency's file, and its database where it has none yet."""
    path = directory / f"{name}.db"
    if not path.exists():
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE lots (lot TEXT PRIMARY KEY, word TEXT)")
            connection.execute("INSERT INTO lots VALUES ('10001', ?)", [f"of {name}"])
            connection.commit()
    text = AGENCY.format(name=name, directory=directory) + extra
    (directory / f"{name}.toml").write_text(text, encoding="utf-8")


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.05)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Testburg with one agency, whose file is its register."""
    found = tmp_path / "burg"
    found.mkdir()
    (found / "city.toml").write_text(CITY, encoding="utf-8")
    write_agency(found, "land")
    return found


@pytest.fixture
async def burg(directory: Path) -> AsyncIterator[Burg]:
    write_agency(directory, "parks")
    settings = Settings(mode="development")
    first = open_edition(directory, {}, settings)
    adapters = {name: Watched(source) for name, source in first.city.sources.items()}
    watched = CityEngine(first.city, settings, schema=first.engine.schema, adapters=adapters)
    engine = ReloadingEngine(directory, {}, settings, Edition(first.city, watched, (), first.content))
    async with served(engine, settings) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
        yield Burg(directory, engine, adapters, client)
    assert all(adapter.closed for adapter in adapters.values())


@asynccontextmanager
async def served(engine: ReloadingEngine, settings: Settings) -> AsyncIterator[str]:
    """The gateway on a free port, as uvicorn serves it."""
    app = create_app(engine, engine.edition.city, settings, engine.edition.examples)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=HTTP, log_config=None, timeout_graceful_shutdown=5))
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await asyncio.wait_for(task, 10)


async def test_a_new_agencys_sections_appear(burg: Burg) -> None:
    assert await burg.word("fire") is None
    write_agency(burg.directory, "fire")
    await until(lambda: is_word(burg, "fire"))
    assert await burg.word("land") == "of land"


async def is_word(burg: Burg, agency: str) -> bool:
    return bool(await burg.word(agency) == f"of {agency}")


async def test_what_is_described_as_before_stays_open(burg: Burg) -> None:
    assert await burg.word("land") == "of land"
    write_agency(burg.directory, "fire")
    (burg.directory / "parks.toml").write_text(
        AGENCY.format(name="parks", directory=burg.directory).replace('lot = "lot"', 'lot = { columns = "lot" }')
        + '\n[codes.unused]\nA = "A"\n',
        encoding="utf-8",
    )
    await until(lambda: is_word(burg, "fire"))
    health = "{ city { datasets { name health { state } } } }"
    told = {each["name"]: each["health"]["state"] for each in (await burg.ask(health))["data"]["city"]["datasets"]}
    assert told == {"land.lots": "OK", "parks.lots": None, "fire.lots": "OK"}
    assert [adapter.closed for adapter in burg.adapters.values()] == [False, False]


async def test_a_city_may_shrink(burg: Burg) -> None:
    assert await burg.word("parks") == "of parks"
    (burg.directory / "parks.toml").unlink()
    await until(lambda: is_gone(burg, "parks"))
    assert await burg.word("land") == "of land"
    assert burg.adapters["parks.db"].closed
    assert not burg.adapters["land.db"].closed


async def is_gone(burg: Burg, agency: str) -> bool:
    return await burg.word(agency) is None


async def test_a_broken_file_keeps_the_last_good_city(burg: Burg, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.reloading")
    write_agency(burg.directory, "parks", extra='\n[[dataset]]\nname = "trees"\ncolums = {}\n')
    await until(lambda: is_ready(burg, {"status": "ready", "city": "outdated"}))
    problem = caplog.messages[-1]
    assert (
        problem.splitlines()[0] == f"{burg.directory} is served as it was before: what its files say now has problems"
    )
    line = (burg.directory / "parks.toml").read_text(encoding="utf-8").splitlines().index("colums = {}") + 1
    assert f'{burg.directory}/parks.toml:{line}: unknown key "colums"; did you mean "columns"?' in problem
    assert caplog.records[-1].levelname == "ERROR"
    assert await burg.word("parks") == "of parks"

    count = len(caplog.messages)
    broken = (burg.directory / "parks.toml").read_text(encoding="utf-8")
    (burg.directory / "parks.toml").write_text(broken + "# another try\n", encoding="utf-8")
    await asyncio.sleep(1)
    assert caplog.messages[count:] == []

    write_agency(burg.directory, "parks")
    await until(lambda: is_ready(burg, {"status": "ready"}))
    assert caplog.messages[count:] == [f"{burg.directory} changed: Testburg has 2 agencies and 2 sections now"]


async def is_ready(burg: Burg, wanted: dict[str, str]) -> bool:
    response = await burg.http.get("/readyz")
    assert response.status_code == 200
    return bool(response.json() == wanted)


async def test_a_city_without_its_city_file_goes_on(burg: Burg) -> None:
    shutil.move(burg.directory / "city.toml", burg.directory / "elsewhere")
    await until(lambda: is_ready(burg, {"status": "ready", "city": "outdated"}))
    assert await burg.word("land") == "of land"
    shutil.move(burg.directory / "elsewhere", burg.directory / "city.toml")
    await until(lambda: is_ready(burg, {"status": "ready"}))


async def test_the_page_its_examples_and_the_local_caller_follow(burg: Burg) -> None:
    who = "{ me { name } }"
    assert "errors" in await burg.ask(who, **{"X-Citygraph-Caller": "clerk"})
    renamed = CITY.replace("Testburg", "Newburg") + LOCAL_CALLER
    (burg.directory / "city.toml").write_text(renamed, encoding="utf-8")
    (burg.directory / "examples.graphql").write_text(EXAMPLE, encoding="utf-8")
    await until(lambda: shows(burg, "Newburg", "query Lots"))
    assert (await burg.ask(who, **{"X-Citygraph-Caller": "clerk"}))["data"]["me"]["name"] == "clerk"

    (burg.directory / "examples.graphql").write_text("query {", encoding="utf-8")
    await until(lambda: is_ready(burg, {"status": "ready", "city": "outdated"}))
    assert await shows(burg, "Newburg", "query Lots")


async def shows(burg: Burg, *words: str) -> bool:
    page = (await burg.http.get("/graphql", headers={"accept": "text/html"})).text
    return all(word in page for word in words)


async def test_a_request_under_way_finishes_on_the_city_it_began_with(burg: Burg) -> None:
    parks = burg.adapters["parks.db"]
    parks.go_on.clear()
    under_way = asyncio.create_task(burg.word("parks"))
    await asyncio.wait_for(parks.asked.wait(), 5)
    (burg.directory / "parks.toml").unlink()
    await until(lambda: has(burg, "land"))
    assert not parks.closed
    parks.go_on.set()
    assert await under_way == "of parks"
    await until(lambda: is_closed(parks), 2)


async def has(burg: Burg, *agencies: str) -> bool:
    told = (await burg.ask("{ city { agencies { name } } }"))["data"]["city"]["agencies"]
    return {each["name"] for each in told} == set(agencies)


async def is_closed(adapter: Watched) -> bool:
    return adapter.closed


@pytest.fixture
def others_set_aside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What thousands of other tests have left alive is no gateway's: an edition that settles does not look
    through it, which takes a second or two at the end of a run."""
    gc.collect()
    gc.freeze()
    with monkeypatch.context() as patched:
        patched.setattr(gc, "unfreeze", lambda: None)
        yield
    gc.unfreeze()


@pytest.mark.usefixtures("others_set_aside")
async def test_no_request_fails_while_cities_come_and_go(burg: Burg) -> None:
    stop = asyncio.Event()
    slowest, answered = 0.0, 0

    async def client() -> None:
        nonlocal slowest, answered
        while not stop.is_set():
            started = time.monotonic()
            assert await burg.word("land") == "of land"
            slowest, answered = max(slowest, time.monotonic() - started), answered + 1

    clients = [asyncio.create_task(client()) for _ in range(8)]
    for swapped in range(1, 5):
        name = f"new{swapped}"
        write_agency(burg.directory, name)
        await until(lambda name=name: is_word(burg, name))  # type: ignore[misc]
        if swapped % 2:
            (burg.directory / f"{name}.toml").unlink()
            await until(lambda name=name: is_gone(burg, name))  # type: ignore[misc]
    stop.set()
    await asyncio.gather(*clients)
    assert answered > 100
    assert slowest < 2, f"the slowest of {answered} requests took {slowest:.2f} s"


async def test_only_other_content_is_a_change(directory: Path) -> None:
    known, stop, seen = content(directory), asyncio.Event(), asyncio.Queue[set[str]]()

    async def watch() -> None:
        async for found in changes(directory, known, stop, look=0.3):
            seen.put_nowait({name for name, text in found.items() if known.get(name) != text})

    watching = asyncio.create_task(watch())
    (directory / "land.toml").touch()
    (directory / "notes.txt").write_text("nothing of ours", encoding="utf-8")
    await asyncio.sleep(1)
    assert seen.empty()
    (directory / "land.toml").write_text("# other", encoding="utf-8")
    assert await asyncio.wait_for(seen.get(), 5) == {"land.toml"}
    shutil.move(directory, directory.with_name("kept"))
    assert await asyncio.wait_for(seen.get(), 5) == set()
    shutil.copytree(directory.with_name("kept"), directory)
    assert await asyncio.wait_for(seen.get(), 5) == {"land.toml"}
    stop.set()
    await asyncio.wait_for(watching, 2)


async def test_a_directory_that_can_not_be_watched_is_looked_at(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late, stop = tmp_path / "late", asyncio.Event()
    watching = anext(changes(late, {}, stop, look=0.2))
    waiting = asyncio.ensure_future(watching)
    await asyncio.sleep(0.5)
    late.mkdir()
    (late / "city.toml").write_text(CITY, encoding="utf-8")
    assert set(await asyncio.wait_for(waiting, 5)) == {"city.toml"}
    assert [message.split(" (")[0] for message in caplog.messages] == [f"{late} can't be watched"]


@pytest.mark.parametrize("reload", ["on", "off"])
def test_the_program_reloads_unless_told_otherwise(directory: Path, tmp_path: Path, reload: str) -> None:
    command = [CITYGRAPH, "serve", "--city", str(directory), "--port", "0"]
    safe = {
        "CITYGRAPH_PEPPER": "a pepper for tests, kept with the tests alone",
        "CITYGRAPH_SIGNING_KEY": "a signing key for tests, of 32 characters",
        "CITYGRAPH_STORE": f"sqlite:///{tmp_path / 'state' / 'store.db'}",
        "CITYGRAPH_AUDIT": str(tmp_path / "state" / "audit"),
    }
    environment = {**os.environ, **safe, "CITYGRAPH_RELOAD": reload}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        url = run.stdout.readline().split()[-1]
        write_agency(directory, "fire")
        body = {"query": ADDRESS % "fire { nodes { word } }"}
        end = time.monotonic() + (15 if reload == "on" else 2)
        while "data" not in (answer := httpx.post(url, json=body).json()) and time.monotonic() < end:
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        _, log = run.communicate(timeout=20)
    assert ("data" in answer) is (reload == "on")
    told = (
        f"INFO gateway.reloading.engine: {directory} changed: Testburg has 2 agencies and 2 sections now; new: fire\n"
    )
    assert log == (told if reload == "on" else "")
    assert run.returncode == 0
