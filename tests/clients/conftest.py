"""A real gateway before the demo city, all agencies well; and clients installed outside the repository."""

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from gateway.demo.samples import Samples, samples
from tests.gateway.commands.program import CITYGRAPH

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "citygraph" / "clients"
CALLER = {"X-Citygraph-Caller": "demo"}


@dataclass(frozen=True, slots=True)
class Served:
    """The demo city, served by a process of its own."""

    url: str
    samples: Samples


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`citygraph demo` with its dead agency brought up: what clients can't do shows, nothing else."""
    directory = tmp_path_factory.mktemp("clients") / "demo"
    command = [CITYGRAPH, "demo", "--port", "0", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = next((m for line in process.stdout if (m := re.search(r"http://\S+/graphql", line))), None)
        assert found is not None, process.communicate()[1]
        chosen = samples(directory)
        subprocess.run(shlex.split(chosen.wake), check=True)
        _wait(found[0], chosen.busy)
        yield Served(found[0], chosen)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _wait(url: str, address: str) -> None:
    """Until the agency that was down answers."""
    query = f'{{ address(id: "{address}") {{ treePermits {{ source {{ state }} }} }} }}'
    for _ in range(60):
        answer = httpx.post(url, json={"query": query}, timeout=30).json()
        if answer["data"]["address"]["treePermits"]["source"]["state"] == "OK":
            return
        time.sleep(0.5)
    pytest.fail(f"an agency stays down: {answer}")


def lacking(what: str) -> NoReturn:
    """Skip with a line that says what is missing; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; in CI the clients have to run")
    pytest.skip(f"{what}: the clients don't run")


def need(*programs: str) -> None:
    """Programs that a test can't do without."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        lacking(f"no {' and no '.join(missing)} here")


@contextmanager
def kept(sources: Sequence[Path], root: Path) -> Iterator[Path]:
    """A copy of files below `root`, kept between runs as long as they are the same, for one at a time."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sources:
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    folder = CACHE / digest.hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in sources:
            copy = folder / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        yield folder


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """A copy of a folder with a `package-lock.json`, its packages installed as locked."""
    need("node", "npm")
    with kept([folder / "package.json", folder / "package-lock.json", folder / ".npmrc"], folder) as copy:
        if not (copy / "node_modules" / ".package-lock.json").exists():
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts"], cwd=copy, capture_output=True, text=True, check=False, timeout=300
            )
            if done.returncode:
                lacking(f"npm can't install {folder.name}: {done.stderr.strip().splitlines()[-1:]}")
        for script in folder.glob("*.mjs"):
            shutil.copy(script, copy)
        yield copy
