"""Marketown: the city in `marketown/`, whose agencies know the same businesses by different identifiers.

Every row is here for a promise; all names are invented.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.services import Services
from gateway.settings import Settings
from resolvers.city import City
from resolvers.schema import CitySchema, build_schema
from tests.e2e.city import KEY, Agency, Row, Town

MARKET = Path(__file__).parent / "marketown"


def _rows(columns: str, *rows: tuple[object, ...]) -> list[Row]:
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


VISITS = _rows(
    "FOOD DBA LINE ZIP PHONE DATE",
    ("100001", "GOLDEN PHEASANT TAVERN", "12 OAK STREET", "90001", "5550101234", date(2024, 3, 1)),
    ("100001", "GOLDEN PHEASANT TAVERN", "12 OAK STREET", "90001", "5550101234", date(2024, 5, 1)),
    ("100002", "BLUE HERON BAKERY", "12 OAK STREET", "90001", "5550105678", date(2024, 3, 2)),
    ("100003", "TUCKAHOE NOODLE HOUSE", "40 ELM AVENUE", "90001", None, date(2024, 3, 3)),
    ("100004", "WREN AND SPARROW", "7 PINE ROAD", "90001", None, date(2024, 3, 4)),
)
LIQUOR = _rows(
    "NUMBER HOLDER DBA LINE ZIP PHONE ISSUED EXPIRES",
    (
        "2000001",
        "PHEASANT HOSPITALITY LLC",
        "GOLDEN PHEASANT TAVERN",
        "12 OAK ST",
        "90001",
        "5559990000",
        date(2023, 1, 1),
        None,
    ),
    ("2000002", "OAK STREET BEVERAGES INC", None, "12 OAK ST", "90001", None, date(2023, 1, 1), None),
    ("2000003", "ZUCCHERO, MARIA", "SALT MARSH GRILL", "40 ELM AVE", "90001", None, date(2024, 1, 1), None),
    ("2000004", "TUCKAHOE NOODLE HOUSE INC", None, "55 ELM AVE", "90002", None, date(2023, 1, 1), None),
    (
        "2000005",
        "WREN AND SPARROW LLC",
        "WREN & SPARROW",
        "9 PINE RD",
        "90001",
        None,
        date(2010, 1, 1),
        date(2012, 12, 31),
    ),
)
TABLES = _rows(
    "NO FOOD LIQUOR DBA HOLDER LINE ZIP",
    ("A1", "100001", "2000001", "Golden Pheasant", "Pheasant Hospitality LLC", "12 Oak St", "90001"),
    ("A2", "100002", "2000003", "Blue Heron Bakery", None, "12 Oak St", "90001"),
    ("A3", "100003", "2000004", "Tuckahoe Noodle House", "Tuckahoe Noodle House Inc", "40 Elm Ave", "90001"),
    ("A4", "100001", "Aug-82", "Golden Pheasant", "Pheasant Hospitality LLC", "12 Oak St", "90001"),
    ("A5", "100004", "2999999", "Wren and Sparrow", "Wren and Sparrow LLC", "7 Pine Rd", "90001"),
)
TRADE = _rows(
    "NUMBER HOLDER DBA LINE ZIP CREATED ENDED",
    ("3001", "PHEASANT HOSPITALITY LLC", "GOLDEN PHEASANT TAVERN", "12 OAK ST", "90001", date(2020, 1, 1), None),
    ("3002", "PHEASANT HOSPITALITY LLC", "GOLDEN PHEASANT TAVERN", "12 OAK ST", "90001", date(2021, 1, 1), None),
    ("3003", "MOONLIGHT LAUNDRY CORP", "MOONLIGHT LAUNDRY", "40 ELM AVE", "90001", date(2021, 1, 1), None),
)
COMPANIES = _rows("NUMBER NAME LINE ZIP", ("400", "GOLDEN PHEASANT TAVERN LLC", "12 OAK STREET", "90001"))
RAIDS = _rows("NUMBER LIQUOR DBA LINE ZIP", ("R1", "2000009", "GOLDEN PHEASANT TAVERN", "12 OAK STREET", "90001"))


@cache
def city() -> City:
    """Marketown as the catalogue gives it."""
    return load(MARKET, {})


@cache
def schema() -> CitySchema:
    """Its schema."""
    return build_schema(city())


def make_market(
    changed: Mapping[str, Mapping[str, list[Row]]] | None = None,
    services: Services | None = None,
    of: City | None = None,
) -> Town:
    """Marketown with all of its rows but `changed` ones (by agency, then by dataset); `of` another catalogue."""
    kept: dict[str, dict[str, list[Row]]] = {
        "health": {"visits": VISITS},
        "liquor": {"licences": LIQUOR},
        "streets": {"tables": TABLES},
        "trade": {"licences": TRADE, "companies": COMPANIES, "raids": RAIDS},
    }
    agencies = {name: Agency({**tables, **(changed or {}).get(name, {})}) for name, tables in kept.items()}
    settings = replace(Settings(), signing_key=KEY, request_deadline=5.0)
    adapters = {f"{name}.db": agency for name, agency in agencies.items()}
    described = schema() if of is None else build_schema(of)
    engine = CityEngine(of or city(), settings, schema=described, adapters=adapters, services=services)
    return Town(engine, agencies)
