"""Arguments that callers filter and order by, typed from the columns."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from adapters.base import Column, ColumnType
from resolvers.drafting import Draft, Field
from resolvers.names import camel

_COMPARABLE = ("eq", "ne", "lt", "lte", "gt", "gte")

SCALAR: Mapping[ColumnType, str] = MappingProxyType(
    {
        ColumnType.TEXT: "str",
        ColumnType.PHONE: "str",
        ColumnType.INT: "int",
        ColumnType.YEAR: "int",
        ColumnType.FLOAT: "float",
        ColumnType.MONEY: "Money",
        ColumnType.BOOL: "bool",
        ColumnType.DATE: "Date",
        ColumnType.DATETIME: "DateTime",
        ColumnType.POINT: "Point",
    }
)
"""The annotation of a column's values."""

_FILTERS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "TextFilter": ("str", (*_COMPARABLE, "startsWith")),
        "IntFilter": ("int", _COMPARABLE),
        "FloatFilter": ("float", _COMPARABLE),
        "MoneyFilter": ("Money", _COMPARABLE),
        "BooleanFilter": ("bool", ("eq", "ne")),
        "DateFilter": ("Date", _COMPARABLE),
        "DateTimeFilter": ("DateTime", _COMPARABLE),
    }
)

_FILTER_OF: Mapping[ColumnType, str] = MappingProxyType(
    {
        ColumnType.TEXT: "TextFilter",
        ColumnType.PHONE: "TextFilter",
        ColumnType.INT: "IntFilter",
        ColumnType.YEAR: "IntFilter",
        ColumnType.FLOAT: "FloatFilter",
        ColumnType.MONEY: "MoneyFilter",
        ColumnType.BOOL: "BooleanFilter",
        ColumnType.DATE: "DateFilter",
        ColumnType.DATETIME: "DateTimeFilter",
    }
)

_WORDS = MappingProxyType(
    {
        "eq": "Equal to this.",
        "ne": "There, and not equal to this.",
        "lt": "Less than this.",
        "lte": "Less than or equal to this.",
        "gt": "Greater than this.",
        "gte": "Greater than or equal to this.",
        "startsWith": "Begins with this text, letter case respected.",
    }
)


def add_filters(draft: Draft) -> None:
    """The filter inputs that all sections share, and the sort direction."""
    for name, (scalar, operators) in _FILTERS.items():
        fields = [Field(op, f"{scalar} | None", _WORDS[op]) for op in operators]
        if scalar != "bool":
            fields.append(Field("in", f"list[{scalar}] | None", "One of these."))
            fields.append(Field("notIn", f"list[{scalar}] | None", "There, and none of these."))
        fields.append(Field("isNull", "bool | None", "True: the agency gives no value. False: it gives one."))
        draft.input(name, "Conditions on one column; all that are given must hold.", fields)
    draft.enum(
        "Direction",
        "Which way to order; missing values always come last.",
        {"ASC": ("asc", "Smallest or earliest first."), "DESC": ("desc", "Largest or latest first.")},
    )


def add_where(draft: Draft, owner: str, columns: Iterable[tuple[str, Column]]) -> tuple[str, str] | None:
    """`OwnerWhere` and `OwnerOrder` over (GraphQL name, column) pairs; None without any."""
    usable = [(name, column) for name, column in columns if column.type in _FILTER_OF]
    if not usable:
        return None
    where, order = f"{owner}Where", f"{owner}Order"
    fields = [
        Field(name, f"{_FILTER_OF[column.type]} | None", column.description or f"Conditions on {name}.")
        for name, column in usable
    ]
    fields.append(Field("and", f"list[{where}] | None", "All of these hold."))
    fields.append(Field("or", f"list[{where}] | None", "At least one of these holds."))
    draft.input(where, "Conditions on records; all that are given must hold.", fields)
    orders = [Field(name, "Direction | None", f"Order by {name}.") for name, _ in usable]
    draft.input(order, "What to order records by; give one column in each.", orders)
    names = {name: column.name for name, column in usable}
    draft.inputs[where] = names
    draft.inputs[order] = names
    return where, order


def column_names(columns: Mapping[str, Column], only: Iterable[str]) -> list[tuple[str, Column]]:
    """(GraphQL name, column) of the columns named."""
    return [(camel(name), columns[name]) for name in only]
