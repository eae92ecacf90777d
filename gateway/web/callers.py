"""Who calls over HTTP: by an API key, an access token, or as the local caller of a demo or test city.

    Authorization: Bearer cg_…      an API key, or an access token of an issuer of the city
    X-API-Key: cg_…                 an API key
    X-Citygraph-Caller: demo        the local caller that a demo or test city names: a request from
                                    this machine, straight to it
    none of them                    anyone

Of a key or a token that is not valid nothing is told but that. The local caller's header keeps
other sites' pages out (browsers ask first for it, and get no leave), the Host check keeps out pages
that made a name of theirs point to this machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from gateway.engine.requests import ANONYMOUS, Caller, Request, Response
from resolvers.city import LocalCaller

HEADER = "X-Citygraph-Caller"
NOTICE = "Citygraph-Key-Notice"
"""The response header that tells of a key's end."""

_LOCAL, _KEY, _AUTHORIZATION = HEADER.lower().encode(), b"x-api-key", b"authorization"
_SHOWN = frozenset({_LOCAL, _KEY, _AUTHORIZATION})
_PROXIED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})
_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST = 16_384


class UnknownCaller(Exception):
    """The request names a caller that it can't be; the text may be shown."""


class Reception(Protocol):
    """Who has keys and tokens, and who keeps the record; `gateway.office` is one."""

    def key_caller(self, presented: str, peer: str | None) -> tuple[Caller, str | None] | None:
        """The caller of a key, and what to tell of its end; None if it is no key in force."""
        ...

    async def token_caller(self, presented: str) -> Caller | None:
        """The caller of an access token; None for one that is not accepted."""
        ...

    async def record(self, request: Request, response: Response, begun: datetime, duration: float, size: int) -> None:
        """Record a request. Raises `AuditFailed`: the answer may not go out."""
        ...


class Known(NamedTuple):
    """A caller, and the header fields that tell it something."""

    caller: Caller
    headers: Mapping[str, str] = _NOTHING


ANYONE = Known(ANONYMOUS)
"""Who shows nothing."""


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of one city. Without a reception nobody has a key."""

    local: Mapping[str, Caller] = field(default_factory=lambda: MappingProxyType({}))
    reception: Reception | None = None

    async def of(self, scope: Mapping[str, Any]) -> Known:
        """The caller of an ASGI HTTP scope. Raises `UnknownCaller`."""
        shown = [(name, value) for name, value in scope["headers"] if name in _SHOWN]
        if not shown:
            return ANYONE
        if len(shown) > 1:
            raise UnknownCaller(f"A request says once who asks: by Authorization, X-API-Key or {HEADER}.")
        ((name, value),) = shown
        text = value.decode("latin-1")
        if name == _LOCAL:
            return Known(self._local(scope, text))
        if name == _AUTHORIZATION:
            scheme, _, text = text.partition(" ")
            if scheme.lower() != "bearer":
                raise UnknownCaller("Authorization takes a key or an access token: Authorization: Bearer …")
        # Every key or token that is not valid gets the same answer.
        text = text.strip()
        if self.reception is not None and len(text) <= _LONGEST:
            found = self.reception.key_caller(text, peer_of(scope))
            if found is not None:
                caller, notice = found
                return Known(caller, {NOTICE: notice} if notice else _NOTHING)
            if text.count(".") == 2:
                holder = await self.reception.token_caller(text)
                if holder is not None:
                    return Known(holder)
        raise UnknownCaller("This key or token is not valid here; leave it out to ask as anyone.")

    def _local(self, scope: Mapping[str, Any], name: str) -> Caller:
        caller = self.local.get(name)
        if caller is None:
            raise UnknownCaller(f"{HEADER} names no caller of this city; leave the header out to ask as anyone.")
        if not _from_here(scope):
            raise UnknownCaller(f"{HEADER} is for requests from the gateway's own machine, without a proxy between.")
        return caller


def callers(local: LocalCaller | None, reception: Reception | None = None) -> Callers:
    """The callers of a city whose `city.toml` names `local`."""
    known = {local.name: Caller(local.name, frozenset(local.scopes), trusted=True)} if local else {}
    return Callers(MappingProxyType(known), reception)


def peer_of(scope: Mapping[str, Any]) -> str | None:
    """The network address that a request comes from; a trusted proxy's word for it is in the scope."""
    peer: tuple[str, int] | None = scope.get("client")
    return peer[0] if peer else None


def _from_here(scope: Mapping[str, Any]) -> bool:
    peer: tuple[str, int] | None = scope["client"]
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    return peer is not None and _loopback(peer[0]) and _loopback(_hostname(host)) and _PROXIED.isdisjoint(headers)


def _hostname(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
