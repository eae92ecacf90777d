"""`citygraph agency`: the switch, from the command line."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A city whose files nobody can read: a pause must not wait until they are mended."""
    (tmp_path / "city.toml").write_text("[city", encoding="utf-8")
    (tmp_path / "fire.toml").write_text("[agency", encoding="utf-8")
    (tmp_path / "deeds.toml").write_text("", encoding="utf-8")
    return tmp_path


def run(directory: Path, *arguments: str) -> Result:
    env = {"CITYGRAPH_STORE": f"sqlite:///{directory / 'state' / 'store.db'}"}
    return CliRunner().invoke(main, ["agency", *arguments], env=env)


def test_pause_status_resume(directory: Path) -> None:
    city = ("--city", str(directory))
    paused = run(directory, "pause", "fire", "--reason", "Servers move", *city)
    assert (paused.exit_code, paused.stdout) == (
        0,
        "Paused fire. Ask it again with: citygraph agency resume fire\n",
    )
    (shown,) = orjson.loads(run(directory, "status", "--json").stdout)
    assert (shown["agency"], shown["reason"]) == ("fire", "Servers move")
    assert shown["by"].endswith("(command line)") or shown["by"] == "command line"
    assert "Servers move" in run(directory, "status", "fire").stdout
    assert run(directory, "status", "deeds").stderr == "deeds is not paused.\n"
    assert run(directory, "resume", "fire").stdout == "Resumed fire.\n"
    assert run(directory, "status").stderr == "No agency is paused.\n"


def test_an_agency_that_is_not_there(directory: Path) -> None:
    found = run(directory, "pause", "fir", "--city", str(directory))
    assert found.exit_code == 1
    assert found.stderr == f'Error: {directory} has no agency "fir"; did you mean "fire"?\n'
    assert run(directory, "pause", "city", "--city", str(directory)).exit_code == 1


def test_what_is_not_paused_is_not_resumed(directory: Path) -> None:
    run(directory, "pause", "fire", "--city", str(directory))
    found = run(directory, "resume", "fre")
    assert (found.exit_code, found.stderr) == (1, 'Error: "fre" is not paused; did you mean "fire"?\n')


def test_a_reason_is_one_line(directory: Path) -> None:
    found = run(directory, "pause", "fire", "--reason", "a\nb", "--city", str(directory))
    assert found.exit_code == 2
    assert run(directory, "status", "--json").stdout == "[]\n"
