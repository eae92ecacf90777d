"""A dataset's values for shared attributes, and whether their types fit."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from adapters.base import ColumnType
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Spot
from gateway.catalogue.names import entity_field
from gateway.catalogue.problems import nearest
from resolvers.city import Claim
from resolvers.entities import SHARED
from resolvers.merging import attributes
from resolvers.names import camel
from resolvers.scalars import Date, Money

FITS: Mapping[Any, frozenset[ColumnType]] = MappingProxyType(
    {
        str: frozenset({ColumnType.TEXT, ColumnType.PHONE}),
        int: frozenset({ColumnType.INT, ColumnType.YEAR}),
        float: frozenset({ColumnType.FLOAT, ColumnType.INT}),
        Money: frozenset({ColumnType.MONEY, ColumnType.INT, ColumnType.FLOAT}),
        Decimal: frozenset({ColumnType.MONEY, ColumnType.INT, ColumnType.FLOAT}),
        Date: frozenset({ColumnType.DATE, ColumnType.DATETIME}),
        date: frozenset({ColumnType.DATE, ColumnType.DATETIME}),
    }
)
"""The column types that an attribute of a Python type takes."""


def attribute(text: str, spot: Spot) -> tuple[str, str] | None:
    """ "Address.yearBuilt" as entity and python name; an unknown one is reported."""
    named = entity_field(text, spot, "shared attribute")
    if named is None:
        return None
    known = {camel(name): name for name in attributes(SHARED[named[0]])}
    if named[1] not in known:
        close = nearest(named[1], known)
        spot.problem(f'{named[0]} has no shared attribute "{named[1]}"', close)
        return None
    return named[0], known[named[1]]


def claims(outline: Outline) -> tuple[Claim, ...]:
    """The dataset's claims; those with problems are reported and left out."""
    found = (_claim(text, name, outline) for text, name in outline.declared.claims.items())
    return tuple(claim for claim in found if claim is not None)


def _claim(text: str, name: str, outline: Outline) -> Claim | None:
    spot = outline.spot.at("claims", text)
    named, column = attribute(text, spot), outline.column(name, spot)
    if named is None or column is None:
        return None
    wanted = _types(*named)
    if column.type not in wanted:
        spot.problem(f'{text} can\'t take "{name}" of type {column.type}', f"it takes {_or(wanted)}")
        return None
    return Claim(*named, name)


def _types(entity: str, name: str) -> frozenset[ColumnType]:
    annotation = SHARED[entity].__annotations__[name]
    plain = next(part for part in annotation.__args__ if part is not type(None))
    return FITS[plain]


def _or(types: frozenset[ColumnType]) -> str:
    return " or ".join(kind for kind in ColumnType if kind in types)
