"""Callers of different permission ask one engine at once: each gets what it gets when it is alone."""

import asyncio
from random import Random

from gateway.engine.requests import Request
from tests.e2e import city as testville
from tests.e2e.city import make_town
from tests.partners.planting import Case
from tests.partners.shapes import Shape
from tests.partners.telling import request, still
from tests.partners.test_nothing_leaks import CASES, every_shape

ROUNDS = 6
AT_ONCE = 40


def _callers() -> list[Case]:
    """Those of one city as it is: their engine is the same."""
    return [c for c in CASES if c.city is testville.city() and not c.closed and c.restricted.empty]


async def test_nothing_crosses_between_callers_at_once() -> None:
    town = make_town(deadline=60.0, timeout=60.0)
    random = Random("crossing")
    callers = _callers()
    assert len(callers) >= 7
    shapes = [shape for shape in every_shape() if not shape.extensions]
    for _ in range(ROUNDS):
        shape: Shape = random.choice(shapes)
        alone = {case.name: await _asked(town.engine.execute, request(case, shape)) for case in callers}
        for agency in town.agencies.values():
            agency.delay = random.choice((0.0, 0.001, 0.01))
        cases = random.choices(callers, k=AT_ONCE)
        together = await asyncio.gather(*(_asked(town.engine.execute, request(case, shape)) for case in cases))
        for agency in town.agencies.values():
            agency.delay = 0.0
        for case, answer in zip(cases, together, strict=True):
            assert answer == alone[case.name], f"{case.name} / {shape.name}"
    await town.engine.aclose()


async def _asked(execute: object, asked: Request) -> object:
    response = await execute(asked)  # type: ignore[operator]
    return still(response.payload)
