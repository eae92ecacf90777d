"""What differs between databases: how values are bound, keys compared, and damage told."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from adapters.base import Capabilities, Column, ColumnType, Scan, Stored

Element = sa.ColumnElement[Any]
Getter = Callable[[Scan], object]


class Binder(Protocol):
    """Makes a parameter whose value a getter takes from the scan."""

    def bind(self, get: Getter, kind: sa.types.TypeEngine[Any]) -> Element:
        """The parameter, of this type."""
        ...


class Flavour(Protocol):
    """One kind of database, as far as its statements go."""

    dialect: sa.Dialect
    capabilities: Capabilities
    inline: bool

    def parameter(self, place: int, kind: sa.types.TypeEngine[Any]) -> Element:
        """The parameter that is the argument at `place`. Where constants are to be `inline`, no
        other parameters are in a statement."""
        ...

    def bind_type(self, column: Column) -> sa.types.TypeEngine[Any]:
        """The type of a parameter that is compared with the column."""
        ...

    def term(self, column: Column, value: Stored) -> Stored:
        """A stored value as the driver wants it."""
        ...

    def fits(self, column: Column, element: Element) -> Element | None:
        """Whether a stored value is one of the declared type; None where the database sees to it."""
        ...

    def equated(self, element: Element, text: bool) -> Element:
        """A column as its values are told apart: text by code point."""
        ...

    def compared(self, element: Element, text: bool) -> Element:
        """A column as it is compared for order: text by code point."""
        ...

    def ordered(self, element: Element, descending: bool) -> list[Element]:
        """The terms that order by it, nulls last."""
        ...

    def equal(self, column: Column, element: Element, value: Element) -> Element:
        """Whether the column has this value, so that its index is used."""
        ...

    def member(self, binder: Binder, column: Column, element: Element, get: Callable[[Scan], list[Stored]]) -> Element:
        """Whether the column is among the values, however many, by one parameter."""
        ...

    def keys_equal(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """Whether the columns equal one of the scan's keys."""
        ...

    def keys_by_prefix(self, binder: Binder, columns: Sequence[Column], elements: Sequence[Element]) -> Element:
        """The same where the last need only start with the key's last text, by a range."""
        ...


class Bound:
    """Parameters as drivers take them."""

    inline = False

    def parameter(self, place: int, kind: sa.types.TypeEngine[Any]) -> Element:
        """Named for its place; the dialect writes it as its driver wants it."""
        return sa.bindparam(f"p{place}", type_=kind)


def textual(column: Column) -> bool:
    """Whether the source keeps text for it."""
    return column.stored == "text" or column.type in (ColumnType.TEXT, ColumnType.PHONE, ColumnType.POINT)


def nulls_last(element: Element, descending: bool) -> list[Element]:
    """An order's terms where the database can be told where nulls go."""
    return [(element.desc() if descending else element.asc()).nulls_last()]


def lost_column(columns: Sequence[Column], detail: str) -> str | None:
    """Our name of the column that a database, in its own words, says it lacks; where several of
    its names fit, the longest."""
    named = [(len(source), column.name) for column in columns for source in column.source if source in detail]
    return max(named)[1] if named else None
