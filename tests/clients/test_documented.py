"""The set-ups of docs/clients.md that generate or run code, tried with the real tools that the suites install."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.conftest import Served
from tests.clients.test_suites import CLIENTS, run, suite

ROOT = Path(__file__).parents[2]
DOCUMENT = """query Sales($id: ID!) {
  address(id: $id) { label sales(first: 2) { nodes { date amount changedAt } source { state } } }
}
"""


def block(language: str, name: str) -> str:
    """The block of docs/clients.md that begins with this file name in a comment."""
    text = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    found = re.search(rf"^```{language}\n(?://|#) {re.escape(name)}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/clients.md has no {name}"
    return found[1]


@contextmanager
def installed(client: str, served: Served) -> Iterator[Path]:
    """The folder of a suite, its client installed."""
    with suite(client) as folder:
        places = (folder / "node_modules" / ".want", folder / ".venv" / ".want")
        if not any(place.exists() for place in places):
            run(folder / "run.sh", served)
        yield folder


def done(command: list[str], folder: Path) -> str:
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    return finished.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A client's project: the schema and an operation."""
    (tmp_path / "src").mkdir()
    (tmp_path / "schema.graphql").write_bytes((ROOT / "schema.graphql").read_bytes())
    (tmp_path / "src" / "sales.graphql").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "queries.graphql").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def test_graphql_codegen(project: Path, served: Served) -> None:
    (project / "codegen.cjs").write_text(block("js", "codegen.cjs"), encoding="utf-8")
    with installed("graphql-codegen", served) as folder:
        (project / "node_modules").symlink_to(folder / "node_modules")
        done(["node", "node_modules/.bin/graphql-codegen", "--config", "codegen.cjs"], project)
        written = (project / "src" / "gql" / "graphql.ts").read_text(encoding="utf-8")
        fields = dict(re.findall(r"(date|amount|changedAt): ([a-z]+ \| [a-z]+)", written))
        assert fields == dict.fromkeys(("date", "amount", "changedAt"), "string | null")
        done(["node", "node_modules/typescript/bin/tsc", "--strict", "--noEmit", "src/gql/graphql.ts"], project)


def test_gql(project: Path, served: Served) -> None:
    text = block("python", "profile.py").replace("http://127.0.0.1:8000/graphql", served.url)
    (project / "profile_.py").write_text(text, encoding="utf-8")
    with installed("gql-python", served) as folder:
        out = done([str(folder / ".venv" / "bin" / "python"), "profile_.py"], project)
    lines = out.splitlines()
    assert lines
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d +[\d,]+(\.\d\d)?", line) for line in lines), out


def test_ariadne_codegen(project: Path, served: Served) -> None:
    (project / "pyproject.toml").write_text(block("toml", "pyproject.toml"), encoding="utf-8")
    use = f"""
import asyncio
from city import Client

async def main():
    async with Client(url={served.url!r}) as client:
        answer = await client.sales(id={served.samples.conflict!r})
    for sale in answer.address.sales.nodes:
        print(type(sale.date).__name__, type(sale.amount).__name__)

asyncio.run(main())
"""
    (project / "use.py").write_text(use, encoding="utf-8")
    with installed("ariadne-codegen", served) as folder:
        done([str(folder / ".venv" / "bin" / "ariadne-codegen")], project)
        out = done([str(folder / ".venv" / "bin" / "python"), "use.py"], project)
    assert set(out.splitlines()) == {"date Decimal"}


def test_the_tools_are_those_of_the_suites() -> None:
    assert {"graphql-codegen", "gql-python", "ariadne-codegen"} <= set(CLIENTS)
