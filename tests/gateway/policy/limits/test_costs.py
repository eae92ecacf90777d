"""What a request may cost, told before anybody is asked."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.engine.requests import Request
from gateway.policy.limits.costs import Cost, Weights
from gateway.policy.limits.sheets import cost, sheet
from tests.e2e.city import TESTER, Town, city, make_town


@pytest.fixture
def town() -> Town:
    """Testville."""
    return make_town()


def costs(town: Town, query: str, weights: Weights | None = None, **variables: Any) -> Cost:
    prepared = town.engine.prepare(Request(query, variables=variables, caller=TESTER))
    world = town.engine.world
    return cost(prepared.plan, prepared.variables, world.bounds, weights or Weights.of(world.city))


ADDRESSES = "query($ids: [ID!]!, $first: Int! = 20) { addresses(ids: $ids) { sales(first: $first) { nodes { id } } } }"


def lots(number: int) -> list[str]:
    return [f"tv.lot:1{n:04}" for n in range(number)]


def test_ids_and_first_multiply(town: Town) -> None:
    one = costs(town, ADDRESSES, ids=lots(1), first=1)
    ten = costs(town, ADDRESSES, ids=lots(10), first=1)
    page = costs(town, ADDRESSES, ids=lots(10), first=100)
    assert ten.calls == one.calls, "ten ids go in the calls of one"
    assert ten.keys == 10 * one.keys
    assert page.rows - ten.rows == 10 * 99
    assert one.units < ten.units < page.units


def test_a_variables_default_counts(town: Town) -> None:
    assert costs(town, ADDRESSES, ids=lots(3)) == costs(town, ADDRESSES, ids=lots(3), first=20)


def test_the_schemas_default_and_literals_count(town: Town) -> None:
    def section(arguments: str) -> Cost:
        return costs(town, f'{{ address(id: "tv.lot:10101") {{ sales{arguments} {{ totalCount }} }} }}')

    assert section("") == section("(first: 20)")
    assert section("(first: 30)").rows - section("(first: 20)").rows == 10


def test_a_list_of_variables_and_a_variable_page(town: Town) -> None:
    query = 'query($a: ID!, $n: Int!) { addresses(ids: [$a, "tv.lot:10102"]) { sales(first: $n) { nodes { id } } } }'
    assert costs(town, query, a="tv.lot:10101", n=7) == costs(town, ADDRESSES, ids=lots(2), first=7)


def test_more_ids_than_a_call_takes_are_more_calls(town: Town) -> None:
    few, many = (costs(town, ADDRESSES, ids=lots(n), first=1) for n in (500, 501))
    assert many.calls == 2 * few.calls


def test_what_is_refused_later_counts_as_the_most_that_is_served(town: Town) -> None:
    assert costs(town, ADDRESSES, ids=lots(5), first=10**9) == costs(town, ADDRESSES, ids=lots(5), first=1000)
    assert costs(town, ADDRESSES, ids=lots(5), first=-3) == costs(town, ADDRESSES, ids=lots(5), first=0)


def test_a_heavy_dataset_weighs_more(town: Town) -> None:
    table = city().tables["deeds.sales"]
    heavy = replace(city(), tables={**city().tables, table.name: replace(table, cost=7)})
    plain = costs(town, ADDRESSES, ids=lots(1), first=10)
    heavier = costs(town, ADDRESSES, Weights.of(heavy), ids=lots(1), first=10)
    assert replace(heavier, units=0) == replace(plain, units=0)
    assert heavier.units - plain.units == pytest.approx(6 * (10 + 1 + 11) / 10, abs=1)


def test_links_multiply_page_by_page(town: Town) -> None:
    def nested(first: int) -> Cost:
        query = f"""{{ address(id: "tv.lot:10101") {{ businesses(first: {first}) {{ nodes {{
            addresses(first: {first}) {{ nodes {{ sales(first: {first}) {{ nodes {{ id }} }} }} }} }} }} }} }}"""
        return costs(town, query)

    small, large = nested(10), nested(100)
    assert large.rows > 100**3 > 10**3 > small.rows - 10**3
    assert large.units > 100_000


def test_a_node_costs_as_its_dearest_kind(town: Town) -> None:
    address = costs(town, '{ node(id: "tv.lot:10101") { ... on Address { sales { nodes { id } } label } } }')
    business = costs(town, '{ node(id: "tv.lot:10101") { ... on Business { name } } }')
    both = '{ node(id: "tv.lot:10101") { ... on Address { sales { nodes { id } } label } ... on Business { name } } }'
    assert costs(town, both) == max(address, business, key=lambda found: found.units)


def test_what_asks_nobody_costs_one_unit(town: Town) -> None:
    assert costs(town, "{ city { name } me { name } }") == Cost(0, 0, 0, 1)
    assert costs(town, "{ addresses(ids: []) { label } }") == Cost(0, 0, 0, 1)


@pytest.mark.parametrize(
    "query",
    [
        '{ address(id: "tv.lot:10101") { label yearBuilt existence } }',
        '{ address(id: "tv.lot:10101") { records(first: 50) { nodes { id } } } }',
        '{ address(id: "tv.lot:10101") { businesses { nodes { name sites { name } } } } }',
        '{ address(id: "tv.building:1001") { sales { nodes { id } } violations { nodes { id } } } }',
        '{ searchAddresses(text: "12 Oak St 90001") { address { label sales { nodes { id } } } } }',
        '{ searchBusinesses(name: "Oak") { business { name } } }',
        "{ findAddresses(where: {}, first: 3) { nodes { label } } }",
    ],
)
async def test_an_estimate_is_no_less_than_what_came(query: str, town: Town) -> None:
    found = await town.answer(query, extensions={"trace": True})
    assert found.get("data"), found
    calls = found["extensions"]["trace"]["calls"]
    estimated = costs(town, query)
    assert calls
    assert estimated.rows >= sum(call["rows"] for call in calls)
    assert estimated.calls >= len({call["dataset"] for call in calls})


def test_a_sheet_is_made_once_and_names_the_dearest_field(town: Town) -> None:
    prepared = town.engine.prepare(Request(ADDRESSES, variables={"ids": lots(100), "first": 50}, caller=TESTER))
    made = sheet(prepared.plan, town.engine.world.bounds, Weights.of(city()))
    assert made.cost(prepared.variables.coerced) is made.cost(prepared.variables.coerced)
    dearest = made.dearest(prepared.variables.coerced)
    assert dearest is not None
    assert dearest[0] == "addresses.sales"
    assert dearest[1] >= 500


def test_nobody_was_asked(town: Town) -> None:
    costs(town, ADDRESSES, ids=lots(3))
    assert town.calls() == []
