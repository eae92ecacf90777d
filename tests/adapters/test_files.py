"""Files as agencies leave them: broken rows, other encodings, replaced while they are read, over HTTP."""

import asyncio
import gzip
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from adapters.base import Answer, Column, Dataset, Keys, OrderBy, Scan, Source
from adapters.errors import Malformed, Rejected, SourceError, TimedOut, Unavailable
from adapters.files import FilesAdapter, create, problems, stored
from adapters.options import BadOptions
from adapters.reading import read


def text(name: str, source: str | None = None) -> Column:
    return Column(name, (source or name,), stored="text")


def dataset(path: str, *columns: str | Column, **form: object) -> Dataset:
    made = [text(column) if isinstance(column, str) else column for column in columns]
    return Dataset("d.t", "d.f", path, {column.name: column for column in made}, options={"format": form})


class Exports:
    """A folder of files and an adapter that looks at it anew each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.adapter = create(Source("d.f", "files", str(folder), options={"refresh": "0s"}))

    def write(self, name: str, content: bytes | str) -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    async def rows(self, data: Dataset) -> Answer:
        return await read(self.adapter, data, Scan(tuple(data.columns)))


@pytest.fixture
async def exports(tmp_path: Path) -> AsyncIterator[Exports]:
    made = Exports(tmp_path)
    yield made
    await made.adapter.aclose()


@pytest.mark.parametrize(
    ("content", "rows", "refused"),
    [
        ("a,b\n1,2\n", [("1", "2")], 0),
        ("a,b\r\n1,2", [("1", "2")], 0),
        ("\ufeffa,b\n1,2\n\n   \n3,4\n", [("1", "2"), ("3", "4")], 0),
        ("a,b\n1\n1,2,3\n5,6\n", [("5", "6")], 2),
        ('a,b\n"x ""y""","1\n2"\n', [('x "y"', "1\n2")], 0),
        ('a,b\n"un"quoted,1\n3,4\n', [("3", "4")], 1),
        ('a,b\n1,2\n"never closed,1\n3,4\n5,6\n', [("1", "2")], 3),
        ('a,b\n5" pipe,x\n', [('5" pipe', "x")], 0),
        (b"a,b\ncaf\xe9,1\nok,2\n", [("ok", "2")], 1),
        ("a,b\n", [], 0),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), [("1", "2")], 0),
    ],
)
async def test_rows_that_cannot_be_read_are_counted(
    exports: Exports, content: bytes | str, rows: list[object], refused: int
) -> None:
    exports.write("t.csv", content)
    answer = await exports.rows(dataset("t.csv", "a", "b"))
    assert (answer.rows, answer.refused, answer.complete) == (rows, refused, True)


async def test_encodings_and_delimiters(exports: Exports) -> None:
    exports.write("latin.csv", "Straße|Größe\nBahnhofstraße|1\n".encode("cp1252"))
    data = dataset("latin.csv", text("street", "Straße"), encoding="cp1252", delimiter="|")
    assert (await exports.rows(data)).rows == [("Bahnhofstraße",)]
    exports.write("bad.csv", b"a,b\n\x81,1\nx,2\n")
    answer = await exports.rows(dataset("bad.csv", "a", encoding="cp1252"))
    assert (answer.rows, answer.refused) == ([("x",)], 1)
    exports.write("t.tsv", 'a\tb\n"x"\t1\n')
    assert (await exports.rows(dataset("t.tsv", "a", quote=""))).rows == [('"x"',)]
    exports.write("bare.txt", "1,2\n3,4\n")
    assert (await exports.rows(dataset("bare.txt", "y", header=["x", "y"]))).rows == [("2",), ("4",)]


async def test_names_are_trimmed_and_told_apart(exports: Exports) -> None:
    exports.write("t.csv", ' A ,"APARTMENT\nNUMBER",A\n1,2,3\n')
    data = dataset("t.csv", text("a", "A"), text("n", "APARTMENT  NUMBER"), text("again", "A#3"))
    assert (await exports.rows(data)).rows == [("1", "2", "3")]


async def test_numbers_of_json_keep_their_spelling(exports: Exports) -> None:
    exports.write(
        "t.json", '[{"n": 1.50, "big": 12345678901234567890, "t": true, "none": null, "in": {"x": [1.0, "a"]}}]'
    )
    data = dataset("t.json", "n", "big", "t", "none", text("x", "/in/x/0"), text("list", "/in/x/1"), text("all", "in"))
    expected = ("1.50", "12345678901234567890", "true", None, "1.0", "a", '{"x": [1.0, "a"]}')
    assert (await exports.rows(data)).rows == [expected]


async def test_xml_children_attributes_and_what_is_deeper(exports: Exports) -> None:
    row = '<p:row id="7"><name lang="en">A &amp; B</name><at><lat>1</lat></at><tag>x</tag><tag>y</tag><no/></p:row>'
    exports.write("t.xml", f'<r xmlns:p="urn:p"><p:row><x/></p:row>{row}<other><row/></other></r>')
    data = dataset(
        "t.xml", text("id", "@id"), "name", text("lang", "name/@lang"), text("lat", "at/lat"), "tag", "no", rows="r/row"
    )
    blank = (None,) * 6
    assert (await exports.rows(data)).rows == [blank, ("7", "A & B", "en", "1", "x\ny", None)]


async def test_what_all_rows_leave_out_is_null(exports: Exports) -> None:
    """But not in CSV, where the line of names is a promise."""
    exports.write("t.jsonl", '{"a": 1}\n')
    assert (await exports.rows(dataset("t.jsonl", "a", "b"))).rows == [("1", None)]
    exports.write("none.json", "[]")
    assert (await exports.rows(dataset("none.json", "a", "b"))).rows == []
    exports.write("t.csv", "a\n1\n")
    with pytest.raises(Rejected, match='"b"'):
        await exports.rows(dataset("t.csv", "b"))


async def test_a_document_that_breaks_off(exports: Exports) -> None:
    exports.write("t.xml", "<r><row><a>1</a></row><row><a>2</a></row><row><a>3")
    answer = await exports.rows(dataset("t.xml", "a", rows="r/row"))
    assert (answer.rows, answer.refused) == ([("1",), ("2",)], 1)


@pytest.mark.parametrize(
    ("name", "content", "form", "says"),
    [
        ("t.json", "{", {}, "is no JSON"),
        ("t.json", '{"data": 1}', {"rows": "/data"}, "no list"),
        ("t.json", "{}", {"rows": "/data"}, "nothing at /data"),
        ("t.json", "[" * 100_000, {}, "is no JSON"),
        ("t.xml", "not at all", {"rows": "r/row"}, "is no XML"),
        ("t.csv", "", {}, "no header"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:-20], {}, "gzip"),
        ("t.parquet", "PAR1", {}, "no Parquet"),
    ],
)
async def test_files_that_are_not_of_their_format(
    exports: Exports, name: str, content: bytes | str, form: Mapping[str, object], says: str
) -> None:
    exports.write(name, content)
    with pytest.raises(Malformed, match=says) as caught:
        await exports.rows(dataset(name, "a", **form))
    assert str(exports.folder) not in f"{caught.value}{caught.value.detail}"


async def test_entities_do_not_reach_out_or_blow_up(exports: Exports) -> None:
    (exports.folder / "secret").write_text("hunter2")
    outside = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{(exports.folder / "secret").as_uri()}">]>'
    exports.write("t.xml", f"{outside}<r><row><a>&e;</a></row></r>")
    outcome = await asyncio.gather(exports.rows(dataset("t.xml", "a", rows="r/row")), return_exceptions=True)
    assert "hunter2" not in f"{outcome} {getattr(outcome[0], 'detail', '')}"
    laughs = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    exports.write("b.xml", f'<!DOCTYPE r [<!ENTITY e0 "ha">{laughs}]><r><row><a>&e9;</a></row></r>')
    with pytest.raises(Malformed):
        await exports.rows(dataset("b.xml", "a", rows="r/row"))


async def test_a_small_file_that_unpacks_to_a_huge_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a\n" + b"x" * 50_000_000, mtime=0))
    adapter = create(Source("d.f", "files", str(tmp_path), options={"max_bytes": 1_000_000}))
    with pytest.raises(Malformed, match="larger"):
        await read(adapter, dataset("t.csv.gz", "a"), Scan(("a",)))
    await adapter.aclose()


async def test_changed_files_are_read_again_and_old_ones_forgotten(exports: Exports) -> None:
    data = dataset("t.csv", "a")
    for i in range(5):
        exports.write("t.csv", f"a\n{i}\n")
        os.utime(exports.folder / "t.csv", (i, i))
        answer = await exports.rows(data)
        assert (answer.rows, answer.as_of) == ([(str(i),)], datetime.fromtimestamp(i, UTC))
    tables = exports.adapter._tables
    for _ in range(100):
        if len(tables.database().execute("SHOW TABLES").fetchall()) == 1:
            break
        await asyncio.sleep(0.01)
    assert len(tables.database().execute("SHOW TABLES").fetchall()) == 1


async def test_every_scan_sees_one_version_whole(exports: Exports) -> None:
    """The file is replaced all the time, as agencies do: a new one beside it, then renamed."""
    data = dataset("t.csv", "version", "n")
    stop = asyncio.Event()

    def replace_it(version: int) -> None:
        (exports.folder / "new").write_text("version,n\n" + "".join(f"{version},{n}\n" for n in range(500)))
        (exports.folder / "new").replace(exports.folder / "t.csv")

    async def publish() -> None:
        version = 0
        while not stop.is_set():
            version += 1
            await asyncio.to_thread(replace_it, version)
            await asyncio.sleep(0.01)

    replace_it(0)
    publisher = asyncio.create_task(publish())
    seen = set()
    for _ in range(25):
        answers = await asyncio.gather(*(exports.rows(data) for _ in range(4)))
        for answer in answers:
            assert (len(answer.rows), answer.refused) == (500, 0)
            assert len({row[0] for row in answer.rows}) == 1
            seen.add(answer.rows[0][0])
    stop.set()
    await publisher
    assert len(seen) > 5


async def test_the_loop_goes_on_while_a_large_file_is_read(exports: Exports) -> None:
    members = ", ".join(json.dumps({"a": str(i), "b": "x" * 50}) for i in range(150_000))
    exports.write("t.json", f"[{members}]")
    task = asyncio.create_task(exports.rows(dataset("t.json", "a")))
    longest, before = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    assert len((await task).rows) == 50_000
    assert longest < 0.25


async def test_a_large_file_takes_longer_than_a_call_but_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 1_000_000)
    adapter = create(Source("d.f", "files", str(tmp_path), timeout=0.2, options={"refresh": "0s"}))
    data = dataset("t.csv", "a")
    scan = Scan((), limit=0, count=True)
    with pytest.raises(TimedOut):
        await read(adapter, data, scan)
    answer = await _sometime(lambda: read(adapter, data, scan))
    assert answer.counts == {(): 1_000_000}
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 1_000_001)
    assert (await read(adapter, data, scan)).counts == {(): 1_000_000}, "the version before answers meanwhile"
    for _ in range(100):
        if (await read(adapter, data, scan)).counts == {(): 1_000_001}:
            break
    assert (await read(adapter, data, scan)).counts == {(): 1_000_001}
    await adapter.aclose()


async def _sometime(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    for _ in range(100):
        try:
            return await ask()
        except TimedOut:
            continue
    pytest.fail("it is never read")


async def test_a_column_that_the_new_version_lacks(exports: Exports) -> None:
    data = dataset("t.csv", "a", "b")
    exports.write("t.csv", "a,b\n1,2\n")
    assert (await exports.rows(data)).rows == [("1", "2")]
    exports.write("t.csv", "a\n123\n")
    with pytest.raises(Rejected, match='"b"'):
        await exports.adapter.scan(data, Scan(("a", "b")))
    assert (await read(exports.adapter, data, Scan(("a",)))).rows == [("123",)]


class Server:
    """A web server with files; counts what it sends."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.headers: dict[str, str] = {}
        self.statuses: list[int] = []
        self.status = 200
        app = web.Application()
        app.router.add_get("/{name:.*}", self._get)
        self._runner = web.AppRunner(app)
        self.url = ""

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        asked = request.headers.get("If-None-Match") or request.headers.get("If-Modified-Since")
        known = self.headers.get("ETag") or self.headers.get("Last-Modified")
        body = self.files.get(request.match_info["name"])
        status = (
            self.status if self.status != 200 else 404 if body is None else 304 if asked and asked == known else 200
        )
        self.statuses.append(status)
        return web.Response(status=status, body=body if status == 200 else None, headers=self.headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    await made.stop()


def over_http(server: Server, refresh: str = "0s") -> FilesAdapter:
    return create(Source("d.f", "files", server.url, options={"private": True, "refresh": refresh}))


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({"ETag": '"1"'}, [200, 304, 200]),
        ({"Last-Modified": "Tue, 02 Apr 2019 10:00:00 GMT"}, [200, 304, 200]),
        ({}, [200, 200, 200]),
    ],
)
async def test_files_over_http(server: Server, headers: dict[str, str], statuses: list[int]) -> None:
    adapter, data = over_http(server), dataset("a b/t.csv.gz", "a")
    server.files["a b/t.csv.gz"], server.headers = gzip.compress(b"a\n1\n", mtime=0), dict(headers)
    for _ in range(2):
        answer = await read(adapter, data, Scan(("a",)))
        assert answer.rows == [("1",)]
    assert answer.as_of == (datetime(2019, 4, 2, 10, tzinfo=UTC) if "Last-Modified" in headers else None)
    server.files["a b/t.csv.gz"] = gzip.compress(b"a\n2\n", mtime=0)
    server.headers = {name: value.replace("1", "2") for name, value in headers.items()}
    assert (await read(adapter, data, Scan(("a",)))).rows == [("2",)]
    assert server.statuses == statuses
    await adapter.aclose()


async def test_a_copy_is_good_for_a_while(server: Server) -> None:
    adapter, data = over_http(server, "60s"), dataset("t.csv", "a")
    server.files["t.csv"] = b"a\n1\n"
    await asyncio.gather(*(read(adapter, data, Scan(("a",), Keys(("a",), (("1",),)))) for _ in range(20)))
    assert server.statuses == [200]
    await adapter.aclose()


@pytest.mark.parametrize(
    ("status", "error"), [(404, Rejected), (403, Rejected), (500, Unavailable), (503, Unavailable), (429, SourceError)]
)
async def test_a_server_that_refuses(server: Server, status: int, error: type[SourceError]) -> None:
    adapter = over_http(server)
    server.status = status
    with pytest.raises(error) as caught:
        await read(adapter, dataset("t.csv", "a"), Scan(("a",)))
    assert "127.0.0.1" not in f"{caught.value}{caught.value.detail}"
    await adapter.aclose()


async def test_many_orders_and_keys_at_once(exports: Exports) -> None:
    exports.write("t.csv", "k,n\n" + "".join(f"{i % 50},{i}\n" for i in range(1000)))
    data = dataset("t.csv", "k", "n")
    scans = [Scan(("n",), Keys(("k",), ((str(i % 50),),)), order=(OrderBy("n"),), per_key=2) for i in range(60)]
    answers = await asyncio.gather(*(read(exports.adapter, data, scan) for scan in scans))
    assert [len(answer.rows) for answer in answers] == [2] * 60


async def test_it_is_closed_while_it_works(exports: Exports) -> None:
    """Columns are being indexed, old tables dropped, and a scan was given up that still runs."""
    data = dataset("t.csv", "a", "b")
    for n in range(12):
        exports.write("t.csv", "a,b\n" + "".join(f"{i},{i % 97}\n" for i in range(20_000 + n)))
        for column in ("a", "b"):
            await read(exports.adapter, data, Scan(("a",), Keys((column,), (("7",),))))
        given_up = asyncio.create_task(
            read(exports.adapter, data, Scan(("a", "b"), order=(OrderBy("b"), OrderBy("a"))))
        )
        await asyncio.sleep(0.004 * (n % 4))
        given_up.cancel()
        await exports.adapter.aclose()
        with suppress(asyncio.CancelledError):  # it may have been done
            await given_up


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("t", {}, "does not tell its format"),
        ("t.csv", {"delimeter": ";"}, 'delimeter is unknown; did you mean "delimiter"'),
        ("t.csv", {"delimiter": ";;"}, "one character"),
        ("t.csv", {"encoding": "utf-9"}, "no encoding"),
        ("t.csv", {"rows": "/data"}, "is for json and xml files; this is csv"),
        ("t.json", {"rows": "data"}, "JSON pointer"),
        ("t.json", {"skip_lines": 2}, "is for csv files"),
        ("t.xml", {}, "format.rows is missing"),
        ("t.csv", {"kind": "excel"}, "format.kind takes"),
        ("t.csv", {"skip_lines": -1}, "whole number"),
    ],
)
def test_formats_that_are_not_understood(path: str, form: dict[str, object], says: str) -> None:
    found = problems(dataset(path, "a", **form))
    assert any(says in mistake.text for mistake in found), found


def test_how_columns_are_kept() -> None:
    assert [stored(dataset(path)) for path in ("a.csv", "a.json.gz", "a.parquet")] == ["text", "text", "native"]
    native = Column("n", ("n",))
    assert [m.path for m in problems(dataset("a.csv", native))] == [("columns", "n", "stored")]
    assert not problems(dataset("a.parquet", native))


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("exports/", {"refresh": "soon"}, "duration"),
        ("exports/", {"refersh": "1s"}, 'did you mean "refresh"'),
        ("https://127.0.0.1/", {}, "private"),
    ],
)
def test_sources_that_cannot_be(url: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(BadOptions, match=says):
        create(Source("d.f", "files", url, options=options))
