"""The systems of the city of every kind: real ones, each of which can be stopped and started."""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import duckdb

from gateway.emulators.soda import Content, Field
from tests.cities.kinds_rows import KEPT, Row
from tests.contract.conftest import MariadbKit, PostgresKit, mariadb_kit, postgres_kit
from tests.contract.datasette_kit import Running, datasette_kit
from tests.contract.graphql_kit import graphql_kit
from tests.contract.web import rest_kit, socrata_kit

PUBLISHED = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""When the sales were exported, and when the portal last changed."""


@dataclass(frozen=True, slots=True)
class System:
    """What an agency runs: the value of the variable that its TOML reads, and how it goes away and comes back."""

    variable: str
    value: str = field(repr=False)  # a URL with its password
    stop: Callable[[], Awaitable[None]]
    start: Callable[[], Awaitable[None]]


@asynccontextmanager
async def systems(directory: Path) -> AsyncIterator[Mapping[str, System]]:
    """All systems by agency, filled; skips where one can't run here, but not in CI."""
    async with AsyncExitStack() as stack:
        found = {"land": _land(directory), "finance": await _finance(directory)}
        for agency, opened in (
            ("works", _works),
            ("inspect", _inspect),
            ("harbour", _harbour),
            ("board", _board),
            ("records", _records),
            ("clerk", _clerk),
        ):
            found[agency] = await opened(stack)
        yield found


def _cells(section: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in KEPT[section]]


def _away(variable: str, path: Path) -> System:
    """What stands in the file system goes away by another name."""
    gone = path.with_name(f"{path.name}.gone")

    async def stop() -> None:
        await asyncio.to_thread(path.rename, gone)

    async def start() -> None:
        await asyncio.to_thread(gone.rename, path)

    return System(variable, str(path), stop, start)


def _sqlite(path: Path, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table made anew."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f'DROP TABLE IF EXISTS "{table}"')
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')
        connection.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})', rows)


def _land(directory: Path) -> System:
    path = directory / "land.db"
    columns = ("PARCEL_NO TEXT PRIMARY KEY", "SITUS TEXT", "YR_BLT INTEGER")
    _sqlite(path, "PARCELS", columns, _cells("parcel", "parcel", "line", "built"))
    return _away("AK_LAND", path)


async def _works(stack: AsyncExitStack) -> System:
    kit: PostgresKit = await postgres_kit()
    stack.push_async_callback(kit.aclose)
    columns = '"PermitNo" text PRIMARY KEY, parcel text, issued date, cost numeric, checked date'
    await kit.admin.execute(f"CREATE TABLE {kit.schema}.permits ({columns})")
    rows = [
        (number, parcel, date.fromisoformat(issued), Decimal(cost), date(2026, 1, 2))
        for number, parcel, issued, cost in _cells("buildingPermits", "number", "parcel", "issued", "cost")
    ]
    await kit.admin.copy_records_to_table("permits", schema_name=kit.schema, records=rows)
    await kit.admin.execute(f"CREATE INDEX ON {kit.schema}.permits (parcel)")
    return System("AK_WORKS", kit.url, kit.stop, kit.start)


async def _inspect(stack: AsyncExitStack) -> System:
    kit: MariadbKit = await mariadb_kit()
    stack.push_async_callback(kit.aclose)
    columns = "VISIT INT PRIMARY KEY, PARCEL INT, VISITED DATE, RESULT CHAR(1), INDEX (PARCEL)"
    await kit.execute(f"CREATE TABLE {kit.schema}.VISITS ({columns})")
    rows = _cells("visits", "visit", "parcel", "day", "result")
    await kit.execute(f"INSERT INTO {kit.schema}.VISITS VALUES (%s, %s, %s, %s)", *rows)
    return System("AK_INSPECT", kit.url, kit.stop, kit.start)


async def _finance(directory: Path) -> System:
    folder = directory / "exports"
    await asyncio.to_thread(_export, folder)
    return _away("AK_FINANCE", folder)


def _export(folder: Path) -> None:
    """The nightly files: CSV as a spreadsheet writes it, JSON, XML, Parquet."""
    folder.mkdir()
    sales = folder / "sales.csv"
    lines = [f"{row['deed']};{row['parcel']};{_priced(row)};{_american(row['day'])}" for row in KEPT["sales"]]
    sales.write_text("\n".join(["Verkäufe – © Finance", "Deed;Parcel No;Price;Sold", *lines]), encoding="cp1252")
    os.utime(sales, (PUBLISHED.timestamp(), PUBLISHED.timestamp()))
    liens = [{"id": row["lien"], "on": {"parcel": row["parcel"]}, "amount": row["amount"]} for row in KEPT["liens"]]
    (folder / "liens.json").write_text(json.dumps({"result": {"liens": liens}}))
    rolls = (
        f"<parcel number={quoteattr(row['parcel'])}><assessed><value>{row['value']}</value></assessed></parcel>"
        for row in KEPT["roll"]
    )
    (folder / "rolls.xml").write_text(f"<rolls>{''.join(rolls)}</rolls>")
    with duckdb.connect() as database:
        database.execute("CREATE TABLE meters (meter BIGINT, parcel VARCHAR, used DOUBLE)")
        database.executemany("INSERT INTO meters VALUES (?, ?, ?)", _cells("meters", "meter", "parcel", "used"))
        database.execute(f"COPY meters TO '{folder / 'meters.parquet'}' (FORMAT parquet)")


def _priced(row: Row) -> str:
    return f"${Decimal(row['price']):,.2f}"


def _american(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.month}/{found.day}/{found.year}"


async def _harbour(stack: AsyncExitStack) -> System:
    kit = await rest_kit("rest-repeat")
    stack.push_async_callback(kit.aclose)
    names = ("berth_no", "site", "length", "let_since")
    rows = _cells("berths", "berth", "parcel", "length", "since")
    kit.api.tables["berths"] = [dict(zip(names, row, strict=True)) for row in rows]
    return System("AK_HARBOUR", f"http://127.0.0.1:{kit.line.port}/v1", kit.stop, kit.start)


async def _board(stack: AsyncExitStack) -> System:
    kit = await socrata_kit()
    stack.push_async_callback(kit.aclose)
    fields = (
        Field("license_nbr", "text", "License"),
        Field("parcel", "text", "Parcel"),
        Field("creation_date", "calendar_date", "Created"),
        Field("fee", "number", "Fee"),
    )
    rows = _cells("boardLicences", "number", "parcel", "issued", "fee")
    kit.portal.add(Content("abcd-1234", fields, rows, "Licences", updated=PUBLISHED))
    return System("AK_BOARD", f"http://127.0.0.1:{kit.line.port}", kit.stop, kit.start)


async def _records(stack: AsyncExitStack) -> System:
    kit = await datasette_kit()
    stack.push_async_callback(kit.aclose)
    columns = ('"No." TEXT', "PARCEL TEXT", "TITLE TEXT", "FILED TEXT")
    rows = _cells("filingsMade", "number", "parcel", "title", "day")
    await _tabled(kit.instance, "all kinds: filings", columns, rows)
    return System("AK_RECORDS", f"http://127.0.0.1:{kit.line.port}/agency", kit.stop, kit.start)


async def _clerk(stack: AsyncExitStack) -> System:
    kit = await graphql_kit()
    stack.push_async_callback(kit.aclose)
    columns = ("notice_no TEXT", "parcel TEXT", "body TEXT", "posted TEXT")
    rows = _cells("notices", "notice", "parcel", "text", "posted")
    await _tabled(kit.instance, "all_kinds_notices", columns, rows)
    return System("AK_CLERK", f"http://127.0.0.1:{kit.line.port}/graphql/agency", kit.stop, kit.start)


async def _tabled(instance: Running, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    await asyncio.to_thread(_sqlite, instance.file, table, columns, rows)
