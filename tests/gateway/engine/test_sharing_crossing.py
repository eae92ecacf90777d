"""Nothing crosses: whatever is shared, everybody gets what it would have got alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.base import Answer, Compare, Keys, Op, OrderBy, Scan
from adapters.errors import Rejected, SourceError, Unavailable
from adapters.reading import read
from gateway.engine.sharing import Openness, Told
from gateway.engine.sources import Sources
from gateway.policy.limits.budgets import Budgets
from resolvers.city import Budget
from tests.gateway.engine.sharing_city import Agency, Asker, agencies, bounded

POISON = "poison"
LOTS = ("10101", "10102", "20101", "99999", "1-01-01")

# What callers of different permission ask of Testville: other columns, other conditions, other datasets.
COLUMNS = {
    "deeds.liens": (("lien", "lot"), ("lien", "lot", "amount")),
    "census.readings": (("reading", "lot", "word"), ("reading", "lot", "word", "secret")),
    "welfare.shelters": (("opened", "lot"),),
    "people.residents": (("name", "lot"),),
    "health.inspections": (("site", "lot", "date"), ("code", "lot")),
}
CONDITIONS = {
    "deeds.liens": ((), (Compare("amount", Op.GTE, 1000),)),
    "census.readings": ((), (Compare("secret", Op.EQ, "a"),), (Compare("count", Op.GT, 0),)),
}
ORDERS = {"deeds.liens": ((), (OrderBy("lien", descending=True),)), "census.readings": ((), (OrderBy("reading"),))}


@dataclass(frozen=True, slots=True)
class Question:
    """A read of request number `request`, begun after `late` turns of the loop; given up after
    `patience` turns, where it is given."""

    request: int
    table: str
    scan: Scan
    late: int
    patience: int | None
    fresh: bool


@st.composite
def questions(draw: st.DrawFn) -> Question:
    table = draw(st.sampled_from(sorted(COLUMNS)))
    lots = draw(st.lists(st.sampled_from((*LOTS, POISON)), min_size=1, max_size=3, unique=True))
    page = draw(st.sampled_from((None, None, 1)))
    order = draw(st.sampled_from(ORDERS.get(table, ((),))))
    scan = Scan(
        draw(st.sampled_from(COLUMNS[table])),
        Keys(("lot",), tuple((lot,) for lot in lots)),
        draw(st.sampled_from(CONDITIONS.get(table, ((),)))),
        order,
        limit=draw(st.sampled_from((None, None, None, 2))) if order else None,
        per_key=page if order else None,
        count=draw(st.booleans()),
    )
    patience = draw(st.sampled_from((None, None, None, 2, 9)))
    return Question(draw(st.integers(0, 4)), table, scan, draw(st.integers(0, 12)), patience, draw(st.booleans()))


class Tagged(Agency):
    """Notes which rows came by which call: every decoded row is an object of its own."""

    failing: frozenset[int] = frozenset()

    async def scan(self, dataset: object, scan: Scan) -> Answer:
        number = len(self.asked)
        answer = await super().scan(dataset, scan)  # type: ignore[arg-type]
        if number in self.failing:
            raise Unavailable("the source can't be reached")
        return answer


def poisoned(scan: Scan) -> Exception | None:
    """What the agency says to a call by a key that it refuses."""
    return Rejected("refused") if scan.keys is not None and (POISON,) in scan.keys.values else None


async def alone(question: Question, system: Agency) -> Answer | type[SourceError]:
    """What the read would have got with nobody else there."""
    dataset = bounded().tables[question.table].dataset
    single = Agency(system.rows)
    single.fails = poisoned
    try:
        return await read(single, dataset, question.scan)
    except SourceError as error:
        return type(error)


async def ask(asker: Asker, question: Question, turn: object) -> Told | type[BaseException]:
    for _ in range(question.late):
        await asyncio.sleep(0)
    max_age = 0.0 if question.fresh else None
    task = asyncio.create_task(asker.read(question.table, question.scan, max_age, turn=turn))
    if question.patience is not None:
        for _ in range(question.patience):
            await asyncio.sleep(0)
        task.cancel()
    try:
        return await task
    except SourceError as error:
        return type(error)
    except asyncio.CancelledError:
        return asyncio.CancelledError


def same(scan: Scan, found: Told, expected: Answer) -> None:
    """The same rows, in the same order where there is one, and the same counts."""
    if scan.limit is None:
        assert Counter(map(repr, found.rows)) == Counter(map(repr, expected.rows))
    at = [scan.columns.index(by.column) for by in scan.order]
    assert [[row[i] for i in at] for row in found.rows] == [[row[i] for i in at] for row in expected.rows]
    assert found.counts == expected.counts
    assert (found.complete, found.incomplete) == (expected.complete, expected.incomplete)


async def run(asked: Sequence[Question], pauses: list[int], failing: frozenset[int], *, cached: bool) -> None:
    made = bounded(concurrency=1, cached=dict.fromkeys(COLUMNS, 60.0) if cached else None)
    office = {name: replace(agency, budget=Budget(concurrency=1)) for name, agency in made.agencies.items()}
    budgets = Budgets(replace(made, agencies=office))
    systems = {name: Tagged(agency.rows) for name, agency in agencies().items()}
    for system in systems.values():
        system.pauses, system.fails, system.failing = pauses, poisoned, failing
    sources, openness = Sources(made, systems), Openness(made)
    askers = [Asker(sources, made, f"key {n % 3}", seconds=60.0) for n in range(5)]
    turns = [lambda agency, key=asker.key: budgets.slot(agency, key, patience=60.0) for asker in askers]
    answers = await asyncio.gather(*(ask(askers[q.request], q, turns[q.request]) for q in asked))
    for _ in range(100):  # calls that nobody waits for any more, and whose rows are kept
        await asyncio.sleep(0)
    holders: dict[int, set[int]] = {}
    for question, found in zip(asked, answers, strict=True):
        table = made.tables[question.table]
        if found is asyncio.CancelledError:
            assert question.patience is not None
        elif isinstance(found, type):
            expected = await alone(question, systems[table.dataset.source])
            assert found is expected or (failing and found is Unavailable)
        else:
            answer = await alone(question, systems[table.dataset.source])
            assert isinstance(answer, Answer)
            same(question.scan, found, answer)
            event(f"via {found.via}")
            if not openness.open(table, question.scan):
                for row in found.rows:
                    holders.setdefault(id(row), set()).add(question.request)
    assert all(len(requests) == 1 for requests in holders.values())
    _closed_calls(asked, systems, openness)
    for name in made.agencies:
        assert (budgets.flying(name), budgets.waiting(name)) == (0, 0)
    assert all(not opened.asking._calls.alike for opened in sources._opened.values())


def _closed_calls(asked: Sequence[Question], systems: dict[str, Tagged], openness: Openness) -> None:
    """No call about protected data is by keys of several requests."""
    made = bounded()
    for system in systems.values():
        for scan in system.asked:
            alike = [q for q in asked if q.scan.columns == scan.columns and q.scan.filters == scan.filters]
            if not alike or openness.open(made.tables[alike[0].table], alike[0].scan):
                continue
            assert scan.keys is not None
            by_request: dict[int, set[object]] = {}
            for q in alike:
                assert q.scan.keys is not None
                by_request.setdefault(q.request, set()).update(q.scan.keys.values)
            assert any(keys.issuperset(scan.keys.values) for keys in by_request.values())


@pytest.mark.parametrize("cached", [False, True])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    asked=st.lists(questions(), min_size=2, max_size=14),
    pauses=st.lists(st.integers(0, 15), min_size=1, max_size=5),
    failing=st.frozensets(st.integers(0, 6), max_size=2),
)
def test_everybody_gets_what_it_would_have_got_alone(
    cached: bool, asked: list[Question], pauses: list[int], failing: frozenset[int]
) -> None:
    asyncio.run(run(asked, pauses, failing, cached=cached))
