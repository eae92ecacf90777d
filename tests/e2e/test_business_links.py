"""A business is found at the agencies that know it by another identifier, and only that business."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from gateway.engine.requests import ANONYMOUS
from tests.e2e.city import TESTER, Row, Town, codes
from tests.e2e.market import LIQUOR, TABLES, TRADE, VISITS, make_market

LINKS = "links(possible: 0) { identifier scheme agency state confidence evidence { rule detail } }"


@pytest.fixture
async def market() -> AsyncIterator[Town]:
    """Marketown with all agencies well."""
    made = make_market()
    yield made
    await made.engine.aclose()


async def links(market: Town, id: str, selection: str = LINKS) -> dict[str, dict[str, Any]]:
    """The links of a business by identifier."""
    data = await market.data(f'{{ business(id: "{id}") {{ {selection} }} }}')
    return {link["identifier"]: link for link in data["business"]["links"]}


async def profile(market: Town, id: str, arguments: str = "") -> dict[str, list[str]]:
    """The numbers of the records in a business's profile, by section."""
    sections = {"visits": "date", "liquorLicences": "number", "tradeLicences": "number", "streetTables": "number"}
    shown = " ".join(f"{name} {{ nodes {{ {column} }} }}" for name, column in sections.items())
    data = await market.data(f'{{ business(id: "{id}"{arguments}) {{ {shown} }} }}')
    found = data["business"]
    return {name: [node[column] for node in found[name]["nodes"]] for name, column in sections.items()}


async def test_links_say_who_how_sure_and_why(market: Town) -> None:
    found = await links(market, "mk.food:100001")
    matches = {name: link for name, link in found.items() if link["state"] == "MATCH"}
    assert set(matches) == {"mk.liquor:2000001", "mk.trade:3001", "mk.trade:3002"}
    licence = matches["mk.liquor:2000001"]
    assert (licence["scheme"], licence["agency"]) == ("mk.liquor", "LB")
    assert licence["confidence"] > 0.99
    rules = {each["rule"] for each in licence["evidence"]}
    assert {"trade_same", "address_same", "identifier_same"} <= rules


async def test_the_profile_has_what_the_other_agencies_know(market: Town) -> None:
    assert await profile(market, "mk.food:100001") == {
        "visits": ["2024-05-01", "2024-03-01"],
        "liquorLicences": ["2000001"],
        "tradeLicences": ["3002", "3001"],
        "streetTables": ["A1", "A4"],
    }


async def test_it_is_the_same_profile_from_the_other_end(market: Town) -> None:
    whole = await profile(market, "mk.food:100001")
    for other in ("mk.liquor:2000001", "mk.trade:3001"):
        found = await profile(market, other)
        assert found["visits"] == whole["visits"]
        assert found["liquorLicences"] == whole["liquorLicences"]


async def test_evidence_never_has_a_value(market: Town) -> None:
    for id in ("mk.food:100001", "mk.food:100002", "mk.liquor:2000003"):
        text = str([link["evidence"] for link in (await links(market, id)).values()]).upper()
        assert not any(word in text for word in ("PHEASANT", "OAK", "5550101234", "ZUCCHERO"))


async def test_neighbours_at_one_address_are_not_merged(market: Town) -> None:
    bakery = await links(market, "mk.food:100002")
    assert not [name for name, link in bakery.items() if link["state"] == "MATCH"]
    assert (await profile(market, "mk.food:100002"))["liquorLicences"] == []


async def test_a_successor_at_the_address_is_another_business(market: Town) -> None:
    noodles = await links(market, "mk.food:100003")
    assert "mk.liquor:2000003" not in {name for name, link in noodles.items() if link["state"] == "MATCH"}
    ended = await make_market_with_two_wrens()
    assert "mk.liquor:2000005" not in await links(ended, "mk.trade:3005")
    await ended.engine.aclose()


async def make_market_with_two_wrens() -> Town:
    """A licence of the same name began ten years after the other had ended."""
    again = TRADE[0] | {
        "NUMBER": "3005",
        "HOLDER": "WREN AND SPARROW LLC",
        "DBA": "WREN & SPARROW",
        "LINE": "9 PINE RD",
        "CREATED": date(2022, 1, 1),
    }
    return make_market({"trade": {"licences": [*TRADE, again]}})


async def test_a_typed_identifier_is_possible_until_a_second_fact_confirms_it(market: Town) -> None:
    """The bakery typed another's licence; the noodle house's own licence is at another address, in its name;
    and nobody knows the last one."""
    assert "mk.liquor:2000003" not in await links(market, "mk.food:100002")
    assert (await links(market, "mk.food:100003"))["mk.liquor:2000004"]["state"] == "MATCH"
    unknown = (await links(market, "mk.food:100004"))["mk.liquor:2999999"]
    assert (unknown["state"], unknown["confidence"]) == ("POSSIBLE", 0.5)
    assert [each["rule"] for each in unknown["evidence"]] == ["self_declared"]


async def test_levels_are_not_crossed(market: Town) -> None:
    assert not [name for name in await links(market, "mk.food:100001") if name.startswith("mk.company")]
    assert await links(market, "mk.company:400") == {}


async def test_what_is_possible_merges_only_where_asked_for(market: Town) -> None:
    doubt = (await links(market, "mk.food:100002"))["mk.liquor:2000002"]
    assert doubt["state"] == "POSSIBLE"
    assert await links(market, "mk.food:100002", LINKS.replace("(possible: 0)", "")) == {}
    assert (await profile(market, "mk.food:100002"))["liquorLicences"] == []
    from_here = f", possible: {doubt['confidence']}"
    assert (await profile(market, "mk.food:100002", from_here))["liquorLicences"] == ["2000002"]
    assert (await profile(market, "mk.food:100002", ", possible: 1"))["liquorLicences"] == []


@pytest.mark.parametrize("query", ["(id: $id, possible: 1.5) { id }", "(id: $id) { links(possible: -1) { state } }"])
async def test_a_confidence_is_from_0_to_1(query: str, market: Town) -> None:
    payload = await market.answer(f"query Q($id: ID!) {{ business{query} }}", id="mk.food:100001")
    assert {code for _, code in codes(payload)} == {"BAD_ARGUMENT"}


async def test_a_person_s_name_is_never_compared_whoever_asks(market: Town) -> None:
    """The grill's licence is held by a person; its holder's name ties it to nothing."""
    twin = VISITS[0] | {"FOOD": "100009", "DBA": "ZUCCHERO, MARIA", "LINE": "40 ELM AVENUE", "PHONE": None}
    made = make_market({"health": {"visits": [*VISITS, twin]}})
    for caller in (TESTER, ANONYMOUS):
        data = await made.data(f'{{ business(id: "mk.food:100009") {{ {LINKS} }} }}', caller)
        found = {link["identifier"]: link for link in data["business"]["links"]}
        assert not [name for name, link in found.items() if link["state"] == "MATCH"]
        assert not {e["rule"] for link in found.values() for e in link["evidence"]} & {"crossed_same", "legal_same"}
    await made.engine.aclose()


async def test_a_withheld_value_is_not_supplied_by_another_agency(market: Town) -> None:
    """The liquor board's telephones are personal: a caller without the right gets no licence's number,
    nor is it compared."""
    query = '{ business(id: "mk.liquor:2000001") { claims(attribute: PHONE) { value source { agency } } } }'
    payload = await market.answer(query, ANONYMOUS)
    assert "5559990000" not in str(payload)
    found = await links(market, "mk.food:100001")
    assert not any(e["rule"].startswith("phone") for e in found["mk.liquor:2000001"]["evidence"])


async def test_datasets_that_need_a_scope_are_never_compared(market: Town) -> None:
    market.forget()
    assert "mk.liquor:2000009" not in await links(market, "mk.food:100001")
    assert "trade.raids" not in market.calls()


async def test_the_same_links_for_everybody(market: Town) -> None:
    query = f'{{ business(id: "mk.food:100001") {{ {LINKS} }} }}'
    assert await market.data(query, ANONYMOUS) == await market.data(query, TESTER)


async def test_all_businesses_are_compared_in_the_calls_of_one(market: Town) -> None:
    query = "query Q($ids: [ID!]!) { businesses(ids: $ids) { links { state } } }"
    await market.data(query, ids=["mk.food:100001"])
    few = sorted(market.calls())
    market.forget()
    await market.data(query, ids=[f"mk.food:10000{n}" for n in range(1, 5)])
    assert len(market.calls()) <= len(few) + 1  # of some, an authority confirms what was typed


async def test_a_dead_agency_is_told_and_costs_only_what_it_knows(market: Town) -> None:
    market.cut_off("liquor")
    query = """{ business(id: "mk.food:100001") { links { identifier } sources { field dataset state }
      liquorLicences { nodes { number } source { state } } tradeLicences { nodes { number } source { state } } } }"""
    payload = await market.answer(query)
    found = payload["data"]["business"]
    assert {link["identifier"] for link in found["links"]} == {"mk.trade:3001", "mk.trade:3002"}
    assert found["liquorLicences"]["source"]["state"] == "UNAVAILABLE"
    assert found["tradeLicences"]["source"]["state"] == "OK"
    states = {(s["field"], s["dataset"]): s["state"] for s in found["sources"]}
    assert states["links", "liquor.licences"] == "UNAVAILABLE"


@pytest.mark.parametrize("typed", [[], TABLES], ids=["nothing typed", "typed"])
async def test_without_its_own_agency_nothing_can_be_compared(typed: list[Row]) -> None:
    """What applicants typed does not stand in for it: it may be another's."""
    made = make_market({"streets": {"tables": typed}})
    made.cut_off("health")
    query = '{ business(id: "mk.food:100001") { links { identifier } liquorLicences { source { state } } } }'
    payload = await made.answer(query)
    assert payload["data"]["business"]["links"] is None
    assert ("business.links", "UNAVAILABLE") in codes(payload)
    assert payload["data"]["business"]["liquorLicences"]["source"]["state"] == "UNAVAILABLE"
    await made.engine.aclose()


async def test_a_business_without_a_second_identifier_asks_nobody_more(market: Town) -> None:
    market.forget()
    await market.data('{ business(id: "mk.food:100001") { visits { totalCount } } }')
    assert set(market.calls()) == {"health.visits", "streets.tables"}  # which say that it exists


def test_the_rows_are_what_the_tests_say() -> None:
    assert len(VISITS) == 5
    assert {row["LIQUOR"] for row in TABLES} >= {row["NUMBER"] for row in LIQUOR if row["NUMBER"] == "2000004"}


HOLDER = "QUAIL AND THISTLE INN LLC"
NOWHERE = TRADE[0] | {"NUMBER": "3010", "HOLDER": HOLDER, "DBA": None, "LINE": None, "ZIP": None}
INN = LIQUOR[0] | {"NUMBER": "2000010", "HOLDER": HOLDER, "DBA": None, "LINE": "90 FAR LN"}


async def test_a_business_without_an_address_is_looked_for_by_name() -> None:
    """A name alone is one fact."""
    made = make_market({"trade": {"licences": [*TRADE, NOWHERE]}, "liquor": {"licences": [*LIQUOR, INN]}})
    found = await links(made, "mk.trade:3010")
    assert {name: link["state"] for name, link in found.items()} == {"mk.liquor:2000010": "POSSIBLE"}
    made.cut_off("liquor")
    query = """{ business(id: "mk.trade:3010") { links { state } liquorLicences { source { state } }
      sources { field dataset state } } }"""
    payload = await made.answer(query)
    business = payload["data"]["business"]
    assert business["liquorLicences"]["source"]["state"] == "UNAVAILABLE"
    assert {"field": "links", "dataset": "liquor.licences", "state": "UNAVAILABLE"} in business["sources"]
    await made.engine.aclose()


async def test_nobody_is_looked_for_by_a_person_s_name() -> None:
    """The name over the door is a person's: holders' names are not searched for it."""
    twin = VISITS[0] | {"FOOD": "100011", "DBA": "ZUCCHERO, MARIA", "LINE": None, "ZIP": None}
    made = make_market({"health": {"visits": [*VISITS, twin]}})
    assert await links(made, "mk.food:100011") == {}
    texts = str([scan.filters for agency in made.agencies.values() for _, scan in agency.asked])
    assert "'holder'" not in texts
    await made.engine.aclose()


async def test_key_quality_counts_what_was_refused(market: Town) -> None:
    """Of two applications of the tavern one has a date for a licence; the bakery's is another's."""
    query = "{ city { datasets { name keyQuality { scheme seen missing refused unconfirmed } } } }"
    assert {tuple(d["keyQuality"]) for d in (await market.data(query))["city"]["datasets"]} == {()}
    await links(market, "mk.food:100001")
    await links(market, "mk.food:100002")
    datasets = {d["name"]: d["keyQuality"] for d in (await market.data(query))["city"]["datasets"]}
    typed = {each["scheme"]: each for each in datasets["streets.tables"]}["mk.liquor"]
    assert typed["refused"] >= 1
    assert typed["unconfirmed"] == 1
    assert typed["seen"] > typed["refused"]
    assert {each["refused"] for each in datasets["liquor.licences"]} == {0}
    assert datasets["trade.raids"] == []


async def test_identifiers_are_as_sure_as_their_link(market: Town) -> None:
    query = """query Q($id: ID!, $possible: Float) { business(id: $id, possible: $possible) {
      identifiers { identifier agency state confidence } links(possible: 0) { identifier state confidence } } }"""
    for id, possible in (("mk.food:100001", None), ("mk.food:100002", 0.5)):
        business = (await market.data(query, id=id, possible=possible))["business"]
        sure = {each["identifier"]: (each["state"], each["confidence"]) for each in business["identifiers"]}
        linked = {each["identifier"]: (each["state"], each["confidence"]) for each in business["links"]}
        sure_from = 2 if possible is None else possible
        taken = {name: each for name, each in linked.items() if each[0] == "MATCH" or each[1] >= sure_from}
        assert taken
        assert sure == {id: ("MATCH", 1.0)} | taken


async def test_explain_tells_what_would_be_compared(market: Town) -> None:
    query = '{ business(id: "mk.food:100001") { liquorLicences { totalCount } } }'
    payload = await market.answer(query, extensions={"explain": True})
    lines = payload["extensions"]["explain"]["text"].splitlines()
    (match,) = [line for line in lines if "Match" in line]
    assert "mk.food -> mk.liquor via crosswalk" in match
    assert "health.visits, liquor.licences, streets.tables" in match
    (fetch,) = [line for line in lines if "liquor.licences by mk.liquor" in line]
    assert fetch.startswith("wave 2")
    assert market.calls() == []
    plain = await market.answer(query.replace("liquorLicences", "visits"), extensions={"explain": True})
    assert "Match" not in plain["extensions"]["explain"]["text"]
