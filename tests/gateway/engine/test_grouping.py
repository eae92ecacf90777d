"""Rows as they came: the response is made of them at once, and is the same as of records."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from adapters.base import Keys, Stored
from gateway.engine import roots
from gateway.engine.bindings import Asked, Binding
from gateway.engine.generating import generate
from gateway.engine.grouping import Came, Grouped, grouped_rows, single_rows
from gateway.engine.pages import Shown
from gateway.engine.requests import Caller, Request
from gateway.engine.run import Run
from tests.e2e.city import ANONYMOUS, READINGS, TESTER, Town, make_town

IDS = ["tv.lot:10101", "tv.lot:10102", "tv.lot:10103"]
LISTS = """query($ids: [ID!]!) { addresses(ids: $ids) {
  liens(first: 1) { totalCount nodes { amount recorded __typename } }
  readings { nodes { word count share sum done day moment year } }
} }"""
SECRETS = (
    "query($ids: [ID!]!) { addresses(ids: $ids) { readings { nodes { word secret } } liens { nodes { amount } } } }"
)


async def _run(town: Town, query: str, caller: Caller = TESTER) -> Run:
    request = Request(query, variables={"ids": IDS}, caller=caller)
    run = town.engine.begin(town.engine.prepare(request), request)
    await roots.work(run)
    return run


def _touched(run: Run) -> Mapping[str, set[int]]:
    """Of sections whose rows are as they came, the entities for which records were made, by dataset."""
    shown = [output.column for output in run.outputs.values() if isinstance(output, Shown)]
    return {column.table.name: set(column.rows.made) for column in shown if isinstance(column.rows, Grouped)}


async def _answered(
    town: Town, query: str, caller: Caller = TESTER
) -> tuple[Any, Sequence[Any], Mapping[str, set[int]]]:
    """What generated code makes, which the reference builder makes too, and for what it needed records."""
    run = await _run(town, query, caller)
    made = generate(run.plan, town.engine.world)
    assert made is not None
    data, errors = made.make(run)
    touched = _touched(run)
    book, told = town.engine.responses.by_the_book(run)
    assert (data, [e.formatted for e in errors]) == (book, [e.formatted for e in told])
    return data, errors, touched


async def test_no_record_is_made_for_what_rows_tell() -> None:
    data, errors, touched = await _answered(make_town(), LISTS)
    assert touched == {"deeds.liens": set(), "census.readings": set()}
    assert errors == []
    assert data["addresses"][0]["liens"] == {
        "totalCount": 2,
        "nodes": [{"amount": "2000.50", "recorded": "2023-01-01", "__typename": "DeedsLiens"}],
    }


async def test_a_damaged_cell_costs_its_own_address() -> None:
    readings = [row | {"COUNT": "many"} if row["LOT"] == "10102" else row for row in READINGS]
    data, errors, touched = await _answered(make_town({"census.db": {"readings": readings}}), LISTS)
    assert touched == {"deeds.liens": {1}, "census.readings": {1}}
    assert [error.path for error in errors] == [["addresses", 1, "readings", "nodes", 0, "count"]]
    assert len(data["addresses"][0]["readings"]["nodes"]) == 5


@pytest.mark.parametrize("caller", [ANONYMOUS, TESTER])
async def test_what_may_not_be_seen_is_told_as_by_the_book(caller: Caller) -> None:
    _, errors, touched = await _answered(make_town(), SECRETS, caller)
    assert bool(errors) == (caller is ANONYMOUS)
    assert (touched["census.readings"] == set()) == (caller is TESTER)


async def test_an_agency_that_is_down_costs_its_own_section() -> None:
    town = make_town()
    town.agencies["deeds"].fail()
    data, _, _ = await _answered(town, LISTS)
    assert data["addresses"][0]["liens"]["nodes"] is None
    assert len(data["addresses"][0]["readings"]["nodes"]) == 5


@pytest.fixture
def binding() -> Binding:
    """The key of a dataset that spells lots in one column."""
    (found,) = make_town().engine.world.bindings.of("deeds.liens", "Address")
    return found


def _came(binding: Binding, *rows: tuple[object, ...]) -> Came:
    known: dict[tuple[Stored, ...], str] = {("10101",): "10101", ("10102",): "10102"}
    asked = Asked(Keys(binding.key.columns, tuple(known)), known)
    return Came(rows, asked, {"10101": [0, 2], "10102": [1]})


def test_rows_are_whose_they_were_asked_for(binding: Binding) -> None:
    one, other = (1, "10101"), (2, "10102")
    came = [_came(binding, one), _came(binding, other)]
    assert single_rows(binding, came, {"lien": 0, "lot": 1}, 3) == [one, other, one]
    assert grouped_rows(binding, came, {"lien": 0, "lot": 1}, 3) == [[one], [other], [one]]


def test_of_several_rows_none_is_the_only_one(binding: Binding) -> None:
    came = [_came(binding, (1, "10102"), (2, "10102"))]
    assert single_rows(binding, came, {"lien": 0, "lot": 1}, 3) is None
    assert grouped_rows(binding, came, {"lien": 0, "lot": 1}, 3) == [[], [(1, "10102"), (2, "10102")], []]


def test_a_row_of_nobody_who_was_asked_for_is_dropped(binding: Binding) -> None:
    came = [_came(binding, (1, "20101"), (2, None), (3, "no lot"))]
    assert grouped_rows(binding, came, {"lien": 0, "lot": 1}, 3) == [[], [], []]
