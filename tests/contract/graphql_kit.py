"""A kit for GraphQL: datasette-graphql, the real one, over a SQLite file.

It wants another graphql-core than the gateway, so it runs in an environment that uv makes and keeps.
"""

import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from adapters.base import ColumnType, Dataset, Source
from adapters.kinds import open_adapter
from tests.contract.datasette_kit import Running, until_the_end
from tests.contract.line import Line
from tests.contract.sample import Rows
from tests.contract.tables import load_sqlite
from tests.contract.web import renamed

TOOL = ("-m", "uv", "tool", "run", "--from", "datasette>=0.65,<0.66", "--with", "datasette-graphql==2.2", "datasette")


@cache
def running() -> Running | None:
    try:
        return until_the_end(sys.executable, *TOOL)
    except RuntimeError:
        return None


class GraphqlKit:
    """Tables of its own in the instance's file, each a field of the query."""

    name = "graphql"

    def __init__(self, instance: Running, line: Line, **settings: Any) -> None:
        self.instance = instance
        self.line = line
        options = MappingProxyType({"private": True, **settings.pop("options", {})})
        url = f"http://127.0.0.1:{line.port}/graphql/agency"
        self.adapter = open_adapter(Source("dept.db", "graphql", url, options=options, **settings))

    async def load(self, dataset: Dataset, rows: Rows, *, index: Sequence[Sequence[str]] = ()) -> Dataset:
        """Its Int has 32 bits, so whole numbers are kept as Float. Keys of one column go as lists."""
        asked, names = renamed(replace(dataset, path=f"t_{uuid.uuid4().hex}"))
        wide = {n: replace(c, type=ColumnType.FLOAT) if _whole(c.type) else c for n, c in asked.columns.items()}
        stored: Rows = [{names[name]: value for name, value in row.items() if name in names} for row in rows]
        load_sqlite(self.instance.file, replace(asked, columns=wide), stored, [])
        keys = {n: f"filter.{c.source[0]}.in" for n, c in asked.columns.items() if len(c.source) == 1}
        options = {"rows": "nodes", "keys": keys, "pages": {"size": 1000}}
        return replace(asked, options=MappingProxyType(options))

    async def stop(self) -> None:
        await self.line.stop()

    async def start(self) -> None:
        await self.line.start()

    async def aclose(self) -> None:
        await self.adapter.aclose()
        await self.line.stop()


def _whole(kind: ColumnType) -> bool:
    return kind in (ColumnType.INT, ColumnType.YEAR)


async def graphql_kit(**settings: Any) -> GraphqlKit:
    """Skips where the environment can't be made, but not in CI."""
    instance = running()
    if instance is None:
        message = "no datasette-graphql: uv can't make its environment"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    line = Line("127.0.0.1", instance.port)
    await line.start()
    return GraphqlKit(instance, line, **settings)
