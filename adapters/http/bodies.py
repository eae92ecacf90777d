"""A response's body, bounded while it is unpacked: a small one may unpack to a huge one."""

import asyncio
import zlib

_STEP = 1 << 20
_WBITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
ACCEPT_ENCODING = "gzip, deflate"


class TooLarge(Exception):
    """The body is larger than the source may send."""


class Garbled(Exception):
    """The body is not packed as its header says."""


class CutOff(Exception):
    """The body ends too early."""


async def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """A body as it was before it was packed, at most `most` bytes. `TooLarge`, `Garbled`, `CutOff`.

    In steps, between which others get their turn."""
    encoding = encoding.strip().lower()
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
