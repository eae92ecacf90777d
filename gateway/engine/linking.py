"""Entities of another kind or another level: whom the rows of a frame tie to its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from graphql import GraphQLError

from gateway.engine.arguments import Refusal, cursor_position, first_of
from gateway.engine.inside import named
from gateway.engine.matching.verdicts import TYPED
from gateway.engine.ordering import behind, day, plain
from gateway.engine.plan import LinkPlan, Place
from gateway.engine.planning import ties
from gateway.engine.restricting import untold
from gateway.engine.run import Batch, Run
from gateway.engine.selection import Selected
from gateway.engine.translating import translators
from gateway.engine.values import Edge, Failure, Identified, LinkValue, Page, PartState, RecordValue, Rows
from resolvers.city import Scheme
from resolvers.linking import MatchState
from resolvers.provenance import State

_WHOLE = (State.OK, State.STALE)


async def fill_link(frame: Batch, plan: LinkPlan) -> None:
    """A page of tied entities for each of the frame's, and one child frame for all of them."""
    run, selected = frame.run, plan.selected
    denied = run.denied_entity(plan.target)
    try:
        arguments = selected.arguments(run.variables)
        first = first_of(run, arguments)
        role = arguments.get("role")
        role = getattr(role, "value", role)
        spec = f"{selected.parent}.{selected.name}:{role or ''}"
        after = cursor_position(run, arguments, spec)
    except (Refusal, GraphQLError) as error:
        failure = error.failure if isinstance(error, Refusal) else error
        run.outputs[selected.number, id(frame)] = [failure] * len(frame.entities)
        return
    tables = plan.tables if denied is None else ()
    found = {name: _told(frame, plan, name, await frame.whole(name)) for name in tables}
    targets: dict[Identified, int] = {}
    pages = run.outputs[selected.number, id(frame)] = []
    for i in range(len(frame.entities)):
        rows = {name: found[name][i] for name in tables}
        page = Page([], _parts(frame, plan, rows, i), spec, has_previous=after is not None, failure=denied)
        page.shown = denied is None and (any(r.shown for r in rows.values()) or not rows)
        _fill(run, page, _links(frame, plan, rows, role), first, after)
        if denied is None and not page.shown:
            page.failure = next((r.failure for r in rows.values() if r.failure), None)
        page.total = page.total if page.shown and all(r.state is State.OK for r in rows.values()) else None
        for edge in page.edges:
            assert edge.link is not None
            edge.node = targets.setdefault(edge.link.target, len(targets))
        pages.append(page)
    for holder, place in plan.places:
        run.outputs[holder.number, None] = denied or await frame.child(holder, place, list(targets))


def _told(frame: Batch, plan: LinkPlan, name: str, rows: Sequence[Rows]) -> Sequence[Rows]:
    """The same rows; with what the caller may not see of whom they tie, where that is so."""
    failure = untold(frame.run, frame.run.world.city.tables[name], plan.target)
    if failure is None:
        return rows
    return [replace(r, state=State.PARTIAL, failure=failure) if r.state in _WHOLE else r for r in rows]


def _parts(frame: Batch, plan: LinkPlan, rows: dict[str, Rows], i: int) -> list[PartState]:
    parts = [
        PartState(plan.selected.name, frame.run.world.city.tables[name], r.state, r.fetched_at, r.as_of, r.failure)
        for name, r in rows.items()
    ]
    frame.parts[i] += parts
    return parts


def _links(frame: Batch, plan: LinkPlan, rows: dict[str, Rows], role: str | None) -> list[LinkValue]:
    """The ties, one for each target and role: the first record of the catalogue's first dataset."""
    found: dict[tuple[Identified, str], LinkValue] = {}
    for name, mine in rows.items():
        table = frame.run.world.city.tables[name]
        for record in mine.records:
            target = named(frame.run, record, plan.target)
            for link in ties(table, frame.place.entity, plan.target):
                if target is not None and role in (None, link.role):
                    value = _link(frame.run, record, link, target)
                    found.setdefault((target, link.role), value)
    return list(found.values())


def _link(run: Run, record: RecordValue, link: Any, target: Identified) -> LinkValue:
    def on(column: str | None) -> date | None:
        return day(plain(record.cell(column)), run.world.zone) if column and column in record.columns else None

    state = MatchState.POSSIBLE if record.table.self_declared else MatchState.MATCH
    return LinkValue(target, link, record, state, on(link.since), on(link.until))


def _fill(run: Run, page: Page, links: list[LinkValue], first: int, after: tuple[Any, ...] | None) -> None:
    edges = [Edge(None, (":".join(link.target), link.link.role), link) for link in links]
    edges.sort(key=lambda edge: edge.position)
    page.total = len(edges)
    if after is not None:
        edges = [edge for edge in edges if behind(edge.position, after, ())]
    page.edges, page.has_next = edges[:first], len(edges) > first


async def fill_related(frame: Batch, selected: Selected, level: str, place: Place) -> None:
    """Entities of another level that registers tie to the frame's; one child frame for all."""
    run = frame.run
    schemes = [s for s in run.world.city.schemes.values() if s.entity == place.entity and s.level == level]
    index: dict[Identified, int] = {}
    lists: list[list[int]] = [[] for _ in frame.entities]
    failures: list[Failure | None] = [None] * len(frame.entities)
    for scheme in schemes:
        known = await frame.identifiers(scheme.name)
        for i, identifiers in enumerate(known.values):
            failures[i] = failures[i] or known.failures[i]
            own = run.world.city.schemes[frame.entities[i][0]].level == level
            lists[i] += [] if own else [index.setdefault((scheme.name, v), len(index)) for v in sorted(identifiers)]
    for i, (given, _) in enumerate(frame.entities):
        failures[i] = failures[i] or _untied(frame, given, schemes, level)
    child = await frame.child(selected, place, list(index))
    refused = child if isinstance(child, Failure) else None
    run.outputs[selected.number, id(frame)] = [
        refused or (None if members else failure) or list(dict.fromkeys(members))
        for members, failure in zip(lists, failures, strict=True)
    ]


def _untied(frame: Batch, given: str, schemes: Sequence[Scheme], level: str) -> Failure | None:
    """Why a list of another level can't be told: an empty one would say that there are none."""
    world = frame.run.world
    if world.city.schemes[given].level == level:
        return None
    if any(translators(frame, given, scheme.name) for scheme in schemes):
        return None
    names = " or ".join(scheme.name for scheme in schemes) or f"{level}: it has no identifiers of that level"
    name = next((t for scheme in schemes for t in world.bindings.translators(given, scheme.name)), None)
    if name is None:
        return Failure("UNTRANSLATED", f"No register of this city ties a {given} to a {names}.")
    message = f"Only what applicants typed in {name} ties a {given} to a {names}: with possible: {TYPED:g} it does."
    return Failure("UNCONFIRMED", message, world.agency(world.city.tables[name]), name)
