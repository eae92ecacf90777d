"""`findAddresses`: entities of a register by what the register says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

from adapters.base import After, Filter, OrderBy, Scan
from adapters.errors import SourceError
from gateway.engine import facts
from gateway.engine.arguments import Denied, Refusal, cursor_position, first_of, order_of, where_of
from gateway.engine.bindings import Binding
from gateway.engine.carrying import at_hand, columns_of, found_with
from gateway.engine.fetching import records_found
from gateway.engine.filters import filter_columns
from gateway.engine.frames import open_frame
from gateway.engine.gathering import malformed
from gateway.engine.grouping import Found, Kind, Row
from gateway.engine.ordering import plain, position
from gateway.engine.plan import Place, RecordPlan, RootPlan
from gateway.engine.restricting import told, untold
from gateway.engine.run import Run, denied
from gateway.engine.sharing import Told
from gateway.engine.values import Bare, Edge, Failure, Identified, Page, PartState, RecordValue, Rows, source_failure
from gateway.engine.wants import Want
from gateway.engine.withholding import confidential, narrowing, needed
from resolvers.city import Table
from resolvers.linking import Reason
from resolvers.names import camel
from resolvers.provenance import State


@dataclass(frozen=True, slots=True)
class _Wish:
    first: int
    filters: tuple[Filter, ...]
    order: tuple[OrderBy, ...]
    after: Any
    spec: str


async def find(run: Run, root: RootPlan) -> Page | Failure:
    """A page of entities whose row in the register meets the conditions."""
    meaning: Any = root.selected.meaning
    table = run.world.city.tables[meaning.dataset]
    denial = run.permits.table(table)
    if denial is not None:
        return denied(denial, run.world.agency(table), table.name)
    binding = next(iter(told(run, table, meaning.entity)), None)
    if binding is None:
        return untold(run, table, meaning.entity)  # type: ignore[return-value]
    wish = _wish(run, root, table)
    along = list(found_with(run, root, table))
    page, found = await _page(run, root, table, binding, wish, along)
    targets = _once(targets_of(page.edges))
    brought = {id(place): _brought(record, binding, targets, found) for place, record in along}
    for holder, place in root.places:
        await open_frame(run, holder, place, targets, at_hand=brought.get(id(place)))
    return page


def _brought(
    record: RecordPlan, binding: Binding, targets: Sequence[Identified], found: "_Brought | None"
) -> dict[str, Sequence[Rows]] | None:
    """The rows of a section that came with what was found; None where some did not."""
    rows = found.of(targets) if found is not None else None
    if found is None or rows is None:
        return None
    kind = Kind(record.table, record.section, found.columns, binding.scheme.level, record.key)
    return {record.table.name: at_hand(kind, targets, rows, found.fetched_at, sound=found.sound)}


@dataclass(frozen=True, slots=True)
class _Brought:
    """The rows that tell of whom was found, with whom they tell of."""

    targets: Sequence[Identified]
    rows: Sequence[Row]
    columns: Mapping[str, int]
    fetched_at: datetime
    sound: bool

    def of(self, targets: Sequence[Identified]) -> Sequence[Row] | None:
        """The rows of these; None where some have none."""
        if targets == self.targets:
            return self.rows
        known = dict(zip(self.targets, self.rows, strict=True))
        return [known[target] for target in targets] if known.keys() >= set(targets) else None


def _once(targets: Sequence[Identified]) -> list[Identified]:
    """Everybody once, in the order in which they come first."""
    once = dict.fromkeys(targets)
    return [*targets] if len(once) == len(targets) else [*once]


class _Named(NamedTuple):
    """Whom the rows with a valid identifier tell of, and where these rows are."""

    targets: Sequence[Identified]
    at: Sequence[int]

    def first(self, number: int) -> "_Named":
        """So many of them."""
        return _Named(self.targets[:number], self.at[:number])

    def rows(self, found: Found) -> Sequence[Row]:
        """Their rows."""
        rows = found.rows
        return rows[: len(self.at)] if self.at == range(len(self.at)) else [rows[at] for at in self.at]


def _wish(run: Run, root: RootPlan, table: Table) -> _Wish:
    arguments = root.selected.arguments(run.variables)
    names = run.world.schema.inputs["AddressWhere"]
    filters = where_of(run, table, arguments, names)
    order = order_of(run, arguments, names, table)
    compared = {*(c for f in filters for c in filter_columns(f)), *(by.column for by in order)}
    for column in sorted(compared):
        if run.permits.persons(table, column) is not None:
            raise Denied(run.denied_persons(table, column))
    secret = {c for withheld in table.withheld for c in withheld.columns} & compared
    if secret or any(not withheld.columns for withheld in table.withheld):
        what = ", ".join(sorted(secret)) or "whole records"
        raise Refusal("WITHHELD", f"{table.name} withholds {what} of some rows: it can't be searched by that.")
    spec = "find:" + ",".join(f"{by.column}{'-' if by.descending else '+'}" for by in order)
    return _Wish(first_of(run, arguments), filters, order, cursor_position(run, arguments, spec), spec)


async def _page(
    run: Run,
    root: RootPlan,
    table: Table,
    binding: Binding,
    wish: _Wish,
    along: Sequence[tuple[Place, RecordPlan]],
) -> tuple[Page, _Brought | None]:
    """The page, and the rows by whom they tell of where their sections may have them."""
    key = _key(run, table, binding)
    wanted = dict.fromkeys((*binding.key.reads, *key, *(by.column for by in wish.order)))
    wanted.update(dict.fromkeys(c for f in wish.filters for c in filter_columns(f)))
    wanted |= needed(run, table)
    for place, record in along:
        wanted |= dict.fromkeys(columns_of(run, place, record))
    few = table.protect is not None and table.protect.min_count is not None
    sorted_out = not run.world.restrictions.empty  # rows that no agency can leave out of its count
    counted = root.wish is not None and root.wish.counted and not few and not sorted_out
    scan = Scan(
        tuple(wanted),
        filters=(*wish.filters, *narrowing(run, table)),
        order=(*wish.order, *(OrderBy(c) for c in key)),
        limit=wish.first + 1,
        after=After(wish.after) if wish.after is not None else None,
        count=counted,
    )
    try:
        answer, found = await _read(run, table, scan, wish, key)
    except SourceError as error:
        failure = source_failure(error, table, run.world.agency(table))
        part = PartState(root.selected.name, table, State.UNAVAILABLE, failure=failure)
        return Page([], [part], wish.spec, shown=False, failure=failure), None
    named = _named(found, binding).first(wish.first)
    lacking = malformed(answer, table, run.world.agency(table))
    whole = answer.complete and not lacking
    state = State.OK if whole and not run.permits.rows(table) else State.PARTIAL
    part = PartState(root.selected.name, table, state, _now(found), failure=next(iter(lacking), None))
    total = answer.counts.get(()) if answer.counts is not None and whole else None
    page = Page(
        _edges(run, root, named, found, wish, key),
        [part],
        wish.spec,
        has_next=len(found if sorted_out else answer.rows) > wish.first,
        has_previous=wish.after is not None,
        total=total,
    )
    clean = whole and answer.as_of is None
    if not clean or not along:
        return page, None
    return page, _Brought(named.targets, named.rows(found), found.columns, found.fetched_at, found.sound)


def _key(run: Run, table: Table, binding: Binding) -> tuple[str, ...]:
    """The columns that tell rows apart and that cursors are made of: those that hide nothing."""
    hidden = run.permits.hidden(table) | confidential(run, table)
    return table.dataset.id if table.dataset.id and hidden.isdisjoint(table.dataset.id) else binding.key.reads


async def _read(run: Run, table: Table, scan: Scan, wish: _Wish, key: tuple[str, ...]) -> tuple[Told, Found]:
    """What the register answers, and the records of it that the caller may have; asked on until a
    page is full where some of them are sorted out here. Raises `SourceError`."""
    want = Want(table, scan.columns, key=key, filters=wish.filters)
    answer = await run.scan(table, scan)
    found = records_found(run, want, answer)
    index = [scan.columns.index(column) for column in (*(by.column for by in wish.order), *key)]
    last = answer
    while not run.world.restrictions.empty and len(found) <= wish.first < len(last.rows):
        behind = After(tuple(last.rows[-1][at] for at in index))  # type: ignore[misc]
        last = await run.scan(table, replace(scan, after=behind))
        found.rows = [*found.rows, *records_found(run, want, last).rows]
        run.calls.join(len(found))
    return answer, found


def _now(found: Found) -> Any:
    return found.fetched_at if found.rows else None


def targets_of(edges: Sequence[Edge]) -> Sequence[Identified]:
    """Whom the edges of a find lead to."""
    return edges.targets if isinstance(edges, Bare) else [edge.node for edge in edges]


def _named(found: Found, binding: Binding) -> _Named:
    scheme, identifiers = binding.scheme.name, binding.read_each(found.rows, found.columns)
    known = [identifier for identifier in identifiers if identifier is not None]
    at: Sequence[int] = range(len(known))
    if len(known) < len(identifiers):
        at = [i for i, identifier in enumerate(identifiers) if identifier is not None]
    return _Named([*zip(repeat(scheme), known)], at)


def _edges(
    run: Run,
    root: RootPlan,
    named: _Named,
    found: Found,
    wish: _Wish,
    key: Sequence[str],
) -> Sequence[Edge]:
    """An edge for every record, with what is asked of it."""
    placed, reasoned = root.wish is not None and root.wish.placed, root.wish is not None and root.wish.reasoned
    if not placed and not reasoned:
        return Bare(named.targets)
    edges, names = [Edge(target, ()) for target in named.targets], _names(run, wish) if reasoned else {}
    for edge, at in zip(edges, named.at, strict=True):
        record = found[at]
        if placed:
            record.key = tuple(plain(record.cell(column)) for column in key)
            edge.position = position(record, wish.order)
        if reasoned:
            edge.reasons = _reasons(run, record, names)
    return edges


def _names(run: Run, wish: _Wish) -> dict[str, str]:
    """The columns of the conditions under the names that callers know."""
    names = {column: name for name, column in run.world.schema.inputs["AddressWhere"].items()}
    compared = dict.fromkeys(c for f in wish.filters for c in filter_columns(f))
    return {column: names.get(column, camel(column)) for column in compared}


def _reasons(run: Run, record: RecordValue, names: Mapping[str, str]) -> tuple[Reason, ...]:
    """The values that met the conditions."""
    source = facts.record_source(run, record)
    values = {name: plain(record.cell(column)) for column, name in names.items()}
    return tuple(
        Reason(field=name, value=None if value is None else str(value), source=source) for name, value in values.items()
    )
