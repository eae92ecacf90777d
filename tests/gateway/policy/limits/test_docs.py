"""docs/limits.md can't rot: its files load, its commands run, its program prints what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.catalogue import load
from gateway.cli import main
from gateway.engine.requests import Request
from gateway.policy.limits.budgets import PATIENCE
from gateway.policy.limits.costs import Weights
from gateway.policy.limits.documents import Caps
from gateway.policy.limits.sheets import cost
from gateway.policy.limits.turns import MOST_WAITING
from gateway.settings import Settings
from tests.e2e.city import TESTER, make_town
from tests.gateway.catalogue.conftest import CITY, ROLLS

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The page's blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_the_catalogues_lines_load(tmp_path: Path) -> None:
    budget, heavy = blocks("toml")
    agency, rest = ROLLS.split("[source.db]")
    (tmp_path / "city.toml").write_text(CITY, encoding="utf-8")
    rest = rest.replace('name = "parcels"', 'name = "parcels"\n' + heavy.splitlines()[2])
    (tmp_path / "rolls.toml").write_text(f"{agency}{budget}\n[source.db]{rest}", encoding="utf-8")
    city = load(tmp_path, {})
    declared = city.agencies["rolls"].budget
    assert declared is not None
    assert (declared.rate, declared.concurrency, len(declared.quiet_hours)) == (20, 8, 1)
    assert city.tables["rolls.parcels"].cost == 5


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    env = {"CITYGRAPH_STORE": f"sqlite:///{tmp_path / 'store.db'}"}
    (commands,) = blocks("sh")
    for line in commands.splitlines():
        words = re.findall(r'"[^"]*"|\S+', line)
        found = CliRunner().invoke(main, [word.strip('"') for word in words[1:]], env=env)
        assert found.exit_code == 0, found.output


def test_the_program_prints_what_the_page_says() -> None:
    (program,) = blocks("python")
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert printed.stdout in blocks("text")


def test_the_costs_of_the_page() -> None:
    town = make_town()
    fields = " ".join(f"s{n}: sales {{ nodes {{ id }} }}" for n in range(5))
    query = f"query($ids: [ID!]!) {{ addresses(ids: $ids) {{ {fields} }} }}"
    world = town.engine.world

    def units(number: int) -> str:
        ids = [f"tv.lot:1{n:04}" for n in range(number)]
        prepared = town.engine.prepare(Request(query, variables={"ids": ids}, caller=TESTER))
        return f"{cost(prepared.plan, prepared.variables, world.bounds, Weights.of(world.city)).units:,}"

    assert f"of 20 rows costs {units(1)} units, a hundred such addresses {units(100)}." in TEXT


def test_the_limits_of_the_page() -> None:
    caps = Caps()
    assert f"at most {caps.tokens} tokens, {caps.depth} levels of fields" in TEXT
    assert f"{caps.aliases} aliases, {caps.directives} directives, {caps.fragments} fragments" in TEXT
    assert f"`CITYGRAPH_MAX_COST` ({Settings().max_cost})" in TEXT
    assert PATIENCE == 2.0
    assert f"may have {MOST_WAITING} calls waiting" in TEXT
