"""What agencies store, and what it is read as, column by column."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Column, ColumnType, Damaged, Point, Scalar, Stored
from adapters.cleaning import CLEANING
from adapters.columns import Inexpressible, decoder, encode, key_value, problem
from adapters.rows import row_decoder

T = ColumnType
BAD = Damaged("c")


def column(kind: ColumnType, stored: str = "text", form: str | None = None, **other: object) -> Column:
    return Column("c", ("C",), kind, stored, form, **other)  # type: ignore[arg-type]


def null(*markers: str) -> frozenset[str]:
    return frozenset(markers)


@pytest.mark.parametrize(
    ("declared", "stored", "expected"),
    [
        (column(T.INT), "12", 12),
        (column(T.INT), "-012", -12),
        (column(T.INT), "1_000", BAD),
        (column(T.INT), "१२", BAD),
        (column(T.INT), " 12", BAD),
        (column(T.INT), "12.0", BAD),
        (column(T.INT), 12, 12),
        (column(T.INT, form="1.0"), "101.0", 101),
        (column(T.INT, form="1.0"), "101.5", BAD),
        (column(T.INT, form="1,234", clean=("trim",)), " 7,738,700 ", 7738700),
        (column(T.INT, form="1,234"), "77,38", BAD),
        (column(T.INT, form="1,234"), "1234", 1234),
        (column(T.INT, null=null("0")), "00", None),
        (column(T.INT, null=null("-"), clean=("trim",)), " - ", None),
        (column(T.MONEY, form="$1,234.50"), "$1,234.5", Decimal("1234.5")),
        (column(T.MONEY, form="$1,234.50"), "-$1,234", Decimal(-1234)),
        (column(T.MONEY, form="1.234,50"), "1.234,50", Decimal("1234.50")),
        (column(T.MONEY, form="1 234,50"), "12 345,50", Decimal("12345.50")),
        (column(T.MONEY), "1e3", Decimal(1000)),
        (column(T.MONEY), "NaN", BAD),
        (column(T.FLOAT), "-.5", -0.5),
        (column(T.FLOAT), "inf", BAD),
        (column(T.DATE), "2019-04-02", date(2019, 4, 2)),
        (column(T.DATE), "2019-04-02T00:00:00.000", date(2019, 4, 2)),
        (column(T.DATE), "2019-04-02T10:00:00", BAD),
        (column(T.DATE), "2019-W01-1", BAD),
        (column(T.DATE), "20190402", BAD),
        (column(T.DATE, null=null("1900-01-01")), "1900-01-01T00:00:00.000", None),
        (column(T.DATE, form="M/D/YYYY"), "4/2/2019", date(2019, 4, 2)),
        (column(T.DATE, form="MM/DD/YYYY"), "4/2/2019", BAD),
        (column(T.DATE, form="YYYYMMDD"), "20190402", date(2019, 4, 2)),
        (column(T.DATE, form="DD.MM.YYYY"), "31.02.2019", BAD),
        (column(T.DATETIME), "2019-04-02T10:00:00+02:00", datetime(2019, 4, 2, 8, tzinfo=UTC)),
        (
            column(T.DATETIME, form="MM/DD/YYYY hh:mm:ss A", time_zone="America/New_York"),
            "04/02/2019 12:05:06 am",
            datetime(2019, 4, 2, 4, 5, 6, tzinfo=UTC),
        ),
        (column(T.DATETIME, form="YYYY-MM-DD HH:mm:ss"), "2019-04-02 24:00:00", BAD),
        (column(T.DATETIME, form="MM/DD/YYYY hh:mm A"), "04/02/2019 13:00 PM", BAD),
        (column(T.YEAR), "1925", 1925),
        (column(T.YEAR), "25", BAD),
        (column(T.YEAR, "native", null=null("0")), 0, None),
        (column(T.BOOL, true=null("Yes"), false=null("No")), "YES", True),
        (column(T.BOOL, true=null("Yes"), false=null("No")), "N", BAD),
        (column(T.BOOL, "native"), 1, True),
        (column(T.BOOL, "native"), 2, BAD),
        (column(T.PHONE), "(212) 555-0100 ext. 7", "2125550100"),
        (column(T.PHONE), "call", BAD),
        (column(T.POINT, form="wkt"), "Point (-73.9 40.7)", Point(40.7, -73.9)),
        (column(T.POINT, form="lat,lon"), "(40.1, -73.9)", Point(40.1, -73.9)),
        (column(T.POINT, form="lat,lon"), "(140.1, -73.9)", BAD),
        (Column("c", ("a", "b"), T.POINT), ("40.1", -73.9), Point(40.1, -73.9)),
        (Column("c", ("a", "b"), T.POINT), ("40.1", ""), None),
        (column(T.TEXT, clean=("trim", "squeeze", "upper")), "  main   st ", "MAIN ST"),
        (column(T.TEXT, clean=("unescape_html",)), "A &amp; B", "A & B"),
        (column(T.TEXT, clean=("fix_mojibake",)), "CafÃ©", "Café"),
        (column(T.TEXT, clean=("fix_mojibake",)), "Café", "Café"),
        (column(T.TEXT, clean=("strip_zeros",)), "00477", "477"),
        (column(T.TEXT, null=null("-")), "-", None),
        (column(T.TEXT), "", None),
        (column(T.TEXT), 101, "101"),
        (column(T.TEXT), b"x", BAD),
        (column(T.INT, "native"), 101.0, 101),
        (column(T.INT, "native"), Decimal("101"), 101),
        (column(T.INT, "native"), 101.5, BAD),
        (column(T.INT, "native"), "101", BAD),
        (column(T.INT, "native"), True, BAD),
        (column(T.INT, "native"), float("nan"), BAD),
        (column(T.MONEY, "native"), 10.1, Decimal("10.1")),
        (column(T.DATE, "native"), datetime(2019, 4, 2, tzinfo=UTC), date(2019, 4, 2)),
    ],
)
def test_decoding(declared: Column, stored: Stored, expected: Scalar | Damaged) -> None:
    assert decoder(declared)(stored) == expected
    assert row_decoder([declared, declared])([(stored, stored)]) == [(expected, expected)]
    assert decoder(declared)(None) is None


@given(
    st.sampled_from([column(kind, stored) for kind in T for stored in ("text", "native") if kind is not T.POINT]),
    st.none() | st.text() | st.integers() | st.floats() | st.binary() | st.decimals() | st.dates() | st.datetimes(),
)
def test_decoding_never_raises(declared: Column, stored: Stored) -> None:
    cell = decoder(declared)(stored)
    if cell is None or isinstance(cell, Damaged) or cell in (float("inf"),):
        return
    try:
        spelled = encode(declared, cell)
    except Inexpressible:
        return
    assert decoder(declared)(spelled) == cell, "the stored spelling of a value is read as that value"


def test_moments_in_the_hour_that_clocks_repeat_compare_as_moments() -> None:
    decode = decoder(column(T.DATETIME, time_zone="America/New_York"))
    assert decode("2019-11-03T01:30:00") == datetime(2019, 11, 3, 5, 30, tzinfo=UTC)
    assert decode("2019-11-03T01:30:00-05:00") > decode("2019-11-03T01:45:00")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("declared", "value", "spelled"),
    [
        (column(T.TEXT), "a", "a"),
        (column(T.DATE, form="MM/DD/YYYY"), date(2019, 4, 2), "04/02/2019"),
        (column(T.YEAR), 1925, "1925"),
        (column(T.INT, "native"), 7, 7),
        (column(T.TEXT, null=null("-")), "-", None),
        (column(T.TEXT, clean=("trim",)), "a", None),
        (column(T.TEXT), "a\x00", None),
        (column(T.INT), 7, None),
        (column(T.DATE, form="M/D/YYYY"), date(2019, 4, 2), None),
        (column(T.DATE), date(2019, 4, 2), None),
        (column(T.INT, "native"), 2**70, None),
        (column(T.INT, "native", null=null("0")), 0, None),
    ],
)
def test_spelling(declared: Column, value: Scalar, spelled: Stored) -> None:
    if spelled is not None:
        assert encode(declared, value) == spelled
        return
    with pytest.raises(Inexpressible, match='"c"'):
        encode(declared, value)


@pytest.mark.parametrize(
    ("declared", "text", "key"),
    [
        (column(T.TEXT), "00477", "00477"),
        (column(T.INT), "00477", "00477"),
        (column(T.INT, "native"), "00477", 477),
        (column(T.INT, "native"), "4a", None),
        (column(T.INT, "native"), "9" * 18 + "9", None),
        (column(T.TEXT), "", None),
        (column(T.TEXT), "a\x00", None),
        (column(T.DATE, "native"), "2019-04-02", date(2019, 4, 2)),
        (column(T.BOOL, "native"), "true", None),
    ],
)
def test_keys(declared: Column, text: str, key: Stored) -> None:
    assert key_value(declared, text) == key


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (column(T.INT, form="1.234"), None),
        (column(T.INT, form="#,##0"), "1,234.50"),
        (column(T.INT, form="1,234,5"), "for thousands and for decimals"),
        (column(T.INT, "native", "1,234"), 'stored = "text"'),
        (column(T.DATE, form="MM/DD"), "lacks YYYY"),
        (column(T.DATE, form="MM/DD/YYYY MM"), "twice"),
        (column(T.DATETIME, form="MM/DD/YYYY hh:mm"), "hh and A"),
        (column(T.TEXT, form="x"), "takes no format"),
        (column(T.BOOL, form="x"), "takes no format"),
        (column(T.BOOL, true=null("Y"), false=null("y")), "both"),
        (column(T.POINT), "wkt"),
        (column(T.POINT, form="geojson"), "lat,lon"),
        (Column("c", ("a", "b"), T.POINT, "text", "wkt"), "leave it out"),
        (Column("c", ("a", "b"), T.TEXT), "one column"),
        (column(T.TEXT, "binary"), '"native" or "text"'),
        (column(T.TEXT, clean=("scrub",)), "there are.*trim"),
        (column(T.TEXT, time_zone="New York"), "America/New_York"),
        (Column("c", ("a", "b"), T.POINT), None),
        (column(T.MONEY, form="$1,234.50"), None),
    ],
)
def test_problems_come_with_the_fix(declared: Column, says: str | None) -> None:
    found = problem(declared)
    assert (found is None) if says is None else (found is not None and re.search(says, found))


@given(st.sampled_from(sorted(CLEANING)), st.text())
def test_cleaning_twice_changes_nothing_more(step: str, text: str) -> None:
    once = CLEANING[step](text)
    if step not in ("unescape_html", "fix_mojibake", "title", "upper", "lower"):
        assert CLEANING[step](once) == once
    assert isinstance(once, str)
