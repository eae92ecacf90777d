"""The client of one source: a pool of connections, and the bounds within which it asks."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import orjson
from yarl import URL

from adapters.base import Source
from adapters.deadlines import Deadlines
from adapters.errors import Malformed, Rejected, SourceError, TimedOut
from adapters.http import credentials as identities
from adapters.http import failures
from adapters.http.bodies import ACCEPT_ENCODING, read_body
from adapters.http.destinations import Forbidden, Resolver, literal_allowed
from adapters.options import Mistake, Options

MAX_BYTES = 64 << 20
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SUCCESS = range(200, 300)
_PLAIN = "$,:'()*/!@;~"
_ESCAPES = {chr(code): quote(chr(code), safe=_PLAIN) for code in range(128)}
_UNSAFE = re.compile(f"[^A-Za-z0-9_.{re.escape(_PLAIN)}-]")
_DETAIL = 500
_LARGE = 1 << 18
"""Bytes; a longer body is handed over in pieces."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Tls:
    certificate: str | None
    key: str | None
    ca: str | None

    def context(self, place: str) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ValueError) as error:
            message = f"{place}: the certificates of options.tls can't be read"
            raise Rejected(message, detail=type(error).__name__) from None
        return context


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
        self._headers = _headers(options)
        self._tls = _tls(options)
        self._base, user = _base(source.url, self._private, options)
        self._credentials = identities.of_options(options, user, token_header)
        self._session: aiohttp.ClientSession | None = None

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
            found = str(URL(url).join(URL(target)))
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
            sent = {**await self._credentials.headers(self._token), **headers}
            reply = await self._followed(method, url, body, sent, place)
            if reply.status != 401 or last or not self._credentials.expire():
                break
        if reply.status in _SUCCESS or reply.status in accept:
            return reply
        raise self.failure(reply)

    async def _followed(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], place: str
    ) -> Reply:
        """Through redirects, as long as they stay on the source's host."""
        for _ in range(_MOST_REDIRECTS + 1):
            reply = await self._once(method, url, body, headers, place)
            if reply.status not in _REDIRECTS or (target := reply.headers.get("Location")) is None:
                return reply
            url = self._joined(url, target, place)
            if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
                method, body = "GET", None
        raise Rejected(f"{place}: the source sends us round in circles")

    async def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], place: str) -> Reply:
        if body is not None and "Content-Type" not in headers:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            response = await self._sent(method, url, body, headers, place)
        except aiohttp.ServerDisconnectedError:
            if method != "POST":
                raise  # aiohttp has tried again already
            response = await self._sent(method, url, body, headers, place)
        try:
            return Reply(place, response.status, response.headers, await read_body(response, self._most))
        except BaseException:
            response.close()
            raise

    def _sent(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], place: str
    ) -> Awaitable[aiohttp.ClientResponse]:
        data = BytesIO(body) if body is not None and len(body) > _LARGE else body
        target = URL(url, encoded=True)
        return self._opened(place).request(method, target, data=data, headers=headers, allow_redirects=False)

    async def _token(self, url: str, form: identities.Pairs, headers: Mapping[str, str]) -> object:
        """The answer of a token server, which may be another host, but only the one named."""
        place = f"{self._name}: its token server"
        if not literal_allowed(urlsplit(url).hostname or "", self._private):
            raise Forbidden("a private address")
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        reply = await self._once("POST", url, encoded(form).encode(), sent, place)
        if reply.status not in _SUCCESS:
            raise self.failure(reply)
        return reply.json()

    def failure(self, reply: Reply) -> SourceError:
        """The error that a reply with an accepted status means after all."""
        return failures.of_status(reply.place, reply.status, reply.headers, self._told(reply))

    def _told(self, reply: Reply) -> str:
        """What the source said of a failure, for the log: short, and without our secrets."""
        text = reply.body[: 4 * _DETAIL].decode("utf-8", "replace")
        hidden = {*self._credentials.secrets, *self._base.secrets, self._base.host}
        for secret in sorted(filter(None, hidden), key=len, reverse=True):
            for written in (secret, quote(secret, safe=""), escaped(secret)):
                text = text.replace(written, "***")
        return f"status {reply.status}: {' '.join(text.split())[:_DETAIL]}"

    # --- housekeeping

    def _opened(self, place: str) -> aiohttp.ClientSession:
        if self._session is None:
            tls: ssl.SSLContext | bool = self._tls.context(place) if self._tls else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, resolver=Resolver(self._private), ssl=tls, keepalive_timeout=20
                ),
                headers={"User-Agent": "citygraph", "Accept-Encoding": ACCEPT_ENCODING, **self._headers},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
            )
        return self._session

    async def ping(self, path: str = "") -> None:
        """Return if the source answers, whatever it says short of a failure or a refusal."""
        await self.request("GET", path, accept=range(400, 500))

    async def aclose(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def encoded(pairs: Sequence[tuple[str, str]]) -> str:
    """Query parameters, percent-encoded (RFC 3986)."""
    return "&".join([f"{escaped(name)}={escaped(value)}" for name, value in pairs])


def escaped(text: str) -> str:
    """A name or value of a query, percent-encoded."""
    if not text.isascii():
        return quote(text, safe=_PLAIN)
    found = set(_UNSAFE.findall(text))
    if "%" in found:
        text = text.replace("%", "%25")
    for char in found - {"%"}:
        text = text.replace(char, _ESCAPES[char])
    return text


@dataclass(frozen=True, slots=True)
class _Base:
    """A source's url in parts; `root` ends without a slash, `query` goes with every call."""

    root: str = field(repr=False)
    scheme: str
    host: str
    port: int
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it no log may show, besides the host."""
        return f"{self.host}:{self.port}", *(value for _, value in self.query)

    def same_origin(self, url: str) -> bool:
        """Whether a URL leads to this host and port; http may become https."""
        try:
            found = urlsplit(url)
            port = found.port
        except ValueError:
            return False
        if found.scheme not in _PORTS or (found.hostname or "") != self.host or found.username is not None:
            return False
        if found.scheme == self.scheme:
            return (port or _PORTS[found.scheme]) == self.port
        return found.scheme == "https" and self.port == 80 and port in (None, 443)


_PORTS = {"http": 80, "https": 443}
_URL_MISTAKE = Mistake(("url",), 'the url is no web address; write it like "https://data.agency.gov/api"')
_PRIVATE_MISTAKE = Mistake(
    ("url",), "the url leads to a private address; if the source lives there, add options = { private = true }"
)


def _base(url: str, private: bool, options: Options) -> tuple[_Base, tuple[str, str] | None]:
    """The url in parts, and the user and password in it. Mistakes name no part of it."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        found, port = urlsplit(""), None
    if found.scheme not in _PORTS or not found.hostname:
        options.mistakes.append(_URL_MISTAKE)
        return _Base("http://invalid", "http", "invalid", 80), None
    if not literal_allowed(found.hostname, private):
        options.mistakes.append(_PRIVATE_MISTAKE)
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    root = f"{found.scheme}://{host}{f':{port}' if port else ''}{found.path.rstrip('/')}"
    user = (unquote(found.username), unquote(found.password or "")) if found.username else None
    return _Base(root, found.scheme, found.hostname, port or _PORTS[found.scheme], _pairs(found.query)), user


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    parts = (part.partition("=") for part in query.split("&") if part)
    return tuple((unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, _, value in parts)


def _headers(options: Options) -> dict[str, str]:
    found = dict(options.texts("headers"))
    for name, value in found.items():
        if not (name + value).isascii() or not (name + value).isprintable() or not name.strip():
            options.complain(f"{options.named('headers')} holds characters that no header takes", "headers", name)
    return found


def _tls(options: Options) -> _Tls | None:
    table = options.table("tls")
    if table is None:
        return None
    certificate, key = table.text("certificate"), table.text("key")
    if key is not None and certificate is None:
        table.complain(f"{table.named('key')} needs the certificate that it belongs to", "key")
    return _Tls(certificate, key, table.text("ca"))
