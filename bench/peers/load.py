"""The load, a process of its own: `connections` that each ask, wait for the answer, and ask again.

    echo '{"url": …, "bodies": […], "connections": 16, "seconds": 1, …}' | python -m bench.peers.load

What is in flight when the time is up is waited for and counted: a server's CPU is of whole requests.
With `"once": true` every body is asked once, which may end it before its time.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop

_LONGEST = 120  # seconds that an answer may take


class Asking(asyncio.Protocol):
    """One connection that is kept alive."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.parser = httptools.HttpResponseParser(self)
        self.started = 0
        self.size = 0
        self.failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.load.requests, None)
        if request is None:
            self.leave()
            return
        self.size, self.failed = 0, False
        self.started = time.perf_counter_ns()
        self.transport.write(request)

    def leave(self) -> None:
        self.transport.close()
        self.load.leave()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if not self.size and b'"errors"' in body[:200]:
            self.failed = True
        self.size += len(body)

    def on_message_complete(self) -> None:
        load = self.load
        load.times.append(time.perf_counter_ns() - self.started)
        load.bytes += self.size
        load.bad += self.failed or self.parser.get_status_code() != 200
        if time.perf_counter() < load.until:
            self.parser = httptools.HttpResponseParser(self)
            self.ask()
        else:
            self.leave()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.load.done.is_set() and not self.transport.is_closing():
            self.load.bad += 1
            self.load.leave()


class Load:
    """What all connections share. `bad` counts answers with errors, other statuses, lost connections."""

    def __init__(self, requests: Sequence[bytes], connections: int, *, once: bool = False) -> None:
        self.requests: Iterator[bytes] = iter(requests) if once else cycle(requests)
        self.times: list[int] = []
        self.bytes = self.bad = 0
        self.until = 0.0
        self.busy = connections
        self.done = asyncio.Event()

    def leave(self) -> None:
        """A connection has finished."""
        self.busy -= 1
        if not self.busy:
            self.done.set()


async def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Ask for `seconds`, or until every body was asked `once`."""
    parts = urlsplit(spec["url"])
    requests = [_request(parts.path, parts.netloc, spec["headers"], body.encode()) for body in spec["bodies"]]
    load = Load(requests, spec["connections"], once=spec.get("once", False))
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    load.until = begun + spec["seconds"]
    for _ in range(spec["connections"]):
        await loop.create_connection(lambda: Asking(load), parts.hostname, parts.port)
    async with asyncio.timeout(spec["seconds"] + _LONGEST):
        await load.done.wait()
    passed = time.perf_counter() - begun
    return {"times": load.times, "passed": passed, "bytes": load.bytes, "bad": load.bad}


def _request(path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    given = {"Host": host, "Content-Type": "application/json", "Accept": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(uvloop.run(run(orjson.loads(sys.stdin.buffer.read())))))
