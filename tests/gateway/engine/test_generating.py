"""Generated code: when it is made, what its text may hold, how it gives up. That it answers as the
other builders do is for tests/differential."""

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine import roots
from gateway.engine.generating import Generated, generate
from gateway.engine.generating.guards import Codes, money
from gateway.engine.generating.writing import Writer
from gateway.engine.plan import Plan
from gateway.engine.requests import Request
from gateway.engine.run import Run
from resolvers.scalars import write_money
from tests.e2e.city import ANONYMOUS, TESTER, Town, make_town

BULK = """query($ids: [ID!]!) {
  addresses(ids: $ids) { id label sales(first: 2) { totalCount nodes { id secretAlias: price source { agency } } } }
}"""


async def _run(town: Town, query: str, variables: Mapping[str, Any], caller: Any = TESTER) -> Run:
    request = Request(query, variables=variables, caller=caller)
    run = town.engine.begin(town.engine.prepare(request), request)
    await roots.work(run)
    return run


def _code(town: Town, run: Run) -> Generated:
    made = generate(run.plan, town.engine.world)
    assert made is not None
    return made


async def test_code_is_made_at_the_second_execution_and_kept_with_the_plan() -> None:
    town = make_town()
    made = []
    for _ in range(3):
        run = await _run(town, BULK, {"ids": ["tv.lot:10101"]})
        answer = town.engine.responses.by_code(run)
        made.append((answer is not None, run.plan.generated))
    (first, none), (second, code), (third, same) = made
    assert (first, second, third) == (False, True, True)
    assert none is None
    assert code is same


async def test_nothing_of_document_or_catalogue_stands_in_the_text() -> None:
    town = make_town()
    run = await _run(town, BULK, {"ids": ["tv.lot:10101"]})
    text = _code(town, run).source
    for word in ("secretAlias", "price", "sales", "deeds", "totalCount", "tv.lot", '"', "'"):
        assert word not in text


def test_a_character_that_no_template_has_is_refused() -> None:
    with pytest.raises(AssertionError, match="no template"):
        Writer({}).text([], ["return 'x'"])


async def test_what_fails_is_by_the_book_and_the_rest_is_not() -> None:
    town = make_town()
    ids = ["tv.lot:10101", "tv.lot:nonsense", "tv.lot:99999", "tv.lot:10102"]
    run = await _run(town, BULK, {"ids": ids})
    data, errors = _code(town, run).make(run)
    book, told = town.engine.responses.by_the_book(run)
    assert data == book
    assert [e.formatted for e in errors] == [e.formatted for e in told]
    assert [e.path for e in errors] == [["addresses", 1], ["addresses", 2]]


async def test_a_list_that_mostly_fails_is_left_to_the_reference_builder() -> None:
    town = make_town()
    ids = [f"tv.lot:{90_000 + n}" for n in range(60)] + ["tv.lot:10101"]
    run = await _run(town, BULK, {"ids": ids})
    data, errors = _code(town, run).make(run)
    assert data == town.engine.responses.by_the_book(run)[0]
    assert len(errors) == 60


async def test_a_denied_column_is_told_as_by_the_book() -> None:
    town = make_town()
    query = "query($ids: [ID!]!) { addresses(ids: $ids) { ownerName sales { nodes { price } } } }"
    run = await _run(town, query, {"ids": ["tv.lot:10101", "tv.lot:10102"]}, ANONYMOUS)
    data, errors = _code(town, run).make(run)
    book, told = town.engine.responses.by_the_book(run)
    assert (data, [e.formatted for e in errors]) == (book, [e.formatted for e in told])


async def test_a_mistake_of_the_generator_costs_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    town = make_town()
    run = await _run(town, BULK, {"ids": ["tv.lot:10101"]})

    def mistaken(*_: object) -> dict[str, Any]:
        raise ZeroDivisionError

    run.plan.executions, run.plan.generated = 5, Generated("", mistaken, ())
    with caplog.at_level(logging.ERROR):
        assert town.engine.responses.by_code(run) is None
    assert "generated code failed" in caplog.text


async def test_introspection_has_no_code() -> None:
    town = make_town()
    run = await _run(town, "{ __typename __schema { queryType { name } } }", {})
    assert generate(run.plan, town.engine.world) is None


def test_a_plan_that_cannot_be_generated_is_logged_and_left(caplog: pytest.LogCaptureFixture) -> None:
    broken = Plan({}, None, frozenset())  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        assert generate(broken, make_town().engine.world) is None
    assert "no code could be generated" in caplog.text


@given(
    st.decimals(allow_nan=False, allow_infinity=False)
    | st.decimals(-10_000, 10_000, places=2)
    | st.integers().map(Decimal)
)
def test_money_is_written_as_the_scalar_writes_it(value: Decimal) -> None:
    try:
        wanted = write_money(value)
    except ArithmeticError:
        return  # beyond the precision of decimals: by the book it is an error, and money() leaves it alone
    assert money(value) == wanted


def test_an_unknown_code_is_made_with_its_own_text_and_not_kept() -> None:
    codes = Codes({"A": {"code": "A", "label": "Ay"}}, {"code": "", "label": None}, ("code",))
    assert codes["A"] == {"code": "A", "label": "Ay"}
    assert codes["ZZ"] == {"code": "ZZ", "label": None}
    assert "ZZ" not in codes
