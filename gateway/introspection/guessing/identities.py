"""What tells rows apart: the `id` of a dataset."""

from collections.abc import Sequence
from itertools import combinations

from gateway.introspection.guessing.drafts import DraftColumn
from gateway.introspection.guessing.names import has, words
from gateway.introspection.seen import SeenColumn, SeenTable

_NAMED = frozenset(
    {
        "id",
        "key",
        "number",
        "no",
        "nbr",
        "serial",
        "globalid",
        "objectid",
        "uniqueid",
        "isn",
        "job",
        "index",
        "bbl",
        "docket",
    }
)
_FEW = 20
_MOST = 8


def identity(table: SeenTable, columns: Sequence[DraftColumn]) -> tuple[tuple[str, ...], str]:
    """The columns that identify a row, by our names, and why; none where nothing says so.

    A source that has unique indexes is believed, and only it; elsewhere a column, or a pair of them,
    has to be unique in the sample and to be called like an identifier."""
    ours = {each.column.source[0]: each.name for each in columns if len(each.column.source) == 1}
    seen = {each.name: each for each in table.columns}
    for names in sorted(table.unique, key=len):
        if all(name in ours for name in names) and _unique([seen[name] for name in names]):
            return tuple(ours[name] for name in names), "the source holds it to be unique"
    if table.indexed or table.rows < _FEW:
        return (), ""
    named = [seen[theirs] for theirs in ours if has(words(seen[theirs].heading), _NAMED) and _full(seen[theirs])]
    for size in (1, 2):
        for some in combinations(named[:_MOST] if size == 2 else named, size):
            if _unique(some):
                return tuple(ours[each.name] for each in some), f"unique in {table.rows} sampled rows"
    return (), ""


def _full(column: SeenColumn) -> bool:
    return all(value not in (None, "") for value in column.values)


def _unique(columns: Sequence[SeenColumn]) -> bool:
    rows = list(zip(*(each.values for each in columns), strict=True))
    return all(map(_full, columns)) and len(set(rows)) == len(rows)
