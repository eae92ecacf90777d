"""`citygraph agreements` and `citygraph processing-register`, as they are run."""

import csv
import io
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.policy.agreements.conftest import AGREEMENT, Folder, granting

OPENING = granting('on = "health.results"\nrows = { ward = 3 }', 'on = "health.patients"\ncounts_only = true')


@pytest.fixture(autouse=True)
def store_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own, not made yet."""
    file = tmp_path / "state" / "store.db"
    monkeypatch.setenv("CITYGRAPH_STORE", f"sqlite:///{file}")
    monkeypatch.chdir(tmp_path)
    return file


def run(folder: Folder, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--city", str(folder.path)])


def test_check_says_what_is_wrong_and_where(folder: Folder, store_file: Path) -> None:
    folder.write(granting('on = "health.result"'))
    result = run(folder, "agreements", "check")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        'city/agreements/ward3.toml:14: "health.result" is no section and no dataset; did you mean "health.results"?'
    ]
    folder.write(OPENING)
    result = run(folder, "agreements", "check")
    assert (result.exit_code, result.output) == (0, "Springfield: 1 agreement, no problems.\n")
    assert not store_file.exists()


def test_a_folder_that_is_not_there_is_told(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(folder, "agreements", "check", "--agreements", "drafts")
    assert (result.exit_code, result.output) == (1, "Error: there is no directory drafts\n")
    monkeypatch.setenv("CITYGRAPH_AGREEMENTS", "elsewhere")
    assert "there is no directory elsewhere" in run(folder, "agreements", "check").output


def test_from_files_to_the_store(folder: Folder) -> None:
    folder.write(AGREEMENT)
    result = run(folder, "agreements", "diff")
    assert result.exit_code == 0
    assert result.output.splitlines()[:2] == ["ward3: version 1, new", '  + agreement.title: "Kitchens of ward 3"']
    assert run(folder, "agreements", "apply").output.splitlines()[-1] == "1 applied; gateways follow within a second."
    assert run(folder, "agreements", "apply").output == "Nothing to apply.\n"
    assert run(folder, "agreements", "diff").output == "Nothing would change.\n"

    folder.write(AGREEMENT.replace("2026-12-31", "2027-12-31"))
    for command in ("diff", "apply"):
        result = run(folder, "agreements", command)
        assert result.exit_code == 1
        assert result.output.splitlines() == [
            "ward3: version 1 is applied, with other terms than the file's",
            "  ~ agreement.ends: 2026-12-31 -> 2027-12-31",
            "city/agreements/ward3.toml:3: version 1 of ward3 is applied already, with other terms; write version = 2, "
            "or take the terms back",
        ]
    folder.write(AGREEMENT.replace("2026-12-31", "2027-12-31").replace("version = 1", "version = 2"))
    assert run(folder, "agreements", "apply").output.splitlines() == [
        "ward3: version 1 -> 2",
        "  ~ agreement.version: 1 -> 2",
        "  ~ agreement.ends: 2026-12-31 -> 2027-12-31",
        "1 applied; gateways follow within a second.",
    ]
    (folder.agreements / "ward3.toml").unlink()
    assert run(folder, "agreements", "apply").output.splitlines() == [
        "ward3: applied, and without a file here; it stays in force until a version with `ends` is applied",
        "Nothing to apply.",
    ]


def test_nothing_is_applied_where_one_file_has_problems(folder: Folder, store_file: Path) -> None:
    folder.write(AGREEMENT)
    folder.write(AGREEMENT.replace("version = 1", "version = 0"), "other")
    assert run(folder, "agreements", "apply").exit_code == 1
    assert not store_file.exists()


def test_the_list(folder: Folder, store_file: Path) -> None:
    assert run(folder, "agreements", "list").output == "There are no agreements.\n"
    folder.write(OPENING.replace("2026-12-31", "2999-12-31"))
    folder.write(AGREEMENT.replace("2026-01-01", "2020-01-01").replace("2026-12-31", "2020-12-31"), "old")
    assert [" ".join(line.split()) for line in run(folder, "agreements", "list").output.splitlines()] == [
        "Agreement Version State From Until Partner Purposes Opens",
        "old 1 ended 2020-01-01 2020-12-31 Ward 3 care",
        "ward3 1 in force 2026-01-01 2999-12-31 Ward 3 care health.patients, health.results",
    ]
    old, ward3 = json.loads(run(folder, "agreements", "list", "--json").output)
    assert (old["state"], ward3["state"], ward3["legalBasis"]) == ("ended", "in force", "Food Act, section 5")
    assert ward3["grants"] == {
        "health.patients": {"columns": None, "limitedRows": False, "countsOnly": True},
        "health.results": {"columns": None, "limitedRows": True, "countsOnly": False},
    }
    assert not store_file.exists()


def test_the_store_counts_once_it_has_agreements(folder: Folder) -> None:
    folder.write(AGREEMENT)
    run(folder, "agreements", "apply")
    folder.write(AGREEMENT.replace("version = 1", "version = 2"))
    (applied,) = json.loads(run(folder, "agreements", "list", "--json").output)
    files = run(folder, "agreements", "list", "--json", "--agreements", str(folder.agreements))
    assert (applied["version"], json.loads(files.output)[0]["version"]) == (1, 2)


def test_the_register(folder: Folder, store_file: Path) -> None:
    folder.write(OPENING.replace("2026-12-31", "2999-12-31"))
    folder.write(OPENING.replace("2026-01-01", "2020-01-01").replace("2026-12-31", "2020-12-31"), "old")
    result = run(folder, "processing-register", "--format", "json")
    patients, results = json.loads(result.output)
    assert (patients["dataset"], patients["personal"]) == ("health.patients", ["number"])
    assert patients["purposes"] == ["care", "dpv:ScientificResearch"]
    assert [(each["agreement"], each["counts_only"], each["columns"]) for each in patients["recipients"]] == [
        ("ward3", True, [])
    ]
    (recipient,) = results["recipients"]
    assert recipient["columns"] == ["cook"]
    assert recipient["rows"] == "ward is 3"
    assert recipient["purposes"] == ["care (dpv:ImproveHealthcare)"]
    assert recipient["legal_basis"] == "Food Act, section 5"

    rows = list(csv.DictReader(io.StringIO(run(folder, "processing-register", "--format", "csv").output)))
    assert [(row["dataset"], row["recipient"], row["columns"], row["counts_only"]) for row in rows] == [
        ("health.patients", "Ward 3", "", "yes"),
        ("health.results", "Ward 3", "cook", "no"),
    ]
    text = run(folder, "processing-register").output
    assert "  retention   as long as the agency keeps it\n" in text
    assert "    data         counts only\n" in text
    assert not store_file.exists()


def test_a_dataset_that_nobody_gets_is_in_the_register(folder: Folder) -> None:
    text = run(folder, "processing-register").output
    assert text.count("  recipients  none\n") == 2
    rows = list(csv.DictReader(io.StringIO(run(folder, "processing-register", "--format", "csv").output)))
    assert [(row["dataset"], row["agreement"]) for row in rows] == [("health.patients", ""), ("health.results", "")]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (OPENING, True),
        (OPENING.replace("title", "titel"), False),
        (OPENING.replace("version = 1", 'version = "1"'), False),
        (OPENING.replace('on = "health.results"', "on = 3"), False),
    ],
)
def test_the_schema_for_editors(text: str, valid: bool) -> None:
    schema = json.loads(CliRunner().invoke(main, ["agreements", "schema"]).output)
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert jsonschema.Draft202012Validator(schema).is_valid(found) is valid
