"""Sources that run as programs of their own: the SODA emulator, Datasette."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

_SECONDS = 30.0


def program(name: str) -> str:
    """A program of this environment."""
    found = Path(sys.executable).with_name(name)
    if not found.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return str(found)


@contextmanager
def running(port: int, *words: str | Path) -> Iterator[str]:
    """The address of a program that listens on `port`, until the end."""
    process = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                urlopen(url, timeout=1).close()
            except OSError as error:
                if getattr(error, "code", None) is None:
                    time.sleep(0.1)
                    continue
            yield url
            return
        pytest.fail(f"{Path(words[0]).name} does not answer")
    finally:
        process.terminate()
        process.wait(10)
