"""Servers as processes of their own: started, measured from outside, stopped."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
ASKING, SERVING = CORES[0], CORES[-1]
"""Agencies and the load have one core, the server that is measured another, where there are two."""


class NotUp(Exception):
    """A server did not start; the text says why."""


@dataclass(slots=True)
class Server:
    """A process that answers at `url`. `headers` go with every request."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path
    headers: Mapping[str, str]

    @property
    def cpu(self) -> float:
        """CPU seconds so far, of all its threads and children."""
        return sum(_cpu(pid) for pid in family(self.process.pid))

    @property
    def rss(self) -> float:
        """Resident memory in MiB, of all its processes."""
        return sum(_rss(pid) for pid in family(self.process.pid))

    def drain(self, most: float = 15) -> None:
        """Wait until it works no longer: what it does late would disturb the next."""
        until = time.monotonic() + most
        while time.monotonic() < until:
            before = self.cpu
            time.sleep(0.1)
            if self.cpu - before <= 0.02:
                return

    def stop(self) -> None:
        """End it, by its own means if it has some."""
        started = family(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in started[1:]:
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                continue


def start(
    name: str,
    url: str,
    command: Sequence[str],
    folder: Path,
    log: Path,
    *,
    core: int,
    environment: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> Server:
    """Start a server in `folder`; what it prints goes to `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | environment,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # what it starts stays there too
        )
    return Server(name, url, process, log, headers or {})


def wait_for(server: Server, answers: Callable[[], object], seconds: float = 30) -> None:
    """Until it answers. Raises `NotUp` with the end of its log."""
    until = time.monotonic() + seconds
    while True:
        try:
            answers()
            return
        except (OSError, ValueError):
            ended = server.process.poll() is not None
            if ended or time.monotonic() > until:
                server.stop()
                lines = server.log.read_text(errors="replace").strip().splitlines()[-3:]
                raise NotUp(f"{server.name} did not start: {' / '.join(lines) or 'it says nothing'}") from None
            time.sleep(0.1)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _rss(pid: int) -> float:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
