"""docs/keys.md: its example runs and prints what it says, its constants are the code's."""

import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

from gateway.policy.keys import TOLERATED
from gateway.policy.keys.key import NOTICE
from gateway.policy.keys.register import OVERLAP
from gateway.policy.keys.text import PATTERN
from gateway.store.opening import PATIENCE
from tests.gateway.store.databases import ROOT

TEXT = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")


async def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    found = re.search(r"^```python\n(.*?)^```\n\nprints (.*)\.$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-c",
        found[1],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert out.decode().splitlines() == re.findall(r"`(.*?)`", found[2])


def test_the_constants_of_the_page_are_the_codes() -> None:
    assert PATTERN.pattern in TEXT
    assert timedelta(minutes=10).total_seconds() == TOLERATED
    assert "stay in force for 10 minutes" in TEXT
    assert (timedelta(days=14), timedelta(days=7), 5.0) == (NOTICE, OVERLAP, PATIENCE)
    assert all(words in TEXT for words in ("From 14 days before", "`--overlap` (7 days)", "after 5 seconds"))
