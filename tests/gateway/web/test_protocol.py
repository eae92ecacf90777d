"""What goes over the socket: heads, bodies, connections that stay or end, and clients that behave badly."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.web.exchange import head
from gateway.web.protocol import HTTP, READ_AHEAD

OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Answers:
    """An application that does what a test wants, and what it was asked."""

    def __init__(self) -> None:
        self.does: Callable[[Scope, Receive, Send], Awaitable[None]] = echo
        self.scopes: list[Scope] = []
        self.asked = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.asked.set()
        await self.does(scope, receive, send)


async def body(receive: Receive) -> bytes:
    found, more = b"", True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        found, more = found + message["body"], message["more_body"]
    return found


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the body."""
    told = await body(receive)
    await send(OK)
    await send({"type": "http.response.body", "body": told})


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, *, without_body: bool = False) -> tuple[bytes, dict[bytes, bytes], bytes]:
        """The status line, the header fields and the body of the next answer."""
        async with asyncio.timeout(5):
            told = (await self.reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n")
            status, *lines = told.split(b"\r\n")
            fields = dict(line.split(b": ", 1) for line in lines)
            length = 0 if without_body else int(fields.get(b"content-length", b"0"))
            return status, fields, await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that comes until the connection ends."""
        async with asyncio.timeout(5):
            return await self.reader.read()


class Serving:
    """A server, and the address where it is asked."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.server, self.port = server, port
        self.clients: list[Client] = []

    async def client(self) -> Client:
        self.clients.append(Client(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.clients[-1]

    async def nobody_left(self) -> None:
        async with asyncio.timeout(5):
            while self.server.server_state.connections or self.server.server_state.tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture(params=[5, 1])
async def serving(answers: Answers, request: pytest.FixtureRequest) -> AsyncIterator[Serving]:
    """Served by uvicorn, which keeps connections for some seconds."""
    config = uvicorn.Config(
        answers,
        http=HTTP,
        log_config=None,
        lifespan="off",
        timeout_keep_alive=request.param,
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        served = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        serving = Serving(server, listener.getsockname()[1])
        yield serving
        for client in serving.clients:
            client.writer.close()
        server.should_exit = True
        await served


lasting = pytest.mark.parametrize("serving", [5], indirect=True)


@lasting
async def test_requests_of_one_connection(serving: Serving, answers: Answers) -> None:
    client = await serving.client()
    for text in (b"one", b"", b"three"):
        client.send(
            b"POST /a%%20b?c=d HTTP/1.1\r\nHost: a\r\nX-Name: v\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)
        )
        status, fields, told = await client.answer()
        assert (status, told) == (b"HTTP/1.1 200 OK", text)
        assert b"date" in fields
        assert b"connection" not in fields
        assert fields[b"content-length"] == b"%d" % len(text)
    scope = answers.scopes[0]
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d")
    assert (scope["type"], scope["method"], scope["scheme"]) == ("http", "POST", "http")
    assert scope["headers"] == [(b"host", b"a"), (b"x-name", b"v"), (b"content-length", b"3")]
    assert scope["server"] == ("127.0.0.1", serving.port)
    assert scope["client"][0] == "127.0.0.1"
    assert answers.scopes[1]["headers"] is not scope["headers"]


@lasting
async def test_bytes_that_come_one_by_one(serving: Serving) -> None:
    client = await serving.client()
    for at in range(len(text := b"POST /ab HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz")):
        client.send(text[at : at + 1])
        await asyncio.sleep(0)
    assert (await client.answer())[2] == b"xyz"


@lasting
async def test_an_answer_is_one_write(serving: Serving) -> None:
    client = await serving.client()
    client.send(GET)
    async with asyncio.timeout(5):
        assert (await client.reader.read(10_000)).startswith(b"HTTP/1.1 200 OK\r\n")
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole")
    async with asyncio.timeout(5):
        assert (await client.reader.read(10_000)).endswith(b"\r\n\r\nwhole")


@lasting
async def test_a_long_body_is_read_as_it_is_taken(serving: Serving) -> None:
    client = await serving.client()
    text = bytes(range(256)) * (READ_AHEAD // 64)
    client.send(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)
    )
    assert (await client.answer())[2] == text


@lasting
async def test_a_long_body_that_nobody_takes(serving: Serving, answers: Answers) -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send(OK | {"status": 413})
        await send({"type": "http.response.body", "body": b"too long"})

    answers.does = refuse
    client = await serving.client()
    text = b"x" * (40 * READ_AHEAD)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
    assert (await client.answer())[0] == b"HTTP/1.1 413 Request Entity Too Large"
    answers.does = echo
    client.send(GET)
    assert (await client.answer())[0] == b"HTTP/1.1 200 OK"


@lasting
async def test_requests_that_do_not_wait_for_answers(serving: Serving) -> None:
    client = await serving.client()
    client.send(b"".join(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n%d" % at for at in range(5)))
    assert [(await client.answer())[2] for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]


@lasting
async def test_who_waits_for_leave_to_send_the_body(serving: Serving) -> None:
    client = await serving.client()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert (await client.answer())[0] == b"HTTP/1.1 100 Continue"
    client.send(b"abc")
    assert (await client.answer())[2] == b"abc"


@lasting
@pytest.mark.parametrize(
    "request_", [b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"]
)
async def test_a_connection_that_the_client_wants_to_end(serving: Serving, request_: bytes) -> None:
    client = await serving.client()
    client.send(request_)
    _, fields, _ = await client.answer()
    assert fields[b"connection"] == b"close"
    assert await client.rest() == b""


@lasting
async def test_an_answer_to_head_has_no_body(serving: Serving, answers: Answers) -> None:
    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await send(OK | {"headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"four"})

    answers.does = told
    client = await serving.client()
    client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
    assert (await client.answer(without_body=True))[1][b"content-length"] == b"4"
    assert (await client.answer())[2] == b"four"


@lasting
async def test_an_answer_without_content(serving: Serving, answers: Answers) -> None:
    async def unchanged(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 304, "headers": []})
        await send({"type": "http.response.body"})

    answers.does = unchanged
    client = await serving.client()
    client.send(GET + GET)
    for _ in range(2):
        assert b"content-length" not in (await client.answer())[1]


@lasting
async def test_an_answer_in_parts(serving: Serving, answers: Answers) -> None:
    async def parts(scope: Scope, receive: Receive, send: Send) -> None:
        await send(OK)
        for part in (b"one", b"", b"two"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    answers.does = parts
    client = await serving.client()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    told = await client.rest()
    assert b"transfer-encoding: chunked\r\n" in told
    assert told.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


@lasting
@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_not_http(serving: Serving, text: bytes) -> None:
    client = await serving.client()
    client.send(text)
    status, fields, told = await client.answer()
    assert status == b"HTTP/1.1 400 Bad Request"
    assert fields[b"connection"] == b"close"
    assert told == b"Invalid HTTP request received."
    assert await client.rest() == b""
    await serving.nobody_left()


@lasting
async def test_another_protocol_is_not_spoken(serving: Serving) -> None:
    client = await serving.client()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00")
    status, fields, _ = await client.answer()
    assert (status, fields[b"connection"]) == (b"HTTP/1.1 200 OK", b"close")
    assert await client.rest() == b""


@lasting
async def test_an_application_that_fails(serving: Serving, answers: Answers) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret of the application")

    answers.does = fails
    client = await serving.client()
    client.send(GET)
    status, fields, told = await client.answer()
    assert status == b"HTTP/1.1 500 Internal Server Error"
    assert (fields[b"connection"], told) == (b"close", b"Internal Server Error")
    assert await client.rest() == b""


@lasting
@pytest.mark.parametrize(
    "messages",
    [
        [],
        [OK],
        [{"type": "http.response.body", "body": b"no head"}],
        [OK, OK],
        [OK | {"headers": [(b"x", b"a\r\nset-cookie: b")]}, {"type": "http.response.body"}],
        [OK | {"headers": [(b"x", b"a\0b")]}, {"type": "http.response.body"}],
        [OK | {"headers": [(b"content-length", b"3")]}, {"type": "http.response.body", "body": b"four"}],
    ],
)
async def test_an_application_that_says_what_is_no_answer(
    serving: Serving, answers: Answers, messages: list[dict[str, object]]
) -> None:
    async def says(scope: Scope, receive: Receive, send: Send) -> None:
        for each in messages:
            await send(each)

    answers.does = says
    client = await serving.client()
    client.send(GET)
    told = await client.rest()
    assert told == b"" or told.startswith(b"HTTP/1.1 500 ")
    assert b"cookie" not in told
    await serving.nobody_left()


@lasting
async def test_an_answer_that_breaks_off_ends_the_connection(serving: Serving, answers: Answers) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send(OK | {"headers": [(b"content-length", b"8")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError

    answers.does = breaks
    client = await serving.client()
    client.send(GET)
    assert (await client.rest()).endswith(b"\r\n\r\nhalf")


@lasting
async def test_an_application_hears_that_its_client_left(serving: Serving, answers: Answers) -> None:
    heard = asyncio.Event()

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        assert await body(receive) == b""
        assert await receive() == {"type": "http.disconnect"}
        await send(OK)
        await send({"type": "http.response.body", "body": b"to nobody"})
        heard.set()

    answers.does = listens
    client = await serving.client()
    client.send(GET)
    await answers.asked.wait()
    client.writer.close()
    async with asyncio.timeout(5):
        await heard.wait()
    await serving.nobody_left()


@lasting
async def test_a_client_that_reads_slowly_holds_up_the_application(serving: Serving, answers: Answers) -> None:
    sent = 0

    async def much(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(OK)
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            sent += 1
        await send({"type": "http.response.body"})

    answers.does = much
    client = await serving.client()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(0.3)
    assert 0 < sent < 400
    assert len(await client.rest()) > 40_000_000
    assert sent == 400


@pytest.mark.parametrize("serving", [1], indirect=True)
async def test_a_connection_ends_when_nothing_is_asked_for_a_while(serving: Serving, answers: Answers) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(1.3)
        await echo(scope, receive, send)

    client = await serving.client()
    client.send(GET)
    await client.answer()
    await asyncio.sleep(0.7)
    answers.does = slow  # longer than connections are kept; who waits for an answer keeps its own
    client.send(GET)
    await client.answer()
    begun = asyncio.get_running_loop().time()
    assert await client.rest() == b""
    assert 0.8 < asyncio.get_running_loop().time() - begun < 3
    await serving.nobody_left()


@lasting
async def test_a_server_that_stops_answers_first(serving: Serving, answers: Answers) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.3)
        await echo(scope, receive, send)

    answers.does = slow
    busy, idle = await serving.client(), await serving.client()
    busy.send(GET)
    await answers.asked.wait()
    serving.server.should_exit = True
    assert await idle.rest() == b""
    status, fields, _ = await busy.answer()
    assert (status, fields[b"connection"]) == (b"HTTP/1.1 200 OK", b"close")
    assert await busy.rest() == b""


def test_a_head_has_the_fields_that_it_is_given_and_no_more() -> None:
    assert (
        head(200, [(b"a", b"b\tc"), (b"d", "ü".encode("latin-1"))]) == b"HTTP/1.1 200 OK\r\na: b\tc\r\nd: \xfc\r\n\r\n"
    )
    for bad in (b"a\rb", b"a\nb", b"a\r\nb: c", b"\0", b"\x7f"):
        with pytest.raises(RuntimeError, match="characters"):
            head(200, [(b"a", bad)])
