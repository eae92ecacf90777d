"""Asking one dataset for all entities of a frame, in one call per key (and `keys_per_call`).

Whose the rows are, and what becomes of them, is `gateway.engine.gathering`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.base import After, Keys, OrderBy, Scan
from adapters.errors import SourceError
from adapters.filters import matcher
from gateway.engine.bindings import Asked, Binding
from gateway.engine.gathering import Gathered
from gateway.engine.grouping import Found, everybody
from gateway.engine.run import Batch, Run, Share
from gateway.engine.sharing import Pattern, Told
from gateway.engine.translating import covered as covered_by
from gateway.engine.values import Rows, source_failure
from gateway.engine.waiting import shared, together
from gateway.engine.wants import Want
from gateway.engine.ways import Way, way
from gateway.engine.withholding import Withholding, retained
from resolvers.provenance import State


async def fetch(frame: Batch, want: Want) -> Sequence[Rows]:
    """Rows for each entity of the frame, in its order. Never raises for what an agency does."""
    run = frame.run
    how = way(run, frame.place.entity, want)
    by = how.access
    failure = by.denied
    if failure is not None:
        if want.count and run.permits.counts(want.table):
            return [
                replace(rows, records=[], state=State.DENIED, failure=failure) for rows in await _count(frame, want)
            ]
        return [Rows([], State.DENIED, failure) for _ in frame.entities]
    if by.asked:
        return await _Fetch(frame, want, how).rows()
    if by.refusal is not None:
        return [Rows([], State.DENIED, by.refusal) for _ in frame.entities]
    return [Rows([]) for _ in frame.entities]


async def _count(frame: Batch, want: Want) -> list[Rows]:
    """The totals alone, for whom records may be counted and not seen; null where not all was counted."""
    counting = replace(want, first=0, after=None, mark=None, order=())
    how = way(frame.run, frame.place.entity, counting, counting=True)
    if not how.access.asked:
        return [Rows([]) for _ in frame.entities]
    rows = await _Fetch(frame, counting, how, counting=True).rows()
    return [Rows([], total=found.total if found.state in (State.OK, State.WITHHELD) else None) for found in rows]


def records_found(run: Run, want: Want, answer: Told) -> Found:
    """Rows that were not asked for by entity, as records; without those that the caller may not have,
    or that meet the conditions by what it may not see. To be called before anything else is awaited."""
    index = {name: i for i, name in enumerate(want.columns)}
    withholding = Withholding(run, want.table, index, want.filtered)
    rows: Sequence[Any] = answer.rows
    if not withholding.idle:
        rows = [told[0] for row in rows if (told := withholding.apply(row)) is not None and not told[1]]
    found = Found(want.table, want.section, index, rows, answer.fetched_at, answer.sound and withholding.idle)
    if not withholding.sorts_out:
        return found
    meets = matcher(want.filters, index)
    found.rows = [record.row for record in found if meets(tuple(record.cells().values()))]
    run.calls.keep(len(found))
    return found


class _Fetch:
    """One dataset asked for one frame, by those of its keys that the caller may see."""

    def __init__(self, frame: Batch, want: Want, how: Way, *, counting: bool = False) -> None:
        self.frame, self.want, self.how, self.counting = frame, want, how, counting
        self.by = how.access
        self.conditions = (*want.filters, *self.by.rows, *retained(frame.run, want.table))
        self.gathered = Gathered(frame, want, how, counting=counting)
        self.share = Share(frame, want.table.name) if frame.run.shares is not None else None

    async def rows(self) -> Sequence[Rows]:
        frame, want = self.frame, self.want
        covered = frame.everywhere
        if want.table.covers:
            covered = await covered_by(frame, want.table, translated=not want.direct)
        asked = self.by.asked
        authorities = frame.authorities(want.table) if self.by.typed else None
        if len(asked) == 1:
            await self._ask(asked[0], covered)
        else:
            await together([self._ask(binding, covered) for binding in asked])
        if authorities is not None:
            self.gathered.sift(await shared(authorities))
        found = self.gathered.rows(covered)
        if self.share is not None and not self.counting:
            self.share.rows = self.gathered.came()
        return found

    async def _ask(self, binding: Binding, covered: Sequence[bool]) -> None:
        name = binding.scheme.name
        frame = self.frame
        known = frame.asked(name) if self.want.direct else frame.identified(name) or await frame.identifiers(name)
        if any(known.failures):
            self.gathered.untranslated(known.failures)
        owners, memo = known.owners(covered)
        calls = binding.ask(owners, memo)
        if len(calls) == 1:
            await self._call(binding, calls[0], owners)
        else:
            await together([self._call(binding, asked, owners) for asked in calls])

    async def _call(self, binding: Binding, asked: Asked, owners: Mapping[str, Sequence[int]]) -> None:
        run, table, keys = self.frame.run, self.want.table, asked.keys
        pattern = self._pattern(keys)
        try:
            answer = await run.read(table, pattern, keys.values)
        except SourceError as error:
            self._note(owners)
            self.gathered.failed(source_failure(error, table, self.by.agency), owners)
            return
        self._note(owners)
        kept = self.gathered.take(answer, binding, asked, owners)
        if self.share is None and (self.counting or self.gathered.withholding.sorts_out):
            run.calls.keep(0 if self.counting else kept)

    def _note(self, owners: Mapping[str, Sequence[int]]) -> None:
        """Note for whom the latest call was. To be said before anything else is awaited."""
        run, share = self.frame.run, self.share
        if share is None or run.shares is None:
            return
        call = run.calls.entries.pop()
        if not share.asked:
            run.shares.append(share)
        share.asked.update(everybody(owners))
        share.milliseconds = max(share.milliseconds, call["ms"])
        share.state = call["state"] if call["state"] != "OK" else share.state

    def _pattern(self, keys: Keys) -> Pattern:
        """What is asked, but for the keys: kept with the want, where nothing of it is a caller's own."""
        want, run = self.want, self.frame.run
        if self.conditions or want.after is not None or want.mark is not None:
            return self.by.pattern(run, keys, self._scan(keys))
        what = keys.columns, keys.prefix
        found = self.how.patterns.get(what)
        if found is None:
            found = self.how.patterns[what] = self.by.pattern(run, keys, self._scan(keys))
        return found

    def _scan(self, keys: Keys) -> Scan:
        want = self.want
        if not self.by.pushed:
            return Scan(self.by.columns, keys, self.conditions)
        if want.first is None:
            return Scan(self.by.columns, keys, self.conditions, count=want.count)
        order = (*want.order, *(OrderBy(c) for c in want.key))
        mark = want.mark or (After(want.after) if want.after is not None else None)
        return Scan(self.by.columns, keys, self.conditions, order, None, want.first + 1, mark, want.count)
