"""An agency's web server as bad as it needs to be: every path is a function that writes bytes."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any

import orjson

from adapters.base import Source


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def answer(status: str = "200 OK", body: bytes = b"{}", *headers: str, length: int | None = None) -> Handler:
    """A whole answer; `length` may lie."""

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        size = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return handle


def answer_json(value: object, status: str = "200 OK", *headers: str) -> Handler:
    return answer(status, orjson.dumps(value), "Content-Type: application/json", *headers)


def raw(data: bytes, *, close: bool = True) -> Handler:
    """These bytes and nothing else."""

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return handle


def drip(data: bytes, pause: float) -> Handler:
    """These bytes, one by one."""

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        for at in range(len(data)):
            writer.write(data[at : at + 1])
            await writer.drain()
            await asyncio.sleep(pause)

    return handle


async def hang(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def reset(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


@dataclass(slots=True)
class WebServer:
    """Serves `pages` by path; remembers what it was asked and which connections are open."""

    pages: dict[str, Handler] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> "WebServer":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close all connections, as a server does with idle ones."""
        for writer in list(self._writers):
            writer.transport.abort()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def source(self, kind: str = "rest", *, timeout: float = 2.0, concurrency: int = 8, **options: Any) -> Source:
        """A source at this server."""
        table = MappingProxyType({"private": True, **options})
        return Source("dept.api", kind, self.url, timeout=timeout, concurrency=concurrency, options=table)

    async def closed(self) -> None:
        """Return when no connection is open."""
        for _ in range(200):
            if not self.open:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.open} connections are still open")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.transport.is_closing():
                    await self._serve(reader, writer)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(method, target, headers, body)
        self.asked.append(asked)
        page = self.pages.get(asked.path, answer("404 Not Found", b"no such page"))
        gone = asyncio.ensure_future(self._gone(reader, writer))
        serving = asyncio.ensure_future(page(asked, writer))
        await asyncio.wait({gone, serving}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        serving.cancel()
        await asyncio.gather(gone, serving, return_exceptions=True)
        if serving.done() and not serving.cancelled() and serving.exception():
            raise ConnectionResetError
        await writer.drain()

    async def _gone(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Return when the client hangs up while it is served."""
        while not reader.at_eof() and not writer.transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a stream tells its end to nobody who does not read
