"""Rows as they came: the response is made of them at once, and is the same as of records."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from adapters.base import Keys, Stored
from bench.peers.questions import CITY
from gateway.catalogue import load
from gateway.engine import roots
from gateway.engine.bindings import Asked, Binding, Bindings, Spelled
from gateway.engine.generating import generate
from gateway.engine.grouping import Came, Grouped, alone, grouped_rows, single_rows
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
    asked = Asked(Keys(binding.key.columns, tuple(known)), known, ["10101", "10102"])
    return Came(rows, asked, {"10101": [0, 2], "10102": [1]})


def _one_each(binding: Binding, *rows: tuple[object, ...]) -> list[Came]:
    """Of three lots that were asked for by one text each."""
    lots = ["10101", "10102", "10103"]
    known: dict[tuple[Stored, ...], str] = {(lot,): lot for lot in lots}
    asked = Asked(Keys(binding.key.columns, tuple(known)), known, lots)
    return [Came(rows, asked, dict(zip(lots, alone(3), strict=True)))]


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


@pytest.mark.parametrize(
    ("lots", "single", "grouped"),
    [
        (["10101", "10102", "10103"], [0, 1, 2], [[0], [1], [2]]),
        (["10103", "10101"], [1, None, 0], [[1], [], [0]]),
        (["10103", "10101", "10103"], None, [[1], [], [0, 2]]),
        (["20101", "10102", None], [None, 1, None], [[], [1], []]),
        (["10101 ", "10102", " 10101"], None, [[0, 2], [1], []]),
        ([], [None, None, None], [[], [], []]),
    ],
)
def test_rows_of_entities_that_were_asked_for_by_one_text_each(
    binding: Binding, lots: list[str | None], single: list[int | None] | None, grouped: list[list[int]]
) -> None:
    rows = [(lot, number) for number, lot in enumerate(lots)]
    found = single_rows(binding, _one_each(binding, *rows), {"lot": 0}, 3)
    assert (None if found is None else [None if row is None else row[1] for row in found]) == single
    assert [[row[1] for row in g] for g in grouped_rows(binding, _one_each(binding, *rows), {"lot": 0}, 3)] == grouped


def test_texts_are_told_where_every_identifier_has_one_of_its_own(binding: Binding) -> None:
    (two,) = binding.ask(["10101", "10102"], {})
    assert len(two.known) == 4, "with and without hyphens"
    assert two.texts is None
    bindings = Bindings(load(CITY, {}))
    (whole,) = bindings.of("finance.taxes", "Address")
    memo: Spelled = {}
    (one,) = whole.ask(["1000477502", "1000477501"], memo)
    assert one.texts == ["1000477502", "1000477501"]
    (other,) = bindings.of("housing.violations", "Address")
    assert other.ask(["1000477502", "1000477501"], memo)[0].texts is one.texts


def test_entities_in_another_order_have_their_own_rows(binding: Binding) -> None:
    (came,) = _one_each(binding, ("10102", 1))
    came = came._replace(owners={"10101": [1], "10102": [0], "10103": [2]})
    assert single_rows(binding, [came], {"lot": 0}, 3) == [("10102", 1), None, None]
