"""Searching gives candidates with reasons, never a guess."""

from typing import Any

import pytest

from tests.e2e.city import ANONYMOUS, Town, codes

CANDIDATE = "state confidence evidence { rule detail } address { id label }"


async def addresses(town: Town, text: str, inside: str = CANDIDATE, more: str = "") -> list[dict[str, Any]]:
    query = f"query Search($text: String!) {{ searchAddresses(text: $text{more}) {{ {inside} }} }}"
    found: list[dict[str, Any]] = (await town.data(query, text=text))["searchAddresses"]
    return found


def states(found: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(candidate["address"]["id"], candidate["state"]) for candidate in found}


NORTH, SOUTH = "tv.lot:10101", "tv.lot:20102"  # 12 OAK ST in 90001, and in 90002

TEXTS: tuple[tuple[str, set[tuple[str, str]]], ...] = (
    ("12 Oak St, 90001", {(NORTH, "MATCH")}),
    ("12 oak street 90001", {(NORTH, "MATCH")}),
    ("  12   OAK   STREET ,  90001 ", {(NORTH, "MATCH")}),
    ("12 OAK ST 90002", {(SOUTH, "MATCH")}),
    ("12 Oak St, apartment 3, 90001", {(NORTH, "MATCH")}),
    ("12 Oak St", {(NORTH, "POSSIBLE"), (SOUTH, "POSSIBLE")}),
    ("14 Oak St", {("tv.lot:10102", "POSSIBLE")}),
    ("13 Oak St, 90001", set()),  # a number is never changed
    ("12 Elm Ave, 90001", set()),
    ("12 Oak St, 99999", set()),
    ("3 Elm Avenue 90002", {("tv.lot:20101", "MATCH")}),
)


@pytest.mark.parametrize(("text", "wanted"), TEXTS, ids=[text for text, _ in TEXTS])
async def test_addresses(text: str, wanted: set[tuple[str, str]], town: Town) -> None:
    found = await addresses(town, text)
    assert states(found) == wanted
    confidences = [candidate["confidence"] for candidate in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence <= 1 for confidence in confidences)
    for candidate in found:
        assert any(e["rule"] == "register" and e["detail"].startswith("LO ") for e in candidate["evidence"])


FOREIGN = (
    "",
    " ",
    "hello",
    "Oak Street",
    "¿Dónde está?",
    "Москва, Тверская 12",
    "東京都千代田区",
    "'; DROP TABLE parcels; --",
    "\x00",
)


@pytest.mark.parametrize("text", FOREIGN)
async def test_text_that_is_no_address(text: str, town: Town) -> None:
    query = f"query Search($text: String!) {{ searchAddresses(text: $text) {{ {CANDIDATE} }} }}"
    payload = await town.answer(query, text=text)
    if codes(payload):
        assert payload["data"] == {"searchAddresses": None}
        assert codes(payload) == [("searchAddresses", "BAD_ARGUMENT")]
        assert "house number" in payload["errors"][0]["message"]
    else:
        assert payload["data"] == {"searchAddresses": []}


async def test_very_long_text(town: Town) -> None:
    query = "query Search($text: String!) { searchAddresses(text: $text) { state } }"
    for text in ("12 Oak St " * 50_000, "9" * 500_000, "a" * 500_000):
        payload = await town.answer(query, text=text)
        assert len(str(payload)) < 1000


async def test_candidates_lead_on(town: Town) -> None:
    inside = "state address { id yearBuilt sales { totalCount } businesses { nodes { name } } }"
    (candidate,) = await addresses(town, "12 Oak St, 90001", inside)
    assert candidate["address"] == {
        "id": NORTH,
        "yearBuilt": 1950,
        "sales": {"totalCount": 5},
        "businesses": {"nodes": [{"name": "ACME DINER"}, {"name": "CAFE OAK"}]},
    }


async def test_not_more_than_asked_for(town: Town) -> None:
    assert len(await addresses(town, "12 Oak St", more=", first: 1")) == 1
    assert await addresses(town, "12 Oak St", more=", first: 0") == []
    (only,) = await addresses(town, "12 Oak St", more=", first: 1")
    assert only["state"] == "POSSIBLE"  # cutting the list makes nothing surer


async def test_the_register_is_down(town: Town) -> None:
    town.cut_off("land")
    payload = await town.answer('{ searchAddresses(text: "12 Oak St, 90001") { state } }')
    assert payload["data"] == {"searchAddresses": None}
    assert codes(payload) == [("searchAddresses", "UNAVAILABLE")]


async def test_anybody_may_search_addresses(town: Town) -> None:
    payload = await town.answer(f'{{ searchAddresses(text: "12 Oak St, 90001") {{ {CANDIDATE} }} }}', ANONYMOUS)
    assert codes(payload) == []
    assert "DOE" not in str(payload)


# businesses


BUSINESSES: tuple[tuple[str, set[tuple[str, str]]], ...] = (
    ('name: "Acme Diner"', {("tv.site:70011", "MATCH")}),
    ('name: "ACME BAKERY"', {("tv.site:70012", "MATCH")}),
    ('name: "Acme"', {("tv.site:70011", "POSSIBLE"), ("tv.site:70012", "POSSIBLE"), ("tv.company:7001", "POSSIBLE")}),
    ('name: "Acme Foods Inc"', {("tv.company:7001", "MATCH")}),
    ('name: "Ghost Kitchen"', {("tv.site:70019", "MATCH")}),
    ('name: "Nobody Trades Here"', set()),
    ('name: "Acme Diner", near: "tv.lot:10101"', {("tv.site:70011", "MATCH")}),
    ('name: "Acme Diner", near: "tv.lot:10102"', {("tv.site:70012", "POSSIBLE")}),  # the bakery
    ('name: "Cafe Oak", near: "tv.lot:10102"', set()),
    ('name: "Acme Bakery", near: "tv.lot:10102"', {("tv.site:70012", "MATCH")}),
    ('name: "Acme Diner", near: "tv.building:1001"', {("tv.site:70011", "MATCH")}),
    ('name: "Cafe Oak", near: "tv.lot:10101"', {("tv.site:70021", "MATCH")}),
)


@pytest.mark.parametrize(("arguments", "wanted"), BUSINESSES, ids=[arguments for arguments, _ in BUSINESSES])
async def test_businesses(arguments: str, wanted: set[tuple[str, str]], town: Town) -> None:
    query = f"{{ searchBusinesses({arguments}) {{ state evidence {{ rule detail }} business {{ id name }} }} }}"
    found = (await town.data(query))["searchBusinesses"]
    assert {(candidate["business"]["id"], candidate["state"]) for candidate in found} == wanted
    for candidate in found:
        assert candidate["evidence"]


WRONG = (
    ('name: "", near: "tv.lot:10101"', "BAD_ARGUMENT"),
    ('name: "!"', "BAD_ARGUMENT"),
    ('name: "Acme", near: "nonsense"', "BAD_IDENTIFIER"),
    ('name: "Acme", near: "tv.site:70011"', "BAD_IDENTIFIER"),
)


@pytest.mark.parametrize(("arguments", "code"), WRONG)
async def test_wrong_searches(arguments: str, code: str, town: Town) -> None:
    payload = await town.answer(f"{{ searchBusinesses({arguments}) {{ state }} }}")
    assert payload["data"] == {"searchBusinesses": None}
    assert codes(payload) == [("searchBusinesses", code)]
    assert town.calls() == []


async def test_denied_names_are_not_searched(town: Town) -> None:
    """The company's name may be a person's: without the scope it finds nothing."""
    query = '{ searchBusinesses(name: "Doe, John") { state business { id } } }'
    (found,) = (await town.data(query))["searchBusinesses"]
    assert found["business"]["id"] == "tv.company:7002"
    town.forget()
    payload = await town.answer(query, ANONYMOUS)
    assert payload["data"] == {"searchBusinesses": []}
    assert codes(payload) == []
    begun = await town.answer('{ searchBusinesses(name: "Do") { state } }', ANONYMOUS)
    assert begun["data"] == {"searchBusinesses": []}


async def test_a_search_of_which_one_agency_is_down(town: Town) -> None:
    town.cut_off("health")
    (found,) = (await town.data('{ searchBusinesses(name: "Acme Diner") { business { id } } }'))["searchBusinesses"]
    assert found["business"]["id"] == "tv.site:70011"
