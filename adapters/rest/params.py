"""Filters as parameters. Values that repeat a parameter are alternatives to an API, so what must hold
together is made one here: the values that all allow, the narrowest of the bounds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from adapters import dates
from adapters.base import Column, Compare, Dataset, Filter, Op, Stored
from adapters.columns import Inexpressible, encode
from adapters.filters import compares
from adapters.rest.layout import Layout

Values = dict[str, list[str]]
_LEAST = frozenset({Op.LT, Op.LTE})
_MOST = frozenset({Op.GT, Op.GTE})


def spelled(column: Column, value: Stored) -> str:
    """A stored value as a parameter spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        local = dates.naive(value, column.time_zone) if value.tzinfo and column.time_zone != "UTC" else None
        return local.isoformat() if local else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def filter_params(dataset: Dataset, layout: Layout, filters: Iterable[Filter]) -> Values | None:
    """The values of each parameter; None where no row can satisfy all filters."""
    together: dict[str, list[Compare]] = {}
    for part in filters:
        for compare in compares(part):
            together.setdefault(layout.filters[compare.column][compare.op], []).append(compare)
    found: Values = {}
    for param, parts in together.items():
        column = dataset.columns[parts[0].column]
        try:
            texts = _met(column, parts)
        except Inexpressible:
            continue  # a value of several spellings: it is checked here
        if not texts:
            return None
        listed = any(isinstance(part.value, tuple) for part in parts)
        found[param] = [",".join(texts)] if listed and column.name in layout.joined else texts
    return found


def _met(column: Column, parts: Sequence[Compare]) -> list[str]:
    """What several comparisons by one parameter come to. Those that are checked again here anyway may
    come to less than all of them."""
    op = parts[0].op
    if op in (Op.EQ, Op.IN):
        sets = [[spelled(column, encode(column, value)) for value in _values(part)] for part in parts]
        return [text for text in dict.fromkeys(sets[0]) if all(text in other for other in sets[1:])]
    bounds: list[Any] = [part.value for part in parts]
    if op in _LEAST | _MOST:
        return [spelled(column, encode(column, min(bounds) if op in _LEAST else max(bounds)))]
    return [spelled(column, encode(column, value)) for value in _values(parts[0])]


def _values(part: Compare) -> tuple[Any, ...]:
    return part.value if isinstance(part.value, tuple) else (part.value,)


def flat(values: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Parameters one by one."""
    return [(param, text) for param, texts in values.items() for text in texts]
