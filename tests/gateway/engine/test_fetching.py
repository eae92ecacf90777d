"""Whose a row is, what a call asks, what an answer becomes: one dataset asked for one frame."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.base import Compare, Op, OrderBy
from adapters.errors import Throttled
from gateway.engine.fetching import fetch
from gateway.engine.frames import Frame
from gateway.engine.plan import Place
from gateway.engine.requests import ANONYMOUS, Caller, Request
from gateway.engine.values import PERSONAL, Identified, Rows
from gateway.engine.wants import Want
from resolvers.identity.names import names_organisation
from resolvers.provenance import State
from tests.e2e.city import TESTER, Town, city, make_town

PERMITS, LIENS, INSPECTIONS, BUILDINGS, READINGS = (
    city().tables[name]
    for name in ("works.permits", "deeds.liens", "health.inspections", "works.building_lots", "census.readings")
)
LOT, OTHER, ABSENT = ("tv.lot", "10101"), ("tv.lot", "10102"), ("tv.lot", "99999")


def frame(town: Town, *entities: Identified, caller: Caller = TESTER) -> Frame:
    """Entities without any work of their own."""
    request = Request("{ me { name } }", caller=caller)
    run = town.engine.begin(town.engine.prepare(request), request)
    return Frame(run, Place("Address", "test"), entities)


def permits(**changed: Any) -> Town:
    """Testville with these permits only: NO -> (building, lot)."""
    rows = [
        dict.fromkeys(("ISSUED", "EXPIRES", "STATUS", "WORK", "COST", "APPLICANT", "CHANGED"))
        | {"NO": number, "BIN": building, "LOT": lot}
        for number, (building, lot) in changed.items()
    ]
    return make_town({"works.db": {"permits": rows}})


def owned(rows: Sequence[Rows], column: str = "number") -> list[list[object]]:
    return [[record.cell(column) for record in found.records] for found in rows]


WANT = Want(PERMITS, ("number",), key=("number",), keyed=True)


# whose a row is


async def test_the_first_valid_key_decides() -> None:
    """A permit of a building is the building's, and shows at every lot that the building is on."""
    town = permits(A=("1002", "1-01-01"), B=("", "1-01-01"), C=("no number", "1-01-01"))
    rows = await fetch(frame(town, LOT, OTHER), WANT)
    assert owned(rows) == [["A", "B", "C"], []]


async def test_the_scheme_asked_by_decides_before_the_first_key() -> None:
    """Building 1002 stands on both lots; the permit names one, and that one was asked for."""
    town = permits(A=("1002", "1-01-02"))
    assert owned(await fetch(frame(town, LOT, OTHER), WANT)) == [[], ["A"]]
    assert owned(await fetch(frame(town, ("tv.building", "1002")), WANT)) == [["A"]]


async def test_without_the_scheme_asked_by_the_first_key_leads_to_all() -> None:
    town = permits(A=("1002", ""))
    rows = await fetch(frame(town, LOT, OTHER), WANT)
    assert owned(rows) == [["A"], ["A"]]
    assert [found.records[0].owner for found in rows] == [LOT, OTHER]


async def test_a_row_that_another_key_brought_along_is_dropped() -> None:
    town = permits(A=("2001", "1-01-01"))
    assert owned(await fetch(frame(town, ("tv.building", "1001")), WANT)) == [[]]
    assert owned(await fetch(frame(town, ("tv.building", "2001")), WANT)) == [["A"]]


async def test_entities_of_several_schemes_each_by_its_own() -> None:
    town = permits(A=("1001", "1-01-02"))
    rows = await fetch(frame(town, LOT, OTHER, ("tv.building", "1001")), WANT)
    assert owned(rows) == [[], ["A"], ["A"]]


async def test_a_row_without_a_valid_key_is_nobodys() -> None:
    town = permits(A=("", ""), B=("12", "1-01"))
    assert owned(await fetch(frame(town, LOT), WANT)) == [[]]


async def test_the_level_is_that_of_the_first_valid_key() -> None:
    town = permits(A=("1001", "1-01-01"), B=("", "1-01-01"))
    (found,) = await fetch(frame(town, LOT), WANT)
    assert [(r.key, r.level) for r in found.records] == [(("A",), "building"), (("B",), "lot")]


async def test_direct_rows_need_no_translation() -> None:
    town = permits(A=("1001", ""), B=("", "1-01-01"))
    want = Want(PERMITS, ("number",), key=("number",), keyed=True, schemes=frozenset({"tv.lot"}))
    assert owned(await fetch(frame(town, LOT), want)) == [["B"]]
    assert "works.building_lots" not in town.calls()


# what is asked


async def test_one_call_for_all_entities_and_each_key() -> None:
    town = make_town()
    await fetch(frame(town, LOT, OTHER, ABSENT), Want(LIENS, ("lien",), key=("lien",), keyed=True))
    ((_, scan),) = town.agencies["deeds"].asked
    assert scan.keys is not None
    spellings = ("10101", "1-01-01", "10102", "1-01-02", "99999", "9-99-99")  # the catalogue declares no format
    assert sorted(scan.keys.values) == sorted((text,) for text in spellings)


async def test_a_page_goes_down_over_one_exact_key() -> None:
    town = make_town()
    order = (OrderBy("amount", descending=True),)
    want = Want(LIENS, ("lien", "amount"), key=("lien",), keyed=True, order=order, first=2, count=True)
    (found, _) = await fetch(frame(town, LOT, OTHER), want)
    ((_, scan),) = town.agencies["deeds"].asked
    assert (scan.per_key, scan.count, scan.order) == (3, True, (*order, OrderBy("lien")))
    assert (owned([found], "lien"), found.total, found.more) == ([[3, 2]], 3, True)


async def test_a_page_is_cut_here_over_several_keys() -> None:
    town = make_town()
    want = Want(PERMITS, ("number",), key=("number",), keyed=True, order=(OrderBy("number"),), first=2, count=True)
    (found,) = await fetch(frame(town, LOT), want)
    assert {scan.per_key for name, scan in town.agencies["works"].asked if name == "works.permits"} == {None}
    assert (owned([found]), found.total, found.more) == ([["P 3", "P1"]], 4, True)


async def test_conditions_go_down() -> None:
    town = make_town()
    condition = Compare("lien", Op.GT, 1)
    (found,) = await fetch(frame(town, LOT), Want(LIENS, ("lien",), filters=(condition,)))
    assert owned([found], "lien") == [[2, 3]]
    assert town.agencies["deeds"].asked[0][1].filters == (condition,)


async def test_columns_that_a_caller_may_not_see_are_not_asked_for() -> None:
    town = make_town()
    want = Want(READINGS, ("count", "secret"))
    await fetch(frame(town, LOT, caller=ANONYMOUS), want)
    scans = [scan for name, scan in town.agencies["census"].asked if name == "census.readings"]
    assert scans
    assert all("secret" not in scan.columns for scan in scans)


async def test_names_that_may_be_persons_are_withheld_one_by_one() -> None:
    town = make_town()
    want = Want(PERMITS, ("number", "applicant"), key=("number",), keyed=True)
    (found,) = await fetch(frame(town, LOT, caller=ANONYMOUS), want)
    applicants = {record.key[0]: record.cell("applicant") for record in found.records}
    (all_of_them,) = await fetch(frame(town, LOT), want)
    for record in all_of_them.records:
        name = record.cell("applicant")
        kept = applicants[record.key[0]]
        assert kept == (name if names_organisation(str(name or "")) else PERSONAL)  # whether there is one is as secret
    assert PERSONAL in applicants.values()


# what an answer becomes


async def test_an_agency_that_fails_takes_its_own_rows_only() -> None:
    town = make_town()
    town.agencies["deeds"].fail(Throttled("too many calls", retry_after=3.0))
    (found,) = await fetch(frame(town, LOT), Want(LIENS, ("lien",)))
    assert (found.state, found.shown, found.total) == (State.UNAVAILABLE, False, None)
    assert found.failure is not None
    assert found.failure.extensions == {
        "code": "THROTTLED",
        "agency": "RD",
        "dataset": "deeds.liens",
        "retryable": True,
        "retryAfter": 3.0,
    }


async def test_rows_that_wait_for_a_register_that_is_down_are_partial() -> None:
    town = make_town()
    town.cut_off("works.building_lots")
    (found,) = await fetch(frame(town, LOT), WANT)
    assert found.state is State.PARTIAL
    assert sorted(map(str, owned([found])[0])) == ["P 3", "P1", "P5"]
    assert found.total is None


async def test_nothing_that_ties_an_entity_to_a_key() -> None:
    """Building 1003 is in no register: what is asked by lots can't be asked for it."""
    (found,) = await fetch(frame(make_town(), ("tv.building", "1003")), Want(LIENS, ("lien",)))
    assert (found.state, found.failure and found.failure.code) == (State.PARTIAL, "UNTRANSLATED")


async def test_no_rows_are_no_rows() -> None:
    (found,) = await fetch(frame(make_town(), ABSENT), Want(LIENS, ("lien",)))
    assert (found.state, found.records, found.total, found.shown) == (State.OK, [], 0, True)


async def test_rows_of_one_group_are_one_record() -> None:
    (section,) = (s for s in city().sections if s.dataset == "health.inspections" and s.group and s.entity == "Address")
    want = Want(INSPECTIONS, ("date", "visit"), section, section.group)
    (found,) = await fetch(frame(make_town(), LOT), want)
    assert len(found.records) == len({record.key for record in found.records}) == 3


async def test_identical_rows_without_an_id_are_kept_apart() -> None:
    sales = city().tables["deeds.sales"]
    columns = tuple(name for name, column in sales.dataset.columns.items() if column.public)
    (found,) = await fetch(frame(make_town(), LOT), Want(sales, columns))
    assert len(found.records) == len({record.key for record in found.records}) == 5
    assert sorted(str(record.key[-1]) for record in found.records if record.cell("price") == 1000) == ["0", "1", "2"]


@pytest.mark.parametrize("caller", [ANONYMOUS, TESTER])
async def test_a_dataset_that_needs_a_scope(caller: Caller) -> None:
    scoped = next(t for t in city().tables.values() if t.access and any(k.scheme == "tv.lot" for k in t.keys))
    town = make_town()
    (found,) = await fetch(frame(town, LOT, caller=caller), Want(scoped, tuple(scoped.dataset.columns)))
    assert (found.state is State.DENIED) is (caller is ANONYMOUS)
    assert bool(town.calls()) is (caller is TESTER)
