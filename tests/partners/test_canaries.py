"""What a look-up says of a person stays in the look-up: planted words, and then everything is searched.

Names, days of birth, numbers of residents and references go in by documents, variables, headers
and URLs, with requests that succeed and requests that fail, to agencies that answer and agencies
whose errors quote the question. Then: everything that the gateway's process writes (at the log's
most talkative), its record, its store, and what an engine keeps in memory.

The record of look-ups has the reference, which is what it is for, and nothing else of these.
"""

import asyncio
import gc
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from adapters.errors import Malformed, Rejected, Unavailable
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from tests.e2e.city import TESTER, city, make_town
from tests.partners.serving import Gateway, Partners

NAME = "Zyxcanary Quillfeather"
BORN = "1911-11-17"
NUMBER = "987654310"
REFERENCE = "wrenfile-4471"
CANARIES = (NAME, "Zyxcanary", "zyxcanary", BORN, "1911, 11, 17", "11/17/1911", NUMBER, REFERENCE)
TOLD = (REFERENCE,)
"""What the record is for."""

LITERAL = f'{{ searchPersons(name: "{NAME}", birthDate: "{BORN}") {{ state person {{ id }} }} }}'
NUMBERED = f'{{ person(id: "hbt.resident:{NUMBER}") {{ id fullName existence }} }}'
VARIABLE = "query($name: String!, $day: Date!) { searchPersons(name: $name, birthDate: $day) { state person { id } } }"
VALUES = {"name": NAME, "day": BORN}
TALKATIVE = (
    LITERAL,
    NUMBERED,
    f'# about {NAME}\nquery zyxcanary {{ zyxcanary_a: person(id: "hbt.resident:{NUMBER}") {{ id }} }}',
    f'{{ searchPersons(name: "{NAME}", birthDate: "{BORN}") {{ nothing }} }}',  # not valid
    f'{{ searchPersons(name: "{NAME}", birthDate: "{BORN}"',  # not GraphQL
    f'{{ searchPersons(name: "{NAME}", birthDate: "1911-17-11") {{ state }} }}',  # no day
    f'{{ person(id: "{NAME}") {{ id }} }}',  # no identifier
    f'{{ node(id: "hbt.resident:{NUMBER}") {{ id }} }}',
    f'{{ businesses(ids: ["hbt.company:{NUMBER}", "{NAME}"]) {{ id }} }}',
    f'{{ searchBusinesses(name: "{NAME}") {{ state }} }}',
    f'{{ findAddresses(where: {{ ownerName: {{ eq: "{NAME}" }} }}) {{ nodes {{ id }} }} }}',
    f'query a {{ me {{ name }} }} query b {{ person(id: "hbt.resident:{NUMBER}") {{ id }} }}',  # which one?
    f'mutation {{ createKey(name: "{NAME}", agreement: "{NAME}") {{ secret }} }}',
)


def _ask(gateway: Gateway, partners: Partners) -> Iterator[int]:
    """The statuses of all questions."""
    for key, purpose in ((partners.benefits, "identity-check"), (partners.brigade, "fire-inspection"), (None, None)):
        about: dict[str, Any] = {"purpose": purpose, "reference": REFERENCE} if purpose else {}
        for query in TALKATIVE:
            yield gateway.ask(query, key, **about).status
        yield gateway.ask(VARIABLE, key, variables=VALUES, **about).status
        yield gateway.ask(VARIABLE, key, variables={"name": NAME + "\x00", "day": BORN}, **about).status
        yield gateway.ask(VARIABLE, key, variables={"name": [NAME], "day": NUMBER}, **about).status
        yield gateway.ask(NUMBERED, key, wishes={"maxWait": NAME, "reference": NUMBER}).status
        yield gateway.ask(NUMBERED, key, wishes={"trace": True, "purpose": NAME, "reference": REFERENCE}).status
    for headers in (
        {"X-API-Key": NAME},
        {"Authorization": f"Basic {NAME}"},
        {"X-Citygraph-Caller": NAME},
        {"User-Agent": NAME, "Referer": f"http://x/{NAME}", "X-Citygraph-Purpose": NAME},
        {"Accept": NAME},
        {"Content-Type": f"text/{NUMBER}"},
    ):
        yield gateway.ask(NUMBERED, headers=headers).status
    client, there = gateway.client, f"{gateway.url}/graphql"
    yield client.get(f"{there}?query={quote(LITERAL)}").status_code
    yield client.get(f"{there}?query={quote(VARIABLE)}&variables={quote(str(VALUES))}").status_code
    yield client.get(f"{gateway.url}/{quote(NAME)}/{NUMBER}").status_code
    yield client.post(
        there, content=f'{{"query": "{NAME}'.encode(), headers={"Content-Type": "application/json"}
    ).status_code
    yield client.request("DELETE", f"{there}?{quote(NAME)}").status_code


def test_nothing_of_a_look_up_is_written(partners: Partners) -> None:
    audit = partners.place / "canaries"
    with partners.start(CITYGRAPH_LOG_LEVEL="debug", CITYGRAPH_AUDIT=str(audit)) as gateway:
        statuses = list(_ask(gateway, partners))
        gateway.stop()
    assert {200, 400, 401, 404, 405, 406, 415} <= set(statuses)
    assert 500 not in statuses
    written = {"log": gateway.log.read_bytes(), **_files(audit), **_store(partners)}
    assert len(written["log"]) > 100
    assert any(name.endswith(".jsonl") for name in written)
    found = [
        (name, canary, _around(content, canary))
        for name, content in written.items()
        for canary in CANARIES
        if canary.encode() in content and not (canary in TOLD and name.startswith(str(audit)))
    ]
    assert found == []


def _files(directory: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def _store(partners: Partners) -> Mapping[str, bytes]:
    """Everything in the store, as text."""
    url = partners.environment["CITYGRAPH_STORE"]
    if partners.kind == "sqlite":
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as store:
            dumped = "\n".join(store.iterdump()).encode()
        return {"store": dumped, **_files(Path(path).parent)}
    return {"store": asyncio.run(_dump(url))}


async def _dump(url: str) -> bytes:
    connection = await asyncpg.connect(re.sub(r"^postgresql\+\w+", "postgresql", url))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables
        found = [await connection.fetch(f'SELECT * FROM "{table["tablename"]}"') for table in tables]
        return "\n".join(str(tuple(row)) for rows in found for row in rows).encode()
    finally:
        await connection.close()


def _around(content: bytes, canary: str) -> bytes:
    at = content.index(canary.encode())
    return content[max(0, at - 200) : at + 100]


# what an engine keeps

_ASKED = (query for query in TALKATIVE if "businesses(" not in query)  # companies' numbers are no secret
TOWN = (
    *(query.replace("hbt.resident", "tv.resident").replace(NUMBER, "987654") for query in _ASKED),
    f'{{ address(id: "tv.lot:10101") {{ residents(where: {{ name: {{ eq: "{NAME}" }} }}) {{ nodes {{ id }} }} }} }}',
    f'{{ address(id: "tv.lot:10101") {{ sales(where: {{ buyer: {{ ne: "{NAME}" }} }}) {{ totalCount }} }} }}',
    f'{{ a: searchPersonsNear(name: "{NAME}", near: "tv.lot:10101") {{ state }} me {{ name }} }}',
    f'{{ __schema {{ queryType {{ name }} }} searchBusinesses(name: "{NAME}") {{ state }} }}',
)
KEPT = ("yxcanary", BORN, "1911, 11, 17", "987654", REFERENCE)


@pytest.mark.parametrize("failing", [False, True], ids=["agencies answer", "agencies quote the question"])
async def test_an_engine_keeps_nothing_of_a_look_up(failing: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    town = make_town()
    if failing:
        quoted = f"could not run SELECT … WHERE name = '{NAME}' AND born = '{BORN}' AND no = 987654"
        for number, table in enumerate(city().tables.values()):
            kind = (Unavailable, Rejected, Malformed)[number % 3]
            personal = table.access is not None or any(not c.public for c in table.dataset.columns.values())
            detail = quoted if personal else "nothing of it is about persons, nor was the question"
            town.agencies[table.agency].broken[table.name] = kind("the source refuses this call", detail=detail)
    for query in TOWN:
        for variables in ({}, VALUES):
            await _execute(town.engine, query, variables)
    await _execute(town.engine, VARIABLE, VALUES)
    await _execute(town.engine, VARIABLE, {"name": NAME})
    for agency in town.agencies.values():
        agency.asked.clear()
        agency.broken.clear()
    gc.collect()
    kept = [canary.lower() for canary in KEPT]  # spellings of a name that agencies are asked by are written by us
    assert [text[:200] for text in _texts(town.engine) if any(canary in text.lower() for canary in kept)] == []
    logged = [f"{record.getMessage()} {record.exc_info}" for record in caplog.records]
    assert [text for text in logged if any(canary in text for canary in KEPT)] == []


async def _execute(engine: CityEngine, query: str, variables: Mapping[str, Any]) -> None:
    request = Request(query, variables=variables, caller=TESTER, reference=REFERENCE, peer="10.0.0.1")
    response = await engine.execute(request)
    assert "INTERNAL" not in str(response.payload)


def _texts(root: object) -> Iterator[str]:
    """Every text that can be reached from an object, but by modules and classes."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in ("module", "function"):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one
        elif isinstance(one, bytes | bytearray):
            yield one.decode("utf-8", "replace")
        else:
            waiting.extend(gc.get_referents(one))
