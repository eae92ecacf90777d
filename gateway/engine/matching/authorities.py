"""Whether rows into which applicants typed a business's number belong to its profile.

A number that was typed is POSSIBLE until rows of an authority that knows it agree in a second fact. What
authorities say of the businesses of a batch is asked once, for all of its parts, and rows are compared
only of businesses that have any which were typed. docs/decisions/074 says what becomes of the others.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import floor

from gateway.engine.fetching import fetch
from gateway.engine.matching.looking import keeps_silent, wanted
from gateway.engine.matching.matchable import Matchable, Matching
from gateway.engine.matching.sightings import Sighting, sighting
from gateway.engine.matching.verdicts import TYPED, belongs
from gateway.engine.run import Batch
from gateway.engine.values import Failure, RecordValue, Rows
from gateway.engine.waiting import together
from resolvers.city import Table
from resolvers.provenance import State


async def authorities(batch: Batch, table: Table) -> "Authorities":
    """What the authorities say of the businesses of a batch, by the numbers that a dataset's rows have as
    applicants typed them. Never raises for what an agency does."""
    run = batch.run
    matching: Matching = run.world.matching
    schemes = frozenset([*batch.given, *(binding.scheme.name for binding in batch.bindings(table))])
    if batch.possible == 0:
        return Authorities(batch, table)  # all of it is asked for
    sources = confirming(matching, schemes)
    answers = await together(_rows(batch, source, schemes) for source in sources)
    return Authorities(batch, table, tuple(zip(sources, answers, strict=True)))


def confirming(matching: Matching, schemes: Iterable[str]) -> list[Matchable]:
    """The datasets that can confirm what applicants typed: agencies' own numbers of these schemes."""
    return [source for source in matching.carrying(schemes) if source.official]


async def _rows(batch: Batch, source: Matchable, schemes: frozenset[str]) -> Sequence[Rows]:
    """The rows of an authority: those that the batch's place asks for anyway, or for this alone."""
    if batch.place.typed and source.table.name in batch.place.base:
        return await batch.whole(source.table.name)
    return await fetch(batch, wanted(source, schemes))


@dataclass(slots=True, eq=False)
class Authorities:
    """The rows of the authorities for every business of a batch, by source."""

    batch: Batch
    table: Table
    answers: Sequence[tuple[Matchable, Sequence[Rows]]] = ()
    _seen: dict[int, list[Sighting]] = field(default_factory=dict)
    _known: dict[tuple[int, Hashable], float] = field(default_factory=dict)

    def sift(self, i: int, records: Sequence[RecordValue]) -> tuple[Sequence[RecordValue], Failure | None]:
        """Of rows that were typed those that belong to a business's profile, and what is to be told of it."""
        if self.batch.possible == 0 or not records:
            return records, None
        return self._sifted(i, records)

    def confirmed(self, i: int, rows: Rows) -> Rows:
        """Rows of a dataset that claim and tie, without those that nothing confirms."""
        kept, doubt = self.sift(i, rows.records)
        if doubt is None:
            return rows
        return replace(rows, records=[*kept], state=State.PARTIAL, failure=doubt, total=None, doubtful=True)

    def _sifted(self, i: int, records: Sequence[RecordValue]) -> tuple[Sequence[RecordValue], Failure | None]:
        sure = [1.0 if record.hidden else self._surety(i, record) for record in records]
        least = 1.0 if self.batch.possible is None else self.batch.possible
        kept = [record for record, each in zip(records, sure, strict=True) if each >= least]
        left = [each for each in sure if each < least]
        return kept, self._doubt(i, max(left)) if left else None

    def _surety(self, i: int, record: RecordValue) -> float:
        """How sure it is that a row is of this business: 1 where a second fact confirms it. Several parts of a
        place may have the same rows."""
        source = self._source
        if source is None:
            return TYPED
        said = i, _compared(source, record)
        if said not in self._known:
            self._known[said] = self._judged(i, sighting(self.batch.run, source, record))
        return self._known[said]

    def _judged(self, i: int, typed: Sighting) -> float:
        known = self._rows(i)
        match = belongs(known, typed) if known else None
        if match is not None and match.state == "MATCH":
            return 1.0
        self._unconfirmed(i, typed)
        return min(match.confidence, 0.99) if match is not None else TYPED

    @property
    def _source(self) -> Matchable | None:
        """How rows that were typed are compared; None where the catalogue tells no names in them."""
        return self.batch.run.world.matching.tables.get(self.table.name)

    def _rows(self, i: int) -> list[Sighting]:
        """What the authorities' rows say of a business: most say the same again and again."""
        found = self._seen.get(i)
        if found is None:
            run, scheme = self.batch.run, self.batch.entities[i][0]
            level = run.world.matching.level(scheme)
            each = (
                sighting(run, source, record)
                for source, rows in self.answers
                for record in _different(source, rows[i].records)
                if record.level == level
            )
            found = self._seen[i] = list(dict.fromkeys(each))
        return found

    def _unheard(self, i: int) -> Rows | None:
        """The answer of an authority that may know a business, and did not say so."""
        return next((rows[i] for _, rows in self.answers if keeps_silent(rows[i])), None)

    def _unconfirmed(self, i: int, typed: Sighting) -> None:
        """Count the numbers of a business that were typed and that nothing confirms, where the authorities
        have answered."""
        if self._unheard(i) is not None:
            return
        for scheme, value in typed.identifiers:
            known = self.batch.identified(scheme)
            if known is not None and value in known.values[i]:
                self.batch.run.world.matching.quality.of(self.table.name, scheme).unconfirmed += 1

    # what is told

    def _doubt(self, i: int, surest: float) -> Failure:
        unheard, name = self._unheard(i), self.table.name
        if unheard is not None and unheard.failure is not None and unheard.state is not State.DENIED:
            why = f"Rows of {name}, where applicants typed the number, can't be confirmed now"
            return replace(unheard.failure, message=f"{why}: {unheard.failure.message}")
        why = (
            f"Rows of {name} are left out: applicants typed the number, and nothing else says that it is this business."
        )
        return self._failure(f"{why} The surest belong to the profile with possible: {floor(surest * 100) / 100:g}.")

    def _failure(self, message: str) -> Failure:
        return Failure("UNCONFIRMED", message, self.batch.run.world.agency(self.table), self.table.name)


def _different(source: Matchable, records: Iterable[RecordValue]) -> Iterable[RecordValue]:
    """Of rows that are alike in what is compared, one."""
    return {_compared(source, record): record for record in records}.values()


def _compared(source: Matchable, record: RecordValue) -> Hashable:
    """What a row has in the columns that are compared."""
    index = record.columns
    return tuple([record.row[index[name]] if name in index else None for name in source.columns])
