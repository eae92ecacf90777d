"""The links of all businesses of a frame: from the crosswalk, and where it has nothing recent from a look.

What a look finds is noted in the crosswalk, which writes it aside. What a person decided outweighs what
is found. When agencies fail, what was found there before still holds until it expires.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.crosswalk import Edge, Known, Look, Tie
from gateway.crosswalk.edges import KEPT, ends
from gateway.engine.matching.looking import Beside, Looked, look
from gateway.engine.matching.matchable import ENTITY, Matching
from gateway.engine.matching.verdicts import BusinessLinkValue, verdicts
from gateway.engine.run import Batch, Run
from gateway.engine.values import Failure, Identified, PartState
from resolvers.city import Table
from resolvers.identity.addresses import Evidence
from resolvers.identity.matching.model import model

DECIDED = "decided"
"""The rule of a link that a person decided."""

_MOST_CODES = 10


@dataclass(frozen=True, slots=True)
class Linked:
    """The links of one business, why there may be more by the scheme of their identifiers, and how
    every dataset that was compared fared."""

    links: tuple[BusinessLinkValue, ...] = ()
    failures: tuple[tuple[str, Failure], ...] = ()
    parts: tuple[PartState, ...] = ()

    def failure(self, scheme: str | None = None) -> Failure | None:
        """Why there may be more links, to identifiers of one scheme or of any."""
        return next((failure for name, failure in self.failures if scheme in (None, name)), None)


async def link(batch: Batch, beside: Beside) -> list[Linked]:
    """The links of each business of a batch. Never raises for what an agency does."""
    run = batch.run
    run.calls.fleeting()  # what stewards decide holds within a second
    matching, services, rules = run.world.matching, run.world.services, model("business").version
    moment = services.clock()
    names = {entity: ":".join(entity) for entity in batch.entities}
    known = await services.crosswalk.known(list(names.values()), rules, moment)
    due = [entity for entity, name in names.items() if name not in known or not known[name].fresh]
    looked: Mapping[Identified, Looked] = {}
    if due:
        looked = dict(zip(due, await look(beside(ENTITY, due), beside, matching), strict=True))
    found = []
    for entity, name in names.items():
        seen = looked.get(entity)
        links = verdicts(matching, entity, seen.mine, seen.candidates) if seen else []
        if seen is not None:
            _count(matching, seen, links)
            services.crosswalk.note(_look(run, entity, seen, links, rules, moment))
        found.append(_linked(run, entity, seen, links, known.get(name, Known())))
    return found


def _count(matching: Matching, seen: Looked, links: Iterable[BusinessLinkValue]) -> None:
    """Count what was typed and nothing confirms, where the authority answered."""
    sure = {link.identified for link in links if link.state == "MATCH"}
    for identified, sightings in seen.candidates.items():
        if identified in sure or identified[0] in seen.failures:
            continue
        for typed in (each for each in sightings if not each.official and each in seen.mine):
            matching.quality.of(typed.dataset, identified[0]).unconfirmed += 1


def _linked(
    run: Run, entity: Identified, seen: Looked | None, links: Iterable[BusinessLinkValue], known: Known
) -> Linked:
    """What is found and what is known, together."""
    failures = seen.failures if seen else {}
    chosen = {link.identified: link for link in links if ":".join(link.identified) not in known.apart}
    for tie in known.ties:
        identified = _identified(tie)
        found = chosen.get(identified)
        silent = identified[0] in failures and (found is None or found.confidence < tie.confidence)
        if (seen is None or tie.decided or silent) and (remembered := _remembered(run, entity, identified, tie)):
            chosen[identified] = remembered
    surest = sorted(chosen.values(), key=lambda link: (-link.confidence, link.identified))
    parts = tuple(seen.parts.values()) if seen else ()
    return Linked(tuple(surest), tuple(failures.items()), parts)


def _identified(tie: Tie) -> Identified:
    scheme, _, value = tie.identifier.partition(":")
    return scheme, value


def _remembered(run: Run, entity: Identified, identified: Identified, tie: Tie) -> BusinessLinkValue | None:
    """A link of the crosswalk, for a caller who may see all rows of a dataset that has such identifiers."""
    matching = run.world.matching
    if identified[0] not in matching.beside(entity[:1]) or run.world.restrictions.holds(tie.identifier):
        return None
    carrying = [m.table for m in matching.carrying(identified[:1]) if _open(run, m.table)]
    if not carrying:
        return None
    table = min(carrying, key=lambda table: table.self_declared)
    detail = f"as confirmed on {tie.confirmed.astimezone(run.world.zone).date()}"
    codes = (DECIDED, *tie.evidence) if tie.decided else tie.evidence
    evidence = tuple(Evidence(code, detail) for code in codes)
    return BusinessLinkValue(identified, table.name, tie.state, round(tie.confidence, 3), evidence)


def _open(run: Run, table: Table) -> bool:
    return run.permits.table(table) is None and not run.permits.rows(table)


def _look(
    run: Run, entity: Identified, seen: Looked, links: Iterable[BusinessLinkValue], rules: str, moment: datetime
) -> Look:
    """What the crosswalk remembers of a look: nothing of schemes about which an agency was silent. One by
    a caller who may not see every row is not the whole."""
    matching: Matching = run.world.matching
    sources = matching.carrying((*matching.beside(entity[:1]), entity[0]))
    whole = not seen.failures and all(_open(run, source.table) for source in sources)
    sure = [link for link in links if link.identified[0] not in seen.failures]
    return Look(":".join(entity), tuple(_edges(entity, sure, rules, moment)), rules, moment, whole)


def _edges(entity: Identified, links: Iterable[BusinessLinkValue], rules: str, moment: datetime) -> Iterator[Edge]:
    name = ":".join(entity)
    for link in links:
        one, other = ends(name, ":".join(link.identified))
        codes = link.codes[:_MOST_CODES]
        edge = Edge(one, other, "POSSIBLE", link.confidence, moment, moment, rules=rules, evidence=codes)
        yield replace(edge, state="MATCH" if link.state == "MATCH" else "POSSIBLE", expires=moment + KEPT)
