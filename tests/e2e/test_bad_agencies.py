"""An agency that refuses, is late, answers nonsense, loses a column or damages a value costs its own
parts of an answer and nothing else; and it is back as soon as it answers again."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.base import Column, ColumnType
from adapters.errors import Malformed, Rejected, Throttled, Unavailable
from tests.e2e.city import Agency, Town, city, codes, make_town, rows

SECTIONS = {
    "sales": "date amount built",
    "liens": "lien amount",
    "buildingPermits": "number date status { code label }",
    "notices": "notice text severity { category }",
    "inspections": "title outcome { label }",
    "healthViolations": "code text",
    "fireOrders": "order text",
    "sprinklerTests": "test",
    "complaints": "ticket title",
    "siteEntries": "site title",
    "unitAccounts": "door",
    "homeCounts": "homes",
    "readings": "reading word sum",
    "sheets": "reading word sum",
    "shelters": "shelter",
    "careOrders": "order",
    "residents": "resident",
}
STATE = "source { state error { code } } totalCount"
PROFILE = f"""{{ address(id: "tv.lot:10101") {{
  existence parcel {{ line built }} grant {{ grant }} structure {{ completed }}
  {" ".join(f"{name}(first: 50) {{ nodes {{ {shows} }} {STATE} }}" for name, shows in SECTIONS.items())}
  violations(first: 50) {{ nodes {{ date title source {{ dataset }} }} sources {{ dataset state }} }}
  yearBuilt residentialUnits lotArea floors assessedValue ownerName
  businesses {{ edges {{ role node {{ id }} }} }} people {{ edges {{ role node {{ id }} }} }}
  buildings {{ id }} units {{ id }} identifiers {{ identifier }} sources {{ field dataset state }} }} }}"""

SOURCES = sorted({name.partition(".")[0] for name in city().sources} - {"harbour"})

# What each agency's failure costs, beside the sections of its own datasets.
ALSO: Mapping[str, set[str]] = {
    "land": {"existence", "parcel", "complaints", "units", "unitAccounts", "lotArea", "identifiers"},
    "works": {"structure", "buildings", "identifiers", "buildingPermits", "violations"},
    "deeds": set(),
    "health": {"violations"},
    "fire": {"violations"},
    "trade": {"businesses"},
    "people": {"people"},
    "census": {"lotArea"},
    "welfare": {"grant"},
    "calls": set(),
}
CLAIMED = ("yearBuilt", "residentialUnits", "lotArea", "floors", "assessedValue", "ownerName")


def own(agency: str) -> set[str]:
    """The sections of an agency's datasets."""
    return {s.name for s in city().sections if s.dataset.startswith(f"{agency}.")} & set(SECTIONS)


async def profile(town: Town) -> dict[str, Any]:
    payload = await town.answer(PROFILE)
    address: dict[str, Any] = payload["data"]["address"]
    return address | {"errors": dict(codes(payload))}


def costs(well: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The fields that show something else than when all was well."""
    return {name for name in well if name not in ("sources", "errors") and now[name] != well[name]}


FAILURES = {
    "refusing": (Unavailable("the source can't be reached", detail="ECONNREFUSED 10.1.2.3:5432"), "UNAVAILABLE"),
    "throttling": (Throttled("too many calls", retry_after=1.0), "THROTTLED"),
    "rejecting": (Rejected("the source refuses the call", detail="password for citygraph"), "REJECTED"),
    "talking nonsense": (Malformed("the answer is no table", detail="<html>"), "MALFORMED"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", SOURCES)
async def test_a_failing_agency(name: str, failure: str, town: Town) -> None:
    error, code = FAILURES[failure]
    well = await profile(town)
    town.agencies[name].fail(error)
    now = await profile(town)
    assert costs(well, now) - set(CLAIMED) <= own(name) | ALSO[name]
    for section in own(name) - {"buildingPermits"}:
        if well[section]["source"]["state"] == "OK":
            assert now[section] == {
                "nodes": None,
                "totalCount": None,
                "source": {"state": "UNAVAILABLE", "error": {"code": code}},
            }, section
            assert now["errors"][f"address.{section}.nodes"] == code
    assert set(now["errors"].values()) - set(well["errors"].values()) <= {code}
    assert error.detail not in str(now) or not error.detail
    if "violations" in ALSO[name]:
        assert 0 < len(now["violations"]["nodes"]) < len(well["violations"]["nodes"])
    town.agencies[name].failure = None
    assert await profile(town) == well


@pytest.mark.parametrize("name", SOURCES)
async def test_a_late_agency(name: str, town: Town) -> None:
    """Its own time-out (500 ms) ends the wait; all agencies are waited for at the same time."""
    well = await profile(town)
    town.agencies[name].delay = 3.0
    began = time.monotonic()
    now = await profile(town)
    assert time.monotonic() - began < 2.0
    assert costs(well, now) - set(CLAIMED) <= own(name) | ALSO[name]
    assert set(now["errors"].values()) - set(well["errors"].values()) <= {"TIMEOUT"}
    town.agencies[name].delay = 0.0
    assert await profile(town) == well


async def test_everything_late_together(town: Town) -> None:
    for agency in town.agencies.values():
        agency.delay = 0.1
    began = time.monotonic()
    now = await profile(town)
    assert time.monotonic() - began < 1.0
    assert now["existence"] == "CONFIRMED"


# a column is gone


def drop(agency: Agency, path: str, column: str) -> None:
    agency.rows[path] = [{name: value for name, value in row.items() if name != column} for row in agency.rows[path]]


GONE = (
    ("deeds", "sales", "PRICE", "sales", "amount"),
    ("calls", "complaints", "TOPIC", "complaints", "title"),
    ("census", "readings", "WORD", "readings", "word"),
    ("works", "notices", "TEXT", "notices", "text"),
)


@pytest.mark.parametrize(("name", "path", "column", "section", "field"), GONE)
async def test_a_lost_column(name: str, path: str, column: str, section: str, field: str, town: Town) -> None:
    """The column is told as missing, or its section is; everything else is as it was."""
    well = await profile(town)
    drop(town.agencies[name], path, column)
    payload = await town.answer(PROFILE)
    now: dict[str, Any] = payload["data"]["address"]
    assert costs(well, now) - {"violations", "assessedValue"} <= own(name)
    error = next(e for e in payload["errors"] if e["path"][:2] == ["address", section])
    assert error["extensions"]["dataset"] == f"{name}.{path}"
    assert error["extensions"]["agency"] == city().agencies[name].short
    assert column not in error["message"]  # the agency's own words stay here
    if now[section]["nodes"] is not None:
        assert {node[field] for node in now[section]["nodes"]} == {None}
        assert len(now[section]["nodes"]) == len(well[section]["nodes"])
        assert error["extensions"]["column"]


@pytest.mark.parametrize(
    ("name", "path", "column", "section"),
    [
        ("deeds", "sales", "W", "sales"),
        ("calls", "complaints", "ZIP", "complaints"),
        ("fire", "orders", "LOT", "fireOrders"),
    ],
)
async def test_a_lost_key(name: str, path: str, column: str, section: str, town: Town) -> None:
    """Without its key a dataset can't be asked: its sections are unavailable, never empty."""
    well = await profile(town)
    drop(town.agencies[name], path, column)
    now = await profile(town)
    assert now[section]["nodes"] is None
    assert now[section]["source"]["state"] == "UNAVAILABLE"
    assert costs(well, now) - set(CLAIMED) - {"violations"} <= own(name)


async def test_a_lost_dataset(town: Town) -> None:
    well = await profile(town)
    del town.agencies["deeds"].rows["liens"]
    now = await profile(town)
    assert costs(well, now) == {"liens"}
    assert now["liens"]["source"] == {"state": "UNAVAILABLE", "error": {"code": "REJECTED"}}


# one value is of another type

WRONG: Mapping[ColumnType, tuple[object, ...]] = {
    ColumnType.INT: ("many", object(), 10**30, 1.5, b"\xff"),
    ColumnType.FLOAT: ("much", object(), float("nan"), float("inf"), b"\xff"),
    ColumnType.MONEY: ("dear", object(), float("nan"), b"\xff"),
    ColumnType.BOOL: ("perhaps", object(), 7),
    ColumnType.DATE: ("tomorrow", object(), 20200101, b"\xff"),
    ColumnType.DATETIME: ("soon", object(), 7, b"\xff"),
    ColumnType.YEAR: ("long ago", object(), b"\xff"),
    ColumnType.TEXT: (b"\xff",),  # whatever else a driver gives can be printed
    ColumnType.PHONE: (b"\xff", "no digits"),
}
READING = city().tables["census.readings"].dataset.columns
COLUMNS = [column for column in READING.values() if column.name not in ("reading", "lot", "secret")]
PAGE = " ".join(column.name for column in COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
async def test_a_value_of_another_type(column: Column) -> None:
    """The one value is null, its error names agency, dataset and column; its neighbours stand."""
    query = f'{{ address(id: "tv.lot:10101") {{ readings {{ totalCount nodes {{ reading {PAGE} }} }} }} }}'
    whole = (await make_town().data(query))["address"]["readings"]
    for value in WRONG[column.type]:
        changed = rows()["census.db"]["readings"]
        changed[2][column.source[0]] = value
        town = make_town({"census.db": {"readings": changed}})
        payload = await town.answer(query)
        page = payload["data"]["address"]["readings"]
        assert page["totalCount"] == 5
        assert page["nodes"][2] == whole["nodes"][2] | {column.name: None}, value
        assert [node for n, node in enumerate(page["nodes"]) if n != 2] == [
            n for i, n in enumerate(whole["nodes"]) if i != 2
        ]
        (error,) = payload["errors"]
        assert error["path"] == ["address", "readings", "nodes", 2, column.name]
        assert error["extensions"]["code"] == "MALFORMED"
        told = {name: error["extensions"][name] for name in ("agency", "dataset", "column")}
        assert told == {"agency": "CB", "dataset": "census.readings", "column": column.name}


@pytest.mark.parametrize("column", ["LOT", "READING"])
async def test_a_damaged_key_or_id_hangs_on_nothing(column: str) -> None:
    """A row without a valid identifier belongs to nobody; its neighbours stand."""
    changed = rows()["census.db"]["readings"]
    changed[1][column] = object()
    town = make_town({"census.db": {"readings": changed}})
    payload = await town.answer('{ address(id: "tv.lot:10101") { readings { nodes { reading } } } }')
    shown = [node["reading"] for node in payload["data"]["address"]["readings"]["nodes"]]
    assert [reading for reading in shown if reading is not None] == [1, 3, 4, 5]


async def test_a_claim_that_no_int_holds() -> None:
    changed = rows()["land.db"]["parcels"]
    changed[0]["HOMES"] = 2**31
    town = make_town({"land.db": {"parcels": changed}, "census.db": {"homes": []}})
    payload = await town.answer('{ address(id: "tv.lot:10101") { residentialUnits yearBuilt } }')
    assert payload["data"]["address"] == {"residentialUnits": None, "yearBuilt": 1950}
    assert codes(payload) == [("address.residentialUnits", "MALFORMED")]


# mistakes of an adapter


def explode(*_: object) -> None:
    raise ZeroDivisionError("a secret of the adapter")


@pytest.mark.parametrize("broken", [explode, None], ids=["raises what it must not", "answers nothing at all"])
async def test_a_mistake_of_an_adapter(
    broken: Callable[..., None] | None, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even that costs its section only, and tells nothing of it."""
    well = await profile(town)

    async def scan(*arguments: object) -> None:
        if broken:
            broken(*arguments)

    monkeypatch.setattr(town.agencies["calls"], "scan", scan)
    payload = await town.answer(PROFILE)
    assert costs(well, payload["data"]["address"]) == {"complaints"}
    told = next(e for e in payload["errors"] if e["path"][:2] == ["address", "complaints"])
    assert told["extensions"]["code"] in ("INTERNAL", "MALFORMED", "UNAVAILABLE")
    assert "secret" not in str(payload)
