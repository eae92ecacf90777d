"""`citygraph keys` and `citygraph restrict` as programs, and a process that follows them."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest

from gateway.policy.keys.text import is_key
from tests.gateway.commands.program import Outcome, citygraph
from tests.gateway.policy.keys.making import PEPPER
from tests.gateway.store.databases import ROOT

CITY = ROOT / "cities" / "demo"
ANN = "hbt.resident:100000007"

FOLLOW = """
import asyncio, sys, time
from datetime import UTC, datetime
from gateway.policy.keys import KeyRing
from gateway.store import Watch, open_store
async def main():
    store = await open_store(sys.argv[1])
    ring, watch = KeyRing(store, sys.argv[2].encode()), Watch(store)
    watch.on("keys", ring.load)
    await watch.start()
    assert ring.check(sys.argv[3], None, datetime.now(UTC))
    print("ready", flush=True)
    while ring.check(sys.argv[3], None, datetime.now(UTC)):
        await asyncio.sleep(0.001)
    print(time.time(), flush=True)
    await watch.aclose()
    await store.aclose()
asyncio.run(main())
"""


@pytest.fixture
def settings(store_url: str) -> dict[str, str]:
    return {"CITYGRAPH_STORE": store_url, "CITYGRAPH_PEPPER": PEPPER.decode()}


@pytest.fixture
def settings_here(tmp_path: Path) -> dict[str, str]:
    """A SQLite store alone, where the store does not matter."""
    return {"CITYGRAPH_STORE": f"sqlite:///{tmp_path}/store.db", "CITYGRAPH_PEPPER": PEPPER.decode()}


def good(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.err
    return outcome


async def test_a_key_from_its_making_to_its_end(settings: dict[str, str]) -> None:
    words = ("keys", "create", "Benefits [office]", "--agreement", "benefits-office", "--from", "192.0.2.0/24")
    made = good(await citygraph(*words, env=settings))
    shown = dict(line.split(maxsplit=1) for line in made.out.splitlines())
    assert shown["Secret"].startswith(shown["Key"])
    assert is_key(shown["Secret"])
    assert "shown this once" in made.err

    listed = good(await citygraph("keys", "list", env=settings))
    assert shown["Secret"][12:] not in listed.out + listed.err
    assert "Benefits [office]" in listed.out
    assert "192.0.2.0/24" in listed.out

    rotated = good(await citygraph("keys", "rotate", shown["Key"], "--overlap", "2h", "--json", env=settings))
    described = json.loads(rotated.out)
    assert is_key(described["secret"])
    assert (described["state"], described["prefix"]) == ("rotating", shown["Key"])
    assert "The secret before is valid until" in rotated.err

    good(await citygraph("keys", "revoke", shown["Key"], env=settings))
    assert "There are no valid keys" in good(await citygraph("keys", "list", env=settings)).err
    every = json.loads(good(await citygraph("keys", "list", "--all", "--json", env=settings)).out)
    assert [(each["state"], each["agreement"]) for each in every] == [("revoked", "benefits-office")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "x", "--expires", "soon"), '"90d"'),
        (("create", "x", "--expires", "2020-01-01"), "give a later end"),
        (("create", "x", "--expires", "9999-12-31"), '"2027-12-31"'),
        (("create", "x", "--from", "192.0.2.1/24"), "did you mean 192.0.2.0/24?"),
        (("rotate", "cg_00000000", "--overlap", "week"), '"14d"'),
        (("rotate", "cg_00000000", "--expires", "never"), "make a new key"),
        (("rotate", "cg_00000000"), "there is no key cg_00000000"),
        (("revoke", "x"), "like cg_k3v9x0aa"),
    ],
)
async def test_mistakes_are_explained(words: tuple[str, ...], says: str, settings_here: dict[str, str]) -> None:
    outcome = await citygraph("keys", *words, env=settings_here)
    assert outcome.code in (1, 2)
    assert says in outcome.err
    assert "Traceback" not in outcome.err


async def test_without_a_pepper_or_with_another_one_nothing_is_made(settings_here: dict[str, str]) -> None:
    without = await citygraph("keys", "create", "x", env={**settings_here, "CITYGRAPH_PEPPER": ""})
    assert without.code == 1
    assert "CITYGRAPH_PEPPER" in without.err
    good(await citygraph("keys", "create", "x", env=settings_here))
    other = await citygraph("keys", "create", "y", env={**settings_here, "CITYGRAPH_PEPPER": "another " * 5})
    assert other.code == 1
    assert "CITYGRAPH_PEPPER is not the one" in other.err


async def test_a_revocation_reaches_another_process_within_a_second(settings: dict[str, str], store_url: str) -> None:
    made = json.loads(good(await citygraph("keys", "create", "x", "--json", env=settings)).out)
    words = (sys.executable, "-c", FOLLOW, store_url, PEPPER.decode(), made["secret"])
    follower = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert follower.stdout is not None
    assert await asyncio.wait_for(follower.stdout.readline(), 20) == b"ready\n"
    good(await citygraph("keys", "revoke", made["prefix"], env=settings))
    revoked = time.time()
    noticed = float(await asyncio.wait_for(follower.stdout.readline(), 20))
    assert noticed - revoked < 1
    assert await follower.wait() == 0


async def test_restrictions_are_checked_by_the_citys_schemes(settings: dict[str, str]) -> None:
    add = ("restrict", "add", "--reference", "Protection 2026/1", "--city", CITY)
    bad = await citygraph(*add, ANN, "hbt.resident:1", env=settings)
    assert bad.code == 1
    assert "nothing was changed" in bad.err
    assert "identifier 2: hbt.resident takes 9 digits" in bad.err
    added = good(await citygraph(*add, "-", env=settings, stdin=f"{ANN}\n\n hbt.resident:100000008 \n"))
    assert added.out == "Added 2; 0 on the list already.\n"
    listed = good(await citygraph("restrict", "list", env=settings))
    assert "Protection 2026/1" in listed.out
    assert "100000007" not in listed.out
    removed = good(await citygraph("restrict", "remove", ANN, "--city", CITY, env=settings))
    assert removed.out == "Removed 1; 0 not on the list.\n"
    assert len(json.loads(good(await citygraph("restrict", "list", "--json", env=settings)).out)) == 1
