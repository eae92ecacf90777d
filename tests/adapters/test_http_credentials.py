"""Who we are to an agency: fixed credentials, OAuth 2.0 tokens, client certificates."""

import asyncio
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Source
from adapters.errors import Malformed, Rejected, TimedOut, Unavailable
from adapters.http import Http
from adapters.options import Options
from tests.adapters.http_server import Asked, WebServer, answer, answer_json, hang, reset


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer({"/": answer_json([])}) as server:
        yield server


def http(source: Source, **settings: Any) -> Http:
    options = Options(source.options)
    found = Http(source, options, **settings)
    options.check(f"source {source.name}")
    return found


BASIC = "Basic " + b64encode(b"reader:p\xc3\xa4ss").decode()


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ({"credentials": {"bearer": "tok"}}, "authorization", "Bearer tok"),
        ({"token": "tok"}, "authorization", "Bearer tok"),
        ({"credentials": {"user": "reader", "password": "päss"}}, "authorization", BASIC),
        ({"credentials": {"header": "X-API-Key", "key": "k"}}, "x-api-key", "k"),
        ({"headers": {"X-Agency": "42"}}, "x-agency", "42"),
    ],
)
async def test_fixed_ones(server: WebServer, options: dict[str, Any], header: str, value: str) -> None:
    client = http(server.source(**options))
    await client.json("GET", "/")
    assert server.asked[0].headers[header] == value
    await client.aclose()


async def test_an_api_key_in_the_query(server: WebServer) -> None:
    client = http(server.source(credentials={"query": "api key", "key": "a&b"}))
    await client.json("GET", "/", params=[("x", "1")])
    assert server.asked[0].target == "/?x=1&api%20key=a%26b"
    await client.aclose()


async def test_those_in_the_url_are_sent_as_a_header(server: WebServer) -> None:
    url = f"http://reader:p%C3%A4ss@127.0.0.1:{server.port}"
    client = http(Source("dept.api", "rest", url, options={"private": True}))
    await client.json("GET", "/")
    assert (server.asked[0].target, server.asked[0].headers["authorization"]) == ("/", BASIC)
    await client.aclose()


async def test_a_token_beside_other_credentials(server: WebServer) -> None:
    client = http(server.source(token="app", credentials={"bearer": "me"}), token_header="X-App-Token")
    await client.json("GET", "/")
    headers = server.asked[0].headers
    assert (headers["x-app-token"], headers["authorization"]) == ("app", "Bearer me")
    await client.aclose()


# --- OAuth 2.0 client credentials -----------------------------------------------------------------


class TokenServer:
    """Gives out t1, t2 …; the API takes the latest only."""

    def __init__(self, server: WebServer, expires_in: object = 3600) -> None:
        self.given = 0
        self.expires_in = expires_in
        server.pages |= {"/token": self.give, "/api": self.check}

    async def give(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.given += 1
        await asyncio.sleep(0.02)
        token = {"access_token": f"t{self.given}", "token_type": "Bearer", "expires_in": self.expires_in}
        await answer_json(token)(asked, writer)

    async def check(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        right = asked.headers.get("authorization") == f"Bearer t{self.given}"
        await (answer_json(["rows"]) if right else answer("401 Unauthorized", b""))(asked, writer)


def oauth(server: WebServer, **other: Any) -> dict[str, Any]:
    return {
        "token_url": f"{server.url}/token",
        "client_id": "city:graph",
        "client_secret": "s3 cret",
        "scope": "read:all",
        **other,
    }


async def test_one_token_for_all_callers(server: WebServer) -> None:
    tokens = TokenServer(server)
    client = http(server.source(credentials=oauth(server)))
    assert await asyncio.gather(*(client.json("GET", "api") for _ in range(20))) == [["rows"]] * 20
    assert tokens.given == 1
    asked = server.asked[0]
    assert (asked.method, asked.body) == ("POST", b"grant_type=client_credentials&scope=read:all")
    assert asked.headers["authorization"] == "Basic " + b64encode(b"city%3Agraph:s3+cret").decode()
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    await client.aclose()


async def test_the_secret_in_the_body(server: WebServer) -> None:
    TokenServer(server)
    client = http(server.source(credentials=oauth(server, send="body")))
    await client.json("GET", "api")
    assert b"client_id=city:graph&client_secret=s3%20cret" in server.asked[0].body
    assert "authorization" not in server.asked[0].headers
    await client.aclose()


async def test_a_token_is_renewed_before_it_ends(server: WebServer) -> None:
    tokens = TokenServer(server, expires_in=0.4)
    client = http(server.source(credentials=oauth(server)))
    await client.json("GET", "api")
    await asyncio.sleep(0.3)
    await client.json("GET", "api")
    assert tokens.given == 2
    await client.aclose()


async def test_a_token_that_was_revoked_is_renewed_once(server: WebServer) -> None:
    tokens = TokenServer(server)
    client = http(server.source(credentials=oauth(server)))
    await client.json("GET", "api")
    tokens.given = 7
    assert await client.json("GET", "api") == ["rows"]
    assert tokens.given == 8
    server.pages["/api"] = answer("401 Unauthorized", b"never")
    with pytest.raises(Rejected, match="credentials"):
        await client.json("GET", "api")
    assert tokens.given == 9
    await client.aclose()


@pytest.mark.parametrize(
    ("page", "error", "says"),
    [
        (answer_json({"error": "invalid_client"}, "401 No"), Rejected, "token server.*credentials"),
        (answer_json({"error": "x"}), Malformed, "gave no token"),
        (answer_json(["x"]), Malformed, "gave no token"),
        (answer_json({"access_token": "a\nb"}), Malformed, "gave no token"),
        (answer("200 OK", b"<html>"), Malformed, "token server.*no JSON"),
        (answer("503 Down", b""), Unavailable, "token server"),
        (reset, Unavailable, "reached"),
        (hang, TimedOut, "in time"),
    ],
)
async def test_a_token_server_that_fails(server: WebServer, page: Any, error: type[Exception], says: str) -> None:
    server.pages["/token"] = page
    client = http(server.source(credentials=oauth(server), timeout=0.5))
    with pytest.raises(error, match=says) as caught:
        await client.json("GET", "api")
    assert "s3" not in str(caught.value) + getattr(caught.value, "detail", "")
    await client.aclose()
    assert all(asked.path == "/token" for asked in server.asked)


# --- certificates ---------------------------------------------------------------------------------


def _openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and certificates of a server and of a client that it signed."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    directory = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    _openssl(directory, "req", "-x509", *key, *ca, "-subj", "/CN=Authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        _openssl(
            directory, "req", "-x509", *key, "-subj", f"/CN={name}", "-addext", extension,
            "-addext", "basicConstraints=CA:FALSE", "-addext", "keyUsage=digitalSignature",
            "-addext", "authorityKeyIdentifier=keyid",
            "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", f"{name}.key", "-out", f"{name}.pem",
        )  # fmt: skip
    return directory


async def test_client_certificates(certificates: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.pem"))
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    tls = {name: str(certificates / f"{file}") for name, file in (("ca", "ca.pem"), ("certificate", "client.pem"))}
    tls["key"] = str(certificates / "client.key")
    async with WebServer({"/": answer_json(["safe"])}, tls=context) as server:
        client = http(server.source(tls=tls))
        assert await client.json("GET", "/") == ["safe"]
        await client.aclose()
        bare = http(server.source(tls={"ca": tls["ca"]}))
        with pytest.raises((Unavailable, Rejected)):
            await bare.json("GET", "/")
        await bare.aclose()


async def test_certificates_that_nobody_vouches_for(certificates: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    async with WebServer({"/": answer_json([])}, tls=context) as server:
        client = http(server.source())
        with pytest.raises(Rejected, match="certificate is not trusted"):
            await client.json("GET", "/")
        await client.aclose()
        assert server.asked == []


async def test_certificates_of_another_name(certificates: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    async with WebServer({"/": answer_json([])}, tls=context) as server:
        options = {"private": True, "tls": {"ca": str(certificates / "ca.pem")}}
        for host, named in (("127.0.0.1", True), ("localhost", False)):
            client = http(Source("dept.api", "rest", f"https://{host}:{server.port}", options=options))
            if named:
                assert await client.json("GET", "/") == []
            else:
                with pytest.raises(Rejected, match="certificate is not trusted"):
                    await client.json("GET", "/")
            await client.aclose()
        assert len(server.asked) == 1


async def test_certificates_that_cannot_be_read(server: WebServer, tmp_path: Path) -> None:
    client = http(server.source(tls={"ca": str(tmp_path / "gone.pem")}))
    with pytest.raises(Rejected, match=r"options\.tls can't be read"):
        await client.json("GET", "/")
    await client.aclose()
