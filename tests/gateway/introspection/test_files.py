"""Files of every kind, of this machine and over HTTP."""

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from gateway.introspection.looking import Bounds, Unseen, look
from tests.gateway.introspection.checking import looked
from tests.gateway.introspection.serving import MISSING, served

ROWS = [
    {
        "number": f"V{i}",
        "bbl": "1004770501",
        "issued": f"{i % 12 + 1}/{i % 28 + 1}/2020",
        "fee": f"${i},000.50",
        "note": "Café",
    }
    for i in range(50)
]


def _csv(delimiter: str = ",", encoding: str = "utf-8", before: str = "") -> bytes:
    lines = [delimiter.join(ROWS[0]), *(delimiter.join(f'"{value}"' for value in row.values()) for row in ROWS)]
    return (before + "\n".join(lines) + "\n").encode(encoding)


def _xml() -> bytes:
    rows = "".join("<v>" + "".join(f"<{name}>{value}</{name}>" for name, value in row.items()) + "</v>" for row in ROWS)
    return f"<list>{rows}</list>".encode()


FILES: dict[str, Callable[[], bytes]] = {
    "v.csv": _csv,
    "v.csv.gz": lambda: gzip.compress(_csv()),
    "v2.csv": lambda: _csv(";", "cp1252"),
    "v3.csv": lambda: _csv(before="Violations of 2020,,,,\nas of today,,,,\n"),
    "v.json": lambda: json.dumps(ROWS).encode(),
    "v2.json": lambda: json.dumps({"meta": {}, "rows": ROWS}).encode(),
    "v.jsonl": lambda: "\n".join(map(json.dumps, ROWS)).encode(),
    "v.xml": _xml,
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_gives_the_same_draft(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    directory = tmp_path / "city"
    directory.mkdir()
    made = looked(tmp_path / name, directory)
    assert made.problems == []
    assert made.live() == []
    assert made.damage() == (50, {})
    (dataset,) = made.draft.datasets
    assert (dataset.rows, dataset.id, [key.scheme for key in dataset.keys]) == (50, ("number",), ["bbl"])
    assert {each.name: (each.type.value, each.column.format) for each in dataset.columns} == {
        "number": ("text", None),
        "bbl": ("text", None),
        "issued": ("date", "M/D/YYYY"),
        "fee": ("money", "$1,234.50"),
        "note": ("text", None),
    }


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 'V' || i AS number, '1004770501' AS bbl, DATE '2020-01-01' + i::INT AS issued, i / 2 AS fee,"
            f" i % 2 = 0 AS open FROM range(50) t(i)) TO '{tmp_path / 'v.parquet'}' (FORMAT parquet)"
        )
    directory = tmp_path / "city"
    directory.mkdir()
    made = looked(tmp_path / "v.parquet", directory)
    assert made.problems == []
    assert made.live() == []
    types = {each.name: (each.type.value, each.column.stored) for each in made.draft.datasets[0].columns}
    assert types["issued"] == ("date", "native")
    assert types["open"] == ("bool", "native")
    assert types["fee"] == ("money", "native")


def test_a_file_over_http_and_no_secret_of_its_address(tmp_path: Path) -> None:
    with served(lambda method, path, query, body: (200, "text/csv", _csv()) if path == "/e/v.csv" else MISSING) as url:
        made = looked(f"{url}/e/v.csv?token=s3cret-word&year=2020", tmp_path)
        assert made.problems == []
        assert "s3cret-word" not in made.text
        assert (made.draft.url, made.draft.datasets[0].path) == (f"{url}/e/", "v.csv?year=2020")
        assert made.damage() == (50, {})


def test_a_large_file_is_looked_at_in_part(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_bytes(_csv() * 1)
    seen = asyncio.run(look(str(tmp_path / "v.csv"), None, (), Bounds(bytes=1_000)))
    (table,) = seen.tables
    assert 0 < table.rows < 50
    assert not table.whole


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("v.json", b'{"a": 1}', "v.json"),
        ("v.xml", b"<html><br></html>", "it is no XML"),
        ("v.csv.gz", b"\x1f\x8bnothing", "not packed as gzip throughout"),
        ("v.parquet", b"PAR1 nothing", "no Parquet"),
        ("v.csv", b"", "v.csv"),
    ],
)
def test_what_can_not_be_read_is_said_in_one_line(name: str, body: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(Unseen) as error:
        looked(tmp_path / name, tmp_path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unseen, match=r"none\.csv can't be read: no such file"):
        looked(tmp_path / "none.csv", tmp_path)
