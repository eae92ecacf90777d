"""Whatever a system can do itself, the answer is the same: random scans, against the oracle."""

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.base import After, Answer, Capabilities, ColumnType, Dataset, Op, OrderBy, Scan, Support
from adapters.filters import OPERATORS
from adapters.memory import FULL, MemoryAdapter
from adapters.reading import read
from tests.contract.conftest import Kit, open_kit
from tests.contract.sample import DATASET, rows
from tests.contract.scans import scans

REST = ("rest-each", "rest-repeat", "rest-comma")
ORACLE = MemoryAdapter({"things": rows()})


def told(answer: Answer) -> tuple[object, ...]:
    return list(answer.rows), answer.counts, answer.complete


@dataclass(repr=False)
class Loaded:
    """A system with the sample rows in it, and the loop its connections live in."""

    loop: asyncio.AbstractEventLoop
    kit: Kit
    dataset: Dataset

    def read(self, scan: Scan, keys_per_call: int | None) -> Answer:
        return self.loop.run_until_complete(read(self.kit.adapter, self.dataset, scan, keys_per_call=keys_per_call))

    def expected(self, scan: Scan) -> Answer:
        return self.loop.run_until_complete(read(ORACLE, DATASET, scan))


@pytest.fixture(
    scope="module",
    params=["sqlite", "sqlite-inline", "postgres", "mariadb", "parquet", "datasette", "graphql", "socrata", *REST],
)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with asyncio.Runner() as runner:
        kit = runner.run(open_kit(request.param, Path(tmp_path_factory.mktemp("db"))))
        dataset = runner.run(kit.load(DATASET, rows(), index=[["BLOCK"], ["BOROUGH", "BLOCK", " LOT "]]))
        yield Loaded(runner.get_loop(), kit, dataset)
        runner.run(kit.aclose())


LONG = Scan(
    order=(OrderBy("built"), OrderBy("built"), OrderBy("id")), after=After((1899, 1899, 0), inclusive=True), columns=()
)
"""An address had no room for it while statements said a table's name at every column."""


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@example(scan=LONG, keys_per_call=None)
@given(scan=scans(), keys_per_call=st.sampled_from([None, 1, 2]))
def test_databases_answer_as_the_oracle(loaded: Loaded, scan: Scan, keys_per_call: int | None) -> None:
    assert told(loaded.read(scan, keys_per_call)) == told(loaded.expected(scan))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@st.composite
def capabilities(draw: st.DrawFn) -> Capabilities:
    """Any part of everything."""
    supports = st.sampled_from(list(Support))
    chance = random.Random(draw(st.integers()))

    def of(kind: ColumnType) -> Mapping[Op, Support]:
        return MappingProxyType({op: chance.choice(list(Support)) for op in OPERATORS[kind]})

    draw(supports)
    return Capabilities(
        filters=MappingProxyType({kind: of(kind) for kind in ColumnType}),
        any_of=draw(st.booleans()),
        key_columns=draw(st.integers(0, 3)),
        prefix_keys=draw(st.booleans()),
        order=frozenset(kind for kind in FULL.order if draw(st.booleans())),
        limit=draw(st.booleans()),
        per_key=draw(st.booleans()),
        after=draw(st.booleans()),
        count=draw(st.booleans()),
        keys_per_call=draw(st.integers(1, 5)),
    )


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(scan=scans(), declared=capabilities())
def test_less_capable_adapters_answer_as_the_oracle(runner: asyncio.Runner, scan: Scan, declared: Capabilities) -> None:
    expected = runner.run(read(ORACLE, DATASET, scan))
    weaker = MemoryAdapter(ORACLE.rows, capabilities=declared)
    assert told(runner.run(read(weaker, DATASET, scan))) == told(expected)
