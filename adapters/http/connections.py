"""One connection to a server: HTTP/1.1, one call at a time, parsed by llhttp as it comes.

It is used again only where nothing is in doubt: the whole request went out, the answer ended where
its headers said, nothing came behind it, and the server means to keep it open. What is wrong ends
the connection and the call; what comes is bounded while it comes (`most` bytes of body, 64 KiB of
headers, of trailers, or of anything else that is no body).
"""

import asyncio
from typing import cast

import httptools

from adapters.http.bodies import CutOff, Garbled, TooLarge
from adapters.http.headers import Headers

Received = tuple[int, Headers, bytes]
"""Status, headers, and the body as it came."""

IDLE = 20.0
"""Seconds after which an unused connection is closed; servers do so after 5 to 75."""

_MOST_HEAD = 64 << 10
_MOST_INTERIM = 8
_AT_ONCE = 1 << 16


class NoHttp(Exception):
    """What came is not HTTP."""


class Dropped(OSError):
    """The connection ended before the answer did. `silent` where nothing of it had come, so that
    the call may be made again on another."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__()
        self.silent = silent


class Connection(asyncio.Protocol):
    """An open connection. `closed` says that it can't be used (again)."""

    __slots__ = (
        "_before",
        "_begun",
        "_chunks",
        "_gone",
        "_headers",
        "_headless",
        "_idle",
        "_idle_since",
        "_interim",
        "_loop",
        "_most",
        "_pairs",
        "_parser",
        "_size",
        "_stalled",
        "_status",
        "_timer",
        "_transport",
        "_waiter",
        "closed",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, idle: float) -> None:
        self._loop = loop
        self._idle = idle
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[Received] | None = None
        self._gone: asyncio.Future[None] = loop.create_future()
        self._pairs: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self.closed = False

    # --- asking

    async def ask(self, head: bytes, body: bytes, most: int, headless: bool = False) -> Received:
        """Send a request, return its answer. `headless` is HEAD, whose answer has no body.
        `Dropped`, `CutOff`, `NoHttp`, `TooLarge`, `Garbled`; whoever is cancelled has to close."""
        if self.closed:
            raise Dropped(silent=True)
        self._most, self._headless = most, headless
        self._begun = False
        self._size = self._before = self._stalled = self._interim = 0
        self._waiter = self._loop.create_future()
        if len(body) <= _AT_ONCE:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        return await self._waiter

    def close(self) -> None:
        """At once, with whatever is under way."""
        if not self.closed:
            self.closed = True
            self._transport.abort()

    async def gone(self) -> None:
        """Return when nothing of it is left."""
        await self._gone

    # --- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open; it is idle until the first call."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self._idle_since = self._loop.time()
        self._timer = self._loop.call_later(self._idle, self._look)

    def data_received(self, data: bytes) -> None:
        """Some bytes: those of an answer, or stray ones, after which nothing can be trusted."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            return self.close()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(NoHttp())
        if not waiter.done():
            self._bound(len(data))
        return None

    def connection_lost(self, error: Exception | None) -> None:
        """The end: of a body without a length too, if the server ended it and not we."""
        ended_by_us, self.closed = self.closed, True
        self._timer.cancel()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            if self._begun and not self._measured() and error is None and not ended_by_us:
                self._finish()
            else:
                waiter.set_exception(CutOff() if self._begun else Dropped(silent=not self._stalled))
        del self._parser  # it refers to us
        if not self._gone.done():
            self._gone.set_result(None)

    # --- the parser's calls

    def on_message_begin(self) -> None:
        """An answer, or one too many."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            self.close()
        else:
            self._pairs, self._chunks = [], []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Also a trailer, which nobody asked for."""
        if not self._begun:
            self._pairs.append((name, value))

    def on_headers_complete(self) -> None:
        """All but the body."""
        self._status = self._parser.get_status_code()
        if self._status >= 200:
            self._begun = True
            self._headers = Headers(self._pairs)
            coding = self._headers.raw(b"transfer-encoding")
            if coding is not None and coding.strip().lower() != b"chunked":
                self._fail(Garbled("a Transfer-Encoding that was not asked for"))
            elif self._headless:
                self._finish()
                self.close()

    def on_body(self, body: bytes) -> None:
        """A part of it."""
        self._size += len(body)
        if self._size > self._most:
            self._fail(TooLarge())
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The answer, or one that only says that it is coming (RFC 9110, 15.2)."""
        if self._begun:
            self._finish()
            if not self._parser.should_keep_alive() or self._transport.get_write_buffer_size():
                self.close()
            return
        self._interim += 1
        if self._interim > _MOST_INTERIM:
            self._fail(NoHttp())

    # --- within

    def _bound(self, size: int) -> None:
        """After bytes that did not end the answer: only a body may go on, and none that is too long."""
        if self._size > self._before:
            self._before, self._stalled = self._size, 0
        else:
            self._stalled += size
        length = self._headers.raw(b"content-length") if self._begun else None
        if length is not None and int(length) > self._most:
            self._fail(TooLarge())
        elif self._stalled > _MOST_HEAD:
            self._fail(NoHttp())

    def _measured(self) -> bool:
        """Whether the answer says where it ends."""
        raw = self._headers.raw
        return raw(b"content-length") is not None or raw(b"transfer-encoding") is not None

    def _finish(self) -> None:
        waiter, chunks = self._waiter, self._chunks
        if waiter is not None and not waiter.done():
            self._idle_since = self._loop.time()
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self._chunks = []
            waiter.set_result((self._status, self._headers, body))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.close()

    def _look(self) -> None:
        """Whether it has been idle for long."""
        busy = self._waiter is not None and not self._waiter.done()
        left = self._idle if busy else self._idle_since + self._idle - self._loop.time()
        if left <= 0:
            self.close()
        else:
            self._timer = self._loop.call_later(left, self._look)
