"""Asking one dataset for all entities of a frame, in one call per key (and `keys_per_call`).

A row belongs to an entity by the first of the dataset's keys that is valid in it – but where
the row has an identifier of the very scheme that the entity was asked by, that one decides.
Rows that another key brought and that belong elsewhere are dropped.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import blake2b

from adapters.base import After, Filter, Keys, OrderBy, Scalar, Scan
from adapters.errors import SourceError
from adapters.filters import matcher
from gateway.engine.bindings import Binding, Reader
from gateway.engine.ordering import behind, day, plain, position, sort_records
from gateway.engine.run import Batch, Run, denied
from gateway.engine.sharing import Told
from gateway.engine.tokens import pack
from gateway.engine.values import Failure, RecordValue, Rows, source_failure
from gateway.engine.waiting import together
from gateway.engine.withholding import Withholding, confidential, narrowing, needed
from resolvers.city import Section, Table
from resolvers.provenance import State


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of a dataset for every entity of a frame.

    `key` are the columns that identify a record, unique if `keyed`. `after` is a position in
    the order and the key. `schemes` restricts the keys used (None: all of the entity's), `direct`
    the identifiers to those that the entities were asked by. `filtered` are the columns that
    the caller's own conditions compare, `ordered` those of an order of its own.
    """

    table: Table
    columns: tuple[str, ...]
    section: Section | None = None
    key: tuple[str, ...] = ()
    keyed: bool = False
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderBy, ...] = ()
    first: int | None = None
    after: tuple[Scalar, ...] | None = None
    mark: After | None = None
    count: bool = False
    schemes: frozenset[str] | None = None
    direct: bool = False
    filtered: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()

    @property
    def hides_records(self) -> bool:
        """Whether whole records may be withheld, so that counts and limits wait for that."""
        return any(not withheld.columns for withheld in self.table.withheld)


@dataclass(slots=True)
class _Found:
    """What came for one entity, while it comes."""

    records: list[RecordValue] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    answered: bool = False
    cut: bool = False
    counted: int = 0
    fetched_at: datetime | None = None
    as_of: date | None = None

    def date(self, fetched_at: datetime, as_of: date | None) -> None:
        """The agency was asked at this moment too; what is told of all of it is the oldest."""
        if self.fetched_at is None or fetched_at < self.fetched_at:
            self.fetched_at = fetched_at
        if as_of is not None and (self.as_of is None or as_of < self.as_of):
            self.as_of = as_of


async def fetch(frame: Batch, want: Want) -> list[Rows]:
    """Rows for each entity of the frame, in its order. Never raises for what an agency does."""
    run = frame.run
    denial = run.permits.table(want.table)
    if denial is not None:
        failure = denied(denial, run.world.agency(want.table), want.table.name)
        if want.count and run.permits.counts(want.table):
            return [
                replace(rows, records=[], state=State.DENIED, failure=failure) for rows in await _count(frame, want)
            ]
        return [Rows([], State.DENIED, failure) for _ in frame.entities]
    bindings = [b for b in frame.bindings(want.table) if want.schemes is None or b.scheme.name in want.schemes]
    if not bindings:
        return [Rows([]) for _ in frame.entities]
    allowed = [b for b in bindings if all(run.permits.column(want.table, c) is None for c in b.key.reads)]
    refusals = [run.denied_column(want.table, c) for b in bindings if b not in allowed for c in b.key.reads]
    refusal = next((failure for failure in refusals if failure), None)
    if not allowed:
        return [Rows([], State.DENIED, refusal) for _ in frame.entities]
    return await _Fetch(frame, want, allowed, refusal).rows()


async def _count(frame: Batch, want: Want) -> list[Rows]:
    """The totals alone, for whom records may be counted and not seen; null where not all was counted."""
    bindings = frame.bindings(want.table)
    if not bindings:
        return [Rows([]) for _ in frame.entities]
    counting = replace(want, first=0, after=None, mark=None, order=())
    rows = await _Fetch(frame, counting, bindings, None, counting=True).rows()
    return [Rows([], total=found.total if found.state in (State.OK, State.WITHHELD) else None) for found in rows]


def records_found(run: Run, want: Want, answer: Told) -> list[RecordValue]:
    """Rows that were not asked for by entity, as records; without those that the caller may not have,
    or that meet the conditions by what it may not see. To be called before anything else is awaited."""
    index = {name: i for i, name in enumerate(want.columns)}
    withholding, moment = Withholding(run, want.table, index, want.filtered), answer.fetched_at
    allowed = (withholding.apply(row) for row in answer.rows)  # type: ignore[arg-type]
    records = [
        RecordValue(want.table, want.section, index, found[0], "", moment, ("", ""))
        for found in allowed
        if found is not None and not found[1]
    ]
    if not withholding.sorts_out:
        return records
    meets = matcher(want.filters, index)
    records = [record for record in records if meets(tuple(record.cells().values()))]
    run.calls.keep(len(records))
    return records


def malformed(answer: Told, table: Table, agency: str) -> list[Failure]:
    """What is lost where the agency holds rows that can't be read; whose they are nobody knows."""
    if not answer.refused:
        return []
    rows = "1 row" if answer.refused == 1 else f"{answer.refused} rows"
    return [Failure("MALFORMED", f"{rows} of {table.name} could not be read.", agency, table.name)]


class _Fetch:
    """One dataset asked for one frame, by those of its keys that the caller may see: whom a row
    is about is told by its key. `refusal` says why there are others."""

    def __init__(
        self, frame: Batch, want: Want, bindings: list[Binding], refusal: Failure | None, *, counting: bool = False
    ) -> None:
        self.frame, self.want, self.bindings = frame, want, bindings
        self.all_bindings = frame.bindings(want.table)
        self.direct, self.counting = want.direct, counting
        self.found = [_Found(failures=[refusal] if refusal else []) for _ in frame.entities]
        self.fetched_at = datetime.now(UTC)
        self.as_of = want.table.as_of if isinstance(want.table.as_of, date) else None
        columns = dict.fromkeys(want.columns)
        columns.update(dict.fromkeys(c for b in self.all_bindings for c in b.key.reads))
        self.columns = self._permitted(columns)
        self.index: Mapping[str, int] = {name: i for i, name in enumerate(self.columns)}
        self.readers = [Reader(binding, self.index) for binding in self.all_bindings]
        self.narrowing = narrowing(frame.run, want.table)
        self.withholding = Withholding(
            frame.run, want.table, self.index, want.filtered, want.ordered, counting=counting
        )
        self.pushed = self._pushes()

    def _permitted(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Without what the caller may not see, except what the work itself needs and never shows:
        keys, the order, and the conditions under which an agency withholds."""
        want, permits = self.want, self.frame.run.permits
        inner = {c for b in self.all_bindings for c in b.key.reads} | set(want.key)
        inner |= {by.column for by in want.order}
        inner |= {*needed(self.frame.run, want.table), *self._compared}
        return tuple(dict.fromkeys((*(c for c in columns if permits.column(want.table, c) is None), *sorted(inner))))

    @property
    def _compared(self) -> frozenset[str]:
        """The columns of the caller's conditions, where a row's own value decides whether they may find it."""
        run, want = self.frame.run, self.want
        some = confidential(run, want.table) or want.hides_records or not run.world.restrictions.empty
        return want.filtered if some else frozenset()

    def _pushes(self) -> bool:
        """Whether limit, position and count can go to the agency: one exact key, and unique ids."""
        single = len(self.all_bindings) == 1 and self.bindings == self.all_bindings and self.bindings[0].exact
        run, compared = self.frame.run, {*self.want.filtered, *self.want.key, *(by.column for by in self.want.order)}
        secret = bool(confidential(run, self.want.table) & compared) or not run.world.restrictions.empty
        return single and self.want.keyed and not self.want.hides_records and not secret

    async def rows(self) -> list[Rows]:
        covered = await self.frame.covered(self.want.table, translated=not self.direct)
        await together([self._ask(binding, covered) for binding in self.bindings])
        return [self._finish(i, covered[i]) for i in range(len(self.found))]

    async def _ask(self, binding: Binding, covered: Sequence[bool]) -> None:
        name = binding.scheme.name
        known = self.frame.asked(name) if self.direct else await self.frame.identifiers(name)
        owners: dict[str, list[int]] = defaultdict(list)
        for i, identifiers in enumerate(known.values):
            if failure := known.failures[i]:
                self.found[i].failures.append(failure)
            for identifier in identifiers if covered[i] else ():
                owners[identifier].append(i)
        asked = binding.ask(owners)
        reader = next(reader for reader in self.readers if reader.binding is binding)
        for each in asked:
            reader.learn(each.known)
        await together([self._call(binding, each.keys, owners) for each in asked])

    async def _call(self, binding: Binding, keys: Keys, owners: Mapping[str, list[int]]) -> None:
        run = self.frame.run
        touched = {i for indices in owners.values() for i in indices}
        try:
            answer = await run.read(self.want.table, self._scan(keys))
        except SourceError as error:
            failure = source_failure(error, self.want.table, run.world.agency(self.want.table))
            for i in touched:
                self.found[i].failures.append(failure)
            return
        lacking = malformed(answer, self.want.table, run.world.agency(self.want.table))
        for i in touched:
            self.found[i].answered = True
            self.found[i].failures.extend(lacking)
            self.found[i].cut = self.found[i].cut or not answer.complete
        self._date(answer, binding, keys, owners, touched)
        kept = self._keep(answer, binding, owners)
        if self.counting or self.withholding.sorts_out:
            run.calls.keep(0 if self.counting else kept)
        self._count(answer, binding, keys, owners)

    def _date(
        self, answer: Told, binding: Binding, keys: Keys, owners: Mapping[str, list[int]], touched: set[int]
    ) -> None:
        """When the agency was asked about each entity, and how fresh its data was then."""
        as_of = self._day(answer.as_of)
        for i in touched:
            self.found[i].date(answer.fetched_at, as_of)
        for stored, moment in answer.kept.items():
            identifier = binding.read(dict(zip(keys.columns, stored, strict=True)))  # type: ignore[arg-type]
            for i in owners.get(identifier or "", touched):
                self.found[i].date(moment.fetched_at, self._day(moment.as_of))

    def _day(self, as_of: datetime | None) -> date | None:
        return None if as_of is None or self.want.table.as_of is not None else day(as_of, self.frame.run.world.zone)

    def _scan(self, keys: Keys) -> Scan:
        want = self.want
        scan = Scan(self.columns, keys, (*want.filters, *self.narrowing))
        if not self.pushed:
            return scan
        order = (*want.order, *(OrderBy(c) for c in want.key)) if want.first is not None else ()
        mark = want.mark or (After(want.after) if want.after is not None else None)
        first = want.first + 1 if want.first is not None else None
        return replace(scan, order=order, per_key=first, after=mark if first else None, count=want.count)

    def _keep(self, answer: Told, binding: Binding, owners: Mapping[str, list[int]]) -> int:
        """How many rows the caller may have of those that came."""
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
                mine.fetched_at = self.found[i].fetched_at or self.fetched_at
                mine.as_of = self.found[i].as_of or self.as_of
                self.found[i].records.append(mine)
        return kept

    def _belongs(self, record: RecordValue, asked: Binding, owners: Mapping[str, list[int]]) -> Sequence[int]:
        """The entities that a row belongs to, among those that this key was asked for."""
        first = self._first(self.readers, record.row)
        if first is None:
            return ()
        record.level = first[0].scheme.level
        if len(self.readers) == 1:
            return owners.get(first[1], ())
        belongs = []
        for scheme in self.frame.given:
            mine = [reader for reader in self.readers if reader.binding.scheme.name == scheme]
            deciding = self._first(mine, record.row) or first
            if deciding[0] is asked:
                belongs += [i for i in owners.get(deciding[1], ()) if self.frame.entities[i][0] == scheme]
        return belongs

    def _first(self, readers: Iterable[Reader], row: Sequence[object]) -> tuple[Binding, str] | None:
        """The first of these keys that is valid in a row, and the identifier there."""
        return next(((r.binding, found) for r in readers if (found := r.read(row)) is not None), None)

    def _record(self, row: Sequence[object]) -> RecordValue | None:
        """A row as a record; None if the caller's conditions must not find it."""
        allowed = self.withholding.apply(row)  # type: ignore[arg-type]
        if allowed is None:
            return None
        cells, hidden = allowed
        made = RecordValue(self.want.table, self.want.section, self.index, cells, "", self.fetched_at, ("", ""))
        made.hidden = hidden
        return made

    def _count(self, answer: Told, binding: Binding, keys: Keys, owners: Mapping[str, list[int]]) -> None:
        if not (self.pushed and answer.counts):
            return
        for stored, number in answer.counts.items():
            identifier = binding.read(dict(zip(keys.columns, stored, strict=True)))  # type: ignore[arg-type]
            for i in owners.get(identifier or "", ()):
                self.found[i].counted += number

    def _finish(self, i: int, covered: bool) -> Rows:
        found, want = self.found[i], self.want
        if not covered:
            return Rows([], State.NOT_COVERED, as_of=self.as_of, fetched_at=None)
        if not found.answered:
            return self._unanswered(found)
        hidden = any(record.hidden for record in found.records)
        found.records = [record for record in found.records if not record.hidden]
        self._identify(found)
        sort_records(found.records, want.order)
        fetched_at = found.fetched_at or self.fetched_at
        rows = Rows(found.records, as_of=self._as_of(found), fetched_at=fetched_at, visible=bool(found.records))
        self._cut(rows, found)
        if found.failures or found.cut:
            rows.state, rows.failure, rows.total = State.PARTIAL, next(iter(found.failures), None), None
        elif hidden:
            rows.state, rows.total = State.WITHHELD, None
        elif want.table.absent_means_uncovered and not found.records and want.after is None and want.mark is None:
            rows.state, rows.total = State.NOT_COVERED, None
        elif self.frame.run.permits.rows(want.table):
            rows.state, rows.failure = State.PARTIAL, self._narrowed()
        return rows

    def _narrowed(self) -> Failure:
        """Why there may be more than this caller is shown."""
        name = self.want.table.name
        message = f"The agreement opens some rows of {name} only; these are all of them here."
        return Failure("NARROWED", message, self.frame.run.world.agency(self.want.table), name)

    def _unanswered(self, found: _Found) -> Rows:
        if found.failures:
            state = State.DENIED if found.failures[0].code == "DENIED" else State.UNAVAILABLE
            return Rows([], state, found.failures[0])
        schemes = " or ".join(dict.fromkeys(b.scheme.name for b in self.bindings))
        message = f"No register ties it to a {schemes}, by which {self.want.table.name} is asked."
        agency = self.frame.run.world.agency(self.want.table)
        return Rows([], State.PARTIAL, Failure("UNTRANSLATED", message, agency, self.want.table.name))

    def _identify(self, found: _Found) -> None:
        """Give every record its key; rows of one group become one record."""
        section, key = self.want.section, self.want.key
        seen: dict[tuple[Scalar, ...], int] = defaultdict(int)
        kept = []
        for record in found.records:
            identity = tuple(plain(record.cell(c)) for c in key) if key else (self._digest(record),)
            repeat = seen[identity]
            seen[identity] += 1
            if repeat and section is not None and section.group:
                continue
            record.key = identity if self.want.keyed or (section is not None and section.group) else (*identity, repeat)
            kept.append(record)
        found.records = kept

    def _digest(self, record: RecordValue) -> str:
        """Identifies the content of a row that has no id, by its public columns."""
        columns = self.want.table.dataset.columns
        shown = [str(pack(plain(record.cell(c)))) for c in sorted(self.index) if columns[c].public]
        return blake2b("\x1f".join(shown).encode(), digest_size=8).hexdigest()

    def _cut(self, rows: Rows, found: _Found) -> None:
        """Total, position and limit, as far as the agency has not done them."""
        want = self.want
        if self.pushed and want.first is not None:
            rows.total = found.counted if want.count else None
        else:
            rows.total = len(rows.records)
            if want.after is not None:
                descending = [by.descending for by in want.order]
                mark = want.after
                rows.records = [r for r in rows.records if behind(position(r, want.order), mark, descending)]
        # Behind a mark that only the whole merge understands, cutting is the merge's.
        whole = not self.pushed and want.mark is not None
        if want.first is not None and not whole and len(rows.records) > want.first:
            rows.records, rows.more = rows.records[: want.first], True

    def _as_of(self, found: _Found) -> date | None:
        column = self.want.table.as_of
        if not isinstance(column, str):
            return found.as_of or self.as_of
        days = [day(plain(r.cell(column)), self.frame.run.world.zone) for r in found.records if column in self.index]
        return max((d for d in days if d is not None), default=None)
