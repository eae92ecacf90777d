"""What is shipped: the floors, the demo city and the GraphiQL page, and nothing else."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built as any front end builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_everything_that_runs_is_in_it(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for floor in ("gateway", "resolvers", "adapters"):
        sources = {str(path.relative_to(ROOT)) for path in (ROOT / floor).rglob("*.py")}
        assert sources <= names
    static = {str(path.relative_to(ROOT)) for path in (ROOT / "gateway/web/static").rglob("*") if path.is_file()}
    assert static <= names
    city = {str(path.relative_to(ROOT)) for path in (ROOT / "cities/demo").rglob("*") if path.is_file()}
    assert "cities/demo/city.toml" in city
    assert city <= names


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"gateway", "resolvers", "adapters", "cities"}
    assert not [name for name in wheel.namelist() if name.endswith((".pyc", ".sqlite", ".offline"))]


def test_its_metadata(wheel: zipfile.ZipFile) -> None:
    info = next(name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name)
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert (metadata["Name"], metadata["License-Expression"]) == ("citygraph", "Apache-2.0")
    assert metadata["Requires-Python"] == ">=3.11"
    assert wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "citygraph = gateway.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
