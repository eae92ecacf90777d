"""Identifiers that lead to others of their scheme: to what took their place, to what they are part of.

An agency says so, row by row (`[[dataset.edge]]`), and from which day on. A retired identifier is
followed to its one successor; where it was split nobody can say which part is meant, and it stays
what it is. What a unit lot is part of is another lot: related, and never taken for the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.engine.bindings import Binding
from gateway.engine.looking import Looked, rows_found
from gateway.engine.ordering import day, plain
from gateway.engine.run import Run
from gateway.engine.values import Identified, RecordValue, RelatedValue
from gateway.engine.waiting import together
from resolvers.city import Edge, Table
from resolvers.linking import Relation

MOST_STEPS = 8
"""Successors of successors that are followed."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One kind of edge of a dataset, by the keys at both of its ends."""

    table: Table
    edge: Edge
    here: Binding
    there: Binding

    @property
    def columns(self) -> tuple[str, ...]:
        """All that is read of a row."""
        since = (self.edge.since,) if self.edge.since else ()
        return (*self.here.key.reads, *self.there.key.reads, *since)


@dataclass(frozen=True, slots=True)
class _Step:
    """One row as an edge."""

    here: str
    there: str
    since: date | None
    table: Table


async def replaced(run: Run, wanted: Sequence[Identified]) -> dict[Identified, Identified]:
    """The successors of those identifiers that were retired; `run.replaced` tells what each took the
    place of."""
    followed: dict[Identified, Identified] = {}
    left = [each for each in wanted if _ways(run, each[0], "replaced_by")]
    for _ in range(MOST_STEPS):
        found = await _next(run, {followed.get(each, each) for each in left})
        moved = [each for each in left if followed.get(each, each) in found]
        for each in moved:
            here = followed.get(each, each)
            step = found[here]
            followed[each] = there = here[0], step.there
            run.replaced[there] = (*run.replaced.get(here, ()), _related(step, here[0], Relation.REPLACES, step.here))
        left = [each for each in moved if followed[each] != each]
        if not left:
            break
    return followed


async def _next(run: Run, wanted: Iterable[Identified]) -> dict[Identified, _Step]:
    """The one successor of each, where there is one."""
    found: dict[Identified, dict[str, _Step]] = defaultdict(dict)
    by_scheme: dict[str, list[str]] = defaultdict(list)
    for scheme, value in wanted:
        by_scheme[scheme].append(value)
    for scheme, values in by_scheme.items():
        for way in _ways(run, scheme, "replaced_by"):
            for step in await _steps(run, way, values, forward=True):
                found[scheme, step.here][step.there] = step
    return {each: next(iter(steps.values())) for each, steps in found.items() if len(steps) == 1}


async def related(run: Run, entities: Sequence[Identified]) -> list[list[RelatedValue]]:
    """What rows relate to each entity: successors, parts, what it is part of."""
    found = [list(run.replaced.get(entity, ())) for entity in entities]
    asked = [
        _fill(run, way, entities, found, forward=forward)
        for scheme in dict.fromkeys(scheme for scheme, _ in entities)
        for means, forward in (("replaced_by", True), ("replaced_by", False), ("part_of", True), ("part_of", False))
        for way in _ways(run, scheme, means)
    ]
    await together(asked)
    return [list({(each.target, each.relation): each for each in mine}.values()) for mine in found]


async def _fill(
    run: Run, way: _Way, entities: Sequence[Identified], found: list[list[RelatedValue]], *, forward: bool
) -> None:
    scheme = way.here.scheme.name
    places = {value: i for i, (name, value) in enumerate(entities) if name == scheme}
    relation = _RELATIONS[way.edge.means, forward]
    for step in await _steps(run, way, list(places), forward=forward):
        near, far = (step.here, step.there) if forward else (step.there, step.here)
        if near in places:
            found[places[near]].append(_related(step, scheme, relation, far))


_RELATIONS = {
    ("replaced_by", True): Relation.REPLACED_BY,
    ("replaced_by", False): Relation.REPLACES,
    ("part_of", True): Relation.PART_OF,
    ("part_of", False): Relation.CONTAINS,
}


def _related(step: _Step, scheme: str, relation: Relation, value: str) -> RelatedValue:
    return RelatedValue((scheme, value), relation, step.table, step.since)


def _ways(run: Run, scheme: str, means: str) -> list[_Way]:
    """The edges of a scheme that the caller may see."""
    bindings = run.world.bindings
    found = []
    for table, edge in bindings.edges.get((scheme, means), ()):
        here = bindings.by_scheme(table.name, scheme)[0]
        there = Binding(table, edge.to, here.scheme, here.codec, here.locale)
        found.append(_Way(table, edge, here, there))
    return [way for way in found if not any(run.denied_column(way.table, column) for column in way.columns)]


async def _steps(run: Run, way: _Way, values: Sequence[str], *, forward: bool) -> list[_Step]:
    """The rows that lead from these identifiers, or backward to them, by now."""
    asked = (way.here if forward else way.there).ask(values)
    today = run.world.clock().astimezone(run.world.zone).date()
    looked = Looked()
    entity = way.here.scheme.entity
    found = await together(
        rows_found(run, way.table, entity, looked=looked, keys=each.keys, columns=way.columns) for each in asked
    )
    steps = (_step(run, way, record) for records in found for record in records)
    return [step for step in steps if step is not None and (step.since is None or step.since <= today)]


def _step(run: Run, way: _Way, record: RecordValue) -> _Step | None:
    cells = record.cells()
    here, there = way.here.read(cells), way.there.read(cells)
    if here is None or there is None or here == there:
        return None
    since = day(plain(cells[way.edge.since]), run.world.zone) if way.edge.since else None
    return _Step(here, there, since, way.table)
