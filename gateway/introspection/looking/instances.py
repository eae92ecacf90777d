"""Looking at a database behind Datasette: its tables and their unique indexes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.base import Source
from adapters.errors import SourceError
from adapters.http import Http
from adapters.http.destinations import literal_allowed
from adapters.kinds import open_adapter
from adapters.options import Options
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.places import Address
from gateway.introspection.looking.sampling import sampled
from gateway.introspection.seen import Seen, SeenTable

_ROWS = 5_000


async def look(address: Address, wanted: Sequence[str], bounds: Bounds) -> Seen:
    """The tables of the database that the URL names (`https://host/database`), or those wanted."""
    private = not literal_allowed(address.host, False)
    base = address.shown.partition("?")[0].removesuffix(".json").rstrip("/")
    source = Source("source", "datasette", base, timeout=bounds.seconds, options={"private": private})
    http = Http(source, Options(source.options))
    try:
        told = await http.json("GET", f"{base}.json", place="source")
    finally:
        await http.aclose()
    listed = told.get("tables") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise Unseen("the URL is no database of a Datasette; write it like https://host/database")
    tables = {str(each.get("name")): each for each in listed if isinstance(each, dict) and not each.get("hidden")}
    unknown = next((name for name in wanted if name not in tables), None)
    if unknown is not None:
        raise Unseen(f'the database has no table "{unknown}"; there are {", ".join(list(tables)[:12])}')
    adapter = open_adapter(source)
    try:
        names = list(wanted or tables)[: bounds.tables]
        found = [await _table(adapter, name, bounds) for name in names]
    finally:
        await adapter.aclose()
        await http.aclose()
    settings: Mapping[str, object] = {"options": {"private": True}} if private else {}
    return Seen("datasette", "portal", base, tuple(found), address.secret, settings=settings)


async def _table(adapter: Any, name: str, bounds: Bounds) -> SeenTable:
    few = replace(bounds, rows=min(bounds.rows, _ROWS))
    try:
        return replace(await sampled(adapter, "source", name, few), indexed=True)
    except SourceError as error:
        raise Unseen(f"{name}: {str(error).partition(': ')[2]}") from None
