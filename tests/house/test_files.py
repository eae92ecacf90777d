"""What every tracked file keeps to."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
INDEX_OPTIONS = ("index-url", "extra-index-url", "find-links", "trusted-host")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The tracked text files, by path."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of tracked files")
    found = {}
    for name in listed.stdout.decode().rstrip("\0").split("\0"):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".br", ".gz"):
            found[name] = path.read_text(encoding="utf-8")
    return found


def index_hosts() -> set[str]:
    """The hosts and folders of this machine's package indices, as pip and npm are told."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    told = [line.partition("=")[2].strip("'\"") for line in listed.stdout.splitlines() if _is_index(line)]
    told += [value for name, value in os.environ.items() if name.upper() in ("NPM_CONFIG_REGISTRY", "UV_INDEX_URL")]
    places = {place for value in told for place in value.split()}
    return {urlsplit(place).hostname or urlsplit(place).path for place in places} - {"localhost", "127.0.0.1", "/", ""}


def _is_index(line: str) -> bool:
    return line.partition("=")[0].rpartition(".")[2] in INDEX_OPTIONS


def test_no_package_index_is_named(texts: dict[str, str]) -> None:
    public = {"files.pythonhosted" + ".org", "pypi" + ".org/simple", "registry.npmjs" + ".org"}
    names = public | index_hosts()
    assert [(name, word) for name, text in texts.items() for word in names if word in text] == []


def test_no_absolute_path_of_a_machine(texts: dict[str, str]) -> None:
    pattern = re.compile(r"(?<![\w.:/-])/(home|root|Users|work|mnt|opt)/\w")
    places = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for name, text in texts.items()
        if not name.startswith("gateway/web/static/")
        for match in pattern.finditer(text)
    ]
    assert places == []


def test_every_local_link_leads_somewhere(texts: dict[str, str]) -> None:
    broken = [
        f"{name}: {target}"
        for name, text in texts.items()
        if name.endswith(".md")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []
