"""Looking at a dataset of a Socrata portal, by its page or its resource."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

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

_ID = re.compile(r"(?<![a-z0-9])[a-z0-9]{4}-[a-z0-9]{4}(?![a-z0-9-])")
_NAMED = re.compile(r"/(?:resource|api/views)/([\w-]+)")
_CADENCES = ("hourly", "daily", "weekly", "monthly", "quarterly")
_ROWS = 5_000


def dataset_of(address: Address) -> str | None:
    """The id of the dataset that a page's or a resource's URL names, like "43nn-pn8j"."""
    if named := _NAMED.search(address.path):
        return named[1]
    found = _ID.findall(address.path)
    return found[-1] if found else None


async def look(address: Address, wanted: Sequence[str], bounds: Bounds) -> Seen:
    """One dataset, or several of one portal by their ids."""
    ids = list(wanted) or [name for name in (dataset_of(address),) if name]
    if not ids:
        raise Unseen("the URL names no dataset of a portal; it ends like /d/43nn-pn8j, or give --table 43nn-pn8j")
    parts = urlsplit(address.shown)
    root, private = f"{parts.scheme}://{parts.netloc}", not literal_allowed(address.host, False)
    bounds = replace(bounds, rows=min(bounds.rows, _ROWS))
    options = {"private": private, "max_bytes": bounds.bytes}
    source = Source("source", "socrata", root, timeout=bounds.seconds, options=options)
    views = [await _view(source, each) for each in ids[: bounds.tables]]
    adapter = open_adapter(source)
    try:
        tables = [await _table(adapter, each, view, bounds) for each, view in zip(ids, views, strict=False)]
    finally:
        await adapter.aclose()
    agency = next((name for view in views if (name := _text(view, "attribution"))), "")
    settings: Mapping[str, object] = {"options": {"private": True}} if private else {}
    return Seen("socrata", "portal", root, tuple(tables), address.secret, agency, settings)


async def _view(source: Source, name: str) -> Mapping[str, Any]:
    """The portal's metadata."""
    http = Http(source, Options(source.options))
    try:
        view = await http.json("GET", f"api/views/{name}.json", place=name)
    finally:
        await http.aclose()
    if not isinstance(view, dict):
        raise Unseen(f"{name}: the portal's metadata is none; is it a Socrata portal?")
    return view


async def _table(adapter: Any, name: str, view: Mapping[str, Any], bounds: Bounds) -> SeenTable:
    columns = [each for each in view.get("columns") or () if isinstance(each, dict)]
    told = {str(each.get("fieldName")): _text(each, "description") for each in columns}
    labels = {str(each.get("fieldName")): _text(each, "name") for each in columns}
    try:
        found = await sampled(adapter, "source", name, bounds, descriptions=told, labels=labels)
    except SourceError as error:
        raise Unseen(f"{name}: {str(error).partition(': ')[2]}") from None
    row = next((each for each in columns if each.get("id") == view.get("rowIdentifierColumnId")), None)
    return replace(
        found,
        columns=tuple(each for each in found.columns if not each.name.startswith(":@") and "." not in each.name),
        name=_text(view, "name"),
        title=_text(view, "name"),
        description=_text(view, "description"),
        unique=((str(row["fieldName"]),),) if row and row.get("fieldName") else (),
        settings=_settings(view),
    )


def _settings(view: Mapping[str, Any]) -> Mapping[str, object]:
    """What a dataset says of its freshness and its terms."""
    found: dict[str, object] = {"modified": ":updated_at"}
    licence = view.get("license")
    if isinstance(licence, dict) and (name := _text(licence, "name")):
        found["licence"] = name
    said = (
        str(view.get("metadata", {}).get("custom_fields", "")).casefold()
        if isinstance(view.get("metadata"), dict)
        else ""
    )
    cadence = next((word for word in _CADENCES if word in said), "yearly" if "annual" in said else None)
    return found | ({"cadence": cadence} if cadence else {})


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""
