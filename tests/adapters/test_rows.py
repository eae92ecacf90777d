"""Whole rows are decoded as each of their cells is, whatever a source stores."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Column, ColumnType, Damaged, Stored
from adapters.cells import Getter, taker
from adapters.columns import decoder
from adapters.remembered import Remembered
from adapters.rows import row_decoder

T = ColumnType
TEXTS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[+-]?[0-9]{0,22}(\.[0-9]{0,4})?", fullmatch=True),
    st.dates().map(date.isoformat),
    st.sampled_from(["", "0", "00", "-", "1900-01-01", "2024-W01-1", "2024-02-30", "१२", "²", "1_000", "NaN", "1e5"]),
)
VALUES: st.SearchStrategy[Stored] = st.one_of(
    st.none(),
    TEXTS,
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.binary(max_size=3),
)
COLUMNS = [
    Column("c", ("C",), kind, stored, null=frozenset(null), clean=clean)
    for kind in T
    if kind is not T.POINT
    for stored in ("native", "text")
    for null in ((), ("0", "-", "1900-01-01"))
    for clean in ((), ("trim", "upper"))
]


@given(st.sampled_from(COLUMNS), VALUES)
@settings(max_examples=2000, deadline=None)
def test_rows_are_decoded_as_their_cells_are(column: Column, value: Stored) -> None:
    cell = decoder(column)(value)
    ((first, second),) = row_decoder([column, column])([(value, value)])
    assert repr((first, second)) == repr((cell, cell))
    assert type(first) is type(cell)


def test_a_lost_column_is_damaged_in_every_row() -> None:
    columns = [Column("a", ("a",)), Column("b", ("b",), T.MONEY)]
    rows = row_decoder(columns, frozenset({"a"}))([(None, 1.5), ("x", "y")])
    assert rows == [(Damaged("a"), Decimal("1.5")), (Damaged("a"), Damaged("b"))]


def test_moments_with_a_zone_are_what_they_are() -> None:
    moment = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert row_decoder([Column("c", ("c",), T.DATETIME)])([(moment,)]) == [(moment,)]


@pytest.mark.parametrize("sources", [["a", "b"], ["a"], [lambda row: row.get("a"), "b"]])
def test_members_are_taken_whether_all_objects_have_them_or_not(sources: list[str | Getter]) -> None:
    take: Callable[..., list[tuple[object, ...]]] = taker(sources)
    assert take([{"a": 1, "b": 2}, {"a": 3, "b": 4}]) == [(1, 2)[: len(sources)], (3, 4)[: len(sources)]]
    assert take([{"a": 1}, {"b": 4}]) == [(1, None)[: len(sources)], (None, 4)[: len(sources)]]
    for other in ("text", 5, None, ["a", "b"]):
        with pytest.raises(AttributeError):
            take([{"a": 1, "b": 2}, other])


def test_what_came_first_is_forgotten_first() -> None:
    found: Remembered[int, str] = Remembered(2)
    for number in (1, 2, 2, 3):
        found[number] = str(number)
    assert list(found) == [2, 3]


def test_rows_that_end_in_their_stored_key() -> None:
    columns = [Column("a", ("a",), T.INT, "text"), Column("b", ("b",), T.TEXT), Column("c", ("c",), T.INT, "text")]
    rows = [("01", "x", "7"), ("?", None, "8")]
    found: list[object] = [*row_decoder(columns, shown=1, key=[2, 0])(rows)]
    assert found == [(1, ("7", "01")), (Damaged("a"), ("8", "?"))]
    only: list[object] = [*row_decoder(columns, frozenset({"a"}), shown=0, key=[1])(rows)]
    assert only == [(("x",),), ((None,),)]


def test_rows_are_sound_where_every_cell_is_of_its_type_or_null() -> None:
    decode = row_decoder([Column("a", ("a",), T.INT), Column("b", ("b",))])
    assert decode.sound([(1, "x"), (None, None), ("2", "")]) == ([(1, "x"), (None, None), (Damaged("a"), None)], False)
    assert decode.sound([(1, "x"), (None, 5)]) == ([(1, "x"), (None, "5")], True), "what was damaged is over"
    assert row_decoder([Column("a", ("a",))], frozenset({"a"})).sound([("x",)]) == ([(Damaged("a"),)], False)
    assert row_decoder([]).sound([(), ()]) == ([(), ()], True)


@given(st.sampled_from(COLUMNS), st.lists(VALUES, max_size=4))
@settings(max_examples=500, deadline=None)
def test_sound_cells_are_of_the_class_that_responses_rely_on(column: Column, values: list[Stored]) -> None:
    rows, sound = row_decoder([column]).sound([(value,) for value in values])
    assert sound == all(type(cell) is not Damaged for (cell,) in rows)
    if sound:
        assert {type(cell) for (cell,) in rows} <= {_CLASSES[column.type], type(None)}


_CLASSES = {
    **dict.fromkeys((T.TEXT, T.PHONE), str),
    **dict.fromkeys((T.INT, T.YEAR), int),
    T.FLOAT: float,
    T.MONEY: Decimal,
    T.BOOL: bool,
    T.DATE: date,
    T.DATETIME: datetime,
}
