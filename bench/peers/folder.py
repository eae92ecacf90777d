"""The folder of agencies and peers, copied to a scratch place and built there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from bench.peers.processes import ASKING, SERVING, NotUp, Server, start, wait_for
from bench.peers.questions import fetch, get, post

SHARED = Path(__file__).parents[3] / "shared" / "bench" / "peers"
QUERIES = ("Q1", "Q2", "Q3")
BASE = 4100
"""Agencies listen on the ports behind it, and so every peer expects them."""
_TAILCALL = "node_modules/@tailcallhq/core-linux-x64-gnu/bin/tailcall"


@dataclass(frozen=True, slots=True)
class Folder:
    """The scratch copy: agencies, their data, peers."""

    path: Path

    @property
    def data(self) -> Path:
        """Where the agencies' databases are."""
        return self.path / "data"

    def variables(self) -> dict[str, list[dict[str, Any]]]:
        """The variables of each query; "edge" are further ones of Q1."""
        found: dict[str, list[dict[str, Any]]] = orjson.loads((self.data / "vars.json").read_bytes())
        return found

    def text(self, query: str) -> str:
        """A query as peers are asked."""
        return (self.path / "queries" / f"{query}.graphql").read_text(encoding="utf-8")

    def agencies(self) -> Server:
        """Start the agencies' REST server; it has the ports behind `BASE`."""
        command = ["./upstream", str(self.data / "data.tsv")]
        environment = {"BASE": str(BASE)}
        log = self.data / "log.agencies"
        url = f"http://127.0.0.1:{BASE + 1}"
        made = start("agencies", url, command, self.path / "upstream", log, core=ASKING, environment=environment)
        wait_for(made, lambda: get(f"{url}/__stats"))
        return made

    def peer(self, name: str) -> Server:
        """Start a peer. Raises `NotUp`."""
        told = self._told()[name]
        folder = self.path / told["cwd"]
        command = self._command(told["cmd"].split(), folder)
        environment = {"NODE_ENV": "production", "UPSTREAM_BASE": str(BASE), "TAILCALL_TRACKER": "false"}
        environment |= {"TAILCALL_LOG_LEVEL": "error", "PORT": str(told["port"]), **told.get("env", {})}
        url = f"http://127.0.0.1:{told['port']}/graphql"
        log = self.data / f"log.{name}"
        made = start(name, url, command, folder, log, core=SERVING, environment=environment)
        body = post(self.text("Q1"), "Q1", self.variables()["Q1"][0])
        wait_for(made, lambda: fetch(made, body))
        return made

    def _told(self) -> Mapping[str, Any]:
        listed = json.loads((self.path / "harness" / "peers.json").read_text(encoding="utf-8"))
        return {each["name"]: each for each in listed}

    def _command(self, words: Sequence[str], folder: Path) -> list[str]:
        """As its folder says, with this Python in the place of a venv of its own. Raises `NotUp`."""
        program = Path(words[0])
        if program.parent.name == "bin":
            tool = [] if program.name.startswith("python") else ["-m", program.name]
            return [sys.executable, *tool, *words[1:]]
        if not (folder / "node_modules").is_dir():
            raise NotUp(f"{folder.name}: its packages are not here; --install fetches them")
        if (folder / _TAILCALL).exists() and not (folder / "glibc").exists():
            return [f"./{_TAILCALL}", "start", "app.graphql"]  # run.sh brings a newer C library with it
        return list(words)


def made(path: Path) -> Folder | None:
    """The folder in `path`, copied and built if need be; None where there is nothing to copy."""
    if not SHARED.is_dir():
        return None
    if not (path / "harness").is_dir():
        shutil.copytree(SHARED, path, dirs_exist_ok=True)
        for each in [path, *path.rglob("*")]:
            each.chmod(each.stat().st_mode | 0o200)
    if not (path / "data" / "vars.json").exists():
        click.echo("making the agencies' data …", err=True)
        subprocess.run([sys.executable, "upstream/gen.py"], cwd=path, check=True, stdout=subprocess.DEVNULL)
    if not (path / "upstream" / "upstream").exists():
        compiler = os.environ.get("CC", "cc")
        subprocess.run([compiler, "-O2", "-o", "upstream/upstream", "upstream/upstream.c"], cwd=path, check=True)
    return Folder(path)


def install(folder: Folder) -> None:
    """Fetch the packages of the peers that are not Python's, by npm."""
    for name in ("yoga", "grafast", "tailcall"):
        place = folder.path / "peers" / name
        if (place / "node_modules").is_dir():
            continue
        wanted = ["@tailcallhq/core-linux-x64-gnu@1.0.0"] if name == "tailcall" and _library() < (2, 39) else []
        click.echo(f"npm install of {name} …", err=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *wanted], cwd=place, check=False)


def _library() -> tuple[int, ...]:
    """The version of the C library; a newer tailcall wants 2.39."""
    told = os.confstr("CS_GNU_LIBC_VERSION") or ""
    return tuple(int(number) for number in re.findall(r"\d+", told)[:2])
