"""`rest`: what is asked of an API, page by page, and how its answers are read."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from adapters.base import (
    AllOf,
    Answer,
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
    capabilities_of,
)
from adapters.errors import Malformed, Refused, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.kinds import open_adapter, problems
from adapters.options import BadOptions
from adapters.reading import read
from adapters.rest.paging import next_link
from tests.adapters.http_server import Asked, Handler, WebServer, answer, answer_json, drip, hang, raw, reset

T = ColumnType
COLUMNS = (
    Column("number", ("licence_no",)),
    Column("ward", ("/place/ward",)),
    Column("state", ("status",)),
    Column("fee", ("fee",), T.MONEY),
    Column("issued", ("issued",), T.DATE),
    Column("seen", ("seen",), T.DATETIME),
    Column("open", ("open",), T.BOOL),
    Column("seats", ("seats",), T.INT),
    Column("at", ("/place/lat", "/place/lon"), T.POINT),
    Column("first", ("/names/0",)),
)


def licences(path: str = "licences", **options: Any) -> Dataset:
    columns = {column.name: column for column in COLUMNS}
    return Dataset("dept.licences", "dept.api", path, columns, options=MappingProxyType(options))


def row(number: object, **other: object) -> dict[str, object]:
    place = {"ward": "1", "lat": 40.5, "lon": "-73.5"}
    base = {"licence_no": number, "place": place, "status": "A", "fee": 10.5, "issued": "2020-02-29T00:00:00Z"}
    return {**base, "seen": "2020-02-29T12:00:00+02:00", "open": True, "seats": 4, "names": ["Ann", "Bo"], **other}


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


async def ask(server: WebServer, dataset: Dataset, scan: Scan, **source: Any) -> Answer:
    adapter = open_adapter(server.source(**source))
    try:
        return await read(adapter, dataset, scan)
    finally:
        await adapter.aclose()


def targets(server: WebServer) -> list[str]:
    return [asked.target for asked in server.asked]


# --- rows -----------------------------------------------------------------------------------------


async def test_every_type_is_read(server: WebServer) -> None:
    server.pages["/licences"] = answer_json([row(7, extra=1)])
    found = await ask(server, licences(), Scan(tuple(c.name for c in COLUMNS)))
    assert found.rows == [
        (
            "7", "1", "A", Decimal("10.5"), date(2020, 2, 29), datetime(2020, 2, 29, 10, tzinfo=UTC), True, 4,
            Point(40.5, -73.5), "Ann",
        )
    ]  # fmt: skip


async def test_numbers_as_texts_and_values_that_do_not_fit(server: WebServer) -> None:
    rows = [
        row("1", fee="12.50", seats="4", issued="2020-02-29"),
        row("2", fee=[1], seats="four", issued="soon", open="maybe", seen=5, status={"a": 1}, names="x", place=None),
        row("3", fee=None, seats=None, issued=None, open=None, seen=None, status=None, names=None, place={}),
    ]
    server.pages["/licences"] = answer_json(rows)
    names = ("fee", "seats", "issued", "open", "seen", "state", "first", "ward", "at")
    found = await ask(server, licences(), Scan(names))
    assert found.rows[0][:3] == (Decimal("12.50"), 4, date(2020, 2, 29))
    assert found.rows[1] == (*(Damaged(name) for name in names[:6]), None, None, None)
    assert found.rows[2] == (None,) * 9


@pytest.mark.parametrize(
    ("body", "pointer", "numbers"),
    [
        ([row("1")], "", ["1"]),
        ({"data": {"a/b": [row("1")]}}, "/data/a~1b", ["1"]),
        ({"data": [[row("1")], [row("2")]]}, "/data/1", ["2"]),
        (row("1"), "", ["1"]),
        ({"found": row("1")}, "/found", ["1"]),
        ({"found": None}, "/found", []),
        ({"found": []}, "/found", []),
    ],
)
async def test_where_the_rows_are(server: WebServer, body: object, pointer: str, numbers: list[str]) -> None:
    server.pages["/licences"] = answer_json(body)
    found = await ask(server, licences(rows=pointer), Scan(("number",)))
    assert [cells[0] for cells in found.rows] == numbers


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"other": []}, "no rows where they were declared"),
        ({"data": [1, "x"]}, "something else than rows"),
        ({"data": [None]}, "something else than rows"),
        ({"data": "x"}, "something else than rows"),
        ([], "no rows where they were declared"),
        (None, "no rows where they were declared"),
    ],
)
async def test_rows_that_are_none(server: WebServer, body: object, says: str) -> None:
    server.pages["/licences"] = answer_json(body)
    with pytest.raises(Malformed, match=says):
        await ask(server, licences(rows="/data"), Scan(("number",)))


async def test_a_member_that_no_row_has_is_told(server: WebServer) -> None:
    server.pages["/licences"] = answer_json([{"licence_no": "1"}, {"licence_no": "2"}])
    found = await ask(server, licences(), Scan(("number", "state", "ward")))
    assert found.rows == [("1", Damaged("state"), Damaged("ward")), ("2", Damaged("state"), Damaged("ward"))]
    sparse = await ask(server, licences(sparse=True), Scan(("number", "state", "ward")))
    assert sparse.rows == [("1", None, None), ("2", None, None)]


@pytest.mark.parametrize(
    ("moment", "as_of"),
    [
        ("2026-11-01T04:00:00Z", datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("2026-11-01T04:00:00+02:00", datetime(2026, 11, 1, 2, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("soon", None),
        (10**18, None),
        (None, None),
    ],
)
async def test_how_fresh_it_is(server: WebServer, moment: object, as_of: datetime | None) -> None:
    server.pages["/licences"] = answer_json({"rows": [row("1")], "meta": {"at": moment}})
    assert (await ask(server, licences(rows="/rows", as_of="/meta/at"), Scan(("number",)))).as_of == as_of


# --- keys and filters -----------------------------------------------------------------------------


def echo(*rows: Mapping[str, object]) -> Handler:
    return answer_json(list(rows))


BY_NUMBER = {"columns": "number"}
AB = Keys(("number",), (("a b",), ("c,d",)))


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ({**BY_NUMBER, "many": "repeat"}, ["/licences?licence_no=a%20b&licence_no=c,d"]),
        ({**BY_NUMBER, "many": "comma", "params": "n"}, ["/licences?n=a%20b,c,d"]),
        ({**BY_NUMBER, "many": "each"}, ["/licences?licence_no=a%20b", "/licences?licence_no=c,d"]),
        (BY_NUMBER, ["/licences?licence_no=a%20b", "/licences?licence_no=c,d"]),
    ],
)
async def test_many_keys(server: WebServer, key: dict[str, Any], asked: list[str]) -> None:
    server.pages["/licences"] = echo(row("a b"), row("c,d"), row("other"))
    found = await ask(server, licences(keys=[key]), Scan(("number",), AB))
    assert sorted(set(found.rows)) == [("a b",), ("c,d",)]
    assert sorted(targets(server)) == asked


async def test_keys_in_the_path(server: WebServer) -> None:
    server.pages |= {"/wards/1%2F2/l%20x/a": echo(row("a", place={"ward": "1/2"}))}
    dataset = licences("wards/{ward}/l x/{number}", keys=[{"columns": ["ward", "number"]}], empty=[404])
    keys = Keys(("ward", "number"), (("1/2", "a"), ("..", "a"), ("1", "gone"), ("", "x")))
    found = await ask(server, dataset, Scan(("ward", "number"), keys))
    assert found.rows == [("1/2", "a")]
    assert sorted(targets(server)) == ["/wards/1%2F2/l%20x/a", "/wards/1/l%20x/gone"]
    with pytest.raises(Refused, match="by key"):
        await ask(server, dataset, Scan(("number",)))


async def test_keys_of_which_only_the_first_column_can_be_asked(server: WebServer) -> None:
    server.pages["/licences"] = echo(row("a", seats=1), row("a", seats=2), row("b", seats=1))
    dataset = licences(keys=[{**BY_NUMBER, "many": "repeat"}])
    keys = Keys(("number", "seats"), (("a", 2), ("b", 2)))
    assert (await ask(server, dataset, Scan(("number", "seats"), keys))).rows == [("a", 2)]
    assert targets(server) == ["/licences?licence_no=a&licence_no=b"]


async def test_rows_that_were_not_asked_for_are_dropped(server: WebServer) -> None:
    """The API knows none of these parameters, and gives everything."""
    server.pages["/licences"] = echo(row("a"), row("b", status="X"), row("c"))
    dataset = licences(keys=[{**BY_NUMBER, "many": "repeat"}], filters={"state": {"eq": "s"}})
    scan = Scan(("number",), Keys(("number",), (("a",), ("b",))), (Compare("state", Op.EQ, "A"),), limit=5)
    assert (await ask(server, dataset, scan)).rows == [("a",)]


@pytest.mark.parametrize(
    "statuses", [["A", "A", "A", "A"], ["A", "B", "A", None], [True, "A", "A", 5], ["A", "B", "C", ""]]
)
async def test_rows_that_do_not_meet_the_filter_are_dropped(server: WebServer, statuses: list[object]) -> None:
    server.pages["/licences"] = echo(*(row(str(n), status=status) for n, status in enumerate(statuses)))
    dataset = licences(filters={"state": {"eq": "s"}})
    found = await ask(server, dataset, Scan(("number",), filters=(Compare("state", Op.EQ, "A"),)))
    assert found.rows == [(str(n),) for n, status in enumerate(statuses) if status == "A"]


FILTERS = {
    "state": {"eq": "status", "in": "status"},
    "issued": {"gte": "from", "lt": "before"},
    "seats": {"in": "seats", "many": "comma"},
    "fee": {"gt": "fee_over"},
    "seen": {"lte": "seen_until"},
    "open": {"eq": "open"},
}
SINCE = Compare("issued", Op.GTE, date(2020, 1, 2))


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ((Compare("state", Op.EQ, "A&B"),), "status=A%26B"),
        ((Compare("state", Op.IN, ("A", "B")),), "status=A&status=B"),
        ((Compare("state", Op.IN, ("A", "B")), Compare("state", Op.EQ, "B")), "status=B"),
        ((Compare("seats", Op.IN, (1, 2)),), "seats=1,2"),
        ((SINCE,), "from=2020-01-02"),
        ((SINCE, Compare("issued", Op.GTE, date(2019, 1, 1))), "from=2020-01-02"),
        ((AllOf((SINCE, Compare("issued", Op.LT, date(2021, 1, 1)))),), "from=2020-01-02&before=2021-01-01"),
        ((Compare("fee", Op.GT, Decimal("1.50")),), "fee_over=1.50"),
        ((Compare("seen", Op.LTE, datetime(2020, 1, 2, 3, tzinfo=UTC)),), "seen_until=2020-01-02T03:00:00Z"),
        ((Compare("open", Op.EQ, True),), "open=true"),
        ((Compare("number", Op.EQ, "1"),), ""),
        ((Compare("state", Op.STARTS_WITH, "A"),), ""),
    ],
)  # fmt: skip
async def test_filters(server: WebServer, filters: tuple[Filter, ...], query: str) -> None:
    server.pages["/licences"] = echo(row("1"))
    await ask(server, licences(filters=FILTERS), Scan(("number",), filters=filters))
    assert targets(server) == [f"/licences?{query}" if query else "/licences"]


@pytest.mark.parametrize(
    "filters",
    [
        (Compare("state", Op.IN, ()),),
        (Compare("state", Op.EQ, "A"), Compare("state", Op.EQ, "B")),
    ],
)
async def test_what_no_row_can_satisfy_is_not_asked(server: WebServer, filters: tuple[Filter, ...]) -> None:
    found = await ask(server, licences(filters=FILTERS, total="/n"), Scan(("number",), filters=filters, count=True))
    assert (list(found.rows), found.counts, server.asked) == ([], {(): 0}, [])


async def test_a_filter_and_keys_by_the_same_parameter_meet(server: WebServer) -> None:
    server.pages["/licences"] = echo(row("a"), row("b"))
    dataset = licences(keys=[{**BY_NUMBER, "many": "repeat"}], filters={"number": {"in": "licence_no"}})
    keys = Keys(("number",), (("a",), ("b",)))
    scan = Scan(("number",), keys, (Compare("number", Op.IN, ("b", "c")),))
    assert (await ask(server, dataset, scan)).rows == [("b",)]
    assert targets(server) == ["/licences?licence_no=b"]


async def test_long_urls_are_split(server: WebServer) -> None:
    async def asked_for(asked: Asked, writer: asyncio.StreamWriter) -> None:
        numbers = asked.target.partition("=")[2].split(",")
        await answer_json([row(number) for number in numbers])(asked, writer)

    server.pages["/licences"] = asked_for
    dataset = licences(keys=[{**BY_NUMBER, "many": "comma"}])
    keys = Keys(("number",), tuple((f"{i:020}",) for i in range(300)))
    found = await ask(server, dataset, Scan(("number",), keys, order=(OrderBy("number"),), limit=5), max_url=1000)
    assert found.rows == [(f"{i:020}",) for i in range(5)]
    assert 6 < len(server.asked) < 12
    assert max(map(len, targets(server))) < 1000


async def test_fixed_parameters_and_credentials_go_with_every_call(server: WebServer) -> None:
    server.pages["/licences"] = echo(row("1"))
    dataset = licences(params={"format": "full", "deep": True, "v": 2})
    await ask(server, dataset, Scan(("number",)), credentials={"query": "key", "key": "k"})
    assert targets(server) == ["/licences?format=full&deep=true&v=2&key=k"]


# --- pages and totals -----------------------------------------------------------------------------


class Pages:
    """Twenty-five rows in pages."""

    def __init__(self, server: WebServer, total: bool = True, most: int = 100) -> None:
        self.rows = [row(f"{i:02}") for i in range(25)]
        self.total = total
        self.most = most
        self.server = server
        server.pages["/licences"] = self.give

    async def give(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        query = dict(part.split("=") for part in asked.target.partition("?")[2].split("&") if part)
        size = min(int(query.get("size", 10)), self.most)
        start = int(query.get("offset") or query.get("after", "x0")[1:] or 0)
        start = (int(query["page"]) - 1) * size if "page" in query else start
        body: dict[str, object] = {"rows": self.rows[start : start + size]}
        if self.total:
            body["total"] = len(self.rows)
        more = start + size < len(self.rows)
        body["next"] = f"x{start + size}" if more else None
        link = f'</licences?offset={start + size}&size={size}>; title="a, b"; rel="last next", <x>; rel=prev'
        await answer_json(body, "200 OK", *([f"Link: {link}"] if more else []))(asked, writer)


KINDS: list[dict[str, Any]] = [
    {"kind": "page", "size": "size"},
    {"kind": "offset", "size": "size"},
    {"kind": "cursor", "cursor": "after", "next": "/next", "size": "size"},
    {"kind": "link", "size": "size"},
]


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("kind", KINDS, ids=[kind["kind"] for kind in KINDS])
async def test_all_pages_are_read(server: WebServer, kind: dict[str, Any], total: bool) -> None:
    Pages(server, total)
    dataset = licences(rows="/rows", paging={**kind, "per_page": 10}, **({"total": "/total"} if total else {}))
    found = await ask(server, dataset, Scan(("number",)))
    assert [cells[0] for cells in found.rows] == [f"{i:02}" for i in range(25)]
    assert (found.complete, found.calls, len(server.asked)) == (True, 3, 3)


@pytest.mark.parametrize("kind", KINDS, ids=[kind["kind"] for kind in KINDS])
async def test_no_more_pages_are_read_than_needed(server: WebServer, kind: dict[str, Any]) -> None:
    Pages(server)
    dataset = licences(rows="/rows", paging={**kind, "per_page": 10})
    found = await ask(server, dataset, Scan(("number",), limit=12))
    assert (len(found.rows), found.complete, len(server.asked)) == (12, True, 2)
    few = await ask(server, dataset, Scan(("number",), limit=3))
    assert len(few.rows) == 3
    assert "size=3" in targets(server)[-1]


BY = {"columns": {"number": "no", "seats": "seats"}}


@pytest.mark.parametrize(
    ("ordering", "asked"),
    [
        ({"param": "sort", **BY}, "sort=-seats,no"),
        ({"param": "sort", **BY, "many": "repeat"}, "sort=-seats&sort=no"),
        ({"param": "$o", **BY, "ascending": "{column}:asc", "descending": "{column}:desc"}, "$o=seats:desc,no:asc"),
        ({"param": "_sort", **BY, "direction": "_order"}, "_sort=seats,no&_order=desc,asc"),
    ],
)
async def test_orders_are_asked_as_declared(server: WebServer, ordering: dict[str, Any], asked: str) -> None:
    server.pages["/licences"] = answer_json([row("a", seats=3), row("b", seats=2), row("c", seats=2)])
    dataset = licences(order=ordering, paging={"kind": "link", "size": "size"})
    order = (OrderBy("seats", True), OrderBy("number"))
    found = await ask(server, dataset, Scan(("number",), order=order, limit=2))
    assert found.rows == [("a",), ("b",)]
    assert [urlsplit(target).query.replace("%24", "$") for target in targets(server)] == [f"{asked}&size=2"]
    await ask(server, dataset, Scan(("number",), order=(*order, OrderBy("fee")), limit=2))
    assert targets(server)[-1] == "/licences?size=100", "one column is not declared: all of it is done here"


async def test_the_first_of_each_key_where_a_call_is_for_one(server: WebServer) -> None:
    async def of_ward(asked: Asked, writer: asyncio.StreamWriter) -> None:
        query = dict(parse_qsl(urlsplit(asked.target).query))
        rows = [row(f"{query['ward']}{i}", place={"ward": query["ward"]}, seats=i) for i in range(9)]
        await answer_json({"rows": rows[: int(query["size"])], "total": 9})(asked, writer)

    server.pages["/licences"] = of_ward
    dataset = licences(
        rows="/rows",
        total="/total",
        keys=[{"columns": "ward", "params": "ward"}],
        order={"param": "sort", **BY},
        paging={"kind": "page", "size": "size"},
    )
    scan = Scan(("number",), Keys(("ward",), (("1",), ("2",))), order=(OrderBy("seats"),), per_key=2, count=True)
    found = await ask(server, dataset, scan)
    assert [cells[0] for cells in found.rows] == ["10", "20", "11", "21"]
    assert (found.counts, found.complete, len(server.asked)) == ({("1",): 9, ("2",): 9}, True, 2)
    assert all("size=2" in target and "sort=seats" in target for target in targets(server))


@pytest.mark.parametrize("kind", KINDS, ids=[kind["kind"] for kind in KINDS])
async def test_rows_beyond_the_bound_are_cut_and_said(server: WebServer, kind: dict[str, Any]) -> None:
    Pages(server)
    dataset = replace(licences(rows="/rows", paging={**kind, "per_page": 10}), rows_per_call=15)
    found = await ask(server, dataset, Scan(("number",)))
    assert (len(found.rows), found.complete, len(server.asked)) == (15, False, 2)
    exact = replace(dataset, rows_per_call=25)
    assert (await ask(server, exact, Scan(("number",)))).complete


async def test_pages_smaller_than_asked_for_are_followed_to_the_total(server: WebServer) -> None:
    Pages(server, most=4)
    dataset = licences(rows="/rows", total="/total", paging={"kind": "offset", "size": "size", "per_page": 10})
    assert len((await ask(server, dataset, Scan(("number",)))).rows) == 25


async def test_pages_in_circles_end(server: WebServer) -> None:
    server.pages["/licences"] = answer_json({"rows": [row("1")], "next": "same"})
    dataset = licences(rows="/rows", paging={"kind": "cursor", "next": "/next"})
    with pytest.raises(Malformed, match="in circles"):
        await ask(server, dataset, Scan(("number",)))
    assert len(server.asked) < 5


async def test_links_to_other_hosts_are_not_followed(server: WebServer) -> None:
    server.pages["/licences"] = answer_json([row("1")], "200 OK", "Link: <http://localhost:1/x>; rel=next")
    with pytest.raises(Rejected, match="another host"):
        await ask(server, licences(paging={"kind": "link"}), Scan(("number",)))


async def test_links_in_the_answer(server: WebServer) -> None:
    server.pages |= {
        "/licences": answer_json({"rows": [row("1")], "next": f"{server.url}/more?x=1"}),
        "/more": answer_json({"rows": [row("2")], "next": None}),
    }
    dataset = licences(rows="/rows", paging={"kind": "link", "next": "/next"})
    assert (await ask(server, dataset, Scan(("number",)))).rows == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<a>; rel="next"', "a"),
        ("<a>;rel=next", "a"),
        ('<a?x=1,2>; rel="prev", <b?y=3,4>; rel="next"', "b?y=3,4"),
        ('<a>; title="rel=next; <b>"; rel="last"', None),
        ('<a>; REL="Next"', "a"),
        ("", None),
        ("nonsense", None),
    ],
)
def test_link_headers(header: str, target: str | None) -> None:
    assert next_link({"Link": header}) == target


async def test_totals(server: WebServer) -> None:
    Pages(server)
    dataset = licences(rows="/rows", total="/total", paging={"kind": "page", "size": "size"})
    found = await ask(server, dataset, Scan((), count=True, limit=0))
    assert (list(found.rows), found.counts, targets(server)) == ([], {(): 25}, ["/licences?size=1&page=1"])


async def test_totals_by_key_in_a_header(server: WebServer) -> None:
    async def one(asked: Asked, writer: asyncio.StreamWriter) -> None:
        number = asked.target.partition("licence_no=")[2]
        await answer_json([row(number)] * 3, "200 OK", "X-Total-Count: 17")(asked, writer)

    server.pages["/licences"] = one
    dataset = licences(keys=[BY_NUMBER], total_header="X-Total-Count")
    keys = Keys(("number",), (("a",), ("b",)))
    found = await ask(server, dataset, Scan(("number",), keys, count=True))
    assert found.counts == {("a",): 17, ("b",): 17}


async def test_a_total_that_is_missing_is_told(server: WebServer) -> None:
    server.pages["/licences"] = answer_json({"rows": [], "total": "many"})
    with pytest.raises(Malformed, match="lacks its total"):
        await ask(server, licences(rows="/rows", total="/total"), Scan((), count=True, limit=0))


async def test_many_rows_of_many_keys_stay_within_the_bound(server: WebServer) -> None:
    server.pages["/licences"] = echo(*(row(f"{i}") for i in range(40)))
    dataset = replace(licences(keys=[BY_NUMBER]), rows_per_call=5)
    found = await ask(server, dataset, Scan(("number",), Keys(("number",), tuple((f"{i}",) for i in range(40)))))
    assert (len(found.rows), found.complete) == (5, False)


# --- failures -------------------------------------------------------------------------------------

BAD: list[tuple[Handler, type[SourceError]]] = [
    (answer("401 No", b""), Rejected),
    (answer("403 No", b""), Rejected),
    (answer("404 No", b""), Rejected),
    (answer("429 Slow", b"", "Retry-After: 3"), Throttled),
    (answer("500 Oops", b""), Unavailable),
    (answer_json({"error": {"code": 7}, "rows": []}), Unavailable),
    (answer("200 OK", b"<html>"), Malformed),
    (answer("200 OK", orjson.dumps([row("1")])[:-5]), Malformed),
    (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n[{"), Unavailable),
    (raw(b"garbage\r\n\r\n"), Malformed),
    (reset, Unavailable),
    (hang, TimedOut),
    (drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 500, 0.01), TimedOut),
]


@pytest.mark.parametrize(("page", "error"), BAD)
async def test_failures(server: WebServer, page: Handler, error: type[SourceError]) -> None:
    server.pages["/licences"] = page
    dataset = licences(error="/error", keys=[BY_NUMBER])
    for keys in (None, Keys(("number",), (("a",), ("b",), ("c",)))):
        with pytest.raises(error, match=r"dept\.licences") as caught:
            await ask(server, dataset, Scan(("number",), keys), timeout=0.4)
        assert type(caught.value) is error
    await server.closed()


async def test_an_error_in_the_second_page_is_an_error(server: WebServer) -> None:
    server.pages |= {
        "/licences": answer_json([row("1")], "200 OK", "Link: </bad>; rel=next"),
        "/bad": answer("503 Down", b""),
    }
    with pytest.raises(Unavailable):
        await ask(server, licences(paging={"kind": "link"}), Scan(("number",)))


# --- declarations ---------------------------------------------------------------------------------


KEY_MANY = ("options", "keys", 0, "many")
KEY_PARAMS = ("options", "keys", 0, "params")


SORT = {"param": "sort", "columns": {"number": "no", "seats": "seats"}}
ORDERED = ("options", "order", "columns")


@pytest.mark.parametrize(
    ("path", "options", "says", "at"),
    [
        ("x", {"rowz": "/a"}, 'did you mean "rows"', ("options", "rowz")),
        ("x", {"rows": "data"}, 'begin it with "/"', ("options", "rows")),
        ("x", {"rows": "/a~2"}, 'write "~0"', ("options", "rows")),
        ("x", {"total": "/a", "total_header": "X"}, "leave one out", ("options", "total_header")),
        ("x", {"keys": {"columns": "number"}}, "[[options.keys]]", ("options", "keys")),
        ("x", {"keys": [{}]}, "columns is missing", ("options", "keys", 0, "columns")),
        ("x", {"keys": [{"columns": "nope"}]}, "no column of dept.licences", ("options", "keys", 0, "columns")),
        ("x", {"keys": [{"columns": "number", "many": "all"}]}, '"each" or "repeat"', KEY_MANY),
        ("x", {"keys": [{"columns": ["number", "ward"], "many": "comma"}]}, "several columns", KEY_MANY),
        ("x", {"keys": [{"columns": "number", "params": ["a", "b"]}]}, "one for each", KEY_PARAMS),
        ("x", {"filters": {"nope": {"eq": "n"}}}, "no column of dept.licences", ("options", "filters", "nope")),
        ("x", {"filters": {"state": {"like": "s"}}}, "unknown", ("options", "filters", "state", "like")),
        ("x", {"filters": {"open": {"gt": "o"}}}, "bool has no gt", ("options", "filters", "open", "gt")),
        ("x", {"paging": {}}, "kind is missing", ("options", "paging", "kind")),
        ("x", {"paging": {"kind": "pages"}}, 'did you mean "page"', ("options", "paging", "kind")),
        ("x", {"paging": {"kind": "cursor"}}, "next is missing", ("options", "paging", "next")),
        ("x", {"paging": {"kind": "page", "next": "/n"}}, "cursor and link", ("options", "paging", "next")),
        ("x", {"order": {"columns": {}}}, "param is missing", ("options", "order", "param")),
        ("x", {"order": {**SORT, "columns": {"nope": "n"}}}, "no column of dept.licences", ORDERED),
        ("x", {"order": {**SORT, "columns": {"at": "n"}}}, "ordered here", (*ORDERED, "at")),
        ("x", {"order": {**SORT, "descending": "down"}}, 'place of the column', ("options", "order", "descending")),
        ("x", {"order": {**SORT, "many": "each"}}, '"repeat" or "comma"', ("options", "order", "many")),
        ("x/{nope}", {}, "no column of dept.licences", ("path",)),
        ("x/{ward}", {}, "options.keys needs it", ("path",)),
        ("x/{ward}", {"keys": [{"columns": "number"}]}, "options.keys needs it", ("path",)),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_place(
    path: str, options: dict[str, Any], says: str, at: tuple[object, ...]
) -> None:
    found = problems("rest", licences(path, **options))
    assert [mistake.path for mistake in found if says in mistake.text] == [at], found


def test_what_is_well_described_has_no_mistakes() -> None:
    keys = [{"columns": ["ward"]}, {"columns": ["ward", "number"], "params": "n"}]
    dataset = licences("wards/{ward}", keys=keys, filters=FILTERS, paging=KINDS[2], total="/n", rows="/r", empty=[404])
    assert problems("rest", dataset) == ()


async def test_mistakes_are_not_attempted(server: WebServer) -> None:
    with pytest.raises(BadOptions, match=r"dept\.licences: options\.rows"):
        await ask(server, licences(rows="data"), Scan(("number",)))


def test_capabilities_are_as_declared() -> None:
    adapter = open_adapter(WebServer().source())
    dataset = licences(keys=[{**BY_NUMBER, "many": "comma"}], filters=FILTERS)
    found = capabilities_of(adapter, dataset)
    assert found.keyed == frozenset({("number",)})
    assert (found.count, found.limit, found.requires_key) == (False, True, False)
    assert found.columns is not None
    assert {op.value for op in found.columns["issued"]} == {"gte", "lt"}
    assert capabilities_of(adapter, licences(total="/n")).count
    assert capabilities_of(adapter, licences("w/{ward}", keys=[{"columns": "ward"}])).requires_key


async def test_describing_asks_only_what_may_be_asked_without_a_key(server: WebServer) -> None:
    adapter = open_adapter(server.source())
    try:
        for apart in (replace(licences(), requires_key=True), licences("w/{ward}", keys=[{"columns": "ward"}])):
            assert await adapter.describe(apart) is None
        assert targets(server) == []
        with pytest.raises(Rejected):
            await adapter.describe(licences())
        server.pages["/licences"] = answer_json([row(7)])
        assert await adapter.describe(licences()) is None
    finally:
        await adapter.aclose()
    assert targets(server) == ["/licences", "/licences"]
