"""Bad input over real HTTP: a clear error with a code, quickly, never a 500, never internals."""

import asyncio
import base64
import json
import random
import socket
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

from gateway.app import create_app
from gateway.settings import Settings
from tests.e2e.city import Town, city, make_town

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERNALS = (
    "Traceback",
    'File "',
    ".py",
    "object at 0x",
    "asyncio",
    "sqlalchemy",
    "gateway.",
    "adapters.",
    "resolvers.",
    "NoneType",
    "KeyError",
    "TypeError",
)
QUICK = 2.0  # seconds, on a machine with other things to do


@dataclass(frozen=True)
class Served:
    """Testville on a port of this machine."""

    client: httpx.AsyncClient
    town: Town

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """A body as it is, sent as JSON unless the headers say otherwise."""
        sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.monotonic()
        answer = await self.client.post("/graphql", content=body, headers=sent)
        assert time.monotonic() - began < QUICK
        assert answer.status_code < 500
        for word in INTERNALS:
            assert word not in answer.text, word
        return answer

    async def ask(self, query: str, caller: str | None = "tester", **variables: Any) -> dict[str, Any]:
        """The response map of a query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"x_citygraph_caller": caller} if caller else {}
        answer: dict[str, Any] = (await self.post(body, **headers)).json()
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Served]:
    town = make_town()
    app = create_app(town.engine, city(), Settings())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http="httptools", log_level="warning"))
        done = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            yield Served(client, town)
        server.should_exit = True
        await done


@pytest.fixture
def served(running: Served) -> Served:
    """The same gateway for all of these tests: none of them may leave a trace."""
    running.town.forget()
    return running


def told(answer: Mapping[str, Any]) -> set[str]:
    """The codes of a response; every error has a message of bounded length."""
    for error in answer["errors"]:
        assert 0 < len(error["message"]) < 1000
    return {error["extensions"]["code"] for error in answer["errors"]}


# what is no GraphQL request

BODIES = {
    "empty": b"",
    "blanks": b"   ",
    "5": b"5",
    "a string": b'"{ city { name } }"',
    "null": b"null",
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{ city { name } }"}]',
    "an empty object": b"{}",
    "cut off": b'{"query": "{ city { name } }"',
    "two values": b'{"query": "{ city { name } }"} {}',
    "single quotes": b"{'query': '{ city { name } }'}",
    "not UTF-8": b'{"query": "\xff\xfe { city { name } }"}',
    "half a surrogate": b'{"query": "{ city { name } } #\\ud800"}',
    "UTF-16": '{"query": "{ city { name } }"}'.encode("utf-16"),
    "a NUL": b'{"query": "{ city { name } }\x00"}',
    "a query that is a number": b'{"query": 5}',
    "a query that is null": b'{"query": null}',
    "variables that are a list": b'{"query": "{ city { name } }", "variables": []}',
    "variables that are text": b'{"query": "{ city { name } }", "variables": "{}"}',
    "extensions that are a number": b'{"query": "{ city { name } }", "extensions": 1}',
    "an operation name that is a number": b'{"query": "{ city { name } }", "operationName": 1}',
    "variables nested 10,000 deep": b'{"query": "{ city { name } }", "variables": {"a": '
    + b"[" * 10_000
    + b"]" * 10_000
    + b"}}",
    "variables nested 100 deep": b'{"query": "{ city { name } }", "variables": {"a": '
    + b"[" * 100
    + b"]" * 100
    + b"}}",
    "a number of 5,000 digits": b'{"query": "{ city { name } }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
}


@pytest.mark.parametrize("what", BODIES)
async def test_bodies(what: str, served: Served) -> None:
    answer = await served.post(BODIES[what])
    if what == "a number of 5,000 digits":  # JSON knows no bound; a variable that nobody declared is ignored
        assert answer.status_code in (200, 400)
        return
    assert answer.status_code == 400 or (answer.status_code == 200 and "data" not in answer.json())
    assert told(answer.json()) <= {"BAD_REQUEST", "SYNTAX"}
    assert served.town.calls() == []


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "",
        "application/jsonp",
    ],
)
async def test_content_types(kind: str, served: Served) -> None:
    answer = await served.post(b'{"query": "{ city { name } }"}', content_type=kind)
    assert answer.status_code == 415
    assert told(answer.json()) == {"UNSUPPORTED_MEDIA_TYPE"}


async def test_a_body_that_is_too_long(served: Served) -> None:
    body = json.dumps({"query": "{ city { name } }", "variables": {"a": "x" * 2**20}}).encode()
    answer = await served.post(body)
    assert answer.status_code == 413
    assert told(answer.json()) == {"TOO_LARGE"}


async def test_a_caller_that_there_is_not(served: Served) -> None:
    answer = await served.post(b'{"query": "{ city { name } }"}', x_citygraph_caller="mayor")
    assert answer.status_code == 401
    assert told(answer.json()) == {"UNKNOWN_CALLER"}


# documents

NESTED = (
    '{ address(id: "tv.lot:10101") '
    + "{ businesses { nodes { addresses { nodes " * 12
    + "{ id }"
    + " } } } }" * 12
    + " }"
)
DOCUMENTS = {
    "no query at all": ("hello", {"SYNTAX"}),
    "an empty document": ("", {"SYNTAX"}),
    "only a comment": ("# nothing", {"SYNTAX"}),
    "a bracket too few": ("{ city { name }", {"SYNTAX"}),
    "a character of no language": ("{ city { name } } \u0007", {"SYNTAX"}),
    "an unknown field": ("{ town { name } }", {"VALIDATION"}),
    "an unknown argument": ('{ address(bbl: "1") { id } }', {"VALIDATION"}),
    "a missing argument": ("{ address { id } }", {"VALIDATION"}),
    "no selection": ('{ address(id: "tv.lot:10101") }', {"VALIDATION"}),
    "a selection of a leaf": ("{ city { name { first } } }", {"VALIDATION"}),
    "an unknown fragment": ("{ city { ...Nothing } }", {"VALIDATION"}),
    "a fragment within itself": ("{ city { ...A } } fragment A on City { ...A }", {"VALIDATION"}),
    "fragments in a circle": (
        "{ city { ...A } } fragment A on City { ...B } fragment B on City { name ...A }",
        {"VALIDATION"},
    ),
    "an unused fragment": ("{ city { name } } fragment A on City { name }", {"VALIDATION"}),
    "an unknown directive": ("{ city @cached { name } }", {"VALIDATION"}),
    "fields that conflict": ('{ a: address(id: "x") { id } a: address(id: "y") { id } }', {"VALIDATION"}),
    "an unknown type of variable": ("query A($a: Bbl) { city { name } }", {"VALIDATION"}),
    "a mutation": ("mutation { address { id } }", {"VALIDATION"}),
    "a subscription": ("subscription { city { name } }", {"VALIDATION"}),
    "two operations without a name": ("query A { city { name } } query B { city { name } }", {"BAD_REQUEST"}),
    "50 levels": (NESTED, {"TOO_COMPLEX"}),
    "10,000 brackets": ("{" * 10_000, {"TOO_COMPLEX"}),
    "10,000 nested fields": ("{ a " * 10_000 + "}" * 10_000, {"TOO_COMPLEX"}),
    "3,000 nested lists": (
        "{ address(id: " + "[" * 3_000 + "]" * 3_000 + ") { id } }",
        {"TOO_COMPLEX"},
    ),
    "700 aliases": ("{ " + " ".join(f"a{n}: city {{ name }}" for n in range(700)) + " }", {"TOO_COMPLEX"}),
    "100,000 tokens": ("{ city { " + "name " * 100_000 + "} }", {"TOO_COMPLEX"}),
    "fragments that unfold a million times": (
        "{ city { ...F0 } } "
        + " ".join(f"fragment F{n} on City {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
        + " fragment F40 on City { name }",
        set(),
    ),
    "1,000 times the same field": ("{ city { " + "name " * 1_000 + "} }", {"TOO_COMPLEX"}),
    "50 times the same field": ("{ city { " + "name " * 50 + "} }", set()),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCUMENTS)
async def test_documents(what: str, served: Served) -> None:
    query, wanted = DOCUMENTS[what]
    answer = await served.ask(query)
    if not wanted:
        assert answer == {"data": {"city": {"name": "Testville"}}}
        return
    assert "data" not in answer
    assert told(answer) <= wanted
    assert len(answer["errors"]) <= 21
    assert served.town.calls() == []


# variables


@dataclass(frozen=True)
class Given:
    """Declared variables and what is sent for them."""

    what: str
    declared: str
    used: str
    sent: Mapping[str, Any] = field(default_factory=dict)


GIVEN = (
    Given("none for a required one", "$id: ID!", "address(id: $id) { id }"),
    Given("null for a required one", "$id: ID!", "address(id: $id) { id }", {"id": None}),
    Given("a list for an id", "$id: ID!", "address(id: $id) { id }", {"id": ["tv.lot:10101"]}),
    Given("an object for an id", "$id: ID!", "address(id: $id) { id }", {"id": {"lot": 1}}),
    Given("true for an id", "$id: ID!", "address(id: $id) { id }", {"id": True}),
    Given("half a number for an id", "$id: ID!", "address(id: $id) { id }", {"id": 1.5}),
    Given("null in a list of ids", "$ids: [ID!]!", "addresses(ids: $ids) { id }", {"ids": [None]}),
    Given(
        "text for a number", "$n: Int", 'address(id: "tv.lot:10101") { sales(first: $n) { totalCount } }', {"n": "5"}
    ),
    Given("a large number", "$n: Int", 'address(id: "tv.lot:10101") { sales(first: $n) { totalCount } }', {"n": 2**40}),
    Given(
        "a bad day", "$d: Date", 'address(id: "tv.lot:10101") { records(since: $d) { totalCount } }', {"d": "yesterday"}
    ),
    Given(
        "a number for a day",
        "$d: Date",
        'address(id: "tv.lot:10101") { records(since: $d) { totalCount } }',
        {"d": 20200101},
    ),
    Given(
        "an unknown kind",
        "$k: [RecordKind!]",
        'address(id: "tv.lot:10101") { records(kinds: $k) { totalCount } }',
        {"k": ["TREATY"]},
    ),
    Given(
        "an unknown column",
        "$w: DeedsSalesWhere",
        'address(id: "tv.lot:10101") { sales(where: $w) { totalCount } }',
        {"w": {"nothing": {"eq": 1}}},
    ),
    Given(
        "a condition that is a number",
        "$w: DeedsSalesWhere",
        'address(id: "tv.lot:10101") { sales(where: $w) { totalCount } }',
        {"w": 5},
    ),
)


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.what)
async def test_variables(given: Given, served: Served) -> None:
    answer = await served.ask(f"query Q({given.declared}) {{ {given.used} }}", **given.sent)
    assert "data" not in answer
    assert told(answer) == {"BAD_VARIABLES"}
    assert served.town.calls() == []


async def test_conditions_nested_deeply_in_variables(served: Served) -> None:
    for depth in (12, 25, 60):
        where: Any = {"price": {"gt": 1}}
        for _ in range(depth):
            where = {"and": [where]}
        query = 'query Q($w: DeedsSalesWhere) { address(id: "tv.lot:10101") { id sales(where: $w) { totalCount } } }'
        answer = await served.ask(query, w=where)
        assert told(answer) <= {"BAD_ARGUMENT", "BAD_VARIABLES", "BAD_REQUEST"}


# identifiers

IDS = (
    "",
    " ",
    ":",
    "::",
    "tv.lot",
    "tv.lot:",
    ":10101",
    "tv.lot:10101:1",
    "TV.LOT:10101",
    "tv.lot:１０１０１",
    "tv.lot:10101\n",
    "tv.lot:10101\x00",
    "tv.lot:-1",
    "tv.lot:1e5",
    "nyc.bbl:1000477501",
    "tv.building:%27%20OR%201=1",
    "tv.building:' OR '1'='1",
    "../../etc/passwd",
    "${HOME}",
    "{{7*7}}",
    "\ud83d\ude00",
    "A" * 100_000,
    "tv.lot:" + "1" * 100_000,
    "tv.address:" + "1 " * 10_000,
    "tv.address:<script>alert(1)</script>",
    "eyJhbGciOiJub25lIn0.e30.",
)


@pytest.mark.parametrize("field_", ["address", "business", "person", "node"])
async def test_identifiers(field_: str, served: Served) -> None:
    for id in IDS:
        answer = await served.ask(f"query Q($id: ID!) {{ {field_}(id: $id) {{ id }} }}", id=id)
        if answer["data"][field_] is not None:  # a blank at the end is no mistake
            assert answer["data"][field_]["id"] == "tv.lot:10101"
            assert id.strip() == "tv.lot:10101"
            continue
        assert told(answer) <= {"BAD_IDENTIFIER", "NOT_FOUND"}, id[:50]


async def test_forged_record_ids(served: Served) -> None:
    """Thousands of changed ids: none is taken, and nobody is asked."""
    query = '{ address(id: "tv.lot:10101") { sales { nodes { id } } } }'
    genuine = (await served.ask(query))["data"]["address"]["sales"]["nodes"][0]["id"]
    raw = base64.urlsafe_b64decode(genuine + "=" * (-len(genuine) % 4))
    chance = random.Random(1)
    forged = []
    for _ in range(900):
        at = chance.randrange(len(raw))
        changed = raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :]
        forged.append(base64.urlsafe_b64encode(changed).decode().rstrip("="))
    bodies = (b"null", b"5", b"[]", b'["record"]', b'["record","DeedsSales"]', b"[" * 1000, b"\xff")
    forged += [base64.urlsafe_b64encode(b"\x00" * 12 + body).decode().rstrip("=") for body in bodies]
    served.town.forget()
    answer = await served.ask("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=forged)
    assert answer["data"]["nodes"] == [None] * len(forged)
    assert told(answer) == {"BAD_IDENTIFIER"}
    assert served.town.calls() == []


async def test_ids_of_another_gateway(served: Served) -> None:
    """Signed with another key: another city's, or an earlier start's."""
    other = make_town()
    object.__setattr__(other.engine.world, "tokens", type(other.engine.world.tokens)(b"another key, " * 3))
    id = (await other.address("sales { nodes { id } }"))["sales"]["nodes"][0]["id"]
    answer = await served.ask("query Q($id: ID!) { node(id: $id) { id } }", id=id)
    assert told(answer) == {"BAD_IDENTIFIER"}


async def test_random_bytes(served: Served) -> None:
    chance = random.Random(7)
    for _ in range(40):
        answer = await served.post(chance.randbytes(chance.randrange(1, 400)))
        assert told(answer.json()) == {"BAD_REQUEST"}


async def test_random_changes_of_a_query(served: Served) -> None:
    """Any text where a query belongs: an answer, and never an internal error."""
    chance = random.Random(11)
    query = '{ address(id: "tv.lot:10101") { label sales(first: 2, where: { price: { gt: 5 } }) { nodes { date } } } }'
    for _ in range(80):
        text = list(query)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(3)] = chance.choice(
                ["", "{", "}", '"', "$a", "...", "é", "\\", "1", "null"]
            )
        answer = await served.ask("".join(text))
        assert "INTERNAL" not in (told(answer) if "errors" in answer else set())


async def test_after_all_that_it_still_answers(served: Served) -> None:
    for body in BODIES.values():
        await served.post(body)
    answer = await served.ask('{ address(id: "tv.lot:10101") { yearBuilt } }', None)
    assert answer == {"data": {"address": {"yearBuilt": 1950}}}
