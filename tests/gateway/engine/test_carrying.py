"""Sections whose rows come with what is asked anyway: one call, the same answer, by every builder."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.base import Answer, Dataset, Scan
from adapters.memory import MemoryAdapter
from bench.peers.questions import CITY
from gateway.catalogue import load
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.settings import Settings

LOTS = [f"100477{n:04}" for n in range(1, 6)]
ADDRESSES = [
    {"bbl": lot, "houseNumber": str(n), "street": "OAK ST", "borough": "MN", "zip": "10001"}
    | {"latitude": 40.5, "longitude": -73.5}
    for n, lot in enumerate(LOTS)
]
TAXES = [{"bbl": lot, "marketValue": n, "assessedValue": n} for n, lot in enumerate(LOTS)]


class Noted(MemoryAdapter):
    """Notes the dataset and the columns of every call."""

    calls: list[tuple[str, tuple[str, ...]]]

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        self.calls.append((dataset.name, scan.columns))
        return await super().scan(dataset, scan)


def bench(permits: Sequence[dict[str, Any]] = ()) -> tuple[CityEngine, list[tuple[str, tuple[str, ...]]]]:
    """The bench's city over rows in memory."""
    city = load(CITY, {})
    calls: list[tuple[str, tuple[str, ...]]] = []
    tables: dict[str, dict[str, list[dict[str, Any]]]] = {
        name: {t.dataset.path: [] for t in city.tables.values() if t.dataset.source == name} for name in city.sources
    }
    tables["buildings.api"]["addresses"] = ADDRESSES
    tables["buildings.api"]["permits"] = [*permits]
    tables["finance.db"]["taxes"] = TAXES
    adapters = {name: Noted(each) for name, each in tables.items()}
    for adapter in adapters.values():
        adapter.calls = calls
    return CityEngine(city, Settings(), adapters=adapters), calls


async def ask(engine: CityEngine, query: str, explain: bool = False) -> Any:
    caller = Caller("tests", scopes=frozenset("*"), trusted=True)
    response = await engine.execute(Request(query, caller=caller, extensions={"explain": True} if explain else {}))
    assert "errors" not in response.payload, response.payload["errors"]
    return response.payload["extensions"]["explain"]["text"] if explain else response.payload["data"]


FIND = """{ findAddresses(where: { postcode: { eq: "10001" } }, first: 3) {
  nodes { id taxes { marketValue } sources { field state }
    lot { bbl street zip level source { dataset fetchedAt } id } }
} }"""


async def test_a_find_brings_the_section_of_what_it_looks_in() -> None:
    engine, calls = bench()
    answers = []
    for _ in range(3):  # by the reference builder, then by generated code
        calls.clear()
        answers.append((await ask(engine, FIND))["findAddresses"]["nodes"])
        assert [dataset for dataset, _ in calls] == ["buildings.addresses", "finance.taxes"]
    for nodes in answers:
        assert [node["lot"]["bbl"] for node in nodes] == LOTS[:3]
        assert {node["lot"]["level"] for node in nodes} == {"LOT"}
        assert [node["taxes"]["marketValue"] for node in nodes] == [0, 1, 2]
        assert all({part["state"] for part in node["sources"]} == {"OK"} for node in nodes)
    alone = await ask(engine, f'{{ address(id: "bt.lot:{LOTS[1]}") {{ lot {{ bbl street zip id }} }} }}')
    assert {key: answers[0][1]["lot"][key] for key in ("bbl", "street", "zip", "id")} == alone["address"]["lot"]
    text = await ask(engine, FIND, explain=True)
    assert "Found     buildings.addresses -> lot" in text
    assert "Fetch     buildings.addresses" not in text


LISTS = """{ findAddresses(where: { postcode: { eq: "10001" } }, first: 5) {
  nodes { id __typename taxes { marketValue assessedValue } lot { bbl street latitude }
    buildingPermits { totalCount nodes { permitId issued cost } } }
} }"""
PERMITS = [
    {"permitId": f"P{n}", "bbl": LOTS[n % 3], "jobType": "A1", "issued": f"2020-01-0{n}", "cost": n}
    for n in range(1, 6)
]


@pytest.mark.parametrize("cost", [3, "much", 2**31, -(2**31), None])
async def test_what_a_find_leads_to_is_the_same_by_every_builder(cost: object) -> None:
    engine, _ = bench([*PERMITS, {**PERMITS[0], "permitId": "P6", "cost": cost}])
    told = []
    for _ in range(3):  # by the reference builder, then by generated code
        response = await engine.execute(Request(LISTS, caller=Caller("tests", scopes=frozenset("*"), trusted=True)))
        told.append(response.payload)
    assert told[0] == told[1] == told[2]
    (found,) = [n for n in told[0]["data"]["findAddresses"]["nodes"] if n["lot"]["bbl"] == LOTS[1]]
    assert found["buildingPermits"]["totalCount"] == 3
    assert ("errors" in told[0]) == (cost in ("much", 2**31))


async def test_only_columns_that_are_asked_for_come_along() -> None:
    engine, calls = bench()
    await ask(engine, '{ findAddresses(where: { postcode: { eq: "10001" } }) { nodes { lot { street } } } }')
    ((_, columns),) = calls
    assert set(columns) == {"bbl", "zip", "street"}


async def test_what_says_that_it_exists_says_the_rest_too() -> None:
    engine, calls = bench()
    for _ in range(3):
        calls.clear()
        found = await ask(engine, f'{{ addresses(ids: ["bt.lot:{LOTS[0]}"]) {{ existence lot {{ houseNumber }} }} }}')
        assert found == {"addresses": [{"existence": "CONFIRMED", "lot": {"houseNumber": "0"}}]}
        assert [dataset for dataset, _ in calls] == ["buildings.addresses"]
