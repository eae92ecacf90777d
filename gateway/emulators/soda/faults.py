"""Faults on request: what a portal, or the network before it, does to a client on a bad day.

A fault is a word, some with a value after a colon:

    status:503      that status, with an error in Socrata's shape (429:30 names seconds to wait)
    delay:2s        the right answer, late
    drip:100ms      the right answer, one byte each so often
    half            half of the body, then the connection breaks
    reset           the connection breaks before anything is said
    garbage         bytes that are no HTTP
    html            status 200 and a web page
    error           status 200 and an error where rows should be
    types           the right rows, every text a list
    bomb            a small gzip body that unpacks to 512 MB
    huge            a body without end
    hang            no answer, ever

It comes with a call, as the parameter `__fault` or the header `X-Fault`, or is set for the calls to
come: POST /__faults {"fault": "status:503", "dataset": "abcd-1234", "times": 3}; DELETE /__faults.
"""

import asyncio
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Message, Scope, Send

from gateway.emulators.soda.errors import SodaError

KINDS = ("status", "delay", "drip", "half", "reset", "garbage", "html", "error", "types", "bomb", "huge", "hang")
TRANSPORT = "citygraph.transport"
"""The extension of the ASGI scope by which a served connection can be broken."""

_UNITS = {"ms": 0.001, "s": 1.0}
_HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and its value, as text."""

    kind: str
    value: str = ""

    @property
    def seconds(self) -> float:
        """The value as a duration."""
        return _seconds(self.value)


def fault(text: str) -> Fault:
    """A fault as it is written. `SodaError` for an unknown one."""
    kind, _, value = text.partition(":")
    try:
        if kind == "status":
            [int(part) for part in value.split(":")]
        if kind in ("delay", "drip"):
            _seconds(value)
    except ValueError:
        raise _unknown(text) from None
    if kind not in KINDS:
        raise _unknown(text)
    return Fault(kind, value)


def _seconds(text: str) -> float:
    for unit, size in _UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.replace(".", "", 1).isdecimal():
            return float(number) * size
    raise ValueError(text)


def _unknown(text: str) -> SodaError:
    return SodaError(400, "invalid_request", f"There is no fault {text!r}; there are {', '.join(KINDS)}")


@dataclass(slots=True)
class Planned:
    """A fault for calls to come: of one dataset, or all; so many times, or always."""

    fault: Fault
    dataset: str | None = None
    times: int | None = None


class Faults:
    """What was set by /__faults, in order."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []

    def next(self, dataset: str) -> Fault | None:
        """The fault of this call."""
        for each in self.planned:
            if each.dataset in (None, dataset):
                if each.times is not None:
                    each.times -= 1
                    self.planned = [other for other in self.planned if other.times != 0]
                return each.fault
        return None

    def plan(self, wanted: Any) -> None:
        """From the body of a POST. `SodaError` where it is wrong."""
        if not isinstance(wanted, dict) or not isinstance(wanted.get("fault"), str):
            raise SodaError(400, "invalid_request", 'Say which: {"fault": "status:503"}')
        times, dataset = wanted.get("times"), wanted.get("dataset")
        if not isinstance(times, int | None) or not isinstance(dataset, str | None):
            raise SodaError(400, "invalid_request", '"times" takes a number, "dataset" an id')
        self.planned.append(Planned(fault(wanted["fault"]), dataset, times))


async def early(wanted: Fault, scope: Scope, send: Send) -> bool:
    """What happens in place of the right answer; False where that still comes, if later."""
    match wanted.kind:
        case "status":
            await _status(wanted, send)
        case "delay":
            await asyncio.sleep(wanted.seconds)
            return False
        case "hang":
            await asyncio.sleep(3600)
        case "reset" | "garbage":
            _break(scope, b"" if wanted.kind == "reset" else b"\x00\xff\x13\x37 not a portal\r\n\r\n" * 8)
            await asyncio.sleep(0.01)
        case "html":
            await _whole(send, 200, _HTML, [(b"content-type", b"text/html; charset=utf-8")])
        case "error":
            await _whole(send, 200, orjson.dumps(SodaError(200, "internal", "Something went wrong").body))
        case "bomb":
            await _whole(send, 200, _bomb(), [(b"content-type", _JSON), (b"content-encoding", b"gzip")])
        case "huge":
            await _endless(send)
        case _:
            return False
    return True


_JSON = b"application/json;charset=utf-8"


async def _whole(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    given = list(headers) or [(b"content-type", _JSON)]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def _status(wanted: Fault, send: Send) -> None:
    status, _, wait = wanted.value.partition(":")
    headers = [(b"content-type", _JSON)] + ([(b"retry-after", wait.encode())] if wait else [])
    error = SodaError(int(status), "internal" if int(status) >= 500 else "fault", "A fault on request")
    await _whole(send, int(status), orjson.dumps(error.body), headers)


def _break(scope: Scope, first: bytes = b"") -> None:
    extension = scope.get("extensions", {}).get(TRANSPORT)
    if extension is None:
        raise ConnectionResetError("a fault on request")
    transport = extension["transport"]
    if first:
        transport.write(first)
        transport.close()
    else:
        transport.abort()


def _bomb(megabytes: int = 512) -> bytes:
    """Blocks that end in a full flush do not depend on what came before, so one stands for all."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    first = packer.compress(b"[" + b" " * ((1 << 20) - 1)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (megabytes - 1) + packer.flush()


async def _endless(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", _JSON)]})
    chunk = b"[" + b'{"a": "b"},' * 6000
    while True:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await asyncio.sleep(0)


def late(wanted: Fault, scope: Scope, send: Send) -> Send:
    """A `send` that spoils the right answer on its way."""
    if wanted.kind not in ("half", "drip", "types"):
        return send

    async def spoiled(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(_without_length(message) if wanted.kind == "types" else message)
            return
        body = bytes(message.get("body", b""))
        if wanted.kind == "half":
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            await asyncio.sleep(0.05)
            _break(scope)
        elif wanted.kind == "drip":
            for at in range(len(body)):
                await send({**message, "body": body[at : at + 1], "more_body": True})
                await asyncio.sleep(wanted.seconds)
            await send({**message, "body": b""})
        else:
            await send({**message, "body": _mistyped(body)})

    return spoiled


def _without_length(message: Message) -> Message:
    headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
    return {**message, "headers": headers}


def _mistyped(body: bytes) -> bytes:
    rows = orjson.loads(body)
    return orjson.dumps([{name: [value] for name, value in row.items()} for row in rows])
