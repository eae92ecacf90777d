"""The agreements that are in force, bound to the edition of the city that is served.

`of` is a look-up in memory. What changes is taken in by `load` (the store's `Watch` calls it, or
`following` for files) and by `bind` (a new edition of the city). Nothing that can't be read widens
anything: a changed file with problems leaves what was in force before, an agreement whose newest
version can't be read is not in force, and what the city no longer has lapses; all of it is logged.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from operator import itemgetter
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gateway.catalogue.documents import Document
from gateway.catalogue.problems import Problem, Report
from gateway.policy.agreements.binding import bind
from gateway.policy.agreements.grammar import AgreementFile
from gateway.policy.agreements.origin import Origin, Written, document
from gateway.policy.days import Days
from gateway.policy.terms import Agreement
from resolvers.city import City

log = logging.getLogger(__name__)

_Lines = Mapping[str, tuple[Agreement | None, ...]]
"""The versions of each agreement, the newest first; None for one that can't be read."""


def _now() -> datetime:
    return datetime.now(UTC)


class Agreements:
    """Every agreement of an origin. `load` before the first use; `clock` gives the moment in UTC."""

    def __init__(self, origin: Origin, city: City, clock: Callable[[], datetime] = _now) -> None:
        self._origin = origin
        self._city = city
        self._clock = clock
        self._days = Days(ZoneInfo(city.time_zone))
        self._read: Mapping[Written, Document[AgreementFile] | None] = {}
        self._lines: _Lines = MappingProxyType({})
        self._bound: dict[Written, tuple[Agreement, tuple[Problem, ...]]] = {}
        self._unread: tuple[Problem, ...] = ()
        self._told: frozenset[Problem] = frozenset()
        self._loading = asyncio.Lock()

    def of(self, id: str) -> Agreement | None:
        """The newest version that has begun, whether it still holds or not (`Agreement.in_force`);
        of one that has not begun the first. None for an unknown one."""
        line = self._lines.get(id, ())
        if len(line) > 1:
            today = self.today()
            for each in line:
                if each is None or each.starts <= today:
                    return each
        return line[-1] if line else None

    def version(self, id: str, version: int) -> Agreement | None:
        """A version that is known, in force or not: what the record of look-ups names."""
        return next((each for each in self._lines.get(id, ()) if each and each.version == version), None)

    def all(self) -> tuple[Agreement, ...]:
        """What `of` gives, for every agreement, by id."""
        found = [self.of(id) for id in sorted(self._lines)]
        return tuple(each for each in found if each is not None)

    def today(self) -> date:
        """The day that it is in the city."""
        return self._days.of(self._clock()).date

    async def load(self) -> tuple[Problem, ...]:
        """Take in what the origin says now. Raises what the origin raises (`StoreError`)."""
        async with self._loading:
            report = Report()
            written = await self._origin.read(report)
            self._read = await asyncio.to_thread(_documents, written, self._read, report)
            self._unread = report.problems
            return self._bind()

    def bind(self, city: City) -> tuple[Problem, ...]:
        """Hold for another edition of the city; what it lacks is in the problems."""
        self._city, self._days = city, Days(ZoneInfo(city.time_zone))
        self._bound.clear()
        return self._bind()

    def _bind(self) -> tuple[Problem, ...]:
        report = Report(dict.fromkeys(self._unread))
        lines: dict[str, list[tuple[int, Agreement | None]]] = {}
        bound = {written: self._hold(written, read) for written, read in self._read.items() if read is not None}
        for written in self._read:
            agreement, problems = bound.get(written, (None, ()))
            for problem in problems:
                report.add(problem)
            number = written.version or (agreement.version if agreement else 0)
            lines.setdefault(written.id, []).append((number, agreement))
        self._bound = bound
        self._lines = MappingProxyType({id: tuple(map(itemgetter(1), _newest_first(lines[id]))) for id in lines})
        self._tell(report.problems)
        return report.problems

    def _hold(self, written: Written, read: Document[AgreementFile]) -> tuple[Agreement, tuple[Problem, ...]]:
        """The terms for this edition of the city, which are worked out once."""
        if written not in self._bound:
            report = Report()
            return bind(replace(read, report=report), self._city), report.problems
        return self._bound[written]

    def _tell(self, problems: Iterable[Problem]) -> None:
        """Each problem once, for as long as it is there."""
        found = frozenset(each for each in problems if each.severity == "error")
        for problem in sorted(found - self._told, key=lambda each: (each.file, each.line)):
            log.error("agreements: %s", problem)
        self._told = found


def _newest_first(line: Iterable[tuple[int, Agreement | None]]) -> list[tuple[int, Agreement | None]]:
    return sorted(line, key=itemgetter(0), reverse=True)


def _documents(
    written: Iterable[Written], before: Mapping[Written, Document[AgreementFile] | None], report: Report
) -> Mapping[Written, Document[AgreementFile] | None]:
    """What each text says; None for one with problems, where no former text of a file stands in."""
    found: dict[Written, Document[AgreementFile] | None] = {}
    for each in written:
        read = before.get(each) or _document(each, report)
        former = [old for old in before if old.id == each.id and before[old]] if each.version is None else []
        if read is None and former:
            found[former[0]] = before[former[0]]
        else:
            found[each] = read
    return MappingProxyType(found)


def _document(written: Written, report: Report) -> Document[AgreementFile] | None:
    """What a text says; None unless all of it fits the grammar: what is left out may be a limit."""
    own = Report()
    read = document(written, own)
    for problem in own.problems:
        report.add(problem)
    return None if own.problems else read
