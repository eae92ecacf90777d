"""Three builders, one truth: generated code, the reference builder and graphql-core make the same
response.

Random operations run once each; all builders answer from the same outputs. Data, the order of
keys, and errors with their messages, paths, locations and extensions must be equal – when all
agencies are well, when some fail, when rows are damaged, whoever asks: nobody known, who may see
everything, and a partner to whom columns, rows and counts are opened here and there.
CITYGRAPH_DIFFERENTIAL says how many operations to try (2,000).
"""

import os

import orjson
import pytest

from tests.differential.agencies import DAYS
from tests.differential.builders import Answers, answers, fails, minimise, request, turned
from tests.differential.conftest import Ground
from tests.differential.generator import Generator
from tests.differential.operations import Operation

CALLERS = ("anonymous", "all", "partner")
LOTS, CITIES = 2, 2
COUNT = int(os.environ.get("CITYGRAPH_DIFFERENTIAL", "2000"))
EACH = max(1, round(COUNT / (len(DAYS) * len(CALLERS) * LOTS * CITIES)))

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("lot", range(LOTS))
@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("day", DAYS)
async def test_the_builders_agree(day: str, who: str, lot: int, ground: Ground) -> None:
    generator = Generator(ground.schema.graphql, ground.pool, f"{day} {who} {lot}")
    engine, caller = ground.engines[day], ground.callers[who]
    for n in range(EACH):
        operation = generator.operation()
        found = await answers(engine, request(operation, caller))
        if found.problem is None and turned(operation, found.book["data"]):
            found = await answers(engine, request(operation, caller))
        if found.problem is not None:
            await minimise(operation, lambda smaller: fails(engine, smaller, caller))
            smallest = await answers(engine, request(operation, caller))
            found = smallest if smallest.problem else found  # a flaky agency may be well this time
            pytest.fail(f"operation {n}: {_story(operation, found)}", pytrace=False)


def _story(operation: Operation, found: Answers) -> str:
    variables = orjson.dumps(operation.variables()).decode()
    return (
        f"{found.problem}\n\n{operation.text()}\n\nvariables: {variables}\n\n"
        f"by the book:\n{_indented(found.book)}\n\nby graphql-core:\n{_indented(found.core)}"
        f"\n\nby generated code:\n{_indented(found.code)}"
    )


def _indented(answer: object) -> str:
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
