"""People: nothing of them shows to who may not see it, by whatever way it is asked."""

import pytest

from gateway.engine.requests import Caller
from tests.e2e.city import ANONYMOUS, TESTER, Town, codes

PERSONAL = Caller("b", frozenset({"personal"}), trusted=True)
OTHER = Caller("c", frozenset({"census:owners", "welfare:read"}), trusted=True)
SECRETS = ("Jane", "Roe", "1980", "DOE", "300001", "300002")

# The query, the path of its error, and what of the answer is null.
SHAPES = {
    "a person": ('{ person(id: "tv.resident:300001") { fullName } }', "person"),
    "people": ('{ people(ids: ["tv.resident:300001", "tv.resident:300002"]) { fullName } }', "people.0"),
    "a node": ('{ node(id: "tv.resident:300001") { id ... on Person { fullName } } }', "node"),
    "nodes": ('{ nodes(ids: ["tv.resident:300001"]) { id } }', "nodes.0"),
    "the people of an address": (
        '{ address(id: "tv.lot:10101") { people { nodes { fullName } } } }',
        "address.people.nodes",
    ),
    "their number": ('{ address(id: "tv.lot:10101") { people { totalCount } } }', "address.people.totalCount"),
    "their edges": (
        '{ address(id: "tv.lot:10101") { people { edges { cursor role node { id } } } } }',
        "address.people.edges",
    ),
    "who is registered at an address": (
        '{ address(id: "tv.lot:10101") { residents { nodes { date source { dataset } } totalCount } } }',
        "address.residents.nodes",
    ),
    "their number alone": (
        '{ address(id: "tv.lot:10101") { residents { totalCount } } }',
        "address.residents.totalCount",
    ),
    "the people of a business": (
        '{ business(id: "tv.company:7001") { people { nodes { fullName } totalCount } } }',
        "business.people.nodes",
    ),
    "whom a record is about": (
        '{ business(id: "tv.company:7001") { officers { nodes { office about { person { fullName } } } } } }',
        "business.officers.nodes.0.about.person",
    ),
    "a search by name and birth": (
        '{ searchPersons(name: "Jane Doe", birthDate: "1980-02-03") { state confidence evidence { detail } } }',
        "searchPersons",
    ),
    "a search by name and address": (
        '{ searchPersonsNear(name: "Jane Doe", near: "tv.lot:10101") { person { id } } }',
        "searchPersonsNear",
    ),
    "a search by all three": (
        '{ searchPersons(name: "Jane Doe", birthDate: "1980-02-03", near: "tv.lot:10101") { person { id } } }',
        "searchPersons",
    ),
    "a search for nobody at an address": (
        '{ searchPersonsNear(name: "Nobody Atall", near: "tv.lot:10101") { state } }',
        "searchPersonsNear",
    ),
    "a search for nobody": (
        '{ searchPersons(name: "Nobody Atall", birthDate: "1901-01-01") { state } }',
        "searchPersons",
    ),
}


@pytest.mark.parametrize("caller", [ANONYMOUS, OTHER], ids=["anonymous", "other scopes"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_denied_in_every_shape(shape: str, caller: Caller, town: Town) -> None:
    query, path = SHAPES[shape]
    payload = await town.answer(query, caller)
    assert codes(payload)[0] == (path, "DENIED")
    assert {code for _, code in codes(payload)} == {"DENIED"}
    told = str(payload)
    for secret in SECRETS:
        assert secret not in told
    assert not any(dataset == "people.residents" for dataset in town.calls())


@pytest.mark.parametrize("caller", [TESTER, PERSONAL], ids=["the local caller", "the scope"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_allowed_with_the_scope(shape: str, caller: Caller, town: Town) -> None:
    query, _ = SHAPES[shape]
    assert codes(await town.answer(query, caller)) == []


async def test_a_person(town: Town) -> None:
    query = """{ person(id: "tv.resident:300001") { identifiers { identifier } label level existence fullName birthDate
      residences { nodes { date holder } } businesses { edges { role node { legalName } } }
      addresses { edges { role since node { label } } } } }"""
    assert (await town.data(query))["person"] == {
        "identifiers": [{"identifier": "tv.resident:300001"}],
        "label": "Jane Doe",
        "level": "PERSON",
        "existence": "CONFIRMED",
        "fullName": "Jane Doe",
        "birthDate": "1980-02-03",
        "residences": {"nodes": [{"date": "2010-01-01", "holder": "Jane Doe"}]},
        "businesses": {"edges": [{"role": "OFFICER", "node": {"legalName": "ACME FOODS INC"}}]},
        "addresses": {"edges": [{"role": "RESIDENT", "since": "2010-01-01", "node": {"label": "12 OAK ST, 90001"}}]},
    }


async def test_a_withheld_address_ties_nobody(town: Town) -> None:
    """Resident 300002 lives at 10102, and the residents' office keeps that to itself."""
    payload = await town.answer('{ address(id: "tv.lot:10102") { people { nodes { id } totalCount } } }')
    page = payload["data"]["address"]["people"]
    assert not page["nodes"]
    assert "300002" not in str(payload)
    payload = await town.answer('{ person(id: "tv.resident:300002") { fullName addresses { nodes { id } } } }')
    assert payload["data"]["person"]["fullName"] == "John Roe"
    assert not payload["data"]["person"]["addresses"]["nodes"]
    assert "10102" not in str(payload)
    search = '{ searchPersonsNear(name: "John Roe", near: "tv.lot:10102") { person { id } } }'
    assert (await town.data(search))["searchPersonsNear"] == []


ONE_FACT = {
    "a name": ('searchPersons(name: "Jane Doe")', "birthDate"),
    "a name and an address, by the wrong root": ('searchPersons(name: "Jane Doe", near: "tv.lot:10101")', "birthDate"),
    "a name and null for the day": ('searchPersons(name: "Jane Doe", birthDate: null)', "Date!"),
    "a name, to be near nothing": ('searchPersonsNear(name: "Jane Doe")', "near"),
    "a name and null for the address": ('searchPersonsNear(name: "Jane Doe", near: null)', "ID!"),
    "a day": ('searchPersons(birthDate: "1980-02-03")', "name"),
    "an address": ('searchPersonsNear(near: "tv.lot:10101")', "name"),
}


@pytest.mark.parametrize("case", ONE_FACT)
async def test_a_search_by_one_fact_is_no_valid_query(case: str, town: Town) -> None:
    asked, missing = ONE_FACT[case]
    payload = await town.answer(f"{{ {asked} {{ state }} }}")
    assert "data" not in payload
    assert codes(payload) == [("", "VALIDATION")]
    assert missing in payload["errors"][0]["message"]
    assert town.calls() == []


FOUND: tuple[tuple[str, list[tuple[str, str]]], ...] = (
    ('(name: "Jane Doe", birthDate: "1980-02-03")', [("tv.resident:300001", "MATCH")]),
    ('(name: "jane  DOE", birthDate: "1980-02-03")', [("tv.resident:300001", "MATCH")]),
    ('(name: "Jane Doe", birthDate: "1980-02-04")', [("tv.resident:300001", "POSSIBLE")]),
    ('(name: "John Roe", birthDate: "1980-02-03")', []),
    ('(name: "Jane Doe", near: "tv.lot:10101", birthDate: "1980-02-03")', [("tv.resident:300001", "MATCH")]),
    ('(name: "Jane Doe", near: "tv.lot:10101", birthDate: "1999-09-09")', []),
    ('(name: "Jane Doe", near: "tv.lot:10103", birthDate: "1980-02-03")', []),
    ('Near(name: "Jane Doe", near: "tv.lot:10101")', [("tv.resident:300001", "MATCH")]),
    ('Near(name: "John Roe", near: "tv.lot:10101")', []),
    ('Near(name: "Jane Doe", near: "tv.lot:10103")', []),
)


@pytest.mark.parametrize(("arguments", "wanted"), FOUND, ids=[arguments for arguments, _ in FOUND])
async def test_search(arguments: str, wanted: list[tuple[str, str]], town: Town) -> None:
    inside = "state confidence evidence { rule detail } person { fullName identifiers { identifier } }"
    query = f"{{ found: searchPersons{arguments} {{ {inside} }} }}"
    found = (await town.data(query))["found"]
    assert [(candidate["person"]["identifiers"][0]["identifier"], candidate["state"]) for candidate in found] == wanted
    for candidate in found:
        assert all("Jane" not in evidence["detail"] for evidence in candidate["evidence"])


async def test_too_many_are_an_error(town: Town) -> None:
    rows = town.agencies["people"].rows
    template = dict(rows["residents"][0])
    rows["residents"] = [template | {"NO": str(400000 + n)} for n in range(11)]
    query = '{ searchPersons(name: "Jane Doe", birthDate: "1980-02-03") { person { identifiers { identifier } } } }'
    payload = await town.answer(query)
    assert payload["data"] == {"searchPersons": None}
    assert codes(payload) == [("searchPersons", "TOO_MANY")]
    rows["residents"] = rows["residents"][:10]
    found = (await town.data(query))["searchPersons"]
    told = {known["identifier"] for candidate in found for known in candidate["person"]["identifiers"]}
    assert told <= {f"tv.resident:{400000 + n}" for n in range(10)}


async def test_personal_columns_of_other_datasets(town: Town) -> None:
    """A name beside a sale, a permit's applicant, a caller: denied alone, the rest is shown."""
    query = """{ address(id: "tv.lot:10101") { ownerName sales(first: 1) { nodes { buyer } }
      permits(first: 9) { nodes { holder } } complaints(first: 1) { nodes { caller title } } } }"""
    payload = await town.answer(query, ANONYMOUS)
    address = payload["data"]["address"]
    assert address["complaints"]["nodes"] == [{"caller": None, "title": "No heat"}]
    assert dict(codes(payload)) == {
        "address.ownerName": "DENIED",
        "address.sales.nodes.0.buyer": "DENIED",
        "address.permits.nodes.0.holder": "DENIED",
        "address.complaints.nodes.0.caller": "DENIED",
    }
    assert [node["holder"] for node in address["permits"]["nodes"]].count("OAK LLC") == 1
    assert "DOE" not in str(payload)
    assert "tenant" not in str(payload)
