"""A register read from beginning to end: page by page where its source can start behind a row.

Only the columns of its identifiers and of its addresses are asked for. A source that can't page
is asked once for all of it, which it may cut: then nothing is known, rather than a part.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from adapters.base import After, Cell, OrderBy, Scan
from adapters.errors import SourceError
from adapters.pushdown import negotiate
from gateway.engine.bindings import Binding
from gateway.engine.ordering import plain
from gateway.engine.sharing import Turn
from gateway.engine.sources import Sources
from gateway.engine.values import Calls
from resolvers.city import Table
from resolvers.identity.address_keys import read_parts
from resolvers.identity.addresses import AddressParts
from resolvers.identity.registers import AddressIndex

PAGE = 5_000
"""Rows of one call."""
_LONGEST = 600.0  # seconds of a call; the source's own time-out is shorter
MOST_ROWS = 5_000_000
"""Rows of one register; more are refused."""
_SLICE = 0.005
"""Seconds of reading after which requests have their turn for as long."""

Row = Sequence[Cell]


class TooLarge(SourceError):
    """The register can't be read as a whole."""

    code = "TOO_LARGE"


async def read_index(
    sources: Sources, table: Table, bindings: Sequence[Binding], turn: Turn, page: int = PAGE
) -> tuple[AddressIndex, int]:
    """The addresses of a register under its identifiers, and how many rows it has; read by `page` rows
    a call. Raises `SourceError`."""
    columns = tuple(dict.fromkeys(column for binding in bindings for column in binding.key.reads))
    index, rows, begun = AddressIndex(bindings[0].locale), 0, time.monotonic()
    async for part in _pages(sources, table, columns, turn, page):
        rows += len(part)
        for row in part:
            _add(index, dict(zip(columns, row, strict=False)), bindings)
            if time.monotonic() - begun > _SLICE:
                await asyncio.sleep(_SLICE)
                begun = time.monotonic()
    return index, rows


def _add(index: AddressIndex, cells: dict[str, Cell], bindings: Sequence[Binding]) -> None:
    """One row: the first identifier that is valid in it, at the address that it has."""
    found = next(((b.scheme.name, value) for b in bindings if (value := b.read(cells)) is not None), None)
    if found is None:
        return
    for binding in bindings:
        parts = _parts(binding, cells)
        if parts is not None and binding.locale.covers(parts):
            index.add(":".join(found), parts)


def _parts(binding: Binding, cells: dict[str, Cell]) -> AddressParts | None:
    if binding.key.address is None:
        return None
    return read_parts(binding.key.address, {name: plain(cell) for name, cell in cells.items()}, binding.locale)


async def _pages(
    sources: Sources, table: Table, columns: tuple[str, ...], turn: Turn, size: int
) -> AsyncIterator[Sequence[Row]]:
    order = _order(sources, table, columns)
    wanted = tuple(dict.fromkeys((*columns, *order)))
    if not order:
        yield await _ask(sources, table, Scan(wanted), turn)
        return
    by, read, after = tuple(OrderBy(column) for column in order), 0, None
    while True:
        rows = await _ask(sources, table, Scan(wanted, order=by, limit=size, after=after), turn)
        yield rows
        read += len(rows)
        if len(rows) < size:
            return
        if read >= MOST_ROWS:
            raise TooLarge(f"it has more than {MOST_ROWS:,} rows")
        after = After(tuple(plain(rows[-1][wanted.index(column)]) for column in order))


def _order(sources: Sources, table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to go by: unique ids, else all that is read, for of equal rows one is enough. None
    where the source would have to be read as a whole for every page."""
    dataset, capabilities = table.dataset, sources.capabilities(table.dataset)
    public = all(dataset.columns[column].public for column in dataset.id)
    for order in ((dataset.id,) if public else ()) + (columns,):
        scan = Scan(columns, order=tuple(OrderBy(column) for column in order), limit=1)
        if order and capabilities.after and negotiate(dataset, scan, capabilities).left.limit is None:
            return order
    return ()


async def _ask(sources: Sources, table: Table, scan: Scan, turn: Turn) -> Sequence[Row]:
    answer = await sources.read(table, sources.pattern(table, scan), (), time.monotonic() + _LONGEST, Calls(), turn)
    if not answer.complete:
        raise TooLarge("its source gives a part of it only; columns by which it can be paged (id) must not be cleaned")
    return answer.rows  # type: ignore[return-value]
