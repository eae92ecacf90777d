"""The rows that are compared, for all businesses of a frame at once.

Three waves, each one call for every dataset and key: the businesses' own rows; the rows at their
addresses, or with their names where they have none; and of identifiers that only applicants typed,
the rows of the authority that gives them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from gateway.engine.fetching import fetch
from gateway.engine.matching.matchable import ENTITY, Matchable, Matching
from gateway.engine.matching.naming import MOST, named, names_of
from gateway.engine.matching.sightings import Sighting, sighting
from gateway.engine.matching.verdicts import trusted
from gateway.engine.run import Batch
from gateway.engine.values import Failure, Identified, PartState, Rows
from gateway.engine.waiting import together
from gateway.engine.wants import Want
from resolvers.provenance import State

FIELD = "links"
"""The field whose parts tell how the comparing fares."""

_UNHEARD = (State.UNAVAILABLE, State.DENIED, State.WITHHELD)
_MOST_PLACES = 6
_MOST_CANDIDATES = 100
_SMALL = ("premises", "unit", "building", "lot")

Beside = Callable[[str, Sequence[Identified]], Batch]
"""Another batch of the same request: of a kind of entity, these."""


@dataclass(slots=True)
class Looked:
    """What was seen for one business: its own trusted rows, and candidates with the rows that name them.

    `failures` say by scheme why candidates may be missing, `parts` how every dataset fared.
    """

    mine: list[Sighting] = field(default_factory=list)
    candidates: dict[Identified, list[Sighting]] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    parts: dict[str, PartState] = field(default_factory=dict)

    def offer(self, seen: Sighting, schemes: Iterable[str]) -> None:
        """A row that names candidates of these schemes."""
        for identified in seen.identifiers:
            if identified[0] not in schemes:
                continue
            if identified in self.candidates or len(self.candidates) < _MOST_CANDIDATES:
                sightings = self.candidates.setdefault(identified, [])
                if seen not in sightings:
                    sightings.append(seen)

    def note(self, source: Matchable, rows: Rows, schemes: Iterable[str]) -> None:
        """How a dataset fared, by which candidates of these schemes may be missing."""
        if rows.failure is not None and rows.failure.code == "UNTRANSLATED":
            return  # it has no key by which this could be asked
        name = source.table.name
        before = self.parts.get(name)
        if before is None or before.state in (State.OK, State.NOT_COVERED):
            self.parts[name] = PartState(FIELD, source.table, rows.state, rows.fetched_at, rows.as_of, rows.failure)
        if rows.failure is not None and rows.state is not State.DENIED:
            for scheme in schemes:
                self.failures.setdefault(scheme, rows.failure)


async def look(batch: Batch, beside: Beside, matching: Matching) -> list[Looked]:
    """What is seen for each of the batch's businesses."""
    found = [Looked() for _ in batch.entities]
    wanted = [matching.beside([scheme]) for scheme, _ in batch.entities]
    await _own(batch, matching, found, wanted)
    await _neighbours(batch, beside, matching, found, wanted)
    await _namesakes(batch, matching, found, wanted)
    await _authorities(batch, beside, matching, found)
    return found


async def _own(batch: Batch, matching: Matching, found: list[Looked], wanted: Sequence[frozenset[str]]) -> None:
    sources = matching.carrying(batch.given)
    unheard = [False] * len(found)
    for source, rows in zip(sources, await together(_rows(batch, source) for source in sources), strict=True):
        for i, (looked, schemes, mine) in enumerate(zip(found, wanted, rows, strict=True)):
            looked.note(source, mine, schemes)
            unheard[i] |= source.official and keeps_silent(mine)
            seen = dict.fromkeys(sighting(batch.run, source, record) for record in mine.records)
            looked.mine += seen
            for each in seen:
                looked.offer(each, schemes)
    for own, looked, silent in zip(batch.entities, found, unheard, strict=True):
        looked.mine = trusted(matching, own, looked.mine, silent=silent)


async def _neighbours(
    batch: Batch, beside: Beside, matching: Matching, found: list[Looked], wanted: Sequence[frozenset[str]]
) -> None:
    places = [_places(looked.mine) for looked in found]
    every = list(dict.fromkeys(place for mine in places for place in mine))
    if not every:
        return
    there = beside("Address", every)
    sources = [source for source in matching.carrying(frozenset().union(*wanted)) if source.places]
    asked = [frozenset().union(*(_finest(source, mine) for mine in places)) for source in sources]
    answers = await together(_rows(there, *each) for each in zip(sources, asked, strict=True))
    for source, rows in zip(sources, answers, strict=True):
        seen = [list(dict.fromkeys(sighting(batch.run, source, r) for r in each.records)) for each in rows]
        carried = frozenset(binding.scheme.name for binding in source.keys)
        for looked, schemes, mine in zip(found, wanted, places, strict=True):
            for place in mine if carried & schemes else ():
                looked.note(source, rows[there.index[place]], carried & schemes)
                for each in seen[there.index[place]]:
                    looked.offer(each, schemes)


def keeps_silent(rows: Rows) -> bool:
    """Whether a dataset may know an entity, and did not say so."""
    if rows.state is State.PARTIAL:
        return rows.failure is None or rows.failure.code != "UNTRANSLATED"
    return rows.state in _UNHEARD


def _finest(source: Matchable, places: Sequence[Identified]) -> frozenset[str]:
    """Of the schemes that say where a business is, the one of the smallest places by which a dataset is asked."""
    carried = {binding.scheme.name: _SMALL.index(binding.scheme.level) for binding in source.places}
    schemes = [scheme for scheme, _ in places if scheme in carried]
    return frozenset(sorted(schemes, key=carried.__getitem__)[:1])


def _places(mine: Sequence[Sighting]) -> list[Identified]:
    """Where a business is by its own rows."""
    return list(dict.fromkeys(place for seen in mine for place in seen.places))[:_MOST_PLACES]


async def _namesakes(batch: Batch, matching: Matching, found: list[Looked], wanted: Sequence[frozenset[str]]) -> None:
    """Those that are nowhere by their own rows are looked for by name."""
    nowhere = {i: names_of(looked.mine) for i, looked in enumerate(found) if wanted[i] and not _places(looked.mine)}
    names = dict([(i, mine) for i, mine in nowhere.items() if mine][:MOST])
    if not names:
        return
    for source, seen, failure in await named(batch.run, matching, names, wanted):
        carried = frozenset(binding.scheme.name for binding in source.keys)
        for i in names:
            state = State.UNAVAILABLE if failure else State.OK
            found[i].note(source, Rows([], state, failure), carried & wanted[i])
            for each in seen[i][:_MOST_CANDIDATES]:
                found[i].offer(each, wanted[i])


async def _authorities(batch: Batch, beside: Beside, matching: Matching, found: list[Looked]) -> None:
    doubtful = [[i for i, seen in looked.candidates.items() if not any(s.official for s in seen)] for looked in found]
    every = list(dict.fromkeys(identified for mine in doubtful for identified in mine))
    if not every:
        return
    named = beside(ENTITY, every)
    sources = [source for source in matching.carrying(named.given) if source.official]
    for source, rows in zip(sources, await together(_rows(named, source) for source in sources), strict=True):
        seen = [list(dict.fromkeys(sighting(batch.run, source, r) for r in each.records)) for each in rows]
        for looked, mine in zip(found, doubtful, strict=True):
            for identified in mine:
                at = named.index[identified]
                if source.key(identified[0]) is not None:
                    looked.note(source, rows[at], (identified[0],))
                looked.candidates[identified] += seen[at]


async def _rows(batch: Batch, source: Matchable, schemes: frozenset[str] | None = None) -> Sequence[Rows]:
    return await fetch(batch, wanted(source, frozenset(batch.given) if schemes is None else schemes, direct=True))


def wanted(source: Matchable, schemes: frozenset[str], *, direct: bool = False) -> Want:
    """What is compared of a dataset, by its keys of these schemes."""
    key = source.table.dataset.id
    columns = tuple(dict.fromkeys((*source.columns, *key)))
    return Want(source.table, columns, key=key, keyed=bool(key), schemes=schemes, direct=direct)
