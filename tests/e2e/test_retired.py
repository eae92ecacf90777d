"""Retired identifiers lead to their successors; lots of one condominium are related, and stay apart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from gateway.engine.services import Services
from gateway.settings import Settings
from tests.differential.builders import answers
from tests.e2e.city import KEY, TESTER, Agency, Row, Town, codes

TODAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


def changed(old: str, new: str, day: date | None = date(2020, 1, 1), end: date | None = None) -> Row:
    return {"OLD": old, "NEW": new, "DAY": day, "END": end}


def unit(number: str, billing: str = "7501", left: datetime | None = None) -> Row:
    return {"UNIT": number, "BILLING": billing, "SECRET": "s", "LEFT": left}


ROWS: dict[str, list[Row]] = {
    "lots": [
        {"LOT": lot, "BUILT": 1900 + n}
        for n, lot in enumerate(("1000", "2000", "3001", "3002", "7501", "1001", "7502"))
    ],
    "changes": [
        changed("0001", "0002", date(1990, 5, 6)),  # renumbered twice
        changed("0002", "1000", date(2001, 2, 3)),
        changed("0003", "1000", None),  # merged into the same lot, nobody says when
        changed("3000", "3001"),  # split
        changed("3000", "3002"),
        changed("2000", "2001", date(2030, 1, 1)),  # not yet
        changed("4000", "4001"),  # a circle
        changed("4001", "4000"),
        changed("5000", "5000"),
        changed("6000", "nonsense"),
        changed("7000", "3001", end=date(2026, 3, 3)),  # taken back yesterday
        changed("7001", "3001", end=date(2026, 3, 4)),  # holds to the end of today
        changed("7002", "3001", end=date(2024, 12, 31)),  # by mistake: it was the other one
        changed("7002", "3002", date(2025, 1, 1)),
        changed("7003", "3002", date(2021, 1, 1)),  # taken back, and renumbered again
        changed("7003", "3002", date(2010, 1, 1), date(2015, 1, 1)),
        changed("7004", "3002", date(2022, 1, 1), date(2019, 1, 1)),  # ended before it began
    ],
    "units": [
        unit("1001"),
        unit("1002"),
        unit("1003", "7502", datetime(2026, 3, 4, 4, tzinfo=UTC)),  # still the day before in New York
    ],
    "sales": [
        {"LOT": lot, "PRICE": Decimal(price)}
        for lot, price in (("0001", 1), ("0002", 2), ("0003", 3), ("1000", 4), ("1001", 5), ("7501", 6))
    ],
}


@pytest_asyncio.fixture
async def town() -> AsyncIterator[Town]:
    made = load(Path(__file__).parent / "lots", {})
    agency = Agency({name: [dict(row) for row in rows] for name, rows in ROWS.items()})
    settings = replace(Settings(), signing_key=KEY)
    engine = CityEngine(made, settings, adapters={"land.db": agency}, services=Services(clock=lambda: TODAY))
    yield Town(engine, {"land": agency})
    await engine.aclose()


PROFILE = """query Lot($id: ID!) { address(id: $id) {
  id existence yearBuilt sales { nodes { price } }
  identifiers { identifier relation since until agency state }
} }"""


async def lot(town: Town, number: str) -> dict[str, Any]:
    found: dict[str, Any] = (await town.data(PROFILE, id=f"lv:{number}".replace("lv:", "lv.lot:")))["address"]
    return found


def related(found: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    mine = [each for each in found["identifiers"] if each["relation"] != "SAME"]
    assert all(each["agency"] == "LO" and each["state"] == "MATCH" for each in mine)
    return {(each["identifier"].removeprefix("lv.lot:"), each["relation"], each["since"]) for each in mine}


def days(found: dict[str, Any], number: str, relation: str) -> tuple[str | None, str | None]:
    """The first and the last day of the one relation to a lot."""
    wanted = (f"lv.lot:{number}", relation)
    (mine,) = (each for each in found["identifiers"] if (each["identifier"], each["relation"]) == wanted)
    return mine["since"], mine["until"]


def prices(found: dict[str, Any]) -> list[str]:
    return sorted(node["price"] for node in found["sales"]["nodes"])


@pytest.mark.parametrize("number", ["0001", "0002"])
async def test_a_retired_lot_is_its_successor(number: str, town: Town) -> None:
    found = await lot(town, number)
    assert (found["id"], found["existence"], found["yearBuilt"]) == ("lv.lot:1000", "CONFIRMED", 1900)
    assert {("0002", "REPLACES", "2001-02-03"), ("0003", "REPLACES", None)} <= related(found)
    assert number in {identifier for identifier, _, _ in related(found)}
    assert prices(found)[-1] == "4"
    assert str(int(number)) in prices(found)  # what was recorded under the old number


async def test_a_successor_tells_what_it_replaced(town: Town) -> None:
    found = await lot(town, "1000")
    assert found["id"] == "lv.lot:1000"
    assert related(found) == {("0002", "REPLACES", "2001-02-03"), ("0003", "REPLACES", None)}


async def test_a_lot_that_was_split_is_not_guessed(town: Town) -> None:
    found = await lot(town, "3000")
    assert found["id"] == "lv.lot:3000"
    assert related(found) == {("3001", "REPLACED_BY", "2020-01-01"), ("3002", "REPLACED_BY", "2020-01-01")}
    assert ("3000", "REPLACES", "2020-01-01") in related(await lot(town, "3001"))


async def test_what_is_not_in_force_yet_changes_nothing(town: Town) -> None:
    found = await lot(town, "2000")
    assert (found["id"], related(found)) == ("lv.lot:2000", set())


async def test_what_has_ended_is_told_and_not_followed(town: Town) -> None:
    found = await lot(town, "7000")
    assert found["id"] == "lv.lot:7000"
    assert days(found, "3001", "REPLACED_BY") == ("2020-01-01", "2026-03-03")
    assert days(await lot(town, "3001"), "7000", "REPLACES") == ("2020-01-01", "2026-03-03")


async def test_the_last_day_is_included(town: Town) -> None:
    found = await lot(town, "7001")
    assert found["id"] == "lv.lot:3001"
    assert days(found, "7001", "REPLACES") == ("2020-01-01", "2026-03-04")


async def test_what_took_the_place_of_an_ended_successor_is_followed(town: Town) -> None:
    """Two successors, of which one is over, are no split."""
    found = await lot(town, "7002")
    assert (found["id"], days(found, "7002", "REPLACES")) == ("lv.lot:3002", ("2025-01-01", None))
    assert days(await lot(town, "3001"), "7002", "REPLACES") == ("2020-01-01", "2024-12-31")


async def test_of_the_same_at_two_times_what_holds_is_told(town: Town) -> None:
    found = await lot(town, "7003")
    assert (found["id"], days(found, "7003", "REPLACES")) == ("lv.lot:3002", ("2021-01-01", None))


async def test_what_ended_before_it_began_is_not_followed(town: Town) -> None:
    assert (await lot(town, "7004"))["id"] == "lv.lot:7004"


async def test_a_unit_that_left_its_condominium_tells_its_last_day_in_the_citys_time(town: Town) -> None:
    assert days(await lot(town, "1003"), "7502", "PART_OF") == (None, "2026-03-03")
    assert days(await lot(town, "7502"), "1003", "CONTAINS") == (None, "2026-03-03")


@pytest.mark.parametrize("number", ["7000", "7002", "3001", "1003"])
async def test_all_builders_tell_the_same_days(number: str, town: Town) -> None:
    found = await answers(town.engine, Request(PROFILE, variables={"id": f"lv.lot:{number}"}, caller=TESTER))
    assert found.problem is None
    assert found.code is not None
    assert any(each["until"] for each in found.code["data"]["address"]["identifiers"])


@pytest.mark.parametrize("number", ["4000", "4001", "5000", "6000"])
async def test_circles_and_nonsense_end(number: str, town: Town) -> None:
    payload = await town.answer(PROFILE, id=f"lv.lot:{number}")
    assert codes(payload) in ([], [("address", "NOT_FOUND")])


async def test_lots_of_one_condominium_are_related_not_equal(town: Town) -> None:
    unit, billing = await lot(town, "1001"), await lot(town, "7501")
    assert (unit["id"], related(unit)) == ("lv.lot:1001", {("7501", "PART_OF", None)})
    assert related(billing) == {("1001", "CONTAINS", None), ("1002", "CONTAINS", None)}
    assert (prices(unit), prices(billing)) == (["5"], ["6"])


async def test_in_bulk_and_as_nodes(town: Town) -> None:
    ids = ["lv.lot:0001", "lv.lot:1000", "lv.lot:3001", "lv.lot:9999"]
    query = "query Many($ids: [ID!]!) { addresses(ids: $ids) { id } nodes(ids: $ids) { id } }"
    payload = await town.answer(query, TESTER, ids=ids)
    wanted = [{"id": "lv.lot:1000"}, {"id": "lv.lot:1000"}, {"id": "lv.lot:3001"}, None]
    assert payload["data"] == {"addresses": wanted, "nodes": wanted}


async def test_the_office_is_down(town: Town) -> None:
    town.cut_off("land.changes")
    payload = await town.answer('{ address(id: "lv.lot:1000") { id yearBuilt } }')
    assert payload["data"]["address"] == {"id": "lv.lot:1000", "yearBuilt": 1900}
