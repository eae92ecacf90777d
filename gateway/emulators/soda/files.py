"""A folder of files as datasets: CSV, JSON and Socrata's own rows.json, plain or gzipped.

A file is served under its name without endings, unless it says its id itself (rows.json) or
`datasets.toml` beside it does:

    ["43nn-pn8j"]
    file = "inspections.csv.gz"
    name = "DOHMH New York City Restaurant Inspection Results"
    updated = 2026-11-01T04:00:00Z
    types = { score = "number", inspection_date = "calendar_date" }   # by field name; CSV is text
    fields = { "DBA" = "dba" }                                       # headings that have another
    encoding = "cp1252"
    skip = 4                                                          # lines before the headings
    # rows = "/locations"                                             # where in a JSON file they are

Field names are made from headings as Socrata makes them: small letters, digits and underscores.
"""

import csv
import gzip
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.emulators.soda.tables import SYSTEM_FIELDS, Content, Field
from gateway.emulators.soda.values import TYPES

_ENDINGS = (".gz", ".csv", ".json", ".rows")
_KEYS = {"file": str, "name": str, "description": str, "updated": datetime, "types": dict, "fields": dict}
_KEYS_OF_FORMS = {"encoding": str, "skip": int, "separator": str, "rows": str}
_ROWS_TYPES = {"calendar_date", "number", "text", "checkbox", "point", "location", "url", "phone", "money"}


class BadFiles(Exception):
    """A folder that can't be served; the message names the file and the fix."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: datasets by id, and what is said of files that are none."""

    contents: tuple[Content, ...]
    left_out: tuple[str, ...]


def read_folder(folder: Path, datasets: Path | None = None) -> Folder:
    """All datasets of a folder; `datasets` may be elsewhere than `datasets.toml` in it. `BadFiles`
    where it is wrong, or a file that it names; other files that hold no dataset are left out."""
    declared = _declared(datasets or folder / "datasets.toml", folder)
    named = {str(each["file"]): id for id, each in declared.items()}
    found: list[Content] = []
    left_out: list[str] = []
    for path in sorted(filter(_readable, folder.iterdir())) if folder.is_dir() else ():
        id = named.get(path.name)
        try:
            found.append(read_file(path, id, declared.get(id or "")))
        except BadFiles as error:
            if id is not None:
                raise
            left_out.append(str(error))
    _check_ids(folder, [content.id for content in found])
    return Folder(tuple(sorted(found, key=lambda content: content.id)), tuple(left_out))


def _check_ids(folder: Path, ids: Sequence[str]) -> None:
    if not ids:
        raise BadFiles(f"{folder}: there is no CSV or JSON file here; they end in .csv, .json, .csv.gz or .json.gz")
    for id in ids:
        if ids.count(id) > 1:
            raise BadFiles(f"{folder}: two files are {id}; give one another id in datasets.toml")


def _readable(path: Path) -> bool:
    return path.is_file() and path.name.removesuffix(".gz").endswith((".csv", ".json"))


def _declared(path: Path, folder: Path) -> Mapping[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFiles(f"{path}: is not TOML: {error}") from None
    for id, table in tables.items():
        _check(path, id, table)
        if not (folder / table["file"]).is_file():
            raise BadFiles(f'{path}: ["{id}"] there is no file {table["file"]} in {folder}')
    return tables


def _check(path: Path, id: str, table: object) -> None:
    known = _KEYS | _KEYS_OF_FORMS
    if not isinstance(table, dict) or not isinstance(table.get("file"), str):
        raise BadFiles(f'{path}: ["{id}"] names no file; add file = "….csv"')
    for key, value in table.items():
        if key not in known:
            raise BadFiles(f'{path}: ["{id}"] has an unknown key "{key}"; there are {", ".join(known)}')
        if not isinstance(value, known[key]):
            raise BadFiles(f'{path}: ["{id}"] {key} takes a {known[key].__name__}')
    for field, kind in table.get("types", {}).items():
        if kind not in TYPES:
            raise BadFiles(f'{path}: ["{id}"] {field} has an unknown type "{kind}"; there are {", ".join(TYPES)}')


def read_file(path: Path, id: str | None = None, options: Mapping[str, Any] | None = None) -> Content:
    """One file as a dataset; `options` as in datasets.toml. `BadFiles` where it can't be read."""
    about = dict(options or {})
    about.setdefault("updated", datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0))
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.name.removesuffix(".gz").endswith(".csv"):
            return _csv(path, id or _stem(path), data, about)
        return _json(path, id, orjson.loads(data), about)
    except (OSError, EOFError, orjson.JSONDecodeError, UnicodeDecodeError, LookupError, csv.Error) as error:
        raise BadFiles(f"{path}: can't be read: {error}") from None


def _stem(path: Path) -> str:
    name = path.name
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    return name


def field_name(heading: str) -> str:
    """The API field name of a heading: "SALE PRICE " is sale_price, "2nd" is _2nd."""
    name = re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_") or "column"
    return f"_{name}" if name[0].isdigit() else name


def _fields(headings: Sequence[str], about: Mapping[str, Any], guessed: Mapping[str, str]) -> tuple[Field, ...]:
    given, types = about.get("fields", {}), about.get("types", {})
    found: list[Field] = []
    seen: dict[str, int] = {}
    for heading in headings:
        system = heading if heading in SYSTEM_FIELDS else None
        name = system or given.get(heading) or field_name(heading)
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name}_{seen[name]}"
        kind = types.get(name) or (SYSTEM_FIELDS[system] if system else guessed.get(heading, "text"))
        found.append(Field(name, kind, heading))
    return tuple(found)


def _content(id: str, fields: tuple[Field, ...], rows: Iterator[Sequence[object]], about: Mapping[str, Any]) -> Content:
    updated = about["updated"]
    moment = updated if updated.tzinfo else updated.replace(tzinfo=UTC)
    return Content(id, fields, rows, about.get("name", ""), about.get("description", ""), moment)


def _csv(path: Path, id: str, data: bytes, about: Mapping[str, Any]) -> Content:
    text = data.decode(about.get("encoding", "utf-8-sig"))
    lines = io.StringIO(text, newline="")
    for _ in range(about.get("skip", 0)):
        lines.readline()
    reader = csv.reader(lines, delimiter=about.get("separator", ","))
    headings = next(reader, None)
    if not headings:
        raise BadFiles(f"{path}: is empty; its first line names the columns")
    return _content(id, _fields(headings, about, {}), ([cell or None for cell in row] for row in reader if row), about)


def _json(path: Path, id: str | None, data: Any, about: dict[str, Any]) -> Content:
    if isinstance(data, dict) and isinstance(data.get("meta"), dict) and "view" in data["meta"]:
        return _rows_json(id, path, data, about)
    for key in filter(None, str(about.get("rows", "")).split("/")):
        data = data.get(key) if isinstance(data, dict) else None
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise BadFiles(f"{path}: is neither a list of objects nor Socrata's rows.json")
    headings = list(dict.fromkeys(name for row in data for name in row))
    guessed = {name: _guessed([row[name] for row in data if row.get(name) is not None]) for name in headings}
    rows = ([row.get(name) for name in headings] for row in data)
    return _content(id or _stem(path), _fields(headings, about, guessed), rows, about)


def _guessed(values: Sequence[object]) -> str:
    """The type that JSON itself shows."""
    if values and all(isinstance(value, bool) for value in values):
        return "checkbox"
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "number"
    if values and all(isinstance(value, dict) and value.get("type") == "Point" for value in values):
        return "point"
    return "location" if values and all(isinstance(v, dict) and "latitude" in v for v in values) else "text"


def _rows_json(id: str | None, path: Path, data: Any, about: dict[str, Any]) -> Content:
    """As `/api/views/{id}/rows.json` gives it: columns described, rows as lists."""
    view = data["meta"]["view"]
    columns = [each for each in view.get("columns", []) if isinstance(each, dict)]
    if isinstance(view.get("rowsUpdatedAt"), int):
        about["updated"] = datetime.fromtimestamp(view["rowsUpdatedAt"], UTC)
    types = about.get("types", {})
    fields = tuple(_field(each, types) for each in columns)
    chosen = [at for at, each in enumerate(fields) if not each.name.startswith(":") or each.name in SYSTEM_FIELDS]
    rows = ([row[at] if at < len(row) else None for at in chosen] for row in data.get("data", []))
    named = {"name": view.get("name", ""), "description": view.get("description", "")}
    known = id or str(view.get("id") or _stem(path))
    return _content(known, tuple(fields[at] for at in chosen), rows, named | about)


def _field(column: Mapping[str, Any], types: Mapping[str, str]) -> Field:
    name = str(column.get("fieldName") or field_name(str(column.get("name", ""))))
    written = str(column.get("dataTypeName", "text"))
    kind = SYSTEM_FIELDS.get(name) or (written if written in _ROWS_TYPES else "text")
    return Field(name, types.get(name, kind), str(column.get("name", "")), str(column.get("description", "")))
