"""The client of one source: a pool of connections, and the bounds within which it asks."""

import asyncio
import re
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from adapters.base import Source
from adapters.deadlines import Deadlines
from adapters.errors import Malformed, Rejected, SourceError, TimedOut
from adapters.frozen import frozen
from adapters.http import credentials as identities
from adapters.http import failures
from adapters.http.bodies import ACCEPT_ENCODING, unpacked
from adapters.http.connections import Connection
from adapters.http.destinations import Forbidden, literal_allowed
from adapters.http.headers import block
from adapters.http.opening import Opening, Tls, tls_of
from adapters.http.origins import base_of, joined, split
from adapters.options import Options
from adapters.pool import Pool

MAX_BYTES = 64 << 20
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SUCCESS = range(200, 300)
_PLAIN = "$,:'()*/!@;~"
_ESCAPES = {chr(code): quote(chr(code), safe=_PLAIN) for code in range(128)}
_UNSAFE = re.compile(f"[^A-Za-z0-9_.{re.escape(_PLAIN)}-]")
_DETAIL = 500
_JSON = {"Content-Type": "application/json"}


@frozen
class Reply:
    """An answer as it came: `headers` by name in any case, `body` unpacked."""

    place: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. `Malformed` where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            kind = self.headers.get("Content-Type", "nothing named")[:60]
            message = f"{self.place}: the source's answer is no JSON"
            raise Malformed(message, detail=f"{len(self.body)} bytes of {kind}") from None


class Http:
    """The client of one source. No I/O before the first request; after `aclose` it may be used again.

    The source's `options` are read by `options`, shared with the adapter; mistakes are reported
    there, for the adapter to raise. `token_header` is where the kind of system wants the source's
    `token`; a bearer where it names none."""

    def __init__(self, source: Source, options: Options, *, token_header: str | None = None) -> None:
        self._name = source.name
        self._timeout = source.timeout
        self._deadlines = Deadlines(source.timeout)
        self._connections = source.concurrency
        self._private = options.flag("private")
        self._most = options.count("max_bytes", MAX_BYTES)
        given = {"Accept": "*/*", "Accept-Encoding": ACCEPT_ENCODING, "User-Agent": "citygraph"}
        self._headers = {**given, **_headers(options)}
        self._tls = tls_of(options)
        self._context: ssl.SSLContext | None = None
        self._base, user = base_of(source.url, self._private, options)
        self._site = self._base.origin.site
        self._credentials = identities.of_options(options, user, token_header)
        self._pools: dict[str, tuple[Pool[Connection], bytes]] = {}
        self._blocks: dict[bool, tuple[Mapping[str, str], bytes]] = {}

    def __repr__(self) -> str:
        return f"Http({self._name!r})"

    # --- asking

    async def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Sequence[tuple[str, str]] = (),
        json: object = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        place: str | None = None,
        timeout: float | None = None,
        timed: bool = True,
    ) -> Reply:
        """Ask for `path` (already percent-encoded, below the source's url; or an absolute URL on the
        same host, as in a link to a next page). Any 2xx and the statuses in `accept` are replies,
        the rest a `SourceError`. `json` is sent as the body; `timeout`, in seconds, may be shorter
        than the source's; where the caller has a deadline of its own around this, `timed` is false."""
        named = place or self._name
        url = self.url(path, params, named)
        body = None if json is None else orjson.dumps(json)
        try:
            if not timed:
                return await self._authorised(method, url, body, headers or {}, accept, named)
            if timeout is not None and timeout < self._timeout:
                async with asyncio.timeout(timeout):
                    return await self._authorised(method, url, body, headers or {}, accept, named)
            with self._deadlines.within():
                return await self._authorised(method, url, body, headers or {}, accept, named)
        except TimeoutError:
            raise TimedOut(f"{named}: the source did not answer in time") from None
        except failures.FAILURES as error:
            raise failures.of_exception(named, error) from None

    async def json(self, method: str, path: str = "", **asked: Any) -> Any:
        """The decoded JSON of `request`."""
        return (await self.request(method, path, **asked)).json()

    def url(self, path: str, params: Sequence[tuple[str, str]] = (), place: str | None = None) -> str:
        """The whole URL of a path. `Rejected` for an absolute one that leads to another host."""
        base = self._base
        if "://" in path[:9]:
            url = self._joined(path, "", place or self._name)
        else:
            url = f"{base.root}/{path.lstrip('/')}" if path else base.root
        if not url.isascii() or not url.isprintable() or " " in url:
            raise Malformed(f"{place or self._name}: the source's address can't be used")
        pairs = [*base.query, *params, *self._credentials.query]
        return f"{url}{'&' if '?' in url else '?'}{encoded(pairs)}" if pairs else url

    def _joined(self, url: str, target: str, place: str) -> str:
        """Where `target` leads from `url`. `Rejected` where that is another host."""
        try:
            found = joined(url, target)
        except ValueError:
            raise Malformed(f"{place}: the source's link leads nowhere") from None
        if not self._base.same_origin(found):
            raise Rejected(f"{place}: the source sends us to another host")
        return found

    async def _authorised(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], accept: Collection[int], place: str
    ) -> Reply:
        """Once more with new credentials, where the source did not accept those at hand."""
        for last in (False, True):
            known = self._credentials
            identity = known.fixed if isinstance(known, identities.Fixed) else await known.headers(self._token)
            reply = await self._once(method, url, body, self._lines(identity, headers, body is not None), place)
            if reply.status in _SUCCESS:
                return reply
            if reply.status in _REDIRECTS:
                reply = await self._followed(reply, method, url, body, identity, headers)
            if reply.status != 401 or last or not known.expire():
                break
        if reply.status in _SUCCESS or reply.status in accept:
            return reply
        raise self.failure(reply)

    async def _followed(
        self,
        reply: Reply,
        method: str,
        url: str,
        body: bytes | None,
        identity: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Reply:
        """Through redirects, as long as they stay on the source's host."""
        place = reply.place
        for _ in range(_MOST_REDIRECTS):
            if reply.status not in _REDIRECTS or (target := reply.headers.get("Location")) is None:
                return reply
            url = self._joined(url, target, place)
            if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
                method, body = "GET", None
            reply = await self._once(method, url, body, self._lines(identity, headers, body is not None), place)
        if reply.status in _REDIRECTS and "Location" in reply.headers:
            raise Rejected(f"{place}: the source sends us round in circles")
        return reply

    def _lines(self, identity: Mapping[str, str], headers: Mapping[str, str], has_body: bool) -> bytes:
        """The headers of a call; those that only say who we are, for as long as we are."""
        if headers:
            return block(self._headers, _JSON if has_body else {}, identity, headers)
        known = self._blocks.get(has_body)
        if known is None or known[0] is not identity:
            known = self._blocks[has_body] = identity, block(self._headers, _JSON if has_body else {}, identity)
        return known[1]

    async def _once(self, method: str, url: str, body: bytes | None, lines: bytes, place: str) -> Reply:
        site, target = self._parts(url)
        pool, host = self._served(site, place)
        length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
        head = b"%b %b HTTP/1.1\r\n%b%b%b\r\n" % (method.encode(), target.encode(), host, lines, length)
        asked = head, body or b"", self._most, method == "HEAD"
        status, headers, packed = await pool.run(Connection.ask, *asked)
        encoding = headers.raw(b"content-encoding")
        if encoding is not None:
            packed = await unpacked(packed, encoding.decode("latin-1"), self._most)
        return Reply(place, status, headers, packed)

    def _parts(self, url: str) -> tuple[str, str]:
        """The server of a URL, mostly the source's own, and what is asked of it."""
        size = len(self._site)
        if url[size : size + 1] == "/" and url.startswith(self._site) and "#" not in url:
            return self._site, url[size:]
        origin, target = split(url)
        return origin.site, target

    async def _token(self, url: str, form: identities.Pairs, headers: Mapping[str, str]) -> object:
        """The answer of a token server, which may be another host, but only the one named."""
        place = f"{self._name}: its token server"
        if not literal_allowed(urlsplit(url).hostname or "", self._private):
            raise Forbidden("a private address")
        wanted = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        lines = block(self._headers, headers, wanted)
        reply = await self._once("POST", url, encoded(form).encode(), lines, place)
        if reply.status not in _SUCCESS:
            raise self.failure(reply)
        return reply.json()

    def failure(self, reply: Reply) -> SourceError:
        """The error that a reply with an accepted status means after all."""
        return failures.of_status(reply.place, reply.status, reply.headers, self._told(reply))

    def _told(self, reply: Reply) -> str:
        """What the source said of a failure, for the log: short, and without our secrets."""
        text = reply.body[: 4 * _DETAIL].decode("utf-8", "replace")
        hidden = {*self._credentials.secrets, *self._base.secrets, self._base.origin.host}
        for secret in sorted(filter(None, hidden), key=len, reverse=True):
            for written in (secret, quote(secret, safe=""), escaped(secret)):
                text = text.replace(written, "***")
        return f"status {reply.status}: {' '.join(text.split())[:_DETAIL]}"

    # --- housekeeping

    def _served(self, site: str, place: str) -> tuple[Pool[Connection], bytes]:
        """The connections to a server, the source's own or that of its tokens, and how it is named."""
        found = self._pools.get(site)
        if found is None:
            if self._tls is not None:
                self._tls_context(place)
            origin, _ = split(site)
            opening = Opening(origin, self._private, lambda: self._tls_context(place))
            host = f"Host: {origin.authority}\r\n".encode()
            found = self._pools[site] = Pool(opening, self._connections), host
        return found

    def _tls_context(self, place: str) -> ssl.SSLContext:
        if self._context is None:
            self._context = (self._tls or Tls()).context(place)
        return self._context

    async def ping(self, path: str = "") -> None:
        """Return if the source answers, whatever it says short of a failure or a refusal."""
        await self.request("GET", path, accept=range(400, 500))

    async def aclose(self) -> None:
        """Close all connections."""
        pools, self._pools = self._pools, {}
        for pool, _ in pools.values():
            await pool.aclose()


def encoded(pairs: Sequence[tuple[str, str]]) -> str:
    """Query parameters, percent-encoded (RFC 3986)."""
    return "&".join([f"{escaped(name)}={escaped(value)}" for name, value in pairs])


def escaped(text: str) -> str:
    """A name or value of a query, percent-encoded."""
    if not text.isascii():
        return quote(text, safe=_PLAIN)
    if _UNSAFE.search(text) is None:
        return text
    found = set(_UNSAFE.findall(text))
    if "%" in found:
        text = text.replace("%", "%25")
    for char in found - {"%"}:
        text = text.replace(char, _ESCAPES[char])
    return text


def _headers(options: Options) -> dict[str, str]:
    found = dict(options.texts("headers"))
    for name, value in found.items():
        if not (name + value).isascii() or not (name + value).isprintable() or not name.strip():
            options.complain(f"{options.named('headers')} holds characters that no header takes", "headers", name)
    return found
