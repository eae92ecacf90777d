"""Every record exactly once, whatever the size of the pages; cursors that nobody else can make."""

import base64
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.e2e.city import ANONYMOUS, PARCELS, Town, codes, local, make_town, rows

LOT, BUILDING = "tv.lot:10101", "tv.building:1002"


@dataclass(frozen=True)
class Listed:
    """A connection of an entity, with its arguments."""

    promise: str
    field: str
    arguments: str = ""
    id: str = LOT
    root: str = "address"
    least: int = 2  # how many records there are at the least

    def query(self, inside: str, more: str = "") -> str:
        arguments = ", ".join(part for part in (self.arguments, more) if part)
        return f'{{ {self.root}(id: "{self.id}") {{ page: {self.field}({arguments}) {{ {inside} }} }} }}'


COLUMNS = ["word", "count", "share", "sum", "done", "day", "moment", "year", "phone"]
INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LISTS = (
    Listed("with an id", "buildingPermits", least=4),
    Listed("with an id, of two keys", "buildingPermits", id=BUILDING),
    Listed("without an id, identical rows", "sales", least=5),
    Listed("without an id, by two lots", "sales", id=BUILDING, least=6),
    Listed("without an id, ordered by what is the same in all", "sales", "orderBy: [{ ward: ASC }]", least=5),
    Listed("grouped", "inspections", least=3),
    Listed("grouped, of a business", "inspections", id="tv.site:70011", root="business", least=3),
    Listed("grouped, of a company by its sites", "inspections", id="tv.company:7001", root="business", least=3),
    Listed("by text address", "complaints"),
    Listed("with withheld records", "careOrders"),
    Listed("with a condition of its own", "liens"),
    Listed("conditions and order", "sales", "where: { date: { isNull: false } }, orderBy: [{ price: ASC }]", least=4),
    Listed("two columns in order", "sheets", "orderBy: [{ done: DESC }, { year: ASC }]", least=5),
    Listed("a merged kind over date and datetime", "violations", least=10),
    Listed("a merged kind, earliest first", "violations", "orderBy: [{ date: ASC }]", least=10),
    Listed("a merged kind of a business", "violations", id="tv.site:70011", root="business", least=3),
    Listed("a merged kind by a building", "violations", id="tv.building:1001", least=10),
    Listed("a merged kind with damaged dates", "permits", least=4),
    Listed("the timeline", "records", least=25),
    Listed("the timeline, earliest first", "records", "orderBy: [{ date: ASC }]", least=25),
    Listed("the timeline since a day", "records", 'since: "2024-03-04"', least=8),
    Listed("the timeline until a day", "records", 'until: "2024-03-04", orderBy: [{ date: ASC }]', least=8),
    Listed("the timeline of some kinds", "records", "kinds: [SALE, VIOLATION]", least=15),
    Listed("the timeline of a building on two lots", "records", id=BUILDING, least=20),
    *(
        Listed(f"{section} by {column}, {way}", section, f"orderBy: [{{ {column}: {way} }}]", least=5)
        for section in ("readings", "sheets")
        for column in COLUMNS
        for way in ("ASC", "DESC")
    ),
)


async def pages(town: Town, listed: Listed, size: int) -> list[list[str]]:
    """The ids of all pages, by following `endCursor`; each page's facts are checked on the way."""
    found: list[list[str]] = []
    after, totals = "", set()
    inside = f"nodes {{ id }} edges {{ cursor node {{ id }} }} totalCount {INFO}"
    while True:
        more = f"first: {size}" + (f', after: "{after}"' if after else "")
        payload = await town.answer(listed.query(inside, more))
        assert codes(payload) == []
        page = payload["data"][listed.root]["page"]
        ids = [node["id"] for node in page["nodes"]]
        assert ids == [edge["node"]["id"] for edge in page["edges"]]
        info = page["pageInfo"]
        assert info["hasPreviousPage"] is bool(after)
        ends = (page["edges"][0]["cursor"], page["edges"][-1]["cursor"]) if ids else (None, None)
        assert (info["startCursor"], info["endCursor"]) == ends
        totals.add(page["totalCount"])
        found.append(ids)
        if not info["hasNextPage"]:
            break
        assert len(ids) == size
        after = info["endCursor"]
        assert len(found) < 100
    assert len(totals) == 1, totals
    return found


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.promise)
async def test_every_record_once(listed: Listed, town: Town) -> None:
    (whole,) = await pages(town, listed, 1000)
    assert len(whole) >= listed.least
    assert max(Counter(whole).values()) == 1
    for size in (1, 2, 3, 7):
        assert [id for page in await pages(town, listed, size) for id in page] == whole, size


@pytest.mark.parametrize("listed", LISTS[:24], ids=lambda listed: listed.promise)
async def test_every_cursor_continues_behind_its_edge(listed: Listed, town: Town) -> None:
    """Not only the last edge of a page: each of them."""
    first = (await town.data(listed.query("edges { cursor node { id } }", "first: 100")))[listed.root]["page"]["edges"]
    for at, edge in enumerate(first):
        more = f'first: 100, after: "{edge["cursor"]}"'
        rest = (await town.data(listed.query("nodes { id }", more)))[listed.root]["page"]["nodes"]
        assert [node["id"] for node in rest] == [later["node"]["id"] for later in first[at + 1 :]]


@pytest.mark.parametrize("section", ["readings", "sheets"])
@pytest.mark.parametrize("way", ["ASC", "DESC"])
@pytest.mark.parametrize("column", COLUMNS)
async def test_order_with_nulls_last(section: str, column: str, way: str, town: Town) -> None:
    shown = await town.address(
        f"{section}(first: 9, orderBy: [{{ {column}: {way} }}]) {{ nodes {{ reading {column} }} }}"
    )
    values = [node[column] for node in shown[section]["nodes"]]
    assert values[-1] is None
    there = [float(v) if column == "sum" else v for v in values[:-1]]
    assert there == sorted(there, reverse=way == "DESC")
    assert len(there) == 4


async def test_merged_kinds_stand_in_one_order(town: Town) -> None:
    """Latest first, a day at its local midnight; nulls last; ties by type and key."""
    selection = "nodes { date source { dataset } ... on WorksNotices { notice } ... on FireOrders { order } }"
    nodes = (await town.address(f"violations(first: 50) {{ {selection} }}"))["violations"]["nodes"]
    assert [(node["date"], node["source"]["dataset"]) for node in nodes] == [
        ("2024-03-05", "fire.orders"),
        ("2024-03-04", "works.notices"),  # ten o'clock
        ("2024-03-04", "works.notices"),
        ("2024-03-04", "fire.orders"),  # the day, and midnight
        ("2024-03-04", "health.inspections"),
        ("2024-03-04", "health.inspections"),
        ("2024-03-04", "works.notices"),
        ("2023-01-01", "health.inspections"),
        (None, "fire.orders"),
        (None, "works.notices"),
    ]
    early = (await town.address(f"violations(first: 50, orderBy: [{{ date: ASC }}]) {{ {selection} }}"))["violations"]
    dates = [node["date"] for node in early["nodes"]]
    assert dates == [*sorted(date for date in dates if date), None, None]


async def test_a_record_that_comes_between_pages_moves_no_other(town: Town) -> None:
    listed = Listed("", "notices")
    query = listed.query("edges { cursor node { id } } pageInfo { endCursor }", "first: 2")
    page = (await town.data(query))["address"]["page"]
    (whole,) = await pages(town, listed, 100)
    new = {"ID": 99, "LOT": "10101", "SERVED": local(2025, 1, 1), "TEXT": "New", "GRADE": "1"}
    changed = make_town({"works.db": {"notices": [new, *rows()["works.db"]["notices"]]}})
    more = f'first: 100, after: "{page["pageInfo"]["endCursor"]}"'
    rest = (await changed.data(listed.query("nodes { id }", more)))["address"]["page"]["nodes"]
    assert [node["id"] for node in rest] == whole[2:]


async def test_pages_of_several_entities_are_their_own(town: Town) -> None:
    query = """{ addresses(ids: ["tv.lot:10101", "tv.lot:10102", "tv.lot:10103"]) {
      sales(first: 2) { nodes { date } totalCount pageInfo { hasNextPage } }
      notices(first: 2) { nodes { notice } totalCount pageInfo { hasNextPage } } } }"""
    found = (await town.data(query))["addresses"]
    assert [(len(a["sales"]["nodes"]), a["sales"]["totalCount"]) for a in found] == [(2, 5), (1, 1), (0, 0)]
    assert [[n["notice"] for n in a["notices"]["nodes"]] for a in found] == [[2, 3], [5], []]
    assert [a["notices"]["pageInfo"]["hasNextPage"] for a in found] == [True, False, False]


# parts, links, found addresses


async def test_parts_are_paged_within_their_whole(town: Town) -> None:
    whole = "inspections { nodes { date title violations { totalCount nodes { id code } } } }"
    visits = (await town.data(f'{{ business(id: "tv.site:70011") {{ {whole} }} }}'))["business"]["inspections"]["nodes"]
    assert [(v["title"], [p["code"] for p in v["violations"]["nodes"]]) for v in visits] == [
        ("first", ["10A", "10B"]),
        ("second", []),
        ("first", ["10A"]),
    ]
    assert [v["violations"]["totalCount"] for v in visits] == [2, 0, 1]
    after, seen = "", []
    for _ in range(2):
        part = f"violations(first: 1{after}) {{ nodes {{ code }} pageInfo {{ endCursor hasNextPage }} }}"
        query = f'{{ business(id: "tv.site:70011") {{ inspections(first: 1) {{ nodes {{ {part} }} }} }} }}'
        page = (await town.data(query))["business"]["inspections"]["nodes"][0]["violations"]
        seen.append((page["nodes"][0]["code"], page["pageInfo"]["hasNextPage"]))
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    assert seen == [("10A", True), ("10B", False)]


LINKS = (
    ("address", LOT, "businesses", 2),
    ("address", LOT, "people", 1),
    ("business", "tv.company:7001", "addresses", 3),
    ("business", "tv.site:70012", "addresses", 2),
)


@pytest.mark.parametrize(("root", "id", "field", "number"), LINKS)
async def test_ties_are_paged(root: str, id: str, field: str, number: int, town: Town) -> None:
    after, seen = "", []
    for _ in range(number):
        page = "edges { cursor role node { id } } totalCount pageInfo { hasNextPage }"
        query = f'{{ {root}(id: "{id}") {{ {field}(first: 1{after}) {{ {page} }} }} }}'
        found = (await town.data(query))[root][field]
        assert found["totalCount"] == number
        (edge,) = found["edges"]
        seen.append((edge["node"]["id"], edge["role"]))
        assert found["pageInfo"]["hasNextPage"] is (len(seen) < number)
        after = f', after: "{edge["cursor"]}"'
    assert len(set(seen)) == number


@pytest.mark.parametrize(
    "order", ["", "orderBy: [{ yearBuilt: DESC }]", "orderBy: [{ residentialUnits: ASC }, { line: DESC }]"]
)
async def test_found_addresses_are_paged(order: str, town: Town) -> None:
    for size in (1, 2, 3):
        after, seen, more = "", [], True
        while more:
            arguments = ", ".join(part for part in (f"first: {size}", order, after) if part)
            query = (
                f"{{ findAddresses({arguments}) {{ nodes {{ id }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
            )
            page = (await town.data(query))["findAddresses"]
            seen += [node["id"] for node in page["nodes"]]
            assert page["totalCount"] == len(PARCELS)
            more, after = page["pageInfo"]["hasNextPage"], f'after: "{page["pageInfo"]["endCursor"]}"'
        assert len(seen) == len(set(seen)) == len(PARCELS)


# cursors and bounds that are refused


PAGED = (
    ("sales", ""),
    ("sales", "orderBy: [{ price: ASC }]"),
    ("buildingPermits", ""),
    ("violations", ""),
    ("records", ""),
    ("businesses", ""),
)


async def cursor_of(town: Town, field: str, arguments: str = "") -> str:
    inside = ", ".join(part for part in ("first: 1", arguments) if part)
    page = (await town.address(f"{field}({inside}) {{ edges {{ cursor }} }}"))[field]
    return str(page["edges"][0]["cursor"])


def broken(cursor: str) -> dict[str, str]:
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:]
    return {
        "empty": "",
        "a number": "7",
        "not base64": "§§§",
        "base64 of nothing signed": base64.urlsafe_b64encode(b'["cursor","x",1]').decode(),
        "truncated": cursor[:-2],
        "cut to the signature": cursor[:16],
        "longer": cursor + "AAAA",
        "one bit changed": base64.urlsafe_b64encode(changed).decode().rstrip("="),
        "a NUL": cursor[:5] + "\x00" + cursor[5:],
        "very long": "A" * 500_000,
    }


@pytest.mark.parametrize("kind", list(broken("AAAAAAAAAAAAAAAAAAAA")))
@pytest.mark.parametrize(("field", "arguments"), PAGED, ids=[" ".join(p) for p in PAGED])
async def test_forged_cursors(field: str, arguments: str, kind: str, town: Town) -> None:
    forged = broken(await cursor_of(town, field, arguments))[kind]
    town.forget()
    inside = ", ".join(part for part in ("after: $after", arguments) if part)
    query = (
        f'query Page($after: String) {{ address(id: "{LOT}") {{ {field}({inside}) {{ totalCount }} zip: postcode }} }}'
    )
    payload = await town.answer(query, after=forged)
    assert payload["data"]["address"] == {field: None, "zip": "90001"}
    assert codes(payload) == [(f"address.{field}", "BAD_CURSOR")]
    assert len(payload["errors"][0]["message"]) < 300


@pytest.mark.parametrize(("field", "arguments"), PAGED, ids=[" ".join(p) for p in PAGED])
async def test_cursors_of_other_lists(field: str, arguments: str, town: Town) -> None:
    """Another section's, another order's, and an id: all well signed, none for this list."""
    record = (await town.address("sales { nodes { id } }"))["sales"]["nodes"][0]["id"]
    others = [await cursor_of(town, *other) for other in PAGED if other != (field, arguments)]
    for cursor in [*others, record]:
        inside = ", ".join(part for part in ("after: $after", arguments) if part)
        query = f'query Page($after: String) {{ address(id: "{LOT}") {{ {field}({inside}) {{ totalCount }} }} }}'
        payload = await town.answer(query, after=cursor)
        assert payload["data"]["address"] == {field: None}
        assert codes(payload) == [(f"address.{field}", "BAD_CURSOR")]


async def test_a_cursor_is_no_id(town: Town) -> None:
    cursor = await cursor_of(town, "sales")
    payload = await town.answer("query Node($id: ID!) { node(id: $id) { id } }", id=cursor)
    assert payload["data"] == {"node": None}
    assert codes(payload) == [("node", "BAD_IDENTIFIER")]


async def test_a_cursor_tells_nothing_that_is_denied(town: Town) -> None:
    """Cursors can be read; what the caller may not see must not be in one."""
    query = Listed("", "sales").query("edges { cursor }", "first: 5")
    for edge in (await town.data(query, ANONYMOUS))["address"]["page"]["edges"]:
        cursor = edge["cursor"]
        assert b"DOE" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


@pytest.mark.parametrize("first", [-1, 1001, 10**9, -(2**31)])
@pytest.mark.parametrize("field", ["sales", "violations", "records", "businesses"])
async def test_first_is_bounded(field: str, first: int, town: Town) -> None:
    page = f"{field}(first: $first) {{ totalCount }}"
    query = f'query Page($first: Int!) {{ address(id: "{LOT}") {{ {page} zip: postcode }} }}'
    payload = await town.answer(query, first=first)
    assert payload["data"]["address"] == {field: None, "zip": "90001"}
    assert codes(payload) == [(f"address.{field}", "BAD_ARGUMENT")]
    assert str(first) in payload["errors"][0]["message"]


@pytest.mark.parametrize("first", [-1, 1001, 10**9])
async def test_first_is_bounded_at_the_root(first: int, town: Town) -> None:
    for field in (
        f"findAddresses(first: {first}) {{ totalCount }}",
        f'searchAddresses(text: "12 Oak St", first: {first}) {{ state }}',
    ):
        payload = await town.answer(f"{{ {field} }}")
        assert codes(payload) == [(field.partition("(")[0], "BAD_ARGUMENT")]
        assert town.calls() == []


@pytest.mark.parametrize("field", ["sales", "buildingPermits", "violations", "records", "businesses", "inspections"])
async def test_first_0_counts_only(field: str, town: Town) -> None:
    (count,) = {(await town.address(f"{field}(first: {n}) {{ totalCount }}"))[field]["totalCount"] for n in (0, 1000)}
    page = (await town.address(f"{field}(first: 0) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"))[field]
    assert page["nodes"] == []
    assert page["pageInfo"] == {"hasNextPage": True, "endCursor": None}
    assert count is None or count > 0
