"""Files as stewards have them: whatever they end in, whoever wrote them; and what is told of the others."""

import csv
import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from gateway.evaluation.files import Unreadable, cell, table

ROWS = [["id", "Full Name; as given", "geb. am"], ["1", 'Ann "Q" Lee, Jr.', "1960-10-18"], ["2", "Zoë Ng", ""]]
CELLS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]


def written(path: Path, separator: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(ROWS)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.CSV", "rows.txt", "rows"])
def test_csv_of_any_separator_and_any_name(name: str, separator: str, tmp_path: Path) -> None:
    columns, rows = table(written(tmp_path / name, separator), name)
    assert (columns, list(rows)) == (ROWS[0], CELLS)


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.csv"])
def test_a_gzipped_file_by_its_first_bytes(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(gzip.compress(written(tmp_path / "plain.csv").read_bytes()))
    assert list(table(tmp_path / name, name)[1]) == CELLS


@pytest.mark.parametrize("name", ["rows.parquet", "rows.PQ", "rows"])
def test_parquet_by_its_first_bytes(name: str, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as select 7.0::double as id, 'Ann' as name, date '1960-10-18' as born")
        connection.execute("insert into t values ('nan', null, null)")
        connection.table("t").write_parquet(str(tmp_path / "made.parquet"))
    (tmp_path / "made.parquet").rename(tmp_path / name)
    columns, rows = table(tmp_path / name, name)
    assert columns == ["id", "name", "born"]
    assert list(rows) == [
        {"id": "7", "name": "Ann", "born": "1960-10-18"},
        {"id": "", "name": "", "born": ""},
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (" a ", "a"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (float("nan"), ""),
        (float("inf"), ""),
        (Decimal("10013.00"), "10013"),
        (Decimal("1.50"), "1.50"),
        (True, "True"),
        (date(1960, 10, 18), "1960-10-18"),
        (datetime(1960, 10, 18), "1960-10-18"),
        (datetime(1960, 10, 18, 7, 30), "1960-10-18 07:30:00"),
    ],
)
def test_values_are_the_text_that_csv_would_have(value: object, text: str) -> None:
    assert cell(value) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.csv is empty; it must be CSV with a head line, or Parquet"),
        (b"PK\x03\x04 and so on", "bad.csv is a workbook or an archive; save its sheet as CSV"),
        ("id,name\n1,Zoë\n".encode("utf-16"), "bad.csv is UTF-16; save it as UTF-8"),
        ("id,name\n1,Zoë\n".encode("latin-1"), "is not UTF-8; save it as UTF-8"),
        (b"id,name\n1,Ann\n2,SECRET,too,many\n", "bad.csv:3 has 4 cells, and the head line 2; quote what has a ,"),
        (b"PAR1 and no more", "bad.csv can't be read; it must be CSV with a head line, or Parquet"),
    ],
)
def test_what_is_wrong_is_told_without_a_value(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(Unreadable) as told:
        list(table(tmp_path / "bad.csv", "bad.csv")[1])
    assert message in str(told.value)
    assert not any(value in str(told.value) for value in ("SECRET", "Zoë", "Ann", str(tmp_path)))
