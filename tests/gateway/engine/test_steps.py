"""Single steps of the engine, each timed by itself: `make bench-steps`. Otherwise they run once, untimed,
so that they still do what they name."""

import asyncio
from collections.abc import Coroutine, Iterator
from decimal import Decimal
from functools import cache
from itertools import count, islice, product
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.engine import roots
from gateway.engine.preparing import Prepared
from gateway.engine.requests import Request
from gateway.engine.run import Run
from gateway.engine.sources import Sources
from gateway.engine.values import Page
from gateway.policy.decisions import decide
from tests.e2e.city import TESTER, Town, make_town
from tests.gateway.engine.sharing_city import Asker, agencies, bounded

QUERY = """query Lots($ids: [ID!]!) {
  addresses(ids: $ids) { id label sales(first: 2) { totalCount nodes { id price source { agency } } } }
}"""
MANY = 1_000
LOTS = list(islice(product(range(1, 10), range(1, 100), range(1, 100)), MANY))


@pytest.fixture
def town() -> Town:
    """A town with one parcel, sold once."""
    return town_of(1)


@cache
def town_of(size: int) -> Town:
    """A town with so many parcels: who answers from memory looks through all of them."""
    parcels = [_parcel(*lot) for lot in LOTS[:size]]
    sales = [_sale(*lot) for lot in LOTS[:size]]
    return make_town({"land.db": {"parcels": parcels}, "deeds.db": {"sales": sales}}, timeout=60.0)


def _parcel(ward: int, block: int, lot: int) -> dict[str, Any]:
    street = f"{block} OAK ST"
    shown = {"HOUSE": str(block), "STREET": "OAK ST", "SITUS": street, "ZIP": "90001", "DISTRICT": "North"}
    built = {"BUILT": 1950, "HOMES": 8, "AREA": 2500, "STOREYS": 3.0, "VALUE": Decimal(900_000)}
    return {"WARD": ward, "BLK": block, "LOT": lot, "OWNER": "OAK LLC", "SEALED": False} | shown | built


def _sale(ward: int, block: int, lot: int) -> dict[str, Any]:
    key = {"W": str(ward), "B": f"{block:02}", "L": f"{lot:02}"}
    return key | {"SOLD": "3/4/2024", "PRICE": "1,000", "BUYER": "ELM LLC", "BUILT": "1948", "VALUE": "950,000"}


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """A loop for steps that ask an agency."""
    with asyncio.Runner() as runner:
        yield runner


def _request(size: int, text: str = QUERY) -> Request:
    ids = [f"tv.lot:{ward}{block:02}{lot:02}" for ward, block, lot in LOTS[:size]]
    return Request(text, variables={"ids": ids}, caller=TESTER)


def _prepared(town: Town, size: int) -> Prepared:
    return town.engine.prepare(_request(size))


async def _gathered(town: Town, size: int) -> Run:
    run = town.engine.begin(_prepared(town, size), _request(size))
    await roots.work(run)
    return run


def test_a_document_that_was_never_seen(benchmark: BenchmarkFixture, town: Town) -> None:
    numbers = count()

    def step() -> Prepared:
        return town.engine.prepare(_request(1, QUERY.replace("Lots", f"Lots{next(numbers)}")))

    assert benchmark(step).plan.unplanned is None


def test_a_document_that_is_kept_with_its_plan_and_decisions(benchmark: BenchmarkFixture, town: Town) -> None:
    known = _prepared(town, 1)
    assert benchmark(_prepared, town, 1).decisions is known.decisions


def test_decisions(benchmark: BenchmarkFixture, town: Town) -> None:
    known = _prepared(town, 1)
    assert benchmark(decide, known.plan.needs, known.decisions.permits).all == known.decisions.all


@pytest.mark.parametrize("size", [50, MANY])
def test_gathering(benchmark: BenchmarkFixture, loop: asyncio.Runner, size: int) -> None:
    run = benchmark(lambda: loop.run(_gathered(town_of(size), size)))
    (sales,) = [output for (_, whose), output in run.outputs.items() if whose is not None]
    assert len(sales) == size
    assert all(isinstance(page, Page) and len(page.edges) == 1 for page in sales)


@pytest.mark.parametrize("size", [50, MANY])
def test_generated_code(benchmark: BenchmarkFixture, loop: asyncio.Runner, size: int) -> None:
    town = town_of(size)
    run = loop.run(_gathered(town, size))
    run.plan.executions = max(run.plan.executions, 1)
    town.engine.responses.by_code(run)
    built = benchmark(town.engine.responses.by_code, run)
    assert built == town.engine.responses.by_the_book(run)
    assert run.given_up == 0


@pytest.mark.parametrize("size", [50, MANY])
def test_the_reference_builder(benchmark: BenchmarkFixture, loop: asyncio.Runner, size: int) -> None:
    town = town_of(size)
    data, errors = benchmark(town.engine.responses.by_the_book, loop.run(_gathered(town, size)))
    assert len(data["addresses"]) == size
    assert errors == []


def _lien(loop: asyncio.Runner, asker: Asker) -> list[object]:
    read: Coroutine[Any, Any, list[object]] = asker.lien("10101")
    return loop.run(read)


def test_a_fetch(benchmark: BenchmarkFixture, loop: asyncio.Runner) -> None:
    made, systems = bounded(8), agencies()
    asker = Asker(Sources(made, systems), made)
    assert benchmark(_lien, loop, asker) == [1, 2, 3]
    assert systems["deeds.db"].asked


def test_a_row_that_is_kept(benchmark: BenchmarkFixture, loop: asyncio.Runner) -> None:
    made, systems = bounded(8, cached={"deeds.liens": 600.0}), agencies()
    asker = Asker(Sources(made, systems), made)
    assert _lien(loop, asker) == benchmark(_lien, loop, asker) == [1, 2, 3]
    assert len(systems["deeds.db"].asked) == 1
