from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters.base import AllOf, AnyOf, Compare, Filter, Op, OrderBy
from gateway.engine.arguments import Denied, Refusal, cursor_position, first_of, identifiers_of, order_of, where_of
from gateway.engine.requests import ANONYMOUS, Caller, Request
from gateway.engine.run import Bounds, Run
from gateway.engine.tokens import pack
from tests.e2e.city import TESTER, city, make_town, schema

TABLE = city().tables["census.readings"]
NAMES = schema().inputs["CensusReadingsWhere"]


def run(caller: Caller = TESTER, query: str = "{ me { name } }", **variables: Any) -> Run:
    engine = make_town(bounds=Bounds(page=50, bulk=3)).engine
    return engine.begin(engine.prepare(request := Request(query, variables=variables, caller=caller)), request)


def arguments(where: Mapping[str, Any] | None, order: list[Any] | None = None) -> Mapping[str, Any]:
    """The arguments of a section as execution coerces them."""
    query = "query($w: CensusReadingsWhere, $o: [CensusReadingsOrder!]) {"
    query += ' address(id: "x") { readings(where: $w, orderBy: $o) { totalCount } } }'
    made = run(query=query, w=where, o=order)
    (readings,) = made.plan.selection["address"].child("Address", "readings")
    return readings.arguments(made.variables)


def filters(where: Mapping[str, Any] | None, caller: Caller = TESTER) -> tuple[Filter, ...]:
    return where_of(run(caller), TABLE, arguments(where), NAMES)


@pytest.mark.parametrize("first", [0, 1, 50])
def test_first_within_bounds(first: int) -> None:
    assert first_of(run(), {"first": first}) == first


@pytest.mark.parametrize("first", [-1, 51, 2**31 - 1, None])
def test_first_out_of_bounds(first: int | None) -> None:
    with pytest.raises(Refusal, match=f"between 0 and 50; got {first}") as caught:
        first_of(run(), {"first": first})
    assert caught.value.failure.code == "BAD_ARGUMENT"


def test_a_cursor_gives_the_position_with_its_types() -> None:
    made, place = run(), (date(2024, 1, 2), None, Decimal("1.50"), "a")
    cursor = made.world.tokens.make("cursor", ["sales:date-", *map(pack, place)])
    assert cursor_position(made, {"after": cursor}, "sales:date-") == place
    assert cursor_position(made, {}, "sales:date-") is None


def test_a_cursor_of_another_list() -> None:
    made = run()
    cursor = made.world.tokens.make("cursor", ["sales:date-", "x"])
    with pytest.raises(Refusal, match="another list or another order") as caught:
        cursor_position(made, {"after": cursor}, "sales:date+")
    assert caught.value.failure.code == "BAD_CURSOR"


@pytest.mark.parametrize("cursor", ["", "AAAA", "no cursor", "é"])
def test_a_forged_cursor(cursor: str) -> None:
    with pytest.raises(Refusal, match="no cursor of this gateway"):
        cursor_position(run(), {"after": cursor}, "sales")


def test_the_id_of_a_record_is_no_cursor() -> None:
    made = run()
    with pytest.raises(Refusal, match="made for this"):
        cursor_position(made, {"after": made.world.tokens.make("record", ["sales"])}, "sales")


def test_no_conditions() -> None:
    assert filters(None) == filters({}) == filters({"count": None}) == ()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"count": {"eq": 1}}, Compare("count", Op.EQ, 1)),
        ({"word": {"startsWith": "a"}}, Compare("word", Op.STARTS_WITH, "a")),
        ({"sum": {"gte": "1.50"}}, Compare("sum", Op.GTE, Decimal("1.50"))),
        ({"day": {"in": ["2020-01-01"]}}, Compare("day", Op.IN, (date(2020, 1, 1),))),
        ({"count": {"notIn": []}}, Compare("count", Op.NOT_IN, ())),
        ({"done": {"isNull": False}}, Compare("done", Op.IS_NULL, False)),
    ],
)
def test_a_condition(where: Mapping[str, Any], expected: Compare) -> None:
    assert filters(where) == (expected,)


def test_conditions_hold_all_together() -> None:
    found = filters({"count": {"gt": 1, "lt": 5}, "word": {"ne": "a"}})
    assert len(found) == 3
    assert set(found) == {Compare("count", Op.GT, 1), Compare("count", Op.LT, 5), Compare("word", Op.NE, "a")}


def test_and_and_or() -> None:
    found = filters({"or": [{"count": {"eq": 1}}, {"and": [{"count": {"eq": 2}}, {"word": {"eq": "b"}}]}]})
    pair = AllOf((AllOf((Compare("count", Op.EQ, 2),)), AllOf((Compare("word", Op.EQ, "b"),))))
    assert found == (AnyOf((AllOf((Compare("count", Op.EQ, 1),)), AllOf((pair,)))),)


@pytest.mark.parametrize("operator", ["eq", "gt", "in"])
def test_null_is_nothing_to_compare_with(operator: str) -> None:
    with pytest.raises(Refusal, match="use isNull"):
        filters({"count": {operator: None}})


def test_conditions_that_nest_too_deeply() -> None:
    where: dict[str, Any] = {"count": {"eq": 1}}
    for _ in range(8):
        where = {"or": [where]}
    assert len(filters(where)) == 1
    with pytest.raises(Refusal, match="deeper than 8 levels"):
        filters({"or": [where]})


def test_what_a_caller_may_not_see_it_may_not_ask_by() -> None:
    for where in ({"secret": {"eq": "a"}}, {"or": [{"and": [{"secret": {"isNull": True}}]}]}):
        assert filters(where)
        with pytest.raises(Denied) as caught:
            filters(where, ANONYMOUS)
        assert caught.value.failure.code == "DENIED"
        assert caught.value.failure.column == "secret"


def test_what_a_caller_may_not_see_it_may_not_order_by() -> None:
    given = arguments(None, [{"secret": "ASC"}])
    assert order_of(run(), given, NAMES, TABLE) == (OrderBy("secret"),)
    with pytest.raises(Denied):
        order_of(run(ANONYMOUS), given, NAMES, TABLE)


def test_order_is_by_the_first_then_by_the_next() -> None:
    found = order_of(run(), arguments(None, [{"word": "DESC"}, {"count": "ASC", "day": None}]), NAMES, TABLE)
    assert found == (OrderBy("word", descending=True), OrderBy("count"))


@pytest.mark.parametrize("entry", [{}, {"word": None}, {"word": "ASC", "count": "ASC"}])
def test_an_entry_of_order_names_one_column(entry: Mapping[str, Any]) -> None:
    with pytest.raises(Refusal, match="names one column"):
        order_of(run(), arguments(None, [entry]), NAMES, TABLE)


def test_ids_are_bounded() -> None:
    assert identifiers_of(run(), {"ids": ["a", "b", "a"]}) == ["a", "b", "a"]
    with pytest.raises(Refusal, match="at most 3 ids at a time; got 4"):
        identifiers_of(run(), {"ids": ["a"] * 4})
