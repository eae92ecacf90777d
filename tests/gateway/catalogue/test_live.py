"""`check --live` against a real database whose tables are not as the files say."""

import sqlite3
from pathlib import Path

import pytest

from gateway.catalogue import examine
from gateway.catalogue.live import ask

CITY = """\
[city]
name = "Springfield"
prefix = "sp"
locale = "us"
time_zone = "America/Chicago"
currency = "USD"

[scheme.lot]
of = "Address"
level = "lot"
check = "digits_4"
"""

ROLLS = """\
[agency]
name = "Assessor"

[source.db]
adapter = "sql"
url = "${ROLLS}"

[[dataset]]
name = "parcels"
id = "lot"

[dataset.columns]
lot = "LOT"
built = { from = "YEAR", type = "year" }
sold = { from = "SOLD", type = "date", stored = "text", format = "M/D/YYYY" }

[dataset.keys]
lot = "lot"

[dataset.claims]
"Address.yearBuilt" = "built"
"""

TABLE = "CREATE TABLE parcels (LOT TEXT PRIMARY KEY, YEAR INTEGER, SOLD TEXT)"
ROWS = [("0001", 1901, "1/31/2020"), ("0002", 1902, ""), ("0003", None, None)]


class Rolls:
    """Springfield's files and the assessor's SQLite database, to be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "rolls.db"
        (path / "city.toml").write_text(CITY, encoding="utf-8")
        (path / "rolls.toml").write_text(ROLLS, encoding="utf-8")

    def fill(self, table: str = TABLE, rows: list[tuple[object, ...]] | None = None, more: str = "") -> None:
        """Make the table anew."""
        with sqlite3.connect(self.database) as connection:
            connection.execute("DROP TABLE IF EXISTS parcels")
            connection.execute(table)
            connection.executemany("INSERT INTO parcels VALUES (?, ?, ?)", ROWS if rows is None else rows)
            connection.executescript(more)
        connection.close()

    def replace(self, old: str, new: str) -> None:
        """Change rolls.toml in one place."""
        assert ROLLS.count(old) == 1
        (self.path / "rolls.toml").write_text(ROLLS.replace(old, new), encoding="utf-8")

    async def problems(self, url: str | None = None) -> list[str]:
        """What the source says of the files."""
        found = examine(self.path, {"ROLLS": url or f"sqlite:///{self.database}"})
        assert found.problems == ()
        assert found.city is not None
        assert found.parts is not None
        assert [name async for name in ask(found.city, found.parts)] == ["rolls.db"]
        told = found.parts.files.city.report.problems
        return [str(problem).removeprefix(f"{self.path}/") for problem in told]


@pytest.fixture
def rolls(tmp_path: Path) -> Rolls:
    """Files that fit their database."""
    made = Rolls(tmp_path)
    made.fill()
    return made


async def test_files_that_fit_have_no_problems(rolls: Rolls) -> None:
    assert await rolls.problems() == []


async def test_a_missing_column_is_named_with_its_neighbour(rolls: Rolls) -> None:
    rolls.replace('"YEAR"', '"YEARS"')
    assert await rolls.problems() == [
        'rolls.toml:14: rolls.parcels has no column "YEARS" at its source; did you mean "YEAR"?'
    ]


async def test_a_missing_table_is_told(rolls: Rolls) -> None:
    rolls.replace('id = "lot"', 'id = "lot"\npath = "parcel"')
    assert await rolls.problems() == [
        "rolls.toml:11: rolls.parcels can't be read: the source has no such dataset; "
        "is its path right, and may we read it?"
    ]


async def test_types_must_fit_the_storage(rolls: Rolls) -> None:
    rolls.fill("CREATE TABLE parcels (LOT TEXT PRIMARY KEY, YEAR TEXT, SOLD INTEGER)", [])
    assert await rolls.problems() == [
        'rolls.toml:14: "YEAR" is kept as TEXT, not as year; add stored = "text"',
        'rolls.toml:15: "SOLD" is kept as INTEGER, not as text; delete stored = "text"',
    ]


async def test_a_key_without_index_is_a_warning(rolls: Rolls) -> None:
    rolls.fill("CREATE TABLE parcels (LOT TEXT, YEAR INTEGER, SOLD TEXT)")
    assert await rolls.problems() == ["rolls.toml:18: warning: no index of rolls.parcels begins with LOT; ask for one"]
    rolls.fill(
        "CREATE TABLE parcels (LOT TEXT, YEAR INTEGER, SOLD TEXT)", more="CREATE INDEX lots ON parcels (LOT, YEAR)"
    )
    assert await rolls.problems() == []


async def test_ids_are_counted_where_nothing_makes_them_unique(rolls: Rolls) -> None:
    table = "CREATE TABLE parcels (LOT TEXT, YEAR INTEGER, SOLD TEXT)"
    index = "CREATE INDEX lots ON parcels (LOT)"
    rolls.fill(table, [("0001", 1, ""), ("0001", 2, ""), ("0002", 3, "")], index)
    assert await rolls.problems() == [
        "rolls.toml:10: rolls.parcels has rows that share their id: 2; name more columns, or leave id out"
    ]
    rolls.fill(table, [("0001", 1, ""), (None, 2, "")], index)
    assert await rolls.problems() == [
        "rolls.toml:10: rolls.parcels has rows without id: 1; name other columns, or leave id out"
    ]


async def test_rows_that_do_not_fit_are_counted_and_not_quoted(rolls: Rolls) -> None:
    rolls.fill(rows=[*ROWS, ("0004", 1904, "2020-01-31"), ("0005", 1905, "secret")])
    (problem,) = await rolls.problems()
    assert problem == (
        'rolls.toml:15: warning: 2 of 5 rows of rolls.parcels hold no date written as M/D/YYYY in "SOLD"; '
        "correct type or format, or list what stands for nothing in null"
    )
    rolls.fill(rows=[("0004", 1904, "2020-01-31")])
    (problem,) = await rolls.problems()
    assert problem.startswith("rolls.toml:15: 1 of 1 rows of rolls.parcels hold no date")


async def test_a_source_that_does_not_answer_is_one_problem(rolls: Rolls) -> None:
    (problem,) = await rolls.problems("postgresql://nobody:hunter2@127.0.0.1:1/nowhere")
    assert problem.startswith("rolls.toml:4: the source does not answer: ")
    assert "hunter2" not in problem
