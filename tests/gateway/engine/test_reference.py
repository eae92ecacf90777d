"""Null propagation and errors by the book, over a schema of its own: every case is also given to
graphql-core, which must agree."""

from types import SimpleNamespace as Value
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse, validate
from graphql.execution.values import VariableValues

from gateway.engine import core
from gateway.engine.documents import Document
from gateway.engine.failures import formatted
from gateway.engine.plan import Plan
from gateway.engine.reference import Builder
from gateway.engine.requests import ANONYMOUS
from gateway.engine.run import Run
from gateway.engine.selection import Collector
from gateway.engine.values import Failure
from gateway.policy.permits import Permits, Profile
from resolvers.meaning import MeRoot
from tests.e2e.city import make_town

SDL = """
type Query { thing: Thing  sure: Thing! }
type Thing {
  text: String
  sureText: String!
  number: Int
  part: Thing
  surePart: Thing!
  some: [Thing]
  sureSome: [Thing!]
  bothSure: [Thing!]!
  tags: [String]
  sureTags: [String!]!
  grid: [[Int!]]
}
"""
DOWN = Failure("UNAVAILABLE", "PD did not answer.", "PD", "parks.trees", retryable=True)
DENIED = Failure("DENIED", "Denied.", "PD", "parks.trees", "owner", once=True)


def both(query: str, value: Any) -> tuple[Any, list[tuple[list[Any], str]]]:
    """Data and (path, message) of each error: by the book, after graphql-core has agreed."""
    schema = build_schema(SDL)
    core.prepare(schema)
    document = Document(parse(query))
    assert document.ast is not None
    assert validate(schema, document.ast) == []
    variables = VariableValues({}, {})
    meanings = {("Query", "thing"): MeRoot(), ("Query", "sure"): MeRoot()}
    selection = Collector(schema, document.fragments, variables, meanings).root(document.operation(None))
    run = Run(
        make_town().engine.world,
        Plan(selection, [], frozenset()),
        variables,
        Permits(make_town().engine.world.city, Profile()),
        ANONYMOUS,
        0.0,
    )
    for selected in selection.values():
        run.outputs[selected.number, None] = value
    builder = Builder(run, schema)
    data = builder.build(selection)
    by_core = core.execute(run, schema, document.ast, None)
    assert (data, formatted(builder.errors)) == (by_core.data, formatted(by_core.errors))
    return data, [(error.path or [], error.message) for error in builder.errors]


def missing(field: str) -> str:
    return f"Cannot return null for non-nullable field {field}."


def test_null_where_null_may_stand() -> None:
    thing = Value(text=None, part=None, some=None, tags=[None, "a"])
    assert both("{ thing { text part { text } some { text } tags } }", thing) == (
        {"thing": {"text": None, "part": None, "some": None, "tags": [None, "a"]}},
        [],
    )


def test_null_in_place_of_a_sure_leaf_takes_its_parent() -> None:
    thing = Value(text="here", part=Value(sure_text=None))
    assert both("{ thing { text part { sureText } } }", thing) == (
        {"thing": {"text": "here", "part": None}},
        [(["thing", "part", "sureText"], missing("Thing.sureText"))],
    )


def test_null_climbs_to_the_nearest_place_where_it_may_stand() -> None:
    thing = Value(text="here", some=[Value(sure_part=Value(sure_part=Value(sure_text=None))), Value(sure_part=None)])
    assert both("{ thing { text some { surePart { surePart { sureText } } } } }", thing) == (
        {"thing": {"text": "here", "some": [None, None]}},
        [
            (["thing", "some", 0, "surePart", "surePart", "sureText"], missing("Thing.sureText")),
            (["thing", "some", 1, "surePart"], missing("Thing.surePart")),
        ],
    )


def test_null_in_a_list_of_sure_items_takes_the_list() -> None:
    thing = Value(text="here", sure_some=[Value(text="a"), None, Value(text="c")])
    assert both("{ thing { sureSome { text } text } }", thing) == (
        {"thing": {"sureSome": None, "text": "here"}},
        [(["thing", "sureSome", 1], missing("Thing.sureSome"))],
    )


def test_null_in_a_sure_list_of_sure_items_takes_the_parent() -> None:
    thing = Value(text="here", both_sure=[Value(text="a"), None])
    assert both("{ thing { bothSure { text } text } }", thing) == (
        {"thing": None},
        [(["thing", "bothSure", 1], missing("Thing.bothSure"))],
    )


def test_lists_in_lists() -> None:
    assert both("{ thing { grid } }", Value(grid=[[1, 2], [3, None], None, []])) == (
        {"thing": {"grid": [[1, 2], None, None, []]}},
        [(["thing", "grid", 1, 1], missing("Thing.grid"))],
    )


def test_null_at_a_sure_root_leaves_no_data() -> None:
    assert both("{ thing { text } sure { sureText } }", Value(text="a", sure_text=None)) == (
        None,
        [(["sure", "sureText"], missing("Thing.sureText"))],
    )


def test_a_failure_is_a_null_with_an_error() -> None:
    assert both("{ thing { text part { text } some { text } } }", Value(text=DOWN, part=DOWN, some=[DOWN, None])) == (
        {"thing": {"text": None, "part": None, "some": [None, None]}},
        [(path, DOWN.message) for path in (["thing", "text"], ["thing", "part"], ["thing", "some", 0])],
    )


def test_a_failure_at_a_sure_place_climbs_as_null_does() -> None:
    assert both("{ thing { part { sureTags text } } }", Value(part=Value(sure_tags=["a", DOWN], text="x"))) == (
        {"thing": {"part": None}},
        [(["thing", "part", "sureTags", 1], DOWN.message)],
    )


def test_a_decision_is_told_at_its_first_occurrence_in_a_field() -> None:
    things = Value(some=[Value(text=DENIED), Value(text=DENIED), Value(text="shown")])
    assert both("{ thing { some { text again: text } } }", things) == (
        {"thing": {"some": [{"text": None, "again": None}] * 2 + [{"text": "shown", "again": "shown"}]}},
        [(["thing", "some", 0, "text"], "Denied."), (["thing", "some", 0, "again"], "Denied.")],
    )


def test_other_failures_are_told_at_every_occurrence() -> None:
    _, errors = both("{ thing { some { text } } }", Value(some=[Value(text=DOWN), Value(text=DOWN)]))
    assert [path for path, _ in errors] == [["thing", "some", 0, "text"], ["thing", "some", 1, "text"]]


@pytest.mark.parametrize("value", [2**31, "many", 1.5])
def test_a_value_that_its_type_can_not_show(value: object) -> None:
    data, errors = both("{ thing { number text } }", Value(number=value, text="here"))
    assert data == {"thing": {"number": None, "text": "here"}}
    assert [path for path, _ in errors] == [["thing", "number"]]
    assert "Int cannot represent" in errors[0][1]


def test_an_error_in_place_of_a_value() -> None:
    error = GraphQLError("first must be between 0 and 1000; got -1.", extensions={"code": "BAD_ARGUMENT"})
    assert both("{ thing { text number } }", Value(text=error, number=1)) == (
        {"thing": {"text": None, "number": 1}},
        [(["thing", "text"], error.message)],
    )


def test_every_error_of_a_field_that_falls_is_kept_in_order() -> None:
    thing = Value(part=Value(text=DOWN, number="x", sure_text=None))
    data, errors = both("{ thing { part { text number sureText } } }", thing)
    assert data == {"thing": {"part": None}}
    assert [path[-1] for path, _ in errors] == ["text", "number", "sureText"]


def test_keys_stand_in_the_order_of_the_selection() -> None:
    data, _ = both("{ thing { number a: text ... { text } __typename } }", Value(text="x", number=3))
    assert list(data["thing"]) == ["number", "a", "text", "__typename"]
