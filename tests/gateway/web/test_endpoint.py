import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.gateway.web.conftest import Running

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HELLO = {"query": "{ hello }"}


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", JSON),
        ("", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{JSON};charset=utf-8", JSON),
        ("text/plain, application/*;q=0.1", JSON),
        (f"{RESPONSE};q=0, */*", JSON),
    ],
)
async def test_the_answer_has_the_type_that_the_client_likes(
    client: httpx.AsyncClient, accept: str, answered: str
) -> None:
    response = await client.post("/graphql", json=HELLO, headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"hello": "hello world"}}
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/plain", "image/*", f"{JSON};q=0", f"{JSON};charset=latin-1"])
async def test_an_accept_that_nothing_fits_is_406(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json=HELLO, headers={"accept": accept})
    assert response.status_code == 406
    assert codes(response) == ["NOT_ACCEPTABLE"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query A { hello } query B { hello }"])
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (RESPONSE, 400)])
async def test_a_request_that_fails_before_execution(
    client: httpx.AsyncClient, query: str, accept: str, status: int
) -> None:
    response = await client.post("/graphql", json={"query": query}, headers={"accept": accept})
    assert response.status_code == status
    assert "data" not in response.json()
    assert response.json()["errors"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "it is empty"),
        (b"5", "The body is a number"),
        (b"null", "The body is null"),
        (b'"{ hello }"', "The body is a string"),
        (b'[{"query": "{ hello }"}]', "Batched requests are not served"),
        (b"{", "is not JSON"),
        (b'{"query": "\xff"}', "not UTF-8 at byte 11"),
        (b'{"query": "\\ud800"}', "is not JSON"),
        (b"{}", '"query" is missing'),
        (b'{"query": 5}', '"query" is a number'),
        (b'{"query": "{ hello }", "variables": "{}"}', '"variables" is a string'),
        (b'{"query": "{ hello }", "variables": [1]}', '"variables" is a list'),
        (b'{"query": "{ hello }", "extensions": true}', '"extensions" is true or false'),
        (b'{"query": "{ hello }", "operationName": {}}', '"operationName" is an object'),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}", "deeper than 64"),
        (b'{"query": "{ hello }", "extensions": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}", "deeper than 64"),
        (b'{"query": "{ hello }", "variables": {"a": NaN}}', "is not JSON"),
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_what_is_no_request_is_400_and_says_why(
    client: httpx.AsyncClient, body: bytes, says: str, accept: str
) -> None:
    headers = {"content-type": JSON, "accept": accept}
    response = await client.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]
    assert says in response.json()["errors"][0]["message"]


async def test_json_nested_without_end_is_refused(running: Running) -> None:
    body = b'{"query": "{ hello }", "variables": ' + b'{"a":' * 380
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{running.url}/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
    ],
)
async def test_only_json_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post("/graphql", content=json.dumps(HELLO), headers={"content-type": content_type})
    assert response.status_code == 415
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    headers = {"content-type": JSON, "content-encoding": "gzip"}
    assert (await client.post("/graphql", content=b"x", headers=headers)).status_code == 415


@pytest.mark.parametrize("content_type", [JSON, "application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
async def test_json_in_utf8_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    body = json.dumps({"query": '{ hello(name: "Ōmachi") }'}, ensure_ascii=False).encode()
    response = await client.post("/graphql", content=body, headers={"content-type": content_type})
    assert response.json() == {"data": {"hello": "hello Ōmachi"}}


async def test_a_body_that_is_too_long_is_413(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }" + " " * 10_000})
    assert response.status_code == 413
    assert response.json()["errors"][0]["message"] == "The body is longer than 10000 bytes."


async def test_a_body_of_unknown_length_is_bounded_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    response = await client.post("/graphql", content=endless(), headers={"content-type": JSON})
    assert response.status_code == 413


async def test_a_body_that_does_not_come_is_408(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    assert status == b"HTTP/1.1 408 Request Timeout\r\n"


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": "{ hello }"},
        {"query": "{ hello }", "variables": "", "operationName": "", "extensions": ""},
        {"query": 'query A { hello } query B { hello(name: "B") }', "operationName": "A"},
        {"query": "query ($n: String) { hello(name: $n) }", "variables": '{"n": "world"}'},
        {"query": "{ hello }", "unknown": "1"},
    ],
)
async def test_get(client: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    response = await client.get("/graphql", params=parameters)
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("/graphql", '"query" is missing'),
        ("/graphql?query=%7Bhello%7D&query=x", 'gives "query" twice'),
        ("/graphql?query=%ff", "not valid percent-encoded UTF-8"),
        ("/graphql?query=%7Bhello%7D&variables=5", '"variables" is a number'),
        ("/graphql?query=%7Bhello%7D&variables=%7B", 'The parameter "variables" is not JSON'),
        ("/graphql?query=%7Bhello%7D" + "&a=1" * 20, "too many"),
    ],
)
async def test_a_get_that_is_no_request(client: httpx.AsyncClient, url: str, says: str) -> None:
    response = await client.get(url)
    assert response.status_code == 400
    assert says in response.json()["errors"][0]["message"]


async def test_a_mutation_needs_post(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { hello }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert (await client.post("/graphql", json={"query": "mutation { hello }"})).json() == {
        "data": {"hello": "hello world"}
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", json=HELLO)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert codes(response) == ["METHOD_NOT_ALLOWED"]


async def test_no_other_site_gets_leave(client: httpx.AsyncClient) -> None:
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    preflight = await client.options("/graphql", headers=headers)
    answer = await client.post("/graphql", json=HELLO, headers={"origin": "https://elsewhere.example"})
    assert not any(name.startswith("access-control") for name in (*preflight.headers, *answer.headers))


async def test_extensions_reach_the_engine(client: httpx.AsyncClient) -> None:
    sent = {"query": "{ extensions }", "extensions": {"explain": True, "maxWait": 1}}
    assert (await client.post("/graphql", json=sent)).json() == {"data": {"extensions": "explain,maxWait"}}


async def test_a_broken_engine_shows_nothing_of_itself(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.post("/graphql", json={"query": "{ broken }"})
    assert response.status_code == 500
    assert codes(response) == ["INTERNAL"]
    assert "secret" not in response.text
    assert "secret of the engine" in caplog.text


async def test_who_leaves_cancels_the_execution(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps({"query": "{ wait(seconds: 60) }"}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(head.encode() + body)
    await asyncio.wait_for(running.engine.waiting.wait(), 5)
    writer.close()
    await writer.wait_closed()
    await asyncio.wait_for(running.engine.cancelled.wait(), 5)
    assert not caplog.records


async def test_who_leaves_within_the_body_is_forgotten(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient() as client:
        answer: Any = (await client.post(f"{running.url}/graphql", json=HELLO)).json()
    assert answer == {"data": {"hello": "hello world"}}
    assert not caplog.records
