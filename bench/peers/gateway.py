"""The gateway as it is measured: `citygraph serve` over `bench/city`, in production, with a key.

The key is checked, its quota counted and every request recorded, as for any partner.
"""

import asyncio
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.peers.folder import Folder
from bench.peers.processes import SERVING, Server, start, wait_for
from bench.peers.questions import CITY, get
from gateway.policy.keys import Register
from gateway.store import open_store

_PROGRAM = "from gateway.cli import main; main()"  # of the code beside this, whatever is installed


@dataclass(frozen=True, slots=True)
class Office:
    """What the gateway keeps, in a folder that is thrown away."""

    environment: Mapping[str, str]
    key: str


def open_office(folder: Path) -> Office:
    """A store with one key."""
    folder.mkdir()
    pepper, store = secrets.token_urlsafe(36), f"sqlite:///{folder / 'store.db'}"
    environment = {
        "CITYGRAPH_PEPPER": pepper,
        "CITYGRAPH_SIGNING_KEY": secrets.token_urlsafe(36),
        "CITYGRAPH_STORE": store,
        "CITYGRAPH_AUDIT": str(folder / "audit"),
    }
    return Office(environment, asyncio.run(_key(store, pepper)))


async def _key(url: str, pepper: str) -> str:
    store = await open_store(url)
    try:
        register, now = Register(store, pepper.encode()), datetime.now(UTC)
        expires = now + timedelta(days=1)
        made = await register.create("Bench", by="bench", now=now, agreement="bench", admin=False, expires=expires)
        return made.secret
    finally:
        await store.aclose()


def kept(folder: Path) -> Path:
    """A copy of the city, in `folder`, whose rows may be kept for a while."""
    city = shutil.copytree(CITY, folder / "kept")
    for file in city.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("[[dataset]]\n", '[[dataset]]\ncache = "10m"\n'), encoding="utf-8")
    return city


def serve(folder: Folder, office: Office, name: str = "citygraph", city: Path = CITY) -> Server:
    """Start it. Raises `NotUp`."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _PROGRAM, "serve", "--city", str(city), "--port", str(port)]
    environment = {**office.environment, "BENCH_FOLDER": str(folder.data)}
    made = start(
        name,
        f"http://127.0.0.1:{port}/graphql",
        command,
        CITY.parents[1],
        folder.data / f"log.{name.replace(' ', '-')}",
        core=SERVING,
        environment=environment,
        headers={"Authorization": f"Bearer {office.key}"},
    )
    wait_for(made, lambda: get(f"http://127.0.0.1:{port}/readyz"))
    return made
