"""Kits for systems that are asked over the web, each behind a line that can be cut."""

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from aiohttp import web

from adapters.base import Column, ColumnType, Dataset, Source, Stored
from adapters.kinds import open_adapter
from gateway.emulators.soda import Content, Field, Portal, create_app
from gateway.emulators.soda.serving import PortalServer
from tests.contract.line import Line
from tests.contract.rest_api import RestApi, jsonable
from tests.contract.sample import Rows

SOCRATA_TYPES = {
    ColumnType.INT: "number",
    ColumnType.YEAR: "number",
    ColumnType.FLOAT: "number",
    ColumnType.MONEY: "number",
    ColumnType.POINT: "number",
    ColumnType.BOOL: "checkbox",
    ColumnType.DATE: "calendar_date",
    ColumnType.DATETIME: "calendar_date",
}


def renamed(dataset: Dataset) -> tuple[Dataset, Mapping[str, str]]:
    """The dataset with names that an API takes, and these by the agency's own."""
    names: dict[str, str] = {}
    for column in dataset.columns.values():
        for source in column.source:
            names[source] = f"{re.sub('[^a-z0-9]+', '_', source.lower()).strip('_') or 'x'}_{len(names)}"
    columns = {
        name: replace(column, source=tuple(names[source] for source in column.source))
        for name, column in dataset.columns.items()
    }
    return replace(dataset, columns=columns), names


def _kind(column: Column) -> str:
    if column.stored == "text" or (column.type is ColumnType.POINT and len(column.source) == 1):
        return "text"
    return SOCRATA_TYPES.get(column.type, "text")


def _written(value: Stored) -> Stored:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


class SocrataKit:
    """The emulator, served over a socket of its own."""

    name = "socrata"

    def __init__(
        self, portal: Portal, server: PortalServer, serving: "asyncio.Task[None]", line: Line, **settings: Any
    ):
        self.portal = portal
        self.server = server
        self.serving = serving
        self.line = line
        options = {"private": True, "ordered_text": True, **settings.pop("options", {})}
        url = f"http://127.0.0.1:{line.port}"
        source = Source("dept.db", "socrata", url, options=MappingProxyType(options), **settings)
        self.adapter = open_adapter(source)

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        asked, names = renamed(dataset)
        fields = [Field(names[s], _kind(column), s) for column in dataset.columns.values() for s in column.source]
        stored = ([_written(row.get(each.title)) for each in fields] for row in rows)
        self.portal.add(Content(dataset.path, tuple(fields), stored))
        return asked

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()
        self.server.should_exit = True
        await self.serving
        self.portal.close()


async def socrata_kit(**settings: Any) -> SocrataKit:
    portal = Portal()
    listener = socket.create_server(("127.0.0.1", 0))
    answering = asyncio.Event()
    server = PortalServer(create_app(portal), lambda url: answering.set())
    serving = asyncio.ensure_future(server.serve([listener]))
    await answering.wait()
    line = Line("127.0.0.1", listener.getsockname()[1])
    await line.start()
    return SocrataKit(portal, server, serving, line, **settings)


STEADY = frozenset({ColumnType.INT, ColumnType.MONEY, ColumnType.FLOAT, ColumnType.BOOL, ColumnType.DATETIME})
"""Types by which the API orders as we do."""

RANGES = {"lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte"}


def described(dataset: Dataset, way: str) -> Mapping[str, object]:
    """What an API of `RestApi`'s ways says of a dataset: keys by each column and by three together,
    filters by all that are kept as they are."""
    kept = [
        c for c in dataset.columns.values() if len(c.source) == 1 and not c.clean and c.type is not ColumnType.POINT
    ]
    single = [{"columns": c.name, "many": way} for c in kept]
    several = [
        names for names in (["borough", "block", "lot"], ["borough", "lot"]) if set(names) <= set(dataset.columns)
    ]
    filters = {
        c.name: {
            op: f"{c.source[0]}__{param}"
            for op, param in {"eq": "eq", "in": "eq", **({} if c.type is ColumnType.BOOL else RANGES)}.items()
        }
        for c in kept
        if c.type is not ColumnType.PHONE
    }
    paging: Mapping[str, object] = {
        "each": {"kind": "page", "size": "per_page", "per_page": 50},
        "repeat": {"kind": "offset", "size": "limit", "per_page": 50},
        "comma": {"kind": "cursor", "cursor": "after", "next": "/next", "size": "limit", "per_page": 7},
    }[way]
    steady = {c.name: c.source[0] for c in kept if c.type in STEADY and not c.null and c.stored == "native"}
    ordering: Mapping[str, object] = {
        "each": {"order": {"param": "sort", "columns": steady}},
        "repeat": {
            "order": {
                "param": "by",
                "direction": "way",
                "ascending": "up",
                "descending": "down",
                "many": "repeat",
                "columns": steady,
            }
        },
        "comma": {},
    }[way]
    return {
        "rows": "/data/items",
        **ordering,
        **({"total": "/data/total"} if way == "each" else {}),
        "keys": [*single, *({"columns": names} for names in several if way != "comma")],
        "filters": filters,
        "paging": paging,
        "error": "/error",
        "empty": [410],
    }


@dataclass
class RestKit:
    """An API of our own, each `way` (how many keys go into a call) with its own kind of paging."""

    name: str
    api: RestApi
    runner: web.AppRunner
    line: Line
    adapter: Any

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        asked, names = renamed(dataset)
        self.api.tables[dataset.path] = [{names[k]: jsonable(v) for k, v in row.items() if k in names} for row in rows]
        return replace(asked, options=MappingProxyType(described(asked, self.name.removeprefix("rest-"))))

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()
        await self.runner.cleanup()


async def rest_kit(name: str, **settings: Any) -> RestKit:
    api = RestApi()
    runner = web.AppRunner(api.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    line = Line("127.0.0.1", runner.addresses[0][1])
    await line.start()
    options = MappingProxyType({"private": True, **settings.pop("options", {})})
    source = Source("dept.db", "rest", f"http://127.0.0.1:{line.port}/v1", options=options, **settings)
    return RestKit(name, api, runner, line, open_adapter(source))
