"""What is wrong with a `where`, and what may stand in it."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import AllOf, AnyOf, Capabilities, Compare, Filter, Op, Scan
from adapters.scans import check
from gateway.catalogue.filters import OPERATORS
from tests.gateway.catalogue.conftest import Directory

DATASET = """
[[dataset]]
name = "sales"
keys.lot = "lot"

[dataset.columns]
lot = "LOT"
text = {}
phone = { type = "phone" }
int = { type = "int" }
year = { type = "year" }
float = { type = "float" }
money = { type = "money" }
bool = { type = "bool" }
date = { type = "date" }
datetime = { type = "datetime" }
place = { type = "point", from = { lat = "a", lon = "b" } }

[[dataset.section]]
on = "Address.rollSales"
where = """

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text("abc 1'é", max_size=5),
    "phone": st.text("0123", min_size=1, max_size=5),
    "int": st.integers(-(10**6), 10**6),
    "year": st.integers(1600, 2100),
    "float": st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
    "money": st.integers(0, 10**6) | st.decimals(0, 10**6, places=2).map(float),
    "bool": st.booleans(),
    "date": st.dates(date(1900, 1, 1)),
    "datetime": st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
}
ORDERED = ("lt", "lte", "gt", "gte")


def allowed(column: str) -> list[str]:
    names = ["eq", "ne", "in", "not_in", *(ORDERED if column != "bool" else ())]
    return [*names, "starts_with"] if column in ("text", "phone") else names


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from(list(VALUES)))
    operator = draw(st.sampled_from([*allowed(column), "null", "bare"]))
    value = VALUES[column]
    if operator == "null":
        return {column: {"null": draw(st.booleans())}}
    if operator in ("in", "not_in"):
        return {column: {operator: draw(st.lists(value, max_size=3))}}
    return {column: draw(value) if operator == "bare" else {operator: draw(value)}}


WHERES = st.recursive(
    comparisons(),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"or": st.lists(inner, min_size=1, max_size=2), "and": st.lists(inner, min_size=1, max_size=2)}
    ),
    max_leaves=5,
)


def toml(value: Any) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def count(part: Filter | None) -> int:
    if part is None or isinstance(part, Compare):
        return int(part is not None)
    return sum(map(count, part.parts))


def leaves(where: dict[str, Any]) -> int:
    groups = [inner for key in ("or", "and") for inner in where.get(key, [])]
    return sum(map(leaves, groups)) + sum(key not in ("or", "and") for key in where)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(where=WHERES)
def test_every_declared_condition_is_one_that_adapters_take(springfield: Directory, where: dict[str, Any]) -> None:
    springfield.write(
        "extra", '[agency]\nname = "X"\n[source.db]\nadapter = "memory"\nurl = "memory:"\n' + DATASET + toml(where)
    )
    city = springfield.load()
    made = city.sections[0].where
    assert count(made) == leaves(where)
    if made is not None:
        check(city.tables["extra.sales"].dataset, Scan(columns=("lot",), filters=(made,)), Capabilities())


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ('{ txt = "a" }', 'column "txt" is not in rolls.sales; did you mean "text"?'),
        ("{ text = 1 }", 'text is compared with 1; it is of type text: write text in quotes, like "1"'),
        ('{ int = "1" }', 'int is compared with "1"; it is of type int: write a whole number'),
        ("{ int = 1.5 }", "int is compared with 1.5; it is of type int: write a whole number"),
        ("{ int = true }", "int is compared with true; it is of type int: write a whole number"),
        (
            '{ date = "2020-01-01" }',
            'date is compared with "2020-01-01"; it is of type date: write a day, like 2017-05-01',
        ),
        (
            "{ date = 2020-01-01T00:00:00 }",
            "date is compared with 2020-01-01 00:00:00; it is of type date: write a day, like 2017-05-01",
        ),
        (
            "{ datetime = 2020-01-01 }",
            "datetime is compared with 2020-01-01; it is of type datetime: write a moment, like 2017-05-01T09:30:00Z",
        ),
        ("{ bool = 1 }", "bool is compared with 1; it is of type bool: write true or false"),
        ("{ bool = { gt = true } }", '"gt" can\'t compare bool of type bool; use eq or null'),
        ('{ place = "x" }', '"eq" can\'t compare place of type point; use null'),
        ('{ int = { starts_with = "1" } }', '"starts_with" can\'t compare int of type int; it is for texts'),
        ("{ int = { ge = 1 } }", 'unknown operator "ge"; did you mean "gte"?'),
        ("{ int = { null = 1 } }", '"null" takes true or false'),
        ("{ int = { in = 1 } }", '"in" takes a list; write in = [ … ]'),
        ("{ or = { int = 1 } }", '"or" takes a list of tables; write or = [{ … }, { … }]'),
        ('{ or = [{ int = 1 }, { int = "1" }] }', 'int is compared with "1"; it is of type int: write a whole number'),
    ],
)
def test_what_does_not_fit_is_told(problems_of: Callable[[str], list[str]], where: str, message: str) -> None:
    assert problems_of(DATASET + where) == [f"rolls.toml:41: {message}"]


def test_or_of_nothing_and_several_operators(problems_of: Callable[[str], list[str]], springfield: Directory) -> None:
    assert (
        problems_of(
            DATASET
            + '{ int = { gte = 1, lt = 5 }, text = ["a", "b"], or = [{ bool = true }, { int = { null = true } }] }'
        )
        == []
    )
    either = AnyOf((Compare("bool", Op.EQ, True), Compare("int", Op.IS_NULL, True)))
    assert springfield.load().sections[0].where == AllOf(
        (Compare("int", Op.GTE, 1), Compare("int", Op.LT, 5), Compare("text", Op.IN, ("a", "b")), either)
    )


def test_every_operator_of_the_adapters_can_be_written() -> None:
    assert set(OPERATORS.values()) == set(Op)
