"""Arguments of fields, from coerced GraphQL values to the floors' own."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from adapters.base import AllOf, AnyOf, Compare, Filter, Op, OrderBy, Scalar
from gateway.engine.run import Run, denied
from gateway.engine.tokens import BadToken, unpack
from gateway.engine.values import Failure
from resolvers.city import Table

_OPERATORS = MappingProxyType(
    {
        "eq": Op.EQ,
        "ne": Op.NE,
        "lt": Op.LT,
        "lte": Op.LTE,
        "gt": Op.GT,
        "gte": Op.GTE,
        "in": Op.IN,
        "notIn": Op.NOT_IN,
        "startsWith": Op.STARTS_WITH,
        "isNull": Op.IS_NULL,
    }
)
_DEEPEST = 8


class Refusal(Exception):
    """An argument that can't be served; `failure` tells the caller why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(code, message)


class Denied(Refusal):
    """An argument over what the caller may not see."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code, failure.message)
        self.failure = failure


def first_of(run: Run, arguments: Mapping[str, Any], most: int | None = None) -> int:
    """`first`, within bounds."""
    first, bound = arguments["first"], most or run.world.bounds.page
    if first is None or not 0 <= first <= bound:
        raise Refusal("BAD_ARGUMENT", f"first must be between 0 and {bound}; got {first}.")
    return int(first)


def possible_of(arguments: Mapping[str, Any]) -> float | None:
    """`possible`: the confidence from which on what is but POSSIBLE is taken too; None for never."""
    possible = arguments.get("possible")
    if possible is not None and not 0 <= possible <= 1:
        raise Refusal("BAD_ARGUMENT", f"possible is a confidence from 0 to 1; got {possible}.")
    return None if possible is None else float(possible)


def cursor_position(run: Run, arguments: Mapping[str, Any], spec: str) -> tuple[Scalar, ...] | None:
    """The position that `after` stands for in a list of this order."""
    cursor = arguments.get("after")
    if cursor is None:
        return None
    try:
        made_for, *values = run.world.tokens.read("cursor", cursor)
    except BadToken as error:
        raise Refusal("BAD_CURSOR", f"after is no cursor of this gateway: {error}.") from None
    if made_for != spec:
        raise Refusal("BAD_CURSOR", "after is a cursor of another list or another order; take one from this list.")
    return tuple(unpack(value) for value in values)


def order_of(
    run: Run, arguments: Mapping[str, Any], names: Mapping[str, str], table: Table | None = None
) -> tuple[OrderBy, ...]:
    """`orderBy`: a list of inputs with one column each."""
    found = []
    for one in arguments.get("orderBy") or ():
        given = {name: value for name, value in _fields(one).items() if value is not None}
        if len(given) != 1:
            raise Refusal("BAD_ARGUMENT", "Each entry of orderBy names one column: [{date: DESC}, {price: ASC}].")
        ((name, direction),) = given.items()
        _permit(run, table, names[name])
        found.append(OrderBy(names[name], descending=_value(direction) == "desc"))
    return tuple(found)


def where_of(run: Run, table: Table, arguments: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Filter, ...]:
    """`where` as filters, all of which must hold."""
    where = arguments.get("where")
    return tuple(_conditions(run, table, where, names, 0)) if where is not None else ()


def _conditions(run: Run, table: Table, where: Any, names: Mapping[str, str], depth: int) -> list[Filter]:
    if depth > _DEEPEST:
        raise Refusal("BAD_ARGUMENT", f"where nests deeper than {_DEEPEST} levels.")
    found: list[Filter] = []
    for name, value in _fields(where).items():
        if value is None:
            continue
        if name in ("and", "or"):
            parts = tuple(AllOf(tuple(_conditions(run, table, part, names, depth + 1))) for part in value)
            found.append(AllOf(parts) if name == "and" else AnyOf(parts))
            continue
        _permit(run, table, names[name])
        found += [_compare(names[name], operator, operand) for operator, operand in _fields(value).items()]
    return found


def _compare(column: str, operator: str, operand: Any) -> Compare:
    if operand is None:
        raise Refusal("BAD_ARGUMENT", f"{operator} takes a value; use isNull to look for missing ones.")
    return Compare(column, _OPERATORS[operator], tuple(operand) if isinstance(operand, list) else operand)


def _permit(run: Run, table: Table | None, column: str) -> None:
    denial = run.permits.condition(table, column) if table else None
    if table is not None and denial is not None:
        raise Denied(denied(denial, run.world.agency(table), table.name, column))


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """An input object's fields by their GraphQL names (`Draft` makes python names of them)."""
    return {name.removeprefix("f_"): value for name, value in given.items()}


def _value(member: Any) -> Any:
    return getattr(member, "value", member)


def identifiers_of(run: Run, arguments: Mapping[str, Any], name: str = "ids") -> Sequence[str]:
    """A list of ids, within bounds."""
    ids = arguments[name]
    if len(ids) > run.world.bounds.bulk:
        raise Refusal("BAD_ARGUMENT", f"{name} takes at most {run.world.bounds.bulk} ids at a time; got {len(ids)}.")
    return list(ids)
