"""GraphQL over HTTP, as a plain ASGI application: https://graphql.github.io/graphql-over-http/draft/

    request                                            answer
    GET that likes HTML best                           the GraphiQL page
    GET ?query=…, POST of JSON                         200; 400 where it failed before execution
                                                       (with application/json: 400 only for no GraphQL request)
    GET of a persisted document, publicly answered     200 with ETag, or 304
    a mutation by GET, another method                  405 with Allow
    a caller that it can't be                          401
    too many requests, a quota used up                 429 with Retry-After
    a look-up that can't be recorded                   503
    an Accept that nothing here fits                   406
    a body too slow, too long, not JSON in UTF-8       408, 413, 415

Only JSON is read from a POST: a page of another site can't send that without asking first, and
is never given leave. Whoever leaves early cancels the execution of the request, which is
recorded as far as it came.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive, Scope, Send

from gateway.engine.requests import Encoded, Engine, Facts, Request, Response
from gateway.policy.audit import AuditFailed
from gateway.web.bodies import BadRequest, from_body, from_url
from gateway.web.caching import cache_headers, unchanged
from gateway.web.callers import ANYONE, Callers, Known, UnknownCaller, peer_of
from gateway.web.connection import Left, body_of, too_long, while_connected
from gateway.web.negotiation import HTML, JSON, RESPONSE, choose, is_json
from gateway.web.page import Page
from gateway.web.safety import HEADERS, SafeAnswers

log = logging.getLogger(__name__)

_FIELDS = {name: ((b"content-type", f"{name}; charset=utf-8".encode()), *HEADERS) for name in (JSON, RESPONSE)}
Headers = Mapping[bytes, bytes]
PURPOSE, REFERENCE = b"x-citygraph-purpose", b"x-citygraph-reference"
"""Request headers that say why it is asked."""
_ALLOW = {"allow": "GET, HEAD, POST"}
_OFFERED, _OFFERED_TO_BROWSERS = (JSON, RESPONSE), (JSON, RESPONSE, HTML)
_NO_STORE = (b"cache-control", b"no-store")
_LEFT = MappingProxyType({"errors": [{"message": "The caller left before the answer."}]})


class Reply(NamedTuple):
    """One HTTP answer."""

    status: int
    payload: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """`page` is None where the gateway offers no GraphiQL; `deadline` bounds the wait for a body, in
    seconds; `max_age` is for how many seconds caches may keep public answers. With a reception every
    request is recorded before its answer goes out."""

    engine: Engine
    callers: Callers
    page: Page | None = None
    max_body: int = 2**20
    deadline: float = 10.0
    max_age: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers: Headers = dict(scope["headers"])
        browsing = self.page is not None and scope["method"] in ("GET", "HEAD")
        accepted = headers.get(b"accept", b"").decode("latin-1")
        media_type = choose(accepted, _OFFERED_TO_BROWSERS if browsing else _OFFERED)
        if media_type == HTML and self.page is not None:
            await SafeAnswers(self.page.response())(scope, receive, send)
            return
        begun, started = datetime.now(UTC), time.perf_counter()
        try:
            reply, request, response = await self._reply(scope, receive, headers, media_type)
        except Left:
            return
        body = _json(reply.payload) if reply is not None else b""
        if reply is not None and response.public and reply.status == 200:
            reply, body = self._cached(reply, body, headers)
        if self.callers.reception is not None:
            try:
                duration = time.perf_counter() - started
                await self.callers.reception.record(request, response, begun, duration, len(body))
            except AuditFailed as error:
                log.error("%s", error)
                message = "Look-ups can't be recorded now, so that none is answered; try again later."
                reply = _refusal(503, "NOT_RECORDED", message)
                body = orjson.dumps(reply.payload)
        if reply is not None:
            await _send(send, reply, body, media_type or JSON)

    def _cached(self, reply: Reply, body: bytes, headers: Headers) -> tuple[Reply, bytes]:
        """A public answer with what caches need, or that it has not changed."""
        told = cache_headers(body, self.max_age)
        if unchanged(headers, told["etag"]):
            return reply._replace(status=304, headers={**reply.headers, **told}), b""
        return reply._replace(headers={**reply.headers, **told}), body

    async def _reply(
        self, scope: Scope, receive: Receive, headers: Headers, media_type: str | None
    ) -> tuple[Reply | None, Request, Response]:
        """The answer, None if nobody waits for it, and what the record is told of the question."""
        known = ANYONE
        try:
            if media_type is None:
                raise BadRequest(f"Accept allows neither {RESPONSE} nor {JSON}.", status=406, code="NOT_ACCEPTABLE")
            if scope["method"] not in ("GET", "HEAD", "POST"):
                raise BadRequest("This method is not served; use POST or GET.", status=405, code="METHOD_NOT_ALLOWED")
            known = await self.callers.of(scope)
            request = await self._asked(scope, receive, headers, known)
        except BadRequest as error:
            reply = _refusal(error.status, error.code, str(error), _ALLOW if error.status == 405 else {})
            return reply, _unread(scope, headers, known), Response(reply.payload, executed=False)
        except UnknownCaller as error:
            reply = _refusal(401, "UNKNOWN_CALLER", str(error), {"www-authenticate": 'Bearer realm="citygraph"'})
            told = Facts(denied=("unknown caller",))
            return reply, _unread(scope, headers, known), Response(reply.payload, executed=False, facts=told)
        try:
            response = await while_connected(receive, self.engine.execute(request))
        except Left as left:
            return None, request, Response(_LEFT, facts=left.facts)
        except Exception:
            log.exception("the engine failed")
            reply = _refusal(500, "INTERNAL", "Something went wrong here; it is on the gateway's log.")
            return reply, request, Response(reply.payload)
        return _answer(response, known, media_type), request, response

    async def _asked(self, scope: Scope, receive: Receive, headers: Headers, known: Known) -> Request:
        said = known.caller, _text(headers, PURPOSE), _text(headers, REFERENCE), peer_of(scope)
        if scope["method"] in ("GET", "HEAD"):
            return from_url(scope["query_string"], *said)
        encoding = headers.get(b"content-encoding", b"identity")
        if encoding != b"identity" or not is_json(headers.get(b"content-type", b"").decode("latin-1")):
            message = f"The body should be {JSON} in UTF-8, not compressed: send the header Content-Type: {JSON}."
            raise BadRequest(message, status=415, code="UNSUPPORTED_MEDIA_TYPE")
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.max_body:
            raise too_long(self.max_body)
        return from_body(await body_of(receive, self.max_body, self.deadline), *said)


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _unread(scope: Scope, headers: Headers, known: Known) -> Request:
    """What is known of a request that could not be read."""
    purpose, reference = _text(headers, PURPOSE), _text(headers, REFERENCE)
    return Request("", caller=known.caller, purpose=purpose, reference=reference, peer=peer_of(scope))


def _refusal(status: int, code: str, message: str, headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    return Reply(status, {"errors": [{"message": message, "extensions": {"code": code}}]}, headers)


def _answer(response: Response, known: Known, media_type: str | None) -> Reply:
    told = {**known.headers, **response.headers} if known.headers else response.headers
    if response.not_allowed:
        return Reply(405, response.payload, {**told, "allow": "POST"})
    failed_early = not response.executed and media_type == RESPONSE
    return Reply(response.status or (400 if failed_early else 200), response.payload, told)


def _json(payload: Mapping[str, Any]) -> bytes:
    return payload.text if isinstance(payload, Encoded) else orjson.dumps(payload)


async def _send(send: Send, reply: Reply, body: bytes, media_type: str) -> None:
    headers = [*_FIELDS[media_type], (b"content-length", b"%d" % len(body))] if reply.status != 304 else [*HEADERS]
    headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if "cache-control" not in reply.headers:
        headers.append(_NO_STORE)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
