"""Which kind a source is of, and the look at it, within the time that a look may take."""

import asyncio
from collections.abc import Sequence

from adapters.errors import SourceError
from gateway.introspection.looking import databases, files, portals
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.places import DATABASES, Address, address
from gateway.introspection.seen import Seen

KINDS = ("files", "socrata", "sql")


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


def kind_of(where: Address) -> str:
    """The kind that a URL tells."""
    if where.scheme in DATABASES:
        return "sql"
    if where.scheme in ("http", "https") and portals.dataset_of(where):
        return "socrata"
    return "files"


async def _look(where: Address, kind: str, tables: Sequence[str], bounds: Bounds) -> Seen:
    if kind == "sql":
        return await databases.look(where, tables, bounds)
    if kind == "socrata":
        return await portals.look(where, tables, bounds)
    if tables:
        raise Unseen("a file is one table: leave --table out, and give each file of its own")
    return await files.look(where, bounds)
