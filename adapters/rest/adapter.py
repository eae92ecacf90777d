"""The adapter itself: a scan as calls of the API, page by page, until it has what was asked."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.base import Answer, Capabilities, Dataset, Scan, Shape, Source
from adapters.errors import Malformed, SourceError
from adapters.filters import Cells, compares, ordered
from adapters.http import Http
from adapters.keys import KeyValue
from adapters.options import BadOptions, Options
from adapters.pushdown import admit
from adapters.remembered import Remembered
from adapters.rest import paths
from adapters.rest.calls import Call, Calls
from adapters.rest.layout import Layout, read_layout
from adapters.rest.paging import Page, Turn, first_turn, next_turn
from adapters.rest.prepared import Prepared, prepare
from adapters.rest.replies import read_page
from adapters.rest.rows import asked_for, read_rows
from adapters.rows import row_decoder

_EACH_PER_SCAN = 50
_MOST_PAGES = 1000


@dataclass(slots=True)
class _Found:
    """What came of a call."""

    rows: list[tuple[object, ...]]
    total: int | None = None
    complete: bool = True
    calls: int = 0
    as_of: datetime | None = None


@dataclass(slots=True)
class _Room:
    """How many more rows the calls of one scan may bring together."""

    left: int


class RestAdapter:
    """An `Adapter` over one API; what it can do differs by dataset (`capabilities_for`)."""

    def __init__(self, source: Source) -> None:
        options = Options(source.options)
        self._source = source
        max_url = options.count("max_url", 7000, least=500)
        self._http = Http(source, options)
        self._calls = Calls(self._http, max_url)
        options.check(f"source {source.name}")
        self._slots = asyncio.Semaphore(source.concurrency)
        self._layouts: Remembered[int, tuple[Dataset, Layout, Capabilities]] = Remembered(512)
        self._prepared: Remembered[Hashable, Prepared] = Remembered(512)

    @property
    def capabilities(self) -> Capabilities:
        """Of an API of which nothing is declared."""
        return Capabilities(key_columns=0, limit=True)

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """As the dataset's options declare. `BadOptions` where they can't be read."""
        return self._layout(dataset)[2]

    def _layout(self, dataset: Dataset) -> tuple[Dataset, Layout, Capabilities]:
        """From the cache; an entry keeps its dataset, so that the id stays its own."""
        found = self._layouts.get(id(dataset))
        if found is None:
            layout, mistakes = read_layout(dataset)
            if mistakes:
                raise BadOptions(dataset.name, mistakes)
            each = any(way.many == "each" for way in layout.keys)
            keys_per_call = _EACH_PER_SCAN if each else self._source.keys_per_call
            found = dataset, layout, layout.capabilities(dataset, keys_per_call)
            self._layouts[id(dataset)] = found
        return found

    # --- scans

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities, `TooManyKeys` for a URL that would
        be too long; `SourceError` where the API does not answer as it should."""
        _, layout, capabilities = self._layout(dataset)
        prepared = self._prepare(dataset, layout, capabilities, scan)
        bound = prepared.bound
        calls = self._calls.of(prepared, scan)
        if not calls:
            return Answer(rows=[], counts=_counts(scan, [], []) if scan.count else None, calls=0)
        if len(calls) == 1:
            found = [whole := await self._paged(prepared, scan, calls[0], _Room(_most(prepared, scan)))]
        else:
            found = await self._all(prepared, scan, calls)
            whole = _merged(prepared, scan, found)
        rows, width = whole.rows, len(scan.columns)
        if len(prepared.columns) > width:
            rows = [row[:width] for row in rows]
        wanted = bound if scan.limit is None else min(scan.limit, bound)
        enough = scan.limit is not None and scan.limit <= min(len(rows), bound)
        return Answer(
            rows if len(rows) <= wanted else rows[:wanted],
            _counts(scan, calls, found) if scan.count else None,
            enough or (len(rows) <= bound and whole.complete),
            as_of=whole.as_of,
            calls=whole.calls,
        )

    def _prepare(self, dataset: Dataset, layout: Layout, capabilities: Capabilities, scan: Scan) -> Prepared:
        """From the cache; an entry keeps its dataset, so that the id stays its own. `Refused` outside the
        capabilities: where conditions' values matter each scan is looked at."""
        keys = scan.keys
        keyed, prefix = (keys.columns, keys.prefix) if keys is not None else ((), False)
        filtered: tuple[str, ...] = ()
        if scan.filters:
            filtered = tuple(dict.fromkeys(compare.column for part in scan.filters for compare in compares(part)))
        bounds = scan.limit is None, scan.per_key is None, scan.count
        key = (id(dataset), scan.columns, keyed, prefix, filtered, scan.order, bounds)
        found = self._prepared.get(key)
        if found is None or scan.filters or scan.after is not None or scan.limit == 0:
            admit(dataset, scan, capabilities)
        if found is None:
            bound = min(capabilities.rows_per_call, dataset.rows_per_call or capabilities.rows_per_call)
            found = prepare(dataset, layout, bound, scan, filtered)
            self._prepared[key] = found
        return found

    async def _all(self, prepared: Prepared, scan: Scan, calls: Sequence[Call]) -> list[_Found]:
        most = _most(prepared, scan)
        alone = bool(scan.order) or scan.per_key is not None  # each call has to bring its own first rows
        room = _Room(most)
        rooms = [_Room(most) if alone else room for _ in calls]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._slotted(prepared, scan, *each)) for each in zip(calls, rooms, strict=True)
                ]
        except* SourceError as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _slotted(self, prepared: Prepared, scan: Scan, call: Call, room: _Room) -> _Found:
        async with self._slots:
            return await self._paged(prepared, scan, call, room)

    # --- pages

    async def _paged(self, prepared: Prepared, scan: Scan, call: Call, room: _Room) -> _Found:
        """Pages, until there are no more or enough rows of all calls together."""
        layout, found = prepared.layout, _Found([])
        wanted = asked_for(prepared, scan)
        turn: Turn | None = prepared.first if room.left > prepared.bound else first_turn(layout.paging, room.left)
        seen: set[Turn] = set()
        while turn is not None:
            if seen and (turn in seen or len(seen) >= _MOST_PAGES):
                raise Malformed(f"{prepared.dataset.name}: the source's pages lead round in circles")
            page = await self._page(prepared.dataset, layout, call, turn)
            found.calls += 1
            found.total = page.total if found.total is None else found.total
            found.as_of = found.as_of or page.as_of
            if scan.limit == 0:
                break
            rows = wanted(read_rows(prepared, page.rows))
            found.rows += rows
            room.left -= len(rows)
            following = next_turn(layout.paging, turn, page)
            if following is not None:
                seen.add(turn)
            turn = following
            if room.left <= 0:
                found.complete = turn is None or (scan.per_key is not None and len(found.rows) >= scan.per_key)
                break
        if scan.per_key is not None:
            del found.rows[scan.per_key :]
        if scan.count and found.total is None:
            raise Malformed(f"{prepared.dataset.name}: the source's answer lacks its total")
        return found

    async def _page(self, dataset: Dataset, layout: Layout, call: Call, turn: Turn) -> Page:
        path, params = (turn.url, ()) if turn.url else (call.path, (*call.params, *turn.params))
        reply = await self._http.request("GET", path, params=params, accept=layout.empty, place=dataset.name)
        return read_page(layout, reply)

    # --- housekeeping

    async def describe(self, dataset: Dataset) -> Shape | None:
        """None: an API says nothing of itself. `Rejected` where it has no such resource; what is only asked by
        key is not asked."""
        _, layout, capabilities = self._layout(dataset)
        if not capabilities.requires_key and not dataset.requires_key:
            call = Call(paths.whole(layout.path), layout.params)
            await self._page(dataset, layout, call, first_turn(layout.paging, 1))
        return None

    async def ping(self) -> None:
        """Return if the API answers."""
        await self._http.ping()

    async def aclose(self) -> None:
        """Close all connections; the next scan opens new ones."""
        await self._http.aclose()


def _most(prepared: Prepared, scan: Scan) -> int:
    """How many rows a scan is read for: one more than it may have tells that there are too many."""
    most = prepared.bound + 1 if scan.limit is None else min(scan.limit, prepared.bound + 1)
    return most if scan.per_key is None else min(most, scan.per_key)


def _merged(prepared: Prepared, scan: Scan, found: Sequence[_Found]) -> _Found:
    """What came of several calls, each in order, as one."""
    times = [each.as_of for each in found if each.as_of is not None]
    rows = [row for each in found for row in each.rows]
    whole, calls = all(each.complete for each in found), sum(each.calls for each in found)
    return _Found(_ordered(prepared, scan, rows), None, whole, calls, min(times, default=None))


def _ordered(prepared: Prepared, scan: Scan, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    if not scan.order:
        return rows
    at = prepared.ordered
    cells = row_decoder([prepared.columns[i] for i in at])([tuple([row[i] for i in at]) for row in rows])
    index = {by.column: place for place, by in enumerate(scan.order)}
    placed: list[Cells] = ordered([(*key, row) for key, row in zip(cells, rows, strict=True)], scan.order, index)
    return [cell[-1] for cell in placed]


def _counts(scan: Scan, calls: Sequence[Call], found: Sequence[_Found]) -> dict[KeyValue, int]:
    """By every key asked, zero where none could be asked."""
    if scan.keys is None:
        return {(): sum(each.total or 0 for each in found)}
    totals = {call.key: each.total or 0 for call, each in zip(calls, found, strict=True)}
    return {key: totals.get(key, 0) for key in scan.keys.values}
