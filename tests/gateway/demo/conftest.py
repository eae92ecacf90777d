"""One demo city for all of its tests."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.demo.generate import Built, build

ROOT = Path(__file__).parents[3]
CITY = ROOT / "cities" / "demo"

Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Harbourton as `citygraph demo` makes it: 5,000 addresses of seed 1."""
    return build(tmp_path_factory.mktemp("city") / "demo")


@pytest.fixture(scope="session")
def query(built: Built) -> Query:
    """Rows of an agency's file: `query("housing", "SELECT …", values)`."""

    def ask(agency: str, sql: str, *values: object) -> list[tuple[object, ...]]:
        path = next(path for path in built.files if path.name.startswith(f"{agency}."))
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    return ask
