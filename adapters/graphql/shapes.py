"""What an endpoint says of its own types, for `check --live`."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.base import ColumnShape, ColumnType, Dataset, Shape
from adapters.errors import Rejected
from adapters.graphql.layout import KEY, Layout, steps
from adapters.graphql.queries import name_of, row_path

_OF = "name kind ofType { " * 7 + "name kind" + " }" * 7
INTROSPECTION = f"{{ __schema {{ queryType {{ name }} types {{ name kind fields {{ name type {{ {_OF} }} }} }} }} }}"
_NUMBERS = frozenset({ColumnType.FLOAT, ColumnType.MONEY})
_TEXTS = frozenset({ColumnType.TEXT, ColumnType.PHONE})
_FITTING: Mapping[str, frozenset[ColumnType]] = {
    "Int": _NUMBERS | {ColumnType.INT, ColumnType.YEAR, ColumnType.BOOL},
    "Float": _NUMBERS | {ColumnType.INT, ColumnType.YEAR},
    "Boolean": frozenset({ColumnType.BOOL}),
    "ID": _TEXTS,
    "String": _TEXTS | {ColumnType.DATE, ColumnType.DATETIME},
}
_ANY = frozenset(ColumnType) - {ColumnType.POINT}
Types = Mapping[str, Mapping[str, tuple[str, str]]]


def shape(dataset: Dataset, layout: Layout, answer: Any) -> Shape | None:
    """The cells of a row, those deeper or above as far as the dataset names them. `Rejected` where the
    endpoint has no such field; None where it does not tell."""
    schema = answer.get("data", {}).get("__schema") if isinstance(answer, Mapping) and answer.get("data") else None
    if schema is None:
        return None
    types = {each["name"]: dict(_fields(each)) for each in schema["types"]}
    item = _follow(types, schema["queryType"]["name"], layout.field)
    row = _follow(types, item, layout.rows)
    if row is None:
        raise Rejected(f"{dataset.name}: the source has no such dataset", detail="no such field, or no such rows")
    found = {name: _column(name, *kind) for name, kind in types[row].items() if kind[1] in ("SCALAR", "ENUM")}
    for column in dataset.columns.values():
        for source in column.source:
            told = _told(types, item if source.startswith("^") else row, source)
            if told is not None:
                found[source] = told
    return Shape(tuple(found.values()), None, ())


def _told(types: Types, start: str | None, source: str) -> ColumnShape | None:
    if source == KEY:
        return ColumnShape(source, _ANY, True, "the key asked")
    *outer, last = row_path(source)
    if not steps(source.removeprefix("^")):
        return None
    inner = _follow(types, start, tuple(outer))
    kind = types.get(inner or "", {}).get(name_of(last))
    return _column(source, *kind) if kind is not None else None


def _follow(types: Types, start: str | None, path: tuple[str, ...]) -> str | None:
    """The type at the end of a path."""
    for step in path:
        start = types.get(start or "", {}).get(name_of(step), ("", ""))[0]
    return start if start in types else None


def _fields(declared: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for each in declared.get("fields") or ():
        kind = each["type"]
        while kind.get("ofType"):
            kind = kind["ofType"]
        yield each["name"], (kind["name"], kind["kind"])


def _column(name: str, type_name: str, kind: str) -> ColumnShape:
    if kind == "ENUM":
        return ColumnShape(name, _TEXTS, True, type_name)
    types = _FITTING.get(type_name, _ANY)
    return ColumnShape(name, types, type_name not in ("Int", "Float", "Boolean"), type_name)
