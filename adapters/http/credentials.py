"""Who we are to a source: values made from `options.credentials`, never shown by any repr.

credentials = { bearer = "${TOKEN}" }
credentials = { user = "reader", password = "${PASSWORD}" }                # basic
credentials = { header = "X-API-Key", key = "${KEY}" }                     # or query = "apikey"
[source.x.options.credentials]                                             # OAuth 2.0, RFC 6749, 4.4
token_url = "https://login.agency.gov/token"
client_id = "citygraph"
client_secret = "${SECRET}"
scope = "read"
send = "header"                                                            # or "body"
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote_plus

from adapters.errors import Malformed
from adapters.options import Options

Pairs = Sequence[tuple[str, str]]
Fetch = Callable[[str, Pairs, Mapping[str, str]], Awaitable[object]]
"""Posts a form to an absolute URL with these headers and returns the decoded JSON."""

_EARLY = 30.0
_DEFAULT_LIFE = 300.0


class Credentials(Protocol):
    """What is added to a call."""

    @property
    def secrets(self) -> Sequence[str]:
        """Texts that no log may show."""
        ...

    @property
    def query(self) -> Pairs:
        """Parameters of every call."""
        ...

    async def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """Headers of this call. `SourceError` where a token is needed and not given."""
        ...

    def expire(self) -> bool:
        """The source did not accept them: whether asking again may bring newer ones."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same with every call."""

    fixed: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Pairs = field(default=(), repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)

    async def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """Those given."""
        return self.fixed

    def expire(self) -> bool:
        """They are all there is."""
        return False


@dataclass(frozen=True, slots=True)
class Together:
    """Credentials, and a token in a header beside them."""

    inner: Credentials
    header: str
    token: str = field(repr=False)

    @property
    def secrets(self) -> Sequence[str]:
        """Those of both."""
        return (*self.inner.secrets, self.token)

    @property
    def query(self) -> Pairs:
        """That of the credentials."""
        return self.inner.query

    async def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """Those of both."""
        return {**await self.inner.headers(fetch), self.header: self.token}

    def expire(self) -> bool:
        """As the credentials say."""
        return self.inner.expire()


@dataclass(slots=True)
class ClientCredentials:
    """An OAuth 2.0 token, fetched at first use, again shortly before it ends or when refused.

    Callers that need one at the same time share one fetch."""

    token_url: str = field(repr=False)
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    scope: str | None = None
    in_body: bool = False
    _token: str = field(default="", repr=False)
    _until: float = field(default=0.0, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def query(self) -> Pairs:
        """None: tokens belong into a header."""
        return ()

    @property
    def secrets(self) -> Sequence[str]:
        """The secret, and the token of the day."""
        return tuple(filter(None, (self.client_secret, self._token)))

    async def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """The bearer of a token that holds a while yet."""
        if time.monotonic() >= self._until:
            async with self._lock:
                if time.monotonic() >= self._until:
                    await self._renew(fetch)
        return {"Authorization": f"Bearer {self._token}"}

    def expire(self) -> bool:
        """The next call fetches a new one."""
        self._until = 0.0
        return True

    async def _renew(self, fetch: Fetch) -> None:
        form = [("grant_type", "client_credentials")]
        headers: dict[str, str] = {}
        if self.scope:
            form.append(("scope", self.scope))
        if self.in_body:
            form += [("client_id", self.client_id), ("client_secret", self.client_secret)]
        else:
            headers["Authorization"] = basic(quote_plus(self.client_id), quote_plus(self.client_secret))
        answer = await fetch(self.token_url, form, headers)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token or not _sendable(token):
            raise Malformed("the source's token server gave no token")
        life = answer.get("expires_in") if isinstance(answer, dict) else None
        seconds = float(life) if isinstance(life, int | float | str) and _number(life) else _DEFAULT_LIFE
        self._token = token
        self._until = time.monotonic() + max(seconds - _EARLY, seconds / 2)


def _number(value: int | float | str) -> bool:
    return not isinstance(value, bool) and str(value).replace(".", "", 1).isdigit()


def _sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def basic(user: str, password: str) -> str:
    """RFC 7617."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def of_options(options: Options, url_user: tuple[str, str] | None, token_header: str | None = None) -> Credentials:
    """The credentials of `options.credentials`, else of the url's user and password, else none; with
    them the `token`, as a bearer or in a header of its own. Mistakes are reported to `options`."""
    table, token = options.table("credentials"), options.text("token")
    if token is not None and token_header is None:
        if table is not None:
            options.complain("options has both a token and credentials; leave one out", "credentials")
        return _bearer(token, options, "token")
    found: Credentials = Fixed()
    if table is not None:
        found = _of_table(table)
    elif url_user is not None:
        found = Fixed({"Authorization": basic(*url_user)}, secrets=_basic_secrets(*url_user))
    return found if token is None or token_header is None else _with_token(found, token, token_header, options)


def _with_token(found: Credentials, token: str, header: str, options: Options) -> Credentials:
    if not _sendable(token):
        options.complain(f"{options.named('token')} holds characters that no header takes", "token")
        return found
    if isinstance(found, Fixed):
        return Fixed({**found.fixed, header: token}, found.query, (*found.secrets, token))
    return Together(found, header, token)


def _of_table(table: Options) -> Credentials:
    if "token_url" in table:
        return _oauth(table)
    if "bearer" in table:
        return _bearer(table.needed("bearer", "the token"), table, "bearer")
    if "user" in table:
        user, password = table.needed("user", "the user"), table.text("password", "") or ""
        return Fixed({"Authorization": basic(user, password)}, secrets=_basic_secrets(user, password))
    if "key" in table:
        return _api_key(table)
    known = "bearer, user and password, key with header or query, or token_url"
    table.complain(f"{table.named('')[:-1]} says nothing of the kind it is; it takes {known}")
    for name in table.names():
        table.text(name)
    return Fixed()


def _bearer(token: str, options: Options, name: str) -> Credentials:
    if not _sendable(token):
        options.complain(f"{options.named(name)} holds characters that no header takes", name)
        return Fixed()
    return Fixed({"Authorization": f"Bearer {token}"}, secrets=(token,))


def _basic_secrets(user: str, password: str) -> tuple[str, ...]:
    return tuple(filter(None, (password, basic(user, password).partition(" ")[2])))


def _api_key(table: Options) -> Credentials:
    key = table.needed("key", "the key itself")
    header, query = table.text("header"), table.text("query")
    if (header is None) == (query is None):
        table.complain(f'{table.named("key")} goes into one of header = "X-API-Key" and query = "apikey"', "key")
        return Fixed()
    if query is not None:
        return Fixed(query=((query, key),), secrets=(key,))
    if not _sendable(key):
        table.complain(f"{table.named('key')} holds characters that no header takes", "key")
    return Fixed({header or "": key}, secrets=(key,))


def _oauth(table: Options) -> Credentials:
    url = table.needed("token_url", "where tokens are given out")
    if url and not url.startswith(("https://", "http://")):
        table.complain(f'{table.named("token_url")} is no web address; begin it with "https://"', "token_url")
    return ClientCredentials(
        token_url=url,
        client_id=table.needed("client_id", "who asks for tokens"),
        client_secret=table.needed("client_secret", "what proves it"),
        scope=table.text("scope"),
        in_body=table.choice("send", ("header", "body"), "header") == "body",
    )
