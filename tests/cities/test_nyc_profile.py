"""The promise on New York's rows: one query gives every record that the raw files hold for a lot.

The query asks all sections of `Address` at once; `nyc_count` counts the same over the raw files
without any of the gateway's code. Compared are the number of records, the records themselves,
their provenance, and the state of every section.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.engine.requests import Caller, Engine, Request
from tests.cities.nyc_count import busiest_lots, expected, most_inspected, permits, visits
from tests.cities.nyc_files import PARTS, Part
from tests.cities.nyc_load import REPOSITORY

LINKAGE = REPOSITORY.parent / "shared" / "data" / "linkage" / "nyc_bbl_4plus_agencies.csv"
LOTS = busiest_lots(LINKAGE) if LINKAGE.is_file() else []
TESTER = Caller("tester", frozenset({"*"}), trusted=True)
PAGE = 100


def selection(part: Part) -> str:
    """A section with all that is compared, its later pages by `after`."""
    record = f"{' '.join(part.shows)} source {{ agency dataset }}"
    if not part.many:
        return f"{part.field} {{ {record} }}"
    page = "pageInfo { hasNextPage endCursor } totalCount source { state agency dataset error { code message } }"
    return f"{part.field}(first: {PAGE}) {{ nodes {{ {record} }} {page} }}"


PROFILE = f"""query Profile($id: ID!) {{ address(id: $id) {{
  id existence sources {{ field state agency dataset }}
  {" ".join(selection(part) for part in PARTS)}
}} }}"""


async def ask(engine: Engine, query: str, **variables: object) -> dict[str, Any]:
    """The data of a response without errors."""
    response = await engine.execute(Request(query, variables=variables, caller=TESTER))
    assert "errors" not in response.payload, response.payload["errors"]
    data: dict[str, Any] = response.payload["data"]
    return data


async def whole_list(engine: Engine, lot: str, part: Part, first: dict[str, Any]) -> list[dict[str, Any]]:
    """All records of a section, page after page."""
    nodes, page = list(first["nodes"] or ()), first["pageInfo"]
    query = f"query More($id: ID!, $after: String) {{ address(id: $id) {{ {selection(part)} }} }}"
    query = query.replace(f"first: {PAGE}", f"first: {PAGE}, after: $after")
    while page["hasNextPage"]:
        data = await ask(engine, query, id=f"nyc.bbl:{lot}", after=page["endCursor"])
        nodes += data["address"][part.field]["nodes"]
        page = data["address"][part.field]["pageInfo"]
    return nodes


def records(part: Part, nodes: list[dict[str, Any]]) -> "Counter[tuple[str | None, ...]]":
    """Records as the counter has them."""
    return Counter(tuple(node[name] for name in part.shows) for node in nodes)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("lot", LOTS)
async def test_one_query_gives_all_that_the_raw_files_hold(lot: str, nyc_engine: Engine, nyc_data: Path) -> None:
    address = (await ask(nyc_engine, PROFILE, id=f"nyc.bbl:{lot}"))["address"]
    assert address["existence"] == "CONFIRMED"
    sources = {source["field"]: source for source in address["sources"]}
    found, wanted = {}, {}
    for part in PARTS:
        want = expected(part, lot, nyc_data)
        answer = address[part.field]
        nodes = await whole_list(nyc_engine, lot, part, answer) if part.many else [answer] if answer else []
        source = answer["source"] if part.many else sources[part.field]
        total = answer["totalCount"] if part.many else want.total if want.total is None else len(nodes)
        found[part.field] = (records(part, nodes), total, source["state"], source["agency"], source["dataset"])
        wanted[part.field] = (want.records, want.total, want.state, want.agency, want.dataset)
        assert {(n["source"]["agency"], n["source"]["dataset"]) for n in nodes} <= {(want.agency, want.dataset)}
    assert found == wanted


def test_the_lots_are_busy(nyc_data: Path) -> None:
    """The comparison is worth something: every lot has records of several agencies."""
    if not LINKAGE.is_file():
        pytest.skip(f"the linkage table is not at {LINKAGE}")
    assert len(LOTS) == 20
    agencies = {lot: {want.agency for part in PARTS if (want := expected(part, lot, nyc_data)).count} for lot in LOTS}
    assert min(map(len, agencies.values())) >= 3
    assert sum(len(found) >= 7 for found in agencies.values()) >= 15


RESTAURANT = """query Restaurant($id: ID!) { business(id: $id) {
  inspections(first: 100) { totalCount source { state agency }
    nodes { date inspection violations(first: 100) { totalCount nodes { code inspection { date } } } } }
  outdoorSeating(first: 100) { totalCount source { state } nodes { %s } }
  sidewalkCafes(first: 100) { totalCount source { state } nodes { %s } }
} }"""

PERMITS = {
    "outdoorSeating": "Food Service Establishment Permit #",
    "sidewalkCafes": "DOHMH",
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("rank", range(10))
async def test_a_restaurant_has_its_inspections_and_permits(rank: int, nyc_engine: Engine, nyc_data: Path) -> None:
    camis = most_inspected(nyc_data)[rank]
    parts = {part.field: part for part in PARTS}
    query = RESTAURANT % tuple(" ".join(parts[field].shows) for field in PERMITS)
    business = (await ask(nyc_engine, query, id=f"nyc.camis:{camis}"))["business"]

    inspections = business["inspections"]
    found = {
        (node["date"], node["inspection"]): Counter(v["code"] for v in node["violations"]["nodes"])
        for node in inspections["nodes"]
    }
    assert found == visits(camis, nyc_data)
    assert inspections["totalCount"] == len(found) == len(inspections["nodes"])
    assert (inspections["source"]["state"], inspections["source"]["agency"]) == ("OK", "DOHMH")
    for node in inspections["nodes"]:
        assert node["violations"]["totalCount"] == len(node["violations"]["nodes"])
        assert {v["inspection"]["date"] for v in node["violations"]["nodes"]} <= {node["date"]}
    for field, column in PERMITS.items():
        want = permits(parts[field], column, camis, nyc_data)
        assert records(parts[field], business[field]["nodes"]) == want
        assert business[field]["totalCount"] == want.total()
        assert business[field]["source"]["state"] == "OK"
