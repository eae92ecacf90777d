import httpx
import pytest
from starlette.applications import Starlette

ME = {"query": "{ caller }"}
CLERK = {"X-Citygraph-Caller": "clerk"}


async def ask(app: Starlette, headers: dict[str, str], peer: str = "127.0.0.1", host: str = "localhost:8000") -> str:
    """The caller that the engine saw, or the code of the refusal."""
    transport = httpx.ASGITransport(app, client=(peer, 50000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        response = await client.post("/graphql", json=ME, headers=headers)
    if response.status_code == 200:
        return str(response.json()["data"]["caller"])
    assert response.status_code == 401
    return str(response.json()["errors"][0]["extensions"]["code"])


async def test_without_the_header_everyone_is_anonymous(app: Starlette) -> None:
    assert await ask(app, {}) == "anonymous"
    assert await ask(app, {}, peer="203.0.113.9", host="city.example") == "anonymous"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.0.1", "::1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
async def test_the_local_caller(app: Starlette, peer: str, host: str) -> None:
    assert await ask(app, CLERK, peer, host) == "clerk"


@pytest.mark.parametrize("name", ["nobody", "", "CLERK", "anonymous"])
async def test_an_unknown_name_is_refused(app: Starlette, name: str) -> None:
    assert await ask(app, {"X-Citygraph-Caller": name}) == "UNKNOWN_CALLER"


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.1", "2001:db8::1"])
async def test_another_machine_is_not_the_local_caller(app: Starlette, peer: str) -> None:
    assert await ask(app, CLERK, peer) == "UNKNOWN_CALLER"


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"])
async def test_nor_is_who_comes_through_a_proxy(app: Starlette, header: str) -> None:
    assert await ask(app, CLERK | {header: "127.0.0.1"}) == "UNKNOWN_CALLER"


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "localhost.elsewhere.example:8000", "127.0.0.1.elsewhere.example"]
)
async def test_nor_a_page_whose_name_points_here(app: Starlette, host: str) -> None:
    assert await ask(app, CLERK, host=host) == "UNKNOWN_CALLER"


async def test_nor_who_gives_two_names(app: Starlette) -> None:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        twice = [("X-Citygraph-Caller", "clerk"), ("X-Citygraph-Caller", "clerk")]
        assert (await client.post("/graphql", json=ME, headers=twice)).status_code == 401
