"""Rows of one dataset as the records of a frame's entities.

A row belongs to an entity by the first of the dataset's keys that is valid in it – but where
the row has an identifier of the very scheme that the entity was asked by, that one decides.
Rows that another key brought and that belong elsewhere are dropped.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gateway.engine.bindings import Asked, Binding, Reader
from gateway.engine.faring import UNASKED, Fared
from gateway.engine.grouping import Came, Grouped, Row, Times, everybody, grouped_rows, single_rows
from gateway.engine.ordering import behind, day, plain, position, sort_records
from gateway.engine.run import Batch
from gateway.engine.sharing import Told
from gateway.engine.values import Failure, RecordValue, Rows
from gateway.engine.wants import Want
from gateway.engine.ways import Way
from resolvers.city import Table
from resolvers.provenance import State

if TYPE_CHECKING:
    from gateway.engine.matching import Authorities


def malformed(answer: Told, table: Table, agency: str) -> list[Failure]:
    """What is lost where the agency holds rows that can't be read; whose they are nobody knows."""
    if not answer.refused:
        return []
    rows = "1 row" if answer.refused == 1 else f"{answer.refused} rows"
    return [Failure("MALFORMED", f"{rows} of {table.name} could not be read.", agency, table.name)]


class Gathered:
    """What came of one dataset for one frame, while it comes."""

    def __init__(self, frame: Batch, want: Want, way: Way, *, counting: bool) -> None:
        by = way.access
        self.frame, self.want, self.by, self.kind = frame, want, by, way.kind
        self.withholding = by.rules(frame.run, want, counting=counting)
        self.begun = datetime.now(UTC)
        self.fared = [Fared((by.refusal,)) if by.refusal else UNASKED] * len(frame.entities)
        self.alike = True  # whether all entities have fared alike
        self.answers: list[Came] = []
        self.sound = True  # whether all rows are known to be
        self.records: list[list[RecordValue]] = []
        self.grouping: Sequence[Sequence[Row]] = ()
        self.single: Sequence[Row | None] | None = None
        self.counted: dict[int, int] = {}
        section = want.section
        self.grouped = section is not None and bool(section.group)
        single = len(by.bindings) == 1 and not by.bindings[0].ends
        self.plain = self.withholding.idle and single and not self.withholding.sorts_out and not by.typed
        self.doubts: dict[int, Failure] = {}
        self.readers = () if self.plain else by.readers()

    # what comes

    def untranslated(self, failures: Sequence[Failure | None]) -> None:
        """Why identifiers of entities may be missing."""
        for i, failure in enumerate(failures):
            if failure is not None:
                self.fared[i] = self.fared[i].joined(Fared((failure,)))

    def failed(self, failure: Failure, owners: Mapping[str, Sequence[int]]) -> None:
        """A call brought nothing."""
        self._tell(everybody(owners), Fared((failure,)))

    def take(self, answer: Told, binding: Binding, asked: Asked, owners: Mapping[str, Sequence[int]]) -> int:
        """The rows of a call; how many of them the caller may have."""
        touched = everybody(owners)
        lacking = tuple(malformed(answer, self.want.table, self.by.agency)) if answer.refused else ()
        as_of = self._day(answer.as_of) if answer.as_of is not None else None
        self._tell(touched, Fared(lacking, True, not answer.complete, answer.fetched_at, as_of))
        if answer.kept:
            self._date(answer, binding, asked, owners, touched)
        if self.by.pushed and answer.counts:
            self._count(answer.counts, binding, asked, owners)
        if self.plain:
            self.sound = self.sound and answer.sound
            self.answers.append(Came(answer.rows, asked, owners))
            return len(answer.rows)
        return self._take_some(answer, binding, asked, owners)

    def _tell(self, indices: Collection[int], this: Fared) -> None:
        if self.alike and self.fared and len(indices) == len(self.fared):
            self.fared = [self.fared[0].joined(this)] * len(self.fared)
            return
        self.alike = False
        made: dict[int, Fared] = {}
        for i in indices:
            before = self.fared[i]
            after = made.get(id(before))
            if after is None:
                after = made[id(before)] = before.joined(this)
            self.fared[i] = after

    def _date(
        self,
        answer: Told,
        binding: Binding,
        asked: Asked,
        owners: Mapping[str, Sequence[int]],
        touched: Collection[int],
    ) -> None:
        """When the agency was asked for what was kept, and how fresh its data was then."""
        dated: dict[tuple[datetime, datetime | None], set[int]] = {}
        for stored, moment in answer.kept.items():
            identifier = self._of(stored, binding, asked)
            dated.setdefault(moment, set()).update(owners.get(identifier or "", touched))
        for (fetched_at, as_of), indices in dated.items():
            self._tell(indices, Fared(fetched_at=fetched_at, as_of=self._day(as_of)))

    def _of(self, stored: tuple[object, ...], binding: Binding, asked: Asked) -> str | None:
        """The identifier that a key was asked for."""
        known = asked.known.get(stored)
        return known or binding.read(dict(zip(asked.keys.columns, stored, strict=True)))  # type: ignore[arg-type]

    def _day(self, as_of: datetime | None) -> date | None:
        return None if as_of is None or self.want.table.as_of is not None else day(as_of, self.frame.run.world.zone)

    def _count(
        self,
        counts: Mapping[tuple[object, ...], int],
        binding: Binding,
        asked: Asked,
        owners: Mapping[str, Sequence[int]],
    ) -> None:
        for stored, number in counts.items():
            for i in owners.get(self._of(stored, binding, asked) or "", ()):
                self.counted[i] = self.counted.get(i, 0) + number

    def _take_some(self, answer: Told, binding: Binding, asked: Asked, owners: Mapping[str, Sequence[int]]) -> int:
        """Rows of which some may be kept from the caller, or come by another key."""
        next(reader for reader in self.readers if reader.binding is binding).learn(asked.known)
        self.records = self.records or [[] for _ in self.fared]
        kept = 0
        for row in answer.rows:
            record = self._record(row)
            if record is None:
                continue
            belongs = self._belongs(record, binding, owners)
            kept += bool(belongs) and not record.hidden
            for n, i in enumerate(belongs):
                mine = record if n == 0 else replace(record)
                mine.owner = self.frame.entities[i]
                mine.fetched_at = self.fared[i].fetched_at or self.begun
                mine.as_of = self.fared[i].as_of or self.by.as_of
                self.records[i].append(mine)
        return kept

    def _record(self, row: Sequence[object]) -> RecordValue | None:
        """A row as a record; None if the caller's conditions must not find it."""
        allowed = self.withholding.apply(row)  # type: ignore[arg-type]
        if allowed is None:
            return None
        cells, hidden = allowed
        key = tuple([plain(cells[at]) for at in self.by.key_at])
        return RecordValue(
            self.want.table, self.want.section, self.by.index, cells, "", self.begun, ("", ""), key, hidden
        )

    def _belongs(self, record: RecordValue, asked: Binding, owners: Mapping[str, Sequence[int]]) -> Sequence[int]:
        """The entities that a row belongs to, among those that this key was asked for."""
        first = _first(self.readers, record.row)
        if first is None:
            return ()
        record.level = first[0].scheme.level
        if len(self.readers) == 1:
            found = owners.get(first[1], ())
            return (*found, *self._at_far_end(record, first[0], owners, found)) if first[0].ends else found
        belongs = []
        for scheme in self.frame.given:
            mine = [reader for reader in self.readers if reader.binding.scheme.name == scheme]
            deciding = _first(mine, record.row) or first
            if deciding[0] is asked:
                belongs += [i for i in owners.get(deciding[1], ()) if self.frame.entities[i][0] == scheme]
        return belongs

    def _at_far_end(
        self, record: RecordValue, binding: Binding, owners: Mapping[str, Sequence[int]], found: Collection[int]
    ) -> Sequence[int]:
        """Further entities, of the number that a row's range ends with, unless that is on the restriction list."""
        far = binding.far_end([plain(record.cell(column)) for column in binding.key.reads])
        restricted = self.frame.run.world.restrictions
        if far is None or restricted.holds(f"{binding.scheme.name}:{far}"):
            return ()
        return [i for i in owners.get(far, ()) if i not in found]

    def sift(self, authorities: "Authorities") -> None:
        """Keep of rows that applicants typed a number into those that belong to its bearers."""
        for i, mine in enumerate(self.records):
            kept, doubt = authorities.sift(i, mine)
            self.records[i] = [*kept]
            if doubt is not None:
                self.doubts[i] = doubt

    # what it comes to

    def rows(self, covered: Sequence[bool]) -> Sequence[Rows]:
        """For every entity what was found."""
        want = self.want
        if not self.plain:
            return [self._rows(i) if here else self._uncovered() for i, here in enumerate(covered)]
        told = self.by.narrowed is not None or want.table.absent_means_uncovered or self.by.as_of_at is not None
        alone = not self.grouped and want.after is None and want.mark is None
        one = want.first is None and (want.section is None or not want.section.many)
        (binding,), many = self.by.bindings, len(self.fared)
        single = single_rows(binding, self.answers, self.by.index, many) if alone and not told and one else None
        if single is not None:
            self.single = single
            found = Grouped(self.kind, self.frame.entities, single, True, self._times(), sound=self.sound)
            return self._told(single, covered, found)
        self.grouping = groups = grouped_rows(binding, self.answers, self.by.index, many)
        if alone and not told:
            return self._told(groups, covered, self._paged(groups))
        self.records = [self._records(i, group) for i, group in enumerate(groups)]
        return [self._rows(i) if here else self._uncovered() for i, here in enumerate(covered)]

    def came(self) -> list[int]:
        """How many rows came for every entity that the caller may have, when all are there."""
        if self.single is not None:
            return [int(row is not None) for row in self.single]
        if self.plain:
            return [len(group) for group in self.grouping]
        return [sum([not record.hidden for record in mine]) for mine in self.records] or [0] * len(self.fared)

    def _paged(self, groups: list[list[Row]]) -> Grouped:
        """All rows in their order, or a page of them."""
        want, by, first = self.want, self.by, self.want.first
        self.kind.sort(groups, want.order)
        totals: list[int | None] = [None] * len(groups)
        if first is None or not by.pushed:
            totals = [len(each) for each in groups]
        elif want.count:
            totals = [self.counted.get(i, 0) for i in range(len(groups))]
        more = [] if first is None else [i for i, each in enumerate(groups) if len(each) > first]
        pages: list[list[Row]] = [*groups]
        for i in more:
            pages[i] = groups[i][:first]
        times, sound = self._times(), self.sound
        return Grouped(self.kind, self.frame.entities, pages, False, times, totals, frozenset(more), sound=sound)

    def _told(self, groups: Sequence[Any], covered: Sequence[bool], found: Grouped) -> Grouped:
        """With what more is to be told of single entities."""
        if self.alike and self.fared and self.fared[0].whole and all(covered):
            return found
        odd = [i for i, how in enumerate(self.fared) if not (covered[i] and how.whole)]
        whole = replace(found, rows=groups)
        made = {i: self._rows_of(i, whole.group(i)) if covered[i] else self._uncovered() for i in odd}
        return replace(found, made=made, told=frozenset(odd))

    def _times(self) -> list[Times]:
        """For every entity when the agency was asked, and the day of its rows."""
        if self.alike:
            return [self._time(how) for how in self.fared[:1]] * len(self.fared)
        return [self._time(how) for how in self.fared]

    def _time(self, how: Fared) -> Times:
        return how.fetched_at or self.begun, how.as_of or self.by.as_of

    def _records(self, i: int, rows: Sequence[Row]) -> list[RecordValue]:
        kind, owner, times = self.kind, self.frame.entities[i], self._time(self.fared[i])
        return [kind.record(row, owner, times) for row in rows]

    def _rows_of(self, i: int, rows: Sequence[Row]) -> Rows:
        self.records = self.records or [[] for _ in self.fared]
        self.records[i] = self._records(i, rows)
        return self._rows(i)

    def _uncovered(self) -> Rows:
        return Rows([], State.NOT_COVERED, as_of=self.by.as_of, fetched_at=None)

    def _rows(self, i: int) -> Rows:
        how, want = self.fared[i], self.want
        records = self.records[i] if self.records else []
        if not how.answered:
            return self._unanswered(how)
        hidden = self.withholding.sorts_out and any(record.hidden for record in records)
        if hidden:
            records = [record for record in records if not record.hidden]
        if records and (self.grouped or not want.keyed):
            records = self.kind.identified(records, grouped=self.grouped)
        if len(records) > 1:
            sort_records(records, want.order)
        rows = Rows(records, as_of=self._as_of(records, how), fetched_at=how.fetched_at or self.begun)
        rows.visible = bool(records)
        self._cut(rows, i)
        if how.failures or how.cut:
            rows.state, rows.failure, rows.total = State.PARTIAL, next(iter(how.failures), None), None
        elif hidden:
            rows.state, rows.total = State.WITHHELD, None
        elif want.table.absent_means_uncovered and not records and want.after is None and want.mark is None:
            rows.state, rows.total = State.NOT_COVERED, None
        elif self.by.narrowed is not None:
            rows.state, rows.failure = State.PARTIAL, self.by.narrowed
        return rows if i not in self.doubts else self._doubtful(rows, self.doubts[i])

    @staticmethod
    def _doubtful(rows: Rows, doubt: Failure) -> Rows:
        """Rows with what is to be told of those that applicants typed; what weighs more has been told."""
        rows.doubtful = True
        if rows.failure is None and rows.state is not State.WITHHELD:
            rows.state, rows.failure = State.PARTIAL, doubt
        if doubt.code != "UNCONFIRMED":
            rows.total = None
        return rows

    def _unanswered(self, how: Fared) -> Rows:
        if how.failures:
            state = State.DENIED if how.failures[0].code == "DENIED" else State.UNAVAILABLE
            return Rows([], state, how.failures[0])
        schemes = " or ".join(dict.fromkeys(b.scheme.name for b in self.by.asked))
        message = f"No register ties it to a {schemes}, by which {self.want.table.name} is asked."
        return Rows([], State.PARTIAL, Failure("UNTRANSLATED", message, self.by.agency, self.want.table.name))

    def _cut(self, rows: Rows, i: int) -> None:
        """Total, position and limit, as far as the agency has not done them."""
        want, pushed = self.want, self.by.pushed
        if pushed and want.first is not None:
            rows.total = self.counted.get(i, 0) if want.count else None
        else:
            rows.total = len(rows.records)
            if want.after is not None:
                descending = [by.descending for by in want.order]
                mark = want.after
                rows.records = [r for r in rows.records if behind(position(r, want.order), mark, descending)]
        # Behind a mark that only the whole merge understands, cutting is the merge's.
        whole = not pushed and want.mark is not None
        if want.first is not None and not whole and len(rows.records) > want.first:
            rows.records, rows.more = rows.records[: want.first], True

    def _as_of(self, records: Sequence[RecordValue], how: Fared) -> date | None:
        if not isinstance(self.want.table.as_of, str):
            return how.as_of or self.by.as_of
        at, zone = self.by.as_of_at, self.frame.run.world.zone
        days = [day(plain(r.row[at]), zone) for r in records] if at is not None else []
        return max((d for d in days if d is not None), default=None)


def _first(readers: Iterable[Reader], row: Sequence[object]) -> tuple[Binding, str] | None:
    """The first of these keys that is valid in a row, and the identifier there."""
    return next(((r.binding, found) for r in readers if (found := r.read(row)) is not None), None)
