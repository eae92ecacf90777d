"""GraphQL APIs of every manner: lists and aliases, places and pages, and answers that come in part."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import strawberry
import uvicorn
from aiohttp import web
from graphql import GraphQLError, parse
from strawberry.asgi import GraphQL
from strawberry.types import Info

from adapters.base import (
    Column,
    ColumnType,
    Compare,
    Damaged,
    Dataset,
    Keys,
    Op,
    OrderBy,
    Scan,
    Source,
    capabilities_of,
)
from adapters.errors import Malformed, Refused, Rejected, SourceError, Throttled, TimedOut, Unavailable
from adapters.graphql import GraphqlAdapter, create, problems
from adapters.graphql.layout import of_dataset
from adapters.graphql.queries import literal, selected, write
from adapters.reading import read

ASKED: list[str] = []


@strawberry.type
class Owner:
    name: str | None


@strawberry.type
class Permit:
    number: int
    lot: str
    fee: float | None
    owner: Owner | None

    @strawberry.field
    def status(self) -> str | None:
        if self.number % 5 == 4:
            raise GraphQLError("the status of this one is broken")
        return "OPEN" if self.number % 2 else None


def permit(i: int) -> Permit:
    return Permit(number=i, lot=f"L{i % 4}", fee=i / 2, owner=Owner(name=f"N{i}") if i % 3 else None)


PERMITS = [permit(i) for i in range(12)]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge:
    node: Permit


@strawberry.type
class Permits:
    edges: list[Edge]
    page_info: PageInfo


@strawberry.input
class Among:
    among: list[str]


@strawberry.input
class Where:
    lot: Among | None = None
    open_only: bool = False


@strawberry.type
class Lot:
    id: strawberry.ID

    @strawberry.field
    def permits(self, first: int = 2) -> list[Permit]:
        return [each for each in PERMITS if each.lot == self.id][:first]

    @strawberry.field
    def more(self, first: int = 2) -> bool:
        return len([each for each in PERMITS if each.lot == self.id]) > first


@strawberry.type
class City:
    name: str

    @strawberry.field
    def permits(self, first: int = 5, after: str | None = None, where: Where | None = None) -> Permits:
        found = PERMITS
        if where is not None and where.lot is not None:
            found = [each for each in found if each.lot in where.lot.among]
        if where is not None and where.open_only:
            found = [each for each in found if each.number % 2]
        start = int(after or 0)
        page = found[start : start + first]
        more = start + first < len(found)
        return Permits(
            edges=[Edge(node=each) for each in page],
            page_info=PageInfo(has_next_page=more, end_cursor=str(start + first)),
        )


@strawberry.type
class Query:
    city: City = strawberry.field(resolver=lambda: City(name="Test"))

    @strawberry.field
    def lots(self, ids: list[strawberry.ID]) -> list[Lot | None] | None:
        if "boom" in ids:
            raise GraphQLError("all of it", extensions={"code": "UNAVAILABLE", "retryable": True})
        return [Lot(id=each) if each in {"L0", "L1", "L2", "L3"} else None for each in ids]

    @strawberry.field
    def permits_of(self, info: Info, lot: str, min: int = 0) -> list[Permit] | None:
        if lot == "broken":
            raise GraphQLError("this one can't be told")
        if lot == "gone":
            raise GraphQLError("no such lot", extensions={"code": "NOT_FOUND"})
        return [each for each in PERMITS if each.lot == lot and each.number >= min]


SCHEMA = strawberry.Schema(Query)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(GraphQL(SCHEMA), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


def adapter_for(url: str) -> GraphqlAdapter:
    return create(Source("d.g", "graphql", url, options={"private": True}))


@pytest.fixture
async def api(url: str) -> AsyncIterator[GraphqlAdapter]:
    made = adapter_for(url)
    yield made
    await made.aclose()


NUMBER = Column("number", ("number",), ColumnType.INT)
LOT = Column("lot", ("lot",))


def dataset(path: str, *columns: Column, **options: object) -> Dataset:
    return Dataset("d.permits", "d.g", path, {column.name: column for column in columns}, options=options)


PAGED = dataset("city.permits", NUMBER, LOT, rows="edges.node", keys={"lot": "where.lot.among"}, pages={"size": 5})
ONE_BY_ONE = dataset("permitsOf", NUMBER, Column("lot", ("@key",)), each={"lot": "lot"})
PLACES = dataset(
    "lots",
    NUMBER,
    Column("lot", ("@key",)),
    Column("id", ("^id",)),
    aligned=True,
    rows="permits(first: 2)",
    more="more(first: 2)",
    keys={"lot": "ids"},
    types={"lot": "[ID!]!"},
)


def keys(*lots: str) -> Keys:
    return Keys(("lot",), tuple((lot,) for lot in lots))


async def test_pages_are_read_to_the_end_or_to_the_limit(api: GraphqlAdapter) -> None:
    whole = await read(api, PAGED, Scan(("number",)))
    assert (whole.rows, whole.calls) == ([(i,) for i in range(12)], 3)
    part = await read(api, PAGED, Scan(("number",), limit=6))
    assert (part.rows, part.calls) == ([(i,) for i in range(6)], 2)
    some = await read(api, PAGED, Scan(("number", "lot"), keys("L1", "L3", "L9"), order=(OrderBy("number", True),)))
    assert some.rows == [(11, "L3"), (9, "L1"), (7, "L3"), (5, "L1"), (3, "L3"), (1, "L1")]
    none = await read(api, PAGED, Scan(("number",), filters=(Compare("number", Op.GT, 9),), count=True))
    assert (none.rows, none.counts) == ([(10,), (11,)], {(): 2})


async def test_fixed_arguments_stand_beside_those_of_keys(api: GraphqlAdapter) -> None:
    data = replace(PAGED, options={**PAGED.options, "arguments": {"where": {"openOnly": True}}})
    assert (await read(api, data, Scan(("number",), keys("L1", "L2")))).rows == [(1,), (5,), (9,)]
    least = replace(ONE_BY_ONE, options={**ONE_BY_ONE.options, "arguments": {"min": 6}})
    assert (await read(api, least, Scan(("number",), keys("L1", "L2")))).rows == [(9,), (6,), (10,)]


async def test_one_alias_a_key(api: GraphqlAdapter) -> None:
    answer = await read(api, ONE_BY_ONE, Scan(("lot", "number"), keys("L1", 'quo"te\\', "L0"), count=True))
    assert answer.rows == [("L1", 1), ("L1", 5), ("L1", 9), ("L0", 0), ("L0", 4), ("L0", 8)]
    assert (answer.counts, answer.calls) == ({("L1",): 3, ('quo"te\\',): 0, ("L0",): 3}, 1)
    few = replace(ONE_BY_ONE, options={**ONE_BY_ONE.options, "aliases": 2})
    assert (await read(api, few, Scan(("number",), keys("L0", "L1", "L2", "L3", "x")))).calls == 3


async def test_a_key_that_an_error_took_away_is_incomplete(api: GraphqlAdapter) -> None:
    answer = await read(api, ONE_BY_ONE, Scan(("lot", "number"), keys("L1", "broken", "gone"), count=True))
    assert [row[1] for row in answer.rows] == [1, 5, 9]
    assert (answer.complete, answer.incomplete) == (False, frozenset({("broken",)}))
    assert answer.counts == {("L1",): 3, ("gone",): 0}, "NOT_FOUND says that there are none"


async def test_a_place_for_every_key(api: GraphqlAdapter) -> None:
    answer = await read(api, PLACES, Scan(("lot", "id", "number"), keys("L1", "nowhere", "L2")))
    assert answer.rows == [("L1", "L1", 1), ("L1", "L1", 5), ("L2", "L2", 2), ("L2", "L2", 6)]
    assert (answer.complete, answer.incomplete) == (False, frozenset({("L1",), ("L2",)})), "there are more of each"


async def test_cells_with_an_error_are_damaged_and_others_null(api: GraphqlAdapter) -> None:
    columns = (NUMBER, Column("status", ("status",)), Column("owner", ("owner.name",)))
    data = replace(PAGED, columns={column.name: column for column in (*columns, LOT)})
    answer = await read(api, data, Scan(("number", "status", "owner"), keys("L0", "L1")))
    assert answer.rows == [
        (0, None, None),
        (1, "OPEN", "N1"),
        (4, Damaged("status"), "N4"),
        (5, "OPEN", "N5"),
        (8, None, "N8"),
        (9, Damaged("status"), None),
    ]
    assert answer.complete


async def test_a_field_that_fails_as_a_whole(api: GraphqlAdapter) -> None:
    with pytest.raises(Unavailable, match=r"d\.permits.*failure of its own") as caught:
        await read(api, PLACES, Scan(("number",), keys("boom")))
    assert "all of it" in caught.value.detail
    assert "all of it" not in str(caught.value)


async def test_without_a_way_to_ask_for_all_a_key_is_needed(api: GraphqlAdapter) -> None:
    for data in (ONE_BY_ONE, PLACES):
        assert capabilities_of(api, data).requires_key
        with pytest.raises(Refused, match="only asked by key"):
            await read(api, data, Scan(("number",)))
        with pytest.raises(Refused):
            await api.scan(data, Scan(("number",)))
    with pytest.raises(Refused, match="these filters"):
        await api.scan(PAGED, Scan(("number",), filters=(Compare("number", Op.EQ, 1),)))
    with pytest.raises(Refused, match="count"):
        await api.scan(PAGED, Scan(("number",), count=True))


async def test_what_the_endpoint_says_of_itself(api: GraphqlAdapter) -> None:
    shape = await api.describe(replace(PAGED, columns={"lot": LOT, "owner": Column("owner", ("owner.name",))}))
    assert shape is not None
    found = {column.name: column for column in shape.columns}
    assert set(found) == {"number", "lot", "fee", "status", "owner.name"}
    assert ColumnType.INT in found["number"].types
    assert found["owner.name"].text
    with pytest.raises(Rejected, match="no such dataset"):
        await api.describe(replace(PAGED, path="city.licences"))
    assert await api.describe(PLACES) is not None


async def test_fields_that_are_not_there(api: GraphqlAdapter) -> None:
    gone = replace(PAGED, columns={**PAGED.columns, "gone": Column("gone", ("owner.shoes",))})
    answer = await read(api, gone, Scan(("number", "gone"), limit=1))
    assert answer.rows == [(0, Damaged("gone"))]
    with pytest.raises(Rejected, match="no such dataset"):
        await read(api, replace(PAGED, path="city.licences"), Scan(("number",)))


@dataclass
class Script:
    """A server that answers what it is told to."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture
async def script() -> AsyncIterator[tuple[Script, GraphqlAdapter]]:
    told = Script()

    async def answer(request: web.Request) -> web.Response:
        ASKED.append((await request.json())["query"])
        text = told.body if isinstance(told.body, str) else None
        return (
            web.Response(status=told.status, text=text, headers=told.headers)
            if text is not None
            else web.json_response(told.body, status=told.status, headers=told.headers)
        )

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    adapter = adapter_for(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    yield told, adapter
    await adapter.aclose()
    await runner.cleanup()


def error(message: str = "secret words", **extensions: object) -> dict[str, object]:
    return {"errors": [{"message": message, "extensions": extensions}], "data": None}


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (200, error(), Rejected, "refuses"),
        (200, error(code="RATE_LIMITED", retryAfter=7), Throttled, "fewer"),
        (200, error(code="TIMEOUT"), TimedOut, "in time"),
        (200, error(retryable=True), Unavailable, "failure"),
        (400, error("Cannot query field 'permitsOf' on type 'Query'."), Rejected, "no such dataset"),
        (500, error(code="INTERNAL_SERVER_ERROR"), Unavailable, "failure"),
        (500, "<h1>oops</h1>", Unavailable, "failure"),
        (404, "none", Rejected, "no such dataset"),
        (401, error(), Rejected, "credentials"),
        (403, {"detail": "no"}, Rejected, "let us"),
        (429, error(), Throttled, "fewer"),
        (200, "<html>", Malformed, "no JSON"),
        (200, [1], Malformed, "no answer"),
        (200, {"data": {"k0": "text"}}, Malformed, "no objects"),
        (200, {"data": {"k0": [[1]]}}, Malformed, "no objects"),
    ],
)
async def test_answers_that_are_none(
    script: tuple[Script, GraphqlAdapter], status: int, body: object, kind: type[SourceError], says: str
) -> None:
    told, adapter = script
    told.status, told.body = status, body
    with pytest.raises(kind, match=says) as caught:
        await read(adapter, ONE_BY_ONE, Scan(("number",), keys("L1")))
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" not in f"{caught.value}{caught.value.detail}"


async def test_throttled_says_how_long(script: tuple[Script, GraphqlAdapter]) -> None:
    told, adapter = script
    told.body = error(code="RATE_LIMITED", retryAfter=7)
    with pytest.raises(Throttled) as caught:
        await read(adapter, ONE_BY_ONE, Scan(("number",), keys("L1")))
    assert caught.value.retry_after == 7


async def test_pages_that_lead_nowhere(script: tuple[Script, GraphqlAdapter]) -> None:
    told, adapter = script
    told.body = {"data": {"city": {"k0": {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}}}}
    with pytest.raises(Malformed, match="nowhere"):
        await read(adapter, PAGED, Scan(("number",)))


async def test_an_error_without_a_path_makes_all_of_it_partial(script: tuple[Script, GraphqlAdapter]) -> None:
    told, adapter = script
    told.body = {"data": {"k0": [{"number": 1}]}, "errors": [{"message": "something"}]}
    answer = await read(adapter, ONE_BY_ONE, Scan(("number",), keys("L1")))
    assert (answer.rows, answer.complete, answer.incomplete) == ([(1,)], False, frozenset({("L1",)}))


async def test_what_is_sent_is_graphql_whatever_a_key_says() -> None:
    hostile = ['") { x } #', "\\", "\n", "\u2028", "'", "😀", "$v0", "{", "\x7f"]
    one, places = of_dataset(ONE_BY_ONE)[0], of_dataset(PLACES)[0]
    query = write(one, selected(one, [NUMBER]), keys(*hostile))
    document: Any = parse(query.text)
    fields = document.definitions[0].selection_set.selections
    assert [each.arguments[0].value.value for each in fields] == hostile
    typed = write(places, selected(places, [NUMBER]), keys(*hostile))
    parse(typed.text)
    assert typed.variables == {"v0": hostile}
    assert literal({"a": [1, True, None, 1.5, "x"]}) == '{a: [1,true,null,1.5,"x"]}'


@pytest.mark.parametrize(
    ("path", "column", "options", "says"),
    [
        ("permits of", "number", {}, "no field of a query"),
        ("permits", "owner name", {}, "is no path"),
        ("permits", "@key", {}, "needs options.each"),
        ("permits", "number", {"keys": {"lot": "a b"}}, "is no argument"),
        ("permits", "number", {"keys": {"plot": "ids"}}, 'no column "plot"'),
        ("permits", "number", {"keys": {"number": "ids"}, "types": {"number": "ids: ["}}, "is no type"),
        ("permits", "number", {"types": {"number": "ID"}}, "neither"),
        ("permits", "number", {"rows": "edges..node"}, "no path"),
        ("permits", "number", {"row": "nodes"}, 'did you mean "rows"'),
    ],
)
async def test_options_that_are_not_understood(path: str, column: str, options: dict[str, object], says: str) -> None:
    found = problems(dataset(path, Column("number", (column,)), **options))
    assert any(says in mistake.text for mistake in found), found
