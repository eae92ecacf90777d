"""What the engine is asked and what it answers; the web floor speaks HTTP around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `scopes` are what a policy granted; ("*",) is everything."""

    name: str
    scopes: frozenset[str] = frozenset()


ANONYMOUS = Caller("anonymous")


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request; `extensions` carries the caller's wishes (explain, maxWait …).

    `read_only` is set for HTTP GET, which may not mutate.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    extensions: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    caller: Caller = ANONYMOUS
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """One GraphQL response. `payload` is the response map ({"data": …} and/or {"errors": …}),
    ready for orjson. `executed` is False where the request failed before execution (syntax,
    validation, variables), `not_allowed` where the method forbids the operation."""

    payload: Mapping[str, Any]
    executed: bool = True
    not_allowed: bool = False


class Engine(Protocol):
    """Executes requests against one city."""

    async def execute(self, request: Request) -> Response:
        """Never raises for what a client sent; unexpected errors become `INTERNAL` errors."""
        ...

    async def start(self) -> None:
        """Called once before the first request."""
        ...

    async def aclose(self) -> None:
        """Close every source."""
        ...
