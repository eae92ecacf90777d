"""`citygraph demo` as a stranger meets it: its announcement, its examples, README's query."""

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.demo.samples import samples
from gateway.web.examples import read_examples
from tests.gateway.commands.program import CITYGRAPH, citygraph, installed, unexpected

ROOT = Path(__file__).parents[3]
CITY = ROOT / "cities" / "demo"
EXAMPLES = read_examples(CITY)
TREES = '{ address(id: "hbt.parcel:100090011") { treePermits { source { state } } } }'  # of the agency that is dead


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo, running."""

    url: str
    announcement: str
    directory: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for all that leave it as it is."""
    with started(tmp_path_factory.mktemp("demo") / "harbourton") as running:
        yield running


@contextmanager
def started(directory: Path, *options: str) -> Iterator[Demo]:
    """Built from nothing, and stopped at the end as Ctrl+C stops it."""
    command = [CITYGRAPH, "demo", "--port", "0", "--dir", str(directory), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("    mv "):
            break
    assert process.poll() is None, process.communicate()[1]
    announcement = "".join(lines)
    urls = re.findall(r"^    (http://\S+)/graphql$", announcement, re.MULTILINE)
    running = Demo(urls[0], announcement, directory)
    try:
        assert ask(running, TREES)["data"]["address"]["treePermits"]["source"]["state"] == "UNAVAILABLE"
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, unexpected(complaints)) == (0, []), complaints
    assert "parks.trees of parks: UNAVAILABLE" in complaints


def ask(demo: Demo, query: str, headers: dict[str, str] | None = None) -> Any:
    response = httpx.post(f"{demo.url}/graphql", json={"query": query}, headers=headers, timeout=30)
    assert response.status_code == 200
    return response.json()


def test_the_announcement_says_what_to_try(demo: Demo) -> None:
    text = demo.announcement
    assert text.startswith("Harbourton: 5,000 addresses, 14 agencies. Ctrl+C stops it.\n\nTHIS IS A DEMO: ")
    command = shlex.split(re.findall(r"^    (curl .*)$", text, re.MULTILINE)[0])
    assert command[:2] == ["curl", "-s"]
    answer = httpx.post(command[2], content=command[-1], headers=dict([command[4].split(": ")]), timeout=30).json()
    assert answer["data"]["address"]["label"]
    assert "-H 'X-Citygraph-Caller: demo'" in text
    assert samples(demo.directory).wake in text


def test_a_partner_asks_as_announced(demo: Demo) -> None:
    curl = shlex.split(re.findall(r"^    (curl .*)$", demo.announcement, re.MULTILINE)[1])
    headers = dict(word.split(": ", 1) for word in curl if re.match(r"[A-Z][\w-]+: ", word))
    answer = httpx.post(curl[2], content=curl[curl.index("-d") + 1], headers=headers, timeout=30).json()
    assert "errors" not in answer
    assert answer["data"]["person"]["benefits"]["nodes"]
    administer = re.findall(r"^    (\. .*)$", demo.announcement, re.MULTILINE)[0]
    program = f"PATH={shlex.quote(str(Path(CITYGRAPH).parent))}:$PATH; {administer}; citygraph audit verify"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "benefits-office" in done.stdout


async def test_readme_gives_the_answer_of_readme(demo: Demo) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    query = re.findall(r"citygraph query <<'GRAPHQL'\n(.*?)^GRAPHQL$", text, re.MULTILINE | re.DOTALL)[0]
    answer = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    done = await citygraph("query", "--url", f"{demo.url}/graphql", stdin=query)
    assert done.code == 0
    assert json.loads(done.out) == json.loads(answer)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: re.findall(r"query (\w+)", example.query)[0])
def test_every_example_is_answered(demo: Demo, example: Any) -> None:
    answer = ask(demo, example.query, dict(example.headers))
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"UNAVAILABLE", "NOT_FOUND", "WITHHELD"}
    assert all(answer["data"].values())


def test_personal_data_is_for_the_local_caller_only(demo: Demo) -> None:
    example = next(each for each in EXAMPLES if "query Owner" in each.query)
    assert ask(demo, example.query, dict(example.headers))["data"]["person"]["fullName"]
    denied = ask(demo, example.query)
    assert denied["data"]["person"] is None or denied["data"]["person"]["fullName"] is None
    assert "DENIED" in json.dumps(denied)


def test_an_agency_that_comes_up_is_seen_without_a_restart(tmp_path: Path) -> None:
    with started(tmp_path / "harbourton", "--addresses", "2000") as demo:
        command = re.findall(r"^    (mv .*)$", demo.announcement, re.MULTILINE)[0]
        subprocess.run(shlex.split(command), check=True)
        for _ in range(300):
            state = ask(demo, TREES)["data"]["address"]["treePermits"]["source"]["state"]
            if state == "OK":
                return
            time.sleep(0.1)
        pytest.fail(f"the agency is still {state}")


async def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear", encoding="utf-8")
    done = await installed("demo", "--port", "0", "--dir", tmp_path)
    assert done.code == 1
    assert done.err == f"Error: {tmp_path} holds other files; choose an empty directory with --dir\n"


async def test_a_size_that_is_none() -> None:
    done = await citygraph("demo", "--addresses", "5")
    assert done.code == 2
    assert "100<=x<=1000000" in done.err
