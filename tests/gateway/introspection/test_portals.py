"""Portals: Socrata by the emulator, Datasette itself."""

import asyncio
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.introspection.looking import Bounds, Unseen, look
from tests.gateway.introspection.checking import Checked, checked, looked
from tests.gateway.introspection.programs import program, running

VIOLATIONS = "\n".join(
    [
        "ViolationID,BBL,HouseNumber,StreetName,Postcode,Class,InspectionDate,NOVDescription,CurrentStatus,Units,Emergency",
        *(
            f"{10000000 + i},1004770501,{i + 1},WEST 27 STREET,10001,{'ABC'[i % 3]},2019-0{i % 9 + 1}-02T00:00:00.000,"
            f"REPAIR THE  CEILING,{'VIOLATION CLOSED' if i % 2 else 'NOV SENT OUT'},{i},{'true' if i % 2 else 'false'}"
            for i in range(60)
        ),
    ]
)
DATASETS = """
["wvxf-dwi5"]
file = "violations.csv"
name = "Housing Maintenance Code Violations"
description = "Violations of the housing code."
types = { violationid = "number", inspectiondate = "calendar_date", units = "number", emergency = "checkbox" }
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("portal")
    (folder / "violations.csv").write_text(VIOLATIONS, encoding="utf-8")
    (folder / "datasets.toml").write_text(DATASETS, encoding="utf-8")
    port = free_port()
    with running(port, program("citygraph"), "soda-emulator", folder, "--port", str(port)) as url:
        yield url


@pytest.mark.parametrize(
    "page", ["/resource/wvxf-dwi5.json", "/d/wvxf-dwi5", "/Housing/Violations/wvxf-dwi5/about_data"]
)
def test_a_dataset_of_a_portal_by_its_page(portal: str, page: str, tmp_path: Path) -> None:
    made = looked(f"{portal}{page}", tmp_path)
    assert made.problems == []
    assert made.live() == []
    assert made.damage() == (60, {})
    (dataset,) = made.draft.datasets
    assert (dataset.path, dataset.title, dataset.doc) == (
        "wvxf-dwi5",
        "Housing Maintenance Code Violations",
        "Violations of the housing code.",
    )
    assert dataset.settings["modified"] == ":updated_at"
    assert made.draft.url == portal


def test_its_types_are_the_portals_and_its_names_those_of_the_headings(portal: str, tmp_path: Path) -> None:
    (dataset,) = looked(f"{portal}/d/wvxf-dwi5", tmp_path).draft.datasets
    types = {each.name: (each.type.value, each.column.stored) for each in dataset.columns}
    assert types["violation_id"] == ("int", "native")
    assert types["inspection_date"] == ("date", "native")
    assert types["emergency"] == ("bool", "native")
    assert {key.scheme for key in dataset.keys} == {"bbl", "address"}
    assert dataset.section is not None
    assert dict(dataset.section.roles) == {
        "date": "inspection_date",
        "status": "current_status",
        "severity": "class",
        "description": "nov_description",
    }


def test_a_dataset_that_is_not_there_is_said(portal: str, tmp_path: Path) -> None:
    with pytest.raises(Unseen, match="no such dataset"):
        looked(f"{portal}/d/none-here", tmp_path)


def test_a_database_behind_datasette(tmp_path: Path) -> None:
    file = tmp_path / "permits.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE permits (permit_no TEXT PRIMARY KEY, bin TEXT, issued DATE, fee REAL)")
        rows = [(f"P{i}", "1015862", f"2020-01-{i % 28 + 1:02}", i / 2) for i in range(50)]
        database.executemany("INSERT INTO permits VALUES (?, ?, ?, ?)", rows)
    database.close()
    directory, port = tmp_path / "city", free_port()
    directory.mkdir()
    with running(port, program("datasette"), "serve", file, "--port", str(port)) as url:
        made = asked(f"{url}/permits", directory)
        assert made.problems == []
        assert made.damage() == (50, {})
        (dataset,) = made.draft.datasets
        assert (made.draft.kind, dataset.id, dataset.rows) == ("datasette", ("permit_no",), 50)
        types = {each.name: each.type.value for each in dataset.columns}
        assert types == {"permit_no": "text", "bin": "text", "issued": "date", "fee": "money"}


def asked(url: str, directory: Path) -> Checked:
    """A look for which the kind has to be said."""
    return checked(asyncio.run(look(url, "datasette", (), Bounds())), directory)
