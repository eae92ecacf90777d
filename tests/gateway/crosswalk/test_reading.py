"""What is known around identifiers is read in one go, from SQLite and PostgreSQL alike."""

from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.crosswalk import Edge, Ledger
from gateway.crosswalk.edges import KEPT, LOOKED
from gateway.crosswalk.ledger import outcome
from gateway.crosswalk.reading import _SQLITE, STEPS
from gateway.store import Store, StoreError, open_store
from tests.gateway.crosswalk.making import DAY, NOW, RULES, decided, edge, look
from tests.gateway.store.databases import lined


async def around(ledger: Ledger, *identifiers: str) -> list[Edge]:
    return (await ledger.known(identifiers, RULES, NOW))[0]


def pairs(edges: list[Edge]) -> set[tuple[str, str]]:
    return {(each.one, each.other) for each in edges}


async def test_edges_of_all_kinds_come_back_as_they_were(store: Store) -> None:
    ledger = Ledger(store)
    edges = [
        edge("a:1", "b:1", confidence=0.123456789, evidence=("trade_same", "address_same")),
        edge("a:1", "c:1", "POSSIBLE", 0.6, evidence=(), last_confirmed=NOW + DAY, expires=NOW + KEPT),
        decided("a:1", "d:1", "NO"),
    ]
    await ledger.bring(edges)
    found, looked = await ledger.known(["a:1"], RULES, NOW)
    assert sorted(found, key=lambda each: each.other) == edges
    assert looked == frozenset()


@pytest.mark.parametrize("start", ["a:1", "e:1"])
async def test_match_edges_are_followed_so_far_and_others_are_not(start: str, store: Store) -> None:
    """From either end of a chain: the edges of all that lie within `STEPS`."""
    ledger = Ledger(store)
    chain = ["a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1"]
    chain = chain if start == "a:1" else [*chain[::-1][2:], "z:1", "z:2"]
    edges = [edge(a, b) for a, b in pairwise(chain)]
    aside = [edge(chain[0], "x:1", "POSSIBLE", 0.6), edge("x:1", "x:2"), decided(chain[STEPS], "y:1", "NO")]
    await ledger.bring([*edges, *aside])
    wanted = pairs([*edges[: STEPS + 1], aside[0], aside[2]])
    assert pairs(await around(ledger, chain[0])) == wanted


async def test_a_circle_ends(store: Store) -> None:
    ledger = Ledger(store)
    circle = [edge("a:1", "b:1"), edge("b:1", "c:1"), edge("a:1", "c:1")]
    await ledger.bring(circle)
    assert await around(ledger, "b:1") == await around(ledger, "b:1", "b:1", "nobody:1")
    assert pairs(await around(ledger, "b:1")) == pairs(circle)


async def test_any_number_of_identifiers_with_any_letters(store: Store) -> None:
    ledger = Ledger(store)
    names = [f"""a:{n} '"\\{{}},[]%_é☂""" for n in range(3_000)]
    await ledger.write([look(name, edge(name, "z:1" if n == 0 else f"z:{n}")) for n, name in enumerate(names)])
    edges, looked = await ledger.known(names, RULES, NOW)
    assert len(pairs(edges)) == len(edges) == len(looked) == 3_000


async def test_what_was_looked_at(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.write([look("a:1"), look("b:1", moment=NOW - LOOKED), look("c:1", whole=False)])
    assert (await ledger.known(["a:1", "b:1", "c:1"], RULES, NOW))[1] == {"a:1"}
    assert (await ledger.known(["a:1"], "other weights", NOW))[1] == frozenset()
    assert (await ledger.known([], RULES, NOW)) == ([], frozenset())


async def test_sqlite_goes_by_the_indices(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/store.db")
    async with store.read() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        steps = [row[3] for row in await raw.execute_fetchall(f"EXPLAIN QUERY PLAN {_SQLITE}", ("[]", "", ""))]
    await store.aclose()
    assert sum(step.startswith("SEARCH") and "USING" in step for step in steps) >= 5
    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {"json_each", "r", "reached"}


async def test_a_table_that_is_gone_is_a_store_that_does_not_answer(store: Store) -> None:
    async with store.change() as connection:
        await connection.execute(sa.text("DROP TABLE crosswalk_edges"))
    with pytest.raises(StoreError, match=r"does not answer \(\w+\)"):
        await around(Ledger(store), "a:1")
    assert await store.revisions() is not None  # others go on


async def test_after_a_line_was_cut_it_reads_again() -> None:
    async with lined() as (url, line):
        store = await open_store(url)
        ledger = Ledger(store)
        await ledger.bring([edge("a:1", "b:1")])
        assert len(await around(ledger, "a:1")) == 1
        await line.stop()
        with pytest.raises(StoreError, match="does not answer"):
            await around(ledger, "a:1")
        await line.start()
        assert len(await around(ledger, "a:1")) == 1
        await store.aclose()


async def test_a_postgresql_connection_compiles_no_look_up() -> None:
    async with lined() as (url, _):
        store = await open_store(url)
        await around(Ledger(store), "a:1")
        async with store.read() as connection:
            assert (await connection.execute(sa.text("SHOW jit"))).scalar() == "off"
        await store.aclose()


async def test_a_postgresql_connection_plans_a_look_up_once() -> None:
    """The first five plans are PostgreSQL's to compare; how many identifiers are asked for makes no new one."""
    async with lined() as (url, _):
        store = await open_store(url)
        ledger = Ledger(store)
        await ledger.bring([edge("a:1", "b:1")])
        for count in range(1, 21):
            await around(ledger, *(f"a:{n}" for n in range(count)))
        text = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%reached%'"
        async with store.read() as connection:
            plans = (await connection.execute(sa.text(text))).all()
        assert [tuple(each) for each in plans if sum(each) > 1] == [(5, 15)]
        await store.aclose()


def test_looks_are_taken_one_after_the_other() -> None:
    """What one look finds and the next one does not is gone; the other way about it is there."""
    ab, ac = edge("a:1", "b:1"), edge("a:1", "c:1", confidence=0.99)
    assert outcome([look("a:1", ab), look("b:1")], set()) == ([], [("a:1", "b:1")])
    assert outcome([look("a:1"), look("b:1", ab)], {("a:1", "b:1")}) == ([ab], [])
    assert outcome([look("a:1", ac)], {("a:1", "b:1"), ("x:1", "y:1")}) == ([ac], [("a:1", "b:1")])
    assert outcome([look("a:1", ac, whole=False)], {("a:1", "b:1")}) == ([ac], [])
    assert outcome([look("a:1", edge("a:1", "c:1")), look("c:1", ac)], set()) == ([ac], [])
