"""Looking at a file, of this machine or of a web address: what the `files` adapter will be told."""

import gzip
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from adapters.base import Source
from adapters.errors import SourceError
from adapters.http import Http
from adapters.http.destinations import literal_allowed
from adapters.kinds import open_adapter
from adapters.options import Options
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.layouts import layout
from gateway.introspection.looking.places import Address
from gateway.introspection.looking.sampling import sampled
from gateway.introspection.seen import Seen, SeenTable

_GZIP = b"\x1f\x8b"
_AMONG = 50_000
_LINED = (None, "csv", "jsonl")


async def look(address: Address, packed: bytes, bounds: Bounds) -> Seen:
    """One file by its bytes. It is read from a copy, cut at the bound where its lines allow that."""
    folder, name = address.split_file()
    body, whole = _unpacked(packed, bounds.bytes)
    try:
        said = dict(layout(name, body, whole))
    except ValueError as error:
        raise Unseen(f"{name} can't be read as a file of rows: it {error}") from None
    if not whole and said.get("kind", "csv" if ".csv" in name.casefold() else "json") not in _LINED:
        raise Unseen(f"{name} is larger than {bounds.bytes >> 20} MB unpacked; give an excerpt of it")
    table = await _sampled(name, body if whole else body[: body.rfind(b"\n") + 1], said, bounds)
    private = address.file is None and not literal_allowed(address.host, False)
    settings: dict[str, object] = {"options": {"private": True}} if private else {}
    return Seen("files", "files", folder, (_described(table, name, said, whole),), address.secret, settings=settings)


async def fetch(address: Address, bounds: Bounds) -> bytes:
    """What is at an address, as it is packed; of a file of this machine no more than the bound."""
    if address.file is not None:
        try:
            with address.file.open("rb") as file:
                return file.read(bounds.bytes)
        except OSError as error:
            raise Unseen(f"{address.shown} can't be read: {(error.strerror or 'unknown reason').lower()}") from None
    options = Options({"private": True, "max_bytes": bounds.bytes})
    http = Http(Source("source", "files", address.url, timeout=bounds.seconds), options)
    try:
        return (await http.request("GET")).body
    finally:
        await http.aclose()


def _unpacked(body: bytes, most: int) -> tuple[bytes, bool]:
    """At most so many bytes of what is within, and whether that is all."""
    if body[:2] != _GZIP:
        return body, len(body) < most
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(body, most)
    except zlib.error:
        raise Unseen("the file is not packed as gzip throughout; pack it again") from None
    return found, unpacker.eof


async def _sampled(name: str, body: bytes, said: dict[str, object], bounds: Bounds) -> SeenTable:
    with tempfile.TemporaryDirectory(prefix="citygraph-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / (Path(urlsplit(name).path).name or "file")
        copy.write_bytes(gzip.compress(body, 1) if copy.suffix == ".gz" else body)
        adapter = open_adapter(Source("source", "files", folder, timeout=bounds.seconds))
        try:
            return await sampled(
                adapter, "source", copy.name, bounds, options={"format": said} if said else {}, among=_AMONG
            )
        except SourceError as error:
            raise Unseen(f"{name}: {str(error).partition(': ')[2]}") from None
        finally:
            await adapter.aclose()


def _described(table: SeenTable, name: str, said: dict[str, object], whole: bool) -> SeenTable:
    """The table under its own name, with its layout."""
    notes = (f"{table.bad} records could not be read: their fields do not fit the header",) if table.bad else ()
    settings: dict[str, object] = {"format": said} if said else {}
    return replace(table, path=name, says_stored=False, whole=table.whole and whole, settings=settings, notes=notes)
