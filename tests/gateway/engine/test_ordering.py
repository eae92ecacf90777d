from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cmp_to_key
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Damaged, OrderBy
from gateway.engine.ordering import behind, day, moment, plain, position, sort_records, sort_rows
from gateway.engine.values import WITHHELD, RecordValue
from tests.e2e.city import city

NEW_YORK = ZoneInfo("America/New_York")
TABLE = city().tables["census.readings"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from(["a", "A", "é", "b"])), max_size=12
)


def record(row: tuple[Any, ...], key: tuple[Any, ...]) -> RecordValue:
    return RecordValue(TABLE, None, {"count": 0, "word": 1}, row, "lot", NOW, ("tv.lot", "10101"), key)


def ordered_by(order: tuple[OrderBy, ...]) -> Callable[[RecordValue, RecordValue], int]:
    descending = [by.descending for by in order]

    def compare(one: RecordValue, other: RecordValue) -> int:
        mine, others = position(one, order), position(other, order)
        return 1 if behind(mine, others, descending) else -1 if behind(others, mine, descending) else 0

    return compare


@given(ROWS, st.booleans(), st.booleans())
def test_behind_agrees_with_the_sort(rows: list[tuple[Any, ...]], first: bool, second: bool) -> None:
    order = (OrderBy("count", descending=first), OrderBy("word", descending=second))
    records = [record(row, (None if n % 5 == 4 else n % 3, n)) for n, row in enumerate(rows)]
    expected = sorted(records, key=cmp_to_key(ordered_by(order)))
    sort_records(records, order)
    assert records == expected


@given(ROWS, st.booleans())
def test_a_page_continues_where_the_last_one_ended(rows: list[tuple[Any, ...]], descending: bool) -> None:
    order = (OrderBy("word", descending=descending),)
    records = [record(row, (n,)) for n, row in enumerate(rows)]
    sort_records(records, order)
    for n, last in enumerate(records):
        rest = [r for r in records if behind(position(r, order), position(last, order), [descending])]
        assert rest == records[n + 1 :]


CELLS = st.none() | st.integers(0, 3) | st.just(Damaged("count"))
WORDS = st.none() | st.sampled_from(["a", "A", "é", "b"]) | st.just(Damaged("word"))


@given(st.lists(st.tuples(CELLS, WORDS), max_size=12), st.booleans())
def test_rows_are_in_the_order_of_their_records(rows: list[tuple[Any, ...]], descending: bool) -> None:
    order, columns = (OrderBy("count", descending=descending),), {"count": 0, "word": 1}
    records = [record(row, (plain(row[1]),)) for row in rows]
    sort_records(records, order)
    sort_rows(rows, order, ("word",), columns)
    assert [tuple(map(plain, row)) for row in rows] == [tuple(map(plain, r.row)) for r in records]


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_missing_comes_last(descending: bool) -> None:
    rows = [(None, "x"), (Damaged("count"), "x"), (WITHHELD, "x"), (1, "x"), (2, "x")]
    records = [record(row, (n,)) for n, row in enumerate(rows)]
    sort_records(records, (OrderBy("count", descending=descending),))
    assert [r.key[0] for r in records] == ([4, 3] if descending else [3, 4]) + [0, 1, 2]


def test_text_is_ordered_by_code_point() -> None:
    records = [record((0, word), (n,)) for n, word in enumerate(["b", "é", "Z", "a"])]
    sort_records(records, (OrderBy("word"),))
    assert [r.cell("word") for r in records] == ["Z", "a", "b", "é"]


def test_equal_positions_are_not_behind_each_other() -> None:
    assert not behind((1, None, "a"), (1, None, "a"), [True, False])


def test_positions_of_different_lists_are_not_compared() -> None:
    with pytest.raises(ValueError, match="longer"):
        behind((1,), (1, 2), ())


def test_a_day_begins_at_local_midnight() -> None:
    assert moment(date(2024, 7, 1), NEW_YORK) == datetime(2024, 7, 1, 4, tzinfo=UTC)
    assert moment(NOW, NEW_YORK) is NOW
    assert moment("2024", NEW_YORK) is None


def test_a_moment_is_on_its_local_day() -> None:
    assert day(datetime(2024, 7, 1, 3, 59, tzinfo=UTC), NEW_YORK) == date(2024, 6, 30)
    assert day(date(2024, 7, 1), NEW_YORK) == date(2024, 7, 1)
    assert day(None, NEW_YORK) is None


@pytest.mark.parametrize("cell", [Damaged("x"), WITHHELD, None])
def test_cells_that_count_as_missing(cell: object) -> None:
    assert plain(cell) is None
