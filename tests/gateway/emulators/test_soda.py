"""The SODA emulator, point by point as its documentation lists them; its files, faults and command."""

import gzip
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from gateway.emulators.soda import BadFiles, Content, Field, Portal, Terms, create_app, read_folder
from gateway.emulators.soda.faults import KINDS
from gateway.emulators.soda.serving import PortalServer, url_of
from gateway.emulators.soda.soql import Query

DOCS = Path(__file__).parents[3] / "docs" / "soda-emulator.md"
UPDATED = datetime(2026, 11, 1, 4, 0, 30, tzinfo=UTC)
FIELDS = (
    Field("name", "text", "Name", "What it is called"),
    Field("n", "number"),
    Field("day", "calendar_date"),
    Field("moment", "fixed_timestamp"),
    Field("open", "checkbox"),
    Field("spot", "point"),
    Field("place", "location"),
    Field("site", "url"),
    Field("order", "text"),
)
ROWS: list[list[Any]] = [
    ["Ab", "1", "2020-01-01", "2020-01-01T00:00:00Z", True, "POINT (-73.5 40.5)", "(40.5, -73.5)", "http://a.gov", "x"],
    ["ab", "2.50", "2020-01-01T10:30:00", "2020-01-01T02:00:00+02:00", False, None, None, None, "y"],
    ["abc", "30", "12/31/2021", None, None, {"type": "Point", "coordinates": [1, 2]}, None, ["http://c.gov", "C"], "x"],
    ["it's", "-4", None, None, None, None, None, None, None],
    [None, None, "2019-05-05", None, True, None, None, None, "y"],
]


def served(portal: Portal, terms: Terms | None = None) -> Iterator[str]:
    """The portal's address, while it answers in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    server = PortalServer(create_app(portal, terms), lambda url: ready.set())
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    assert ready.wait(10)
    yield url_of(listener)
    server.should_exit = True
    thread.join(10)
    listener.close()
    portal.close()


def things() -> Portal:
    portal = Portal()
    portal.add(Content("abcd-1234", FIELDS, ROWS, "Things", "All of them", UPDATED))
    return portal


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    yield from served(things())


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url) as client:
        yield client


def get(client: httpx.Client, **parameters: object) -> Any:
    """Rows of a call; `_where` stands for $where."""
    names = {name: f"${name[1:]}" if name.startswith("_") else name for name in parameters}
    answer = client.get("/resource/abcd-1234.json", params={names[k]: str(v) for k, v in parameters.items()})
    assert answer.is_success, answer.text
    return answer.json()


def names(client: httpx.Client, where: str) -> list[str | None]:
    return [row.get("name") for row in get(client, _where=where, _select="name", _order=":id")]


def refused(client: httpx.Client, **parameters: object) -> dict[str, Any]:
    names = {name: f"${name[1:]}" if name.startswith("_") else name for name in parameters}
    answer = client.get("/resource/abcd-1234.json", params={names[k]: str(v) for k, v in parameters.items()})
    assert answer.status_code == 400, answer.text
    found: dict[str, Any] = answer.json()
    assert found["error"] is True
    return found


class TestPoints:
    """One for each line of the table in docs/soda-emulator.md."""

    def test_endpoint(self, client: httpx.Client) -> None:
        assert client.get("/resource/abcd-1234").json() == client.get("/resource/abcd-1234.json").json()
        assert len(client.get("/resource/abcd-1234.json").json()) == 5

    def test_json(self, client: httpx.Client) -> None:
        answer = client.get("/resource/abcd-1234.json")
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        assert answer.json()[3] == {"name": "it's", "n": "-4"}

    def test_text(self, client: httpx.Client) -> None:
        assert names(client, "name = 'ab'") == ["ab"]
        assert names(client, "name = 'it''s'") == ["it's"]
        assert names(client, 'name = "ab"') == ["ab"]
        assert names(client, "name > 'ab'") == ["abc", "it's"]
        assert names(client, "name || '!' = 'ab!'") == ["ab"]
        assert refused(client, _where="name > 42")["code"] == "query.soql.type-mismatch"

    def test_number(self, client: httpx.Client) -> None:
        assert [row.get("n") for row in get(client)] == ["1", "2.50", "30", "-4", None]
        assert names(client, "n > 2") == ["ab", "abc"]
        assert names(client, "n = '2.5'") == ["ab"]
        assert names(client, "n = -4") == ["it's"]
        assert refused(client, _where="n = 'many'")["code"] == "query.soql.type-mismatch"

    def test_floating_timestamp(self, client: httpx.Client) -> None:
        days = ["2020-01-01T00:00:00.000", "2020-01-01T10:30:00.000", "2021-12-31T00:00:00.000", None]
        assert [row.get("day") for row in get(client)][:4] == days
        assert names(client, "day > '2020-01-01T10:00:00'") == ["ab", "abc"]
        assert names(client, "day >= '2021-12-31'") == ["abc"]
        assert refused(client, _where="day > '2020-01-01T00:00:00Z'")["code"] == "query.soql.type-mismatch"

    def test_fixed_timestamp(self, client: httpx.Client) -> None:
        assert {row["moment"] for row in get(client, _where="moment is not null")} == {"2020-01-01T00:00:00.000Z"}
        assert names(client, "moment = '2020-01-01T00:00:00.000Z'") == ["Ab", "ab"]

    def test_checkbox(self, client: httpx.Client) -> None:
        assert [row.get("open") for row in get(client)] == [True, False, None, None, True]
        assert names(client, "open") == ["Ab", None]
        assert names(client, "open = false") == ["ab"]
        assert names(client, "not open") == ["ab"]

    def test_point(self, client: httpx.Client) -> None:
        spots = [row.get("spot") for row in get(client)]
        assert spots[0] == {"type": "Point", "coordinates": [-73.5, 40.5]}
        assert spots[2] == {"type": "Point", "coordinates": [1.0, 2.0]}
        assert names(client, "spot is null") == ["ab", "it's", None]

    def test_location(self, client: httpx.Client) -> None:
        assert get(client)[0]["place"] == {"latitude": "40.5", "longitude": "-73.5"}
        found = get(client, _select="place.latitude as lat, spot.longitude as lon", _limit=1)
        assert found == [{"lat": "40.5", "lon": "-73.5"}]

    def test_url(self, client: httpx.Client) -> None:
        assert [row.get("site") for row in get(client)][0:3] == [{"url": "http://a.gov"}, None, {"url": "http://c.gov"}]

    def test_simple_filters(self, client: httpx.Client) -> None:
        assert [row["name"] for row in get(client, name="ab")] == ["ab"]
        assert [row["name"] for row in get(client, order="x", n="30")] == ["abc"]
        assert len(get(client, open="true")) == 2
        assert [row["name"] for row in get(client, order="x", _where="n > 1")] == ["abc"]
        assert "nope" in refused(client, nope="1")["message"]
        assert "$nope" in refused(client, **{"$nope": "1"})["message"]

    def test_select(self, client: httpx.Client) -> None:
        assert get(client, _select="name, n as size", _limit=1) == [{"name": "Ab", "size": "1"}]
        assert get(client, _select="upper(name), `order`", _limit=1) == [{"upper_name": "AB", "order": "x"}]
        assert get(client, _select="count(*), sum(n)") == [{"count": "5", "sum_n": "29.5"}]
        assert set(get(client, _select=":*, *", _limit=1)[0]) > {":id", ":updated_at", "name"}
        assert refused(client, _select="nme")["data"] == {"column": "nme"}

    def test_where(self, client: httpx.Client) -> None:
        assert names(client, "n = 1 or n = 30 and name = 'x'") == ["Ab"]
        assert names(client, "(n = 1 or n = 30) and not name = 'Ab'") == ["abc"]
        assert names(client, "n <> 1 AND n != 30 AND n <= 2.5") == ["ab", "it's"]
        assert names(client, "`n` IS NULL") == [None]
        assert names(client, "name is not null and n < 1") == ["it's"]
        assert names(client, "n == 1 -- comment") == ["Ab"]
        assert names(client, " or ".join(f"n = {i}" for i in range(400))) == ["Ab", "abc"]

    @pytest.mark.parametrize(
        ("order", "found"),
        [
            ("n", ["it's", "Ab", "ab", "abc", None]),
            ("n desc", [None, "abc", "ab", "Ab", "it's"]),
            ("n DESC NULL LAST", ["abc", "ab", "Ab", "it's", None]),
            ("n nulls first", [None, "it's", "Ab", "ab", "abc"]),
            ("`order`, n desc null last", ["abc", "Ab", "ab", None, "it's"]),
        ],
    )
    def test_order(self, client: httpx.Client, order: str, found: list[str | None]) -> None:
        assert [row.get("name") for row in get(client, _order=order)] == found

    def test_group(self, client: httpx.Client) -> None:
        found = get(client, _select="`order`, count(*) as c", _group="`order`", _order="c desc, `order`")
        assert found == [{"order": "x", "c": "2"}, {"order": "y", "c": "2"}, {"c": "1"}]
        by_year = get(client, _select="date_extract_y(day) as y, max(n)", _group="y", _order="y")
        assert by_year[:2] == [{"y": "2019"}, {"y": "2020", "max_n": "2.5"}]
        assert refused(client, _select="name, count(*)", _group="n")["code"] == "query.soql.column-not-in-group-bys"
        assert refused(client, _where="count(*) > 1")["code"] == "query.soql.aggregate-in-ungrouped-context"

    def test_having(self, client: httpx.Client) -> None:
        shape = {"_select": "`order`, count(*) as c", "_group": "`order`", "_order": "`order`"}
        assert get(client, **shape, _having="c > 1 and max(n) > 2.5") == [{"order": "x", "c": "2"}]

    def test_limit(self, client: httpx.Client) -> None:
        assert len(get(client, _limit=2)) == 2
        assert get(client, _limit=0) == []
        assert len(get(client, _select="`order`, count(*)", _group="`order`", _limit=2)) == 2
        assert "$limit" in refused(client, _limit=-1)["message"]

    def test_offset(self, client: httpx.Client) -> None:
        pages = [get(client, _order=":id", _limit=2, _offset=start) for start in (0, 2, 4, 6)]
        assert [row for page in pages for row in page] == get(client, _order=":id")

    def test_query(self, client: httpx.Client) -> None:
        soql = "SELECT name, n AS m WHERE n > 1 ORDER BY m DESC LIMIT 1 OFFSET 1"
        assert get(client, _query=soql) == [{"name": "ab", "m": "2.50"}]
        grouped = "select `order`, count(*) group by `order` having count(*) > 1 order by `order` limit 1"
        assert get(client, _query=grouped) == [{"order": "x", "count": "2"}]
        assert "$limit" in refused(client, _query="select *", _limit=1)["message"]
        assert refused(client, _query="select name |> select count(*)")["code"] == "query.compiler.malformed"

    def test_distinct(self, client: httpx.Client) -> None:
        assert get(client, _select="distinct `order`", _order="`order`") == [{"order": "x"}, {"order": "y"}, {}]
        assert get(client, _select="count(distinct `order`)") == [{"count_distinct_order": "2"}]

    def test_in(self, client: httpx.Client) -> None:
        assert names(client, "name in ('ab', 'it''s', 'zz')") == ["ab", "it's"]
        assert names(client, "n not in (1, '30')") == ["ab", "it's"]

    def test_between(self, client: httpx.Client) -> None:
        assert names(client, "n between 1 and 2.5") == ["Ab", "ab"]
        assert names(client, "day not between '2020-01-01' and '2020-12-31'") == ["abc", None]

    def test_like(self, client: httpx.Client) -> None:
        assert names(client, "name like 'a%'") == ["ab", "abc"]
        assert names(client, "name like '_b'") == ["Ab", "ab"]
        assert names(client, "name not like '%b%'") == ["it's"]

    def test_starts_with(self, client: httpx.Client) -> None:
        assert names(client, "starts_with(name, 'ab')") == ["ab", "abc"]
        assert names(client, "not starts_with(name, '%')") == ["Ab", "ab", "abc", "it's"]

    def test_upper_lower(self, client: httpx.Client) -> None:
        assert names(client, "upper(name) = 'AB'") == ["Ab", "ab"]
        assert get(client, _select="lower('ÄÖ') as low", _limit=1) == [{"low": "äö"}]

    def test_aggregates(self, client: httpx.Client) -> None:
        chosen = "count(*) as a, count(n) as b, sum(n) as c, avg(n) as d, min(name) as e, max(day) as f"
        assert get(client, _select=chosen) == [
            {"a": "5", "b": "4", "c": "29.5", "d": "7.375", "e": "Ab", "f": "2021-12-31T00:00:00.000"}
        ]

    def test_case(self, client: httpx.Client) -> None:
        chosen = "case(n > 2, 'big', n > 0, 'small', true, 'none') as c"
        assert [row["c"] for row in get(client, _select=chosen)] == ["small", "big", "big", "none", "none"]
        assert get(client, _select="case(n > 2, n) as c", _limit=1) == [{}]

    def test_dates(self, client: httpx.Client) -> None:
        chosen = "date_trunc_y(day) as a, date_trunc_ym(day) as b, date_trunc_ymd(day) as c"
        found = get(client, _select=chosen, _where="name = 'abc'")
        assert [*found[0].values()] == [f"2021-{md}T00:00:00.000" for md in ("01-01", "12-01", "12-31")]
        parts = (
            "date_extract_y(day) as y, date_extract_m(day) as m, date_extract_d(day) as d, date_extract_hh(day) as h"
        )
        assert [*get(client, _select=parts, _where="name = 'ab'")[0].values()] == ["2020", "1", "1", "10"]

    def test_arithmetic(self, client: httpx.Client) -> None:
        chosen = "n + 1 as a, n - 1 as b, n * 2 as c, n / 4 as d, n % 2 as e, -n as f"
        assert [*get(client, _select=chosen, _where="n = 2.5")[0].values()] == [
            "3.5",
            "1.5",
            "5",
            "0.625",
            "0.5",
            "-2.5",
        ]

    def test_system_fields(self, client: httpx.Client) -> None:
        assert not any(name.startswith(":") for name in get(client)[0])
        found = get(client, _select=":id, :created_at, :updated_at, :version")
        assert {row[":updated_at"] for row in found} == {"2026-11-01T04:00:30.000Z"}
        assert len({row[":id"] for row in found}) == 5
        assert all(re.fullmatch(r"row-\w{4}\.\w{4}~\w{4}", row[":id"]) for row in found)
        assert len(get(client, _where=":updated_at > '2026-01-01T00:00:00Z'")) == 5

    def test_app_tokens(self) -> None:
        for url in served(things(), Terms(tokens=frozenset({"known"}))):
            path = f"{url}/resource/abcd-1234.json"
            assert httpx.get(path, headers={"X-App-Token": "known"}).is_success
            assert httpx.get(path, params={"$$app_token": "known"}).is_success
            assert httpx.get(path).is_success
            refused = httpx.get(path, headers={"X-App-Token": "guess"})
            assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")

    def test_throttling(self) -> None:
        for url in served(things(), Terms(per_minute=2)):
            path = f"{url}/resource/abcd-1234.json"
            assert [httpx.get(path).status_code for _ in range(3)] == [200, 200, 429]
            assert 0 < int(httpx.get(path).headers["retry-after"]) <= 60
            assert httpx.get(path, headers={"X-App-Token": "any"}).is_success

    def test_response_codes(self, client: httpx.Client) -> None:
        assert client.get("/resource/nope-nope.json").status_code == 404
        assert client.get("/elsewhere").status_code == 404
        assert client.post("/resource/abcd-1234.json").status_code == 405
        assert client.get("/resource/abcd-1234.json", params={"$where": "n = 1 or " * 2000}).status_code == 414
        for status in (202, 401, 500, 503):
            assert client.get("/resource/abcd-1234.json", headers={"X-Fault": f"status:{status}"}).status_code == status

    def test_errors(self, client: httpx.Client) -> None:
        answer = client.get("/resource/abcd-1234.json", params={"$where": "day<2022-01-01T00:00:00.000"})
        told = answer.json()
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        assert (told["code"], told["error"]) == ("query.compiler.malformed", True)
        assert told["message"].startswith(
            'Could not parse SoQL query "day<2022-01-01T00:00:00.000" at line 1 character'
        )
        assert told["message"].endswith("but got `T00'")
        assert told["data"] == {"query": "day<2022-01-01T00:00:00.000"}

    def test_headers(self, client: httpx.Client) -> None:
        headers = client.get("/resource/abcd-1234.json", params={"$select": "name, n, day, open, :id"}).headers
        assert orjson.loads(headers["x-soda2-fields"]) == ["name", "n", "day", "open", ":id"]
        types = ["text", "number", "floating_timestamp", "boolean", "text"]
        assert orjson.loads(headers["x-soda2-types"]) == types
        assert headers["last-modified"] == headers["x-soda2-truth-last-modified"] == "Sun, 01 Nov 2026 04:00:30 GMT"
        assert headers["x-soda2-data-out-of-date"] == "false"
        assert headers["access-control-allow-origin"] == "*"
        assert len(headers["x-socrata-requestid"]) == 32

    def test_conditional(self, client: httpx.Client) -> None:
        whole = client.get("/resource/abcd-1234.json")
        for name, value in (
            ("If-None-Match", whole.headers["etag"]),
            ("If-Modified-Since", whole.headers["last-modified"]),
        ):
            assert client.get("/resource/abcd-1234.json", headers={name: value}).status_code == 304
        for name, value in (("If-None-Match", '"x"'), ("If-Modified-Since", "Sun, 01 Nov 2026 04:00:29 GMT")):
            assert client.get("/resource/abcd-1234.json", headers={name: value}).status_code == 200

    def test_metadata(self, client: httpx.Client) -> None:
        view = client.get("/api/views/abcd-1234.json").json()
        assert (view["id"], view["name"], view["description"]) == ("abcd-1234", "Things", "All of them")
        assert view["rowsUpdatedAt"] == int(UPDATED.timestamp())
        assert [column["fieldName"] for column in view["columns"]] == [field.name for field in FIELDS]
        assert [column["dataTypeName"] for column in view["columns"]] == [field.kind for field in FIELDS]
        assert view["columns"][0] | {"name": "Name", "description": "What it is called"} == view["columns"][0]
        assert client.get("/api/views.json").json() == [view]
        assert client.get("/api/views/nope.json").json()["code"] == "dataset.missing"


def test_every_point_of_the_documentation_has_its_test() -> None:
    section = DOCS.read_text("utf-8").partition("## Point by point")[2]
    points = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert [f"test_{point}" for point in points] == [name for name in vars(TestPoints) if name.startswith("test_")]


def test_every_fault_is_documented() -> None:
    section = DOCS.read_text("utf-8").partition("## Faults")[2].partition("## Point")[0]
    assert [name.partition(":")[0] for name in re.findall(r"^\| `([\w:]+)` \|", section, re.MULTILINE)] == list(KINDS)


@pytest.mark.parametrize(
    "soql",
    ["n =", "(n = 1", "n = 1)", "'open", "n in ()x", "order by n", "n = `x", "#", "n ~ 1", "not", "n is 1", "\x00"],
)
def test_what_is_no_soql_is_told(client: httpx.Client, soql: str) -> None:
    assert refused(client, _where=soql)["code"] == "query.compiler.malformed"


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("nope(n)", "no-such-function"),
        ("nope = 1", "no-such-column"),
        ("n", "type-mismatch"),
        ("upper(n) = 'x'", "type-mismatch"),
        ("starts_with(name)", "type-mismatch"),
        ("spot > spot", "type-mismatch"),
        ("n and open", "type-mismatch"),
        ("name = open", "type-mismatch"),
        ("(" * 200 + "n = 1" + ")" * 200, "malformed"),
    ],
)
def test_what_has_no_meaning_is_told(client: httpx.Client, where: str, code: str) -> None:
    assert refused(client, _where=where)["code"].endswith(code)


@pytest.mark.parametrize("text", ["'; DROP TABLE t1; --", "x' OR '1'='1", '"', "\\", "%", "`"])
def test_values_are_never_sql(client: httpx.Client, text: str) -> None:
    quoted = text.replace("'", "''")
    assert names(client, f"name = '{quoted}' or starts_with(name, '{quoted}') or name like '{quoted}x'") == []
    assert len(get(client)) == 5


# --- faults ---------------------------------------------------------------------------------------


def test_faults_for_calls_to_come(client: httpx.Client) -> None:
    planned = {"fault": "status:503", "dataset": "abcd-1234", "times": 2}
    assert client.post("/__faults", json=planned).json() == [planned]
    assert client.get("/api/views.json").is_success
    assert [client.get("/resource/abcd-1234.json").status_code for _ in range(3)] == [503, 503, 200]
    client.post("/__faults", json={"fault": "status:429:30"})
    throttled = client.get("/api/views.json")
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "30")
    assert client.delete("/__faults").json() == []
    assert client.get("/api/views.json").is_success
    assert client.post("/__faults", json={"fault": "explode"}).status_code == 400
    assert client.post("/__faults", content=b"{").status_code == 400


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", (httpx.RemoteProtocolError, httpx.ReadError)),
        ("half", (httpx.RemoteProtocolError, httpx.ReadError)),
        ("garbage", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
    ],
)
def test_faults_of_the_connection(url: str, fault: str, error: Any) -> None:
    with pytest.raises(error):
        httpx.get(f"{url}/resource/abcd-1234.json", params={"__fault": fault}, timeout=0.5)


def test_faults_of_the_answer(client: httpx.Client) -> None:
    path = "/resource/abcd-1234.json"
    assert client.get(path, params={"__fault": "html"}).text.startswith("<!DOCTYPE html>")
    assert client.get(path, params={"__fault": "error"}).json()["error"] is True
    assert client.get(path, params={"__fault": "types", "$select": "name", "$limit": "1"}).json() == [{"name": ["Ab"]}]
    late = client.get(path, params={"__fault": "delay:100ms"})
    assert late.elapsed.total_seconds() > 0.1
    assert late.json() == client.get(path, params={"__fault": "drip:1ms", "$limit": "5"}, timeout=30).json()
    with client.stream("GET", path, params={"__fault": "bomb"}) as bomb:
        assert len(b"".join(bomb.iter_raw())) < 1_000_000
    with client.stream("GET", path, params={"__fault": "huge"}) as huge:
        assert sum(len(chunk) for chunk, _ in zip(huge.iter_raw(), range(20), strict=False)) > 20_000


# --- files ----------------------------------------------------------------------------------------


def write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, data in files.items():
        raw = data.encode() if isinstance(data, str) else data
        (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return folder


def rows_of(folder: Path) -> dict[str, list[dict[str, object]]]:
    portal = Portal()
    for content in read_folder(folder).contents:
        portal.add(content)
    return {id: portal.answer(dataset, Query(), 1000).rows for id, dataset in portal.datasets.items()}


def test_csv_and_json(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "permits.csv": "\ufeffPermit No.,2nd Name,NAME ,name\n1,x,y,z\n2,,,\n",
            "sites.json.gz": orjson.dumps([{"n": 1, "open": True, "at": {"type": "Point", "coordinates": [1, 2]}}]),
            "notes.txt": "not data",
            "odd.json": b'{"no": "rows"}',
        },
    )
    assert rows_of(tmp_path) == {
        "permits": [{"permit_no": "1", "_2nd_name": "x", "name": "y", "name_2": "z"}, {"permit_no": "2"}],
        "sites": [{"n": "1", "open": True, "at": {"type": "Point", "coordinates": [1.0, 2.0]}}],
    }
    assert read_folder(tmp_path).left_out == (
        f"{tmp_path / 'odd.json'}: is neither a list of objects nor Socrata's rows.json",
    )


def test_rows_json(tmp_path: Path) -> None:
    view = {
        "id": "abcd-1234",
        "name": "Things",
        "rowsUpdatedAt": 1474483461,
        "columns": [
            {"fieldName": ":sid", "dataTypeName": "meta_data"},
            {"fieldName": ":id", "dataTypeName": "meta_data"},
            {"fieldName": "score", "dataTypeName": "number", "name": "SCORE"},
            {"fieldName": "place", "dataTypeName": "location"},
        ],
    }
    data = [[1, "id-1", "7", [None, "40.5", "-73.5", None, False]], [2, "id-2", None, [None, None, None, None, False]]]
    write(tmp_path, {"x.rows.json": orjson.dumps({"meta": {"view": view}, "data": data})})
    assert rows_of(tmp_path) == {"abcd-1234": [{"score": "7", "place": {"latitude": "40.5", "longitude": "-73.5"}}, {}]}
    content = read_folder(tmp_path).contents[0]
    assert (content.name, content.updated) == ("Things", datetime(2016, 9, 21, 18, 44, 21, tzinfo=UTC))


def test_datasets_toml(tmp_path: Path) -> None:
    toml = """
    ["abcd-1234"]
    file = "sales.csv"
    name = "Sales"
    updated = 2026-11-01T04:00:00Z
    types = { price = "number", sold = "calendar_date" }
    fields = { "SALE PRICE" = "price", "SALE DATE" = "sold" }
    encoding = "cp1252"
    skip = 1
    separator = ";"
    """
    text = "a preamble\nSALE PRICE;SALE DATE;Ort\n10;1/2/2020;Café\nmany;13/13/2020;x\n".encode("cp1252")
    write(tmp_path, {"datasets.toml": toml, "sales.csv": text})
    found = rows_of(tmp_path)["abcd-1234"]
    assert found == [{"price": "10", "sold": "2020-01-02T00:00:00.000", "ort": "Café"}, {"ort": "x"}]
    portal = Portal()
    assert portal.add(read_folder(tmp_path).contents[0]).unfit == {"price": 1, "sold": 1}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "no CSV or JSON file"),
        ({"a.csv": "x\n1", "a.json": "[]"}, "two files are a"),
        ({"a.csv": "x\n1", "datasets.toml": "[x"}, "is not TOML"),
        ({"a.csv": "x\n1", "datasets.toml": '["i"]\nname = "x"'}, "names no file"),
        ({"a.csv": "x\n1", "datasets.toml": '["i"]\nfile = "b.csv"'}, "there is no file b.csv"),
        ({"a.csv": "x\n1", "datasets.toml": '["i"]\nfile = "a.csv"\nsikp = 1'}, 'unknown key "sikp"'),
        ({"a.csv": "x\n1", "datasets.toml": '["i"]\nfile = "a.csv"\nskip = "1"'}, "skip takes a int"),
        ({"a.csv": "x\n1", "datasets.toml": '["i"]\nfile = "a.csv"\ntypes = { x = "int" }'}, 'unknown type "int"'),
        ({"a.csv": "", "datasets.toml": '["i"]\nfile = "a.csv"'}, "is empty"),
        ({"a.csv": b"\xff", "datasets.toml": '["i"]\nfile = "a.csv"'}, "can't be read"),
    ],
)
def test_folders_that_cannot_be_served_say_the_fix(tmp_path: Path, files: dict[str, Any], says: str) -> None:
    with pytest.raises(BadFiles, match=re.escape(says)):
        read_folder(write(tmp_path, files))


# --- the command ----------------------------------------------------------------------------------


def test_the_command(tmp_path: Path) -> None:
    write(tmp_path, {"permits.csv": "number,day\n1,2020-01-01\n", "odd.json": "{}"})
    program = "from gateway.cli import main; main()"
    command = [sys.executable, "-c", program, "soda-emulator", str(tmp_path), "--port", "0", "--app-token", "t"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "A portal of 1 dataset answers:\n"
        line = process.stdout.readline()
        assert line.endswith("1 rows  permits\n")
        assert httpx.get(line.split()[0]).json() == [{"number": "1", "day": "2020-01-01"}]
    finally:
        process.terminate()
        errors = process.communicate(timeout=10)[1]
    assert errors.startswith("left out: ")
    assert process.returncode in (0, -15)


def test_the_command_refuses_what_it_cannot_serve(tmp_path: Path) -> None:
    program = "from gateway.cli import main; main()"
    command = [sys.executable, "-c", program, "soda-emulator", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no CSV or JSON file" in done.stderr
