"""`python -m bench.web`: what a fetch of 50 keys costs each adapter of web APIs, beside the bare client.

The server is a process of its own that always gives the same bytes, so only the client's CPU counts.
"Bare" is aiohttp's session with the same keys as a parameter, and orjson.
"""

import asyncio
import multiprocessing
import socket
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any

import aiohttp
import click
import orjson

from adapters.base import Column, ColumnType, Dataset, Keys, Scan, Source
from adapters.kinds import open_adapter
from adapters.pushdown import read
from bench.measure import in_turns

COLUMNS = (
    Column("number", ("number",)),
    Column("ward", ("ward",)),
    Column("street", ("street",)),
    Column("state", ("state",)),
    Column("issued", ("issued",), ColumnType.DATE),
    Column("fee", ("fee",), ColumnType.MONEY),
    Column("seats", ("seats",), ColumnType.INT),
)
KEYS = Keys(("number",), tuple((f"LIC-{i:06}",) for i in range(50)))
ROWS = [
    {
        "number": key[0],
        "ward": "1",
        "street": "12 Harbour Street",
        "state": "A",
        "issued": "2024-02-29T00:00:00.000",
        "fee": "12.50",
        "seats": "40",
    }
    for key in KEYS.values
]


def serve(listener: socket.socket) -> None:
    """The same answer to every GET, on every connection."""
    body = orjson.dumps(ROWS)
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(whole)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(connected, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


def sources(url: str) -> dict[str, tuple[Source, Dataset]]:
    """A source and its dataset for each kind."""
    rest: dict[str, Any] = {"keys": [{"columns": "number", "many": "comma"}]}
    columns = {column.name: column for column in COLUMNS}
    made = {}
    for kind, options in (("socrata", {}), ("rest", rest)):
        source = Source(f"bench.{kind}", kind, url, options=MappingProxyType({"private": True}))
        made[kind] = source, Dataset(f"bench.{kind}", source.name, "rows", columns, options=MappingProxyType(options))
    return made


async def measure(url: str, rounds: int) -> None:
    """Print the CPU of each way, and its ratio to the bare client."""
    scan = Scan(tuple(column.name for column in COLUMNS), KEYS)
    async with aiohttp.ClientSession() as session:

        async def bare() -> object:
            listed = ",".join([f"'{key[0]}'" for key in KEYS.values])
            async with session.get(f"{url}/resource/rows.json", params={"$where": f"number in({listed})"}) as reply:
                return orjson.loads(await reply.read())

        ways: dict[str, Callable[[], Awaitable[object]]] = {"bare": bare}
        adapters = []
        for kind, (source, dataset) in sources(url).items():
            adapter = open_adapter(source)
            adapters.append(adapter)
            ways[f"{kind}: scan"] = lambda adapter=adapter, dataset=dataset: adapter.scan(dataset, scan)
            ways[f"{kind}: decoded"] = lambda adapter=adapter, dataset=dataset: read(adapter, dataset, scan)
        found = await in_turns(ways, rounds)
        for adapter in adapters:
            await adapter.aclose()
    for name, figures in found.items():
        click.echo(f"{name:20} {figures.cpu_ms:7.3f} ms CPU   {figures.cpu_ms / found['bare'].cpu_ms:5.2f} x")


@click.command()
@click.option("--rounds", default=1000, show_default=True)
def main(rounds: int) -> None:
    """Measure."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
        process.start()
        try:
            asyncio.run(measure(f"http://127.0.0.1:{listener.getsockname()[1]}", rounds))
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
