"""`socrata`: what is asked of a portal, and what becomes of its answers and failures."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from adapters.base import (
    After,
    Answer,
    AnyOf,
    Column,
    ColumnType,
    Compare,
    Damaged,
    Dataset,
    Filter,
    Keys,
    Op,
    OrderBy,
    Point,
    Scan,
    Source,
)
from adapters.errors import Malformed, Refused, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.kinds import open_adapter, problems
from adapters.options import BadOptions
from adapters.pushdown import negotiate
from adapters.reading import read
from adapters.socrata import SocrataAdapter
from adapters.socrata.soql import Writer
from gateway.emulators.soda import Content, Field, Portal, Terms, create_app
from gateway.emulators.soda.serving import PortalServer, url_of
from tests.adapters.http_server import Asked, Handler, WebServer, answer, answer_json

T = ColumnType
UPDATED = datetime(2026, 11, 1, 4, tzinfo=UTC)
COLUMNS = (
    Column("id", ("id",), T.INT),
    Column("name", ("name",), null=frozenset({"-"})),
    Column("ward", ("ward",)),
    Column("lot", ("lot",)),
    Column("bbl", ("bbl",), T.INT),
    Column("price", ("price",), T.MONEY, null=frozenset({"0"})),
    Column("day", ("day",), T.DATE, null=frozenset({"1900-01-01"})),
    Column("seen", ("seen",), T.DATETIME, time_zone="America/New_York"),
    Column("changed", (":updated_at",), T.DATETIME),
    Column("open", ("open",), T.BOOL),
    Column("point", ("spot",), T.POINT, format="wkt"),
    Column("pair", ("spot",), T.POINT, format="lat,lon"),
    Column("place", ("place.latitude", "place.longitude"), T.POINT),
    Column("whole", ("place",), T.POINT, format="wkt"),
    Column("site", ("site",)),
    Column("phone", ("phone",), T.PHONE),
    Column("order", ("order",)),
    Column("gone", ("gone",)),
)
DATA = Dataset("dept.things", "dept.portal", "abcd-1234", {column.name: column for column in COLUMNS})
FIELDS = (
    *(Field(name, "number") for name in ("id", "bbl", "price")),
    *(Field(name) for name in ("name", "ward", "lot", "order")),
    Field("day", "calendar_date"),
    Field("seen", "calendar_date"),
    Field("open", "checkbox"),
    Field("spot", "point"),
    Field("place", "location"),
    Field("site", "url"),
    Field("phone", "phone"),
)
ROWS: list[dict[str, Any]] = [
    {
        "id": 1, "bbl": "1000477501.00000000", "price": "10.50", "name": "Ab", "ward": "1", "lot": "05", "order": "o",
        "day": "2020-02-29", "seen": "2019-04-02T09:00:00", "open": True, "spot": "POINT (-73.5 40.5)",
        "place": "(40.5, -73.5)", "site": "http://a.gov", "phone": ["(212) 555-0100", "Work"],
    },
    {"id": 2, "price": "0", "name": "-", "ward": "1", "lot": "06", "day": "2020-02-29T10:30:00", "open": False},
    {"id": 3, "bbl": "3", "name": "it's", "ward": "2", "lot": "05", "day": "1900-01-01"},
    {"id": "4.5", "ward": "2", "lot": "07"},
]  # fmt: skip


@dataclass
class Served:
    url: str
    portal: Portal

    def source(self, **settings: Any) -> Source:
        options = {"private": True, **settings.pop("options", {})}
        return Source("dept.portal", "socrata", self.url, options=options, **settings)

    def adapter(self, **settings: Any) -> SocrataAdapter:
        found = open_adapter(self.source(**settings))
        assert isinstance(found, SocrataAdapter)
        return found

    async def ask(self, scan: Scan, data: Dataset = DATA, **settings: Any) -> Answer:
        adapter = self.adapter(**settings)
        try:
            return await read(adapter, data, scan)
        finally:
            await adapter.aclose()


async def serve(terms: Terms | None = None) -> AsyncIterator[Served]:
    portal = Portal()
    rows = [[row.get(field.name) for field in FIELDS] for row in ROWS]
    portal.add(Content("abcd-1234", FIELDS, rows, updated=UPDATED))
    listener = socket.create_server(("127.0.0.1", 0))
    ready = asyncio.Event()
    server = PortalServer(create_app(portal, terms), lambda url: ready.set())
    serving = asyncio.ensure_future(server.serve([listener]))
    await ready.wait()
    yield Served(url_of(listener), portal)
    server.should_exit = True
    await serving
    portal.close()


@pytest.fixture
async def portal() -> AsyncIterator[Served]:
    async for served in serve():
        yield served


# --- values ---------------------------------------------------------------------------------------


async def test_every_type_is_read(portal: Served) -> None:
    names = tuple(column.name for column in COLUMNS if column.name != "gone")
    found = await portal.ask(Scan(names, Keys(("id",), ((1,),))))
    here = Point(40.5, -73.5)
    assert dict(zip(names, found.rows[0], strict=True)) == {
        "id": 1, "bbl": 1000477501, "price": Decimal("10.50"), "name": "Ab", "ward": "1", "lot": "05", "order": "o",
        "day": date(2020, 2, 29), "seen": datetime(2019, 4, 2, 13, tzinfo=UTC), "changed": UPDATED, "open": True,
        "point": here, "pair": here, "place": here, "whole": here, "site": "http://a.gov", "phone": "2125550100",
    }  # fmt: skip


async def test_nulls_are_left_out_and_damage_is_told(portal: Served) -> None:
    names = ("id", "price", "name", "day", "point", "place", "open")
    found = await portal.ask(Scan(names, order=(OrderBy("lot"), OrderBy("ward"))))
    assert found.rows[3] == (Damaged("id"), None, None, None, None, None, None)
    assert found.rows[2] == (2, None, None, date(2020, 2, 29), None, None, False)
    assert found.rows[1] == (3, None, "it's", None, None, None, None)


async def test_as_of_is_the_portals_own_word(portal: Served) -> None:
    found = await portal.ask(Scan(("id",), Keys(("id",), ((1,),)), count=True))
    assert (found.as_of, found.counts, found.calls) == (UPDATED, {(1,): 1}, 2)


# --- what goes down -------------------------------------------------------------------------------

WRITER = Writer(DATA)
STRICT = Writer(DATA, strict=True)
FIXED = Writer(DATA, fixed=frozenset({":updated_at"}))
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "soql"),
    [
        (Compare("ward", Op.EQ, "it's"), "ward='it''s'"),
        (Compare("order", Op.EQ, "x"), "`order`='x'"),
        (Compare("ward", Op.IN, ("1", "2")), "ward in('1','2')"),
        (Compare("ward", Op.IN, ()), "false"),
        (Compare("name", Op.NE, "x"), "(name!='x' and name not in('','-'))"),
        (Compare("name", Op.NOT_IN, ()), "name not in('','-')"),
        (Compare("name", Op.IS_NULL, True), "(name is null or name in('','-'))"),
        (Compare("day", Op.IS_NULL, False), "day not in('1900-01-01T00:00:00.000')"),
        (Compare("ward", Op.STARTS_WITH, "a%"), "(starts_with(ward,'a%') and ward not in(''))"),
        (Compare("bbl", Op.EQ, 5), "bbl=5"),
        (Compare("bbl", Op.GT, -5), "(bbl>-5 and bbl%1=0)"),
        (Compare("price", Op.LTE, Decimal("1E+3")), "(price<=1000 and price not in(0))"),
        (Compare("open", Op.EQ, True), "open=true"),
        (
            Compare("day", Op.EQ, date(2020, 2, 29)),
            "(day>='2020-02-29T00:00:00.000' and day<'2020-03-01T00:00:00.000')",
        ),
        (Compare("day", Op.GT, date.max), "(false and day not in('1900-01-01T00:00:00.000'))"),
        (Compare("seen", Op.GTE, NOON), "seen>='2020-01-02T07:00:00.000'"),
        (Compare("seen", Op.GTE, NOON.replace(microsecond=1)), "seen>'2020-01-02T07:00:00.000'"),
        (Compare("seen", Op.EQ, NOON.replace(microsecond=1)), "false"),
        (AnyOf((Compare("ward", Op.EQ, "1"), Compare("bbl", Op.EQ, 5))), "(ward='1' or bbl=5)"),
    ],
)
def test_filters(part: Filter, soql: str) -> None:
    assert WRITER.where(part) == soql


def test_filters_of_moments_in_utc_and_of_strict_datasets() -> None:
    assert FIXED.where(Compare("changed", Op.GT, NOON)) == "`:updated_at`>'2020-01-02T12:00:00.000Z'"
    assert STRICT.where(Compare("bbl", Op.GT, 5)) == "bbl>5"
    assert STRICT.where(Compare("day", Op.IN, (date(2020, 1, 1),))) == "day in('2020-01-01T00:00:00.000')"
    assert STRICT.where(Compare("ward", Op.IS_NULL, True)) == "ward is null"


@pytest.mark.parametrize(
    ("keys", "soql"),
    [
        (Keys(("ward",), (("1",),)), "ward='1'"),
        (Keys(("ward",), (("1",), ("2'",), (None,), ("\x00",))), "ward in('1','2''')"),
        (Keys(("bbl",), ((1,), (2,))), "bbl in(1,2)"),
        (
            Keys(("ward", "lot"), (("1", "05"), ("2", "05"), ("1", "06"))),
            "((ward='1' and lot in('05','06')) or (ward='2' and lot='05'))",
        ),
        (Keys(("ward",), (("1",), ("12",), ("3",)), prefix=True), "(starts_with(ward,'1') or starts_with(ward,'3'))"),
        (Keys(("ward", "lot"), (("1", "0"),), prefix=True), "(ward='1' and starts_with(lot,'0'))"),
        (Keys(("ward",), (("",),), prefix=True), "ward is not null"),
        (Keys(("ward",), ((None,),)), "false"),
        (Keys(("day",), ((date(2020, 1, 2),),)), "day='2020-01-02T00:00:00.000'"),
        (Keys(("price",), ((Decimal("1.50"),),)), "price=1.50"),
    ],
)
def test_keys(keys: Keys, soql: str) -> None:
    assert WRITER.keys(keys) == soql


def test_orders_and_positions() -> None:
    order = (OrderBy("seen", True), OrderBy("day"), OrderBy("bbl"))
    day = "case(day not in('1900-01-01T00:00:00.000'),date_trunc_ymd(day))"
    assert WRITER.order(order) == f"seen desc null last,{day},case(bbl%1=0,bbl)"
    assert STRICT.order(order[:1] + order[2:]) == "seen desc null last,bbl"
    behind = STRICT.behind(After((NOON, None)), (order[0], order[2]))
    seen = "'2020-01-02T07:00:00.000'"
    assert behind == f"(seen<{seen} or seen is null)"
    assert STRICT.behind(After((NOON, 5), True), (order[0], order[2])) == (
        f"((seen<{seen} or seen is null) or (seen={seen} and (bbl>5 or bbl is null)) or (seen={seen} and bbl=5))"
    )


async def test_text_is_compared_by_order_only_where_that_is_promised(portal: Served) -> None:
    scan = Scan(("id",), filters=(Compare("ward", Op.GT, "1"),), order=(OrderBy("ward"), OrderBy("seen")))
    plain, promised = portal.adapter(), portal.adapter(options={"ordered_text": True})
    assert negotiate(DATA, scan, plain.capabilities_for(DATA)).sent == Scan(("id", "ward", "seen"))
    assert negotiate(DATA, scan, promised.capabilities_for(DATA)).left.nothing
    own = replace(DATA, options={"ordered_text": True})
    assert negotiate(DATA, scan, plain.capabilities_for(own)).left.nothing
    assert (await portal.ask(scan)).rows == (await portal.ask(scan, own)).rows == [(3,), (Damaged("id"),)]
    with pytest.raises(Refused, match="these filters"):
        await plain.scan(DATA, scan)


async def test_long_urls_are_split_by_keys(portal: Served) -> None:
    keys = Keys(("ward", "lot"), (*((f"{i}", f"{j:04}") for i in range(40) for j in range(10)), ("1", "06")))
    scan = Scan(("id",), keys, order=(OrderBy("id", True),), limit=3, count=True)
    found = await portal.ask(scan, options={"max_url": 900})
    assert (found.rows, found.counts and found.counts[("1", "06")]) == ([(2,)], 1)
    assert found.calls > 10
    with pytest.raises(Refused, match="longest URL"):
        await portal.adapter(options={"max_url": 900}).scan(DATA, replace(scan, order=(), limit=None, count=False))


async def test_keys_that_no_row_can_have_are_not_asked(portal: Served) -> None:
    found = await portal.ask(Scan(("id",), Keys(("ward",), (("\x00",),)), count=True))
    assert (list(found.rows), found.counts, found.calls) == ([], {("\x00",): 0}, 0)


# --- as the portal sees it ------------------------------------------------------------------------


async def test_the_call_itself() -> None:
    async with WebServer({"/resource/abcd-1234.json": answer_json([{"id": "1"}])}) as server:
        adapter = open_adapter(server.source("socrata", token="app-token"))
        await read(adapter, DATA, Scan(("id", "order"), Keys(("ward",), (("1",), ("é",))), limit=5))
        asked = server.asked[0]
        query = "$select=id,`order`&$where=ward in('1','é')&$limit=5"
        assert unquote(asked.target) == f"/resource/abcd-1234.json?{query}"
        assert (asked.headers["x-app-token"], "authorization" in asked.headers) == ("app-token", False)
        await adapter.aclose()


async def test_app_tokens_lift_the_throttle() -> None:
    async for portal in serve(Terms(tokens=frozenset({"known"}), per_minute=1)):
        await portal.ask(Scan(("id",)))
        with pytest.raises(Throttled) as caught:
            await portal.ask(Scan(("id",)))
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 60
        await portal.ask(Scan(("id",)), options={"token": "known"})
        with pytest.raises(Rejected, match="let us read"):
            await portal.ask(Scan(("id",)), options={"token": "guessed"})


FAULTS: list[tuple[str, type[SourceError], str]] = [
    ("status:401", Rejected, "credentials"),
    ("status:403", Rejected, "let us read"),
    ("status:404", Rejected, "no such dataset"),
    ("status:429:7", Throttled, "fewer calls"),
    ("status:500", Unavailable, "failure of its own"),
    ("status:202", Unavailable, "still preparing"),
    ("delay:2s", TimedOut, "in time"),
    ("drip:100ms", TimedOut, "in time"),
    ("half", Unavailable, "broke off"),
    ("reset", Unavailable, "reached"),
    ("garbage", Malformed, "HTTP"),
    ("html", Malformed, "no JSON"),
    ("error", Unavailable, "answered with an error"),
    ("bomb", Malformed, "too large"),
    ("huge", Malformed, "too large"),
    ("hang", TimedOut, "in time"),
]


@pytest.mark.parametrize(("fault", "error", "says"), FAULTS)
async def test_faults(portal: Served, fault: str, error: type[SourceError], says: str) -> None:
    async with httpx.AsyncClient(base_url=portal.url) as control:
        await control.post("/__faults", json={"fault": fault})
        adapter = portal.adapter(timeout=1.0, options={"max_bytes": 1_000_000})
        with pytest.raises(error, match=says) as caught:
            await read(adapter, DATA, Scan(("id",)))
        assert type(caught.value) is error
        assert "127.0.0.1" not in str(caught.value) + caught.value.detail
        await control.delete("/__faults")
        assert len((await read(adapter, DATA, Scan(("id",)))).rows) == 4
        await adapter.aclose()


async def test_wrong_types_are_damage(portal: Served) -> None:
    async with httpx.AsyncClient(base_url=portal.url) as control:
        await control.post("/__faults", json={"fault": "types"})
        found = await portal.ask(Scan(("id", "name", "day"), Keys(("id",), ((1,),))))
        assert found.rows == [(Damaged("id"), Damaged("name"), Damaged("day"))]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (answer_json({"no": "rows"}), "no list of rows"),
        (answer_json([1]), "something else than rows"),
        (answer_json("x"), "no list of rows"),
        (answer_json([{"citygraph_count": "many"}]), "holds no counts"),
    ],
)
async def test_answers_that_are_none(page: Handler, says: str) -> None:
    async with WebServer({"/resource/abcd-1234.json": page}) as server:
        adapter = open_adapter(server.source("socrata"))
        with pytest.raises(Malformed, match=says):
            await read(adapter, DATA, Scan(("id",), count="counts" in says, limit=0 if "counts" in says else None))
        await adapter.aclose()


async def test_errors_as_newer_portals_write_them() -> None:
    """The name of a missing column in the message only, the code as `errorCode`."""
    code = "query.soql.no-such-column"
    told = {
        "message": f"Query coordinator error: {code}; No such column: gone; position: Map(row -> 1)",
        "errorCode": code,
    }

    async def page(asked: Asked, writer: asyncio.StreamWriter) -> None:
        known = "gone" not in asked.target
        await (answer_json([{"id": "1"}]) if known else answer_json(told, "400 Bad"))(asked, writer)

    async with WebServer({"/resource/abcd-1234.json": page}) as server:
        adapter = open_adapter(server.source("socrata"))
        assert (await read(adapter, DATA, Scan(("id", "gone")))).rows == [(1, Damaged("gone"))]
        await adapter.aclose()


async def test_a_type_that_does_not_fit_is_rejected(portal: Served) -> None:
    wrong = replace(DATA, columns={**DATA.columns, "ward": replace(DATA.columns["ward"], type=T.INT)})
    with pytest.raises(Rejected, match="refuses") as caught:
        await portal.ask(Scan(("id",), Keys(("ward",), ((1,),))), wrong)
    assert "type-mismatch" in caught.value.detail


# --- metadata -------------------------------------------------------------------------------------


async def test_the_portals_description(portal: Served) -> None:
    adapter = portal.adapter()
    shape = await adapter.describe(DATA)
    await adapter.aclose()
    assert shape is not None
    found = {column.name: column for column in shape.columns}
    assert found["bbl"] == ("bbl", frozenset({T.INT, T.YEAR, T.FLOAT, T.MONEY}), False, "number")
    assert found["name"] == ("name", frozenset({T.TEXT, T.PHONE}), True, "text")
    assert found["day"].types == frozenset({T.DATE, T.DATETIME}) == found[":updated_at"].types
    assert T.POINT in found["place.latitude"].types
    assert (shape.indexes, shape.unique) == (None, ((":id",),))


async def test_a_description_that_is_none() -> None:
    async with WebServer({"/api/views/abcd-1234.json": answer("200 OK", b"[]")}) as server:
        adapter = open_adapter(server.source("socrata"))
        with pytest.raises(Malformed, match="no columns"):
            await adapter.describe(DATA)
        await adapter.aclose()


# --- declarations ---------------------------------------------------------------------------------


def test_mistakes_are_told_at_their_place() -> None:
    found = problems("socrata", replace(DATA, options={"strikt": True, "fixed_timestamps": 1, "ordered_text": "yes"}))
    assert {mistake.path for mistake in found} == {
        ("options", "strikt"),
        ("options", "fixed_timestamps"),
        ("options", "ordered_text"),
    }
    with pytest.raises(BadOptions, match="max_url takes a whole number from 500"):
        open_adapter(Source("d.s", "socrata", "https://data.gov", options={"max_url": 5}))


def test_tokens_are_masked() -> None:
    source = Source("d.s", "socrata", "https://data.gov", options={"token": "s3cret"})
    adapter = open_adapter(source)
    assert "s3cret" not in repr(source) + repr(adapter) + repr(vars(adapter))
