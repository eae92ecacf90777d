"""Ids of persons, and what tells of persons in ids and cursors: sealed, stable, and nobody else's to make."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.engine.requests import Request
from tests.e2e.city import ANONYMOUS, TESTER, Town, codes, make_town

JANE = "tv.resident:300001"
SECRETS = ("300001", "resident", "Jane", "1980")


async def sealed(town: Town, identifier: str = JANE) -> str:
    """The id of a person."""
    id: str = (await town.data("query Q($id: ID!) { person(id: $id) { id } }", id=identifier))["person"]["id"]
    return id


def readable(token: str) -> str:
    """All that can be read in a token, by who lacks the key."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return token + raw.decode("latin-1")


async def test_nothing_can_be_read_in_an_id(town: Town) -> None:
    id = await sealed(town)
    assert ":" not in id
    assert not any(secret in readable(id) for secret in SECRETS)


async def test_an_id_is_always_the_same(town: Town) -> None:
    """By whatever way the person is found, and at every start with the same key."""
    id = await sealed(town)
    search = '{ searchPersons(name: "Jane Doe", birthDate: "1980-02-03") { person { id } } }'
    linked = '{ address(id: "tv.lot:10101") { people { nodes { id } } } }'
    assert (await town.data(search))["searchPersons"][0]["person"]["id"] == id
    assert {"id": id} in (await town.data(linked))["address"]["people"]["nodes"]
    assert await sealed(make_town()) == id
    assert await sealed(town, "tv.resident:300002") != id


PLACES = {
    "person": ("query Q($id: ID!) { at: person(id: $id) { id fullName } }", "at"),
    "people": ("query Q($id: ID!) { at: people(ids: [$id]) { id fullName } }", "at.0"),
    "node": ("query Q($id: ID!) { at: node(id: $id) { id ... on Person { fullName } } }", "at"),
    "nodes": ("query Q($id: ID!) { at: nodes(ids: [$id]) { id ... on Person { fullName } } }", "at.0"),
}


@pytest.mark.parametrize("place", PLACES)
async def test_an_id_is_taken_back(place: str, town: Town) -> None:
    query, _ = PLACES[place]
    id = await sealed(town)
    at = (await town.data(query, id=id))["at"]
    assert (at[0] if isinstance(at, list) else at) == {"id": id, "fullName": "Jane Doe"}


async def test_an_id_is_no_permission(town: Town) -> None:
    id = await sealed(town)
    town.forget()
    for query, path in PLACES.values():
        payload = await town.answer(query, ANONYMOUS, id=id)
        assert codes(payload) == [(path, "DENIED")]
    assert town.calls() == []


def forged(id: str) -> Iterator[str]:
    """Ids that this gateway did not make."""
    raw = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        yield base64.urlsafe_b64encode(changed).decode().rstrip("=")
    yield id[:-8]
    yield id + "AAAA"
    yield base64.urlsafe_b64encode(b'["person","tv.resident","300001"]').decode()
    yield "300001"


@pytest.mark.parametrize("place", PLACES)
async def test_a_forged_id_is_refused_like_any_other(place: str, town: Town) -> None:
    query, path = PLACES[place]
    id = await sealed(town)
    other = make_town()
    object.__setattr__(other.engine.world, "tokens", type(other.engine.world.tokens)(b"another key, " * 3))
    record = '{ person(id: "tv.resident:300001") { residences { nodes { id } } } }'
    owned = (await town.data(record))["person"]["residences"]["nodes"][0]["id"]
    others = [] if "node" in place else [owned]  # the id of a record is that of a node
    town.forget()
    told = set()
    for text in [*forged(id), await sealed(other), *others]:
        payload = await town.answer(query, id=text)
        assert codes(payload) == [(path, "BAD_IDENTIFIER")]
        assert payload["errors"][0]["extensions"]["rule"] == "sealed id"
        told.add(payload["errors"][0]["message"].replace(text[:80], ""))
    assert len(told) == 1
    assert town.calls() == []


async def test_the_record_of_look_ups_knows_whom_and_what_was_forged(town: Town) -> None:
    id = await sealed(town)
    query = "query Q($id: ID!) { person(id: $id) { fullName } }"
    for caller in (TESTER, ANONYMOUS):
        facts = (await town.engine.execute(Request(query, variables={"id": id}, caller=caller))).facts
        assert facts.subjects == (JANE,)
    tampered = next(forged(id))
    facts = (await town.engine.execute(Request(query, variables={"id": tampered}, caller=TESTER))).facts
    assert facts.subjects == ()
    assert facts.denied == ("sealed id",)


async def test_who_is_nobody_is_told_without_a_number(town: Town) -> None:
    id = await sealed(town)
    town.agencies["people"].rows["residents"] = []
    town.agencies["people"].rows["officers"] = []
    payload = await town.answer("query Q($id: ID!) { person(id: $id) { fullName } }", id=id)
    assert codes(payload) == [("person", "NOT_FOUND")]
    assert "300001" not in str(payload)


async def test_a_person_without_a_name_has_its_id_for_a_label(town: Town) -> None:
    rows = town.agencies["people"].rows
    rows["residents"] = [{**row, "NAME": None} for row in rows["residents"]]
    query = '{ person(id: "tv.resident:300001") { id label } }'
    for _ in range(3):  # by the book, and by generated code
        person = (await town.data(query))["person"]
        assert person["label"] == person["id"] == await sealed(town)


LISTS = {
    "records of a person": '{ person(id: "tv.resident:300001") { residences { edges { cursor node { id } } } } }',
    "people of an address": (
        '{ address(id: "tv.lot:10101") { people { edges { cursor node { id } } pageInfo { endCursor } } } }'
    ),
    "people of a business": '{ business(id: "tv.company:7001") { people { edges { cursor node { id } } } } }',
    "a list in the order of names": (
        '{ address(id: "tv.lot:10101") { residents(orderBy: [{ name: ASC }]) { edges { cursor node { id } } } } }'
    ),
}


@pytest.mark.parametrize("case", LISTS)
async def test_ids_and_cursors_tell_nothing_of_persons(case: str, town: Town) -> None:
    tokens = list(_tokens(await town.data(LISTS[case])))
    assert tokens
    for token in tokens:
        assert not any(secret in readable(token) for secret in SECRETS)


def _tokens(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            if name in ("id", "cursor", "endCursor"):
                yield value
            else:
                yield from _tokens(value)
    elif isinstance(told, list):
        for each in told:
            yield from _tokens(each)


async def test_the_id_of_a_persons_record_is_taken_back(town: Town) -> None:
    query = '{ person(id: "tv.resident:300001") { residences { nodes { id date } } } }'
    record = (await town.data(query))["person"]["residences"]["nodes"][0]
    again = await town.data("query Q($id: ID!) { node(id: $id) { id ... on Registration { date } } }", id=record["id"])
    assert again["node"] == record
