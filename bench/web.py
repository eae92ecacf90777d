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
from bench.licences import NAMES, Wanted, texts
from bench.systems import Rows, System, dataset, from_texts, opened

LISTED = ", ".join(NAMES)
STATEMENT = f"SELECT {LISTED} FROM licences WHERE number IN (SELECT value FROM json_each(:a))"
QUERY = f"query($numbers: [String!]) {{ k0: licences(numbers: $numbers) {{ {' '.join(NAMES)} }} }}"


def answers(wanted: Wanted) -> dict[bytes, object]:
    """What every kind says, by the path that it is asked at."""
    objects = [dict(zip(NAMES, texts(row), strict=True)) for row in wanted.rows]
    typed = [
        dict(zip(NAMES, (*row[:4], row[4].isoformat(), float(row[5]), row[6]), strict=True)) for row in wanted.rows
    ]
    datasette = {
        "ok": True,
        "database": "bench",
        "query_name": None,
        "rows": [list(row.values()) for row in typed],
        "truncated": False,
        "columns": NAMES,
        "query": {"sql": STATEMENT, "params": {"a": orjson.dumps(wanted.numbers).decode()}},
        "error": None,
        "private": False,
        "allow_execute_sql": True,
        "query_ms": 0.6,
    }
    return {
        b"/resource/": objects,
        b"/rows": objects,
        b"/bench.json": datasette,
        b"/graphql": {"data": {"k0": typed}},
    }


def serve(listener: socket.socket, wanted: Wanted) -> None:
    """The same answer to every request for a path, on every connection."""
    ready = {path: _response(orjson.dumps(answer)) for path, answer in answers(wanted).items()}

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
def served(wanted: Wanted) -> Iterator[str]:
    """The server's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, wanted), daemon=True)
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


async def _socrata(session: aiohttp.ClientSession, url: str, numbers: list[str]) -> Any:
    listed = ",".join([f"'{number}'" for number in numbers])
    params = {"$select": ",".join(NAMES), "$where": f"number in({listed})"}
    return await _get(session, f"{url}/resource/licences.json", params)


async def _rest(session: aiohttp.ClientSession, url: str, numbers: list[str]) -> Any:
    return await _get(session, f"{url}/rows", {"number": ",".join(numbers)})


async def _datasette(session: aiohttp.ClientSession, url: str, numbers: list[str]) -> Any:
    params = {"sql": STATEMENT, "a": orjson.dumps(numbers).decode(), "_shape": "arrays"}
    return await _get(session, f"{url}/bench.json", params)


async def _graphql(session: aiohttp.ClientSession, url: str, numbers: list[str]) -> Any:
    body = orjson.dumps({"query": QUERY, "variables": {"numbers": numbers}})
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{url}/graphql", data=body, headers=headers) as reply:
        return orjson.loads(await reply.read())


@asynccontextmanager
async def _opened(
    name: str,
    path: str,
    data: Dataset,
    ask: Callable[[aiohttp.ClientSession, str, list[str]], Awaitable[Any]],
    rows_of: Callable[[Any], Rows],
    wanted: Wanted,
) -> AsyncIterator[System]:
    """A kind whose address is `path` of the server: `ask` by hand, `rows_of` what came."""
    numbers = wanted.numbers
    with served(wanted) as url:
        async with aiohttp.ClientSession() as session, opened(name, url + path, private=True) as adapter:

            async def typed() -> Rows:
                return rows_of(await ask(session, url, numbers))

            yield System(name, adapter, data, lambda: ask(session, url, numbers), typed)


def socrata(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """A portal: numbers and days as texts."""
    return _opened("socrata", "", dataset("licences"), _socrata, from_objects, wanted)


def rest(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """A JSON API that takes many keys in one parameter, and writes texts."""
    data = dataset("rows", keys=[{"columns": "number", "many": "comma"}])
    return _opened("rest", "", data, _rest, from_objects, wanted)


def datasette(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """Datasette: rows are arrays."""
    return _opened(
        "datasette", "/bench", dataset("licences"), _datasette, lambda found: from_numbers(found["rows"]), wanted
    )


def graphql(folder: Path, wanted: Wanted) -> AbstractAsyncContextManager[System]:
    """A field with a list of keys as a variable."""
    data = dataset("licences", keys={"number": "numbers"}, types={"number": "[String!]"})

    def rows_of(found: Any) -> Rows:
        return from_numbers([(*map(row.get, NAMES),) for row in found["data"]["k0"]])

    return _opened("graphql", "/graphql", data, _graphql, rows_of, wanted)
