"""A row that has a business's number as an applicant typed it is in the profile only where a second fact says so."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue import load
from gateway.engine.frames import Frame
from gateway.engine.matching.authorities import Authorities
from gateway.engine.run import Run
from gateway.engine.values import RecordValue
from tests.e2e.city import Row, Town, codes
from tests.e2e.market import MARKET, TABLES, make_market
from tests.garbage import left_behind

TYPED = "streetTables { nodes { id number } totalCount source { state error { code message retryable } } }"


def table(number: str, food: str | None, liquor: str | None, name: str, line: str, holder: str | None = None) -> Row:
    """An application for tables in the street."""
    typed = {"NO": number, "FOOD": food, "LIQUOR": liquor, "DBA": name, "HOLDER": holder, "LINE": line, "ZIP": "90001"}
    assert typed.keys() == TABLES[0].keys()
    return typed


APPLICATIONS = [
    *TABLES,
    table("B1", "100001", None, "Another Place Entirely", "800 Far Blvd"),  # a slip: it is somebody else's number
    table("B2", "100001", None, "Pheasant Group", "12 Oak St"),  # another name at the permit's address
    table("B3", "100099", None, "Marsh Harrier Cafe", "3 Elm Ave"),  # the Health Office has no such permit
    table("B4", "100099", None, "Reed Bunting Bar", "77 Pine Rd"),
    table("B5", None, "2888888", "Lapwing Diner", "1 Oak St"),
]


@pytest.fixture
async def market() -> AsyncIterator[Town]:
    """Marketown with more applications."""
    made = make_market({"streets": {"tables": APPLICATIONS}})
    yield made
    await made.engine.aclose()


async def typed(market: Town, id: str, arguments: str = "") -> dict[str, Any]:
    """The section of one business."""
    data = await market.data(f'{{ business(id: "{id}"{arguments}) {{ {TYPED} }} }}')
    found: dict[str, Any] = data["business"]["streetTables"]
    return found


def numbers(section: dict[str, Any]) -> set[str]:
    return {node["number"] for node in section["nodes"]}


async def test_rows_of_others_who_typed_the_number_are_left_out_and_told(market: Town) -> None:
    found = await typed(market, "mk.food:100001")
    assert numbers(found) == {"A1", "A4", "B2"}
    assert found["totalCount"] == 3
    assert (found["source"]["state"], found["source"]["error"]["code"]) == ("PARTIAL", "UNCONFIRMED")
    assert "possible: 0" in found["source"]["error"]["message"]
    assert not found["source"]["error"]["retryable"]


async def test_a_second_fact_is_a_name_or_a_place(market: Town) -> None:
    """The noodle house's licence is at another address, in its name; the bakery typed its own permit."""
    for id, own in (("mk.liquor:2000004", "A3"), ("mk.food:100002", "A2"), ("mk.food:100003", "A3")):
        found = await typed(market, id)
        assert (numbers(found), found["source"]["state"]) == ({own}, "OK")
    grill = await typed(market, "mk.liquor:2000003")  # whose licence the bakery typed
    assert (numbers(grill), grill["totalCount"], grill["source"]["state"]) == (set(), 0, "PARTIAL")


async def test_who_asks_for_it_gets_what_is_possible(market: Town) -> None:
    assert numbers(await typed(market, "mk.food:100001", ", possible: 1")) == {"A1", "A4", "B2"}
    found = await typed(market, "mk.food:100001", ", possible: 0")
    assert numbers(found) == {"A1", "A4", "B1", "B2"}
    assert (found["totalCount"], found["source"]["state"]) == (4, "OK")


async def test_pages_and_totals_are_of_what_belongs(market: Town) -> None:
    seen, after = [], "null"
    for _ in range(3):
        shown = "nodes { number } totalCount pageInfo { endCursor hasNextPage }"
        query = f'{{ business(id: "mk.food:100001") {{ streetTables(first: 1, after: {after}) {{ {shown} }} }} }}'
        page = (await market.data(query))["business"]["streetTables"]
        seen += [node["number"] for node in page["nodes"]]
        after = f'"{page["pageInfo"]["endCursor"]}"'
        assert page["totalCount"] == 3
    assert not page["pageInfo"]["hasNextPage"]
    assert sorted(seen) == ["A1", "A4", "B2"]


async def test_whom_only_applicants_know_is_possible_only(market: Town) -> None:
    query = '{{ business(id: "mk.food:100099"{}) {{ existence claims(attribute: TRADE_NAME) {{ value }} }} }}'
    found = (await market.data(query.format("")))["business"]
    assert found == {"existence": "CONFIRMED", "claims": []}
    section = await typed(market, "mk.food:100099")
    assert (section["nodes"], section["totalCount"]) == ([], 0)
    error = section["source"]["error"]
    assert (section["source"]["state"], error["code"]) == ("PARTIAL", "UNCONFIRMED")
    assert error["message"].endswith("possible: 0.5.")
    found = (await market.data(query.format(", possible: 0.5")))["business"]
    assert {claim["value"] for claim in found["claims"]} == {"Marsh Harrier Cafe", "Reed Bunting Bar"}
    section = await typed(market, "mk.food:100099", ", possible: 0.5")
    assert (numbers(section), section["source"]["state"]) == ({"B3", "B4"}, "OK")


async def test_while_the_authority_is_silent_nothing_is_confirmed(market: Town) -> None:
    market.cut_off("health")
    found = await typed(market, "mk.food:100002")
    assert (found["nodes"], found["totalCount"]) == ([], None)
    error = found["source"]["error"]
    assert (found["source"]["state"], error["code"], error["retryable"]) == ("PARTIAL", "UNAVAILABLE", True)
    assert "HO" in error["message"]
    assert numbers(await typed(market, "mk.food:100002", ", possible: 0.5")) == {"A2"}


async def test_what_is_another_s_claims_nothing_and_ties_nothing(market: Town) -> None:
    query = """{ business(id: "mk.liquor:2000003") { existence tradeName legalName
      claims(attribute: TRADE_NAME) { value } addresses { nodes { id } sources { dataset state } }
      sources { field dataset state error { code } } } }"""
    payload = await market.answer(query)
    found = payload["data"]["business"]
    assert "errors" not in payload
    assert (found["existence"], found["tradeName"]) == ("CONFIRMED", "SALT MARSH GRILL")
    assert [claim["value"] for claim in found["claims"]] == ["SALT MARSH GRILL"]
    assert [node["id"] for node in found["addresses"]["nodes"]] == ["mk.address:90001/40 ELM AVE"]
    assert {"dataset": "streets.tables", "state": "PARTIAL"} in found["addresses"]["sources"]
    told = {(s["field"], s["dataset"]): s["error"] for s in found["sources"]}
    assert told["tradeName", "streets.tables"] == {"code": "UNCONFIRMED"}


async def test_whom_rows_that_are_left_out_name_is_known_all_the_same(market: Town) -> None:
    """Only an application names the licence, and the Liquor Board can't be asked."""
    market.cut_off("liquor")
    query = '{ business(id: "mk.liquor:2888888") { existence streetTables { nodes { number } } } }'
    assert await market.data(query) == {"business": {"existence": "CONFIRMED", "streetTables": {"nodes": []}}}


async def test_a_record_that_was_shown_is_found_by_its_id(market: Town) -> None:
    shown = (await typed(market, "mk.food:100001", ", possible: 0"))["nodes"]
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { ... on StreetsStreetTables { number } } }"
    found = (await market.data(query, ids=[node["id"] for node in shown]))["nodes"]
    assert found == [{"number": node["number"]} for node in shown]


async def test_at_an_address_nothing_is_left_out(market: Town) -> None:
    query = '{ address(id: "mk.address:90001/12 OAK ST") { streetTables { nodes { number } source { state } } } }'
    section = (await market.data(query))["address"]["streetTables"]
    assert numbers(section) == {"A1", "A2", "A4", "B2"}
    assert section["source"]["state"] == "OK"


async def test_many_are_confirmed_in_the_calls_of_one(market: Town) -> None:
    query = f"query Q($ids: [ID!]!) {{ businesses(ids: $ids) {{ {TYPED} }} }}"
    await market.data(query, ids=["mk.food:100001"])
    few = len(market.calls())
    market.forget()
    found = await market.data(query, ids=[f"mk.food:10000{n}" for n in range(1, 5)])
    assert len(market.calls()) <= few + 1  # of some, an authority confirms a licence that was typed
    assert [numbers(b["streetTables"]) for b in found["businesses"]] == [{"A1", "A4", "B2"}, {"A2"}, {"A3"}, {"A5"}]


async def test_what_was_left_out_is_counted(market: Town) -> None:
    await typed(market, "mk.food:100001")
    query = "{ city { datasets { name keyQuality { scheme unconfirmed } } } }"
    datasets = {d["name"]: d["keyQuality"] for d in (await market.data(query))["city"]["datasets"]}
    assert {each["scheme"]: each["unconfirmed"] for each in datasets["streets.tables"]}["mk.food"] == 1


async def test_explain_tells_what_confirms(market: Town, town: Town) -> None:
    async def confirming(of: Town, query: str) -> list[str]:
        payload = await of.answer(query, extensions={"explain": True})
        return [node["what"] for node in payload["extensions"]["explain"]["nodes"] if node["node"] == "Confirm"]

    query = '{ business(id: "mk.food:100001") { streetTables { totalCount } } }'
    assert await confirming(market, query) == ["streets.tables: its rows by health.visits, liquor.licences"]
    assert await confirming(market, query.replace("streetTables", "visits")) == []
    (nothing,) = await confirming(town, '{ business(id: "tv.site:70012") { adverts { totalCount } } }')
    assert "nothing" in nothing


async def test_where_nothing_can_be_compared_typed_numbers_are_possible_only(town: Town) -> None:
    """Testville's directory of traders has no names: who advertises under a number may be anybody."""
    query = (
        '{{ business(id: "tv.site:70012"{}) {{ adverts {{ nodes {{ id }} source {{ state error {{ code }} }} }} }} }}'
    )
    found = (await town.data(query.format("")))["business"]["adverts"]
    assert (found["nodes"], found["source"]["state"]) == ([], "PARTIAL")
    assert found["source"]["error"]["code"] == "UNCONFIRMED"
    assert len((await town.data(query.format(", possible: 0.5")))["business"]["adverts"]["nodes"]) == 1
    town.cut_off("trade.sites")
    found = (await town.data(query.format("")))["business"]["adverts"]
    assert (found["nodes"], found["source"]["state"], found["source"]["error"]["code"]) == (
        [],
        "PARTIAL",
        "UNAVAILABLE",
    )


@pytest.fixture
async def forms(tmp_path: Path) -> AsyncIterator[Town]:
    """Marketown, whose applicants also type the number of their company: nothing compares a shop with that."""
    copied = shutil.copytree(MARKET, tmp_path / "forms")
    streets = copied / "streets.toml"
    text = streets.read_text(encoding="utf-8")
    text = text.replace('liquor = "LIQUOR"\n', 'liquor = "LIQUOR"\ncompany = "COMPANY"\n')
    streets.write_text(text.replace("[dataset.keys]\n", '[dataset.keys]\ncompany = "company"\n'), encoding="utf-8")
    tables = [row | {"COMPANY": "400"} for row in TABLES]
    made = make_market({"streets": {"tables": tables}}, of=load(copied, {}))
    yield made
    await made.engine.aclose()


async def test_a_typed_number_leads_nowhere_unless_that_is_asked_for(forms: Town) -> None:
    query = '{{ business(id: "mk.food:100001"{}) {{ registration {{ name }} partOf {{ id }} }} }}'
    payload = await forms.answer(query.format(""))
    assert payload["data"]["business"] == {"registration": None, "partOf": None}
    assert codes(payload) == [("business.registration", "UNTRANSLATED"), ("business.partOf", "UNCONFIRMED")]
    found = await forms.data(query.format(", possible: 0.5"))
    assert found["business"] == {
        "registration": {"name": "GOLDEN PHEASANT TAVERN LLC"},
        "partOf": {"id": "mk.company:400"},
    }
    explained = await forms.answer(query.format(""), extensions={"explain": True})
    (line,) = [n["what"] for n in explained["extensions"]["explain"]["nodes"] if n["node"] == "Translate"]
    assert line == "mk.food -> mk.company via streets.tables, only with possible: 0.5, as applicants typed it"


async def test_who_asks_for_what_is_possible_does_not_ask_for_others(forms: Town) -> None:
    """The document is the same, so is its plan; what differs is a variable."""
    query = 'query Q($least: Float) { business(id: "mk.food:100001", possible: $least) { registration { name } } }'
    sure = await forms.answer(query)
    assert sure["data"] == {"business": {"registration": None}}
    found = await forms.data(query, least=0.5)
    assert found == {"business": {"registration": {"name": "GOLDEN PHEASANT TAVERN LLC"}}}
    assert await forms.answer(query) == sure


@pytest.fixture
async def nameless(tmp_path: Path) -> AsyncIterator[Town]:
    """Marketown, of whose applications only a telephone is told: it can't be compared."""
    copied = shutil.copytree(MARKET, tmp_path / "nameless")
    streets = copied / "streets.toml"
    text = streets.read_text(encoding="utf-8")
    names = '"Business.tradeName" = "name"\n"Business.legalName" = "holder"\n'
    assert names in text
    streets.write_text(text.replace(names, '"Business.phone" = "name"\n'), encoding="utf-8")
    tables = [row | {"DBA": "5550104321"} for row in TABLES]
    made = make_market({"streets": {"tables": tables}}, of=load(copied, {}))
    yield made
    await made.engine.aclose()


async def test_what_cannot_be_compared_claims_nothing_but_ties(nameless: Town) -> None:
    ties = "addresses { edges { state source { dataset } } }"
    query = '{{ business(id: "mk.food:100002"{}) {{ claims(attribute: PHONE) {{ value }} {} }} }}'
    for asked in ("", ties):
        found = (await nameless.data(query.format("", asked)))["business"]
        assert [claim["value"] for claim in found["claims"]] == ["5550105678"]
    possible = (await nameless.data(query.format(", possible: 0.5", ties)))["business"]
    assert "5550104321" in {claim["value"] for claim in possible["claims"]}
    assert found["addresses"] == possible["addresses"]
    query = '{ business(id: "mk.food:100002") { phone sources { field dataset state error { code } } } }'
    told = (await nameless.data(query))["business"]["sources"]
    assert {"field": "phone", "dataset": "streets.tables", "state": "PARTIAL", "error": {"code": "UNCONFIRMED"}} in told


async def test_requests_leave_nothing_to_the_garbage_collector(market: Town) -> None:
    for _ in range(2):
        await typed(market, "mk.food:100001")
    with left_behind() as left:
        await typed(market, "mk.food:100001")
    assert left.isdisjoint({Frame, Run, RecordValue, Authorities})
