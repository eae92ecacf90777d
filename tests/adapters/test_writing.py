"""docs/adapters.md, "Writing an adapter": the module of the page is installed, used and tested as it stands."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from adapters.kinds import GROUP
from tests.adapters.pages import CITY, PAGE

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text(encoding="utf-8").partition("\n## Writing an adapter\n")[2]
BLOCKS = dict(re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
ROLL = re.findall(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[0]


def run(*words: str | Path, path: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment, with modules and packages of `path`."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(path), **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The page's package as an installer leaves it."""
    project = tomllib.loads(BLOCKS["fixed-width/pyproject.toml"])["project"]
    info = tmp_path / f"fixed_width-{project['version']}.dist-info"
    info.mkdir()
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(about, encoding="utf-8")
    points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"][GROUP].items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}", encoding="utf-8")
    for name in ("fixed_width.py", "test_fixed_width.py"):
        (tmp_path / name).write_text(BLOCKS[name], encoding="utf-8")
    return tmp_path


FIRST_EXAMPLE = """from hypothesis import Phase, settings

settings.register_profile("first example", phases=(Phase.explicit, Phase.generate))
settings.load_profile("first example")
"""
"""A mistake is found by the first example that shows it; looking for a smaller one takes minutes."""


def test_the_test_of_the_page_passes(installed: Path) -> None:
    test = installed / "test_fixed_width.py"
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", test, path=installed)
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"^def test_", BLOCKS["test_fixed_width.py"], re.MULTILINE)) == 7
    assert "8 passed" in done.stdout


@pytest.mark.parametrize(("break_it", "by"), [("if wanted is None or", "if True or"), (".strip()", "")])
def test_the_test_of_the_page_finds_mistakes(installed: Path, break_it: str, by: str) -> None:
    (installed / "conftest.py").write_text(FIRST_EXAMPLE, encoding="utf-8")
    module = installed / "fixed_width.py"
    module.write_text(BLOCKS["fixed_width.py"].replace(break_it, by), encoding="utf-8")
    oracle = f"{installed / 'test_fixed_width.py'}::test_it_answers_as_the_oracle"
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", oracle, path=installed)
    assert done.returncode == 1, done.stdout


def test_an_agency_is_read_by_it(installed: Path) -> None:
    (city := installed / "springfield").mkdir()
    (extract := installed / "extract").mkdir()
    (extract / "ROLL.DAT").write_text(ROLL, encoding="cp1252")
    (city / "city.toml").write_text(CITY, encoding="utf-8")
    (city / "assessor.toml").write_text(BLOCKS["springfield/assessor.toml"], encoding="utf-8")
    citygraph = Path(sys.executable).with_name("citygraph")
    checked = run(citygraph, "check", "--city", city, "--live", path=installed, EXTRACT=str(extract))
    assert checked.stdout == "Springfield: 1 agency, 1 dataset, 1 section, no problems.\n", checked.stdout
    query = '{ address(id: "sp.lot:100010002") { yearBuilt assessments { nodes { value rolled } } } }'
    asked = run(citygraph, "query", "--city", city, path=installed, stdin=query, EXTRACT=str(extract))
    assert json.loads(asked.stdout) == {
        "data": {
            "address": {"yearBuilt": 1931, "assessments": {"nodes": [{"value": "1590000", "rolled": "2026-01-15"}]}}
        }
    }


def test_in_the_repository_it_is_a_module_beside_the_others(tmp_path: Path) -> None:
    (package := tmp_path / "adapters").mkdir()
    for path in (ROOT / "adapters").iterdir():
        if path.name != "__pycache__":
            (package / path.name).symlink_to(path)
    (package / "fixed.py").write_text(BLOCKS["fixed_width.py"], encoding="utf-8")
    done = run("-P", "-c", "from adapters.kinds import kinds; print(kinds()['fixed'])", path=tmp_path)
    assert done.stdout == "Fixed-width text files in a folder, as mainframes export them.\n", done.stderr
