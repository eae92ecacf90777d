"""`citygraph check` and `citygraph catalogue-schema`, as they are run."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.gateway.catalogue.conftest import CITY, ROLLS, Directory
from tests.gateway.catalogue.test_live import Rolls
from tests.gateway.catalogue.test_loading import DOM


def test_check_prints_all_problems_and_fails(springfield: Directory) -> None:
    springfield.replace("rolls", 'id = "lot"', 'id = "lott"')
    springfield.replace("city", 'currency = "USD"', 'curency = "USD"')
    result = CliRunner().invoke(main, ["check", "--city", str(springfield.path)])
    assert result.exit_code == 1
    assert result.output.replace(f"{springfield.path}/", "").splitlines() == [
        'city.toml:1: "currency" is missing; add currency = …',
        'city.toml:6: unknown key "curency"; did you mean "currency"?',
        'rolls.toml:10: column "lott" is not in rolls.parcels; did you mean "lot"?',
    ]


def test_check_of_a_sound_city_is_one_line(springfield: Directory) -> None:
    result = CliRunner().invoke(main, ["check", "--city", str(springfield.path)])
    assert (result.exit_code, result.output) == (
        0,
        "Springfield: 1 agency, 1 dataset, 0 sections, no problems.\n",
    )


def test_warnings_do_not_fail(springfield: Directory) -> None:
    springfield.replace("rolls", 'lot = "LOT"', 'lot = "LOT"\nuse = { codes = "uses" }')
    result = CliRunner().invoke(main, ["check", "--city", str(springfield.path)])
    assert result.exit_code == 0
    assert result.output.replace(f"{springfield.path}/", "").splitlines() == [
        "rolls.toml:14: warning: this file has no [codes.uses], so the codes of use have no labels; add it",
        "Springfield: 1 agency, 1 dataset, 0 sections, 1 warning.",
    ]


def test_live_asks_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = Rolls(tmp_path)
    rolls.fill("CREATE TABLE parcels (LOT TEXT PRIMARY KEY, SOLD TEXT, BUILT TEXT)", [])
    monkeypatch.setenv("ROLLS", f"sqlite:///{rolls.database}")
    result = CliRunner().invoke(main, ["check", "--city", str(tmp_path), "--live"])
    assert result.exit_code == 1
    assert result.stdout == (
        f'{tmp_path}/rolls.toml:14: rolls.parcels has no column "YEAR" at its source; known: LOT, SOLD, BUILT\n'
    )


def test_live_may_ask_one_agency_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = Rolls(tmp_path)
    (tmp_path / "lists.toml").write_text(
        '[agency]\nname = "Lists"\n[source.kept]\nadapter = "memory"\nurl = "memory:"\n'
    )
    monkeypatch.setenv("ROLLS", f"sqlite:///{rolls.database}.gone")
    check = ["check", "--city", str(tmp_path), "--live"]
    assert "does not answer" in CliRunner().invoke(main, check).stdout
    assert CliRunner().invoke(main, [*check, "--agency", "lists"]).exit_code == 0
    assert "does not answer" in CliRunner().invoke(main, [*check, "--agency", "lists", "--agency", "rolls"]).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--live", "--agency", "roll"], 'did you mean "rolls"?'), (["--agency", "rolls"], "with --live")],
)
def test_an_agency_that_can_not_be_asked(tmp_path: Path, arguments: list[str], says: str) -> None:
    Rolls(tmp_path)
    result = CliRunner().invoke(main, ["check", "--city", str(tmp_path), *arguments], env={"ROLLS": "sqlite:///x.db"})
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("arguments", "text", "valid"),
    [
        ([], CITY, True),
        ([], ROLLS, True),
        ([], DOM, True),
        (["--of", "agency"], DOM, True),
        (["--of", "city"], CITY, True),
        (["--of", "city"], ROLLS, False),
        (["--of", "agency"], ROLLS.replace("built = {", "built = { typ = 1,"), False),
        (["--of", "agency"], ROLLS.replace('lot = "lot"', "lot = 5"), False),
        (["--of", "city"], CITY.replace('"lot"\ncheck', '"lots"\ncheck'), False),
    ],
)
def test_the_schema_for_editors_accepts_what_is_valid(arguments: list[str], text: str, valid: bool) -> None:
    result = CliRunner().invoke(main, ["catalogue-schema", *arguments])
    assert result.exit_code == 0
    schema = json.loads(result.output)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert jsonschema.Draft202012Validator(schema).is_valid(document) is valid


def test_every_key_of_the_grammar_is_described() -> None:
    schema = json.loads(CliRunner().invoke(main, ["catalogue-schema"]).output)
    bare = [
        f"{table}.{key}"
        for table, made in schema["$defs"].items()
        for key, value in made.get("properties", {}).items()
        if not (value | schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})).get("description")
    ]
    assert bare == []
