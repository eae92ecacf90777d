"""HTTP/1.1 between uvicorn's server and an ASGI application, with little to do for each request.

uvicorn's own protocol took as much as everything that the endpoint does around the engine: a timer
for the next request, an event, two regular expressions for each field of an answer, a write for
its head and another for its body. Here the head waits for the body and goes out with it, one timer
looks after a connection for as long as it lasts, and events are made where somebody waits.

Requests are read by llhttp (httptools). Of its messages an application gets those of ASGI's HTTP;
nobody is given WebSockets: whoever asks for another protocol is answered, and the connection closed.
"""

import asyncio
import logging
from collections import deque
from typing import Any, cast
from urllib.parse import unquote

import httptools
from starlette.types import ASGIApp, Scope
from uvicorn import Config
from uvicorn.server import ServerState

from gateway.web.exchange import CLOSE, TEXT, Exchange, head

log = logging.getLogger(__name__)

READ_AHEAD = 65_536
"""Bytes of a body that wait for the application, after which no more are read."""

_INVALID = b"Invalid HTTP request received."


class HTTP(asyncio.Protocol):
    """One connection. uvicorn makes it, with `Config(app, http=HTTP)`, and tells it to `shutdown`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self.app: ASGIApp = config.loaded_app
        self.server = server_state
        self.closing = False
        """Whether the connection ends after the answer that is under way."""
        self.writable: asyncio.Event | None = None
        """Set while the client takes nothing; whoever wants to write waits for it."""
        self._root, self._patience, self._state = config.root_path, config.timeout_keep_alive, app_state
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # it is not read
        self._paused = self._deaf = False
        self._timer: asyncio.TimerHandle | None = None
        self._until: float | None = None  # when it ends, while nobody is answered
        self._read: Exchange | None = None  # whose body comes now
        self._answered: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._url, self._fields = b"", list[tuple[bytes, bytes]]()

    # the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        here, there = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        secure = transport.get_extra_info("sslcontext") is not None
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "scheme": "https" if secure else "http",
            "server": _address(here),
            "client": _address(there),
            "root_path": self._root,
        }
        self.server.connections.add(self)  # type: ignore[arg-type]  # it knows its own protocols

    def connection_lost(self, error: Exception | None) -> None:
        """The client or we have closed the connection."""
        self.server.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        for each in (self._answered, *self._queue):
            if each is not None:
                each.leave()

    def data_received(self, data: bytes) -> None:
        """Read what has come, and begin to answer what is new of it."""
        self._until = None
        if self._deaf:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.closing = self._deaf = True
        except httptools.HttpParserError:
            log.warning("a request that is not HTTP was refused")
            self._refuse()

    def _refuse(self) -> None:
        """End the connection, and say why where that can't be taken for another's answer."""
        self._deaf, asked = True, self._answered
        if asked is None or (asked is self._read and not asked.begun):
            length = (b"content-length", b"%d" % len(_INVALID))
            fields = [*self.server.default_headers, TEXT, length, CLOSE]
            self.transport.write(head(400, fields) + _INVALID)
        self.transport.close()

    def pause_writing(self) -> None:
        """The client does not take what it was sent."""
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        """It does again, or has left."""
        if self.writable is not None:
            self.writable.set()
            self.writable = None

    def pause_reading(self) -> None:
        """Read nothing more for now."""
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._paused and not self._queue:
            self._paused = False
            self.transport.resume_reading()

    def shutdown(self) -> None:
        """End the connection, after the answer that is under way."""
        self.closing = True
        if self._answered is None:
            self.transport.close()

    def _look(self) -> None:
        """End a connection that has waited long enough for its next request."""
        now = self.loop.time()
        if self._until is not None and self._until <= now:
            self._timer = None
            self.transport.close()
        else:
            self._timer = self.loop.call_at(self._until or now + self._patience, self._look)

    # its requests, as the parser reads them

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url, self._fields = b"", []

    def on_url(self, url: bytes) -> None:
        """A part of its target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The request is known, but for its body. Raises for a target that is none."""
        parser, url = self._parser, self._url
        version = parser.get_http_version()
        scope: Scope = self._scope.copy()
        scope["http_version"], scope["method"] = version, parser.get_method().decode("ascii")
        scope["headers"], scope["state"] = self._fields, self._state.copy()
        if url[:1] == b"/" and url[1:].isalpha():
            path, query = url, b""
        else:
            parsed = httptools.parse_url(url)
            path, query = parsed.path, parsed.query or b""
        text = path.decode("ascii")
        scope["path"] = self._root + (unquote(text) if "%" in text else text)
        scope["raw_path"] = self._root.encode("ascii") + path
        scope["query_string"] = query
        exchange = self._read = Exchange(self, scope, parser.should_keep_alive() and version != "1.0")
        if self._answered is None:
            self._begin(exchange)
        else:
            self._queue.append(exchange)
            self.pause_reading()

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        if self._read is not None and self._read.take(body) > READ_AHEAD:
            self.pause_reading()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._read is not None:
            self._read.end()
            self._read = None

    def _begin(self, exchange: Exchange) -> None:
        self._answered = exchange
        task = self.loop.create_task(exchange.run(self.app))
        exchange.task = task
        self.server.tasks.add(task)

    def answered(self, exchange: Exchange) -> None:
        """Called when an answer has been sent: the next one, or time for the next request."""
        self.server.total_requests += 1
        self._answered = None
        if self.closing or not exchange.stays:
            self.transport.close()
        elif self._queue:
            self._begin(self._queue.popleft())
        else:
            self._until = self.loop.time() + self._patience
            if self._timer is None:
                self._timer = self.loop.call_at(self._until, self._look)
        self.resume_reading()


def _address(told: Any) -> tuple[str, int] | None:
    """A network address; None for a socket that has none."""
    return (str(told[0]), int(told[1])) if isinstance(told, tuple | list) and len(told) > 1 else None
