import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import Settings
from gateway.web.page import STATIC, Example, load_assets
from resolvers.city import City
from tests.gateway.web.conftest import EXAMPLES
from tests.gateway.web.toy import ToyEngine

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Loaded(HTMLParser):
    """What a page loads, and the text of its JSON block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline: list[str] = []
        self._script = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.urls += [url for name in ("src", "href") if (url := given.get(name))]
        self._script = given.get("type") or "text/javascript" if tag == "script" and "src" not in given else ""

    def handle_data(self, data: str) -> None:
        if self._script:
            assert self._script == "application/json"
            self.inline.append(data)
            self._script = ""


async def test_browsers_get_the_page(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Loaded(response.text)
    block = json.loads(page.inline[0])
    assert block["title"] == "Toytown – Citygraph"
    assert [tab["query"] for tab in block["examples"]] == [example.query for example in EXAMPLES]
    assert block["examples"][0]["variables"] == {"name": "</script><b>Ann"}
    assert "{{" not in response.text.replace(page.inline[0], "")


async def test_everything_the_page_loads_is_there_and_kept_for_good(client: httpx.AsyncClient) -> None:
    urls = Loaded((await client.get("/graphql", headers=BROWSER)).text).urls
    assert len(urls) >= 3
    for url in urls:
        assert url.startswith("./graphiql/")
        response = await client.get(f"/{url[2:]}")
        assert response.status_code == 200, url
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)])
async def test_assets_come_compressed_as_the_client_likes(
    client: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    stored = next(STATIC.glob("graphiql/index-*.js.gz"))
    async with client.stream("GET", f"/graphiql/{stored.stem}", headers={"accept-encoding": accepted}) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == coding
    assert response.headers["content-type"].startswith("text/javascript")
    expected = {"br": stored.with_suffix(".br").read_bytes(), "gzip": stored.read_bytes()}
    assert raw == (expected[coding] if coding else gzip.decompress(stored.read_bytes()))


@pytest.mark.parametrize("name", ["nothing.js", "..%2findex.html", "index.html", "../app.py"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/graphiql/{name}")).status_code == 404


async def test_the_policy_lets_in_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    first, second = [await client.get("/graphql", headers=BROWSER) for _ in range(2)]
    policies = [response.headers["content-security-policy"] for response in (first, second)]
    assert policies[0].startswith("default-src 'none'; script-src 'self'; worker-src 'self'")
    assert "unsafe-eval" not in policies[0]
    assert "http" not in policies[0]
    nonces = [match[1] for policy in policies if (match := re.search(r"'nonce-([^']{16,})'", policy))]
    assert len(set(nonces)) == 2
    assert f'nonce="{nonces[0]}"' in first.text


async def test_a_gateway_without_graphiql(engine: ToyEngine, city: City) -> None:
    app = create_app(engine, city, replace(Settings(), graphiql=False), [Example("{ hello }")])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/graphql", headers=BROWSER)).json()["errors"]
        assert (await client.get("/graphiql/icon.svg")).status_code == 404


def test_all_assets_are_stored_in_both_codings() -> None:
    names = load_assets().files
    assert {path.name for path in (STATIC / "graphiql").iterdir()} == {
        f"{name}{suffix}" for name in names for suffix in (".br", ".gz")
    }
    total = sum(path.stat().st_size for path in (STATIC / "graphiql").glob("*.gz"))
    assert total < 2_500_000


def test_the_bundle_names_no_cdn_and_needs_no_eval() -> None:
    for stored in (STATIC / "graphiql").glob("*.js.gz"):
        text = gzip.decompress(stored.read_bytes()).decode()
        assert not re.search(r"unpkg\.com|jsdelivr|esm\.sh|cdnjs|fonts\.g", text), stored.name
        assert not re.search(r"(?<![\w.$])eval\(|new Function\(", text), stored.name
