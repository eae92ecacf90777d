"""One connection: when it is used again, when it is not, and what it never lets grow."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.base import Source
from adapters.errors import Malformed, Rejected, SourceError, TimedOut, Unavailable
from adapters.http import Http
from adapters.http.bodies import CutOff, TooLarge
from adapters.http.connections import Connection, Dropped, NoHttp
from adapters.http.headers import Headers, block
from adapters.http.opening import Opening
from adapters.http.origins import Origin
from adapters.options import Options
from tests.adapters.http_server import WebServer, answer, answer_json, hang, raw


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer({"/good": answer_json([1])}) as server:
        yield server


@pytest.fixture
async def client(server: WebServer) -> AsyncIterator[Http]:
    client = of(server.source(concurrency=1, max_bytes=1_000_000))
    yield client
    await client.aclose()
    await server.closed()


def of(source: Source) -> Http:
    options = Options(source.options)
    found = Http(source, options)
    options.check("source dept.api")
    return found


class Wire(asyncio.Transport):
    """Keeps what is written, and says when it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.cut = False

    def write(self, data: Any) -> None:
        self.sent += data

    def abort(self) -> None:
        self.cut = True

    def get_write_buffer_size(self) -> int:
        return 0


async def receive(*parts: bytes, error: Exception | None = None, most: int = 10_000, headless: bool = False) -> Any:
    """What a call gives when these parts come one after the other, and then the end."""
    connection, wire = Connection(asyncio.get_running_loop(), 20), Wire()
    connection.connection_made(wire)
    asking = asyncio.ensure_future(connection.ask(b"head", b"", most, headless=headless))
    await asyncio.sleep(0)
    for part in parts:
        if not wire.cut:
            connection.data_received(part)
    kept = not connection.closed
    connection.connection_lost(error)
    status, headers, body = await asking
    return status, dict(headers), body, kept


PLAIN = b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: z\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN
NOTHING = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"


@pytest.mark.parametrize("wire", [PLAIN, CHUNKED, INTERIM, NOTHING])
async def test_an_answer_is_the_same_however_it_is_cut(wire: bytes) -> None:
    whole = await receive(wire)
    assert (whole[2], whole[3]) == (b"" if wire is NOTHING else b"hello", True)
    assert "trailer" not in whole[1]
    for at in range(1, len(wire)):
        assert await receive(wire[:at], wire[at:]) == whole
    assert await receive(*(bytes([byte]) for byte in wire)) == whole


@pytest.mark.parametrize("wire", [PLAIN, CHUNKED])
async def test_an_answer_that_ends_early_is_none(wire: bytes) -> None:
    headers = wire.index(b"\r\n\r\n") + 4
    for at in range(len(wire)):
        with pytest.raises(Dropped if at < headers else CutOff) as caught:
            await receive(wire[:at])
        if isinstance(caught.value, Dropped):
            assert caught.value.silent is (at == 0)


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    wire = b"HTTP/1.0 200 OK\r\n\r\nhello"
    assert (await receive(wire[:20], wire[20:]))[2] == b"hello"
    with pytest.raises(CutOff):
        await receive(wire, error=ConnectionResetError())


async def test_a_body_that_we_cut_is_not_taken_for_a_whole_one() -> None:
    connection = Connection(asyncio.get_running_loop(), 20)
    connection.connection_made(Wire())
    asking = asyncio.ensure_future(connection.ask(b"head", b"", 10_000))
    await asyncio.sleep(0)
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nhello")
    connection.close()
    connection.connection_lost(None)
    with pytest.raises(CutOff):
        await asking
    with pytest.raises(Dropped):
        await connection.ask(b"head", b"", 10_000)


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        (PLAIN, True),
        (PLAIN + b"X", False),
        (PLAIN + PLAIN, False),
        (PLAIN.replace(b"A: 1", b"Connection: close"), False),
        (PLAIN.replace(b"1.1", b"1.0"), False),
        (PLAIN.replace(b"1.1", b"1.0").replace(b"A: 1", b"Connection: keep-alive"), True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    ],
)
async def test_when_a_connection_is_kept(wire: bytes, kept: bool) -> None:
    found = await receive(wire)
    assert found[2] in (b"hello", b"")
    assert found[3] is kept


async def test_head_has_no_body_whatever_it_announces() -> None:
    status, _, body, kept = await receive(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", headless=True)
    assert (status, body, kept) == (200, b"", False)


SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (SMUGGLED, NoHttp),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", NoHttp),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", NoHttp),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", NoHttp),
        (b"ICY 200 OK\r\n\r\n", NoHttp),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, NoHttp),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n", TooLarge),
    ],
)
async def test_what_is_no_answer(wire: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        await receive(wire)


@pytest.mark.parametrize(
    ("start", "part", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000, NoHttp),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200, NoHttp),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 200, NoHttp),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"y" * 1000, NoHttp),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3e8\r\n" + b"z" * 1000 + b"\r\n", TooLarge),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"z" * 1000, TooLarge),
    ],
)
async def test_nothing_grows_without_end(start: bytes, part: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        await receive(start, *[part] * 100)


# --- as a server sees it --------------------------------------------------------------------------


async def test_one_connection_for_all_calls(server: WebServer, client: Http) -> None:
    server.pages |= {
        "/none": answer("204 No Content", b""),
        "/chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[2]\r\n0\r\n\r\n", close=False),
        "/missing": answer("404 Not Found", b"gone"),
    }
    opened: set[object] = set()
    for path in ("good", "none", "chunks", "missing", "good"):
        await client.request("GET", path, accept={404})
        opened |= server._writers
    assert len(opened) == 1


async def test_what_comes_behind_an_answer_reaches_no_other_call(server: WebServer, client: Http) -> None:
    stray = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"stolen"'
    server.pages["/two"] = raw(stray, close=False)
    assert await client.json("GET", "two") == []
    assert await client.json("GET", "good") == [1]


async def test_an_answer_that_came_in_part_is_not_asked_for_again(server: WebServer, client: Http) -> None:
    await client.json("GET", "good")
    server.pages["/half"] = raw(b"HTTP/1.1 20")
    with pytest.raises(Unavailable, match="reached"):
        await client.json("GET", "half")
    assert [asked.path for asked in server.asked] == ["/good", "/half"]


async def test_a_new_connection_that_is_dropped_is_not_tried_again(server: WebServer, client: Http) -> None:
    server.pages["/drop"] = raw(b"")
    for _ in range(2):
        with pytest.raises(Unavailable, match="reached"):
            await client.json("GET", "drop")
    assert len(server.asked) == 2


async def test_idle_connections_are_closed(server: WebServer) -> None:
    opening = Opening(Origin("http", "127.0.0.1", server.port), True, ssl.create_default_context, idle=0.1)
    connection = await opening.open()
    lines = b"GET /good HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(3):
        await asyncio.sleep(0.06)
        assert (await connection.ask(lines, b"", 100))[2] == b"[1]"
    assert opening.fresh(connection)
    await asyncio.wait_for(connection.gone(), 2)
    assert not opening.fresh(connection)
    await server.closed()


async def test_a_name_with_addresses_that_nobody_answers_at(server: WebServer) -> None:
    """This server listens at 127.0.0.1 only; the name may lead to ::1 as well."""
    client = of(Source("dept.api", "rest", f"http://localhost:{server.port}", options={"private": True}))
    assert await client.json("GET", "good") == [1]
    await client.aclose()


async def _as_served() -> None:
    """Calls as the gateway's own loop makes them: kept, timed out, cut, dropped while idle."""
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1"
    async with WebServer({"/good": answer_json([1]), "/slow": hang, "/half": raw(half)}) as server:
        client = of(server.source(concurrency=2, timeout=0.3))
        for bad, error in (("slow", TimedOut), ("half", Unavailable)):
            assert await client.json("GET", "good") == [1]
            with pytest.raises(error):
                await client.json("GET", bad)
        assert await client.json("POST", "good", json="x" * 3_000_000) == [1]
        server.hang_up()
        await server.closed()
        assert await client.json("GET", "good") == [1]
        await client.aclose()
        await server.closed()


def test_on_the_loop_that_serves() -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_as_served())


# --- headers --------------------------------------------------------------------------------------


def test_headers_by_name_in_any_case() -> None:
    headers = Headers([(b"Link", b"</a>"), (b"X", b"\xff"), (b"LINK", b"</b>")])
    assert headers["link"] == headers["Link"] == "</a>, </b>"
    assert ("LINK" in headers, headers.get("no"), len(headers)) == (True, None, 2)
    assert block({"If-None-Match": headers["x"]}) == b"If-None-Match: \xff\r\n"


def test_a_later_header_replaces_an_earlier() -> None:
    assert block({"Accept": "*/*", "B": "1"}, {"accept": "text/csv"}) == b"accept: text/csv\r\nB: 1\r\n"


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\nb", "a\rb", "a\0b"])
async def test_nobody_writes_headers_of_his_own(server: WebServer, client: Http, value: str) -> None:
    with pytest.raises(Malformed, match="no header takes"):
        block({"If-None-Match": value})
    with pytest.raises(SourceError):
        await client.request("GET", "good", headers={"If-None-Match": value})
    with pytest.raises((Malformed, Rejected)):
        await client.request("GET", f"good?{value}")
    assert server.asked == []
