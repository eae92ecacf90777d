"""What an identifier denotes: a lot, a building, a unit; a company, a site.

Asked by a building you get the building, and its lot's records too; every record says its own
level. A row belongs where its first valid identifier says – but an identifier of the very scheme
that was asked by decides. Values of shared attributes never cross levels.
"""

from typing import Any

import pytest

from tests.e2e.city import Town, codes, incomplete

PERMITS = "permits(first: 9) { nodes { level ... on WorksBuildingPermits { number } } totalCount }"

# P1, P2 and P5 are of building 1001, P4 of 1002 on lot 10102, P 3 of lot 10101 only.
SHOWN: tuple[tuple[str, dict[str, str]], ...] = (
    ("tv.lot:10101", {"P1": "BUILDING", "P2": "BUILDING", "P5": "BUILDING", "P 3": "LOT"}),
    ("tv.lot:10102", {"P4": "BUILDING"}),
    ("tv.building:1001", {"P1": "BUILDING", "P2": "BUILDING", "P5": "BUILDING", "P 3": "LOT"}),
    ("tv.building:1002", {"P4": "BUILDING", "P 3": "LOT"}),
    ("tv.building:1003", {"P6": "BUILDING"}),
    ("tv.building:2001", {}),
    ("tv.unit:50001", {"P 3": "LOT"}),
    ("tv.address:90001/12 OAK ST", {"P 3": "LOT"}),
)


@pytest.mark.parametrize(("id", "wanted"), SHOWN, ids=[id for id, _ in SHOWN])
async def test_whose_records_show_and_at_which_level(id: str, wanted: dict[str, str], town: Town) -> None:
    page = (await town.address(PERMITS, id))["permits"]
    assert {node["number"]: node["level"] for node in page["nodes"]} == wanted
    assert page["totalCount"] == len(wanted)


@pytest.mark.parametrize("size", [1, 3, 8])
async def test_in_company_as_alone(size: int, town: Town) -> None:
    """What an entity shows does not depend on which others are asked for besides."""
    for start in range(0, len(SHOWN), size):
        chosen = SHOWN[start : start + size]
        query = f"query Many($ids: [ID!]!) {{ addresses(ids: $ids) {{ {PERMITS} }} }}"
        found = (await town.data(query, ids=[id for id, _ in chosen]))["addresses"]
        shown = [{node["number"]: node["level"] for node in address["permits"]["nodes"]} for address in found]
        assert shown == [wanted for _, wanted in chosen]


async def test_a_building_and_a_unit_show_their_lots_records(town: Town) -> None:
    for id in ("tv.building:1001", "tv.unit:50001"):
        page = (await town.address("level sales { nodes { level } totalCount }", id))["sales"]
        assert page == {"nodes": [{"level": "LOT"}] * 5, "totalCount": 5}


async def test_a_building_on_two_lots_shows_both_lots_records(town: Town) -> None:
    page = (await town.address("sales { nodes { date number } totalCount }", "tv.building:1002"))["sales"]
    assert page["totalCount"] == 5 + 1
    assert {"date": "2021-07-08", "number": "02"} in page["nodes"]


async def test_a_lot_lists_its_units(town: Town) -> None:
    page = (await town.address("unitAccounts { nodes { door level } }"))["unitAccounts"]
    assert page["nodes"] == [{"door": "1A", "level": "UNIT"}, {"door": "1B", "level": "UNIT"}]
    (own,) = (await town.address("unitAccounts { nodes { door level } }", "tv.unit:50002"))["unitAccounts"]["nodes"]
    assert own == {"door": "1B", "level": "UNIT"}


HOMES = (
    ("tv.lot:10101", [("9", "CB"), ("8", "LO")]),  # not the building's 6, not the unit's 0
    ("tv.building:1001", [("6", "DW")]),
    ("tv.building:1002", [("2", "DW")]),
    ("tv.unit:50001", [("0", "LO")]),
    ("tv.unit:50002", [("1", "LO")]),
    ("tv.lot:10103", [("1", "LO")]),
)


@pytest.mark.parametrize(("id", "wanted"), HOMES, ids=[id for id, _ in HOMES])
async def test_claims_never_cross_levels(id: str, wanted: list[tuple[str, str]], town: Town) -> None:
    address = await town.address(
        "residentialUnits claims(attribute: RESIDENTIAL_UNITS) { value chosen source { agency } }", id
    )
    assert [(claim["value"], claim["source"]["agency"]) for claim in address["claims"]] == wanted
    assert address["residentialUnits"] == int(wanted[0][0])


async def test_claims_of_mixed_levels_in_one_request(town: Town) -> None:
    query = "query Many($ids: [ID!]!) { addresses(ids: $ids) { claims(attribute: RESIDENTIAL_UNITS) { value } } }"
    found = (await town.data(query, ids=[id for id, _ in HOMES]))["addresses"]
    assert [[c["value"] for c in address["claims"]] for address in found] == [[v for v, _ in w] for _, w in HOMES]


RELATED = "lots { id level } buildings { id level } units { id level }"


async def test_a_lot_with_its_buildings_and_units(town: Town) -> None:
    assert await town.address(RELATED) == {
        "lots": [],
        "buildings": [{"id": "tv.building:1001", "level": "BUILDING"}, {"id": "tv.building:1002", "level": "BUILDING"}],
        "units": [{"id": "tv.unit:50001", "level": "UNIT"}, {"id": "tv.unit:50002", "level": "UNIT"}],
    }
    assert await town.address(RELATED, "tv.lot:10103") == {"lots": [], "buildings": [], "units": []}


async def test_a_building_with_its_lots(town: Town) -> None:
    assert await town.address("lots { id parcel { zip } } buildings { id }", "tv.building:1002") == {
        "lots": [
            {"id": "tv.lot:10101", "parcel": {"zip": "90001"}},
            {"id": "tv.lot:10102", "parcel": {"zip": "90001"}},
        ],
        "buildings": [],
    }


async def test_a_list_that_nobody_can_tell_is_null(town: Town) -> None:
    """No register ties buildings to units: an empty list would say that there are none."""
    payload = await town.answer('{ address(id: "tv.building:1001") { units { id } } }')
    assert payload["data"]["address"] == {"units": None}
    assert codes(payload) == [("address.units", "UNTRANSLATED")]


async def test_a_list_whose_register_is_down_is_null(town: Town) -> None:
    town.cut_off("works.building_lots")
    payload = await town.answer(
        '{ address(id: "tv.lot:10101") { buildings { id } units { id } sources { field state } } }'
    )
    address = payload["data"]["address"]
    assert address["buildings"] is None
    assert len(address["units"]) == 2
    assert codes(payload) == [("address.buildings", "UNAVAILABLE")]
    assert {"field": "buildings", "state": "UNAVAILABLE"} in address["sources"]
    assert {"field": "units", "state": "OK"} in address["sources"]
    assert incomplete(payload) == {("address.buildings", "UNAVAILABLE")}


IDENTIFIERS = "identifiers { identifier scheme value level relation agency state confidence }"


def related(address: dict[str, Any]) -> dict[str, tuple[str, str, str | None]]:
    return {i["identifier"]: (i["relation"], i["level"], i["agency"]) for i in address["identifiers"]}


async def test_identifiers_of_a_lot(town: Town) -> None:
    address = await town.address(IDENTIFIERS)
    assert related(address) == {
        "tv.lot:10101": ("SAME", "LOT", None),
        "tv.building:1001": ("CONTAINS", "BUILDING", "DW"),
        "tv.building:1002": ("CONTAINS", "BUILDING", "DW"),
        "tv.unit:50001": ("CONTAINS", "UNIT", "LO"),
        "tv.unit:50002": ("CONTAINS", "UNIT", "LO"),
        "tv.address:90001/12 OAK ST": ("CONTAINS", "PREMISES", "LO"),
    }
    assert {(i["state"], i["confidence"]) for i in address["identifiers"]} == {("MATCH", 1.0)}
    assert {(i["scheme"], i["value"]) for i in address["identifiers"]} == {
        tuple(i["identifier"].split(":")) for i in address["identifiers"]
    }


async def test_identifiers_of_a_building_and_a_unit(town: Town) -> None:
    assert related(await town.address(IDENTIFIERS, "tv.building:1002")) == {
        "tv.building:1002": ("SAME", "BUILDING", None),
        "tv.lot:10101": ("PART_OF", "LOT", "DW"),
        "tv.lot:10102": ("PART_OF", "LOT", "DW"),
    }
    assert related(await town.address(IDENTIFIERS, "tv.unit:50001")) == {
        "tv.unit:50001": ("SAME", "UNIT", None),
        "tv.lot:10101": ("PART_OF", "LOT", "LO"),
    }


async def test_identifiers_say_what_is_missing(town: Town) -> None:
    town.cut_off("works.building_lots")
    payload = await town.answer(
        f'{{ address(id: "tv.lot:10101") {{ {IDENTIFIERS} sources {{ field state dataset }} }} }}'
    )
    address = payload["data"]["address"]
    assert "tv.building:1001" not in related(address)
    assert "tv.unit:50001" in related(address)
    missing = {"field": "identifiers", "state": "UNAVAILABLE", "dataset": "works.building_lots"}
    assert missing in address["sources"]
    assert incomplete(payload) == {("address.identifiers", "UNAVAILABLE")}


async def test_a_company_and_its_sites(town: Town) -> None:
    data = await town.data("""{ business(id: "tv.company:7001") { level legalName tradeName partOf { id }
      sites { id level tradeName } inspections { nodes { level site } totalCount } } }""")
    assert data["business"] == {
        "level": "COMPANY",
        "legalName": "ACME FOODS INC",
        "tradeName": None,  # the names over the doors are the sites'
        "partOf": None,
        "sites": [
            {"id": "tv.site:70011", "level": "SITE", "tradeName": "ACME DINER"},
            {"id": "tv.site:70012", "level": "SITE", "tradeName": "ACME BAKERY"},
        ],
        "inspections": {"nodes": [{"level": "SITE", "site": "70011"}] * 3, "totalCount": 3},
    }


async def test_a_site_and_its_company(town: Town) -> None:
    data = await town.data("""{ business(id: "tv.site:70012") { level legalName tradeName sites { id }
      partOf { id legalName } registration { trade level } } }""")
    assert data["business"] == {
        "level": "SITE",
        "legalName": None,  # the company's name is the company's
        "tradeName": "ACME BAKERY",
        "sites": [],
        "partOf": {"id": "tv.company:7001", "legalName": "ACME FOODS INC"},
        "registration": {"trade": "Food", "level": "COMPANY"},
    }


async def test_a_site_of_which_no_register_knows_a_company(town: Town) -> None:
    data = await town.data('{ business(id: "tv.site:70019") { existence tradeName partOf { id } } }')
    assert data["business"] == {"existence": "CONFIRMED", "tradeName": "GHOST KITCHEN", "partOf": None}
