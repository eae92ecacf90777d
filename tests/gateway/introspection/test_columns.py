from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Column, ColumnType
from adapters.columns import decoder, problem
from gateway.introspection.guessing.columns import MISFITS, guess, misfits
from gateway.introspection.seen import SeenColumn

NUMBERS = frozenset({ColumnType.INT, ColumnType.YEAR, ColumnType.FLOAT, ColumnType.MONEY, ColumnType.BOOL})


def column(heading: str, *values: object, **kept: Any) -> Column:
    """The declaration guessed for a column of these values, 30 times over."""
    return guess(SeenColumn(heading, values * 30, **kept), "ours").column


def kind(heading: str, *values: object) -> tuple[str, str | None]:
    """Type and format."""
    found = column(heading, *values)
    return found.type.value, found.format


@pytest.mark.parametrize(
    ("heading", "values", "expected"),
    [
        ("LAND SQUARE FEET", (" 7,738 ", " - ", "120"), ("int", "1,234")),
        ("SALE PRICE", (" 7,738,700 ", " - ", "0"), ("money", "1,234.50")),
        ("Initial Cost", ("$65129.85", "$0.00"), ("money", "$1.50")),
        ("Total Est. Fee", ("$1,215.80", "$7"), ("money", "$1,234.50")),
        ("Counted Units", ("101.0", "9.0"), ("int", "1.0")),
        ("builtfar", ("1.13", "0.0"), ("float", None)),
        ("Preis", ("1.234,50", "20,00"), ("float", "1.234,50")),
        ("YEAR BUILT", ("1915", "0", "1988"), ("year", None)),
        ("Violation Count", ("19", "4"), ("int", None)),
        ("BLOCK", ("477", "12"), ("text", None)),
        ("anything", ("00477", "00012"), ("text", None)),
        ("Unique Key", ("39573567", "39573572"), ("text", None)),
        ("things", ("12345678901", "1"), ("text", None)),
        ("Approved for Sidewalk Seating", ("yes", "no"), ("bool", None)),
        ("aep", ("True", "False"), ("bool", None)),
        ("active flag", ("Y", "N", ""), ("bool", None)),
        ("Georeference", ("POINT(-74.001429 40.73155)",), ("point", "wkt")),
        ("Location", ("(40.67809308091937, -73.99796662922724)",), ("point", "lat,lon")),
        ("Contact Phone Number", ("7188553600", "917-838-0111"), ("phone", None)),
        ("Sale Date", ("5/1/2017", "12/31/2016"), ("date", "M/D/YYYY")),
        ("Good through", ("07/31/2015 12:00:00 AM",), ("date", "MM/DD/YYYY hh:mm:ss A")),
        ("ISSUE_DATE", ("20100525", "20040716"), ("date", "YYYYMMDD")),
        ("camis", ("20100525", "20040716"), ("text", None)),
        ("executeddate", ("1/7/19", "9/24/19"), ("text", None)),
        ("empty", ("", None), ("text", None)),
    ],
)
def test_types_and_formats(heading: str, values: tuple[object, ...], expected: tuple[str, str | None]) -> None:
    assert kind(heading, *values) == expected


def test_words_of_a_bool_are_those_of_the_agency() -> None:
    found = column("Seating", "yes", "no")
    assert (found.true, found.false) == (frozenset({"yes"}), frozenset({"no"}))
    only = guess(SeenColumn("terms", ("Yes",) * 9), "terms")
    assert (only.column.true, only.column.false) == (frozenset({"Yes"}), frozenset({"No"}))
    assert "No is expected beside it" in only.why[0]


def test_a_mark_is_true_and_its_absence_null() -> None:
    found = guess(SeenColumn("Plumbing", ("X", "", "", "X")), "plumbing")
    assert found.column.true == frozenset({"X"})
    assert "not false" in found.decide[0]


def test_a_day_far_off_is_null_in_all_its_spellings() -> None:
    found = column("inspection_date", "1900-01-01T00:00:00", "2014-05-01T00:00:00", "2016-03-02T00:00:00")
    assert found.null == frozenset({"1900-01-01T00:00:00"})
    assert decoder(found)("1900-01-01T00:00:00") is None
    assert decoder(found)("2014-05-01T00:00:00") == date(2014, 5, 1)


def test_one_slip_of_a_pen_in_two_thousand_rows_is_told_and_no_more() -> None:
    seen = ("5", "17") * 1_500
    once = guess(SeenColumn("units", (*seen, "many")), "units")
    assert once.column.type is ColumnType.INT
    assert once.why == ("1 of 3001 sampled values do not fit, like 'aaaa'",)
    assert guess(SeenColumn("units", (*seen, "many", "few")), "units").column.type is ColumnType.TEXT


def test_days_that_no_format_reads_are_explained() -> None:
    assert "can't be read" in guess(SeenColumn("executeddate", ("1/7/19",)), "executed").why[0]


def test_what_a_source_keeps_natively_stays_so() -> None:
    native: dict[str, Any] = {"text": False, "kept": NUMBERS}
    assert column("units", 1, 2, **native).type is ColumnType.INT
    assert column("price", Decimal("1.50"), **native).type is ColumnType.MONEY
    assert column("YEAR_BUILT", 1915, 0, **native) == Column(
        "ours", ("YEAR_BUILT",), ColumnType.YEAR, null=frozenset({"0"})
    )
    assert column("is_open", 0, 1, **native).type is ColumnType.BOOL
    assert column("area", 4.5, text=False, kept=NUMBERS - {ColumnType.INT}).type is ColumnType.FLOAT
    days = column("day", "2020-01-01", "2021-05-06", kept=frozenset({ColumnType.TEXT, ColumnType.DATE}))
    assert (days.type, days.stored) == (ColumnType.DATE, "native")
    assert "no Int" in guess(SeenColumn("bbl", (3005130037,), NUMBERS, text=False), "bbl").why[0]


def test_no_value_of_a_row_is_quoted() -> None:
    """A draft is committed and sent around; a birth date must not be in it."""
    born = guess(SeenColumn("date of birth", (*("19800517", "19791224") * 1_500, "17 May 1980")), "born")
    assert born.why == ("1 of 3001 sampled values do not fit, like '99 aaa 9999'",)
    assert "9/9/99" in guess(SeenColumn("birth date", ("5/7/80",)), "born").why[0]


def test_units_are_those_that_are_named() -> None:
    assert column("GROSS SQUARE FEET", "4400", "12").unit == "ft2"
    assert column("days open", "Monday", "Sunday").unit is None


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda n: f"{n:,}"),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.strftime("%m/%d/%Y %I:%M:%S %p").zfill(22)),
    st.sampled_from(
        ["Y", "N", "yes", "-", "N/A", "0", "$1.50", "(40.1, -73.2)", "POINT (1 2)", "x  y", " a ", "&amp;"]
    ),
)
NUMERICS = st.one_of(st.decimals(allow_nan=False), st.just(Decimal("NaN")))
HEADINGS = st.sampled_from(
    ["date", "year", "price", "phone", "flag", "bbl", "units", "anything", "issued time", "is open"]
)


@given(HEADINGS, st.lists(CELLS, max_size=40))
def test_a_declaration_reads_what_it_was_guessed_from(heading: str, values: list[str | None]) -> None:
    found = guess(SeenColumn(heading, tuple(values)), "ours").column
    assert problem(found) is None
    assert misfits(found, values)[0] <= len(values) * MISFITS


@given(HEADINGS, st.lists(st.one_of(st.none(), st.integers(), st.booleans(), st.dates(), NUMERICS), max_size=20))
def test_so_do_declarations_of_native_columns(heading: str, values: list[object]) -> None:
    found = guess(SeenColumn(heading, tuple(values), frozenset(), text=False), "ours").column
    assert problem(found) is None
    assert misfits(found, values)[0] <= len(values) * MISFITS
