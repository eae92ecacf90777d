"""A kit for Datasette: the real one, a process of its own for all tests of a run."""

import atexit
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import URLError

from adapters.base import Dataset, Source
from adapters.kinds import open_adapter
from tests.contract.line import Line
from tests.contract.sample import Rows
from tests.contract.tables import load_sqlite


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """Datasette over one file, as its command serves it."""

    def __init__(
        self, file: Path, command: Sequence[str] = (sys.executable, "-m", "datasette"), extra: Sequence[str] = ()
    ) -> None:
        self.file, self.port = file, free_port()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        serve = [*command, "serve", str(file), "--port", str(self.port), *extra]
        self.process = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._await()

    def _await(self) -> None:
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/versions.json", timeout=1):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("Datasette does not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def until_the_end(*command: str) -> Running:
    """One instance for all tests of a run."""
    folder = Path(tempfile.mkdtemp(prefix="citygraph-datasette-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = Running(folder / "agency.db", *([command] if command else []))
    atexit.register(found.stop)
    return found


@cache
def running() -> Running:
    """A stock one."""
    return until_the_end()


class DatasetteKit:
    """Tables of its own in the instance's file, asked over a line that can be cut."""

    name = "datasette"

    def __init__(self, instance: Running, line: Line, **settings: Any) -> None:
        self.instance = instance
        self.line = line
        options = MappingProxyType({"private": True, **settings.pop("options", {})})
        url = f"http://127.0.0.1:{line.port}/agency"
        self.adapter = open_adapter(Source("dept.db", "datasette", url, options=options, **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        asked = replace(dataset, path=f"{dataset.path}_{uuid.uuid4().hex}")
        load_sqlite(self.instance.file, asked, rows, index)
        return asked

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()


async def datasette_kit(**settings: Any) -> DatasetteKit:
    instance = running()
    line = Line("127.0.0.1", instance.port)
    await line.start()
    return DatasetteKit(instance, line, **settings)
