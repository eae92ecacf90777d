"""The lock files: every version with hashes, no address of an index, both of one mind."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package that a lock file pins."""
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8")):
        if match := re.match(r"([a-z0-9-]+)==(\S+)", block):
            assert match[1] not in found, f"{name} pins {match[1]} twice"
            found[match[1]] = (match[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}", block)))
    return found


def wanted(requirements: list[str]) -> set[str]:
    return {match[0] for each in requirements if (match := re.match(r"[a-z0-9-]+", each))}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    assert len(pins(name)) > 20
    assert [package for package, (_, hashes) in pins(name).items() if not hashes] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_of_an_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host|@ ", text)


def test_the_tools_lock_extends_the_other() -> None:
    runtime, dev = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: dev.get(name) for name in runtime} == runtime


def test_what_the_project_asks_for_is_locked() -> None:
    groups = PROJECT["dependency-groups"]
    runtime = wanted(PROJECT["project"]["dependencies"] + groups["build"] + PROJECT["build-system"]["requires"])
    assert runtime <= set(pins(LOCKS[0]))
    assert wanted(groups["dev"]) <= set(pins(LOCKS[1]))


def test_the_page_is_locked_without_addresses_too() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {path: entry for path, entry in packages.items() if path}
    assert len(installed) > 50
    assert [path for path, entry in installed.items() if "resolved" in entry] == []
    assert [path for path, entry in installed.items() if "integrity" not in entry] == []
