"""Who made a response is counted; the trace tells what depends on the operation alone."""

from typing import Any

from gateway.engine.builds import Builds
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Request
from tests.e2e.city import TESTER, make_town

QUERY = "query($ids: [ID!]!) { addresses(ids: $ids) { id sales(first: 2) { totalCount } } }"


async def _trace(engine: CityEngine, query: str, *ids: str) -> dict[str, Any]:
    request = Request(query, variables={"ids": list(ids)} if ids else {}, caller=TESTER, extensions={"trace": True})
    found: dict[str, Any] = (await engine.execute(request)).payload["extensions"]["trace"]
    assert set(found) == {"calls", "shared", "fallback"}
    return found


async def test_the_first_response_is_by_the_book_and_the_next_by_code() -> None:
    engine = make_town().engine
    told = await _trace(engine, QUERY, "tv.lot:10101")
    assert (told["fallback"], engine.responses.builds) == (None, Builds(first=1))
    told = await _trace(engine, QUERY, "tv.lot:10101")
    assert (told["fallback"], engine.responses.builds) == (None, Builds(code=1, first=1))


async def test_what_generated_code_gives_up_is_counted() -> None:
    engine = make_town().engine
    ids = ("tv.lot:10101", "tv.lot:nonsense", "tv.lot:99999", "tv.lot:10102")
    for _ in range(2):
        await _trace(engine, QUERY, *ids)
    assert engine.responses.builds == Builds(code=1, first=1, partly=1, given_up=2)


async def test_graphql_core_is_told_with_its_reason() -> None:
    engine = make_town().engine
    told = await _trace(engine, "{ __schema { queryType { name } } }")
    assert "introspection" in told["fallback"]
    assert engine.responses.builds == Builds(core=1)


async def test_an_operation_that_is_too_big_for_code_is_counted() -> None:
    engine = make_town().engine
    fields = " ".join(f"b{number}: id" for number in range(50))
    roots = " ".join(f"a{number}: addresses(ids: $ids) {{ ...Many }}" for number in range(90))
    query = f"query($ids: [ID!]!) {{ {roots} }} fragment Many on Address {{ {fields} }}"
    for _ in range(2):
        await _trace(engine, query, "tv.lot:10101")
    assert engine.responses.builds == Builds(first=1, no_code=1)
