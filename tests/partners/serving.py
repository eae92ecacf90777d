"""Real gateways before the demo city, each a process of its own; several may share a store."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.demo.samples import Samples
from tests.gateway.commands.program import CITYGRAPH

ROOT = Path(__file__).parents[2]
CITY = ROOT / "cities" / "demo"
AGREEMENTS = CITY / "agreements"
PEPPER = "a pepper for tests, kept with the tests alone"
SIGNING_KEY = "a signing key for tests, of 32 characters"
DEMO = {"X-Citygraph-Caller": "demo"}
"""The header of the local caller, who may see everything."""

_RATES = {
    'rate = "20/s"': 'rate = "500/s"',
    "burst = 40": "burst = 1000",
    'rate = "5/s"': 'rate = "500/s"',
    "per_day = 1000": "per_day = 100000",
    "per_day = 5000": "per_day = 100000",
}


@dataclass(frozen=True, slots=True)
class Key:
    """An API key: its public part and its secret."""

    prefix: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer to a GraphQL request. `codes` and `rules` are those of its errors, in order."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def payload(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.payload.get("data")

    @property
    def errors(self) -> list[Any]:
        return list(self.payload.get("errors", []))

    @property
    def extensions(self) -> Any:
        return self.payload.get("extensions", {})

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def rules(self) -> list[str]:
        return [error["extensions"]["rule"] for error in self.errors if "rule" in error["extensions"]]


@dataclass(slots=True)
class Gateway:
    """A running `citygraph serve`. `log` has everything that it wrote, `environment` its settings."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    environment: Mapping[str, str]
    client: httpx.Client

    def ask(
        self,
        query: str,
        key: Key | str | None = None,
        *,
        purpose: str | None = None,
        reference: str | None = None,
        variables: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        wishes: Mapping[str, Any] | None = None,
        **extensions: Any,
    ) -> Answer:
        """POST a query. `purpose` and `reference` go as headers; `wishes` and `extensions` together are the
        request's extensions."""
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key.secret if isinstance(key, Key) else key}"
        if purpose is not None:
            sent["X-Citygraph-Purpose"] = purpose
        if reference is not None:
            sent["X-Citygraph-Reference"] = reference
        body: dict[str, Any] = {"query": query}
        if variables is not None:
            body["variables"] = variables
        if wishes or extensions:
            body["extensions"] = {**(wishes or {}), **extensions}
        answer = self.client.post(f"{self.url}/graphql", json=body, headers=sent)
        return Answer(answer.status_code, answer.headers, answer.text)

    def stop(self) -> None:
        """As an operator does: requests under way end, what is to be written is written."""
        self.process.terminate()
        self.process.wait(30)


@dataclass(slots=True)
class Partners:
    """The demo city, a store, a gateway on it, and who has a key there.

    Its agreements are a copy of the demo's whose rates never bite; give a gateway of your own
    `CITYGRAPH_AGREEMENTS=str(AGREEMENTS)` to be limited as the demo's partners are.
    """

    kind: str
    place: Path
    samples: Samples
    environment: dict[str, str]
    gateway: Gateway = field(init=False)
    benefits: Key = field(init=False)
    brigade: Key = field(init=False)
    admin: Key = field(init=False)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    _number: Iterator[int] = field(default_factory=count, repr=False)

    def ask(self, query: str, key: Key | str | None = None, **about: Any) -> Answer:
        """Ask the shared gateway, as `Gateway.ask`."""
        return self.gateway.ask(query, key, **about)

    def command(self, *words: str | Path, stdin: str = "", **settings: str) -> Result:
        """Run `citygraph …` with the gateway's settings and these on top, in this process: starting one
        takes two seconds. Its text is `stdout`, `stderr`, its code `exit_code`."""
        kept: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CITYGRAPH_")}
        runner = CliRunner(env={**kept, **self.environment, **settings})
        return runner.invoke(main, [str(word) for word in words], input=stdin, prog_name="citygraph")

    def create(self, name: str, *options: str, **settings: str) -> Key:
        """A key made by command, and known to the shared gateway."""
        done = self.command("keys", "create", name, "--json", *options, **settings)
        assert done.exit_code == 0, done.stderr
        made = json.loads(done.stdout)
        return Key(made["prefix"], made["secret"])

    @contextmanager
    def start(self, city: Path = CITY, **settings: str) -> Iterator[Gateway]:
        """One more gateway, on the same store unless the settings name another."""
        log = self.place / f"gateway{next(self._number)}.log"
        environment = {**self.environment, **settings}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [CITYGRAPH, "serve", "--city", str(city), "--port", "0"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Gateway(_url(process, log), process, log, environment, self.client)
        finally:
            process.terminate()
            process.wait(30)


def soon(what: str, holds: Any, within: float = 1.0) -> float:
    """Seconds until `holds()` is true; fails when that takes longer than `within`."""
    begun = time.monotonic()
    while not holds():
        waited = time.monotonic() - begun
        assert waited < within, f"{what}: not after {waited:.2f} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def plain_environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of a gateway, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CITYGRAPH_")}
    return {**kept, **settings}


def generous(folder: Path) -> Path:
    """A copy of the demo's agreements whose rates never bite."""
    folder.mkdir(parents=True)
    for path in sorted(AGREEMENTS.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for rate, more in _RATES.items():
            text = text.replace(rate, more)
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def _url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where it answers, once it does."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"answers at (http://\S+)/graphql", log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the gateway did not start: {log.read_text(encoding='utf-8')}")
