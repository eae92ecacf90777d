"""Entities reach each other, each edge with its role and the record that says so."""

from typing import Any

import pytest

from tests.e2e.city import Town, codes, incomplete

EDGE = "edges { role since until state confidence source { agency dataset } node { id } }"


def edges(page: dict[str, Any]) -> list[tuple[str, str, str, float]]:
    return [(e["node"]["id"], e["role"], e["state"], e["confidence"]) for e in page["edges"]]


async def test_businesses_of_a_lot(town: Town) -> None:
    page = (await town.address(f"businesses {{ {EDGE} totalCount sources {{ dataset state }} }}"))["businesses"]
    assert edges(page) == [
        ("tv.site:70011", "PREMISES", "MATCH", 1.0),
        ("tv.site:70021", "PREMISES", "MATCH", 1.0),
    ]
    assert [(e["since"], e["until"]) for e in page["edges"]] == [("2020-01-01", None), ("2015-01-01", "2019-12-31")]
    assert {(e["source"]["agency"], e["source"]["dataset"]) for e in page["edges"]} == {("TR", "trade.sites")}
    assert page["totalCount"] == 2
    assert {part["dataset"]: part["state"] for part in page["sources"]} == {"trade.sites": "OK", "trade.adverts": "OK"}


async def test_what_a_trader_says_of_itself_is_possible_only(town: Town) -> None:
    data = await town.data(f'{{ business(id: "tv.site:70012") {{ addresses {{ {EDGE} totalCount }} }} }}')
    assert edges(data["business"]["addresses"]) == [
        ("tv.lot:10102", "PREMISES", "MATCH", 1.0),
        ("tv.lot:20101", "ADVERTISED", "POSSIBLE", 0.5),
    ]
    page = (await town.address(f"businesses {{ {EDGE} }}", "tv.lot:20101"))["businesses"]
    assert edges(page) == [("tv.site:70012", "ADVERTISED", "POSSIBLE", 0.5)]


ROLES = (("PREMISES", {"tv.lot:10102"}), ("ADVERTISED", {"tv.lot:20101"}))


@pytest.mark.parametrize(("role", "wanted"), ROLES)
async def test_only_edges_of_a_role(role: str, wanted: set[str], town: Town) -> None:
    page = f"addresses(role: {role}) {{ nodes {{ id }} edges {{ role }} totalCount }}"
    found = (await town.data(f'{{ business(id: "tv.site:70012") {{ {page} }} }}'))["business"]["addresses"]
    assert {node["id"] for node in found["nodes"]} == wanted
    assert found["edges"] == [{"role": role}]
    assert found["totalCount"] == 1


async def test_a_role_that_there_is_not(town: Town) -> None:
    payload = await town.answer('{ business(id: "tv.site:70012") { addresses(role: LANDLORD) { totalCount } } }')
    assert codes(payload) == [("", "VALIDATION")]


async def test_a_company_is_tied_through_its_sites(town: Town) -> None:
    page = (await town.data(f'{{ business(id: "tv.company:7001") {{ addresses {{ {EDGE} }} }} }}'))["business"][
        "addresses"
    ]
    assert edges(page) == [
        ("tv.lot:10101", "PREMISES", "MATCH", 1.0),
        ("tv.lot:10102", "PREMISES", "MATCH", 1.0),
        ("tv.lot:20101", "ADVERTISED", "POSSIBLE", 0.5),
    ]


async def test_from_entity_to_entity_to_entity(town: Town) -> None:
    """A lot, its businesses, where those trade besides, what was sold there, and the other traders there."""
    data = await town.address("""label businesses(role: PREMISES) { nodes { name partOf { name
      sites { name addresses(role: PREMISES) { nodes { label sales { totalCount }
        businesses { nodes { name inspections { totalCount } } } } } } } } }""")
    diner = {"name": "ACME DINER", "inspections": {"totalCount": 3}}
    cafe = {"name": "CAFE OAK", "inspections": {"totalCount": 0}}
    bakery = {"name": "ACME BAKERY", "inspections": {"totalCount": 0}}
    oak12 = {"label": "12 OAK ST, 90001", "sales": {"totalCount": 5}, "businesses": {"nodes": [diner, cafe]}}
    oak14 = {"label": "14 OAK ST, 90001", "sales": {"totalCount": 1}, "businesses": {"nodes": [bakery]}}
    acme = {
        "name": "ACME FOODS INC",
        "sites": [
            {"name": "ACME DINER", "addresses": {"nodes": [oak12]}},
            {"name": "ACME BAKERY", "addresses": {"nodes": [oak14]}},
        ],
    }
    doe = {"name": "DOE, JOHN", "sites": [{"name": "CAFE OAK", "addresses": {"nodes": [oak12]}}]}
    assert data == {
        "label": "12 OAK ST, 90001",
        "businesses": {"nodes": [{"name": "ACME DINER", "partOf": acme}, {"name": "CAFE OAK", "partOf": doe}]},
    }


async def test_a_loop_ends_where_the_query_does(town: Town) -> None:
    query = (
        "businesses { nodes { id addresses { nodes { id businesses { nodes { id addresses { nodes { id } } } } } } } }"
    )
    first = (await town.address(query))["businesses"]["nodes"][0]
    assert first["addresses"]["nodes"][0]["businesses"]["nodes"][0]["addresses"]["nodes"] == [{"id": "tv.lot:10101"}]


async def test_what_a_record_is_about(town: Town) -> None:
    query = """{ business(id: "tv.site:70011") { inspections(first: 1) { nodes { title
      about { address { id label parcel { built } } business { id name } } } } } }"""
    (node,) = (await town.data(query))["business"]["inspections"]["nodes"]
    assert node["about"] == {
        "address": {"id": "tv.lot:10101", "label": "12 OAK ST, 90001", "parcel": {"built": 1950}},
        "business": {"id": "tv.site:70011", "name": "ACME DINER"},
    }


async def test_about_names_the_first_valid_identifier(town: Town) -> None:
    selection = "buildingPermits(first: 9) { nodes { number about { address { id level } } } }"
    nodes = (await town.address(selection))["buildingPermits"]["nodes"]
    about = {node["number"]: node["about"]["address"]["id"] for node in nodes}
    assert about == dict.fromkeys(("P1", "P2", "P5"), "tv.building:1001") | {"P 3": "tv.lot:10101"}


async def test_about_in_a_merged_list(town: Town) -> None:
    selection = """records(first: 50, kinds: [INSPECTION, REGISTRATION]) { nodes { kind
      ... on HealthInspections { about { business { name } } }
      ... on TradeSiteEntries { about { business { name } } } } }"""
    nodes = [node for node in (await town.address(selection))["records"]["nodes"] if "about" in node]
    assert {(node["kind"], node["about"]["business"]["name"]) for node in nodes} == {
        ("INSPECTION", "ACME DINER"),
        ("REGISTRATION", "ACME DINER"),
        ("REGISTRATION", "CAFE OAK"),
    }


async def test_part_and_whole(town: Town) -> None:
    query = """{ business(id: "tv.site:70011") { inspections { nodes { id date title
      violations { nodes { code inspection { id title outcome { category } } } totalCount } } } } }"""
    visits = (await town.data(query))["business"]["inspections"]["nodes"]
    assert [(v["date"], v["title"], v["violations"]["totalCount"]) for v in visits] == [
        ("2024-03-04", "first", 2),
        ("2024-03-04", "second", 0),
        ("2023-01-01", "first", 1),
    ]
    for visit in visits:
        for part in visit["violations"]["nodes"]:
            assert part["inspection"]["id"] == visit["id"]
            assert part["inspection"]["outcome"] == {"category": "FAILED"}


async def test_the_whole_of_parts_at_an_address(town: Town) -> None:
    nodes = (await town.address("healthViolations { nodes { code date inspection { title date } } }"))[
        "healthViolations"
    ]
    assert [(n["code"], n["inspection"]) for n in nodes["nodes"]] == [
        ("10A", {"title": "first", "date": "2024-03-04"}),
        ("10B", {"title": "first", "date": "2024-03-04"}),
        ("10A", {"title": "first", "date": "2023-01-01"}),
    ]


async def test_records_are_found_again_by_their_ids(town: Town) -> None:
    """Also those that their agency does not number, and each of several identical ones."""
    lists = ("sales", "inspections", "notices", "liens")
    address = await town.address(" ".join(f"{field} {{ nodes {{ id }} }}" for field in lists))
    ids = [node["id"] for field in address.values() for node in field["nodes"]]
    assert len(set(ids)) == len(ids) == 5 + 3 + 4 + 2
    data = await town.data(
        "query Again($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=[*ids, *reversed(ids)]
    )
    assert [node["id"] for node in data["nodes"]] == [*ids, *reversed(ids)]
    for id in ids:
        assert (await town.data("query One($id: ID!) { node(id: $id) { id } }", id=id))["node"] == {"id": id}


async def test_a_record_by_its_id_shows_all_it_has(town: Town) -> None:
    id = (await town.data('{ business(id: "tv.site:70011") { inspections { nodes { id } } } }'))["business"]
    query = """query One($id: ID!) { node(id: $id) { id ... on HealthInspections { title outcome { label }
      about { business { name } } violations { totalCount nodes { code } } } } }"""
    node = (await town.data(query, id=id["inspections"]["nodes"][0]["id"]))["node"]
    assert node == {
        "id": id["inspections"]["nodes"][0]["id"],
        "title": "first",
        "outcome": {"label": "Failed"},
        "about": {"business": {"name": "ACME DINER"}},
        "violations": {"totalCount": 2, "nodes": [{"code": "10A"}, {"code": "10B"}]},
    }


async def test_a_record_that_is_gone(town: Town) -> None:
    id = (await town.address("notices { nodes { id } }"))["notices"]["nodes"][0]["id"]
    town.agencies["works"].rows["notices"] = []
    payload = await town.answer("query One($id: ID!) { node(id: $id) { id } }", id=id)
    assert payload["data"] == {"node": None}
    assert codes(payload) == [("node", "NOT_FOUND")]


async def test_a_record_whose_agency_is_down(town: Town) -> None:
    """Not found would say that it is gone."""
    id = (await town.address("notices { nodes { id } }"))["notices"]["nodes"][0]["id"]
    town.cut_off("works")
    payload = await town.answer("query One($id: ID!) { node(id: $id) { id } }", id=id)
    assert payload["data"] == {"node": None}
    assert codes(payload) == [("node", "UNAVAILABLE")]


async def test_ties_of_those_who_answered(town: Town) -> None:
    town.cut_off("trade.adverts")
    payload = await town.answer(f'{{ address(id: "tv.lot:10101") {{ businesses {{ {EDGE} totalCount }} }} }}')
    page = payload["data"]["address"]["businesses"]
    assert len(page["edges"]) == 2
    assert page["totalCount"] is None
    assert codes(payload) == []
    assert incomplete(payload) == {("address.businesses", "UNAVAILABLE")}


async def test_tied_entities_exist_by_the_record_that_names_them(town: Town) -> None:
    """The register of sites is down for the sites themselves, not for the record that names them."""
    town.agencies["trade"].rows["companies"] = []
    data = await town.address("businesses { nodes { id existence legalName } }")
    assert [node["existence"] for node in data["businesses"]["nodes"]] == ["CONFIRMED", "CONFIRMED"]
