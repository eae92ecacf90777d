"""Random scans of the sample dataset, for comparing what different adapters answer."""

from hypothesis import strategies as st

from adapters.base import After, AllOf, AnyOf, Column, ColumnType, Compare, Filter, Keys, Op, OrderBy, Scalar, Scan
from adapters.columns import decoder
from adapters.filters import OPERATORS, is_null
from tests.contract.sample import DATASET, rows

_STORED = rows()


def _values(column: Column) -> list[Scalar]:
    """The decoded values that the column holds, without nulls and damaged ones."""
    decode = decoder(column)
    cells = [
        decode(tuple(row[s] for s in column.source) if len(column.source) > 1 else row[column.source[0]])
        for row in _STORED
    ]
    return sorted({cell for cell in cells if not is_null(cell)})  # type: ignore[type-var, return-value]


VALUES = {column.name: _values(column) for column in DATASET.columns.values() if column.type is not ColumnType.POINT}
ORDERABLE = sorted(VALUES)


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    column = draw(st.sampled_from(sorted(DATASET.columns)))
    op = draw(st.sampled_from(sorted(OPERATORS[DATASET.columns[column].type])))
    if op is Op.IS_NULL:
        return Compare(column, op, draw(st.booleans()))
    value = st.sampled_from(VALUES[column])
    if DATASET.columns[column].type is ColumnType.TEXT:
        value = value | st.sampled_from(["", "-", "a", "A", "zz", "\x00", "%", "\U0010ffff"])
    if op in (Op.IN, Op.NOT_IN):
        return Compare(column, op, tuple(draw(st.lists(value, max_size=3))))
    if op is Op.STARTS_WITH:
        return Compare(column, op, str(draw(value))[: draw(st.integers(0, 3))])
    return Compare(column, op, draw(value))


def filters() -> st.SearchStrategy[Filter]:
    return st.recursive(
        compares(),
        lambda inner: (
            st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=4,
    )


@st.composite
def key_sets(draw: st.DrawFn) -> Keys:
    match draw(st.sampled_from(["single", "whole", "composite", "prefix", "composite prefix"])):
        case "single":
            return Keys(("block",), tuple(draw(st.lists(st.sampled_from([("00477",), ("477",), ("9",)]), unique=True))))
        case "whole":
            return Keys(("id",), tuple((i,) for i in draw(st.lists(st.integers(0, 130), unique=True))))
        case "composite":
            parts = st.tuples(
                st.sampled_from("123"), st.sampled_from(["00477", "00012"]), st.sampled_from(["0501", ""])
            )
            return Keys(("borough", "block", "lot"), tuple(draw(st.lists(parts, unique=True))))
        case "prefix":
            names = st.sampled_from([("a",), ("A",), ("ab",), ("e",), ("😀",), ("zo",), ("%",)])
            return Keys(("name",), tuple(draw(st.lists(names, unique=True))), prefix=True)
        case _:
            both = st.tuples(st.sampled_from("12"), st.sampled_from(["05", "0501", "7", "0501 "]))
            return Keys(("borough", "lot"), tuple(draw(st.lists(both, unique=True))), prefix=True)


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Whatever cuts an answer comes with a total order, so that there is one right answer."""
    keys = draw(st.none() | key_sets())
    keyed = keys is not None and not keys.prefix
    order = [OrderBy(name, draw(st.booleans())) for name in draw(st.lists(st.sampled_from(ORDERABLE), max_size=2))]
    order = [*order, OrderBy("id", draw(st.booleans()))]
    after = None
    if draw(st.booleans()):
        size = draw(st.integers(1, len(order)))
        values = [draw(st.sampled_from([None, *VALUES[by.column]])) for by in order[:size]]
        after = After(tuple(values), draw(st.booleans()))
    return Scan(
        columns=tuple(draw(st.lists(st.sampled_from(sorted(DATASET.columns)), max_size=4))),
        keys=keys,
        filters=tuple(draw(st.lists(filters(), max_size=2))),
        order=tuple(order),
        limit=draw(st.none() | st.integers(0, 20)),
        per_key=draw(st.none() | st.integers(0, 3)) if keyed else None,
        after=after,
        count=draw(st.booleans()) if keyed or keys is None else False,
    )
