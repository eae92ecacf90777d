"""docs/add-an-agency.md is done as it stands: its blocks run in order, in a copy of the city's files.

`sh` blocks run in one shell, but for the demo, which has a terminal of its own. A `toml` block is
saved where its first line says. A `text` block holds lines that one of the terminals shows, `…`
standing for anything; a `json` block is the answer of the query before it.
"""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.contract.datasette_kit import free_port

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "add-an-agency.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEMO, PORTAL = "8000", "8080"
PATIENCE = 30.0


class Terminal:
    """A program whose output is collected line by line, as a person sees it."""

    def __init__(self, folder: Path, environment: dict[str, str], *command: str) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._arriving: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))

    def look(self) -> list[str]:
        """All lines so far."""
        while not self._arriving.empty():
            self.lines.append(self._arriving.get())
        return self.lines

    def run(self, text: str) -> list[str]:
        """What a block of commands shows until it is done."""
        assert self.process.stdin is not None
        start = len(self.look())
        mark = f"--- {time.monotonic_ns()} ---"
        self.process.stdin.write(f"{text}\necho '{mark}'\n")
        self.process.stdin.flush()
        until = time.monotonic() + PATIENCE
        while mark not in self.look():
            assert time.monotonic() < until, f"does not end:\n{text}\n" + "\n".join(self.lines[start:])
            time.sleep(0.05)
        return [line for line in self.lines[start:] if line != mark]

    def close(self) -> None:
        """Ctrl+D and Ctrl+C; what still runs in the background then ends too."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        self._reader.join(5)
        self.process.stdout.close()


@contextmanager
def terminal(folder: Path, environment: dict[str, str], *command: str) -> Iterator[Terminal]:
    opened = Terminal(folder, environment, *command)
    try:
        yield opened
    finally:
        opened.close()


def checkout(folder: Path) -> Path:
    """The repository as the guide's reader has it: the program, and a city's files that may change."""
    for name in ("gateway", "resolvers", "adapters"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    shutil.copytree(ROOT / "cities" / "demo", folder / "cities" / "demo")
    return folder


def shown(line: str, terminals: list[Terminal]) -> bool:
    """Whether a terminal shows such a line."""
    pattern = re.compile(".*?".join(map(re.escape, line.split("…"))) + r"\s*")
    return any(pattern.fullmatch(each) for terminal in terminals for each in terminal.look())


def wait_for(line: str, terminals: list[Terminal]) -> None:
    until = time.monotonic() + PATIENCE
    while not shown(line, terminals):
        seen = "\n".join(each for terminal in terminals for each in terminal.lines[-40:])
        assert time.monotonic() < until, f"the guide shows\n{line}\nand the terminals\n{seen}"
        time.sleep(0.1)


def answer_in(lines: list[str]) -> Any:
    text = "\n".join(lines)
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


def test_the_guide_works_as_it_stands(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    demo, portal = str(free_port()), str(free_port())
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", "CITYGRAPH_PORT": demo}
    blocks = [(kind, text.replace(DEMO, demo).replace(PORTAL, portal)) for kind, text in BLOCK.findall(GUIDE)]
    first, rest = blocks[0], blocks[1:]
    with (
        terminal(folder, environment, *first[1].split()) as city,
        terminal(folder, environment, "bash") as shell,
    ):
        wait_for("Harbourton: … agencies. Ctrl+C stops it.", [city])
        said: list[str] = []
        for kind, text in rest:
            match kind:
                case "sh":
                    said = shell.run(text)
                    assert not any(line.startswith(("Traceback", "Error")) for line in said), "\n".join(said)
                case "toml":
                    (folder / text.splitlines()[0].removeprefix("# ")).write_text(text, encoding="utf-8")
                case "json":
                    assert answer_in(said) == json.loads(text)
                case "text":
                    for line in text.splitlines():
                        wait_for(line, [city, shell])
                case other:
                    assert other == "console", f"the guide has a block of {other}, which nothing runs"
