"""Which kind a source is of, and the look at it, within the time that a look may take."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from adapters.errors import SourceError
from gateway.introspection.looking import apis, databases, endpoints, files, instances, openapi, portals
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.places import DATABASES, Address, address
from gateway.introspection.seen import Seen

KINDS = ("datasette", "files", "graphql", "rest", "socrata", "sql")
_FILES = (".csv", ".tsv", ".txt", ".xml", ".parquet", ".pq", ".jsonl", ".ndjson", ".geojson", ".gz")
_DOCUMENTS = (".json", ".yaml", ".yml")


async def look(url: str, kind: str | None, tables: Sequence[str], bounds: Bounds) -> Seen:
    """What is seen of the source at `url`. `kind` is an adapter's name, None to find out; `tables`
    the ones to look at, all where empty. `Unseen` where it can't be, in one line."""
    where = address(url)
    try:
        async with asyncio.timeout(bounds.seconds):
            return await _look(where, kind or kind_of(where), tables, bounds)
    except TimeoutError:
        raise Unseen(f"the source took more than {bounds.seconds:g} s; give --timeout more, or fewer --rows") from None
    except SourceError as error:
        raise Unseen(str(error).removeprefix("source: ")) from None


def kind_of(where: Address) -> str | None:
    """The kind that a URL tells; None where only an answer does."""
    name = urlsplit(where.shown).path.rstrip("/").casefold()
    if where.scheme in DATABASES:
        return "sql"
    if where.scheme in ("http", "https") and portals.dataset_of(where):
        return "socrata"
    if name.endswith("graphql"):
        return "graphql"
    return "files" if name.endswith(_FILES) or (where.file is not None and not name.endswith(_DOCUMENTS)) else None


async def _look(where: Address, kind: str | None, tables: Sequence[str], bounds: Bounds) -> Seen:
    match kind:
        case "sql":
            return await databases.look(where, tables, bounds)
        case "socrata":
            return await portals.look(where, tables, bounds)
        case "graphql":
            return await endpoints.look(where, tables, bounds)
        case "datasette":
            return await instances.look(where, tables, bounds)
    body = await files.fetch(where, bounds)
    if kind == "rest" or (kind is None and _is_api(where, body)):
        return await apis.look(where, body, tables, bounds)
    if tables:
        raise Unseen("a file is one table: leave --table out, and give each file of its own")
    return await files.look(where, body, bounds)


def _is_api(where: Address, body: bytes) -> bool:
    """An OpenAPI document, or an answer in JSON from an address that is no file's."""
    if openapi.document(body) is not None:
        return True
    named = urlsplit(where.shown).path.casefold().endswith(_DOCUMENTS)
    return where.file is None and not named and body.lstrip()[:1] in (b"{", b"[")
