"""Whether rows into which applicants typed a business's number belong to its profile.

A number that was typed is POSSIBLE until rows of an authority that knows it agree in a second fact. What
authorities say of the businesses of a batch is asked once, for all of its parts, and rows are compared
only of businesses that have any which were typed. docs/decisions/074 says what becomes of the others.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import floor

from gateway.engine.fetching import fetch
from gateway.engine.matching.looking import keeps_silent, wanted
from gateway.engine.matching.matchable import Matchable, Matching
from gateway.engine.matching.sightings import Sighting, sighting
from gateway.engine.matching.verdicts import TYPED, belongs
from gateway.engine.run import Batch, Run
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
    known = {source.table.name for source in sources}
    others = (run.world.city.tables[name] for name in _knowing(run, schemes) if name not in known)
    incomparable = any(not other.self_declared for other in others)
    return Authorities(batch, table, tuple(zip(sources, answers, strict=True)), incomparable)


def confirming(matching: Matching, schemes: Iterable[str]) -> list[Matchable]:
    """The datasets that can confirm what applicants typed: agencies' own numbers of these schemes."""
    return [source for source in matching.carrying(schemes) if source.official]


def _knowing(run: Run, schemes: Iterable[str]) -> Iterator[str]:
    """The datasets that say which numbers of these schemes there are."""
    bindings = run.world.bindings
    for scheme in schemes:
        yield from bindings.registers.get(scheme) or bindings.askers(scheme)


async def _rows(batch: Batch, source: Matchable, schemes: frozenset[str]) -> Sequence[Rows]:
    """The rows of an authority: those that the batch's place asks for anyway, or for this alone."""
    if batch.place.typed and source.table.name in batch.place.base:
        return await batch.whole(source.table.name)
    return await fetch(batch, wanted(source, schemes))


@dataclass(slots=True, eq=False)
class Authorities:
    """The rows of the authorities for every business of a batch, by source. `incomparable` says that there
    are authorities whose rows can't be compared, so that they may know a business of which these say nothing."""

    batch: Batch
    table: Table
    answers: Sequence[tuple[Matchable, Sequence[Rows]]] = ()
    incomparable: bool = False
    _seen: dict[int, list[Sighting]] = field(default_factory=dict)
    _known: dict[tuple[int, Hashable], float] = field(default_factory=dict)

    def sift(self, i: int, records: Sequence[RecordValue]) -> tuple[Sequence[RecordValue], Failure | None]:
        """Of rows that were typed those that belong to a business's profile, and what is to be told of it.
        Where nobody but applicants knows the business, they are all that is known of it."""
        if self.batch.possible == 0 or not records:
            return records, None
        if not (self._rows(i) or self.incomparable or self._unheard(i)):
            self._count(i, records)
            sure = self.batch.possible is not None and self.batch.possible <= TYPED
            return records, None if sure else self._alone()
        return self._sifted(i, records)

    def uncontradicted(self, i: int, rows: Rows) -> Rows:
        """Rows of a dataset that claim and tie, without those that are another business's by what the
        authorities say. Where nothing can be compared they stand: a claim says whose it is, and a tie that
        it is POSSIBLE."""
        if not rows.records or not self._rows(i) or self._source is None:
            return rows
        kept, doubt = self._sifted(i, rows.records)
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
        if not self._rows(i) or source is None:
            return TYPED
        said = i, _compared(source, record)
        if said not in self._known:
            self._known[said] = self._judged(i, sighting(self.batch.run, source, record))
        return self._known[said]

    def _judged(self, i: int, typed: Sighting) -> float:
        match = belongs(self._rows(i), typed)
        if match.state == "MATCH":
            return 1.0
        self._unconfirmed(i, typed)
        return min(match.confidence, 0.99)

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

    def _count(self, i: int, records: Iterable[RecordValue]) -> None:
        source = self._source
        for record in records if source is not None else ():
            if source is not None and not record.hidden:
                self._unconfirmed(i, sighting(self.batch.run, source, record))

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

    def _alone(self) -> Failure:
        return self._failure(
            f"Only applicants know the number: nothing confirms that rows of {self.table.name} are one business's."
        )

    def _failure(self, message: str) -> Failure:
        return Failure("UNCONFIRMED", message, self.batch.run.world.agency(self.table), self.table.name)


def _different(source: Matchable, records: Iterable[RecordValue]) -> Iterable[RecordValue]:
    """Of rows that are alike in what is compared, one."""
    return {_compared(source, record): record for record in records}.values()


def _compared(source: Matchable, record: RecordValue) -> Hashable:
    """What a row has in the columns that are compared."""
    index = record.columns
    return tuple([record.row[index[name]] if name in index else None for name in source.columns])
