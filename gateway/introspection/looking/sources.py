"""Which kind a source is of, and the look at it, within the time that a look may take."""

import asyncio
from collections.abc import Sequence

from adapters.errors import SourceError
from gateway.introspection.looking import files
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.places import address
from gateway.introspection.seen import Seen

KINDS = ("files",)


async def look(url: str, kind: str | None, tables: Sequence[str], bounds: Bounds) -> Seen:
    """What is seen of the source at `url`. `kind` is an adapter's name, None to find out; `tables`
    the ones to look at, all where empty. `Unseen` where it can't be, in one line."""
    where = address(url)
    try:
        async with asyncio.timeout(bounds.seconds):
            return await files.look(where, bounds)
    except TimeoutError:
        raise Unseen(f"the source took more than {bounds.seconds:g} s; give --timeout more, or fewer --rows") from None
    except SourceError as error:
        raise Unseen(str(error).removeprefix("source: ")) from None
