"""A whole answer that is kept is the one that its rows would make again.

Random operations are asked of a city whose open datasets may all be kept, until whole answers of some are:
each must equal, with what the record of look-ups is told, what an engine without room for answers makes of
the same kept rows – when all agencies are well, when some fail, when rows are damaged; whoever asks.
CITYGRAPH_DIFFERENTIAL says how many operations to try (300).
"""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

import orjson
import pytest
import pytest_asyncio

from adapters.memory import MemoryAdapter
from gateway.engine.engine import CityEngine
from gateway.engine.preparing import RequestErrors
from gateway.engine.requests import Encoded, Response
from gateway.settings import read_settings
from resolvers.schema import build_schema
from tests.differential.agencies import DAYS, own
from tests.differential.builders import request
from tests.differential.conftest import Ground
from tests.differential.generator import Generator

CALLERS = ("anonymous", "all", "partner")
EACH = max(2, round(int(os.environ.get("CITYGRAPH_DIFFERENTIAL", "300")) / 50))
PATIENT = 60.0

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(slots=True)
class Shelf:
    """A city on one day, and the same one without room for answers, which has the same rows."""

    ground: Ground
    engine: CityEngine
    bare: CityEngine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shelves(ground: Ground) -> AsyncIterator[Mapping[str, Shelf]]:
    """The cities, all of whose open datasets are kept for a while."""
    known = ground.engines["well"].world
    sources = {name: replace(source, timeout=PATIENT) for name, source in known.city.sources.items()}
    tables = {name: replace(table, cache=3600.0, withheld=()) for name, table in known.city.tables.items()}
    city = replace(known.city, sources=sources, tables=tables)
    opened = {name: each.adapter for name, each in known.sources._opened.items()}
    adapters = {
        name: adapter if isinstance(adapter, MemoryAdapter) else own(sources[name]) for name, adapter in opened.items()
    }
    settings = replace(read_settings({"CITYGRAPH_SIGNING_KEY": "differential" * 4}), request_deadline=PATIENT)
    schema, made = build_schema(city), {}
    for n, (day, change) in enumerate(DAYS.items()):
        engine = CityEngine(city, settings, schema=schema, adapters=change(adapters, n))
        bare = CityEngine(city, replace(settings, answer_cache=0), schema=schema, before=engine)
        made[day] = Shelf(ground, engine, bare)
    yield made
    for shelf in made.values():
        await shelf.bare.aclose()
        await shelf.engine.aclose()


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("day", DAYS)
async def test_a_kept_answer_is_what_its_rows_make(day: str, who: str, shelves: Mapping[str, Shelf]) -> None:
    shelf = shelves[day]
    caller, engine = shelf.ground.callers[who], shelf.engine
    generator = Generator(shelf.ground.schema.graphql, shelf.ground.pool, f"kept {day} {who}")
    tries = kept = 0
    while kept < EACH and tries < 10 * EACH:
        root = generator.random.choice(["address", "business"])
        operation = generator.profile(root, generator.random.choice((2, 4, 8)))
        ids = shelf.ground.pool.ids["Address" if root == "address" else "Business"]
        asked = request(operation, caller)
        asked = replace(asked, variables={**asked.variables, "id": generator.random.choice(ids)})
        try:
            prepared = engine.prepare(asked)
        except RequestErrors:
            continue
        if engine.kept_answers.key(prepared, caller) is None:
            continue
        tries += 1
        await engine.execute(asked)
        before = sum(engine.world.sources.tally(name).reads for name in engine.world.city.sources)
        again = await engine.execute(asked)
        if sum(engine.world.sources.tally(name).reads for name in engine.world.city.sources) > before:
            continue
        kept += isinstance(again.payload, Encoded)
        anew = await shelf.bare.execute(asked)
        assert _printed(again) == _printed(anew), operation.text()
        assert _told(again) == _told(anew), operation.text()
    assert kept > EACH / 2 or day == "failing"


def _printed(response: Response) -> bytes:
    """The response as it is sent, but for the order of what is incomplete: that of agencies' answers."""
    payload = dict(response.payload)
    if "extensions" in payload:
        told = payload["extensions"]
        payload["extensions"] = {**told, "incomplete": sorted(told.get("incomplete", ()), key=repr)}
    return orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS)


def _told(response: Response) -> tuple[object, ...]:
    facts = response.facts
    return facts._replace(agencies=tuple(sorted(facts.agencies))), dict(response.headers), response.public
