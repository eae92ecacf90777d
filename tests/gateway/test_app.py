import asyncio

import httpx
import pytest

from tests.gateway.web.conftest import Running, app, city, client, engine, running

__all__ = ["app", "city", "client", "engine", "running"]


async def test_health_and_readiness(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_not_ready_before_the_start(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503


async def test_the_bare_address_leads_to_graphql(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "graphql")


@pytest.mark.parametrize("path", ["/nothing", "/graphql/nothing", "/graphiql/"])
async def test_there_is_nothing_else(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_request_under_way_is_finished_at_the_stop(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.url) as client:
        asked = asyncio.create_task(client.post("/graphql", json={"query": "{ wait(seconds: 1) }"}))
        await asyncio.wait_for(running.engine.waiting.wait(), 5)
        stopped = asyncio.create_task(running.stop())
        assert (await asked).json() == {"data": {"wait": "done"}}
        await asyncio.wait_for(stopped, 5)
    assert running.engine.events == ["start", "close"]
