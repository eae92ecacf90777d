"""No N+1: however many addresses are asked for, each agency is called as often as for one.

More calls come from `keys_per_call` only.
"""

from collections import Counter, defaultdict
from typing import Any

import pytest

from adapters.base import Scan
from tests.e2e.city import PARCELS, Town, make_town, rows

WARDS, BLOCKS = range(1, 6), range(10, 30)  # 5 × 20 × 10 lots
NUMBERS = [(ward, block, lot) for ward in WARDS for block in BLOCKS for lot in range(10, 20)]
LOTS = [f"{ward}{block}{lot}" for ward, block, lot in NUMBERS]

PER_CALL = 500  # keys, for every source of Testville

QUERIES = {
    "sections and attributes": """yearBuilt residentialUnits label parcel { zip }
      sales(first: 2) { nodes { date } totalCount } notices { nodes { text } }
      complaints { totalCount } inspections { nodes { title } }""",
    "a merged kind and the timeline": "violations { nodes { date } totalCount } records(first: 5) { nodes { title } }",
    "other levels": "buildings { id structure { completed } } units { id } identifiers { identifier }",
    "links, and what hangs on them": """businesses { edges { role } nodes { name partOf { legalName sites { id } }
      inspections { nodes { outcome { label } } } addresses { nodes { label sales { totalCount } } } } }""",
    "parts, wholes and what records are about": """inspections { nodes { about { business { name } address { label } }
      violations { nodes { code inspection { title } } } } }""",
}


@pytest.fixture(scope="module")
def many() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """A thousand lots, each with a building, two sales, a notice, a site with an inspection, complaints."""
    kept = rows()
    parcel, sale, notice = PARCELS[0], kept["deeds.db"]["sales"][0], kept["works.db"]["notices"][0]
    site, visit = kept["trade.db"]["sites"][0], kept["health.db"]["inspections"][0]
    complaint = kept["calls.db"]["complaints"][0]
    sites = [str(20000 + n) for n in range(1000)]
    return {
        "land.db": {
            "parcels": [parcel | {"WARD": w, "BLK": b, "LOT": n, "HOUSE": f"{w}{b}{n}"} for w, b, n in NUMBERS],
        },
        "deeds.db": {"sales": [sale | {"W": w, "B": b, "L": n} for w, b, n in NUMBERS for _ in range(2)]},
        "works.db": {
            "building_lots": [
                {"BIN": str(3000 + n), "LOT": f"{lot[0]}-{lot[1:3]}-{lot[3:]}"} for n, lot in enumerate(LOTS)
            ],
            "buildings": [{"BIN": str(3000 + n), "DONE": "1990", "HOMES": 1, "LAT": 1, "LON": 1} for n in range(1000)],
            "notices": [notice | {"ID": n, "LOT": lot} for n, lot in enumerate(LOTS)],
        },
        "trade.db": {
            "sites": [site | {"SITE": s, "LOT": lot} for s, lot in zip(sites, LOTS, strict=True)],
            "companies": kept["trade.db"]["companies"],
        },
        "health.db": {
            "inspections": [visit | {"PERMIT": s, "LOT": lot} for s, lot in zip(sites, LOTS, strict=True)],
        },
        "calls.db": {"complaints": [complaint | {"TICKET": lot, "HOUSE": lot} for lot in LOTS]},
    }


def shape(scan: Scan) -> tuple[Any, ...]:
    """What makes two calls parts of one question."""
    return (scan.keys.columns if scan.keys else (), scan.columns, scan.filters, scan.order, scan.per_key, scan.count)


async def ask(town: Town, selection: str, number: int) -> dict[tuple[Any, ...], list[int]]:
    """The keys of every call, by dataset and question."""
    town.forget()
    ids = [f"tv.lot:{lot}" for lot in LOTS[:number]]
    query = f"query Many($ids: [ID!]!) {{ addresses(ids: $ids) {{ existence {selection} }} }}"
    payload = await town.answer(query, ids=ids)
    assert "errors" not in payload, payload["errors"][:2]
    assert len(payload["data"]["addresses"]) == number
    assert {address["existence"] for address in payload["data"]["addresses"]} == {"CONFIRMED"}
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for agency in town.agencies.values():
        for dataset, scan in agency.asked:
            found[dataset, *shape(scan)].append(len(scan.keys.values) if scan.keys else 0)
    return found


@pytest.mark.parametrize("what", QUERIES)
async def test_calls_do_not_grow(what: str, many: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    town = make_town(many, deadline=60, timeout=60)
    one, fifty, thousand = [await ask(town, QUERIES[what], number) for number in (1, 50, 1000)]
    assert set(one) == set(fifty) == set(thousand)
    for question, calls in one.items():
        for more in (fifty[question], thousand[question]):
            assert len(more) <= len(calls) + sum(more) // PER_CALL, question
            assert max(more) <= PER_CALL


async def test_the_same_entity_many_times_is_asked_once(town: Town) -> None:
    query = "query Many($ids: [ID!]!) { addresses(ids: $ids) { sales { totalCount } label } }"
    await town.data(query, ids=["tv.lot:10101", "tv.lot:1-01-01"] * 100)
    assert max(Counter(town.calls()).values()) == 1
    for agency in town.agencies.values():
        for _, scan in agency.asked:
            assert scan.keys is None or len(scan.keys.values) == len(set(scan.keys.values))


async def test_only_what_is_asked_for_is_fetched(town: Town) -> None:
    await town.data('{ address(id: "tv.lot:10101") { sales { nodes { date } } } }')
    assert set(town.calls()) == {"deeds.sales", "land.parcels"}  # the register says that it exists
    await town.data('{ address(id: "tv.lot:10101") { id } }')
    town.forget()
    await town.data("{ __typename city { name } me { name } }")
    assert town.calls() == []


async def test_skipped_fields_cost_nothing(town: Town) -> None:
    query = """query Some($all: Boolean!) { address(id: "tv.lot:10101") { id
      sales @include(if: $all) { totalCount } liens @skip(if: true) { totalCount } } }"""
    await town.data(query, all=False)
    assert set(town.calls()) == {"land.parcels"}
    await town.data(query, all=True)
    assert set(town.calls()) == {"land.parcels", "deeds.sales"}


async def test_a_register_with_a_section_of_its_own_is_asked_once(town: Town) -> None:
    query = 'query P { address(id: "tv.pier:1-01") { existence sources { field state } pier { name id } } }'
    for _ in range(3):  # by the reference builder, then by generated code
        town.forget()
        found = (await town.data(query))["address"]
        assert (found["existence"], found["pier"]["name"]) == ("CONFIRMED", "Old Pier")
        assert found["sources"] == [{"field": "pier", "state": "OK"}]
        assert town.calls() == ["harbour.piers"]
    pier = found["pier"]["id"]
    assert (await town.data(f'{{ node(id: "{pier}") {{ id }} }}'))["node"] == {"id": pier}


async def test_nothing_is_carried_from_a_register_that_is_down(town: Town) -> None:
    town.cut_off("harbour")
    payload = await town.answer('{ address(id: "tv.pier:1-01") { existence pier { name } sources { field state } } }')
    assert payload["data"]["address"]["existence"] == "UNKNOWN"
    assert payload["data"]["address"]["pier"] is None
    assert payload["data"]["address"]["sources"][0] == {"field": "pier", "state": "UNAVAILABLE"}
    assert town.calls() == ["harbour.piers"]
