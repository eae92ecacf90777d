"""By which identifiers an entity is known: what registers say, and what matching found."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.engine.arguments import Refusal, possible_of
from gateway.engine.matching.verdicts import BusinessLinkValue
from gateway.engine.run import Batch, EntityValue, Run
from gateway.engine.values import Identified, RelatedValue
from resolvers.linking import BusinessLink, Evidence, Identifier, MatchState, Relation
from resolvers.records import Level

_DEPTH = MappingProxyType({"lot": 0, "building": 1, "premises": 2, "unit": 3, "company": 0, "site": 1, "person": 0})


def identifiers(run: Run, entity: EntityValue) -> list[Identifier]:
    """What has been found out about the entity's identifiers, by scheme and value."""
    frame, i = entity.frame, entity.index
    own = run.world.city.schemes[frame.entities[i][0]]
    retired = {each.target for each in run.replaced.get(frame.entities[i], ())}
    found = [_related(run, each) for each in frame.edges[i]]
    for name, known in sorted(frame.known().items()):
        scheme = run.world.city.schemes[name]
        depth = _DEPTH[scheme.level] - _DEPTH[own.level]
        relation = Relation.SAME if depth == 0 else Relation.CONTAINS if depth > 0 else Relation.PART_OF
        for value, table in sorted(known.values[i].items()):
            if (name, value) in retired:
                continue
            state, confidence = _surety(run, frame, i, (name, value), table)
            found.append(
                Identifier(
                    identifier=f"{name}:{value}",
                    scheme=name,
                    value=value,
                    level=Level(scheme.level),
                    relation=relation,
                    agency=run.world.agency(run.world.city.tables[table]) if table else None,
                    state=state,
                    confidence=confidence,
                    since=None,
                    until=None,
                )
            )
    return found


def _surety(run: Run, frame: Batch, i: int, identified: Identified, table: str | None) -> tuple[MatchState, float]:
    """How sure an identifier is that a dataset says: as sure as matching found it, or as the dataset is."""
    linked = frame.links(i)
    for link in linked.links if linked else ():
        if (link.identified, link.dataset) == (identified, table):
            return MatchState(link.state), link.confidence
    declared = run.world.city.tables[table].self_declared if table else False
    return (MatchState.POSSIBLE, 0.5) if declared else (MatchState.MATCH, 1.0)


def _related(run: Run, related: RelatedValue) -> Identifier:
    """An identifier to which a row leads."""
    name, value = related.target
    return Identifier(
        identifier=f"{name}:{value}",
        scheme=name,
        value=value,
        level=Level(run.world.city.schemes[name].level),
        relation=related.relation,
        agency=run.world.agency(related.table),
        state=MatchState.POSSIBLE if related.table.self_declared else MatchState.MATCH,
        confidence=0.5 if related.table.self_declared else 1.0,
        since=related.since,
        until=related.until,
    )


def links(run: Run, entity: EntityValue, arguments: Mapping[str, Any]) -> Any:
    """What matching found: all that is sure, and what is possible from the confidence on that is asked for."""
    found = entity.frame.links(entity.index)
    if found is None:
        return None
    try:
        possible = possible_of(arguments)
    except Refusal as error:
        return error.failure
    shown = [link for link in found.links if link.merges(possible)]
    return [_link(run, link) for link in shown] or found.failure() or []


def _link(run: Run, link: BusinessLinkValue) -> BusinessLink:
    return BusinessLink(
        identifier=":".join(link.identified),
        scheme=link.identified[0],
        agency=run.world.agency(run.world.city.tables[link.dataset]),
        state=MatchState(link.state),
        confidence=link.confidence,
        evidence=[Evidence(rule=each.rule, detail=each.detail) for each in link.evidence],
    )
