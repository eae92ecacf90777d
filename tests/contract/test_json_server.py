"""`rest` against json-server, as it comes from npm: repeated parameters, ranges, pages by Link header."""

import asyncio
import fcntl
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import Adapter, ColumnType, Compare, Dataset, Keys, Op, OrderBy, Scan, Source
from adapters.errors import Rejected
from adapters.kinds import open_adapter
from adapters.reading import read
from tests.contract.rest_api import jsonable
from tests.contract.sample import DATASET, rows
from tests.contract.scans import scans
from tests.contract.test_same_answer import ORACLE, told
from tests.contract.web import renamed

VERSION = "0.17.4"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "citygraph" / f"json-server-{VERSION}"


def _lacking(what: str) -> NoReturn:
    """Skip with a line that says what is missing; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; in CI json-server has to run")
    pytest.skip(f"{what}: json-server does not run")


def _program() -> Path:
    """json-server, installed once outside the repository."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            _lacking(f"no {name} here")
    CACHE.mkdir(parents=True, exist_ok=True)
    program = CACHE / "node_modules" / "json-server" / "lib" / "cli" / "bin.js"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            command = ["npm", "install", "--prefix", str(CACHE), "--no-fund", "--no-audit", f"json-server@{VERSION}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                _lacking(f"npm can't install json-server {VERSION}")
    return program


@dataclass(repr=False)
class Serving:
    """json-server with the sample rows, and an adapter in a loop of its own."""

    loop: asyncio.AbstractEventLoop
    adapter: Adapter
    dataset: Dataset

    def read(self, scan: Scan, keys_per_call: int | None = None) -> tuple[object, ...]:
        answer = read(self.adapter, self.dataset, scan, keys_per_call=keys_per_call)
        return told(self.loop.run_until_complete(answer))


def _described(dataset: Dataset) -> Dataset:
    kept = [
        c for c in dataset.columns.values() if len(c.source) == 1 and not c.clean and c.type is not ColumnType.POINT
    ]
    numbers = [c for c in kept if c.type in (ColumnType.INT, ColumnType.YEAR) and c.stored == "native"]
    options = {
        "keys": [
            *({"columns": c.name, "many": "repeat"} for c in kept),
            {"columns": ["borough", "block", "lot"]},
            {"columns": ["borough", "lot"]},
        ],
        "filters": {
            **{c.name: {"eq": c.source[0], "in": c.source[0]} for c in kept if c.type is ColumnType.TEXT},
            **{c.name: {"gte": f"{c.source[0]}_gte", "lte": f"{c.source[0]}_lte"} for c in numbers},
        },
        "paging": {"kind": "link", "size": "_limit", "per_page": 40},
        "params": {"_page": "1"},
    }
    return replace(dataset, options=MappingProxyType(options))


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    program = _program()
    dataset, names = renamed(DATASET)
    things = [{names[key]: jsonable(value) for key, value in row.items()} for row in rows()]
    file = tmp_path_factory.mktemp("json-server") / "db.json"
    file.write_text(json.dumps({dataset.path: things}))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = ["node", str(program), "--host", "127.0.0.1", "--port", str(port), "--quiet", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=file.parent)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(f"{url}/{dataset.path}?_limit=1", process)
        with asyncio.Runner() as runner:
            source = Source("dept.api", "rest", url, options=MappingProxyType({"private": True}))
            adapter = open_adapter(source)
            yield Serving(runner.get_loop(), adapter, _described(dataset))
            runner.run(adapter.aclose())
    finally:
        process.terminate()
        process.wait(timeout=10)


def _until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=0)) as client:
        for _ in range(200):
            assert process.poll() is None, "json-server ended"
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                pass
            _pause(process)
    pytest.fail("json-server does not answer")


def _pause(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        return


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(scan=scans(), keys_per_call=st.sampled_from([None, 1, 2]))
def test_it_answers_as_the_oracle(serving: Serving, scan: Scan, keys_per_call: int | None) -> None:
    assert serving.read(scan, keys_per_call) == told(asyncio.run(read(ORACLE, DATASET, scan)))


def test_all_pages_are_read(serving: Serving) -> None:
    found = serving.read(Scan(("id",), order=(OrderBy("id"),)))
    assert found == ([(i,) for i in range(120)], None, True)


def test_keys_are_repeated_parameters(serving: Serving) -> None:
    keys = Keys(("id",), tuple((i,) for i in (3, 5, 8, 999)))
    assert serving.read(Scan(("id",), keys, order=(OrderBy("id"),)))[0] == [(3,), (5,), (8,)]


def test_ranges(serving: Serving) -> None:
    scan = Scan(("id",), filters=(Compare("id", Op.GTE, 118), Compare("id", Op.GTE, 117)), order=(OrderBy("id"),))
    assert serving.read(scan)[0] == [(118,), (119,)]


def test_a_resource_that_is_not_there(serving: Serving) -> None:
    with pytest.raises(Rejected, match="no such dataset"):
        serving.loop.run_until_complete(read(serving.adapter, replace(serving.dataset, path="nowhere"), Scan(("id",))))
