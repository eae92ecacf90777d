"""A response's body, bounded while it is read: what comes over the wire, and what it unpacks to."""

import asyncio
import zlib

from aiohttp import ClientResponse

_STEP = 1 << 20
_WBITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
ACCEPT_ENCODING = "gzip, deflate"


class TooLarge(Exception):
    """The body is larger than the source may send."""


class Garbled(Exception):
    """The body is not packed as its header says."""


class CutOff(Exception):
    """The packed body ends too early."""


async def read_body(response: ClientResponse, most: int) -> bytes:
    """All of a body, unpacked; at most `most` bytes either way. `TooLarge`, `Garbled`, `CutOff`,
    and what aiohttp raises for a connection that breaks."""
    length = response.content_length
    if length is not None and length > most:
        raise TooLarge
    body = await response.read() if length is not None else await _counted(response, most)
    encoding = response.headers.get("Content-Encoding")
    return await _unpacked(body, encoding.strip().lower(), most) if encoding else body


async def _counted(response: ClientResponse, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > most:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


async def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """In steps, between which others get their turn: a small body may unpack to a huge one."""
    if encoding in ("identity", "") or not body:
        return body
    if encoding not in _WBITS:
        raise Garbled(f"Content-Encoding {encoding[:20]!r} was not asked for")
    bits = _WBITS[encoding]
    if encoding == "deflate" and body[0] & 0x0F != 8:
        bits = -zlib.MAX_WBITS  # raw, as some servers send it
    unpacker = zlib.decompressobj(bits)
    chunks: list[bytes] = []
    size = 0
    try:
        while not unpacker.eof or unpacker.unused_data:
            if unpacker.eof:  # a gzip body may have several members (RFC 1952, 2.2)
                body, unpacker = unpacker.unused_data, zlib.decompressobj(bits)
            chunk = unpacker.decompress(body, min(_STEP, most + 1 - size))
            body = unpacker.unconsumed_tail
            size += len(chunk)
            if size > most:
                raise TooLarge
            if not chunk and not body and not unpacker.eof:
                raise CutOff
            chunks.append(chunk)
            if size > _STEP:
                await asyncio.sleep(0)
    except zlib.error as error:
        raise Garbled(str(error)) from None
    return b"".join(chunks)
