"""The gateway's web floor around the toy engine: in process, and on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.settings import Settings
from gateway.web.page import Example
from gateway.web.protocol import HTTP
from resolvers.city import City, LocalCaller
from tests.gateway.web.toy import ToyEngine

EXAMPLES = (
    Example("query Hello($name: String) {\n  hello(name: $name)\n}\n", MappingProxyType({"name": "</script><b>Ann"})),
    Example("query Me {\n  caller\n}\n", headers=MappingProxyType({"X-Citygraph-Caller": "clerk"})),
)


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway on a port of this machine."""

    url: str
    engine: ToyEngine
    server: uvicorn.Server
    served: "asyncio.Task[None]"

    async def stop(self) -> None:
        """As SIGTERM does."""
        self.server.should_exit = True
        await self.served


@pytest.fixture
def city() -> City:
    """A city without agencies, whose local caller is called clerk."""
    nothing: MappingProxyType[str, Any] = MappingProxyType({})
    return City(
        name="Toytown",
        prefix="toy",
        locale="us",
        time_zone="UTC",
        currency="USD",
        agencies=nothing,
        sources=nothing,
        source_agency=nothing,
        tables=nothing,
        schemes=nothing,
        registers=(),
        sections=(),
        codes=nothing,
        local_caller=LocalCaller("clerk", ("*",)),
    )


@pytest.fixture
def engine() -> ToyEngine:
    return ToyEngine()


@pytest.fixture
def app(engine: ToyEngine, city: City) -> Starlette:
    return create_app(engine, city, replace(Settings(), max_body=10_000, request_deadline=2.0), EXAMPLES)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client on this machine, in process."""
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.fixture
async def running(app: Starlette, engine: ToyEngine) -> AsyncIterator[Running]:
    """The gateway on a free port, as uvicorn serves it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=HTTP, log_level="warning", timeout_graceful_shutdown=5))
        served = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        running = Running(f"http://127.0.0.1:{listener.getsockname()[1]}", engine, server, served)
        yield running
        await running.stop()
