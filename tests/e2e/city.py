"""Testville: the city in `town/`, its agencies' rows, and an engine to ask it with.

Every row is here for a promise; `town/*.toml` says what the columns mean. Each agency is a
memory adapter of its own that a test can slow down, cut off, or change, and that notes what it
is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.base import Answer, Dataset, Scan
from adapters.errors import SourceError, Unavailable
from adapters.memory import MemoryAdapter
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import ANONYMOUS, Caller, Request
from gateway.engine.run import Bounds
from gateway.settings import Settings
from resolvers.city import City
from resolvers.schema import CitySchema, build_schema

TOWN = Path(__file__).parent / "town"
ZONE = ZoneInfo("America/New_York")
TESTER = Caller("tester", frozenset({"*"}), trusted=True)
KEY = b"only for the tests of Testville, not a secret"

Row = dict[str, Any]


def _rows(columns: str, *rows: tuple[Any, ...]) -> list[Row]:
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of the city's own time."""
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


PARCELS = _rows(
    "WARD BLK LOT HOUSE STREET SITUS ZIP DISTRICT OWNER BUILT HOMES AREA STOREYS VALUE SEALED",
    (1, 1, 1, "12", "OAK ST", "12 OAK ST", "90001", "North", "DOE, JANE", 1950, 8, 2500, 3.0, Decimal(900000), False),
    (1, 1, 2, "14", "OAK ST", "14 OAK ST", "90001", "North", "OAK LLC", 0, 2, 1200, 2.0, Decimal(400000), True),
    (1, 1, 3, "16", "OAK ST", "16 OAK ST", "90001", "North", None, 1999, 1, 800, None, None, False),
    (2, 1, 1, "3", "ELM AVE", "3 ELM AVE", "90002", "South", "ELM LLC", 1970, 4, 900, 1.5, Decimal(1), False),
    (2, 1, 2, "12", "OAK ST", "12 OAK ST", "90002", "South", "ROE, R", 1980, 3, None, 2.0, Decimal("10.50"), False),
)
UNITS = _rows("UNIT LOT DOOR HOMES", ("50001", "10101", "1A", 0), ("50002", "10101", "1B", 1))
BUILDING_LOTS = _rows(
    "BIN LOT", ("1001", "1-01-01"), ("1002", "1-01-01"), ("1002", "1-01-02"), ("2001", "2-01-01"), ("2001", None)
)
BUILDINGS = _rows(
    "BIN DONE HOMES LAT LON",
    ("1001", "1951", 6, 40.5, -73.5),
    ("1002", "c.1960", 2, None, None),
    ("2001", "1970", 4, 40.6, -73.6),
)
PERMITS = _rows(
    "NO BIN LOT ISSUED EXPIRES STATUS WORK COST APPLICANT CHANGED",
    (
        "P1",
        "1001",
        "1-01-01",
        "01/02/2024 09:30:00 AM",
        "1/31/2025",
        "A",
        "NB",
        "$5,000",
        "DOE, JANE",
        local(2024, 1, 3),
    ),
    ("P2", "1001", "", "03/04/2024 12:00:00 AM", "", "Z", "QQ", "$70", "OAK LLC", local(2024, 3, 5)),
    ("P 3", "", "1-01-01", "03/04/2024 11:59:59 PM", "3/4/2025", "P", "RF", "", None, None),
    ("P4", "1002", "1-01-02", "05/06/2024 01:00:00 PM", "", "X", "RF", "$1", None, local(2025, 5, 6)),
    ("P5", "1001", "1-01-01", "tomorrow", "", "A", None, "lots", None, None),
    ("P6", "1003", None, "01/01/2023 10:00:00 AM", "", "A", "NB", "$9", None, None),
)
NOTICES = _rows(
    "ID LOT SERVED TEXT GRADE",
    (1, "10101", local(2024, 3, 4), "Served at midnight", "1"),
    (2, "10101", local(2024, 3, 4, 10), "Served at ten", "7"),
    (3, "10101", local(2024, 3, 4, 10), "Served at ten too", None),
    (4, "10101", None, "Never served", "1"),
    (5, "10102", local(2022, 1, 1), "Another lot", "1"),
)
SALES = _rows(
    "W B L SOLD PRICE BUYER BUILT VALUE",
    ("1", "01", "01", "3/4/2024", "1,000", "DOE, JANE", "1948", "950,000"),
    ("1", "01", "01", "3/4/2024", "1,000", "DOE, JANE", "1948", "950,000"),
    ("1", "01", "01", "3/4/2024", "1,000", "DOE, JANE", "1948", "950,000"),
    ("1", "01", "01", "", "2,000", None, None, None),
    ("1", "01", "01", "1/1/2020", "unknown", None, "19xx", None),
    ("1", "01", "02", "7/8/2021", "40", "OAK LLC", "1949", None),
    ("1", "01", "99", "7/8/2021", "50", "NO ONE", None, None),
)
LIENS = _rows(
    "LIEN LOT AMOUNT RECORDED",
    (1, "10101", Decimal(500), date(2021, 1, 1)),
    (2, "10101", Decimal(1000), date(2022, 1, 1)),
    (3, "10101", Decimal("2000.50"), date(2023, 1, 1)),
)
INSPECTIONS = _rows(
    "PERMIT LOT DBA PHONE DATE VISIT RESULT CODE TEXT",
    ("70011", "10101", "ACME DINER", "(555) 010-0001", date(2024, 3, 4), "first", "F", "10A", "Mice"),
    ("70011", "10101", "ACME DINER", "(555) 010-0001", date(2024, 3, 4), "first", "F", "10B", "No soap"),
    ("70011", "10101", "ACME DINER", "(555) 010-0001", date(2024, 3, 4), "second", "P", None, None),
    ("70011", "10101", "ACME DINER", "(555) 010-0001", date(2023, 1, 1), "first", "F", "10A", "Mice"),
    ("70019", "10102", "GHOST KITCHEN", None, date(2024, 2, 2), "first", "P", None, None),
)
FIRE_ORDERS = _rows(
    "NO LOT GIVEN TEXT GRADE",
    (1, "10101", date(2024, 3, 4), "Clear the stairs", "S"),
    (2, "10101", date(2024, 3, 5), "Mend the alarm", "S"),
    (3, "10101", None, "Undated", "?"),
)
FIRE_TESTS = _rows("NO LOT STOREYS", (1, "10101", 4.0))
PIERS = _rows("HARBOUR PIER NAME", ("1", "01", "Old Pier"))
COMPLAINTS = _rows(
    "TICKET HOUSE STREET ZIP OPENED TOPIC CALLER",
    ("T1", "12", "Oak Street", "90001", local(2024, 3, 4, 8), "NOISE", "a neighbour"),
    ("T2", "12", "OAK  ST.", "90001", local(2024, 3, 6, 8), "HEAT", "a tenant"),
    ("T3", "12", "OAK AVE", "90001", local(2024, 3, 6, 8), "HEAT", "another"),
    ("T4", "12", "OAK ST", "90002", local(2024, 3, 6, 8), "HEAT", "another"),
    ("T5", "99", "PINE RD", "90001", local(2024, 3, 6, 8), "SMELL", "another"),
)
COMPANIES = _rows("COMPANY NAME TRADE", ("7001", "ACME FOODS INC", "Food"), ("7002", "DOE, JOHN", "Coffee"))
SITES = _rows(
    "SITE COMPANY NAME TRADE LOT OPENED CLOSED",
    ("70011", "7001", "ACME DINER", "Diner", "10101", date(2020, 1, 1), None),
    ("70012", "7001", "ACME BAKERY", "Bakery", "10102", date(2021, 1, 1), None),
    ("70021", "7002", "CAFE OAK", "Coffee", "10101", date(2015, 1, 1), date(2019, 12, 31)),
)
ADVERTS = _rows("NO SITE LOT", (1, "70012", "20101"))
RESIDENTS = _rows(
    "NO NAME BORN LOT SINCE HIDDEN",
    ("300001", "Jane Doe", date(1980, 2, 3), "10101", date(2010, 1, 1), False),
    ("300002", "John Roe", date(1990, 4, 5), "10102", date(2015, 1, 1), True),
    ("300003", "Jane Doe", date(1999, 9, 9), "20101", date(2020, 1, 1), False),
)
OFFICERS = _rows("NO COMPANY OFFICE", ("300001", "7001", "Director"), ("300003", "7002", "Secretary"))
HOMES = _rows(
    "LOT HOMES AREA VALUE OWNER USE COUNTED",
    ("10101", 9, 2600, Decimal(990000), "SCOPED OWNER", "R1", date(2026, 1, 1)),
    ("10102", None, 1300, Decimal(390000), "SCOPED OWNER", "R1", date(2024, 1, 1)),
    ("10103", None, None, None, None, "R2", None),
)
READINGS = _rows(
    "READING LOT WORD COUNT SHARE SUM DONE DAY MOMENT YEAR PHONE SECRET",
    (1, "10101", "alpha", 5, 0.5, Decimal("10.25"), True, date(2020, 1, 1), local(2020, 1, 1, 9), 1990, "5550001", "a"),
    (
        2,
        "10101",
        "Alpha",
        5,
        1.5,
        Decimal("10.50"),
        False,
        date(2020, 1, 2),
        local(2020, 1, 1, 21),
        1991,
        "5550002",
        "b",
    ),
    (3, "10101", "beta", -3, -2.0, Decimal("-4"), True, date(2019, 12, 31), local(2019, 12, 31), 1990, "5551001", None),
    (4, "10101", None, None, None, None, None, None, None, None, None, "c"),
    (
        5,
        "10101",
        "alphabet",
        1200,
        0.0,
        Decimal("1200"),
        False,
        date(2021, 6, 1),
        local(2021, 6, 1, 12),
        2001,
        "+445550",
        "a",
    ),
    (6, "10102", "gamma", 7, 7.0, Decimal(7), True, date(2022, 1, 1), local(2022, 1, 1), 2002, "5559999", "a"),
)
SHELTERS = _rows("NO LOT OPENED STOREYS", (1, "10101", date(2018, 1, 1), 5.0))
CARE_ORDERS = _rows(
    "NO LOT MADE FAMILY USE SEALED BLURRED",
    (1, "10101", date(2024, 1, 1), "Doe", "home", False, False),
    (2, "10101", date(2024, 1, 2), "Hidden", "home", True, False),
    (3, "10101", date(2024, 1, 3), "Blurred", "home", False, True),
    (4, "10102", date(2024, 1, 4), "Hidden", "home", True, False),
    (5, "20101", date(2024, 1, 5), "Elm", "home", False, False),
)
GRANTS = _rows("NO LOT SEALED", (1, "10101", False), (2, "10102", True))


def _sheet(row: Row) -> Row:
    """A reading as a clerk types it."""

    def typed(value: object) -> str:
        match value:
            case None:
                return "-"
            case bool():
                return "Y" if value else "N"
            case Decimal():
                return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
            case datetime():
                return value.strftime("%m/%d/%Y %I:%M:%S %p")
            case date():
                return f"{value.month}/{value.day}/{value.year}"
            case int() if value >= 1000 and value not in (row["YEAR"], row["READING"]):
                return f"{value:,}"
        return str(value)

    return {name: typed(value) for name, value in row.items()} | {"WORD": f" {row['WORD'] or '-'}  "}


def rows() -> dict[str, dict[str, list[Row]]]:
    """Rows of every source by dataset; a copy that a test may change."""
    kept: dict[str, dict[str, list[Row]]] = {
        "land.db": {"parcels": PARCELS, "units": UNITS},
        "works.db": {
            "building_lots": BUILDING_LOTS,
            "buildings": BUILDINGS,
            "permits": PERMITS,
            "notices": NOTICES,
        },
        "deeds.db": {"sales": SALES, "liens": LIENS},
        "health.db": {"inspections": INSPECTIONS},
        "fire.db": {"orders": FIRE_ORDERS, "tests": FIRE_TESTS},
        "harbour.db": {"piers": PIERS},
        "calls.db": {"complaints": COMPLAINTS},
        "trade.db": {"companies": COMPANIES, "sites": SITES, "adverts": ADVERTS},
        "people.db": {"residents": RESIDENTS, "officers": OFFICERS},
        "census.db": {"homes": HOMES, "readings": READINGS, "sheets": [_sheet(row) for row in READINGS]},
        "welfare.db": {"shelters": SHELTERS, "orders": CARE_ORDERS, "grants": GRANTS},
    }
    return {source: {path: [dict(row) for row in table] for path, table in d.items()} for source, d in kept.items()}


class Agency(MemoryAdapter):
    """An agency's system; `asked` notes the dataset and the scan of every call."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        super().__init__(tables)
        self.asked: list[tuple[str, Scan]] = []
        self.broken: dict[str, SourceError] = {}  # by dataset, where only some of them fail

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        self.asked.append((dataset.name, scan))
        if dataset.name in self.broken:
            raise self.broken[dataset.name]
        return await super().scan(dataset, scan)

    def fail(self, error: SourceError | None = None) -> None:
        """Answer nothing any more."""
        self.failure = error or Unavailable("the source can't be reached")


@dataclass(frozen=True, slots=True)
class Town:
    """An engine over Testville and its agencies by their file's name."""

    engine: CityEngine
    agencies: Mapping[str, Agency]

    async def answer(
        self, query: str, caller: Caller = TESTER, extensions: Mapping[str, Any] | None = None, **variables: Any
    ) -> Mapping[str, Any]:
        """The response map of one request."""
        request = Request(query, variables=variables, caller=caller, extensions=extensions or {})
        return (await self.engine.execute(request)).payload

    async def data(self, query: str, caller: Caller = TESTER, **variables: Any) -> dict[str, Any]:
        """The data of a request that has no errors."""
        payload = await self.answer(query, caller, **variables)
        assert "errors" not in payload, payload["errors"]
        data: dict[str, Any] = payload["data"]
        return data

    async def address(self, selection: str, id: str = "tv.lot:10101", caller: Caller = TESTER) -> dict[str, Any]:
        """What one address answers, without errors."""
        found: dict[str, Any] = (await self.data(f'{{ address(id: "{id}") {{ {selection} }} }}', caller))["address"]
        return found

    def cut_off(self, *names: str) -> None:
        """Let agencies ("deeds") or only datasets of theirs ("deeds.liens") fail from now on."""
        for name in names:
            agency, dot, _ = name.partition(".")
            if dot:
                self.agencies[agency].broken[name] = Unavailable("the source can't be reached")
            else:
                self.agencies[agency].fail()

    def calls(self) -> list[str]:
        """The datasets of all calls that any agency got."""
        return [dataset for agency in self.agencies.values() for dataset, _ in agency.asked]

    def forget(self) -> None:
        """Start counting calls anew."""
        for agency in self.agencies.values():
            agency.asked.clear()


@cache
def city() -> City:
    """Testville as the catalogue gives it."""
    return load(TOWN, {})


@cache
def schema() -> CitySchema:
    """Its schema; made once, because that is most of a test's time."""
    return build_schema(city())


def make_town(
    changed: Mapping[str, Mapping[str, list[Row]]] | None = None,
    *,
    deadline: float = 5.0,
    timeout: float | None = None,
    bounds: Bounds | None = None,
    of: City | None = None,
) -> Town:
    """A town with all of its rows but `changed` ones (by source, then by dataset).

    `timeout` is for tests that count or compare much: they should not fail on a busy machine. `of` is
    the city in another edition.
    """
    kept = rows()
    for source, tables in (changed or {}).items():
        kept[source].update(tables)
    agencies = {source: Agency(tables) for source, tables in kept.items()}
    settings = replace(Settings(), signing_key=KEY, request_deadline=deadline)
    made = of or city()
    if timeout is not None:
        made = replace(made, sources={name: replace(s, timeout=timeout) for name, s in made.sources.items()})
    described = schema() if of is None else build_schema(of)
    engine = CityEngine(made, settings, schema=described, adapters=agencies, bounds=bounds)
    return Town(engine, {source.partition(".")[0]: agency for source, agency in agencies.items()})


def codes(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(path, code) of every error of a response."""
    return [(".".join(map(str, e.get("path", ()))), e["extensions"]["code"]) for e in payload.get("errors", ())]


def incomplete(payload: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(field, state) of `extensions.incomplete`."""
    return {(entry["field"], entry["state"]) for entry in payload.get("extensions", {}).get("incomplete", ())}


def utc(moment: datetime) -> str:
    """A moment as the schema prints it."""
    return moment.astimezone(UTC).isoformat()


__all__ = ["ANONYMOUS", "TESTER", "Agency", "Town", "codes", "incomplete", "local", "make_town", "rows", "utc"]
