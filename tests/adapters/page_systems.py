"""A real system with rows for every example of docs/adapters.md, and what the example reads of it."""

import asyncio
import gzip
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
import strawberry
import uvicorn
from aiohttp import web
from strawberry.asgi import GraphQL

from adapters.base import Cell, Keys, Point
from gateway.demo.generate import build
from gateway.emulators.soda import Content, Field, Portal, create_app
from gateway.emulators.soda.serving import PortalServer
from tests.contract.conftest import POSTGRES, mariadb_kit, postgres_kit
from tests.contract.datasette_kit import Running
from tests.contract.rest_api import RestApi

Environment = Mapping[str, str]
System = Callable[[Path], AbstractAsyncContextManager[Environment]]
ROOT = Path(__file__).parents[2]


def _fill(file: Path, table: str, *rows: tuple[object, ...]) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"CREATE TABLE {table}")
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table.partition(' ')[0]} VALUES ({places})", rows)


@asynccontextmanager
async def licensing(folder: Path) -> AsyncIterator[Environment]:
    """A SQLite file."""
    table = "licences (NUMBER TEXT PRIMARY KEY, TRADE TEXT, FEE NUMERIC, EXPIRES TEXT)"
    _fill(folder / "licences.db", table, ("A-1", "Ferry", 120.5, "2027-01-31"), ("A-2", "Inn", 1, None))
    yield {"LICENSING_FILE": str(folder / "licences.db")}


@asynccontextmanager
async def drill(folder: Path) -> AsyncIterator[Environment]:
    """A SQLite file behind faults."""
    _fill(folder / "hydrants.db", "hydrants (LOT TEXT, BAR REAL)", ("100010002", 4.5), ("100010003", 5.0))
    yield {"HYDRANTS_FILE": str(folder / "hydrants.db")}


@asynccontextmanager
async def districts(folder: Path) -> AsyncIterator[Environment]:
    """The agency's file itself."""
    yield {}


@asynccontextmanager
async def recorder(folder: Path) -> AsyncIterator[Environment]:
    """PostgreSQL: a database of its own, read by a role that may only read."""
    kit = await postgres_kit()
    try:
        await kit.admin.execute(f"CREATE DATABASE {kit.schema}")
        own = await asyncpg.connect(sa.make_url(POSTGRES).set(database=kit.schema).render_as_string(False))
        await own.execute("CREATE SCHEMA deeds")
        columns = "instrument text PRIMARY KEY, parcel text, price numeric, recorded timestamptz"
        await own.execute(f"CREATE TABLE deeds.conveyances ({columns})")
        recorded = datetime(2024, 5, 1, 12, tzinfo=UTC)
        await own.execute("INSERT INTO deeds.conveyances VALUES ('D7', '100010002', 641339.50, $1)", recorded)
        grants = f"GRANT USAGE ON SCHEMA deeds TO {kit.schema}; GRANT SELECT ON deeds.conveyances TO {kit.schema}"
        await own.execute(grants)
        await own.close()
        yield {"RECORDER_URL": f"postgresql://{kit.schema}:{kit.schema}@127.0.0.1:{kit.line.port}/{kit.schema}"}
    finally:
        await kit.admin.execute(f"DROP DATABASE IF EXISTS {kit.schema} WITH (FORCE)")
        await kit.aclose()


@asynccontextmanager
async def inspectorate(folder: Path) -> AsyncIterator[Environment]:
    """MariaDB: a database and a user of its own."""
    kit = await mariadb_kit()
    try:
        columns = "PERMIT_NO VARCHAR(20) PRIMARY KEY, WARD VARCHAR(2), BLOCK VARCHAR(5), LOT VARCHAR(5), ISSUED DATE"
        await kit.execute(f"CREATE TABLE {kit.schema}.PERMITS ({columns})")
        await kit.execute(f"INSERT INTO {kit.schema}.PERMITS VALUES ('P-9', '1', '0001', '0002', '2025-03-04')")
        yield {"INSPECTORATE_URL": f"mariadb://{kit.schema}:{kit.schema}@127.0.0.1:{kit.line.port}/{kit.schema}"}
    finally:
        await kit.aclose()


@asynccontextmanager
async def exports(folder: Path) -> AsyncIterator[Environment]:
    """A folder of files."""
    text = "Rolling sales\nby hand\nof Finance\n\nPARCEL ID;SALE PRICE;SALE DATE\n100010002;7,738,700;4/2/2019\n-;-;-\n"
    (folder / "sales.csv.gz").write_bytes(gzip.compress(text.encode("cp1252")))
    (folder / "liens.json").write_text('{"result": {"liens": [{"property": {"parcel": "100010002"}, "amount": 12.5}]}}')
    rolls = '<rolls><year><parcel number="100010002"><building><yearBuilt>1931</yearBuilt></building></parcel></year>'
    (folder / "rolls.xml").write_text(f"{rolls}</rolls>")
    yield {"EXPORTS": str(folder)}


@asynccontextmanager
async def records(folder: Path) -> AsyncIterator[Environment]:
    """Datasette, a process of its own."""
    _fill(folder / "records.db", "filings (number TEXT, licence TEXT, TITLE TEXT)", ("F1", "A-1", "Annual report"))
    instance = await asyncio.to_thread(Running, folder / "records.db")
    try:
        yield {"RECORDS_URL": f"http://127.0.0.1:{instance.port}/records"}
    finally:
        await asyncio.to_thread(instance.stop)


@asynccontextmanager
async def _serving(server: uvicorn.Server) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.ensure_future(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)  # uvicorn tells nobody
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def board(folder: Path) -> AsyncIterator[Environment]:
    """A Socrata portal: the emulator."""
    fields = [
        Field("license_nbr", "text", "License Nbr"),
        Field("bbl", "text", "BBL"),
        Field("license_creation_date", "calendar_date", "Creation date"),
        Field("fee", "number", "Fee"),
        Field("location", "location", "Location"),
    ]
    place = {"latitude": "40.5", "longitude": "-73.25"}
    portal = Portal()
    portal.add(Content("abcd-1234", tuple(fields), [["A-1", "100010002", "2019-04-02T00:00:00.000", "12.50", place]]))
    with closing(portal):
        async with _serving(PortalServer(create_app(portal))) as url:
            yield {"PORTAL": url}


@asynccontextmanager
async def harbour(folder: Path) -> AsyncIterator[Environment]:
    """A JSON API."""
    api = RestApi()
    berth = {"berth_no": "B7", "site": {"parcel": "100010002"}, "status": "LET", "since": "2020-02-29"}
    api.tables["berths"] = [berth, {**berth, "berth_no": "B8", "site": {"parcel": "100010003"}}]
    runner = web.AppRunner(api.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield {"BERTHS_API": f"http://127.0.0.1:{runner.addresses[0][1]}/v1"}
    finally:
        await runner.cleanup()


@strawberry.type
class Property:
    parcel_number: str


@strawberry.type
class Notice:
    property: Property
    title: str
    posted: date


@strawberry.type
class Edge:
    node: Notice


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Notices:
    edges: list[Edge]
    page_info: PageInfo


@strawberry.type
class Hearing:
    title: str


@strawberry.input
class Where:
    lots: list[str]


NOTICES = [Notice(property=Property(parcel_number="100010002"), title="Road works", posted=date(2025, 1, 2))]


@strawberry.type
class Query:
    @strawberry.field
    def notices(self, filter: Where, first: int = 10, after: str | None = None) -> Notices:
        found = [Edge(node=each) for each in NOTICES if each.property.parcel_number in filter.lots]
        return Notices(edges=found[:first], page_info=PageInfo(has_next_page=False, end_cursor=None))

    @strawberry.field
    def hearings_of(self, lot: str, open: bool) -> list[Hearing]:
        return [Hearing(title=f"Hearing on {lot}")] if open and lot == "100010002" else []


@asynccontextmanager
async def clerk(folder: Path) -> AsyncIterator[Environment]:
    """A GraphQL API made with strawberry."""
    app: Any = GraphQL(strawberry.Schema(Query))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    async with _serving(uvicorn.Server(config)) as url:
        yield {"CLERK_URL": url}


@asynccontextmanager
async def harbourton(folder: Path) -> AsyncIterator[Environment]:
    """The demo city, served by a process of its own."""
    await asyncio.to_thread(build, folder / "demo", 100)
    serve = (str(Path(sys.executable).with_name("citygraph")), "serve", "--city", str(ROOT / "cities" / "demo"))
    environment = {
        **os.environ,
        "CITYGRAPH_DEMO": str(folder / "demo"),
        "CITYGRAPH_SIGNING_KEY": "0" * 64,
        "CITYGRAPH_MODE": "development",
    }
    process = await asyncio.create_subprocess_exec(
        *serve, "--port", "0", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        said = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        yield {"HARBOURTON_URL": re.findall(r"http://\S+", said)[0]}
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate()


SYSTEMS: Mapping[str, System] = {
    "board": board,
    "clerk": clerk,
    "districts": districts,
    "drill": drill,
    "exports": exports,
    "harbour": harbour,
    "harbourton": harbourton,
    "inspectorate": inspectorate,
    "licensing": licensing,
    "records": records,
    "recorder": recorder,
}
"""By the name of the example's file."""

LOT = Keys(("lot",), (("100010002",),))
PARCEL = Keys(("parcel",), (("100010002",),))
READ: Mapping[str, tuple[Keys, Mapping[str, Cell]]] = {
    "board.licences": (
        LOT,
        {
            "number": "A-1",
            "lot": "100010002",
            "issued": date(2019, 4, 2),
            "fee": Decimal("12.50"),
            "place": Point(40.5, -73.25),
        },
    ),
    "clerk.notices": (LOT, {"lot": "100010002", "title": "Road works", "posted": date(2025, 1, 2)}),
    "clerk.hearings": (LOT, {"lot": "100010002", "title": "Hearing on 100010002"}),
    "districts.landmarks": (LOT, {"lot": "100010002", "name": "Old Exchange", "since": 1931}),
    "drill.hydrants": (LOT, {"lot": "100010002", "pressure": 4.5}),
    "exports.sales": (PARCEL, {"parcel": "100010002", "price": Decimal(7738700), "date": date(2019, 4, 2)}),
    "exports.liens": (PARCEL, {"parcel": "100010002", "amount": Decimal("12.5")}),
    "exports.rolls": (PARCEL, {"parcel": "100010002", "built": 1931}),
    "harbour.berths": (LOT, {"number": "B7", "lot": "100010002", "state": "LET", "since": date(2020, 2, 29)}),
    "harbourton.sales": (
        Keys(("lot",), (("100010008",),)),
        {"lot": "100010008", "date": date(2014, 12, 3), "price": Decimal(641339)},
    ),
    "inspectorate.permits": (
        Keys(("ward", "block", "lot"), (("1", "0001", "0002"),)),
        {"number": "P-9", "ward": "1", "block": "0001", "lot": "0002", "issued": date(2025, 3, 4)},
    ),
    "licensing.licences": (
        Keys(("number",), (("A-1",),)),
        {"number": "A-1", "trade": "Ferry", "fee": Decimal("120.5"), "expires": date(2027, 1, 31)},
    ),
    "records.filings": (
        Keys(("licence",), (("A-1",),)),
        {"number": "F1", "licence": "A-1", "title": "Annual report"},
    ),
    "recorder.conveyances": (
        PARCEL,
        {
            "instrument": "D7",
            "parcel": "100010002",
            "price": Decimal("641339.50"),
            "recorded": datetime(2024, 5, 1, 12, tzinfo=UTC),
        },
    ),
}
"""By dataset: which keys are asked, and a row that comes."""
