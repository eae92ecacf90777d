"""The crosswalk in a store, SQLite and PostgreSQL."""

from gateway.crosswalk import Ledger
from gateway.crosswalk.edges import KEPT, LOOKED
from gateway.store import Store
from tests.gateway.crosswalk.making import DAY, NOW, RULES, decided, edge, look


async def test_a_look_is_remembered(store: Store) -> None:
    ledger, found = Ledger(store), edge("a:1", "b:1")
    await ledger.write([look("a:1", found)])
    assert await ledger.known(["b:1"], RULES, NOW) == ([found], frozenset())
    assert await ledger.known(["a:1", "b:1"], RULES, NOW) == ([found], frozenset({"a:1"}))
    assert await ledger.known(["a:1"], "other weights", NOW) == ([found], frozenset())
    assert await ledger.known(["a:1"], RULES, NOW + LOOKED) == ([found], frozenset())


async def test_edges_are_followed(store: Store) -> None:
    ledger = Ledger(store)
    chain = [edge("a:1", "b:1"), edge("b:1", "c:1"), edge("c:1", "d:1"), edge("x:1", "y:1")]
    await ledger.write([look("a:1", *chain, whole=False)])
    edges, _ = await ledger.known(["a:1"], RULES, NOW)
    assert {(e.one, e.other) for e in edges} == {(e.one, e.other) for e in chain[:3]}


async def test_what_is_found_again_is_confirmed_and_lives_on(store: Store) -> None:
    ledger, later = Ledger(store), NOW + 5 * DAY
    await ledger.write([look("a:1", edge("a:1", "b:1"))])
    again = edge("a:1", "b:1", confidence=0.97, first_confirmed=later, last_confirmed=later, expires=later + KEPT)
    await ledger.write([look("a:1", again, moment=later)])
    (kept,) = await ledger.list()
    assert (kept.first_confirmed, kept.last_confirmed, kept.expires) == (NOW, later, later + KEPT)
    assert kept.confidence == 0.97


async def test_what_is_not_found_any_more_is_forgotten_unless_an_agency_was_silent(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.write([look("a:1", edge("a:1", "b:1"))])
    await ledger.write([look("a:1", whole=False)])
    assert len(await ledger.list()) == 1
    await ledger.write([look("a:1")])
    assert await ledger.list() == []


async def test_matching_never_undoes_a_decision(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.decide("b:1", "a:1", "NO", by="ann", moment=NOW)
    await ledger.write([look("a:1", edge("a:1", "b:1"))])
    await ledger.write([look("a:1")])
    (kept,) = await ledger.list()
    assert (kept.state, kept.origin, kept.by, kept.expires) == ("NO", "review", "ann", None)


async def test_a_decision_keeps_the_evidence_that_it_was_made_on(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.write([look("a:1", edge("a:1", "b:1", "POSSIBLE", 0.6))])
    made = await ledger.decide("a:1", "b:1", "MATCH", by="ann", moment=NOW + DAY)
    assert (made.evidence, made.rules, made.confidence) == (("trade_same",), RULES, 1.0)
    assert await ledger.list() == [made]
    assert (await store.revisions())["crosswalk"] == 1


async def test_what_expired_is_deleted_and_decisions_are_not(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.write([look("a:1", edge("a:1", "b:1"))])
    await ledger.bring([decided("a:1", "c:1")])
    assert await ledger.expire(NOW + KEPT) == 1
    assert await ledger.list() == [decided("a:1", "c:1")]


async def test_all_of_an_identifier_can_be_forgotten(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.write([look("a:1", edge("a:1", "b:1"), edge("a:1", "c:1"), edge("b:1", "c:1"), whole=False)])
    assert await ledger.forget("a:1") == 2
    assert [(e.one, e.other) for e in await ledger.list()] == [("b:1", "c:1")]


async def test_listing_by_state_and_identifier(store: Store) -> None:
    ledger = Ledger(store)
    edges = [edge("a:1", "b:1"), edge("a:1", "c:1", "POSSIBLE", 0.6), edge("b:1", "c:1", "POSSIBLE", 0.7)]
    await ledger.write([look("a:1", *edges, whole=False)])
    assert [e.confidence for e in await ledger.list(state="POSSIBLE")] == [0.7, 0.6]
    assert len(await ledger.list(identifier="b:1")) == 2
    assert len(await ledger.list(most=1)) == 1


async def test_possible_is_nobody_s_decision(store: Store) -> None:
    ledger, found = Ledger(store), edge("a:1", "b:1")
    brought = edge("a:1", "b:1", "POSSIBLE", 0.6, origin="import", by="ann", expires=None)
    await ledger.bring([brought])
    assert [each.decided for each in await ledger.list()] == [False]
    await ledger.write([look("a:1", found)])
    assert await ledger.list() == [found]
