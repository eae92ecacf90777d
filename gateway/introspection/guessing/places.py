"""Columns that belong together as one point: a latitude and a longitude."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.base import Column, ColumnType
from adapters.columns import decoder
from gateway.introspection.guessing import hints
from gateway.introspection.guessing.drafts import DraftColumn
from gateway.introspection.guessing.names import has, words
from gateway.introspection.seen import SeenColumn

_NONE = ("0", "0.0")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two columns of a point, by their names at the agency."""

    lat: str
    lon: str


def pairs(columns: Sequence[SeenColumn]) -> list[Pair]:
    """Columns whose headings differ in the words for latitude and longitude only, and whose values
    are places in degrees."""
    by_rest = {
        _rest(column, hints.LONGITUDE): column for column in columns if has(words(column.heading), hints.LONGITUDE)
    }
    found = []
    for lat in columns:
        lon = by_rest.get(_rest(lat, hints.LATITUDE)) if has(words(lat.heading), hints.LATITUDE) else None
        if lon is not None and _degrees(lat, lon):
            found.append(Pair(lat.name, lon.name))
    return found


def _rest(column: SeenColumn, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words(column.heading) if word not in without)


def _degrees(lat: SeenColumn, lon: SeenColumn) -> bool:
    decode = decoder(Column("place", (lat.name, lon.name), ColumnType.POINT))
    both = [pair for pair in zip(lat.values, lon.values, strict=True) if None not in pair and "" not in pair]
    return bool(both) and all(isinstance(decode(pair), tuple) and not hasattr(decode(pair), "column") for pair in both)


def point(pair: Pair, lat: SeenColumn, name: str) -> DraftColumn:
    """The point of two columns."""
    zeros = tuple(mark for mark in _NONE if mark in {str(value) for value in lat.values})
    column = Column(
        name,
        (pair.lat, pair.lon),
        ColumnType.POINT,
        stored="text" if lat.text else "native",
        null=frozenset(zeros if lat.text else ()),
        description=lat.description,
    )
    return DraftColumn(column, words(lat.heading), ("0, 0 is no place of a city",) if zeros and lat.text else ())
