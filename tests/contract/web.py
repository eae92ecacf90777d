"""Kits for systems that are asked over the web, each behind a line that can be cut."""

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from adapters.base import Column, ColumnType, Dataset, Source, Stored
from adapters.kinds import open_adapter
from gateway.emulators.soda import Content, Field, Portal, create_app
from gateway.emulators.soda.serving import PortalServer
from tests.contract.line import Line
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
