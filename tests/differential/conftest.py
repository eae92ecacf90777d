"""The cities that random operations are made for and asked of."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.base import ColumnType, Compare, Op
from adapters.memory import MemoryAdapter
from gateway.catalogue import load
from gateway.demo.generate import build
from gateway.demo.samples import samples
from gateway.demo.systems.running import environment, running
from gateway.engine.engine import CityEngine
from gateway.engine.requests import ANONYMOUS, Caller, Request
from gateway.policy.terms import Agreement, Grant
from gateway.settings import read_settings
from resolvers.city import City, Table
from resolvers.schema import CitySchema, build_schema
from tests.differential.agencies import DAYS, Adapters, own
from tests.differential.values import Pool
from tests.e2e import city as testville

CITY = Path(__file__).parents[2] / "cities" / "demo"
ALL = Caller("all", frozenset({"*"}), trusted=True)
PURPOSE = "inspection"
HARVEST = """
query($addresses: [ID!]!, $businesses: [ID!]!) {
  addresses(ids: $addresses) {
    label ownerName identifiers { identifier }
    records(first: 20) { edges { cursor node { id title status { code } } } }
    businesses(first: 5) { edges { cursor role node { id name } } }
    people(first: 3) { edges { role node { id fullName } } }
  }
  businesses(ids: $businesses) {
    name legalName identifiers { identifier }
    records(first: 20) { edges { cursor node { id title status { code } } } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A city to ask: its schema, who asks, an engine for every kind of day, and words that it knows."""

    schema: CitySchema
    callers: Mapping[str, Caller]
    engines: Mapping[str, CityEngine]
    pool: Pool


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Harbourton's databases and files."""
    return build(tmp_path_factory.mktemp("differential") / "demo").directory


@pytest.fixture(scope="session")
def addresses(directory: Path) -> Iterator[Mapping[str, str]]:
    """Where its agencies' own processes answer."""
    with running(directory) as systems:
        yield environment(systems)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["Harbourton", "Testville"])
async def ground(
    request: pytest.FixtureRequest, directory: Path, addresses: Mapping[str, str]
) -> AsyncIterator[Ground]:
    """Harbourton on its systems, and Testville, which has a little of everything, in memory."""
    made = await (_harbourton(directory, addresses) if request.param == "Harbourton" else _testville())
    yield made
    for engine in made.engines.values():
        await engine.aclose()


async def _harbourton(directory: Path, addresses: Mapping[str, str]) -> Ground:
    known = samples(directory)
    city = load(CITY, {"CITYGRAPH_DEMO": str(directory), **addresses})
    adapters = {name: own(source) for name, source in city.sources.items()}
    ids = {
        "Address": [*known.address_ids, known.absent],
        "Business": [*known.business_ids, "hbt.company:99999999"],
        "Person": [*known.person_ids, "hbt.resident:999999999"],
    }
    return await _ground(
        build_schema(city), adapters, ids, [known.search, known.ambiguous, "nowhere", "1 Main St, 00000"]
    )


async def _testville() -> Ground:
    adapters = {name: MemoryAdapter(tables) for name, tables in testville.rows().items()}
    lots = ("10101", "10102", "10103", "20101", "20102", "99999")
    ids = {
        "Address": [*(f"tv.lot:{lot}" for lot in lots), "tv.building:1001", "tv.building:1002", "tv.unit:50001"],
        "Business": ["tv.company:7001", "tv.company:7002", "tv.site:70011", "tv.site:70012", "tv.site:79999"],
        "Person": ["tv.resident:300001", "tv.resident:300002", "tv.resident:399999"],
    }
    ids["Address"] += ["tv.pier:101", "tv.address:90001/12 OAK ST"]
    return await _ground(testville.schema(), adapters, ids, ["12 Oak St, 90001", "12 Oak St", "3 Elm Ave 90002"])


async def _ground(schema: CitySchema, adapters: Adapters, ids: dict[str, list[str]], texts: list[str]) -> Ground:
    # A key that is the same in every run, so that cursors and ids are.
    settings = read_settings({"CITYGRAPH_SIGNING_KEY": "differential" * 4})
    engines = {
        day: CityEngine(schema.city, settings, schema=schema, adapters=change(adapters, n))
        for n, (day, change) in enumerate(DAYS.items())
    }
    variables = {"addresses": ids["Address"], "businesses": ids["Business"]}
    found = await engines["well"].execute(Request(HARVEST, variables=variables, caller=ALL))
    callers = {"anonymous": ANONYMOUS, "all": ALL, "partner": _partner(schema.city)}
    return Ground(schema, callers, engines, _pool(Pool(ids=ids, texts=texts), found.payload))


def _partner(city: City) -> Caller:
    """A partner with every kind of grant: whole datasets, some columns, some rows, counts only."""
    grants = {name: _grant(table, n) for n, (name, table) in enumerate(sorted(city.tables.items()))}
    purposes = {PURPOSE: "dpv:LegalCompliance"}
    found = Agreement(
        "differential", 1, "Everything a little", ("Test",), "law", purposes, frozenset({"personal"}), grants
    )
    return Caller("partner", key="differential", agreement=found)


def _grant(table: Table, n: int) -> Grant:
    columns = table.dataset.columns
    texts = [name for name, column in columns.items() if column.type is ColumnType.TEXT and column.public]
    match n % 5:
        case 0:
            return Grant(table.name, columns=frozenset(list(columns)[::2]))
        case 1 if texts:
            return Grant(table.name, rows=(Compare(texts[-1], Op.GTE, "F"),))
        case 2:
            return Grant(table.name, rows=(Compare(next(iter(columns)), Op.IS_NULL, False),))
        case 3 if n % 2:
            return Grant(table.name, counts_only=True)
    return Grant(table.name)


def _pool(pool: Pool, payload: Mapping[str, object]) -> Pool:
    """Cursors, ids of records, names and words from an answer on a good day."""
    _harvest(pool, payload["data"])
    for words in (pool.records, pool.cursors, pool.names, pool.words, pool.roles):
        words[:] = list(dict.fromkeys(words))[:60]
    assert pool.records
    assert pool.cursors
    assert pool.names
    return pool


def _harvest(pool: Pool, data: object) -> None:
    if isinstance(data, list):
        for item in data:
            _harvest(pool, item)
    if not isinstance(data, dict):
        return
    lists = {"cursor": pool.cursors, "role": pool.roles, "name": pool.names, "fullName": pool.names}
    for key, value in data.items():
        if isinstance(value, str) and key == "id":
            (pool.words if ":" in value else pool.records).append(value)
        elif isinstance(value, str):
            lists.get(key, pool.words).append(value)
        else:
            _harvest(pool, value)
