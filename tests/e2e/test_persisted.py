"""Persisted documents over HTTP: by manifest and by hash, warmed, cached by who may, open to nobody more."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from gateway.app import create_app
from gateway.documents import Persisted, sha256_of
from gateway.engine.engine import CityEngine
from gateway.engine.services import Services
from gateway.settings import Settings
from tests.e2e.city import KEY, Town, city, make_town, schema

LABEL = "query Label($id: ID!) { address(id: $id) { label sales(first: 2) { totalCount } } }"
OWNER = "query Owner($id: ID!) { address(id: $id) { ownerName } }"
WARD = "query Ward($id: ID!, $more: Boolean!) { address(id: $id) { district label @include(if: $more) } }"
PERSONS = '{ searchPersons(name: "Jane Doe", birthDate: "1970-01-01") { confidence } }'
BROKEN = "{ address(id: 1) { nothing } }"
KNOWN = {"label-1": LABEL, "owner-1": OWNER, "ward-1": WARD, "broken-1": BROKEN}
LOT = {"id": "tv.lot:10101"}
TESTER = {"x-citygraph-caller": "tester"}

Open = Callable[..., Any]


class Opened:
    """Testville behind HTTP, in process."""

    def __init__(self, town: Town, persisted: Persisted, client: httpx.AsyncClient) -> None:
        self.town, self.persisted, self.client = town, persisted, client

    async def get(self, headers: Mapping[str, str] | None = None, **parameters: Any) -> httpx.Response:
        given = {name: v if isinstance(v, str) else json.dumps(v) for name, v in parameters.items()}
        return await self.client.get(f"/graphql?{urlencode(given)}", headers=headers)

    async def post(self, headers: Mapping[str, str] | None = None, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.client.post("/graphql", json=body, headers=headers)).json()
        return answer


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def make(mode: str = "off", known: Mapping[str, str] = KNOWN, **given: Any) -> Opened:
            town, persisted = make_town(), Persisted(known, mode)
            settings = replace(Settings(), signing_key=KEY, **given)
            engine = CityEngine(
                city(), settings, schema=schema(), adapters=adapters(town), services=Services(persisted=persisted)
            )
            await engine.start()
            stack.push_async_callback(engine.aclose)
            town = Town(engine, town.agencies)
            transport = httpx.ASGITransport(create_app(engine, city(), settings), client=("127.0.0.1", 50000))
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
            return Opened(town, persisted, await stack.enter_async_context(client))

        yield make


def adapters(town: Town) -> dict[str, Any]:
    """The town's agencies by their source."""
    return {source: town.agencies[source.partition(".")[0]] for source in city().sources}


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256_of(text)}}


def code(answer: Mapping[str, Any]) -> str:
    found: str = answer["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize("name", ["documentId", "doc_id"])
async def test_a_document_of_a_manifest(name: str, opened: Open) -> None:
    gateway = await opened()
    by_text = await gateway.post(query=LABEL, variables=LOT)
    assert await gateway.post(**{name: "label-1"}, variables=LOT) == by_text
    assert (await gateway.get(**{name: "label-1"}, variables=LOT)).json() == by_text
    as_apollo = {"persistedQuery": {"version": 1, "sha256Hash": "label-1"}}
    assert await gateway.post(extensions=as_apollo, variables=LOT) == by_text
    assert by_text["data"]["address"]["label"]


async def test_documents_are_ready_before_they_are_asked(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    gateway = await opened()
    plans = dict(gateway.town.engine.preparing.plans)
    assert len(plans) == 2  # one of the four has conditions, one does not fit the schema
    assert 'the persisted document "broken-1" does not fit the schema: Cannot query field' in caplog.text
    await gateway.post(documentId="label-1", variables=LOT)
    assert gateway.town.engine.preparing.plans == plans
    assert code(await gateway.post(documentId="broken-1")) == "VALIDATION"


async def test_an_id_that_nobody_knows(opened: Open) -> None:
    gateway = await opened()
    answer = await gateway.post(documentId="nothing")
    assert answer["errors"][0]["message"] == "PersistedQueryNotFound"
    assert code(answer) == "PERSISTED_QUERY_NOT_FOUND"
    assert gateway.town.calls() == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"query": LABEL, "documentId": "label-1"}, 'gives "query" or "documentId", not both'),
        ({"documentId": 5}, '"documentId" is a number'),
        ({"documentId": ""}, '"documentId" is empty'),
        ({"documentId": "a", "doc_id": "b"}, "documentId and doc_id name different documents"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}}, '{"version": 1, "sha256Hash": "…"}'),
        ({"extensions": {"persistedQuery": {"version": 1}}}, 'sha256Hash" is null'),
        ({"query": LABEL, "extensions": hashed(OWNER)}, "is not the SHA-256 of the query"),
    ],
)
async def test_ids_that_are_none(body: dict[str, Any], says: str, opened: Open) -> None:
    gateway = await opened()
    answer = await gateway.post(**body)
    assert says in answer["errors"][0]["message"]
    assert code(answer) == "BAD_REQUEST"


async def test_a_client_registers_a_document(opened: Open) -> None:
    gateway = await opened(known={})
    assert code(await gateway.post(extensions=hashed(LABEL), variables=LOT)) == "PERSISTED_QUERY_NOT_FOUND"
    registered = await gateway.post(query=LABEL, extensions=hashed(LABEL), variables=LOT)
    assert await gateway.post(extensions=hashed(LABEL), variables=LOT) == registered
    assert (await gateway.get(extensions=hashed(LABEL), variables=LOT)).json() == registered


async def test_what_is_not_valid_is_not_registered(opened: Open) -> None:
    gateway = await opened(known={})
    assert code(await gateway.post(query=BROKEN, extensions=hashed(BROKEN))) == "VALIDATION"
    assert code(await gateway.post(extensions=hashed(BROKEN))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_what_asks_about_a_person_by_name_is_not_registered(opened: Open) -> None:
    gateway = await opened(known={})
    answer = await gateway.post(TESTER, query=PERSONS, extensions=hashed(PERSONS))
    assert "VALIDATION" not in str(answer)
    assert code(await gateway.post(TESTER, extensions=hashed(PERSONS))) == "PERSISTED_QUERY_NOT_FOUND"
    assert gateway.town.engine.preparing.plans == {}


async def test_nobody_sees_more_by_an_id(opened: Open) -> None:
    gateway = await opened()
    allowed = await gateway.post(TESTER, documentId="owner-1", variables=LOT)
    assert allowed["data"]["address"]["ownerName"] is not None
    by_id = await gateway.post(documentId="owner-1", variables=LOT)
    assert by_id == await gateway.post(query=OWNER, variables=LOT)
    assert by_id["data"]["address"]["ownerName"] is None


async def test_only_known_documents(opened: Open) -> None:
    gateway = await opened("only")
    assert "data" in await gateway.post(query=LABEL, variables=LOT)
    assert code(await gateway.post(query=LABEL + " ", variables=LOT)) == "UNKNOWN_DOCUMENT"
    assert code(await gateway.post(query=LABEL + " ", extensions=hashed(LABEL + " "))) == "UNKNOWN_DOCUMENT"
    assert code(await gateway.post(query="{ __schema { queryType { name } } }")) == "UNKNOWN_DOCUMENT"
    assert "data" in await gateway.post(TESTER, query=LABEL + " ", variables=LOT)  # the local caller of a test city


async def test_unknown_documents_are_told_of_once(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    gateway = await opened("log")
    with caplog.at_level(logging.INFO, "gateway.engine.preparing"):
        await gateway.post(query=LABEL, variables=LOT)
        assert "no manifest has" not in caplog.text
        for _ in range(3):
            assert "data" in await gateway.post(query=LABEL + " ", variables=LOT)
        await gateway.post(TESTER, query=PERSONS)
    told = [record.message for record in caplog.records if "no manifest has" in record.message]
    assert len(told) == 2
    assert "operation Label, key None" in told[0]
    assert "Jane" not in caplog.text


# caches between


async def test_a_public_answer_may_be_kept(opened: Open) -> None:
    gateway = await opened()
    first = await gateway.get(documentId="label-1", variables=LOT)
    assert first.headers["cache-control"] == "public, no-cache"
    assert "Authorization" in first.headers["vary"]
    again = await gateway.get({"if-none-match": first.headers["etag"]}, documentId="label-1", variables=LOT)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await gateway.get(
        {"if-none-match": first.headers["etag"]}, documentId="label-1", variables={"id": "tv.lot:10102"}
    )
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


async def test_for_how_long(opened: Open) -> None:
    gateway = await opened(documents_max_age=90.0)
    found = await gateway.get(documentId="label-1", variables=LOT)
    assert found.headers["cache-control"] == "public, max-age=90"


async def test_what_caches_may_not_keep(opened: Open) -> None:
    gateway = await opened(known=KNOWN | {"me-1": "{ me { name } }"})

    async def kept(headers: Mapping[str, str] | None = None, **parameters: Any) -> bool:
        found = await gateway.get(headers, **parameters)
        assert ("etag" in found.headers) == ("no-store" not in found.headers["cache-control"])
        return "etag" in found.headers

    assert await kept(documentId="label-1", variables=LOT)
    assert not await kept(TESTER, documentId="label-1", variables=LOT)
    assert not await kept(query=LABEL, variables=LOT)
    assert not await kept(documentId="me-1")
    assert not await kept(documentId="owner-1", variables=LOT)
    assert not await kept(documentId="label-1", variables={"id": "tv.lot:99999"})
    assert not await kept(documentId="label-1", variables=LOT, extensions={"trace": True})
    assert not await kept({"x-citygraph-reference": "case 5"}, documentId="label-1", variables=LOT)
    gateway.town.cut_off("deeds")
    assert not await kept(documentId="label-1", variables=LOT)
    posted = await gateway.client.post("/graphql", json={"documentId": "label-1", "variables": LOT})
    assert posted.headers["cache-control"] == "no-store"
