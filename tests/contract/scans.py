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
_STRANGE = st.sampled_from(["", "-", "a", "A", "zz", "\x00", "%", "\U0010ffff"])


def _values_of(column: Column) -> st.SearchStrategy[Scalar]:
    value = st.sampled_from(VALUES[column.name])
    return value | _STRANGE if column.type is ColumnType.TEXT else value


# Strategies are made once: one that is made within a draw is looked through anew at every draw.
_BOOLEAN = st.booleans()
_COLUMN = st.sampled_from(sorted(DATASET.columns))
_OP = {name: st.sampled_from(sorted(OPERATORS[column.type])) for name, column in DATASET.columns.items()}
_VALUE = {name: _values_of(DATASET.columns[name]) for name in VALUES}
_LISTED = {name: st.lists(value, max_size=3) for name, value in _VALUE.items()}
_LENGTH = st.integers(0, 3)


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    column = draw(_COLUMN)
    op = draw(_OP[column])
    if op is Op.IS_NULL:
        return Compare(column, op, draw(_BOOLEAN))
    if op in (Op.IN, Op.NOT_IN):
        return Compare(column, op, tuple(draw(_LISTED[column])))
    if op is Op.STARTS_WITH:
        return Compare(column, op, str(draw(_VALUE[column]))[: draw(_LENGTH)])
    return Compare(column, op, draw(_VALUE[column]))


def filters() -> st.SearchStrategy[Filter]:
    return st.recursive(
        compares(),
        lambda inner: (
            st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=4,
    )


def _distinct(*parts: st.SearchStrategy[Scalar]) -> st.SearchStrategy[list[tuple[Scalar, ...]]]:
    return st.lists(st.tuples(*parts), unique=True)


_KEYS = (
    (("block",), False, _distinct(st.sampled_from(["00477", "477", "9"]))),
    (("id",), False, _distinct(st.integers(0, 130))),
    (
        ("borough", "block", "lot"),
        False,
        _distinct(st.sampled_from("123"), st.sampled_from(["00477", "00012"]), st.sampled_from(["0501", ""])),
    ),
    (("name",), True, _distinct(st.sampled_from(["a", "A", "ab", "e", "😀", "zo", "%"]))),
    (("borough", "lot"), True, _distinct(st.sampled_from("12"), st.sampled_from(["05", "0501", "7", "0501 "]))),
)
_KIND = st.sampled_from(_KEYS)


@st.composite
def key_sets(draw: st.DrawFn) -> Keys:
    """Keys of one column or several, whole or as they begin."""
    columns, prefix, keys = draw(_KIND)
    return Keys(columns, tuple(draw(keys)), prefix=prefix)


_MAYBE_KEYS = st.none() | key_sets()
_ORDER = st.lists(st.sampled_from(ORDERABLE), max_size=2)
_SIZE = {length: st.integers(1, length) for length in (1, 2, 3)}
_LAST = {name: st.sampled_from([None, *VALUES[name]]) for name in ORDERABLE}
_COLUMNS = st.lists(_COLUMN, max_size=4)
_FILTERS = st.lists(filters(), max_size=2)
_LIMIT = st.none() | st.integers(0, 20)
_PER_KEY = st.none() | st.integers(0, 3)


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Whatever cuts an answer comes with a total order, so that there is one right answer."""
    keys = draw(_MAYBE_KEYS)
    keyed = keys is not None and not keys.prefix
    order = [OrderBy(name, draw(_BOOLEAN)) for name in draw(_ORDER)]
    order = [*order, OrderBy("id", draw(_BOOLEAN))]
    after = None
    if draw(_BOOLEAN):
        values = [draw(_LAST[by.column]) for by in order[: draw(_SIZE[len(order)])]]
        after = After(tuple(values), draw(_BOOLEAN))
    return Scan(
        columns=tuple(draw(_COLUMNS)),
        keys=keys,
        filters=tuple(draw(_FILTERS)),
        order=tuple(order),
        limit=draw(_LIMIT),
        per_key=draw(_PER_KEY) if keyed else None,
        after=after,
        count=draw(_BOOLEAN) if keyed or keys is None else False,
    )
