"""The agencies' systems: processes that live and die as `citygraph demo` says."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

import httpx
import pytest

from gateway.demo.generate import Built, build
from gateway.demo.systems import SYSTEMS
from gateway.demo.systems.running import running
from tests.gateway.commands.program import CITYGRAPH
from tests.gateway.demo.conftest import ROOT

SECTIONS = {
    "health": "inspections",
    "housing": "housingViolations",
    "licensing": "tradeLicences",
}
QUERY = f"""{{ address(id: "hbt.parcel:100020001") {{
    {" ".join(f"{section} {{ source {{ state }} }}" for section in SECTIONS.values())}
    serviceRequests {{ source {{ state }} }}
}} }}"""


@dataclass(frozen=True, slots=True)
class Demo:
    """`citygraph demo`, started in a directory whose city is there already."""

    process: "subprocess.Popen[str]"
    announcement: str

    @property
    def url(self) -> str:
        return str(re.findall(r"^    (http://\S+/graphql)$", self.announcement, re.MULTILINE)[0])

    @property
    def pids(self) -> dict[str, int]:
        """The processes of systems, by what the system is called."""
        found = re.findall(r"^    http://\S+  .*, (.*): process (\d+)$", self.announcement, re.MULTILINE)
        return {title: int(pid) for title, pid in found}

    def commands(self) -> list[list[str]]:
        """What the announcement offers to run."""
        return [
            shlex.split(line)
            for line in re.findall(r"^    ((?:kill|\S*python\S*) .*)$", self.announcement, re.MULTILINE)
        ]

    def states(self) -> dict[str, str]:
        answer = httpx.post(self.url, json={"query": QUERY}, timeout=30).json()
        return {section: part["source"]["state"] for section, part in answer["data"]["address"].items()}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    directory = build(tmp_path / "demo", addresses=300).directory
    command = [CITYGRAPH, "demo", "--port", "0", "--dir", str(directory), "--addresses", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("    mv "):
                break
        yield Demo(process, "".join(lines))
        process.kill()


def alive(pid: int) -> bool:
    """Whether a process is there, zombies not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_systems_end_with_the_demo_however_it_ends(demo: Demo, way: signal.Signals) -> None:
    pids = demo.pids
    assert set(pids) == {system.title for system in SYSTEMS.values()}
    assert all(alive(pid) for pid in pids.values())
    demo.process.send_signal(way)
    demo.process.wait(20)
    until(lambda: not any(alive(pid) for pid in pids.values()), 5)


def test_an_agency_that_is_killed_costs_its_own_sections_until_it_is_started_again(demo: Demo) -> None:
    well = dict.fromkeys([*SECTIONS.values(), "serviceRequests"], "OK")
    assert demo.states() == well
    kill, start = demo.commands()
    subprocess.run(kill, check=True)
    killed = SECTIONS[start[3]]
    until(lambda: demo.states() == well | {killed: "UNAVAILABLE"})
    with subprocess.Popen(start, cwd=ROOT, stdout=subprocess.DEVNULL) as again:
        until(lambda: demo.states() == well)
        again.terminate()


def test_a_port_that_is_taken_is_left_to_whom_it_belongs(built: Built) -> None:
    expected = {system.agency: system.port for system in SYSTEMS.values()}
    taken = []
    for port in expected.values():
        try:
            taken.append(create_server(("127.0.0.1", port)))
        except OSError:  # somebody else has it, which is as good
            continue
    try:
        with running(built.directory) as started:
            assert all(each.answers for each in started)
            assert {each.port for each in started} & set(expected.values()) == set()
    finally:
        for listener in taken:
            listener.close()


def test_a_system_that_can_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "health").mkdir()
    with running(tmp_path) as started:
        failed = {each.system.agency: each for each in started if each.process.poll() is not None}
        assert "health" in failed
        assert "there is no CSV or JSON file here" in failed["health"].log.read_text(encoding="utf-8")


def test_nothing_of_the_environment_is_needed() -> None:
    """The systems' addresses have defaults, so that `check` and `schema` work without them."""
    known = {system.variable for system in SYSTEMS.values()}
    environment = {name: value for name, value in os.environ.items() if name not in known | {"CITYGRAPH_DEMO"}}
    command = [CITYGRAPH, "check", "--city", str(ROOT / "cities" / "demo")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
