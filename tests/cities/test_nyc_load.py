"""The loader: raw files reach the agencies' databases as they are."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.cities import nyc_load
from tests.cities.nyc_tables import TABLES, RawTable

AGENCIES = {table.agency for table in TABLES}


def run(directory: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.cities.nyc_load", str(directory)]
    return subprocess.run(
        command, cwd=nyc_load.REPOSITORY, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def test_without_its_files_it_says_so_and_stops(tmp_path: Path) -> None:
    done = run(tmp_path / "out", CITYGRAPH_NYC_DATA=str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"New York's raw files are not at {tmp_path / 'nowhere'}: set CITYGRAPH_NYC_DATA to their folder."
    ]


def test_without_its_server_it_says_so_and_stops(nyc_data: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "out", CITYGRAPH_TEST_POSTGRES="postgresql://nobody:secret@127.0.0.1:1/none")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "PostgreSQL does not answer at 127.0.0.1" in done.stderr
    assert "secret" not in done.stderr


def test_every_agency_has_a_database_of_its_own(nyc_environment: Mapping[str, str]) -> None:
    assert set(nyc_environment) == {f"NYC_{agency.upper()}_DATABASE_URL" for agency in AGENCIES}
    assert len(set(nyc_environment.values())) == len(AGENCIES) >= 12
    assert {url.split(":")[0] for url in nyc_environment.values()} == {"sqlite", "postgresql"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.agency}.{table.name}")
async def test_tables_hold_the_cells_of_the_file(table: RawTable, nyc_environment: Mapping[str, str]) -> None:
    raw = nyc_load.read(table)
    columns, rows = await stored(nyc_environment[f"NYC_{table.agency.upper()}_DATABASE_URL"], table.name)
    assert columns == raw.columns
    assert sorted(rows, key=repr) == sorted(raw.rows, key=repr)


async def stored(url: str, table: str) -> "tuple[tuple[str, ...], list[tuple[str | None, ...]]]":
    """A table as it is in the database."""
    query = f"SELECT * FROM {nyc_load.quoted(table)}"
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        cursor = connection.execute(query)
        rows = cursor.fetchall()
        columns = tuple(column[0] for column in cursor.description)
        connection.close()
        return columns, rows
    connection = await asyncpg.connect(url)
    statement = await connection.prepare(query)
    rows = [tuple(row) for row in await statement.fetch()]
    columns = tuple(attribute.name for attribute in statement.get_attributes())
    await connection.close()
    return columns, rows


def test_quirks_are_kept(nyc_data: Path) -> None:
    tables = {f"{table.agency}.{table.name}": nyc_load.read(table) for table in TABLES}
    sales = tables["dof.rolling_sales"]
    assert " SALE PRICE " in sales.columns
    assert any(row[sales.columns.index(" SALE PRICE ")] == " -   " for row in sales.rows)
    retailers = tables["sbs.retailers"]
    assert retailers.rows[0][0] == "CnBio_Org_Name"
    inspections = tables["dohmh.restaurant_inspections"]
    assert inspections.columns[:2] == (":sid", ":id")
    assert None in {row[inspections.columns.index("grade")] for row in inspections.rows}
    assert len(sales.rows) == 18_926
    assert len(inspections.rows) == 4_394


def test_the_databases_are_as_the_catalogue_says(nyc_environment: Mapping[str, str]) -> None:
    """`check --live`: tables and columns are there, ids are unique, keys are indexed."""
    command = ["check", "--city", str(nyc_load.REPOSITORY / "tests" / "cities" / "nyc"), "--live"]
    done = CliRunner().invoke(main, command, env=dict(nyc_environment))
    assert done.exit_code == 0, done.output
    assert "warning" not in done.output
