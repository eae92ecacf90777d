"""Filters, orders and positions on decoded rows: the meaning that every adapter must agree with.

A null satisfies no comparison but IS_NULL true. A damaged cell satisfies none but IS_NULL false,
because something is there; so IS_NULL true and false part any rows in two. Both sort last.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar

from adapters.base import (
    After,
    AllOf,
    Cell,
    Column,
    ColumnType,
    Compare,
    Damaged,
    Filter,
    Op,
    OrderBy,
    Scalar,
)
from adapters.errors import Refused

Cells = tuple[Any, ...]
"""A decoded row, or one that carries more behind its cells."""

Test = Callable[[Cells], bool]
R = TypeVar("R", bound=Cells)

_COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
}
_EQUALITY = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN, Op.IS_NULL})
_ORDERED = _EQUALITY | {Op.LT, Op.LTE, Op.GT, Op.GTE}
OPERATORS: Mapping[ColumnType, frozenset[Op]] = {
    **dict.fromkeys(ColumnType, _ORDERED),
    ColumnType.TEXT: _ORDERED | {Op.STARTS_WITH},
    ColumnType.PHONE: _ORDERED | {Op.STARTS_WITH},
    ColumnType.BOOL: _EQUALITY,
    ColumnType.POINT: frozenset({Op.IS_NULL}),
}
"""The operators that have a meaning on each type."""

_PYTHON: Mapping[ColumnType, tuple[type, ...]] = {
    ColumnType.TEXT: (str,),
    ColumnType.PHONE: (str,),
    ColumnType.INT: (int,),
    ColumnType.YEAR: (int,),
    ColumnType.FLOAT: (float, int),
    ColumnType.MONEY: (Decimal, int, float),
    ColumnType.BOOL: (bool,),
    ColumnType.DATE: (date,),
    ColumnType.DATETIME: (datetime,),
}


def is_null(cell: Cell) -> bool:
    """Whether a cell sorts last: null, or damaged."""
    return cell is None or cell.__class__ is Damaged


def compares(part: Filter) -> list[Compare]:
    """All comparisons in a filter."""
    if isinstance(part, Compare):
        return [part]
    return [compare for inner in part.parts for compare in compares(inner)]


def check_value(column: Column, value: object, place: str) -> None:
    """`Refused` where a value is not one of the column's type."""
    right = isinstance(value, _PYTHON.get(column.type, ())) and (
        isinstance(value, bool) == (column.type is ColumnType.BOOL)
    )
    if isinstance(value, datetime):
        right = column.type is ColumnType.DATETIME and value.tzinfo is not None
    if not right:
        given = type(value).__name__
        raise Refused(f'{place}: "{column.name}" is {column.type}, so it can\'t be compared with {given}')


def check_compare(column: Column, compare: Compare, place: str) -> None:
    """`Refused` where the operator has no meaning on the column's type, or the value none."""
    if compare.op not in OPERATORS[column.type]:
        known = ", ".join(sorted(OPERATORS[column.type]))
        raise Refused(f'{place}: "{column.name}" is {column.type}, which has no {compare.op}; it has {known}')
    if compare.op is Op.IS_NULL:
        if not isinstance(compare.value, bool):
            raise Refused(f'{place}: is_null on "{column.name}" takes true or false')
        return
    if compare.op in (Op.IN, Op.NOT_IN):
        if not isinstance(compare.value, tuple):
            raise Refused(f'{place}: {compare.op} on "{column.name}" takes a tuple of values')
        for value in compare.value:
            check_value(column, value, place)
        return
    check_value(column, compare.value, place)


def matcher(parts: Sequence[Filter], index: Mapping[str, int]) -> Test:
    """Whether a row satisfies all `parts`; `index` gives the place of each column in the row."""
    return _all([_test(part, index) for part in parts])


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _test(part: Filter, index: Mapping[str, int]) -> Test:
    if isinstance(part, Compare):
        return _compare(part, index[part.column])
    tests = [_test(inner, index) for inner in part.parts]
    if isinstance(part, AllOf):
        return _all(tests)
    return lambda row: any(test(row) for test in tests)


def _compare(compare: Compare, at: int) -> Test:
    if compare.op is Op.IS_NULL:
        wanted = compare.value
        return lambda row: (row[at] is None) is wanted
    if compare.op is Op.EQ and compare.value.__class__ is str:
        value = compare.value
        return lambda row: row[at] == value
    holds = _holds(compare.op, compare.value)

    def test(row: Cells) -> bool:
        cell = row[at]
        return cell is not None and cell.__class__ is not Damaged and holds(cell)

    return test


def _holds(op: Op, value: Scalar | tuple[Scalar, ...]) -> Callable[[Cell], bool]:
    if op is Op.STARTS_WITH:
        prefix = str(value)
        return lambda cell: str(cell).startswith(prefix)
    if op in (Op.IN, Op.NOT_IN):
        members = frozenset(value if isinstance(value, tuple) else ())
        return (lambda cell: cell in members) if op is Op.IN else (lambda cell: cell not in members)
    comparison = _COMPARISONS[op]
    return lambda cell: comparison(cell, value)


def ordered(rows: Sequence[R], order: Sequence[OrderBy], index: Mapping[str, int]) -> list[R]:
    """Rows in this order, nulls and damaged cells last, equal rows as they came."""
    result = list(rows)
    for by in reversed(order):
        at = index[by.column]
        kinds = {row[at].__class__ for row in result}
        whole = not kinds & _NULLS
        result.sort(key=itemgetter(at) if whole else _sort_key(at, by.descending), reverse=by.descending)
    return result


_NULLS = {type(None), Damaged}


def _sort_key(at: int, descending: bool) -> Callable[[Cells], tuple[bool, object]]:
    def key(row: Cells) -> tuple[bool, object]:
        cell = row[at]
        return (not descending, 0) if is_null(cell) else (descending, cell)

    return key


def behind(after: After, order: Sequence[OrderBy], index: Mapping[str, int]) -> Test:
    """Whether a row lies behind a position of the order; equal rows do where it is inclusive."""
    steps = [(index[by.column], by.descending, value) for by, value in zip(order, after.values, strict=False)]

    def test(row: Cells) -> bool:
        for at, descending, value in steps:
            cell = row[at]
            if is_null(cell) or value is None:
                if is_null(cell) and value is None:
                    continue
                return value is not None
            if cell != value:
                return bool(cell < value) if descending else bool(cell > value)
        return after.inclusive

    return test
