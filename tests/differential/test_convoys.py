"""Who travels with others is told what it would have been told alone.

Random profiles are asked for by several ids, each by itself and then all at once: data, the order of
keys, errors, what is incomplete, and what the record of look-ups is told must be equal – when all
agencies are well, when some fail, when rows are damaged, and when one's key spoils the call of all;
whoever asks. CITYGRAPH_DIFFERENTIAL says how many operations to try (300).
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from zlib import crc32

import orjson
import pytest
import pytest_asyncio

from adapters.base import Adapter, Answer, Dataset, Scan
from adapters.errors import Rejected
from adapters.memory import MemoryAdapter
from gateway.engine.convoys import Member
from gateway.engine.engine import CityEngine
from gateway.engine.preparing import RequestErrors
from gateway.engine.requests import Caller, Request, Response
from gateway.settings import read_settings
from tests.differential.agencies import Adapters, damaged, failing, own, well
from tests.differential.builders import request
from tests.differential.conftest import Ground
from tests.differential.generator import Generator
from tests.differential.operations import Operation
from tests.differential.values import BAD_IDS
from tests.wrapper import Wrapper

CALLERS = ("anonymous", "all", "partner")
ROOTS = {"address": "Address", "business": "Business"}
COUNT = int(os.environ.get("CITYGRAPH_DIFFERENTIAL", "300"))
EACH = max(2, round(COUNT / 24))
PATIENT = 60.0
"""Seconds that agencies have on a busy machine: what comes too late for one is not told of another."""

TRIES = 3
"""How often one is asked for again alone where answers differ: what is told of a field that is asked for
twice is in the order in which agencies answered."""

NOW = re.compile(rb'"(\d{4}-\d\d-\d\dT[^"]*)"')

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Touchy(Wrapper):
    """An adapter in front of another: some keys make it refuse the whole call, of some it can't read a row,
    of some it has more rows than it gives."""

    def __init__(self, inner: Adapter, seed: int) -> None:
        super().__init__(inner)
        self._seed = seed

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        keys = scan.keys.values if scan.keys is not None else ()
        if any(self._hit("refuses", dataset, key) for key in keys):
            raise Rejected("the source refuses this call")
        answer = await self.inner.scan(dataset, scan)
        lost = sum(self._hit("loses", dataset, key) for key in keys)
        cut = frozenset(key for key in keys if self._hit("cuts", dataset, key))
        return replace(answer, refused=lost, complete=not cut, incomplete=cut)

    def _hit(self, way: str, dataset: Dataset, key: object) -> bool:
        return crc32(repr((self._seed, way, dataset.name, key)).encode()) % 10 == 0


def touchy(adapters: Adapters, seed: int) -> Adapters:
    """Every agency is spoilt by a key here and there."""
    return {name: Touchy(adapter, seed) for name, adapter in adapters.items()}


DAYS = {"well": well, "failing": failing, "damaged": damaged, "touchy": touchy}


@dataclass(slots=True)
class Street:
    """A city on one day, and who has travelled there with others."""

    ground: Ground
    engine: CityEngine
    seen: "Counter[str]" = field(default_factory=Counter)

    def __post_init__(self) -> None:
        travel = self.engine._convoys._travel

        async def noted(members: Sequence[Member]) -> Sequence[Response | None]:
            found = await travel(members)
            self.seen["members"] += len(members)
            self.seen["together"] += sum(response is not None for response in found)
            return found

        self.engine._convoys._travel = noted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def streets(ground: Ground) -> AsyncIterator[Mapping[str, Street]]:
    """The cities with more patience."""
    known = ground.engines["well"].world
    sources = {name: replace(source, timeout=PATIENT) for name, source in known.city.sources.items()}
    city = replace(known.city, sources=sources)
    opened = {name: each.adapter for name, each in known.sources._opened.items()}
    adapters = {
        name: adapter if isinstance(adapter, MemoryAdapter) else own(sources[name]) for name, adapter in opened.items()
    }
    settings = replace(read_settings({"CITYGRAPH_SIGNING_KEY": "differential" * 4}), request_deadline=PATIENT)
    engines = {
        day: CityEngine(city, settings, schema=ground.schema, adapters=change(adapters, n))
        for n, (day, change) in enumerate(DAYS.items())
    }
    yield {day: Street(ground, engine) for day, engine in engines.items()}
    for engine in engines.values():
        await engine.aclose()


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("day", DAYS)
async def test_who_travels_together_is_told_what_it_would_be_alone(
    day: str, who: str, streets: Mapping[str, Street], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.engine.convoys.HELD_UP", PATIENT)
    monkeypatch.setattr("gateway.engine.engine.SLOW", PATIENT * 1000)
    street = streets[day]
    pool, caller = street.ground.pool, street.ground.callers[who]
    generator = Generator(street.ground.schema.graphql, pool, f"convoys {day} {who}")
    random, seen = generator.random, street.seen
    seen.clear()
    for n in range(EACH):
        root = random.choice(list(ROOTS))
        operation = _shareable(street.engine, generator, root, caller)
        ids = [_id(random, pool.ids, ROOTS[root]) for _ in range(random.randint(3, 8))]
        if random.random() < 0.5:  # the first to ask for it, of which no code is made yet
            together = await _together(street.engine, operation, caller, ids)
            alone = await _alone(street.engine, operation, caller, ids)
        else:
            alone = await _alone(street.engine, operation, caller, ids)
            together = await _together(street.engine, operation, caller, ids)
        for id, one, other in zip(ids, alone, together, strict=True):
            tries = TRIES if _different(one, other) else 0
            again = [one, *await _alone(street.engine, operation, caller, [id] * tries)]
            for what, mine, shared in min((_different(each, other) for each in again), key=len):
                pytest.fail(
                    f"operation {n}, {id} of {ids}: {what}\n\n{operation.text()}\n\n{operation.variables()}\n\n"
                    f"alone:\n{mine!r}\n\nwith others:\n{shared!r}",
                    pytrace=False,
                )
        seen["requests"] += len(ids)
    assert seen["members"] > seen["requests"] / 4, seen
    assert seen["together"] > (seen["requests"] / 8 if day == "well" else 0), seen


def _shareable(engine: CityEngine, generator: Generator, root: str, caller: Caller) -> Operation:
    """An operation whose requests by this caller may travel together: about no person, and without a key
    about what is open to all."""
    while True:
        operation = generator.profile(root, generator.random.choice((4, 12, 60)))
        asked = _asked(operation, caller, "x")
        try:
            prepared = engine.prepare(asked)
        except RequestErrors:
            continue
        if engine._convoys.line(prepared, engine.begin(prepared, asked)) is not None:
            return operation


def _id(random: Random, known: Mapping[str, Sequence[str]], entity: str) -> str:
    """Mostly one that somebody knows; more often than not of the kind that most are of."""
    chance = random.random()
    if chance < 0.1:
        return random.choice([*BAD_IDS, *known["Address"], *known["Business"]])
    mine = known[entity]
    return random.choice(mine if chance < 0.4 else [each for each in mine if _scheme(each) == _scheme(mine[0])])


def _scheme(id: str) -> str:
    return id.partition(":")[0]


async def _alone(engine: CityEngine, operation: Operation, caller: Caller, ids: Sequence[str]) -> list[Response]:
    return [await engine.execute(_asked(operation, caller, id)) for id in ids]


async def _together(engine: CityEngine, operation: Operation, caller: Caller, ids: Sequence[str]) -> list[Response]:
    return await asyncio.gather(*(engine.execute(_asked(operation, caller, id)) for id in ids))


def _asked(operation: Operation, caller: Caller, id: str) -> Request:
    found = request(operation, caller)
    return replace(found, variables={**found.variables, "id": id})


def _different(one: Response, other: Response) -> list[tuple[str, object, object]]:
    """In what two responses differ; how many rows came for one is counted by datasets' own tests."""
    pairs: list[tuple[str, object, object]] = [("payload", _printed(one), _printed(other))]
    pairs += [("headers", one.headers, other.headers), ("public", one.public, other.public)]
    mine, others = one.facts, other.facts
    told = ("operation", "fields", "denied", "subjects", "purpose", "reference", "cost")
    pairs += [(name, getattr(mine, name), getattr(others, name)) for name in told]
    pairs.append(("agencies", set(mine.agencies), set(others.agencies)))
    return [pair for pair in pairs if pair[1] != pair[2]]


def _printed(response: Response) -> bytes:
    """The response as it is sent, but for the moments of today, when agencies were asked, and for the order
    of what is incomplete, which may be that of their answers."""
    payload, today = dict(response.payload), datetime.now(UTC).date().isoformat().encode()
    if "extensions" in payload:
        told = payload["extensions"]
        payload["extensions"] = {**told, "incomplete": sorted(told.get("incomplete", ()), key=repr)}
    text = orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS)
    return NOW.sub(lambda found: b'"today"' if found[1].startswith(today) else found[0], text)
