"""`where` tables as filters, with every value converted to its column's type."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from adapters.base import AllOf, AnyOf, Column, ColumnType, Compare, Filter, Op, Scalar
from gateway.catalogue.documents import Spot
from gateway.catalogue.problems import nearest

OPERATORS: Mapping[str, Op] = {
    "eq": Op.EQ,
    "ne": Op.NE,
    "in": Op.IN,
    "not_in": Op.NOT_IN,
    "lt": Op.LT,
    "lte": Op.LTE,
    "gt": Op.GT,
    "gte": Op.GTE,
    "starts_with": Op.STARTS_WITH,
    "null": Op.IS_NULL,
}
_ORDERED = frozenset({Op.LT, Op.LTE, Op.GT, Op.GTE})
_UNORDERED = frozenset({ColumnType.BOOL, ColumnType.POINT})
_TEXTS = frozenset({ColumnType.TEXT, ColumnType.PHONE})
_WRITTEN = {
    ColumnType.TEXT: 'text in quotes, like "1"',
    ColumnType.PHONE: "text in quotes",
    ColumnType.INT: "a whole number",
    ColumnType.YEAR: "a whole number",
    ColumnType.FLOAT: "a number",
    ColumnType.MONEY: "a number",
    ColumnType.BOOL: "true or false",
    ColumnType.DATE: "a day, like 2017-05-01",
    ColumnType.DATETIME: "a moment, like 2017-05-01T09:30:00Z",
    ColumnType.POINT: "nothing but { null = … }",
}


class Columns(Protocol):
    """What conditions are about; an `Outline` is such."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """By our names."""
        ...

    def column(self, name: str, spot: Spot) -> Column | None:
        """The column; one that is not there is reported at `spot`."""
        ...


def condition(where: Mapping[str, Any], outline: Columns, spot: Spot) -> Filter | None:
    """The filter that a `where` table declares; None for an empty one. Problems are reported."""
    parts = tuple(part for name, value in where.items() for part in _entry(name, value, outline, spot.at(name)))
    return parts[0] if len(parts) == 1 else AllOf(parts) if parts else None


def _entry(name: str, value: Any, outline: Columns, spot: Spot) -> Iterator[Filter]:
    if name in ("or", "and") and name not in outline.columns:
        yield from _group(name, value, outline, spot)
    elif column := outline.column(name, spot):
        yield from _comparisons(column, value, spot)


def _group(name: str, value: Any, outline: Columns, spot: Spot) -> Iterator[Filter]:
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        spot.problem(f'"{name}" takes a list of tables', f"write {name} = [{{ … }}, {{ … }}]")
        return
    parts = [condition(part, outline, spot.at(index)) for index, part in enumerate(value)]
    sound = tuple(part for part in parts if part is not None)
    yield AnyOf(sound) if name == "or" else AllOf(sound)


def _comparisons(column: Column, value: Any, spot: Spot) -> Iterator[Filter]:
    operators = value if isinstance(value, dict) else {"in" if isinstance(value, list) else "eq": value}
    for name, operand in operators.items():
        here = spot.at(name) if isinstance(value, dict) else spot
        if name not in OPERATORS:
            here.problem(f'unknown operator "{name}"', nearest(name, OPERATORS))
        else:
            yield from _comparison(column, OPERATORS[name], operand, here)


def _comparison(column: Column, op: Op, operand: Any, spot: Spot) -> Iterator[Compare]:
    if op is Op.IS_NULL:
        if isinstance(operand, bool):
            yield Compare(column.name, op, operand)
        else:
            spot.problem('"null" takes true or false')
    elif _fits(column, op, spot):
        values = operand if op in (Op.IN, Op.NOT_IN) else [operand]
        if not isinstance(values, list):
            spot.problem(f'"{op}" takes a list', f"write {op} = [ … ]")
            return
        converted = [_converted(value, column, spot) for value in values]
        if None not in converted:
            yield Compare(column.name, op, tuple(converted) if op in (Op.IN, Op.NOT_IN) else converted[0])


def _fits(column: Column, op: Op, spot: Spot) -> bool:
    if (op in _ORDERED and column.type in _UNORDERED) or column.type is ColumnType.POINT:
        spot.problem(
            f'"{op}" can\'t compare {column.name} of type {column.type}',
            "use null" if column.type is ColumnType.POINT else "use eq or null",
        )
        return False
    if op is Op.STARTS_WITH and column.type not in _TEXTS:
        spot.problem(f'"starts_with" can\'t compare {column.name} of type {column.type}', "it is for texts")
        return False
    return True


def _converted(value: Any, column: Column, spot: Spot) -> Scalar:
    converted = _decoded(value, column)
    if converted is None:
        spot.problem(
            f"{column.name} is compared with {_shown(value)}",
            f"it is of type {column.type}: write {_WRITTEN[column.type]}",
        )
    return converted


def _decoded(value: Any, column: Column) -> Scalar:
    """A TOML value as a value of the column's type; None where it is none."""
    match column.type, value:
        case ((ColumnType.TEXT | ColumnType.PHONE), str()):
            return value
        case ColumnType.BOOL, bool():
            return value
        case _, bool():
            return None
        case ((ColumnType.INT | ColumnType.YEAR), int()):
            return value
        case ColumnType.FLOAT, int() | float():
            return float(value)
        case ColumnType.MONEY, int() | float():
            return Decimal(str(value))
        case ColumnType.DATETIME, datetime():
            return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(column.time_zone))
        case ColumnType.DATE, date() if not isinstance(value, datetime):
            return value
        case _:
            return None


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
