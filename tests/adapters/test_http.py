"""HTTP by one seam: every way in which an agency's server can be bad, and what is asked of it."""

import asyncio
import gzip
import socket
import time
import traceback
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.base import Source
from adapters.errors import Malformed, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.http import Http
from adapters.http.destinations import Forbidden, addresses, allowed
from adapters.http.failures import retry_after
from adapters.options import BadOptions, Options
from tests.adapters.http_server import (
    Asked,
    Handler,
    WebServer,
    answer,
    answer_json,
    drip,
    endless,
    hang,
    raw,
    reset,
)


def http(source: Source) -> Http:
    options = Options(source.options)
    found = Http(source, options)
    options.check(f"source {source.name}")
    return found


@asynccontextmanager
async def asking(server: WebServer, **settings: Any) -> AsyncIterator[Http]:
    client = http(server.source(**settings))
    yield client
    await client.aclose()
    await server.closed()


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


def packed(data: bytes) -> bytes:
    return gzip.compress(data)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


# --- answers ------------------------------------------------------------------------------------


async def test_an_answer(server: WebServer) -> None:
    server.pages["/api/rows"] = answer_json({"a": [1, "ä"]}, "200 OK", "X-Total: 7")
    async with asking(server) as client:
        reply = await client.request("GET", "api/rows", params=[("a b", "ä&=+#'"), ("a b", "2")], headers={"X-Y": "z"})
        assert (reply.status, reply.json(), reply.headers["x-total"]) == (200, {"a": [1, "ä"]}, "7")
        asked = server.asked[0]
        assert asked.target == "/api/rows?a%20b=%C3%A4%26%3D%2B%23'&a%20b=2"
        assert (asked.headers["x-y"], asked.headers["user-agent"]) == ("z", "citygraph")
        assert await client.json("POST", "api/rows", json={"q": [1]}) == {"a": [1, "ä"]}
        assert (server.asked[1].body, server.asked[1].headers["content-type"]) == (b'{"q":[1]}', "application/json")


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", packed),
        ("gzip", lambda data: packed(data[:9]) + packed(data[9:])),
        ("x-gzip", packed),
        ("GZIP", packed),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
    ],
)
async def test_packed_answers(server: WebServer, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    text = b'["' + b"x" * 3_000_000 + b'"]'
    server.pages["/"] = answer("200 OK", pack(text), f"Content-Encoding: {encoding}")
    async with asking(server) as client:
        assert (await client.request("GET", "/")).body == text


async def test_other_statuses_where_they_are_accepted(server: WebServer) -> None:
    server.pages["/"] = answer_json({"why": 1}, "404 Not Found")
    async with asking(server) as client:
        assert (await client.request("GET", "/", accept={404})).json() == {"why": 1}


async def test_the_url_keeps_its_path_and_parameters(server: WebServer) -> None:
    server.pages["/v2/x"] = answer_json([])
    source = server.source()
    client = http(Source(source.name, "rest", f"{server.url}/v2/?key=a%20b", options=source.options))
    await client.json("GET", "x", params=[("n", "1")])
    assert server.asked[0].target == "/v2/x?key=a%20b&n=1"
    await client.aclose()


# --- failures -----------------------------------------------------------------------------------

STATUSES: list[tuple[str, type[SourceError], str]] = [
    ("400 Bad Request", Rejected, "refuses this call"),
    ("401 Unauthorized", Rejected, "credentials"),
    ("403 Forbidden", Rejected, "let us read"),
    ("404 Not Found", Rejected, "no such dataset"),
    ("410 Gone", Rejected, "no such dataset"),
    ("414 URI Too Long", Rejected, "refuses this call"),
    ("408 Request Timeout", TimedOut, "in time"),
    ("429 Too Many Requests", Throttled, "fewer calls"),
    ("500 Internal Server Error", Unavailable, "failure of its own"),
    ("502 Bad Gateway", Unavailable, "failure of its own"),
    ("503 Service Unavailable", Unavailable, "failure of its own"),
    ("504 Gateway Timeout", TimedOut, "in time"),
    ("304 Not Modified", Rejected, "refuses"),
]


@pytest.mark.parametrize(("status", "error", "says"), STATUSES)
async def test_statuses(server: WebServer, status: str, error: type[SourceError], says: str) -> None:
    server.pages["/"] = answer(status, b"" if status.startswith("304") else b"the upstream's own words")
    async with asking(server) as client:
        with pytest.raises(error, match=says) as caught:
            await client.request("GET", "/", place="dept.things")
    assert type(caught.value) is error
    assert str(caught.value).startswith("dept.things: ")
    assert "own words" not in str(caught.value)
    assert status[:3] in caught.value.detail


@pytest.mark.parametrize(("status", "header", "seconds"), [("429 Slow", "7", 7.0), ("503 Later", "120", 120.0)])
async def test_how_long_to_wait(server: WebServer, status: str, header: str, seconds: float) -> None:
    server.pages["/"] = answer(status, b"", f"Retry-After: {header}")
    async with asking(server) as client:
        with pytest.raises(Throttled) as caught:
            await client.request("GET", "/")
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("999999999999999999999", 86_400.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert retry_after({"Retry-After": text}, now) == seconds


BOMB = packed(b" " * 400_000_000)
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 50
FAILURES: list[tuple[str, Handler, type[SourceError], str]] = [
    ("nothing", hang, TimedOut, "in time"),
    ("drip of headers", drip(HALF, 0.05), TimedOut, "in time"),
    ("drip of a body", drip(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000, 0.01), TimedOut, "in time"),
    ("reset", reset, Unavailable, "reached"),
    ("end before the answer", raw(b""), Unavailable, "reached"),
    ("half of the headers", raw(HALF[:20]), Unavailable, "reached"),
    ("half of a body", raw(HALF), Unavailable, "broke off"),
    ("half of a chunk", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), Unavailable, "broke off"),
    ("garbage", raw(b"\x00\x01\xff garbage \r\n\r\n"), Malformed, "HTTP"),
    ("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Malformed, "HTTP"),
    ("headers without end", raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), Malformed, "HTTP"),
    ("bad chunks", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"), Malformed, "HTTP"),
    ("no gzip", answer("200 OK", b"plain", "Content-Encoding: gzip"), Malformed, "garbled"),
    ("a bomb behind", answer("200 OK", packed(b"x") + BOMB, "Content-Encoding: gzip"), Malformed, "too large"),
    ("half of gzip", answer("200 OK", packed(b"x" * 9999)[:20], "Content-Encoding: gzip"), Unavailable, "broke off"),
    ("an encoding not asked for", answer("200 OK", b"x", "Content-Encoding: br"), Malformed, "garbled"),
    ("a body too long", answer("200 OK", b"x" * 2_000_000), Malformed, "too large"),
    ("a length too long", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"), Malformed, "too large"),
    ("a body without end", endless, Malformed, "too large"),
    ("a bomb", answer("200 OK", BOMB, "Content-Encoding: gzip"), Malformed, "too large"),
    ("a web page", answer("200 OK", b"<html>", "Content-Type: text/html"), Malformed, "no JSON"),
    ("nothing at all", answer("204 No Content", b""), Malformed, "no JSON"),
    ("half of JSON", answer("200 OK", b'{"a": [1, 2'), Malformed, "no JSON"),
    ("deep JSON", answer("200 OK", b"[" * 100_000), Malformed, "no JSON"),
    ("another charset", answer("200 OK", '"é"'.encode("latin-1")), Malformed, "no JSON"),
]


@pytest.mark.parametrize(("page", "error", "says"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES])
async def test_failures(server: WebServer, page: Handler, error: type[SourceError], says: str) -> None:
    """Each in time, with the right error, and the client as good after it as before."""
    server.pages |= {"/bad": page, "/good": answer_json([1])}
    async with asking(server, timeout=0.7, max_bytes=1_000_000) as client:
        started = time.monotonic()
        with pytest.raises(error, match=says) as caught:
            await client.json("GET", "bad", place="dept.things")
        assert type(caught.value) is error
        assert time.monotonic() - started < 2
        assert await client.json("GET", "good") == [1]


async def test_nobody_there() -> None:
    client = http(Source("dept.api", "rest", "http://127.0.0.1:9/x", timeout=1, options={"private": True}))
    with pytest.raises(Unavailable, match="reached"):
        await client.request("GET")
    with pytest.raises(Unavailable, match="reached"):
        await client.ping()
    await client.aclose()
    nowhere = http(Source("dept.api", "rest", "https://no-such-host.invalid/x", timeout=5))
    with pytest.raises(Unavailable, match="reached"):
        await nowhere.request("GET")
    await nowhere.aclose()


async def test_a_server_that_stops_reading_times_out(server: WebServer) -> None:
    server.pages["/"] = hang
    async with asking(server, timeout=0.3) as client:
        with pytest.raises(TimedOut):
            await client.request("POST", "/", json="x" * 30_000_000)


async def test_ping_takes_any_answer_but_a_failure(server: WebServer) -> None:
    async with asking(server) as client:
        await client.ping("not/there")
        server.pages["/sick"] = answer("503 Down", b"")
        with pytest.raises(Unavailable):
            await client.ping("sick")


# --- connections --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_idle_connections_that_died_are_replaced_unnoticed(server: WebServer, method: str) -> None:
    server.pages["/"] = answer_json([])
    async with asking(server) as client:
        for _ in range(3):
            await client.json(method, "/", json={} if method == "POST" else None)
            server.hang_up()
            await server.closed()
        assert len(server.asked) == 3


async def test_never_more_connections_than_declared(server: WebServer) -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await answer_json([])(asked, writer)

    server.pages["/"] = slow
    async with asking(server, concurrency=3) as client:
        await asyncio.gather(*(client.json("GET", "/") for _ in range(20)))
        assert (len(server.asked), server.most_open) == (20, 3)


async def test_a_cancelled_call_leaves_nothing(server: WebServer) -> None:
    server.pages |= {"/": hang, "/good": answer_json([])}
    async with asking(server, concurrency=2) as client:
        tasks = [asyncio.ensure_future(client.request("GET", "/")) for _ in range(6)]
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in done)
        assert await client.json("GET", "good") == []


async def test_a_closed_client_opens_again(server: WebServer) -> None:
    server.pages["/"] = answer_json([])
    async with asking(server) as client:
        await client.json("GET", "/")
        await client.aclose()
        await server.closed()
        assert await client.json("GET", "/") == []


async def test_cookies_are_not_kept(server: WebServer) -> None:
    server.pages["/"] = answer_json([], "200 OK", "Set-Cookie: session=1; Path=/")
    async with asking(server) as client:
        await client.json("GET", "/")
        await client.json("GET", "/")
        assert "cookie" not in server.asked[1].headers


async def test_proxies_of_the_environment_are_not_used(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.pages["/"] = answer_json([])
    async with asking(server) as client:
        assert await client.json("GET", "/") == []


# --- where it may lead --------------------------------------------------------------------------


async def test_redirects_on_the_same_host_are_followed(server: WebServer) -> None:
    server.pages |= {
        "/a": answer("301 Moved", b"", "Location: b?x=1"),
        "/b": answer("307 Moved", b"", f"Location: {server.url}/c"),
        "/c": answer_json(["c"]),
        "/form": answer("303 See Other", b"", "Location: /c"),
        "/again": answer("308 Moved", b"", "Location: /c"),
    }
    async with asking(server) as client:
        assert await client.json("GET", "a") == ["c"]
        assert await client.json("POST", "form", json={}) == ["c"]
        assert await client.json("POST", "again", json={"k": 1}) == ["c"]
    assert [(a.method, a.target, a.body) for a in server.asked] == [
        ("GET", "/a", b""),
        ("GET", "/b?x=1", b""),
        ("GET", "/c", b""),
        ("POST", "/form", b"{}"),
        ("GET", "/c", b""),
        ("POST", "/again", b'{"k":1}'),
        ("POST", "/c", b'{"k":1}'),
    ]


async def test_redirects_elsewhere_are_not_followed(server: WebServer) -> None:
    async with WebServer({"/": answer_json(["stolen"])}) as other:
        targets = [
            other.url,
            f"//127.0.0.1:{other.port}/",
            "http://localhost/",
            "ftp://127.0.0.1/",
            "http://[",
            "https://127.0.0.1/",
        ]
        targets += [f"http://user:pw@127.0.0.1:{server.port}/"]
        for i, target in enumerate(targets):
            server.pages[f"/{i}"] = answer("302 Found", b"", f"Location: {target}")
        async with asking(server, credentials={"bearer": "hush"}) as client:
            for i in range(len(targets)):
                with pytest.raises((Rejected, Malformed), match=r"another host|leads nowhere"):
                    await client.request("GET", str(i))
            with pytest.raises(Rejected, match="another host"):
                await client.request("GET", f"{other.url}/next?page=2")
        assert other.asked == []


async def test_redirects_in_circles_end(server: WebServer) -> None:
    server.pages["/"] = answer("302 Found", b"", "Location: /")
    async with asking(server) as client:
        with pytest.raises(Rejected, match="in circles"):
            await client.request("GET", "/")
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("8.8.8.8", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.0.1", False, True),
        ("100.64.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("::ffff:8.8.8.8", True, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:7f00:1::", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_which_addresses_are_private(address: str, public: bool, private: bool) -> None:
    assert (allowed(address, private=False), allowed(address, private=True)) == (public, private)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "LOCALHOST.", "10.0.0.1", "169.254.169.254"])
def test_private_addresses_need_the_catalogue_to_say_so(host: str) -> None:
    with pytest.raises(BadOptions, match="private = true"):
        http(Source("dept.api", "rest", f"http://{host}/"))


def _private_name() -> str:
    """A name of this machine that is no address, and leads to one that is private."""
    for name in (socket.gethostname(), "ip6-localhost", "localhost.localdomain", "agency.localhost"):
        with suppress(OSError):
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(name, 80)]
            if found and not any(allowed(address, private=False) for address in found):
                return name
    pytest.skip("no name of this machine leads to a private address")


async def test_names_that_lead_to_private_addresses_are_refused() -> None:
    client = http(Source("dept.api", "rest", f"http://{_private_name()}:9/"))
    with pytest.raises(Rejected, match="private = true"):
        await client.request("GET")
    await client.aclose()
    with pytest.raises(Forbidden):
        await addresses("localhost", 80, private=False)
    assert await addresses("localhost", 80, private=True)


# --- declarations -------------------------------------------------------------------------------

GOV = "https://data.gov"
WHO = ("options", "credentials")


@pytest.mark.parametrize(
    ("url", "options", "says", "path"),
    [
        ("data.gov", {}, "is no web address", ("url",)),
        ("ftp://data.gov", {}, "is no web address", ("url",)),
        ("https://", {}, "is no web address", ("url",)),
        ("https://data.gov:x/", {}, "is no web address", ("url",)),
        (GOV, {"privat": True}, 'did you mean "private"', ("options", "privat")),
        (GOV, {"private": "yes"}, "true or false", ("options", "private")),
        (GOV, {"max_bytes": 0}, "whole number from 1", ("options", "max_bytes")),
        (GOV, {"headers": {"X": "a\nb"}}, "no header takes", ("options", "headers", "X")),
        (GOV, {"headers": ["X"]}, "table of texts", ("options", "headers")),
        (GOV, {"credentials": {}}, "says nothing of the kind", WHO),
        (GOV, {"credentials": {"bearer": 1}}, "takes a text", (*WHO, "bearer")),
        (GOV, {"credentials": {"key": "k"}}, "one of header", (*WHO, "key")),
        (GOV, {"credentials": {"bearer": "a", "token": "b"}}, "unknown", (*WHO, "token")),
        (GOV, {"token": "a", "credentials": {"bearer": "b"}}, "leave one out", WHO),
        (GOV, {"token": "a\nb"}, "no header takes", ("options", "token")),
        (GOV, {"tls": {"key": "x"}}, "needs the certificate", ("options", "tls", "key")),
        (GOV, {"credentials": {"token_url": "x"}}, "begin it", (*WHO, "token_url")),
        (GOV, {"credentials": {"token_url": "https://x"}}, "client_id is missing", (*WHO, "client_id")),
    ],
)
def test_mistakes_are_told_at_their_place(url: str, options: dict[str, Any], says: str, path: tuple[str, ...]) -> None:
    with pytest.raises(BadOptions, match=says) as caught:
        http(Source("dept.api", "rest", url, options=options))
    assert path in [mistake.path for mistake in caught.value.mistakes]


def test_all_mistakes_at_once() -> None:
    with pytest.raises(BadOptions) as caught:
        http(Source("dept.api", "rest", "nowhere", options={"private": 1, "nope": 2, "max_bytes": -1}))
    assert len(caught.value.mistakes) == 4


async def test_nothing_secret_is_ever_shown(server: WebServer) -> None:
    async def echo(asked: Asked, writer: asyncio.StreamWriter) -> None:
        told = f"{asked.headers} {asked.target} at 127.0.0.1".encode()
        await answer("400 Bad", told)(asked, writer)

    server.pages |= {"/": echo, "/reset": reset}
    url = f"http://127.0.0.1:{server.port}/?inline=s3cret-inline"
    ways: list[dict[str, Any]] = [
        {"bearer": "s3cret"},
        {"user": "u", "password": "s3cret"},
        {"header": "X-Key", "key": "s3cret"},
        {"query": "k", "key": "s3cret/ä"},
    ]
    for credentials in ways:
        source = Source("dept.api", "rest", url, options={"private": True, "credentials": credentials})
        client = http(source)
        shown = [repr(client), repr(source), str(vars(client)["_credentials"])]
        for path in ("/", "reset"):
            with pytest.raises(SourceError) as caught:
                await client.request("GET", path)
            shown += [str(caught.value), caught.value.detail, "".join(traceback.format_exception(caught.value))]
        text = "\n".join(shown)
        assert "s3cret" not in text
        assert "127.0.0.1" not in text
        assert str(server.port) not in text
        await client.aclose()
