"""How every part of an answer fares: a table of states, told in five places that must agree.

The places are the section's `source` and `sources`, the entity's `sources`, the response's
`errors` and `extensions.incomplete`. An empty list always means that there are none; what can't
be shown is null.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from gateway.engine.requests import Caller
from tests.e2e.city import ANONYMOUS, TESTER, Town, codes, incomplete, make_town

LOT, NEIGHBOUR, BARE, SOUTH = "tv.lot:10101", "tv.lot:10102", "tv.lot:10103", "tv.lot:20101"
DOWN = Unavailable("the source can't be reached")


@dataclass(frozen=True)
class Case:
    """One section at one entity. `shown` is how many records it shows, None where the lists are
    null; `error` the code of the error at `nodes`; `why` the code beside the state."""

    promise: str
    id: str
    field: str
    state: str
    shown: int | None
    total: int | None
    why: str | None = None
    error: str | None = None
    caller: Caller = TESTER
    down: tuple[str, ...] = ()


CASES = (
    Case("OK with records", LOT, "buildingPermits", "OK", 4, 4),
    Case("OK without records", BARE, "sales", "OK", 0, 0),
    Case("OK, identical records are several", LOT, "sales", "OK", 5, 5),
    Case("OK, a section's own condition", LOT, "liens", "OK", 2, 2),
    Case("OK, grouped", LOT, "inspections", "OK", 3, 3),
    Case("OK by the text of the address", LOT, "complaints", "OK", 2, 2),
    Case("OK for a public dataset with hidden columns", LOT, "sales", "OK", 5, 5, caller=ANONYMOUS),
    Case("DENIED without the dataset's scope", LOT, "shelters", "DENIED", None, None, "DENIED", "DENIED", ANONYMOUS),
    Case("DENIED whether or not there are any", BARE, "shelters", "DENIED", None, None, "DENIED", "DENIED", ANONYMOUS),
    Case(
        "OK with the dataset's scope",
        LOT,
        "shelters",
        "OK",
        1,
        1,
        caller=Caller("b", frozenset({"welfare:read"}), trusted=True),
    ),
    Case(
        "DENIED with another scope",
        LOT,
        "shelters",
        "DENIED",
        None,
        None,
        "DENIED",
        "DENIED",
        Caller("b", frozenset({"personal"}), trusted=True),
    ),
    Case("WITHHELD, one record of three", LOT, "careOrders", "WITHHELD", 2, None),
    Case("WITHHELD, the only record", NEIGHBOUR, "careOrders", "WITHHELD", None, None),
    Case("OK where nothing is withheld", SOUTH, "careOrders", "OK", 1, 1),
    Case("OK where there is nothing to withhold", BARE, "careOrders", "OK", 0, 0),
    Case("UNAVAILABLE", LOT, "sales", "UNAVAILABLE", None, None, "UNAVAILABLE", "UNAVAILABLE", down=("deeds",)),
    Case(
        "UNAVAILABLE, merged and grouped",
        LOT,
        "inspections",
        "UNAVAILABLE",
        None,
        None,
        "UNAVAILABLE",
        "UNAVAILABLE",
        down=("health",),
    ),
    Case(
        "UNAVAILABLE though denied columns are asked",
        LOT,
        "sales",
        "UNAVAILABLE",
        None,
        None,
        "UNAVAILABLE",
        "UNAVAILABLE",
        ANONYMOUS,
        ("deeds",),
    ),
    Case("NOT_COVERED by the part of the city", SOUTH, "fireOrders", "NOT_COVERED", None, None),
    Case(
        "NOT_COVERED where the agency is down besides", SOUTH, "fireOrders", "NOT_COVERED", None, None, down=("fire",)
    ),
    Case("NOT_COVERED by absence", BARE, "sprinklerTests", "NOT_COVERED", None, None),
    Case("OK where absence would mean nothing, but there is a row", LOT, "sprinklerTests", "OK", 1, 1),
    Case("NOT_COVERED through a building", "tv.building:2001", "fireOrders", "NOT_COVERED", None, None),
    Case("UNTRANSLATED: no register leads to the key", "tv.pier:101", "liens", "PARTIAL", 0, None, "UNTRANSLATED"),
    Case(
        "translation down, no key without it",
        "tv.building:1001",
        "liens",
        "UNAVAILABLE",
        None,
        None,
        "UNAVAILABLE",
        "UNAVAILABLE",
        down=("works",),
    ),
    Case(
        "PARTIAL: translation down, but one key needs none",
        LOT,
        "buildingPermits",
        "PARTIAL",
        3,
        None,
        "UNAVAILABLE",
        down=("works.building_lots",),
    ),
)


LISTS = "nodes { id } edges { cursor } totalCount"
SOURCE = "source { field state error { code } } sources { field state error { code } }"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.promise)
async def test_state_of_a_section(case: Case, town: Town) -> None:
    town.cut_off(*case.down)
    name = case.field
    parts = "sources { field state error { code } }"
    query = f'{{ address(id: "{case.id}") {{ {parts} {name} {{ {LISTS} {SOURCE} }} }} }}'
    payload = await town.answer(query, case.caller)
    address = payload["data"]["address"]
    page = address[name]
    shown = [None if page[name] is None else len(page[name]) for name in ("nodes", "edges")]
    assert shown == [case.shown, case.shown]
    assert page["totalCount"] == case.total
    told = {"field": name, "state": case.state, "error": {"code": case.why} if case.why else None}
    assert page["source"] == told
    assert page["sources"] == [told]
    assert [part for part in address["sources"] if part["field"] == name] == [told]
    path = f"address.{name}"
    assert codes(payload) == ([(f"{path}.nodes", case.error)] if case.error else [])
    assert (path, case.state) in incomplete(payload) or case.state == "OK"
    if case.state == "OK":
        assert not any(field == path for field, _ in incomplete(payload))


@dataclass(frozen=True)
class One:
    """A field of at most one record, or of one value."""

    promise: str
    id: str
    field: str
    value: Any
    state: str
    error: str | None = None
    caller: Caller = TESTER
    down: tuple[str, ...] = ()


ONES = (
    One("to-one: the record", LOT, "parcel { line }", {"line": "12 OAK ST"}, "OK"),
    One("to-one: none is null without an error", SOUTH, "grant { grant }", None, "OK"),
    One("to-one: a record beside a withheld one elsewhere", LOT, "grant { grant }", {"grant": 1}, "OK"),
    One("to-one: withheld", NEIGHBOUR, "grant { grant }", None, "WITHHELD", "WITHHELD"),
    One("to-one: unavailable", LOT, "grant { grant }", None, "UNAVAILABLE", "UNAVAILABLE", down=("welfare",)),
    One("to-one: not covered is null without an error", "tv.pier:201", "pier { name }", None, "NOT_COVERED"),
    One("to-one: a building keeps its own", "tv.building:1001", "structure { completed }", {"completed": 1951}, "OK"),
    One("attribute: chosen", SOUTH, "yearBuilt", 1970, "OK"),
    One(
        "attribute: nobody claims one",
        BARE,
        "floors",
        None,
        "OK",
        caller=Caller("b", frozenset({"welfare:read"}), trusted=True),
    ),
    One("attribute: denied to everybody without scopes", LOT, "ownerName", None, "OK", "DENIED", ANONYMOUS),
    One("attribute: withheld", NEIGHBOUR, "lotArea", None, "OK", "WITHHELD"),
    One("attribute: the next one where the preferred is down", LOT, "yearBuilt", 1948, "UNAVAILABLE", down=("land",)),
    One(
        "attribute: all who claim are down",
        LOT,
        "yearBuilt",
        None,
        "UNAVAILABLE",
        "UNAVAILABLE",
        down=("land", "deeds", "works"),
    ),
    One(
        "attribute: the one agency that claims it is down",
        LOT,
        "line",
        None,
        "UNAVAILABLE",
        "UNAVAILABLE",
        down=("land",),
    ),
)


@pytest.mark.parametrize("one", ONES, ids=lambda one: one.promise)
async def test_state_of_one_value(one: One, town: Town) -> None:
    town.cut_off(*one.down)
    name = one.field.partition(" ")[0]
    payload = await town.answer(
        f'{{ address(id: "{one.id}") {{ sources {{ field state }} {one.field} }} }}', one.caller
    )
    address = payload["data"]["address"]
    assert address[name] == one.value
    assert codes(payload) == ([(f"address.{name}", one.error)] if one.error else [])
    states = [part["state"] for part in address["sources"] if part["field"] == name]
    assert one.state in states
    assert {(f, s) for f, s in incomplete(payload) if f == f"address.{name}"} == {
        (f"address.{name}", state) for state in states if state != "OK"
    }


async def test_a_whole_profile_with_everybody_down_is_an_answer(town: Town) -> None:
    """Every agency is down: no parent is null, every part says so, nothing else is wrong."""
    for agency in town.agencies.values():
        agency.fail()
    query = """{ address(id: "tv.lot:10101") { id existence label level yearBuilt parcel { zip }
      claims(attribute: YEAR_BUILT) { value } violations { nodes { id } totalCount sources { state } }
      records { nodes { id } } businesses { nodes { id } } people { nodes { id } } buildings { id }
      complaints { nodes { id } source { state } } identifiers { identifier }
      sources { field state error { code } } } }"""
    payload = await town.answer(query)
    address = payload["data"]["address"]
    assert (address["id"], address["existence"], address["level"]) == ("tv.lot:10101", "UNKNOWN", "LOT")
    assert address["label"] == "tv.lot:10101"
    assert address["identifiers"] == [{"identifier": "tv.lot:10101"}]
    nulls = ("yearBuilt", "parcel", "claims", "buildings")
    assert {name: address[name] for name in nulls} == dict.fromkeys(nulls)
    for field in ("violations", "records", "businesses", "people", "complaints"):
        assert address[field]["nodes"] is None, field
    assert {part["state"] for part in address["sources"]} == {"UNAVAILABLE"}
    wanted = {f"address.{name}" for name in nulls}
    wanted |= {f"address.{name}.nodes" for name in ("violations", "records", "businesses", "people", "complaints")}
    assert dict(codes(payload)) == dict.fromkeys(wanted, "UNAVAILABLE")


FAILURES = (
    (DOWN, "UNAVAILABLE", True, None),
    (TimedOut("no answer in time"), "TIMEOUT", True, None),
    (Throttled("too many calls", retry_after=7.5), "THROTTLED", True, 7.5),
    (
        Rejected("the source refuses the call", detail="password authentication failed for citygraph"),
        "REJECTED",
        False,
        None,
    ),
    (Malformed("the answer is no table", detail="<html>secret</html>"), "MALFORMED", False, None),
)


@pytest.mark.parametrize(("error", "code", "retryable", "after"), FAILURES, ids=[f[1] for f in FAILURES])
async def test_what_a_failure_tells(
    error: SourceError, code: str, retryable: bool, after: float | None, town: Town
) -> None:
    town.agencies["deeds"].fail(error)
    query = """{ address(id: "tv.lot:10101") { sales { nodes { id }
      source { error { code message retryable retryAfter } } } } }"""
    payload = await town.answer(query)
    (told,) = payload["errors"]
    assert told["extensions"] == {
        "code": code,
        "agency": "RD",
        "dataset": "deeds.sales",
        "retryable": retryable,
        "retryAfter": after,
    }
    beside = payload["data"]["address"]["sales"]["source"]["error"]
    assert beside == {"code": code, "message": told["message"], "retryable": retryable, "retryAfter": after}
    assert not error.detail or error.detail not in str(payload)
    (entry,) = payload["extensions"]["incomplete"]
    assert entry == {
        "field": "address.sales",
        "state": "UNAVAILABLE",
        "agency": "RD",
        "dataset": "deeds.sales",
        "code": code,
        "entities": 1,
    }


async def test_the_error_stands_at_the_first_list_that_is_selected(town: Town) -> None:
    town.agencies["deeds"].fail()
    for selection, field in (
        ("nodes { id } edges { cursor } totalCount", "nodes"),
        ("edges { cursor } nodes { id }", "edges"),
        ("totalCount nodes { id }", "nodes"),
        ("totalCount", "totalCount"),
    ):
        payload = await town.answer(f'{{ address(id: "{LOT}") {{ sales {{ {selection} }} }} }}')
        assert codes(payload) == [(f"address.sales.{field}", "UNAVAILABLE")]
        assert set(payload["data"]["address"]["sales"].values()) == {None}
    quiet = await town.answer(f'{{ address(id: "{LOT}") {{ sales {{ source {{ state }} }} }} }}')
    assert codes(quiet) == []
    assert quiet["data"]["address"]["sales"]["source"]["state"] == "UNAVAILABLE"


# merged kinds


MERGED = """violations { nodes { source { dataset } } totalCount sources { state dataset error { code } } }"""


async def test_a_merged_kind_with_all_parts_well(town: Town) -> None:
    page = (await town.address(MERGED))["violations"]
    assert page["totalCount"] == 4 + 3 + 3  # notices, orders, violations of inspections
    assert {part["dataset"]: part["state"] for part in page["sources"]} == {
        "works.notices": "OK",
        "fire.orders": "OK",
        "health.inspections": "OK",
    }


async def test_a_merged_kind_shows_what_answered(town: Town) -> None:
    town.agencies["fire"].fail()
    payload = await town.answer(f'{{ address(id: "{LOT}") {{ {MERGED} }} }}')
    page = payload["data"]["address"]["violations"]
    assert {node["source"]["dataset"] for node in page["nodes"]} == {"works.notices", "health.inspections"}
    assert page["totalCount"] is None
    assert [part["state"] for part in page["sources"] if part["dataset"] == "fire.orders"] == ["UNAVAILABLE"]
    assert codes(payload) == []
    assert incomplete(payload) == {("address.violations", "UNAVAILABLE")}


async def test_a_merged_kind_over_a_part_that_does_not_cover(town: Town) -> None:
    page = (await town.address(MERGED, SOUTH))["violations"]
    assert page["nodes"] == []
    assert page["totalCount"] is None  # nobody counted the fire orders of ward 2
    assert sorted(part["state"] for part in page["sources"]) == ["NOT_COVERED", "OK", "OK"]


async def test_the_timeline_with_denied_and_withheld_parts(town: Town) -> None:
    page = "nodes { kind } totalCount sources { dataset state }"
    query = f'{{ address(id: "{LOT}") {{ records(first: 100) {{ {page} }} }} }}'
    payload = await town.answer(query, ANONYMOUS)
    page = payload["data"]["address"]["records"]
    states = {part["dataset"]: part["state"] for part in page["sources"]}
    assert states["welfare.shelters"] == "DENIED"
    assert states["welfare.orders"] == "WITHHELD"
    assert states["deeds.sales"] == "OK"
    assert page["totalCount"] is None
    kinds = {node["kind"] for node in page["nodes"]}
    assert "PROJECT" not in kinds
    assert {"SALE", "CERTIFICATE", "VIOLATION"} <= kinds
    assert incomplete(payload) == {("address.records", "DENIED"), ("address.records", "WITHHELD")}
    whole = (await town.data(query))["address"]["records"]
    assert {part["state"] for part in whole["sources"]} == {"OK", "WITHHELD"}


async def test_a_merged_kind_that_is_denied_as_a_whole(town: Town) -> None:
    query = f'{{ address(id: "{LOT}") {{ projects {{ nodes {{ id }} totalCount }} }} }}'
    assert (await town.data(query))["address"]["projects"]["totalCount"] == 1
    town.forget()
    payload = await town.answer(query, ANONYMOUS)
    assert payload["data"]["address"]["projects"] == {"nodes": None, "totalCount": None}
    assert codes(payload) == [("address.projects.nodes", "DENIED")]
    assert "welfare.shelters" not in town.calls()


async def test_kinds_narrow_what_the_timeline_asks(town: Town) -> None:
    page = (
        await town.address("records(kinds: [SALE, LIEN], first: 50) { nodes { kind } totalCount sources { dataset } }")
    )["records"]
    assert page["totalCount"] == 5 + 2
    assert {node["kind"] for node in page["nodes"]} == {"SALE", "LIEN"}
    assert {part["dataset"] for part in page["sources"]} == {"deeds.sales", "deeds.liens"}
    assert not {"works.notices", "health.inspections"} & set(town.calls())


# values of records


async def test_a_withheld_value_is_null_with_an_error(town: Town) -> None:
    payload = await town.answer(f'{{ address(id: "{LOT}") {{ careOrders {{ nodes {{ order family }} }} }} }}')
    assert payload["data"]["address"]["careOrders"]["nodes"] == [
        {"order": 3, "family": None},
        {"order": 1, "family": "Doe"},
    ]
    assert codes(payload) == [("address.careOrders.nodes.0.family", "WITHHELD")]
    assert "Blurred" not in str(payload)
    assert "Hidden" not in str(payload)


async def test_a_damaged_value_is_null_and_says_where(town: Town) -> None:
    payload = await town.answer(f'{{ address(id: "{LOT}") {{ sales {{ nodes {{ date amount price built }} }} }} }}')
    nodes = payload["data"]["address"]["sales"]["nodes"]
    assert nodes[3] == {"date": "2020-01-01", "amount": None, "price": None, "built": None}
    assert codes(payload) == [(f"address.sales.nodes.3.{field}", "MALFORMED") for field in ("amount", "price", "built")]
    told = payload["errors"][0]
    assert told["extensions"]["agency"] == "RD"
    assert (told["extensions"]["dataset"], told["extensions"]["column"]) == ("deeds.sales", "price")
    for word in ("RD", "price", "deeds.sales"):
        assert word in told["message"]
    assert "unknown" not in told["message"]  # the agency's own text stays here


async def test_names_of_persons_are_told_once_and_cost_nothing_else(town: Town) -> None:
    query = f'{{ address(id: "{LOT}") {{ sales {{ totalCount nodes {{ buyer date }} }} }} }}'
    payload = await town.answer(query, ANONYMOUS)
    page = payload["data"]["address"]["sales"]
    assert page["totalCount"] == 5
    assert [node["buyer"] for node in page["nodes"]] == [None] * 5
    assert codes(payload) == [("address.sales.nodes.0.buyer", "DENIED")]
    shown = (await town.data(query))["address"]["sales"]["nodes"]
    assert {node["buyer"] for node in shown} == {"DOE, JANE", None}


async def test_codes_unknown_and_missing(town: Town) -> None:
    selection = """permits(first: 9) { nodes { title status { code label category }
      ... on WorksBuildingPermits { number work { code label category } } } }"""
    nodes = (await town.address(selection))["permits"]["nodes"]
    by_number = {node["number"]: node for node in nodes}
    assert by_number["P1"]["status"] == {"code": "A", "label": "Active", "category": "ACTIVE"}
    assert by_number["P2"]["status"] == {"code": "Z", "label": None, "category": "OTHER"}
    assert by_number["P 3"]["status"] == {"code": "P", "label": "Parked", "category": "OTHER"}
    assert by_number["P2"]["work"] == {"code": "QQ", "label": None, "category": None}
    assert by_number["P 3"]["work"] == {"code": "RF", "label": "Roof", "category": "REPAIR"}
    assert by_number["P5"]["work"] is None
    assert by_number["P5"]["title"] is None
    assert by_number["P1"]["title"] == "New building"
    assert by_number["P2"]["title"] == "QQ"


async def test_provenance_of_records(town: Town) -> None:
    selection = """permits(first: 9) { nodes { changedAt level source { agency dataset recordUrl asOf stale fetchedAt }
      ... on WorksBuildingPermits { number } } sources { asOf } } sales { source { asOf } nodes { source { asOf } } }"""
    address = await town.address(selection)
    by_number = {node["number"]: node for node in address["permits"]["nodes"]}
    first, third = by_number["P1"], by_number["P 3"]
    assert first["source"]["recordUrl"] == "https://works.example/permits/P1?of=1001"
    assert third["source"]["recordUrl"] is None  # the page's address needs a building, and there is none
    assert first["changedAt"].startswith("2024-01-03")
    assert third["changedAt"] is None
    assert (first["source"]["asOf"], third["source"]["asOf"]) == ("2024-01-03", None)
    assert first["source"]["agency"] == "DW"
    assert first["source"]["dataset"] == "works.permits"
    assert first["source"]["stale"] is False
    assert first["source"]["fetchedAt"] is not None
    assert address["permits"]["sources"] == [{"asOf": "2024-03-05"}]
    assert address["sales"]["source"] == {"asOf": "2025-06-30"}
    assert {node["source"]["asOf"] for node in address["sales"]["nodes"]} == {"2025-06-30"}


async def test_states_of_several_entities_are_their_own() -> None:
    town = make_town()
    town.agencies["deeds"].fail()
    query = """{ addresses(ids: ["tv.lot:10101", "tv.lot:20101", "tv.building:1001"]) {
      fireOrders { nodes { id } source { state } } sales { source { state } } } }"""
    payload = await town.answer(query)
    assert [a["fireOrders"]["source"]["state"] for a in payload["data"]["addresses"]] == ["OK", "NOT_COVERED", "OK"]
    assert {a["sales"]["source"]["state"] for a in payload["data"]["addresses"]} == {"UNAVAILABLE"}
    told = {(e["field"], e["state"]): e["entities"] for e in payload["extensions"]["incomplete"]}
    assert told == {("addresses.fireOrders", "NOT_COVERED"): 1, ("addresses.sales", "UNAVAILABLE"): 3}
