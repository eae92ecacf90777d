"""The adapter itself: a scan as calls of the API, page by page, until it has what was asked."""

import asyncio
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from adapters import dates, pointers
from adapters.base import Answer, Capabilities, Dataset, Scan, Shape, Source
from adapters.errors import Malformed, SourceError, TooManyKeys, Unavailable
from adapters.filters import Cells, compares, ordered
from adapters.frozen import frozen
from adapters.http import Http, Reply
from adapters.http.session import encoded
from adapters.keys import KeyValue, plain_texts, sendable
from adapters.options import BadOptions, Options
from adapters.pushdown import admit
from adapters.remembered import Remembered
from adapters.rest.layout import KeyWay, Layout, read_layout
from adapters.rest.paging import Page, Turn, first_turn, next_turn
from adapters.rest.params import filter_params, flat, spelled
from adapters.rest.rows import Prepared, asked_for, check_columns, made_reader
from adapters.rows import row_decoder

_PLACE = re.compile(r"\{([^{}]*)\}")
_SAFE_IN_PATH = "/:@!$&'()*+,;=~%"
_EACH_PER_SCAN = 50
_MOST_PAGES = 1000

Params = tuple[tuple[str, str], ...]


@frozen
class _Call:
    """What is asked, page by page: a path and its parameters, and the key that it is for."""

    path: str
    params: Params
    key: KeyValue | None = None


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
        self._max_url = options.count("max_url", 7000, least=500)
        self._http = Http(source, options)
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
        calls = self._calls(prepared, scan)
        if not calls:
            return Answer(rows=[], counts=_counts(scan, [], []) if scan.count else None, calls=0)
        if len(calls) == 1:
            found = [whole := await self._paged(prepared, scan, calls[0], _Room(_most(scan, bound)))]
        else:
            found = await self._all(prepared, scan, calls, bound)
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
            order = tuple(by.column for by in scan.order)
            extra = dict.fromkeys((*keyed, *filtered, *order))
            names = scan.columns + tuple(name for name in extra if name not in scan.columns)
            at = {name: i for i, name in reversed(list(enumerate(names)))}
            columns = tuple(dataset.columns[name] for name in names)
            decode = row_decoder([dataset.columns[name] for name in filtered])
            key_at, filter_at = tuple(at[name] for name in keyed), tuple(at[name] for name in filtered)
            order_at = tuple(at[name] for name in order)
            ordering = layout.ordering.params(scan.order) if layout.ordering and scan.order else ()
            fixed = (*layout.params, *ordering)
            way = layout.way(keyed) if keys is not None else None
            read, first = made_reader(columns), first_turn(layout.paging, bound + 1)
            placed = key_at, filter_at, decode, order_at
            found = Prepared(dataset, layout, bound, columns, read, *placed, fixed, way, first)
            self._prepared[key] = found
        return found

    def _calls(self, prepared: Prepared, scan: Scan) -> list[_Call]:
        """What is asked; nothing where no row can be meant."""
        layout, dataset = prepared.layout, prepared.dataset
        filtered = filter_params(dataset, layout, scan.filters) if scan.filters else {}
        if filtered is None:
            return []
        fixed, way = prepared.fixed, prepared.way
        if scan.keys is None or way is None:
            return [_Call(_whole_path(layout.path), (*fixed, *flat(filtered)))]
        if way.many != "each" and not filtered and (texts := plain_texts(scan.keys)):
            return [self._together(dataset, layout, way, fixed, texts)]
        both = {param: set(filtered.pop(param)) for param in way.params if param in filtered}
        params = (*fixed, *flat(filtered))
        keys = [(key, _texts(dataset, way, key)) for key in sendable(scan.keys.values)]
        keys = [(key, texts) for key, texts in keys if _may_be(way, texts, both)]
        if way.many == "each":
            made = [self._each(layout, way, params, key, texts) for key, texts in keys]
            return [call for call in made if call is not None]
        return [self._together(dataset, layout, way, params, [texts[0] for _, texts in keys])] if keys else []

    def _each(self, layout: Layout, way: KeyWay, params: Params, key: KeyValue, texts: Sequence[str]) -> _Call | None:
        named = dict(zip(way.columns, texts, strict=True))
        path = _path(layout.path, named)
        given = tuple((param, text) for param, text in zip(way.params, texts, strict=True) if param)
        return None if path is None else _Call(path, (*params, *given), key)

    def _together(self, dataset: Dataset, layout: Layout, way: KeyWay, params: Params, texts: list[str]) -> _Call:
        name, joined = way.params[0], ",".join(texts)
        keyed = [(name, joined)] if way.many == "comma" else [(name, text) for text in texts]
        widest = 3 if joined.isascii() and name.isascii() else 12
        if widest * (len(joined) + len(keyed) * (len(name) + 2)) > self._max_url // 2 and len(texts) > 1:
            size = len(encoded(keyed))
            room = self._max_url - len(self._http.url(_whole_path(layout.path), params))
            self._check_length(dataset, texts, size, room)
        return _Call(_whole_path(layout.path), (*params, *keyed))

    def _check_length(self, dataset: Dataset, texts: Sequence[str], size: int, room: int) -> None:
        """Before anything is asked: how many keys would fit, where these do not."""
        if size > room:
            fitting = max(1, len(texts) * max(room, 0) // size)
            message = f"{dataset.name}: {fitting} keys make the longest URL that may be asked"
            raise TooManyKeys(message, fitting=min(fitting, len(texts) - 1))

    async def _all(self, prepared: Prepared, scan: Scan, calls: Sequence[_Call], bound: int) -> list[_Found]:
        most = _most(scan, bound)
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

    async def _slotted(self, prepared: Prepared, scan: Scan, call: _Call, room: _Room) -> _Found:
        async with self._slots:
            return await self._paged(prepared, scan, call, room)

    # --- pages

    async def _paged(self, prepared: Prepared, scan: Scan, call: _Call, room: _Room) -> _Found:
        """Pages, until there are no more or enough rows of all calls together."""
        layout, found = prepared.layout, _Found([])
        wanted = asked_for(prepared, scan)
        turn: Turn | None = prepared.first if room.left > prepared.bound else first_turn(layout.paging, room.left)
        seen: set[Turn] = set()
        while turn is not None:
            if seen and (turn in seen or len(seen) >= _MOST_PAGES):
                raise Malformed(f"{prepared.dataset.name}: the source's pages lead round in circles")
            page = await self._page(prepared, call, turn)
            found.calls += 1
            found.total = page.total if found.total is None else found.total
            found.as_of = found.as_of or page.as_of
            if scan.limit == 0:
                break
            rows = wanted(self._rows(prepared, page))
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

    async def _page(self, prepared: Prepared, call: _Call, turn: Turn) -> Page:
        dataset, layout = prepared.dataset, prepared.layout
        path, params = (turn.url, ()) if turn.url else (call.path, (*call.params, *turn.params))
        reply = await self._http.request("GET", path, params=params, accept=layout.empty, place=dataset.name)
        if reply.status in layout.empty:
            return Page([], reply, total=0)
        document = reply.json()
        self._check_error(layout, reply, document)
        rows = layout.rows(document)
        if rows is pointers.MISSING:
            raise Malformed(f"{dataset.name}: the source's answer has no rows where they were declared")
        listed = rows if isinstance(rows, list) else [] if rows is None else [rows]
        return Page(listed, reply, document, _total(layout, reply, document), _as_of(layout, document))

    def _check_error(self, layout: Layout, reply: Reply, document: Any) -> None:
        if layout.error is None:
            return
        told = layout.error(document)
        if told is not pointers.MISSING and told not in (None, False, "", [], {}):
            raise Unavailable(f"{reply.place}: the source answered with an error", detail=str(told)[:200])

    def _rows(self, prepared: Prepared, page: Page) -> list[tuple[object, ...]]:
        name = prepared.dataset.name
        try:
            rows = prepared.read(page.rows)
        except AttributeError:
            raise Malformed(f"{name}: the source's answer holds something else than rows") from None
        if rows and not prepared.layout.sparse:
            check_columns(prepared, rows, page.rows)
        return rows

    # --- housekeeping

    async def describe(self, dataset: Dataset) -> Shape | None:
        """None: an API says nothing of itself. `Rejected` where it has no such resource."""
        layout = self._layout(dataset)[1]
        if not _PLACE.search(layout.path):
            prepared = self._prepare(dataset, layout, self._layout(dataset)[2], Scan(()))
            await self._page(prepared, _Call(_whole_path(layout.path), layout.params), first_turn(layout.paging, 1))
        return None

    async def ping(self) -> None:
        """Return if the API answers."""
        await self._http.ping()

    async def aclose(self) -> None:
        """Close all connections; the next scan opens new ones."""
        await self._http.aclose()


def _most(scan: Scan, bound: int) -> int:
    """How many rows a scan is read for: one more than it may have tells that there are too many."""
    most = bound + 1 if scan.limit is None else min(scan.limit, bound + 1)
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


def _texts(dataset: Dataset, way: KeyWay, key: KeyValue) -> list[str]:
    return [spelled(dataset.columns[name], value) for name, value in zip(way.columns, key, strict=True)]


def _may_be(way: KeyWay, texts: Sequence[str], both: Mapping[str, set[str]]) -> bool:
    """Whether a key can be asked, and is among what filters by the same parameters leave."""
    pairs = list(zip(way.params, texts, strict=True))
    return all(text or param for param, text in pairs) and all(
        text in both.get(param, (text,)) for param, text in pairs
    )


def _path(template: str, named: Mapping[str, str]) -> str | None:
    """The path with values in it; None for values that no path can hold."""
    if any(value in (".", "..") for value in named.values()):
        return None
    parts = _PLACE.split(template)
    spelled = [
        quote(named[part], safe="") if at % 2 else quote(part, safe=_SAFE_IN_PATH) for at, part in enumerate(parts)
    ]
    return "".join(spelled)


@lru_cache(512)
def _whole_path(template: str) -> str:
    """The path where no value goes into it."""
    return _path(template, {}) or ""


def _total(layout: Layout, reply: Reply, document: Any) -> int | None:
    if layout.total_header is not None:
        text = reply.headers.get(layout.total_header, "")
        return int(text) if text.isascii() and text.isdigit() else None
    found = layout.total(document) if layout.total else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _as_of(layout: Layout, document: Any) -> datetime | None:
    """When the data was last changed, where the answer says so in ISO 8601 or seconds since 1970."""
    found = layout.as_of(document) if layout.as_of else None
    try:
        if isinstance(found, str):
            moment = dates.iso_datetime(found)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(found, UTC) if isinstance(found, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None


def _counts(scan: Scan, calls: Sequence[_Call], found: Sequence[_Found]) -> dict[KeyValue, int]:
    """By every key asked, zero where none could be asked."""
    if scan.keys is None:
        return {(): sum(each.total or 0 for each in found)}
    totals = {call.key: each.total or 0 for call, each in zip(calls, found, strict=True)}
    return {key: totals.get(key, 0) for key in scan.keys.values}
