"""Looking at a JSON API: by its OpenAPI document (2.0 or 3.x, JSON or YAML), or by one of its answers.

Every GET that answers with a list of objects is a dataset: its path, where the rows are in the
answer, how it pages, and by which of its parameters columns can be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from adapters.base import ColumnType, Source
from adapters.http.destinations import literal_allowed
from adapters.kinds import open_adapter
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.layouts import json_rows
from gateway.introspection.looking.members import Member, read, unread
from gateway.introspection.looking.openapi import PLACE, Resource, Spec, document, escaped
from gateway.introspection.looking.places import Address
from gateway.introspection.seen import Seen, SeenTable

T = ColumnType
_DEPTH = 3
_ROWS = 1_000


async def look(address: Address, body: bytes, wanted: Sequence[str], bounds: Bounds) -> Seen:
    """The datasets of an API, or those of the paths or operations wanted."""
    described = document(body)
    if described is None:
        return await _answer(address, body, bounds)
    spec = Spec(described)
    base, private = _base(address, spec)
    resources = [each for each in spec.resources() if not wanted or {each.path, each.name} & {*wanted}]
    if not resources:
        raise Unseen("no GET of the API that is wanted answers with a list of objects; name paths with --table")
    source = Source("source", "rest", base, timeout=min(bounds.seconds, 10.0), options={"private": private})
    adapter = open_adapter(source)
    try:
        tables = [await _table(adapter, spec, each, bounds) for each in resources[: bounds.tables]]
    finally:
        await adapter.aclose()
    settings: Mapping[str, object] = {"options": {"private": True}} if private else {}
    title = str(described.get("info", {}).get("title", ""))
    return Seen("rest", "api", base, tuple(tables), address.secret, title, settings, tuple(spec.credentials()))


def _base(address: Address, spec: Spec) -> tuple[str, bool]:
    """Where the API itself is, and whether that is a private address."""
    here = address.shown if address.scheme in ("http", "https") else ""
    base = urljoin(here, spec.server).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unseen(
            "the document does not say where the API is; add its address to servers, or give the document's URL"
        )
    return base, not literal_allowed(parts.hostname, False)


async def _table(adapter: Any, spec: Spec, resource: Resource, bounds: Bounds) -> SeenTable:
    members = list(spec.members(resource.row))
    options = resource.options
    if PLACE.search(resource.path) or resource.required:
        columns, rows, why = unread(members), 0, "it has to be asked by a parameter"
    else:
        few = replace(bounds, rows=min(bounds.rows, _ROWS))
        columns, rows, why = await read(adapter, resource.path.lstrip("/"), members, options, few)
    notes = [f"no rows were sampled: {why}"] if why else []
    notes += [
        f"DECIDE what to send for the parameter {name}, which it requires (options.params)"
        for name in resource.required
    ]
    return SeenTable(
        path=resource.path.lstrip("/"),
        columns=columns,
        rows=rows,
        name=resource.name,
        title=resource.title,
        description=resource.description,
        settings=MappingProxyType({"options": options} if options else {}),
        asked=MappingProxyType(dict(resource.asked(members))),
        notes=tuple(notes),
    )


async def _answer(address: Address, body: bytes, bounds: Bounds) -> Seen:
    """One resource without a description, by what it answers."""
    try:
        found = orjson.loads(body)
    except ValueError:
        raise Unseen("the URL answers neither with an OpenAPI document nor with JSON; is it an API?") from None
    pointer = json_rows(found)
    rows: Any = found
    for step in pointer.split("/")[1:]:
        rows = rows[step.replace("~1", "/").replace("~0", "~")]
    if not isinstance(rows, list) or not any(isinstance(row, dict) for row in rows):
        raise Unseen("the API answers with no list of objects; give the address of a list, or of its OpenAPI document")
    folder, name = address.split_file()
    private = not literal_allowed(address.host, False)
    options: dict[str, object] = {"rows": pointer} if pointer else {}
    members = [Member(source, *kind) for source, kind in _inferred(rows).items()]
    adapter = open_adapter(Source("source", "rest", folder, timeout=bounds.seconds, options={"private": private}))
    try:
        columns, count, why = await read(adapter, name, members, options, bounds)
    finally:
        await adapter.aclose()
    notes = (f"no rows were sampled: {why}",) if why else ()
    settings: Mapping[str, object] = {"options": {"private": True}} if private else {}
    table = SeenTable(
        name, columns, count, name=name.partition("?")[0], notes=notes, settings={"options": options} if options else {}
    )
    note = "DECIDE by which parameters it can be asked ([[dataset.options.keys]]), and how it pages"
    return Seen("rest", "api", folder, (table,), address.secret, settings=settings, notes=(note,))


def _inferred(rows: Sequence[Any], path: str = "", depth: int = _DEPTH) -> dict[str, tuple[ColumnType, bool]]:
    """The members of rows and the kinds of their values."""
    found: dict[str, tuple[ColumnType, bool]] = {}
    for row in rows[:1_000]:
        for name, value in row.items() if isinstance(row, dict) else ():
            source = f"{path}/{escaped(name)}" if path or "/" in name else name
            if isinstance(value, dict) and depth:
                found |= {
                    k: v for k, v in _inferred([value], f"{path}/{escaped(name)}", depth - 1).items() if k not in found
                }
            elif isinstance(value, bool):
                found.setdefault(source, (T.BOOL, False))
            elif isinstance(value, int | float):
                found.setdefault(source, (T.FLOAT if isinstance(value, float) else T.INT, False))
            elif isinstance(value, str):
                found[source] = (T.TEXT, True)
    return found
