"""How long an address takes, one at a time: looked up in a register in memory, or completed while it is typed;
and a business whose other identifiers the crosswalk knows.

Every text is looked up by itself, and completed after every letter from the fourth on, by the time that
the thread has the processor: nothing here waits, and others on the machine do not count. What a request
costs beside (HTTP, GraphQL) is `make bench`'s. A hit of the crosswalk is timed by the clock: the store's
answer is waited for.
"""

import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import sqlalchemy as sa

from bench.databases import POSTGRES
from gateway.catalogue import load
from gateway.crosswalk import Edge, Ledger, Look, StoredCrosswalk
from gateway.crosswalk.edges import KEPT, State, ends
from gateway.evaluation import read_map
from gateway.evaluation.rows import address_texts, read_places, rows
from gateway.store import open_store
from resolvers.identity.addresses import Locale, locale
from resolvers.identity.registers import AddressIndex

Line = tuple[str, ...]

_FIRST, _LAST = 4, 24
"""Letters after which somebody who types is answered."""

_CITY = Path(__file__).parents[2] / "cities" / "demo"
_BUSINESSES, _ASKED = 20_000, 2_000
_OTHERS = ("food_permit", "licence", "company")
"""Each business of the crosswalk is known at so many other agencies; the last is only POSSIBLE."""


def address_speed(path: Path, data: Path) -> Iterator[Line]:
    """Reading, look-ups and completions of a map whose columns are `zip` and `boro`."""
    described = read_map(path)
    place = locale(described.locale)
    assert described.right is not None
    register = rows(described.right, described, data)
    index = AddressIndex(place)
    for row in register:
        for parts in read_places(row.cells, described.right.columns, place):
            index.add(row.entity, parts)
    texts = [
        (text, row.cells["zip"], row.cells["boro"])
        for row in rows(described.left, described, data)
        for text in address_texts(row.cells, described.left.columns)
    ]
    begun = [(text[:end],) for text, _, _ in texts[::3] for end in range(_FIRST, min(len(text), _LAST) + 1)]
    _complete(place, index, "1 A")  # sorts the streets, once
    yield _line("an address read", _timed(lambda *text: place.search_keys(*text), texts))
    yield _line("an address read and looked up", _timed(lambda *text: _look_up(place, index, *text), texts))
    yield _line("an address completed", _timed(lambda text: _complete(place, index, text), begun))


def _look_up(place: Locale, index: AddressIndex, text: str, postcode: str, borough: str) -> None:
    if query := place.search_keys(text, postcode, borough):
        index.find(query)


def _complete(place: Locale, index: AddressIndex, text: str) -> None:
    if begun := place.begun(text):
        index.complete(begun)


def _timed(do: Callable[..., object], asked: Sequence[tuple[str, ...]]) -> list[float]:
    """Seconds of each, in order of length."""
    spent = []
    for each in asked:
        begin = time.thread_time()
        do(*each)
        spent.append(time.thread_time() - begin)
    return sorted(spent)


def _line(name: str, spent: Sequence[float]) -> Line:
    median, slow = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
    return name, f"{len(spent) / sum(spent):,.0f} a second; p50 {median * 1e3:.3f} ms, p99 {slow * 1e3:.3f} ms"


def crosswalk_speed() -> Iterator[Line]:
    """Hits of the crosswalk: from memory, and from the store on its first use within a minute."""
    for name, timed in (("SQLite", _sqlite()), ("PostgreSQL", _postgres())):
        try:
            memory, stored = asyncio.run(timed)
        except (OSError, asyncpg.PostgresError) as error:
            yield f"crosswalk hit, store in {name}", f"not measured: {type(error).__name__}"
            continue
        if name == "SQLite":
            yield _line("crosswalk hit, from memory", memory)
        yield _line(f"crosswalk hit, from the store in {name}, {_BUSINESSES:,} businesses", stored)


async def _sqlite() -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        return await _hits(f"sqlite:///{folder}/store.db")


async def _postgres() -> tuple[list[float], list[float]]:
    admin = await asyncpg.connect(POSTGRES, timeout=5)
    name = f"citygraph_bench_{uuid.uuid4().hex[:12]}"
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        url = sa.make_url(POSTGRES).set(drivername="postgresql", database=name)
        return await _hits(url.render_as_string(hide_password=False))
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def _hits(url: str) -> tuple[list[float], list[float]]:
    """Seconds of each hit: from memory, from the store."""
    async with _filled(url) as crosswalk:
        asked = [_identifier(n) for n in range(0, _BUSINESSES, _BUSINESSES // _ASKED)]
        stored = [await _hit(crosswalk, each) for each in asked]
        memory = [await _hit(crosswalk, each) for each in asked]
        return sorted(memory), sorted(stored[_ASKED // 20 :])


@asynccontextmanager
async def _filled(url: str) -> AsyncIterator[StoredCrosswalk]:
    store, now = await open_store(url), datetime.now(UTC)
    looks = [Look(_identifier(n), tuple(_edges(n, now)), "", now, whole=True) for n in range(_BUSINESSES)]
    for at in range(0, _BUSINESSES, 1_000):
        await Ledger(store).write(looks[at : at + 1_000])
    if store.engine.dialect.name == "postgresql":
        async with store.change() as connection:  # autovacuum would, in a while
            await connection.execute(sa.text("ANALYZE"))
    crosswalk = StoredCrosswalk(store)
    crosswalk.bind(load(_CITY, {}))
    yield crosswalk
    await store.aclose()


def _edges(n: int, now: datetime) -> Iterator[Edge]:
    for scheme in _OTHERS:
        state: State = "POSSIBLE" if scheme == _OTHERS[-1] else "MATCH"
        one, other = ends(_identifier(n), f"hbt.{scheme}:{n}")
        evidence = ("trade_same", "address_same", "postcode_same")
        yield Edge(one, other, state, 0.97, now, now, evidence=evidence, expires=now + KEPT)


def _identifier(n: int) -> str:
    return f"hbt.establishment:{3_000_000 + n}"


async def _hit(crosswalk: StoredCrosswalk, identifier: str) -> float:
    begin = time.perf_counter()
    found = await crosswalk.known([identifier], "", datetime.now(UTC))
    spent = time.perf_counter() - begin
    assert len(found[identifier].ties) == len(_OTHERS), "a hit has all ties"
    return spent
