"""Files that keep text: whatever their format, random scans are answered as by the oracle."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import Column, Keys, Scan, Source, Stored
from adapters.files import FilesAdapter, create
from adapters.memory import MemoryAdapter
from adapters.reading import read
from tests.contract.conftest import AT_ONCE
from tests.contract.sample import DATASET, Rows, rows
from tests.contract.scans import scans
from tests.contract.tables import sources
from tests.contract.test_same_answer import told


def textual(value: Stored) -> str | None:
    """As an agency would export it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return None if value is None else str(value)


def _column(column: Column) -> Column:
    if column.stored == "text":
        return column
    return replace(column, stored="text")


TEXTS = replace(DATASET, columns={name: _column(column) for name, column in DATASET.columns.items()})
NAMES = sources(TEXTS)
EXPORTED: Rows = [{name: textual(row[name]) for name in NAMES} for row in rows()]


def as_csv(table: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(NAMES)
    writer.writerows([row[name] for name in NAMES] for row in table)
    return text.getvalue().encode()


def as_dirty_csv(table: Rows) -> bytes:
    """A preamble, blanks around the names, semicolons, another encoding, gzip, and rows that are none."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow([f"  {name} " for name in NAMES])
    writer.writerows([row[name] for name in NAMES] for row in table)
    first, _, rest = text.getvalue().partition("\n")
    return gzip.compress(f"Exported; by hand\n\n{first}\ntoo;few\n{rest}\n{'x;' * 99}\n".encode("utf-16"))


def as_json(table: Rows) -> bytes:
    return json.dumps({"meta": {}, "result": {"rows": table}}).encode()


def as_lists(table: Rows) -> bytes:
    columns = [{"name": "x", "fieldName": name} for name in NAMES]
    data = [[row[name] for name in NAMES] for row in table]
    return json.dumps({"meta": {"view": {"columns": columns}}, "data": [*data, [1, 2]]}).encode()


def as_lines(table: Rows) -> bytes:
    return b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in table) + b'\n{"broken": \n[1]\n'


def as_xml(table: Rows) -> bytes:
    lines = []
    for row in table:
        cells = [f"<c{i}>{escape(str(row[name]))}</c{i}>" for i, name in enumerate(NAMES) if row[name] is not None]
        lines.append(f'<row id="{row["id"]}">{"".join(cells)}</row>')
    return f'<response xmlns="urn:x"><rows>{"".join(lines)}</rows></response>'.encode()


WRITERS: dict[str, tuple[Callable[[Rows], bytes], dict[str, object], int]] = {
    "things.csv": (as_csv, {}, 0),
    "dirty.csv.gz": (as_dirty_csv, {"delimiter": ";", "skip_lines": 2, "encoding": "utf-16"}, 2),
    "things.json": (as_json, {"rows": "/result/rows"}, 0),
    "rows.json": (as_lists, {}, 1),
    "things.jsonl": (as_lines, {}, 2),
    "things.xml": (as_xml, {"rows": "response/rows/row"}, 0),
}
EMPTY_IS_ABSENT = {"things.xml"}
ABSENT_IS_EMPTY = {"things.csv", "dirty.csv.gz"}


class Exported:
    """A file with the sample rows, an adapter of its own, and an oracle that was told the same."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path, name: str) -> None:
        write, form, self.refused = WRITERS[name]
        (folder / name).write_bytes(write(EXPORTED))
        self.loop = loop
        self.adapter: FilesAdapter = create(Source("dept.f", "files", f"{folder}/", options=AT_ONCE))
        self.dataset = replace(TEXTS, path=name, options=MappingProxyType({"format": form}))
        if name == "things.xml":
            columns = {
                k: replace(c, source=tuple(f"c{NAMES.index(s)}" for s in c.source)) for k, c in TEXTS.columns.items()
            }
            self.dataset = replace(self.dataset, columns=columns)
        kept = [{k: _kept(name, v) for k, v in row.items()} for row in EXPORTED]
        self.oracle = MemoryAdapter({"things": kept})


def _kept(name: str, value: Stored) -> Stored:
    if name in EMPTY_IS_ABSENT:
        return value or None
    return "" if value is None and name in ABSENT_IS_EMPTY else value


@pytest.fixture(scope="module", params=sorted(WRITERS))
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    with asyncio.Runner() as runner:
        made = Exported(runner.get_loop(), tmp_path_factory.mktemp("exports"), request.param)
        yield made
        runner.run(made.adapter.aclose())


def _asked(scan: Scan) -> Scan:
    """Keys in stored terms: text."""
    if scan.keys is None:
        return scan
    values = tuple(tuple(str(part) for part in value) for value in scan.keys.values)
    return replace(scan, keys=Keys(scan.keys.columns, values, scan.keys.prefix))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(scan=scans(), keys_per_call=st.sampled_from([None, 1, 2]))
def test_files_answer_as_the_oracle(exported: Exported, scan: Scan, keys_per_call: int | None) -> None:
    asked = _asked(scan)
    expected = asyncio.run(read(exported.oracle, TEXTS, asked))
    answer = exported.loop.run_until_complete(
        read(exported.adapter, exported.dataset, asked, keys_per_call=keys_per_call)
    )
    assert told(answer) == told(expected)
    assert answer.refused == (exported.refused if answer.calls else 0)


def test_the_columns_are_described(exported: Exported) -> None:
    shape = exported.loop.run_until_complete(exported.adapter.describe(exported.dataset))
    assert shape is not None
    assert all(column.text for column in shape.columns)
    assert {s for c in exported.dataset.columns.values() for s in c.source} <= _names(shape.columns)


def _names(columns: object) -> set[str]:
    found = {column.name for column in columns}  # type: ignore[attr-defined]
    return found | {name for name in NAMES if " ".join(name.split()) in found}
