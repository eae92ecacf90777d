"""Systems behind HTTP as `bench.fetches` measures them: socrata, rest, datasette and graphql.

The server is a process of its own that has the bytes of every answer ready. By hand it is
aiohttp's session, with the keys as a parameter, and orjson.
"""

import asyncio
import multiprocessing
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.base import Dataset
from bench.licences import NAMES, NUMBERS, WANTED, texts
from bench.systems import Rows, System, dataset, from_texts, opened

LISTED = ", ".join(NAMES)
STATEMENT = f"SELECT {LISTED} FROM licences WHERE number IN (SELECT value FROM json_each(:a))"
QUERY = f"query($numbers: [String!]) {{ k0: licences(numbers: $numbers) {{ {' '.join(NAMES)} }} }}"
OBJECTS = [dict(zip(NAMES, texts(row), strict=True)) for row in WANTED]
TYPED = [dict(zip(NAMES, (*row[:4], row[4].isoformat(), float(row[5]), row[6]), strict=True)) for row in WANTED]
DATASETTE = {
    "ok": True,
    "database": "bench",
    "query_name": None,
    "rows": [list(row.values()) for row in TYPED],
    "truncated": False,
    "columns": NAMES,
    "query": {"sql": STATEMENT, "params": {"a": orjson.dumps(NUMBERS).decode()}},
    "error": None,
    "private": False,
    "allow_execute_sql": True,
    "query_ms": 0.6,
}
ANSWERS = {
    b"/resource/": OBJECTS,
    b"/rows": OBJECTS,
    b"/bench.json": DATASETTE,
    b"/graphql": {"data": {"k0": TYPED}},
}


def serve(listener: socket.socket) -> None:
    """The same answer to every request for a path, on every connection."""
    ready = {path: _response(orjson.dumps(answer)) for path, answer in ANSWERS.items()}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"ontent-Length: " in head:
                    await reader.readexactly(int(head.partition(b"ontent-Length: ")[2].partition(b"\r\n")[0]))
                target = head.split(b" ", 2)[1]
                writer.write(next(answer for path, answer in ready.items() if target.startswith(path)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(connected, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@contextmanager
def served() -> Iterator[str]:
    """The server's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


def from_objects(rows: list[dict[str, Any]]) -> Rows:
    """JSON objects of texts, typed."""
    return from_texts([(*map(row.get, NAMES),) for row in rows])


def from_numbers(rows: Rows) -> Rows:
    """Rows with JSON's numbers, typed."""
    day = date.fromisoformat
    return [(n, w, s, t, day(i), Decimal(str(f)), e) for n, w, s, t, i, f, e in rows]


async def _get(session: aiohttp.ClientSession, url: str, params: dict[str, str]) -> Any:
    async with session.get(url, params=params) as reply:
        return orjson.loads(await reply.read())


async def _socrata(session: aiohttp.ClientSession, url: str) -> Any:
    listed = ",".join([f"'{number}'" for number in NUMBERS])
    params = {"$select": ",".join(NAMES), "$where": f"number in({listed})"}
    return await _get(session, f"{url}/resource/licences.json", params)


async def _rest(session: aiohttp.ClientSession, url: str) -> Any:
    return await _get(session, f"{url}/rows", {"number": ",".join(NUMBERS)})


async def _datasette(session: aiohttp.ClientSession, url: str) -> Any:
    params = {"sql": STATEMENT, "a": orjson.dumps(NUMBERS).decode(), "_shape": "arrays"}
    return await _get(session, f"{url}/bench.json", params)


async def _graphql(session: aiohttp.ClientSession, url: str) -> Any:
    body = orjson.dumps({"query": QUERY, "variables": {"numbers": NUMBERS}})
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{url}/graphql", data=body, headers=headers) as reply:
        return orjson.loads(await reply.read())


@asynccontextmanager
async def _opened(
    name: str,
    path: str,
    data: Dataset,
    ask: Callable[[aiohttp.ClientSession, str], Awaitable[Any]],
    rows_of: Callable[[Any], Rows],
) -> AsyncIterator[System]:
    """A kind whose address is `path` of the server: `ask` by hand, `rows_of` what came."""
    with served() as url:
        async with aiohttp.ClientSession() as session, opened(name, url + path, private=True) as adapter:

            async def typed() -> Rows:
                return rows_of(await ask(session, url))

            yield System(name, adapter, data, lambda: ask(session, url), typed)


def socrata(folder: Path) -> AbstractAsyncContextManager[System]:
    """A portal: numbers and days as texts."""
    return _opened("socrata", "", dataset("licences"), _socrata, from_objects)


def rest(folder: Path) -> AbstractAsyncContextManager[System]:
    """A JSON API that takes many keys in one parameter, and writes texts."""
    data = dataset("rows", keys=[{"columns": "number", "many": "comma"}])
    return _opened("rest", "", data, _rest, from_objects)


def datasette(folder: Path) -> AbstractAsyncContextManager[System]:
    """Datasette: rows are arrays."""
    return _opened("datasette", "/bench", dataset("licences"), _datasette, lambda found: from_numbers(found["rows"]))


def graphql(folder: Path) -> AbstractAsyncContextManager[System]:
    """A field with a list of keys as a variable."""
    data = dataset("licences", keys={"number": "numbers"}, types={"number": "[String!]"})

    def rows_of(found: Any) -> Rows:
        return from_numbers([(*map(row.get, NAMES),) for row in found["data"]["k0"]])

    return _opened("graphql", "/graphql", data, _graphql, rows_of)
