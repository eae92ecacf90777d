"""The adapter itself: a scan as one or two calls of SODA, and what the portal says of a dataset."""

import asyncio
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import quote

from adapters.base import (
    Answer,
    Capabilities,
    Column,
    ColumnType,
    Dataset,
    Op,
    Scan,
    Shape,
    Source,
    Stored,
    Support,
)
from adapters.cells import Getter, Reader, reader
from adapters.errors import Malformed, Rejected, SourceError, TooManyKeys, Unavailable
from adapters.filters import OPERATORS
from adapters.http import Http, Reply
from adapters.http.session import escaped
from adapters.options import Options
from adapters.pushdown import admit
from adapters.remembered import Remembered
from adapters.socrata.metadata import SYSTEM, SYSTEM_MOMENTS, shapes_of
from adapters.socrata.soql import NEVER, Writer, field

T = ColumnType
_MAX_ROWS = 50_000
_RANGES = frozenset({Op.LT, Op.LTE, Op.GT, Op.GTE})
_COUNT = "citygraph_count"
_NO_COLUMN = re.compile(r"No such column:? `?(:?@?\w+)", re.IGNORECASE)


def _all(operators: frozenset[Op]) -> Mapping[Op, Support]:
    return MappingProxyType(dict.fromkeys(operators, Support.EXACT))


def _capabilities(ordered_text: bool) -> Capabilities:
    """What SoQL can do. Text ranges and orders only where the collation is known."""
    filters: dict[ColumnType, Mapping[Op, Support]]
    filters = {kind: _all(operators) for kind, operators in OPERATORS.items() if kind is not T.POINT}
    if not ordered_text:
        filters[T.TEXT] = _all(OPERATORS[T.TEXT] - _RANGES)
    order = frozenset(T) - {T.POINT, T.PHONE} - (frozenset() if ordered_text else {T.TEXT})
    return Capabilities(
        filters=MappingProxyType(filters),
        any_of=True,
        key_columns=16,
        prefix_keys=True,
        order=order,
        limit=True,
        after=True,
        count=True,
        rows_per_call=_MAX_ROWS,
    )


_PLAIN, _ORDERED = _capabilities(ordered_text=False), _capabilities(ordered_text=True)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised of a dataset; see the package's options."""

    strict: bool = False
    ordered_text: bool = False
    fixed: frozenset[str] = frozenset()


def read_terms(options: Options, above: Terms | None) -> Terms:
    """The terms in a table of options, those of the source where it is silent."""
    above = above or Terms()
    return Terms(
        strict=options.flag("strict", above.strict),
        ordered_text=options.flag("ordered_text", above.ordered_text),
        fixed=above.fixed | frozenset(options.list("fixed_timestamps")),
    )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What stays the same for all scans of a dataset's columns."""

    dataset: Dataset
    writer: Writer
    select: str
    read: Reader


class SocrataAdapter:
    """An `Adapter` over one portal."""

    def __init__(self, source: Source) -> None:
        options = Options(source.options)
        self._source = source
        self._terms = read_terms(options, None)
        self._max_url = options.count("max_url", 7000, least=500)
        self._http = Http(source, options, token_header="X-App-Token")
        options.check(f"source {source.name}")
        self._prepared: Remembered[Hashable, _Prepared] = Remembered(512)
        self._as_of: tuple[str, datetime | None] = ("", None)

    # --- what it can do

    @property
    def capabilities(self) -> Capabilities:
        """All but points, telephone numbers, rows per key – and text ranges, unless promised."""
        return _ORDERED if self._terms.ordered_text else _PLAIN

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """The same, by what is promised of the dataset."""
        return _ORDERED if dataset.options.get("ordered_text", self._terms.ordered_text) is True else _PLAIN

    # --- scans

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities, `TooManyKeys` for a URL that would
        be too long; `SourceError` where the portal does not answer as it should."""
        admit(dataset, scan, self.capabilities_for(dataset))
        prepared = self._prepare(dataset, scan.columns)
        keyed = prepared.writer.keys(scan.keys) if scan.keys else ""
        if keyed == NEVER:
            return Answer(rows=[], counts=_counts(scan, {}) if scan.count else None, calls=0)
        bound = min(_MAX_ROWS, dataset.rows_per_call or _MAX_ROWS)
        calls = []
        if scan.limit != 0:
            calls.append(self._rows_call(prepared, scan, keyed, bound))
        if scan.count:
            calls.append(self._counts_call(prepared, scan, keyed))
        for call in calls:
            self._check_length(dataset, scan, call, keyed)
        replies = await self._ask(dataset, calls)
        counts = _counts(scan, self._counted(prepared, scan, replies.pop())) if scan.count else None
        rows = self._read(prepared.read, replies[0]) if replies else []
        whole = len(rows) <= bound if bound < _MAX_ROWS else len(rows) < _MAX_ROWS
        as_of = self._fresh(replies[0]) if replies else None
        return Answer(rows[:bound], counts, whole or _within(scan, bound), frozenset(), as_of, len(calls))

    def _prepare(self, dataset: Dataset, columns: tuple[str, ...]) -> _Prepared:
        """From the cache; an entry keeps its dataset, so that the id stays its own."""
        key = (id(dataset), columns)
        found = self._prepared.get(key)
        if found is None:
            terms = read_terms(Options(dataset.options), self._terms)
            writer = Writer(dataset, terms.strict, terms.fixed | SYSTEM_MOMENTS)
            found = _Prepared(dataset, writer, *_selection([dataset.columns[name] for name in columns]))
            self._prepared[key] = found
        return found

    def _rows_call(self, prepared: _Prepared, scan: Scan, keyed: str, bound: int) -> str:
        wanted = bound + 1 if scan.limit is None else min(scan.limit, bound + 1)
        parts = [f"$select={prepared.select}"]
        writer = prepared.writer
        behind = [writer.behind(scan.after, scan.order)] if scan.after else []
        parts += _where(keyed, [*map(writer.where, scan.filters), *behind])
        parts += [f"$order={escaped(writer.order(scan.order))}"] if scan.order else []
        return "&".join([*parts, f"$limit={min(wanted, _MAX_ROWS)}"])

    def _counts_call(self, prepared: _Prepared, scan: Scan, keyed: str) -> str:
        columns = [prepared.dataset.columns[name].source[0] for name in (scan.keys.columns if scan.keys else ())]
        grouped = escaped(",".join(map(field, columns)))
        select = f"{grouped},count(*)%20as%20{_COUNT}" if columns else f"count(*)%20as%20{_COUNT}"
        parts = [f"$select={select}", *_where(keyed, [prepared.writer.where(part) for part in scan.filters])]
        parts += [f"$group={grouped}"] if columns else []
        return "&".join([*parts, f"$limit={_MAX_ROWS}"])

    def _check_length(self, dataset: Dataset, scan: Scan, call: str, keyed: str) -> None:
        """Before anything is asked: how many keys would fit, where these do not."""
        size = len(call) + len(dataset.path) + 32
        if size <= self._max_url or scan.keys is None or len(scan.keys.values) == 1:
            return
        spent = len(escaped(keyed))
        room = max(1, self._max_url - (size - spent))
        fitting = max(1, len(scan.keys.values) * room // spent - 1)
        raise TooManyKeys(f"{dataset.name}: {fitting} keys make the longest URL that may be asked", fitting=fitting)

    async def _ask(self, dataset: Dataset, calls: Sequence[str]) -> list[Reply]:
        path = f"resource/{quote(dataset.path, safe='')}.json?"
        if len(calls) == 1:
            return [await self._asked(dataset, path + calls[0])]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._asked(dataset, path + call)) for call in calls]
        except* SourceError as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _asked(self, dataset: Dataset, path: str) -> Reply:
        reply = await self._http.request("GET", path, accept=_EXPLAINED, place=dataset.name)
        if reply.status == 202:
            raise Unavailable(f"{dataset.name}: the source is still preparing its answer")
        if reply.status == 400:
            raise self._refused(dataset, reply)
        return reply

    def _refused(self, dataset: Dataset, reply: Reply) -> SourceError:
        """A portal's error; with our name of a column that it lacks."""
        failure = self._http.failure(reply)
        named = _named(reply)
        for column in dataset.columns.values():
            if named and named in [source.partition(".")[0].lower() for source in column.source]:
                message = f'{dataset.name}: the source has no column for "{column.name}"'
                return Rejected(message, detail=failure.detail, column=column.name)
        return failure

    # --- answers

    def _read(self, read: Reader, reply: Reply) -> list[tuple[object, ...]]:
        rows = reply.json()
        if not isinstance(rows, list):
            if isinstance(rows, dict) and rows.get("error"):
                raise Unavailable(
                    f"{reply.place}: the source answered with an error", detail=str(rows.get("code"))[:80]
                )
            raise Malformed(f"{reply.place}: the source's answer is no list of rows")
        try:
            return read(rows)
        except AttributeError:
            raise Malformed(f"{reply.place}: the source's answer holds something else than rows") from None

    def _counted(self, prepared: _Prepared, scan: Scan, reply: Reply) -> dict[tuple[Stored, ...], int]:
        columns = [prepared.dataset.columns[name] for name in (scan.keys.columns if scan.keys else ())]
        names: list[tuple[str | Getter, Column | None]] = [(column.source[0], column) for column in columns]
        rows = self._read(reader([*names, (_COUNT, None)]), reply)
        try:
            return {row[:-1]: int(row[-1]) for row in rows}  # type: ignore[call-overload]
        except (TypeError, ValueError):
            raise Malformed(f"{reply.place}: the source's answer holds no counts") from None

    def _fresh(self, reply: Reply) -> datetime | None:
        """When the portal says that the data last changed."""
        headers = reply.headers
        text = headers.get("X-SODA2-Truth-Last-Modified") or headers.get("Last-Modified") or ""
        if text != self._as_of[0]:
            self._as_of = text, _moment(text)
        return self._as_of[1]

    # --- housekeeping

    async def describe(self, dataset: Dataset) -> Shape | None:
        """From the portal's metadata. `Rejected` where it has no such dataset."""
        path = f"api/views/{quote(dataset.path, safe='')}.json"
        view = await self._http.json("GET", path, place=dataset.name)
        columns = view.get("columns") if isinstance(view, dict) else None
        if not isinstance(columns, list):
            raise Malformed(f"{dataset.name}: the source's description has no columns")
        shapes = [shape for column in columns if isinstance(column, dict) for shape in shapes_of(column)]
        return Shape((*shapes, *SYSTEM), None, ((":id",),))

    async def ping(self) -> None:
        """Return if the portal answers."""
        await self._http.ping("api/views.json?limit=1")

    async def aclose(self) -> None:
        """Close all connections; the next scan opens new ones."""
        await self._http.aclose()


_EXPLAINED = frozenset({202, 400})


def _named(reply: Reply) -> str | None:
    """The column that a portal says it does not have."""
    try:
        told = reply.json()
    except Malformed:
        return None
    if not isinstance(told, dict) or "no-such-column" not in str(told.get("code") or told.get("errorCode")):
        return None
    data = told.get("data")
    if isinstance(data, dict) and isinstance(data.get("column"), str):
        return str(data["column"]).lower()
    match = _NO_COLUMN.search(str(told.get("message")))
    return match[1].lower() if match else None


def _where(keyed: str, tests: Sequence[str]) -> list[str]:
    found = [*([keyed] if keyed else []), *tests]
    return [f"$where={escaped(' and '.join(found))}"] if found else []


def _within(scan: Scan, bound: int) -> bool:
    return scan.limit is not None and scan.limit <= bound


def _selection(columns: Sequence[Column]) -> tuple[str, Reader]:
    """The text of `$select`, and how its rows are read; parts of fields come under names of ours."""
    names: list[str] = []
    chosen: list[str] = []
    for source in dict.fromkeys(source for column in columns for source in column.source):
        alias = source if "." not in source else f"citygraph_{len(names)}"
        names.append(alias)
        chosen.append(field(source) if alias == source else f"{field(source)} as {alias}")
    alias_of = dict(zip(dict.fromkeys(s for c in columns for s in c.source), names, strict=True))
    if all(len(column.source) == 1 for column in columns):
        return escaped(",".join(chosen) or ":id"), reader([(alias_of[c.source[0]], c) for c in columns])
    inner = reader([(alias_of[s], c) for c in columns for s in c.source])
    sizes = [len(column.source) for column in columns]
    return escaped(",".join(chosen)), lambda rows: [_paired(row, sizes) for row in inner(rows)]


def _paired(row: tuple[object, ...], sizes: Sequence[int]) -> tuple[object, ...]:
    cells: list[object] = []
    at = 0
    for size in sizes:
        cells.append(row[at] if size == 1 else row[at : at + size])
        at += size
    return tuple(cells)


def _counts(scan: Scan, found: Mapping[tuple[Stored, ...], int]) -> dict[tuple[Stored, ...], int]:
    """By every key asked, zero where no row has it."""
    return {key: found.get(key, 0) for key in (scan.keys.values if scan.keys else ((),))}


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
