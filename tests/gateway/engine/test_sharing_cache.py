"""The row cache: what is kept, for how long, in how many bytes, and what is never given."""

import asyncio
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.base import Answer, Capabilities, Keys, OrderBy, Scan
from adapters.errors import SourceError, Unavailable
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from gateway.engine.sharing.calling import MOST_KEPT
from gateway.engine.sharing.keeping import RowCache, Shape
from gateway.engine.sources import Sources
from gateway.settings import Settings
from tests.e2e.city import ANONYMOUS, TESTER, rows
from tests.gateway.engine.sharing_city import LOT, Agency, Asker, agencies, bounded, outcome, settle


def made(seconds: float = 60.0) -> tuple[Sources, Agency, Asker]:
    """Sources, the agency of liens, whose rows are kept, and a request."""
    city, systems = bounded(8, cached={"deeds.liens": seconds}), agencies()
    sources = Sources(city, systems)
    return sources, systems["deeds.db"], Asker(sources, city)


async def test_only_what_is_not_kept_is_asked() -> None:
    sources, deeds, asker = made()
    assert await asker.lien("10101", "2") == [1, 2, 3]
    assert await asker.lien("10101", "3") == [1, 2, 3]
    assert await asker.lien("3", "2", "10101") == [1, 2, 3]
    assert deeds.keys() == [["10101", "2"], ["3"]]
    assert sources.tally("deeds.db").kept == 1


async def test_nothing_is_kept_unless_the_catalogue_says_so() -> None:
    city, systems = bounded(8), agencies()
    asker = Asker(Sources(city, systems), city)
    assert await asker.lien("10101") == await asker.lien("10101")
    assert len(systems["deeds.db"].asked) == 2


async def test_what_is_kept_is_as_sound_as_it_came() -> None:
    tables = rows()["deeds.db"]
    tables["liens"].append({"LIEN": 9, "LOT": "10102", "AMOUNT": "much", "RECORDED": None})
    city, systems = bounded(8, cached={"deeds.liens": 60.0}), agencies() | {"deeds.db": Agency(tables)}
    asker = Asker(Sources(city, systems), city)

    async def sound(*lots: str) -> tuple[str, bool]:
        scan = Scan(("lien", "amount", "lot"), Keys(LOT, tuple((lot,) for lot in lots)))
        found = await asker.read("deeds.liens", scan)
        return found.via, found.sound

    assert [await sound("10101"), await sound("10102")] == [("call", True), ("call", False)]
    assert [await sound("10101"), await sound("10102")] == [("cache", True), ("cache", False)]
    assert await sound("10101", "10102") == ("cache", False)
    assert await sound("10101", "10103") == ("call", True), "some kept, some asked for"
    assert await sound("10102", "10104") == ("call", False)


async def test_max_age_only_shortens() -> None:
    _, deeds, asker = made(0.2)
    await asker.lien("10101")
    await asker.lien("10101", max_age=0.0)
    assert len(deeds.asked) == 2
    await asker.lien("10101", max_age=3600.0)
    assert len(deeds.asked) == 2
    await asyncio.sleep(0.25)
    await asker.lien("10101", max_age=3600.0)
    assert len(deeds.asked) == 3


async def test_nothing_stale_is_told_for_an_agency_that_fails() -> None:
    _, deeds, asker = made(0.1)
    await asker.lien("10101")
    deeds.failure = Unavailable("the source can't be reached")
    assert await asker.lien("10101") == [1, 2, 3]
    await asyncio.sleep(0.15)
    with pytest.raises(Unavailable):
        await asker.lien("10101")
    deeds.failure = None
    assert await asker.lien("10101") == [1, 2, 3]


async def test_a_failing_agency_leaves_nothing() -> None:
    sources, deeds, asker = made()
    deeds.failure = Unavailable("the source can't be reached")
    assert await outcome(asyncio.create_task(asker.lien("10101"))) is Unavailable
    assert len(sources.cache) == 0
    deeds.failure = None
    assert await asker.lien("10101") == [1, 2, 3]


async def test_a_cut_answer_is_not_kept() -> None:
    sources, deeds, asker = made()
    deeds._capabilities = Capabilities(key_columns=1, rows_per_call=2)
    found = await asker.read("deeds.liens", Scan(("lien", "lot"), Keys(LOT, (("10101",),))))
    assert (len(found.rows), found.complete, len(sources.cache)) == (2, False, 0)


async def test_what_is_late_is_kept_for_the_next() -> None:
    _, deeds, asker = made()
    deeds.gate.clear()
    asker.seconds = 0.05
    assert await outcome(asyncio.create_task(asker.lien("10101"))) is not None
    deeds.gate.set()
    await settle()
    deeds.failure = Unavailable("the source can't be reached")
    assert await asker.lien("10101") == [1, 2, 3]
    assert (deeds.cancelled, len(deeds.asked)) == (0, 1)


async def test_kept_rows_carry_the_moment_they_were_asked() -> None:
    _, deeds, asker = made()
    said = datetime(2026, 1, 2, tzinfo=UTC)
    plain = deeds.scan

    async def dated(dataset: object, scan: Scan) -> Answer:
        answer = await plain(dataset, scan)  # type: ignore[arg-type]
        return Answer(answer.rows, as_of=said)

    deeds.scan = dated  # type: ignore[method-assign]
    scan = Scan(("lien", "lot"), Keys(LOT, (("10101",),)))
    first = await asker.read("deeds.liens", scan)
    await asyncio.sleep(0.02)
    said = datetime(2026, 3, 4, tzinfo=UTC)
    both = await asker.read("deeds.liens", Scan(("lien", "lot"), Keys(LOT, (("10101",), ("10102",)))))
    assert both.kept == {("10101",): (first.fetched_at, datetime(2026, 1, 2, tzinfo=UTC))}
    assert both.fetched_at - first.fetched_at >= timedelta(seconds=0.02)
    assert both.as_of == said
    again = await asker.read("deeds.liens", scan)
    assert (again.fetched_at, again.as_of, again.via) == (first.fetched_at, datetime(2026, 1, 2, tzinfo=UTC), "cache")


async def test_kept_and_fresh_rows_are_in_order_and_counted() -> None:
    _, deeds, asker = made()
    deeds.rows["liens"] = [*deeds.rows["liens"], {"LIEN": 0, "LOT": "10102", "AMOUNT": 1, "RECORDED": None}]

    def scan(*lots: str) -> Scan:
        keys = Keys(LOT, tuple((lot,) for lot in lots))
        return Scan(("lot", "lien"), keys, order=(OrderBy("lien"),), per_key=2, count=True)

    await asker.read("deeds.liens", scan("10101"))
    found = await asker.read("deeds.liens", scan("10102", "10101"))
    assert [row[1] for row in found.rows] == [0, 1, 2]
    assert found.counts == {("10101",): 3, ("10102",): 1}


async def test_an_agency_that_is_not_asked_now_tells_nothing_kept() -> None:
    _, _, asker = made()
    await asker.lien("10101")

    def paused(agency: str) -> object:
        raise SourceError("not asked now")

    with pytest.raises(SourceError, match="not asked now"):
        await asker.read("deeds.liens", Scan(("lien", "lot"), Keys(LOT, (("10101",),))), turn=paused)


async def test_what_is_not_for_everyone_is_never_kept() -> None:
    city, systems = bounded(8, cached={"census.readings": 60.0, "welfare.shelters": 60.0}), agencies()
    sources = Sources(city, systems)
    asker = Asker(sources, city)
    keys = Keys(LOT, (("10101",),))
    for table, columns in (("census.readings", ("lot", "secret")), ("welfare.shelters", ("lot", "opened"))):
        for _ in range(2):
            await asker.read(table, Scan(columns, keys))
    assert (len(systems["census.db"].asked), len(systems["welfare.db"].asked), len(sources.cache)) == (2, 2, 0)


async def test_a_dataset_that_is_closed_since_tells_nothing_kept() -> None:
    """The next edition of the files lets fewer people see what is kept."""
    city, systems = bounded(8, cached={"deeds.liens": 60.0}), agencies()
    before = Sources(city, systems)
    await Asker(before, city).lien("10101")
    closed = replace(city, tables={**city.tables, "deeds.liens": replace(city.tables["deeds.liens"], access="x")})
    after = Sources(closed, systems, before)
    await Asker(after, closed).lien("10101")
    assert len(systems["deeds.db"].asked) == 2


async def test_a_question_about_very_many_drives_out_nothing() -> None:
    """Rows of a bulk read are not kept, nor what is kept given for it."""
    city, systems = bounded(8, cached={"deeds.liens": 60.0}), agencies()
    asker = Asker(Sources(city, systems), city)
    await asker.lien("10101")
    many = tuple(str(lot) for lot in range(10101, 10101 + MOST_KEPT + 1))
    assert len(await asker.lien(*many)) >= len(await asker.lien("10101"))
    assert len(asker.sources.cache) == 1
    assert len(systems["deeds.db"].asked) == 2


def test_it_is_bounded_by_bytes() -> None:
    """What it says that it takes is what it takes, within a fifth below and three times above."""
    cache, now = RowCache(2_000_000), datetime.now(UTC)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for n in range(20_000):
        shape = Shape((1, "deeds.liens", ("lien", "lot", "text")))
        rows = [(n * 1000 + i, str(n), f"row {n} {i} " + "x" * (n % 50)) for i in range(n % 7)]
        cache.keep(shape, {(str(n),): rows}, None, now, None, time.monotonic())
        del shape, rows
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(cache) > 100
    assert cache.size <= 2_000_000
    assert used <= 2_000_000 * 1.2
    assert cache.size <= used * 3


def test_one_key_can_not_empty_it() -> None:
    cache, now = RowCache(100_000), datetime.now(UTC)
    shape = Shape("small")
    cache.keep(shape, {("a",): [("x",)]}, None, now, None, 1.0)
    cache.keep(shape, {("b",): [("x" * 1000,)] * 100}, None, now, None, 1.0)
    assert set(cache.find(shape, [("a",), ("b",)], 0.0)) == {("a",)}


LIENS_QUERY = """{ address(id: "tv.lot:10101") {
  liens { nodes { amount source { fetchedAt } } source { fetchedAt state } } } }"""


async def test_by_graphql_everybody_is_told_when_the_agency_was_asked() -> None:
    city, systems = bounded(8, cached={"deeds.liens": 60.0}), agencies()
    engine = CityEngine(city, Settings(), adapters=systems)

    async def ask(caller: object, extensions: dict[str, object]) -> tuple[object, list[object]]:
        request = Request(LIENS_QUERY, caller=caller, extensions=extensions)  # type: ignore[arg-type]
        payload = (await engine.execute(request)).payload
        found = payload["data"]["address"]["liens"]
        assert {node["source"]["fetchedAt"] for node in found["nodes"]} == {found["source"]["fetchedAt"]}
        shared = payload["extensions"]["trace"]["shared"]
        return found["source"]["fetchedAt"], [call["via"] for call in shared if call["dataset"] == "deeds.liens"]

    first, via = await ask(ANONYMOUS, {"trace": True})
    assert via == []
    await asyncio.sleep(0.01)
    assert await ask(TESTER, {"trace": True}) == (first, ["cache"])
    later, via = await ask(TESTER, {"trace": True, "maxAge": "0s"})
    assert (via, later > first) == ([], True)  # type: ignore[operator]
    await engine.aclose()
