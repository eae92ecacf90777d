"""`citygraph introspect`, as it is run."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

ROWS = "bbl,number,issued\n" + "".join(f"1004770501,V{i},2020-01-{i % 28 + 1:02}\n" for i in range(30))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["introspect", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "violations.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_draft_on_stdout_is_toml_and_nothing_else(file: Path) -> None:
    result = run(file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert tomllib.loads(result.stdout)["dataset"][0]["name"] == "violations"


def test_a_draft_in_a_city_of_its_own_passes_check(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "city" / "hpd.toml"
    output.parent.mkdir()
    result = run(file, "--output", output, "--with-city")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    checked = CliRunner().invoke(main, ["check", "--city", str(output.parent)])
    assert checked.output.splitlines()[-1] == "My city: 1 agency, 1 dataset, 1 section, no problems."
    assert tomllib.loads(output.read_text(encoding="utf-8"))["agency"]["short"] == "HPD"


def test_with_a_city_the_schemes_are_its_own(file: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    city.mkdir()
    assert run(file, "--output", city / "hpd.toml", "--with-city").exit_code == 0
    (city / "hpd.toml").unlink()
    scheme = '\n[scheme.bbl]\nof = "Address"\nlevel = "lot"\ncheck = "bbl"\n'
    text = (city / "city.toml").read_text(encoding="utf-8")
    (city / "city.toml").write_text(text + scheme, encoding="utf-8")
    drafted = tomllib.loads(run(file, "--city", city, "--agency", "hpd").stdout)
    assert "scheme" not in drafted
    assert drafted["dataset"][0]["keys"] == {"bbl": {"columns": "bbl", "formats": "0000000000"}}


def test_a_city_on_stdout_beside_the_draft(file: Path) -> None:
    city, _, draft = run(file, "--with-city").stdout.partition("# ---- violations.toml ----")
    assert tomllib.loads(city)["city"]["prefix"] == "my"
    assert tomllib.loads(draft)["agency"]["short"] == "VIOLATIONS"


def test_what_is_there_is_never_written_over(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "hpd.toml"
    output.write_text("# a steward's work\n", encoding="utf-8")
    result = run(file, "--output", output)
    assert result.exit_code == 1
    assert result.output.splitlines() == [f"Error: {output} is there already; give another --output, or move it away"]
    assert output.read_text(encoding="utf-8") == "# a steward's work\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("https://u:s3cret@127.0.0.1:9/a.csv",), "Error: the source can't be reached"),
        (("postgresql://u:s3cret@127.0.0.1:9/p",), "Error: the database can't be reached"),
        (("ftp://u:s3cret@x/a.csv",), 'Error: there is no look at "ftp:" sources'),
        (("none.csv", "--city", "nowhere"), "Error: nowhere has no readable city.toml"),
    ],
)
def test_failures_are_one_line_without_secrets(words: tuple[str, ...], told: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert result.output.startswith(told)
    assert "s3cret" not in result.output
