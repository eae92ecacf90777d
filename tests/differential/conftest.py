"""The demo city for random operations: its engine on every kind of day, and words that it knows."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.base import Adapter
from gateway.catalogue import load
from gateway.demo.generate import build
from gateway.demo.samples import Samples, samples
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.settings import Settings, read_settings
from resolvers.city import City
from resolvers.schema import CitySchema, build_schema
from tests.differential.agencies import DAYS
from tests.differential.values import Pool

CITY = Path(__file__).parents[2] / "cities" / "demo"
ALL = Caller("all", frozenset({"*"}))
HARVEST = """
query($addresses: [ID!]!, $businesses: [ID!]!) {
  addresses(ids: $addresses) {
    label ownerName identifiers { id }
    records(first: 20) { edges { cursor node { id title status { code } } } }
    businesses(first: 5) { edges { cursor role node { id name } } }
    people(first: 3) { edges { role node { id fullName } } }
  }
  businesses(ids: $businesses) {
    name legalName identifiers { id }
    records(first: 20) { edges { cursor node { id title status { code } } } }
  }
}
"""


@pytest.fixture(scope="session")
def settings() -> Settings:
    """A key that is the same in every run, so that cursors and ids are."""
    return read_settings({"CITYGRAPH_SIGNING_KEY": "differential" * 4})


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Harbourton's databases."""
    return build(tmp_path_factory.mktemp("differential") / "demo").directory


@pytest.fixture(scope="session")
def city(directory: Path) -> City:
    """Harbourton."""
    return load(CITY, {"CITYGRAPH_DEMO": str(directory)})


@pytest.fixture(scope="session")
def schema(city: City) -> CitySchema:
    """Its schema."""
    return build_schema(city)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(city: City, schema: CitySchema, settings: Settings, directory: Path) -> Pool:
    """Identifiers, cursors and words of the city, harvested from an answer on a good day."""
    known = samples(directory)
    engine = CityEngine(city, settings, schema=schema, adapters=DAYS["well"](city, 0))
    ids = {"addresses": [*known.address_ids], "businesses": [*known.business_ids]}
    found = await engine.execute(Request(HARVEST, variables=ids, caller=ALL))
    await engine.aclose()
    return _pool(known, found.payload)


def _pool(known: Samples, payload: Mapping[str, object]) -> Pool:
    pool = Pool(
        ids={
            "Address": [*known.address_ids, known.absent],
            "Business": [*known.business_ids, "hbt.company:99999999"],
            "Person": [*known.person_ids, "hbt.resident:999999999"],
        },
        texts=[known.search, known.ambiguous, "nowhere", "1 Main St, 00000"],
    )
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engines(city: City, schema: CitySchema, settings: Settings) -> AsyncIterator[Mapping[str, CityEngine]]:
    """An engine for every kind of day; some agencies fail or damage by a fixed seed."""
    made: dict[str, CityEngine] = {}
    for n, (day, adapters) in enumerate(DAYS.items()):
        own: dict[str, Adapter] = adapters(city, n)
        made[day] = CityEngine(city, settings, schema=schema, adapters=own)
    yield made
    for engine in made.values():
        await engine.aclose()
