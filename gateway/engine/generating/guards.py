"""What generated code calls: guards on values, and the reference builder for a single field.

A guard that fails hands the field to the reference builder, which knows every rule. What would be
an error there is `Unusual` here: the root field, or the one entity of a list, is then built by the
book, errors and all.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import Any, NoReturn

from graphql import GraphQLLeafType, GraphQLOutputType
from graphql.pyutils import Path

from gateway.engine.reference import Builder
from gateway.engine.run import Run
from gateway.engine.selection import Selected
from gateway.engine.values import RecordValue
from resolvers.city import Table
from resolvers.scalars import write_money

_PLAIN = 20  # digits up to which a decimal's own text is what `write_money` writes
_NAMES = 1_000
_NOTHING = itemgetter(slice(0))


class Unusual(Exception):
    """A part of the response needs the reference builder."""


class Book(Builder):
    """The reference builder of what generated code gives up: whole root fields, and entities or
    records of root lists. Asked in the response's order, it collects errors in theirs."""

    def root(self, selected: Selected) -> Any:
        """A root field. Raises `GraphQLError` where it is not nullable and fails."""
        self._run.given_up += 1
        return self._field(selected, None, Path(None, selected.key, selected.parent))

    def item(self, selected: Selected, value: Any, index: int) -> Any:
        """One of a root field's nullable items."""
        assert selected.definition is not None
        self._run.given_up += 1
        kind: Any = selected.definition.type
        return self._item(kind.of_type, selected, value, Path(Path(None, selected.key, selected.parent), index, None))


class _Strict(Builder):
    """The reference builder of one field, for which an error is `Unusual`."""

    def field(self, selected: Selected, parent: Any) -> Any:
        """The field's part of the response. Raises `Unusual`."""
        return self._field(selected, parent, Path(None, selected.key, selected.parent))

    def record(self, selected: Selected, record: RecordValue, type_name: str) -> dict[str, Any]:
        """One of the field's records. Raises `Unusual`."""
        return self._object(selected.children[type_name], record, Path(None, selected.key, selected.parent))

    def _failed(self, kind: GraphQLOutputType, selected: Selected, raw: Exception, path: Path) -> NoReturn:
        raise Unusual from raw


def by_book(run: Run, selected: Selected, parent: Any) -> Any:
    """A field of the response by the reference builder. Raises `Unusual`."""
    run.given_up += 1
    return _Strict(run, run.world.schema.graphql).field(selected, parent)


def record_by_book(run: Run, selected: Selected, record: RecordValue, type_name: str) -> dict[str, Any]:
    """A record of a field by the reference builder. Raises `Unusual`."""
    run.given_up += 1
    return _Strict(run, run.world.schema.graphql).record(selected, record, type_name)


def unusual() -> NoReturn:
    """Give up."""
    raise Unusual


class Names(dict[Any, str]):
    """The names of an enum's values in responses, by value; filled as they are met."""

    __slots__ = ("_kind",)

    def __init__(self, kind: GraphQLLeafType) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, value: Any) -> str:
        if not isinstance(value, Enum | str):
            raise Unusual
        name = self._kind.coerce_output_value(value)
        if not isinstance(name, str):
            raise Unusual
        if len(self) < _NAMES:
            self[value] = name
        return name


class Codes(dict[str, dict[str, Any]]):
    """The objects of known codes by code; that of an unknown code is made with its text in `own`.
    Whoever takes one out copies it."""

    __slots__ = ("_other", "_own")

    def __init__(self, known: dict[str, dict[str, Any]], other: dict[str, Any], own: tuple[str, ...]) -> None:
        super().__init__(known)
        self._other, self._own = other, own

    def __missing__(self, text: str) -> dict[str, Any]:
        return self._other | dict.fromkeys(self._own, text)


def money(value: Decimal) -> str:
    """`write_money`, at once where the decimal's own text is the answer."""
    text = str(value)
    if len(text) <= _PLAIN:
        if text.isdecimal():
            return text
        if text[-3:] == ".00":
            return text[:-3]
        if text[-3:-2] == "." and text[-2:].isdecimal():
            return text
    return write_money(value)


def cells(
    run: Run, record: RecordValue, type_name: str, table: Table, columns: tuple[str, ...], *, all_open: bool
) -> "itemgetter[Any]":
    """What takes these columns out of rows like this record's. Raises `Unusual` where the record
    is another dataset's or type's, or the caller may not see one of them."""
    if record.table is not table or record.section is None or record.section.type_name != type_name:
        raise Unusual
    if not all_open and denies(run, table, columns):
        raise Unusual
    return taking(record.columns, columns)


def taking(index: Mapping[str, int], columns: Sequence[str]) -> "itemgetter[Any]":
    """What takes a tuple of these columns out of rows where they stand at `index`."""
    if len(columns) > 1:
        return itemgetter(*map(index.__getitem__, columns))
    return itemgetter(slice(index[columns[0]], index[columns[0]] + 1)) if columns else _NOTHING


def denies(run: Run, table: Table, columns: tuple[str, ...]) -> bool:
    """Whether the caller may not see some of these columns."""
    return any(run.permits.column(table, column) is not None for column in columns)
