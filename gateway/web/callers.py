"""Who calls over HTTP.

Until callers hold keys, everyone is anonymous except the local caller that a demo or test city
names: a request from this machine, straight to it, that gives the name in a header. The header
keeps other sites' pages out (browsers ask first for it, and get no leave), the Host check keeps
out pages that made a name of theirs point to this machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

from gateway.engine.requests import ANONYMOUS, Caller
from resolvers.city import LocalCaller

HEADER = "X-Citygraph-Caller"

_NAME = HEADER.lower().encode()
_PROXIED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})


class UnknownCaller(Exception):
    """The request names a caller that it can't be; the text may be shown."""


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of one city, by name."""

    local: Mapping[str, Caller] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, scope: Mapping[str, Any]) -> Caller:
        """The caller of an ASGI HTTP scope. Raises `UnknownCaller`."""
        headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        named = [value for name, value in headers if name == _NAME]
        if not named:
            return ANONYMOUS
        caller = self.local.get(named[0].decode("latin-1")) if len(named) == 1 else None
        if caller is None:
            raise UnknownCaller(f"{HEADER} names no caller of this city; leave the header out to ask as anyone.")
        if not _from_here(scope):
            raise UnknownCaller(f"{HEADER} is for requests from the gateway's own machine, without a proxy between.")
        return caller


def callers(local: LocalCaller | None) -> Callers:
    """The callers of a city whose `city.toml` names `local`."""
    known = {local.name: Caller(local.name, frozenset(local.scopes), trusted=True)} if local else {}
    return Callers(MappingProxyType(known))


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
