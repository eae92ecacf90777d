"""The program: run in this process, or as it is installed, as a process of its own."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import main

CITYGRAPH = str(Path(sys.executable).with_name("citygraph"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    code: int | None
    out: str
    err: str


def unexpected(log: str) -> list[str]:
    """The lines of a gateway's log that do not tell of an agency that failed."""
    return [line for line in log.splitlines() if not line.startswith("WARNING citygraph.sources: ")]


async def citygraph(*words: str | Path, stdin: str = "", env: dict[str, str] | None = None) -> Outcome:
    """Run `citygraph` to its end, in a thread of this process: it loads nothing anew. What a command raises
    is raised here, where the program would show a traceback. Not for `serve` and `demo`, which set up logging."""
    done = await asyncio.to_thread(CliRunner().invoke, main, [*map(str, words)], input=stdin, env=env)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Outcome(done.exit_code, done.stdout, done.stderr)


async def installed(*words: str | Path, stdin: str = "", env: dict[str, str] | None = None) -> Outcome:
    """Run `citygraph` to its end, as a process."""
    process = await asyncio.create_subprocess_exec(
        CITYGRAPH,
        *map(str, words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 60)
    return Outcome(process.returncode, out.decode(), err.decode())
