"""docs/audit.md: its example runs, its check by hand holds, its words for problems are those of the code."""

import asyncio
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import orjson

from gateway.policy.audit.findings import Kind
from tests.gateway.policy.audit.logs import PEPPER, files, look_ups, records, write

PAGE = (Path(__file__).parents[4] / "docs" / "audit.md").read_text(encoding="utf-8")


async def test_the_example_runs(folder: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "docs/audit.md", "exec"), names)
    record: Callable[[str, bytes], Awaitable[None]] = names["record"]
    await record(str(folder), PEPPER)
    assert [each.purpose for each in records(folder)] == ["benefit-check"]


def test_everybody_can_check_by_hand(folder: Path) -> None:
    asyncio.run(write(folder, look_ups(3)))
    (command,) = re.findall(r"^(sed .*?) +#", PAGE, re.MULTILINE)
    segment = files(folder)[0]
    told = subprocess.run(
        ["sh", "-c", command.replace("SEGMENT", str(segment))], capture_output=True, text=True, check=True
    )
    third = orjson.loads(segment.read_bytes().splitlines()[2])
    assert told.stdout.split()[0] == third["entry"]["before"]


def test_every_kind_of_problem_is_explained() -> None:
    rows = re.findall(r"^\| ((?:`[a-z ]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert set(get_args(Kind)) <= {word for row in rows for word in re.findall(r"`([a-z ]+)`", row)}
