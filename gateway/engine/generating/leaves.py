"""Expressions for leaves: a cheap guard on the value's class and range, else the reference builder.

What a guard lets through is what the scalar of the schema would print of such a value.
"""

from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, is_leaf_type

from adapters.base import ColumnType
from gateway.engine.generating.guards import Names
from gateway.engine.generating.making import Making
from gateway.engine.generating.writing import display
from gateway.engine.selection import Selected
from resolvers.names import snake

_GUARDED = {
    "String": ("{v}", "{v}.__class__ is str"),
    "ID": ("{v}", "{v}.__class__ is str"),
    "Int": ("{v}", "{v}.__class__ is int and -2147483648 <= {v} <= 2147483647"),
    "Float": ("{v}", "{v}.__class__ is float and isfinite({v})"),
    "Boolean": ("{v}", "{v}.__class__ is bool"),
    "Date": ("{v}.isoformat()", "{v}.__class__ is date"),
    "DateTime": ("{v}.isoformat()", "{v}.__class__ is datetime"),
    "Money": ("money({v})", "{v}.__class__ is Decimal"),
}
_SURE = {
    ("String", ColumnType.TEXT): "{v}",
    ("String", ColumnType.PHONE): "{v}",
    ("ID", ColumnType.TEXT): "{v}",
    ("Int", ColumnType.INT): "{v} if {v} is None or {v}.bit_length() < 32 else unusual()",
    ("Int", ColumnType.YEAR): "{v} if {v} is None or {v}.bit_length() < 32 else unusual()",
    ("Float", ColumnType.FLOAT): "{v} if {v} is None or isfinite({v}) else unusual()",
    ("Boolean", ColumnType.BOOL): "{v}",
    ("Date", ColumnType.DATE): "None if {v} is None else {v}.isoformat()",
    ("DateTime", ColumnType.DATETIME): "None if {v} is None else {v}.isoformat()",
    ("Money", ColumnType.MONEY): "None if {v} is None else money({v})",
}


def sure_leaf(selected: Selected, column: ColumnType, value: str) -> str | None:
    """The expression for a nullable leaf whose value of this name is of a column's type, or null; None where
    that is not all there is to it."""
    kind: Any = selected.definition.type if selected.definition is not None else None
    return _SURE.get((getattr(kind, "name", ""), column), "").format(v=value) or None


def leaf(making: Making, selected: Selected, value: str, otherwise: str) -> str:
    """The expression for a leaf whose value has this name; `otherwise` where it is unusual."""
    assert selected.definition is not None
    kind: Any = selected.definition.type
    needed = isinstance(kind, GraphQLNonNull)
    named: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    rest = otherwise if needed else f"None if {value} is None else {otherwise}"
    if isinstance(named, GraphQLEnumType):
        found = f"{making.writer.constant(names(making, named))}[{value}]"
        return found if needed else f"None if {value} is None else {found}"
    if isinstance(named, GraphQLList) or named.name not in _GUARDED:
        return otherwise
    shown, guard = _GUARDED[named.name]
    return f"{shown.format(v=value)} if {guard.format(v=value)} else {rest}"


def names(making: Making, kind: GraphQLEnumType) -> Names:
    """The names of an enum's values, one table for each enum."""
    known = making.enums.get(kind.name)
    if known is None:
        known = making.enums[kind.name] = Names(kind)
    return known


def is_leaf(selected: Selected) -> bool:
    """Whether a field is a leaf, or null, and no list."""
    if selected.definition is None:
        return False
    kind: Any = selected.definition.type
    return is_leaf_type(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)


def plain(making: Making, selected: Selected, type_name: str) -> str:
    """The function of an object whose fields are its attributes (`Claim`, `Identifier`): object → dict."""
    writer, chosen = making.writer, selected.children[type_name]
    attributes: dict[str, str] = {}
    entries = []
    for child in chosen.values():
        if child.definition is None:
            entries.append((making.key(child), writer.constant(child.parent)))
            continue
        attribute = snake(child.name)
        value = attributes.setdefault(attribute, writer.name("v"))
        entries.append((making.key(child), _attribute(making, child, value)))
    return writer.function("o", "o", [*_taken(making, attributes), f"return {display(entries)}"])


def _attribute(making: Making, child: Selected, value: str) -> str:
    otherwise = making.book(child, "o")
    if child.meaning is not None:
        return otherwise
    if is_leaf(child):
        return leaf(making, child, value, otherwise)
    assert child.definition is not None
    kind: Any = child.definition.type
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(kind, GraphQLList) or len(child.children) != 1:
        return otherwise
    made = plain(making, child, next(iter(child.children)))
    return f"{otherwise} if {value} is None else {made}({value})"


def _taken(making: Making, attributes: dict[str, str]) -> list[str]:
    """The statement that takes attributes out of `o`."""
    if not attributes:
        return []
    getter = making.writer.constant(making.getter(tuple(attributes)))
    return [f"{', '.join(attributes.values())} = {getter}(o)"]
