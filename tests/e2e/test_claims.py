"""Shared attributes: one value by a stated rule, every agency's claim beside it, nothing hidden shown."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from gateway.engine.requests import Caller
from resolvers.merging import ClaimValue, Rule, most_recent, prefer, unanimous
from tests.e2e.city import ANONYMOUS, TESTER, Town, codes

CLAIMS = "claims(attribute: {}) {{ value chosen rule source {{ agency dataset asOf }} }}"
OWNERS = Caller("b", frozenset({"census:owners"}), trusted=True)
PERSONAL = Caller("c", frozenset({"personal"}), trusted=True)


async def claims(
    town: Town, attribute: str, id: str = "tv.lot:10101", caller: Caller = TESTER
) -> list[tuple[Any, ...]]:
    address = await town.address(CLAIMS.format(attribute), id, caller)
    return [(claim["value"], claim["source"]["agency"], claim["chosen"]) for claim in address["claims"]]


async def test_prefer_takes_the_registers_word(town: Town) -> None:
    assert await claims(town, "YEAR_BUILT") == [("1950", "LO", True), ("1948", "RD", False)]
    assert (await town.address("yearBuilt"))["yearBuilt"] == 1950


async def test_prefer_takes_the_next_where_the_first_has_none(town: Town) -> None:
    assert await claims(town, "YEAR_BUILT", "tv.lot:10102") == [("1949", "RD", True)]
    assert (await town.address("yearBuilt", "tv.lot:10102"))["yearBuilt"] == 1949


async def test_the_city_states_its_own_preference(town: Town) -> None:
    assert await claims(town, "RESIDENTIAL_UNITS") == [("9", "CB", True), ("8", "LO", False)]
    assert await claims(town, "RESIDENTIAL_UNITS", "tv.lot:10102") == [("2", "LO", True)]


async def test_most_recent_takes_the_latest_day(town: Town) -> None:
    address = await town.address(f"assessedValue {CLAIMS.format('ASSESSED_VALUE')}")
    assert address["assessedValue"] == "990000"
    told = [(c["value"], c["source"]["asOf"], c["chosen"], c["rule"]) for c in address["claims"]]
    assert told == [
        ("900000", "2025-01-01", False, "most_recent"),
        ("990000", "2026-01-01", True, "most_recent"),
        ("950000", "2025-06-30", False, "most_recent"),
    ]
    assert (await town.address("assessedValue", "tv.lot:10102"))["assessedValue"] == "400000"


NONE: Sequence[ClaimValue] = ()
A1, A1B, B2, B0 = (
    ClaimValue("a", "x", date(2024, 1, 1)),
    ClaimValue("a", "y", date(2025, 1, 1)),
    ClaimValue("b", "z", date(2025, 1, 1)),
    ClaimValue("b", "z"),
)


@pytest.mark.parametrize(
    ("rule", "given", "chosen"),
    [
        (prefer, NONE, None),
        (prefer, (B2, A1), 0),
        (most_recent, NONE, None),
        (most_recent, (A1, B2), 1),
        (most_recent, (A1B, B2), 0),  # among equals the preferred one
        (most_recent, (B0, A1), 1),  # a day beats none
        (most_recent, (B0,), 0),
        (unanimous, NONE, None),
        (unanimous, (A1, A1B), 0),
        (unanimous, (A1, A1B, B2), None),
    ],
)
def test_rules(rule: Rule, given: Sequence[ClaimValue], chosen: int | None) -> None:
    assert rule(given) == chosen


# what is denied


async def test_denied_claims_show_nowhere(town: Town) -> None:
    selection = f"floors {CLAIMS.format('FLOORS')}"
    address = await town.address(selection, caller=ANONYMOUS)
    assert [(c["value"], c["source"]["agency"]) for c in address["claims"]] == [("3.0", "LO"), ("4.0", "FB")]
    assert "welfare.shelters" not in town.calls()
    whole = await town.address(selection)
    assert [(c["value"], c["source"]["agency"]) for c in whole["claims"]] == [
        ("3.0", "LO"),
        ("4.0", "FB"),
        ("5.0", "WB"),
    ]


async def test_an_attribute_of_which_everything_is_denied(town: Town) -> None:
    query = f'{{ address(id: "tv.lot:10101") {{ ownerName {CLAIMS.format("OWNER_NAME")} }} }}'
    payload = await town.answer(query, ANONYMOUS)
    assert payload["data"]["address"] == {"ownerName": None, "claims": None}
    assert codes(payload) == [("address.ownerName", "DENIED"), ("address.claims", "DENIED")]
    for name in ("DOE", "SCOPED"):
        assert name not in str(payload)


async def test_each_scope_shows_its_own_claims(town: Town) -> None:
    assert await claims(town, "OWNER_NAME", caller=OWNERS) == [("SCOPED OWNER", "CB", True)]
    assert await claims(town, "OWNER_NAME", caller=PERSONAL) == [("DOE, JANE", "LO", True), ("DOE, JANE", "RD", False)]
    assert [agency for _, agency, _ in await claims(town, "OWNER_NAME")] == ["LO", "CB", "RD"]


async def test_columns_that_are_denied_are_not_fetched(town: Town) -> None:
    """A name that may be a person's is: whether it is decided of each."""
    await town.answer('{ address(id: "tv.lot:10101") { ownerName yearBuilt } }', ANONYMOUS)
    assert all("owner" not in scan.columns for _, scan in town.agencies["census"].asked)
    assert any("buyer" in scan.columns for _, scan in town.agencies["deeds"].asked)


# what is withheld


@pytest.mark.parametrize("caller", [TESTER, ANONYMOUS], ids=["everything", "anonymous"])
async def test_a_withheld_value_is_never_supplied_from_elsewhere(caller: Caller, town: Town) -> None:
    query = f'{{ address(id: "tv.lot:10102") {{ lotArea {CLAIMS.format("LOT_AREA")} }} }}'
    payload = await town.answer(query, caller)
    assert payload["data"]["address"] == {"lotArea": None, "claims": None}
    assert codes(payload) == [("address.lotArea", "WITHHELD"), ("address.claims", "WITHHELD")]
    assert "1300" not in str(payload)
    assert "1200" not in str(payload)


async def test_a_value_that_may_be_withheld_is_not_supplied_while_its_agency_is_down(town: Town) -> None:
    """Whether the land office withholds the area is not known, so nobody else's is given."""
    town.agencies["land"].fail()
    query = f'{{ address(id: "tv.lot:10102") {{ lotArea {CLAIMS.format("LOT_AREA")} }} }}'
    payload = await town.answer(query)
    assert payload["data"]["address"] == {"lotArea": None, "claims": None}
    assert codes(payload) == [("address.lotArea", "UNAVAILABLE"), ("address.claims", "UNAVAILABLE")]
    assert "1300" not in str(payload)


async def test_a_withheld_record_withholds_what_it_would_claim(town: Town) -> None:
    query = f'{{ address(id: "tv.lot:10102") {{ landUse {CLAIMS.format("LAND_USE")} }} }}'
    payload = await town.answer(query)
    assert payload["data"]["address"] == {"landUse": None, "claims": None}
    assert codes(payload) == [("address.landUse", "WITHHELD"), ("address.claims", "WITHHELD")]
    assert "R1" not in str(payload)
    assert (await town.address("landUse", "tv.lot:10103"))["landUse"] == "R2"


async def test_where_nothing_is_withheld_the_value_shows(town: Town) -> None:
    assert (await town.address("lotArea"))["lotArea"] == 2500
    assert await claims(town, "LOT_AREA") == [("2500", "LO", True), ("2600", "CB", False)]


# what is damaged or missing


async def test_a_damaged_claim_alone_is_an_error(town: Town) -> None:
    payload = await town.answer('{ address(id: "tv.building:1002") { yearBuilt } }')
    assert payload["data"]["address"] == {"yearBuilt": None}
    assert codes(payload) == [("address.yearBuilt", "MALFORMED")]
    told = payload["errors"][0]["extensions"]
    assert (told["agency"], told["dataset"], told["column"]) == ("DW", "works.buildings", "completed")
    assert "c.1960" not in str(payload)


async def test_claims_of_those_who_answered(town: Town) -> None:
    town.agencies["land"].fail()
    payload = await town.answer(
        f'{{ address(id: "tv.lot:10101") {{ {CLAIMS.format("YEAR_BUILT")} sources {{ field state dataset }} }} }}'
    )
    address = payload["data"]["address"]
    assert [(c["value"], c["chosen"]) for c in address["claims"]] == [("1948", True)]
    assert {"field": "yearBuilt", "state": "UNAVAILABLE", "dataset": "land.parcels"} in address["sources"]
    (entry,) = payload["extensions"]["incomplete"]
    assert (entry["field"], entry["agency"], entry["code"]) == ("address.yearBuilt", "LO", "UNAVAILABLE")


async def test_nobody_claims_anything(town: Town) -> None:
    address = await town.address(f"yearBuilt commercialUnits {CLAIMS.format('COMMERCIAL_UNITS')}")
    assert address == {"yearBuilt": 1950, "commercialUnits": None, "claims": []}


async def test_attributes_by_variables(town: Town) -> None:
    query = """query Claims($which: AddressAttribute!) { address(id: "tv.lot:10101") {
      claims(attribute: $which) { value } } }"""
    for which, wanted in (("YEAR_BUILT", ["1950", "1948"]), ("RESIDENTIAL_UNITS", ["9", "8"])):
        found = (await town.data(query, which=which))["address"]["claims"]
        assert [claim["value"] for claim in found] == wanted


async def test_labels_show_nothing_that_is_denied(town: Town) -> None:
    query = '{ business(id: "tv.company:7002") { label name legalName } }'
    assert (await town.data(query))["business"] == dict.fromkeys(("label", "name", "legalName"), "DOE, JOHN")
    payload = await town.answer(query, ANONYMOUS)
    assert payload["data"]["business"] == {"label": "tv.company:7002", "name": None, "legalName": None}
    assert codes(payload) == [("business.legalName", "DENIED")]
    assert (await town.address("label"))["label"] == "12 OAK ST, 90001"


async def test_no_register_leads_to_a_claim(town: Town) -> None:
    """The agency owes no value: that is told beside the value, and is no error (decision 002)."""
    selection = f"yearBuilt {CLAIMS.format('YEAR_BUILT')} sources {{ field state dataset error {{ code }} }}"
    payload = await town.answer(f'{{ address(id: "tv.pier:101") {{ {selection} }} }}')
    address = payload["data"]["address"]
    assert codes(payload) == []
    assert (address["yearBuilt"], address["claims"]) == (None, [])
    part = {"field": "yearBuilt", "state": "PARTIAL", "dataset": "land.parcels", "error": {"code": "UNTRANSLATED"}}
    assert part in address["sources"]
