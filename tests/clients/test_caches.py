"""Normalising caches of real clients, set up with what `citygraph schema --apollo` prints: nothing is lost."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Served, installed
from tests.gateway.commands.program import CITYGRAPH

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def printed(option: str) -> str:
    """What `citygraph schema` prints of the demo city."""
    command = [CITYGRAPH, "schema", "--city", str(ROOT / "cities" / "demo"), option]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def snippet(name: str) -> str:
    """The block of docs/clients.md that begins with this file name in a comment."""
    text = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    found = re.search(rf"^```js\n// {re.escape(name)}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/clients.md has no {name}"
    return found[1]


def node_tests(folder: Path, served: Served, **variables: str) -> None:
    """Run the `*.test.mjs` of a folder, each told where the gateway is and what to ask for."""
    known = served.samples
    told = {"GATEWAY": served.url, "BUSY": known.busy, "SOLD": known.conflict, "SHARED": known.shared, **variables}
    environment = {**os.environ, **{name: value for name, value in told.items() if value}}
    scripts = sorted(path.name for path in folder.glob("*.test.mjs"))
    assert scripts
    command = [shutil.which("node") or "node", "--test", "--test-reporter=tap", *scripts]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"^# skipped 0$", done.stdout, re.MULTILINE)


def test_apollo_client(served: Served) -> None:
    with installed(HERE / "apollo") as folder:
        (folder / "citygraph-cache.mjs").write_text(printed("--apollo-js"), encoding="utf-8")
        (folder / "client.mjs").write_text(snippet("client.mjs"), encoding="utf-8")
        node_tests(folder, served, POLICIES="./citygraph-cache.mjs", CLIENT="./client.mjs")


def test_urql(served: Served) -> None:
    with installed(HERE / "urql") as folder:
        (folder / "citygraph-cache.json").write_text(printed("--apollo"), encoding="utf-8")
        (folder / "cache.mjs").write_text(snippet("cache.mjs"), encoding="utf-8")
        node_tests(folder, served, POLICIES="citygraph-cache.json", SNIPPET="./cache.mjs")


@pytest.mark.parametrize("name", ["apollo", "urql"])
def test_packages_are_locked_without_addresses(name: str) -> None:
    packages = json.loads((HERE / name / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {path: entry for path, entry in packages.items() if path}
    assert len(found) >= 3
    assert [path for path, entry in found.items() if "resolved" in entry or "integrity" not in entry] == []
