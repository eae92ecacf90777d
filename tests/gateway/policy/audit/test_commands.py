import csv
import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from itertools import takewhile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.commands.audit import audit
from gateway.policy.audit.lines import split
from tests.gateway.commands.program import Outcome
from tests.gateway.policy.audit.logs import LOOK_UP, PEPPER, RESIDENT, change_lines, files, look_ups, write

ROOT = Path(__file__).parents[4]
COVERT = replace(LOOK_UP, purpose="investigation", agreement="police", disclosed_after=timedelta(days=36_500))


def run(folder: Path, *words: str, pepper: bytes = PEPPER, stdin: str = "") -> Outcome:
    """Run a command of `citygraph audit` to its end."""
    env = {"CITYGRAPH_AUDIT": str(folder), "CITYGRAPH_PEPPER": pepper.decode()}
    result = CliRunner().invoke(audit, words, env=env, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Outcome(result.exit_code, result.stdout, result.stderr)


async def test_verify_says_that_all_is_well_or_where_it_is_not(folder: Path) -> None:
    await write(folder, look_ups(3))
    sound = run(folder, "verify")
    assert (sound.code, sound.err) == (0, "")
    assert sound.out.splitlines()[-1].endswith(": 5 entries, no problems.")
    first = files(folder)[0]
    change_lines(first, lambda lines: [*lines[:2], *lines[3:]])
    damaged = run(folder, "verify")
    assert damaged.code == 1
    assert damaged.out.splitlines()[0] == f"{first.name}:3: gap: entry 3 is missing before this line"
    as_json = json.loads(run(folder, "verify", "--json").out)
    assert as_json["sound"] is False
    assert as_json["findings"][0]["line"] == 3


async def test_verify_by_a_key_and_checkpoints_from_elsewhere(folder: Path, tmp_path: Path) -> None:
    await write(folder, look_ups(3))
    key = (folder / "signing.pub").read_text().strip()
    vault = folder.with_name("audit-checkpoints").rename(tmp_path / "vault")
    outcome = run(folder, "verify", "--key", key, "--checkpoints", str(vault))
    assert (outcome.code, outcome.err) == (0, "")
    alone = run(folder, "verify", "--key", key)
    assert alone.code == 0
    assert "leaves no trace" in alone.err
    wrong = run(folder, "verify", "--key", key.replace("citygraph", "town"))
    assert wrong.code == 1
    assert "cut or changed" in wrong.err


async def test_search_and_export(folder: Path) -> None:
    await write(folder, [*look_ups(5), replace(LOOK_UP, reference="=1+1", outcome="denied")])
    table = run(folder, "search", "--reference", "case-3")
    assert table.out.splitlines()[1].startswith("2026-11-22 12:03:00  cg_k3v9x0aa")
    newest = run(folder, "search", "--limit", "2")
    assert "The newest 2 of 6" in newest.err
    lines = run(folder, "export", "--subject", RESIDENT).out.splitlines()
    assert [json.loads(line)["reference"] for line in lines] == [*(f"case-{n}" for n in range(5)), "=1+1"]
    rows = list(csv.DictReader(StringIO(run(folder, "export", "--format", "csv").out)))
    assert rows[5]["reference"] == "'=1+1"
    assert rows[0]["fields"] == "Address.sales Person.benefits"
    assert rows[0]["milliseconds"] == "31.0"
    none = run(folder, "search", "--since", "2026-11-23")
    assert (none.code, none.out) == (0, "")


async def test_the_citizens_report_never_says_whether_something_is_held_back(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "audit"
    await write(folder, [LOOK_UP, COVERT])
    await write(other, [LOOK_UP])
    reports = [run(each, "subject", RESIDENT) for each in (folder, other)]
    assert reports[0] == reports[1]
    assert "benefit-check" in reports[0].out
    assert "are told later" in reports[0].out
    nobody = run(other, "subject", "hbt.resident:100000001")
    assert nobody.out.startswith("Look-ups about hbt.resident:100000001: 0\n")
    as_json = json.loads(run(folder, "subject", RESIDENT, "--json").out)
    assert [each["purpose"] for each in as_json["look_ups"]] == ["benefit-check"]


async def test_an_identifier_is_spelt_by_the_city_and_may_come_by_standard_input(folder: Path) -> None:
    await write(folder, [LOOK_UP])
    city = ("--city", str(ROOT / "cities" / "demo"))
    outcome = run(folder, "subject", "-", *city, stdin=f" {RESIDENT}\n")
    assert outcome.out.startswith(f"Look-ups about {RESIDENT}: 1\n")
    refused = run(folder, "subject", "hbt.resident:1", *city)
    assert refused.code == 1
    assert "hbt.resident" in refused.err
    assert run(folder, "subject", "-").code == 2


async def test_a_wrong_pepper_is_not_taken_for_nobody_asked(folder: Path) -> None:
    await write(folder, [LOOK_UP])
    outcome = run(folder, "subject", RESIDENT, pepper=b"another pepper, of 32 bytes at least")
    assert outcome.code == 1
    assert outcome.err.strip() == "Error: CITYGRAPH_PEPPER is not the one by which this log was written"


async def test_agencies_and_partners(folder: Path) -> None:
    await write(folder, look_ups(4))
    agency = run(folder, "agency", "welfare")
    assert agency.out.splitlines()[1].split() == [
        "benefits-office", "benefit-check", "4", "0", "160", "2026-11-22", "12:00", "2026-11-22", "12:03",
    ]  # fmt: skip
    partner = json.loads(run(folder, "partner", "benefits-office", "--json").out)
    assert [(use["day"], use["key"], use["requests"]) for use in partner] == [("2026-11-22", "cg_k3v9x0aa", 4)]
    assert "no look-ups" in run(folder, "agency", "parks").err


async def test_expire(folder: Path) -> None:
    await write(folder, [replace(LOOK_UP, kept=timedelta(0)), LOOK_UP])
    outcome = run(folder, "expire")
    assert outcome.out == "Details of 1 entries in 1 files were removed.\n"
    assert run(folder, "verify").code == 0
    assert split(files(folder)[0].read_bytes().splitlines()[1])[1] is None
    assert "(removed)" in run(folder, "search").out
    assert run(folder, "expire", "--older-than", "soon").code == 2


@pytest.mark.parametrize("name", sorted(audit.commands))
def test_every_command_explains_itself_with_examples_that_parse(name: str) -> None:
    command = audit.commands[name]
    assert command.help
    assert command.epilog
    lines = [line.split() for line in command.epilog.splitlines() if "citygraph audit" in line]
    assert lines
    for words in lines:
        assert words[:3] == ["citygraph", "audit", name]
        given = takewhile(lambda word: word not in ("<", ">"), words[3:])
        command.make_context(name, list(given)).close()
    described = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in described if not option.help] == []
