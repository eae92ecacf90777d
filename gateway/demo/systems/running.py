"""Starts the agencies' systems, each a process of its own, and ends them with the demo.

Each gets a socket that listens already, so that no port is taken in between: the one that the
city's files expect, or where somebody has that one, any. A process ends when its parent does,
even when that is killed.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import create_server, socket

from gateway.demo.systems import SYSTEMS, System

PATIENCE = 20.0
"""Seconds that a system has to answer; the demo goes on without one that does not."""

_STOP = 5.0


@dataclass(frozen=True, slots=True)
class Running:
    """A system that was started: its process, its address, and where it writes what it has to say."""

    system: System
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def answers(self) -> bool:
        """Whether it answers now, whatever it says."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        return True


@contextmanager
def running(directory: Path) -> Iterator[tuple[Running, ...]]:
    """All systems of the demo city in `directory`, as long as the context lasts."""
    started: list[Running] = []
    try:
        started += (_start(system, directory) for system in SYSTEMS.values())
        _wait(started)
        yield tuple(started)
    finally:
        _stop(started)


def environment(started: tuple[Running, ...]) -> Mapping[str, str]:
    """What tells the city's files where the systems are."""
    return {each.system.variable: each.url for each in started}


def command() -> tuple[str, ...]:
    """The program that serves one system; its name and the city's directory follow."""
    here, python = Path.cwd(), Path(sys.executable)
    short = python.relative_to(here) if python.is_relative_to(here) else python
    return str(short), "-m", "gateway.demo.systems"


def _start(system: System, directory: Path) -> Running:
    log = directory / f"{system.agency}.log"
    with _listen(system.port) as listener, log.open("wb") as output:
        process = subprocess.Popen(
            [*command(), system.agency, str(directory), "--fd", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(listener.fileno(),),
            start_new_session=True,  # Ctrl+C is for the demo, which ends them
        )
        return Running(system, process, listener.getsockname()[1], log)


def _listen(port: int) -> socket:
    with suppress(OSError):
        return create_server(("127.0.0.1", port))
    return create_server(("127.0.0.1", 0))


def _wait(started: list[Running]) -> None:
    end = time.monotonic() + PATIENCE
    for each in started:
        while each.process.poll() is None and not each.answers and time.monotonic() < end:
            time.sleep(0.05)


def _stop(started: list[Running]) -> None:
    for each in started:
        each.process.terminate()
    for each in started:
        with suppress(subprocess.TimeoutExpired):
            each.process.wait(_STOP)
        each.process.kill()
        each.process.wait()
        if each.process.stdin is not None:
            each.process.stdin.close()
