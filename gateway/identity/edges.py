"""Identifiers that lead to others of their scheme: to what took their place, to what they are part of.

An agency says so, row by row (`[[dataset.edge]]`), and from which day to which. A retired identifier
is followed to its one successor; where it was split nobody can say which part is meant, and it stays
what it is. What a unit lot is part of is another lot: related, and never taken for the same. What has
ended is told with its days, and no longer followed.
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
        days = (column for column in (self.edge.since, self.edge.until) if column)
        return (*self.here.key.reads, *self.there.key.reads, *days)


@dataclass(frozen=True, slots=True)
class _Step:
    """One row as an edge."""

    here: str
    there: str
    since: date | None
    until: date | None
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
    today = _today(run)
    for scheme, values in by_scheme.items():
        for way in _ways(run, scheme, "replaced_by"):
            steps = await _steps(run, way, values, forward=True)
            for step in (each for each in steps if each.until is None or each.until >= today):
                found[scheme, step.here][step.there] = step
    return {each: next(iter(steps.values())) for each, steps in found.items() if len(steps) == 1}


async def related(run: Run, entities: Sequence[Identified]) -> list[list[RelatedValue]]:
    """What rows relate to each entity: successors, parts, what it is part of; also what was until it
    ended. Of rows that say the same at different times the one that holds longest is told."""
    found: list[list[RelatedValue]] = [list(run.replaced.get(entity, ())) for entity in entities]
    asked = [
        _fill(run, way, entities, found, forward=forward)
        for scheme in dict.fromkeys(scheme for scheme, _ in entities)
        for means, forward in (("replaced_by", True), ("replaced_by", False), ("part_of", True), ("part_of", False))
        for way in _ways(run, scheme, means)
    ]
    await together(asked)
    return [list({(each.target, each.relation): each for each in sorted(mine, key=_end)}.values()) for mine in found]


def _end(related: RelatedValue) -> date:
    return related.until or date.max


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
    return RelatedValue((scheme, value), relation, step.table, step.since, step.until)


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
    """The rows that lead from these identifiers, or backward to them, by now; also those that ended."""
    asked = (way.here if forward else way.there).ask(values)
    today = _today(run)
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
    since, until = (day(plain(cells[c]), run.world.zone) if c else None for c in (way.edge.since, way.edge.until))
    return _Step(here, there, since, until, way.table)


def _today(run: Run) -> date:
    return run.world.clock().astimezone(run.world.zone).date()
