"""Callers of different permission ask one engine at once: each gets what it gets when it is alone, and where
rows and answers are kept what it gets where nothing is."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from gateway.engine.requests import Request
from resolvers.city import City
from tests.e2e import city as testville
from tests.e2e.city import make_town
from tests.partners.planting import Case
from tests.partners.shapes import Shape
from tests.partners.telling import request, still
from tests.partners.test_nothing_leaks import CASES, every_shape

ROUNDS = 6
AT_ONCE = 40
LOTS = {"ids": ["tv.lot:10101", "tv.lot:10102"]}


def _callers() -> list[Case]:
    """Those of one city as it is: their engine is the same."""
    return [c for c in CASES if c.city is testville.city() and not c.closed and c.restricted.empty]


def _editions(*, kept: bool) -> tuple[City, City]:
    """Testville as it is, twice; or with a land register that may be kept, and where all is kept that may be."""
    town = testville.city()
    if not kept:
        return town, town
    bare = replace(town, tables={**town.tables, "land.parcels": replace(town.tables["land.parcels"], withheld=())})
    return bare, replace(bare, tables={name: replace(table, cache=3600.0) for name, table in bare.tables.items()})


@pytest.mark.parametrize("kept", [False, True])
async def test_nothing_crosses_between_callers_at_once(*, kept: bool) -> None:
    bare, town = (make_town(deadline=60.0, timeout=60.0, of=edition) for edition in _editions(kept=kept))
    random = Random("crossing")
    callers = _callers()
    assert len(callers) >= 7
    shapes = [shape for shape in every_shape() if not shape.extensions]
    if kept:  # nothing is kept of answers with errors, as those about what nobody knows
        shapes = [replace(each, variables=LOTS) for each in shapes if each.name.startswith("Address.")]
    for _ in range(ROUNDS * 3 if kept else ROUNDS):
        shape: Shape = random.choice(shapes)
        alone = {case.name: await _asked(bare.engine.execute, request(case, shape)) for case in callers}
        for case in random.sample(callers, len(callers)):
            assert await _asked(town.engine.execute, request(case, shape)) == alone[case.name]
        for agency in town.agencies.values():
            agency.delay = random.choice((0.0, 0.001, 0.01))
        cases = random.choices(callers, k=AT_ONCE)
        together = await asyncio.gather(*(_asked(town.engine.execute, request(case, shape)) for case in cases))
        for agency in town.agencies.values():
            agency.delay = 0.0
        for case, answer in zip(cases, together, strict=True):
            assert answer == alone[case.name], f"{case.name} / {shape.name}"
    assert (len(town.engine.kept_answers) > 0) == kept
    await town.engine.aclose()
    await bare.engine.aclose()


async def _asked(execute: object, asked: Request) -> object:
    response = await execute(asked)  # type: ignore[operator]
    return still(dict(response.payload))
