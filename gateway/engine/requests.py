"""What the engine is asked and what it answers; the web floor speaks HTTP around it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

import orjson

from adapters.frozen import frozen
from gateway.policy.terms import Agreement


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `scopes` are what it may see without an agreement; ("*",) is everything.

    `key` is the public part of the API key (or the subject of an access token) that it showed,
    `agreement` the one in force for it, `admin` whether it may manage keys, `trusted` whether it is
    the local caller of a demo or test city, of whom no purpose is asked.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    key: str | None = None
    agreement: Agreement | None = None
    admin: bool = False
    trusted: bool = False


ANONYMOUS = Caller("anonymous")


@frozen
class Request:
    """One GraphQL request; `extensions` carries the caller's wishes (explain, maxWait …).

    `read_only` is set for HTTP GET, which may not mutate. `purpose` (one of the agreement's) and
    `reference` (a case number) say why it is asked, where headers do; `extensions` may as well.
    `peer` is the network address that it came from. `document` is the id of a persisted document:
    alone (`query` is empty), or to be registered for the text that comes with it.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    extensions: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    caller: Caller = ANONYMOUS
    read_only: bool = False
    purpose: str | None = None
    reference: str | None = field(default=None, repr=False)
    peer: str | None = field(default=None, repr=False)
    document: str | None = None


class Facts(NamedTuple):
    """What the record of look-ups needs to know of a request; never sent to the caller.

    `operation` is the hash of the document with its operation's name, `fields` the fields that
    were asked for ("Address.sales"), `agencies` those that were asked (by id), `denied` the rules
    that refused something, `subjects` the identifiers asked for or found in answers about persons
    and businesses ("hbt.resident:100000007"), `cost` the units that it was estimated at.
    """

    operation: str | None = None
    fields: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    purpose: str | None = None
    reference: str | None = None
    cost: int = 0
    rows: int = 0


NO_FACTS: Final = Facts()


class Encoded(Mapping[str, Any]):
    """A response map as its JSON, `text`, which is read again by whoever looks into it. Libraries that
    know dictionaries only are given `dict` of it."""

    __slots__ = ("_names", "text")

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.text = bytes(memoryview(orjson.dumps(payload)))  # a copy without the room that orjson leaves behind it
        self._names = dict.fromkeys(payload)

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return orjson.loads(self.text)[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@frozen
class Response:
    """One GraphQL response. `payload` is the response map ({"data": …} and/or {"errors": …}),
    ready for orjson or `Encoded` already. `executed` is False where the request failed before execution (syntax,
    validation, variables), `not_allowed` where the method forbids the operation. `status` overrides
    the HTTP status (429), `headers` are added (RateLimit, Retry-After). A `public` one is the same for
    everyone without a key, and may be kept by caches between."""

    payload: Mapping[str, Any]
    executed: bool = True
    not_allowed: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    facts: Facts = NO_FACTS
    public: bool = False


class Abandoned(asyncio.CancelledError):
    """A request was cancelled while agencies were asked; `facts` are what was done until then."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts


class Engine(Protocol):
    """Executes requests against one city; one that is cancelled may raise `Abandoned`."""

    async def execute(self, request: Request) -> Response:
        """Never raises for what a client sent; unexpected errors become `INTERNAL` errors."""
        ...

    async def start(self) -> None:
        """Called once before the first request."""
        ...

    async def aclose(self) -> None:
        """Close every source."""
        ...
