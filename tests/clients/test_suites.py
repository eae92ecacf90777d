"""Clients that nobody in the project wrote, each by a suite that reads the schema and makes its own operations."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.demo.samples import Samples
from tests.clients.conftest import CALLER, Served, kept, lacking, need

SUITES = Path(__file__).parents[2].parent / "shared" / "suites"
CLIENTS = {
    "apollo-client": ("node", "npm"),
    "urql": ("node", "npm"),
    "graphql-codegen": ("node", "npm"),
    "ariadne-codegen": ("python3",),
    "gql-python": ("python3",),
}
REFUSED = {
    "apollo-client": ["OpKeys network", "OpKeys from cache alone"],
    "urql": ["OpKeys network"],
    "graphql-codegen": ["typed call OpKeys"],
    "ariadne-codegen": ["keys"],
    "gql-python": ["HTTPXAsyncTransport keys", "AIOHTTPTransport keys", "WebsocketsTransport subscription"],
}
"""What clients are refused: keys are for administrators, and the schema has no subscriptions."""


def ids(known: Samples) -> dict[str, str | None]:
    """An identifier that exists for every argument that takes one."""
    one = {"address": known.busy, "business": known.company, "person": known.owner, "node": known.busy}
    several = {"addresses": known.busy, "businesses": known.company, "people": known.owner, "nodes": known.busy}
    texts = {"searchAddresses.text": known.search, "searchBusinesses.name": "Harbor"}
    people = {"searchPersons.name": "Ann Lee", "searchPersons.birthDate": "1970-01-31"}
    nearby = {"searchPersonsNear.name": "Ann Lee", "searchPersonsNear.near": known.busy}
    return {
        **{f"{field}.id": value for field, value in one.items()},
        **{f"{field}.ids": value for field, value in several.items()},
        **texts,
        **people,
        **nearby,
    }


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_works(client: str, served: Served) -> None:
    with suite(client) as folder:
        out = run(folder / "run.sh", served)
    failed = re.findall(r"^FAIL +(.*?) ::", out, re.MULTILINE)
    assert failed == REFUSED[client], out[-4000:]
    passed = re.search(rf"^{client}: passed (\d+) of (\d+)$", out, re.MULTILINE)
    assert passed is not None, out[-2000:]
    assert (int(passed[2]) - int(passed[1]), int(passed[2]) >= 16) == (len(failed), True)


@contextmanager
def suite(client: str) -> Iterator[Path]:
    """The folder of a client's suite, in a copy that keeps what it installs."""
    if not SUITES.is_dir():
        pytest.skip(f"no {SUITES.relative_to(SUITES.parents[1])} beside the repository: {client} isn't tried")
    need("bash", *CLIENTS[client])
    common = [SUITES / "lib.sh", SUITES / "04-clients" / "ops.mjs", SUITES / "04-clients" / "pyops.py"]
    own = [path for path in (SUITES / "04-clients" / client).iterdir() if path.is_file()]
    with kept([*common, *sorted(own)], SUITES) as copy:
        yield copy / "04-clients" / client


def run(script: Path, served: Served) -> str:
    """What the suite prints; where it can't install its client, the test is skipped."""
    header = ": ".join(next(iter(CALLER.items())))
    environment = {**os.environ, "IDS_JSON": json.dumps(ids(served.samples))}
    done = subprocess.run(
        ["bash", str(script), served.url, header],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode == 70:
        lacking(f"{script.parent.name} can't be installed: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
