"""One request over HTTP/1.1 and its answer, as an ASGI application sees them."""

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Scope

if TYPE_CHECKING:
    from gateway.web.protocol import HTTP

log = logging.getLogger(__name__)

TEXT = (b"content-type", b"text/plain; charset=utf-8")
CLOSE = (b"connection", b"close")

_STATUS = {each.value: f"HTTP/1.1 {each.value} {each.phrase}".encode() for each in HTTPStatus}
_PLAIN = bytes(each for each in range(256) if each >= 0x20 and each != 0x7F) + b"\t"
_FAILED = b"Internal Server Error"

_Fields = list[tuple[bytes, bytes]]


class Exchange:
    """A request and its answer: `receive` and `send` of an ASGI application."""

    __slots__ = (
        "_body",
        "_chunked",
        "_connection",
        "_done",
        "_fresh",
        "_head",
        "_invited",
        "_left",
        "_length",
        "_more",
        "_news",
        "scope",
        "stays",
        "task",
    )

    def __init__(self, connection: "HTTP", scope: Scope, stays: bool) -> None:
        self.scope, self.stays = scope, stays
        self.task: asyncio.Task[None] | None = None
        self._connection = connection
        self._invited = False
        self._body, self._more, self._fresh = b"", True, False
        self._news: asyncio.Event | None = None
        self._left = self._done = False
        self._head: Message | None = None  # until the body comes
        self._length = -1  # bytes that are to be sent yet; not before the head is
        self._chunked = False

    @property
    def begun(self) -> bool:
        """Whether a part of the answer has been sent."""
        return self._length >= 0

    def take(self, body: bytes) -> int:
        """Take a part of the body; how many bytes of it wait now."""
        if self._done:
            return 0
        self._body += body
        self._tell()
        return len(self._body)

    def end(self) -> None:
        """The body is whole."""
        self._more = False
        self._tell()

    def leave(self) -> None:
        """The connection is closed."""
        self._left = True
        self._tell()

    def _tell(self) -> None:
        self._fresh = True
        if self._news is not None:
            self._news.set()
            self._news = None

    async def run(self, app: ASGIApp) -> None:
        """Have the request answered by an application, and if that fails, as it can be."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self._done and not self._left:
                log.error("the application ended without an answer")
                await self._fail()
        except BaseException:
            log.exception("the application failed")
            await self._fail()
        finally:
            if self.task is not None:
                self._connection.server.tasks.discard(self.task)

    async def _fail(self) -> None:
        """Say so, if nothing was said yet; else end the connection, so that nobody takes it for whole."""
        if self._length >= 0 or self._done:
            self._connection.transport.close()
            return
        fields = [TEXT, (b"content-length", b"%d" % len(_FAILED)), CLOSE]
        self._head = None
        await self.send({"type": "http.response.start", "status": 500, "headers": fields})
        await self.send({"type": "http.response.body", "body": _FAILED})

    async def receive(self) -> Message:
        """What has come of the body; `http.disconnect` once the client has left or its answer."""
        while not (self._fresh or self._done or self._left):
            self._connection.resume_reading()
            self._invite()
            self._news = self._news or asyncio.Event()
            await self._news.wait()
        if self._done or self._left:
            return {"type": "http.disconnect"}
        body, self._body, self._fresh = self._body, b"", False
        if self._more:
            self._connection.resume_reading()
        return {"type": "http.request", "body": body, "more_body": self._more}

    def _invite(self) -> None:
        """Give leave to send the body, where the client waits for it."""
        if self._invited or not self._more or self._length >= 0:
            return
        self._invited = True
        if dict(self.scope["headers"]).get(b"expect", b"").lower() == b"100-continue":
            self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def send(self, message: Message) -> None:
        """Send the next part of the answer. Raises `RuntimeError` for what can't be one."""
        connection, kind = self._connection, message["type"]
        if connection.writable is not None and not self._left:
            await connection.writable.wait()
        if self._left:
            return
        if kind == "http.response.start" and self._head is None and self._length < 0:
            self._head = message
            return
        if kind != "http.response.body" or self._done or (self._head is None and self._length < 0):
            raise RuntimeError(f"the application sent {kind}, which was not its turn")
        body, more = message.get("body", b""), message.get("more_body", False)
        told = b""
        if self._head is not None:
            told, self._head = (
                self._begun(self._head["status"], self._head["headers"], None if more else len(body)),
                None,
            )
        if self.scope["method"] == "HEAD":
            body, self._length = b"", 0
        elif self._chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        else:
            self._length -= len(body)
            if self._length < 0 or (self._length and not more):
                raise RuntimeError("the application sent more or less than its content-length says")
        if told or body:
            connection.transport.write(told + body)
        if not more:
            self._done = True
            self._tell()
            connection.answered(self)

    def _begun(self, status: int, given: _Fields, length: int | None) -> bytes:
        """The head of an answer; `length` is that of its body, None where more than one part comes."""
        fields = [*self._connection.server.default_headers, *given]
        known = dict(fields)
        declared = known.get(b"content-length")
        if b"close" in known.get(b"connection", b"").lower():
            self.stays = False
        elif not self.stays or self._connection.closing:
            fields.append(CLOSE)
        self._length = 0
        if declared is not None:
            self._length = int(declared)
        elif status >= 200 and status not in (204, 304) and self.scope["method"] != "HEAD":
            if length is None:
                self._chunked = True
                fields.append((b"transfer-encoding", b"chunked"))
            else:
                self._length = length
                fields.append((b"content-length", b"%d" % length))
        return head(status, fields)


def head(status: int, fields: _Fields) -> bytes:
    """The head of an answer. Raises `RuntimeError` for a field that would be more than one."""
    lines = [_STATUS[status], *map(b": ".join, fields), b"", b""]
    made = b"\r\n".join(lines)
    if made.translate(None, _PLAIN) != b"\r\n" * (len(fields) + 2):
        raise RuntimeError("a header field has characters that it may not have")
    return made
