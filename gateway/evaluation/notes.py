"""What in a map or in its files makes figures say little: told before them, never with a value.

A column that is read as nothing and a truth that is written in two ways both look like bad matching.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gateway.evaluation.grammar import SAYING, MapFile, Side
from gateway.evaluation.rows import Row, texts

_READ: Mapping[str, tuple[Callable[[Any], object], str]] = MappingProxyType(
    {
        "birth_date": (lambda record: record.birth, "1980-12-31, 19801231 or 12/31/1980"),
        "address": (lambda record: record.address, "house number and street; see locale"),
        "phone": (lambda record: record.phones, "seven digits or more"),
        "email": (lambda record: record.email, "name@domain"),
    }
)
"""What a record has where a field could be read, and how it is written."""


def unread(side: Side, rows: Sequence[Row], records: Sequence[Any], model: MapFile) -> Iterator[str]:
    """Columns that say nothing of the kind, and those that mostly can't be read."""
    yield from unused(side, model)
    for name in SAYING[model.kind]:
        columns = getattr(side.columns, name)
        if name not in _READ or not columns:
            continue
        of, written = _READ[name]
        told = [record for row, record in zip(rows, records, strict=True) if texts(row.cells, columns)]
        read = sum(bool(of(record)) for record in told)
        if 2 * read < len(told):
            yield f"{side.file}: {name} is read in {read:,} of {len(told):,} rows that have one; it takes {written}"


def unused(side: Side, model: MapFile) -> Iterator[str]:
    """Columns that are given and not read."""
    for name in type(side.columns).model_fields:
        if getattr(side.columns, name) and name not in SAYING[model.kind]:
            takes = ", ".join(SAYING[model.kind])
            yield f"{side.file}: {name} is not read where kind is {model.kind}; it takes {takes}"


def untrue(left: Sequence[Row], right: Sequence[Row], model: MapFile) -> Iterator[str]:
    """Why no two rows are of one entity."""
    if model.right is None:
        given = [f"{name} = [ … ]" for name in ("within", "apart") if getattr(model, name)]
        rest = f" (and {' and '.join(given)} leave no pair)" if given else ""
        yield f'{model.left.file}: no two rows have one value of "{model.left.entity}"{rest}: there is nothing to find'
        return
    here, there = ({row.entity for row in rows} for rows in (left, right))
    mine, other = f'"{model.left.entity}" of {model.left.file}', f'"{model.right.entity}" of {model.right.file}'
    if not here.isdisjoint(there):
        yield f"rows with one value in {mine} and {other} are kept apart by within or apart: there is nothing to find"
        return
    yield f"no value of {mine} is one of {other}: there is nothing to find{_same_but(here, there)}"


def _same_but(here: set[str], there: set[str]) -> str:
    """What would make two columns agree."""
    ways: tuple[tuple[str, Callable[[str], str], str], ...] = (
        ("leading zeros", lambda text: text.lstrip("0"), "entity_pattern = '0*(.+)' on both sides drops them"),
        ("a .0 at the end", lambda text: text.removesuffix(".0"), r"entity_pattern = '^(\d+)' on both sides drops it"),
        ("capitals or blanks", lambda text: text.casefold().replace(" ", ""), "write them alike first"),
    )
    for what, drop, fix in ways:
        if not {drop(text) for text in here}.isdisjoint(map(drop, there)):
            return f", but they differ only in {what}; {fix}"
    return ""
