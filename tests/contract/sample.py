"""A dataset with a column of every type and stored form, and rows with every quirk.

Values are given as the agency stores them, in Python's own types; each kit writes them as its
system does.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from adapters.base import Column, ColumnType, Dataset, Stored

T = ColumnType
Rows = list[dict[str, Stored]]

COLUMNS = (
    Column("id", ("id",), T.INT),
    Column("borough", ("BOROUGH",)),
    Column("block", ("BLOCK",)),
    Column("lot", (" LOT ",)),
    Column("name", ("Doing Business As (DBA)",), null=frozenset({"-", "N/A"})),
    Column("street", ("Street",), clean=("trim", "squeeze", "upper"), null=frozenset({"NONE"})),
    Column("homes", ("House #",), T.INT, null=frozenset({"0"})),
    Column("price", (' SALE "PRICE" ',), T.MONEY),
    Column("ratio", ("ratio%",), T.FLOAT),
    Column("open", ("open",), T.BOOL),
    Column("day", ("day",), T.DATE, null=frozenset({"1900-01-01"})),
    Column("seen", ("seen_at",), T.DATETIME),
    Column("built", ("Größe:Jahr",), T.YEAR, null=frozenset({"0"})),
    Column("place", ("lat", "lon"), T.POINT),
    Column("phone", ("Phone?",), T.PHONE),
    Column("t_units", ("t units",), T.INT, "text", "1,234", null=frozenset({"-", "0"}), clean=("trim",)),
    Column("t_plain", ("t plain",), T.INT, "text"),
    Column("t_price", ("t price",), T.MONEY, "text", "$1,234.50"),
    Column("t_day", ("t day",), T.DATE, "text", "MM/DD/YYYY", null=frozenset({"01/01/1900"})),
    Column("t_iso", ("t iso",), T.DATE, "text", null=frozenset({"1900-01-01"})),
    Column("t_seen", ("t seen",), T.DATETIME, "text", "YYYY-MM-DD HH:mm:ss", time_zone="America/New_York"),
    Column("t_flag", ("t flag",), T.BOOL, "text", true=frozenset({"Yes"}), false=frozenset({"No"})),
    Column("t_year", ("t year",), T.YEAR, "text"),
    Column("t_place", ("t place",), T.POINT, "text", "wkt"),
)
DATASET = Dataset("dept.things", "dept.db", "things", {column.name: column for column in COLUMNS})

NAMES = (None, "", "-", "N/A", "Ab", "ab", "abc", "Äb", "Zoe", "zoe", "😀", "ﬀ", "a b", "a%b", "a_b", "é", "e\u0301")
STREETS = (None, "", "  ", "main st", " Main  St ", "MAIN ST", "none", "Elm", "1st")
HOMES = (None, 0, 1, 7, 7, 12, -3, 2**40)
PRICES = (None, Decimal("0"), Decimal("10.50"), Decimal("999999.99"), Decimal("-5"))
RATIOS = (None, 0.5, -2.25, 1e300, 3.0)
DAYS = (None, date(1900, 1, 1), date(2019, 2, 28), date(2020, 2, 29), date(1, 1, 1), date(9999, 12, 31))
SEEN = (None, datetime(2019, 4, 2, 10, 30, tzinfo=UTC), datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC))
YEARS = (None, 0, 1899, 1925, 2024)
PLACES = ((None, None), (40.7, -73.9), (40.7, None), (91.0, 0.0), (-33.5, 151.25))
PHONES = (None, "", "(212) 555-0100", "212.555.0100 x12", "+44 20 7946 0000", "12", "call us")
T_UNITS = (None, "", " 1,234 ", "7", "0", " - ", "12,34", "many", "-8")
T_PLAIN = (None, "", "7", "007", "-1", "7.5", "x")
T_PRICE = (None, "", "$1,234.50", "1234.5", "-$3", "$", "free")
T_DAY = (None, "", "04/02/2019", "01/01/1900", "02/30/2019", "4/2/2019", "12/31/2024")
T_ISO = (None, "", "2019-04-02", "2019-04-02T00:00:00.000", "1900-01-01T00:00:00", "2019-13-01", "soon", "2024-12-31")
T_SEEN = (
    None,
    "",
    "2019-04-02 09:00:00",
    "2019-11-03 01:30:00",
    "2019-11-03 02:30:00",
    "2019-04-02",
    "2024-01-01 00:00:00",
)
T_FLAG = (None, "", "Yes", "yes", "NO", "maybe")
T_YEAR = (None, "", "1925", "2024", "199", "19x5")
T_PLACE = (None, "", "POINT (-73.9 40.7)", "point(1 2)", "POINT (0 100)", "here")

_CYCLES: Mapping[str, tuple[Stored, ...]] = {
    "name": NAMES,
    "street": STREETS,
    "homes": HOMES,
    "price": PRICES,
    "ratio": RATIOS,
    "open": (None, True, False),
    "day": DAYS,
    "seen": SEEN,
    "built": YEARS,
    "place": PLACES,
    "phone": PHONES,
    "t_units": T_UNITS,
    "t_plain": T_PLAIN,
    "t_price": T_PRICE,
    "t_day": T_DAY,
    "t_iso": T_ISO,
    "t_seen": T_SEEN,
    "t_flag": T_FLAG,
    "t_year": T_YEAR,
    "t_place": T_PLACE,
}


def rows(count: int = 120) -> Rows:
    """Rows in which the values of all columns meet in changing company; three key columns of few values."""
    return [_row(i) for i in range(count)]


def _row(i: int) -> dict[str, Stored]:
    row: dict[str, Stored] = {
        "id": i,
        "BOROUGH": (None, "1", "2", "3")[i % 4] if i % 31 else "",
        "BLOCK": ("00477", "477", "00012")[i % 3],
        " LOT ": ("0501", "0502", "", "7501", "0501 A")[i % 5],
    }
    for at, (name, values) in enumerate(_CYCLES.items()):
        value = values[(i * (at + 1) + i // 7) % len(values)]
        sources = DATASET.columns[name].source
        parts = value if isinstance(value, tuple) else (value,)
        row.update(zip(sources, parts, strict=True))
    return row
