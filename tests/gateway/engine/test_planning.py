"""Plans as text. Each operation in plans/ has its plan beside it; a change of the planner shows
there. CITYGRAPH_RENEW_PLANS=1 writes them anew, to be read before they are committed."""

import os
from pathlib import Path

import pytest

from gateway.engine.requests import ANONYMOUS
from tests.e2e.city import TESTER, Town, make_town

PLANS = Path(__file__).parent / "plans"
OPERATIONS = sorted(path.stem for path in PLANS.glob("*.graphql"))


@pytest.fixture
def town() -> Town:
    """Testville."""
    return make_town()


async def explained(town: Town, query: str) -> str:
    caller = ANONYMOUS if "caller: anonymous" in query else TESTER
    payload = await town.answer(query, caller, {"explain": True})
    assert "errors" not in payload, payload["errors"]
    text: str = payload["extensions"]["explain"]["text"]
    return text + "\n"


@pytest.mark.parametrize("name", OPERATIONS)
async def test_plans(name: str, town: Town) -> None:
    expected = PLANS / f"{name}.txt"
    found = await explained(town, (PLANS / f"{name}.graphql").read_text(encoding="utf-8"))
    if os.environ.get("CITYGRAPH_RENEW_PLANS") == "1":
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
    assert town.calls() == []


async def test_a_plan_is_made_once_for_an_operation(town: Town) -> None:
    query = "query($id: ID!, $more: Boolean!) { address(id: $id) { label sales @include(if: $more) { totalCount } } }"
    for more in (True, False, True, False):
        for lot in ("tv.lot:10101", "tv.lot:10102"):
            await town.data(query, id=lot, more=more)
    assert len(town.engine.preparing.plans) == 2


async def test_nodes_of_a_plan_for_programs(town: Town) -> None:
    query = '{ address(id: "tv.lot:10101") { liens { totalCount } } me { name } }'
    payload = await town.answer(query, extensions={"explain": True})
    assert payload["data"] is None
    explain = payload["extensions"]["explain"]
    assert explain["fallback"] is None
    assert explain["nodes"][0] == {"wave": 1, "node": "Canon", "what": "address: tv.lot", "denied": None}
    assert "deeds.liens by tv.lot -> liens" in explain["text"]


async def test_introspection_is_not_planned(town: Town) -> None:
    payload = await town.answer("{ __schema { queryType { name } } me { name } }", extensions={"explain": True})
    assert payload["extensions"]["explain"]["fallback"] == "introspection (__schema)"
