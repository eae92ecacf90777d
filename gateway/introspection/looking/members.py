"""Columns of an API as its own description has them: the members of one kind of row.

APIs rarely let a stranger read; where a sample of rows can't be had, a draft is made of the
description alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.base import Adapter, Column, ColumnType, Dataset, Scan
from adapters.errors import Refused, SourceError
from gateway.introspection.looking.bounds import Bounds
from gateway.introspection.looking.sampling import stored_value
from gateway.introspection.seen import SeenColumn

NUMBERS = frozenset({ColumnType.INT, ColumnType.YEAR, ColumnType.FLOAT, ColumnType.MONEY})
TEXTS = frozenset({ColumnType.TEXT, ColumnType.PHONE})


@dataclass(frozen=True, slots=True)
class Member:
    """One column: where it is in a row, and what the description says of it."""

    source: str
    declared: ColumnType
    text: bool
    description: str = ""
    label: str = ""


_KEPT: Mapping[ColumnType, frozenset[ColumnType]] = {
    ColumnType.INT: NUMBERS,
    ColumnType.FLOAT: NUMBERS - {ColumnType.INT, ColumnType.YEAR},
    ColumnType.BOOL: frozenset({ColumnType.BOOL}),
    ColumnType.DATE: TEXTS | {ColumnType.DATE},
    ColumnType.DATETIME: TEXTS | {ColumnType.DATE, ColumnType.DATETIME},
    ColumnType.TEXT: TEXTS,
}


def unread(members: Sequence[Member]) -> tuple[SeenColumn, ...]:
    """The columns without any row."""
    return tuple(_column(each, ()) for each in members)


async def read(
    adapter: Adapter, path: str, members: Sequence[Member], options: Mapping[str, object], bounds: Bounds
) -> tuple[tuple[SeenColumn, ...], int, str]:
    """The columns with a sample of rows; without one, and why, where the source gives none."""
    columns = {f"c{i}": _probe(f"c{i}", each) for i, each in enumerate(members)}
    dataset = Dataset(path, "source", path, columns, options=options)
    try:
        answer = await adapter.scan(dataset, Scan(tuple(columns), limit=bounds.rows))
        rows, why = answer.rows, ""
    except (SourceError, Refused) as error:
        rows, why = [], str(error).partition(": ")[2] or str(error)
    found = (_column(each, tuple(stored_value(row[i]) for row in rows)) for i, each in enumerate(members))
    return tuple(found), len(rows), why


def _probe(name: str, member: Member) -> Column:
    if member.text:
        return Column(name, (member.source,), stored="text")
    return Column(name, (member.source,), ColumnType.MONEY if member.declared in NUMBERS else member.declared)


def _column(member: Member, values: tuple[object, ...]) -> SeenColumn:
    kept = _KEPT.get(member.declared, TEXTS)
    about = (member.declared.value, member.description, member.label)
    return SeenColumn(member.source, values, kept, member.text, *about, declared=member.declared)
