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
from gateway.engine.services import Services
from gateway.settings import Settings
from tests.e2e.city import KEY, TESTER, Agency, Row, Town, codes

TODAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


def changed(old: str, new: str, day: date | None = date(2020, 1, 1)) -> Row:
    return {"OLD": old, "NEW": new, "DAY": day}


ROWS: dict[str, list[Row]] = {
    "lots": [{"LOT": lot, "BUILT": 1900 + n} for n, lot in enumerate(("1000", "2000", "3001", "3002", "7501", "1001"))],
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
    ],
    "units": [
        {"UNIT": "1001", "BILLING": "7501", "SECRET": "s"},
        {"UNIT": "1002", "BILLING": "7501", "SECRET": "s"},
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
  identifiers { identifier relation since agency state }
} }"""


async def lot(town: Town, number: str) -> dict[str, Any]:
    found: dict[str, Any] = (await town.data(PROFILE, id=f"lv:{number}".replace("lv:", "lv.lot:")))["address"]
    return found


def related(found: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    mine = [each for each in found["identifiers"] if each["relation"] != "SAME"]
    assert all(each["agency"] == "LO" and each["state"] == "MATCH" for each in mine)
    return {(each["identifier"].removeprefix("lv.lot:"), each["relation"], each["since"]) for each in mine}


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
