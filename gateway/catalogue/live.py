"""Whether agencies' sources are as the files declare them: the questions of `check --live`.

A source's own description (`Adapter.describe`) is compared first, then a sample of rows is read.
No message quotes a value of a row.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from adapters.base import Adapter, Column, ColumnShape, Damaged, Dataset, Scan, Shape
from adapters.errors import Refused, SourceError
from adapters.kinds import open_adapter
from adapters.reading import read
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Spot
from gateway.catalogue.files import Parts
from gateway.catalogue.problems import nearest
from resolvers.city import City, Key

SAMPLE = 200
"""Rows of each dataset that are read to see whether they fit the declared types."""


def sources_of(city: City, agencies: Collection[str]) -> Sequence[str]:
    """The names of these agencies' sources; of all sources where no agency is named."""
    return [name for name in city.sources if not agencies or name.partition(".")[0] in agencies]


async def ask(city: City, parts: Parts, agencies: Collection[str] = ()) -> AsyncIterator[str]:
    """Compare every source (of these agencies, if any are named) with its declaration, yielding the
    name of each when it is done.

    Problems are reported at the places of `parts`; a source that does not answer is one."""
    for name in sources_of(city, agencies):
        source = city.sources[name]
        agency, _, short = name.partition(".")
        spot = Spot(parts.files.agencies[agency], ("source", short))
        outlines = [each for each in parts.outlines.values() if parts.tables[each.name].dataset.source == name]
        adapter = open_adapter(source)
        try:
            await _source(adapter, source.timeout, outlines, parts, spot)
        finally:
            await adapter.aclose()
        yield name


async def _source(adapter: Adapter, timeout: float, outlines: list[Outline], parts: Parts, spot: Spot) -> None:
    try:
        async with asyncio.timeout(timeout):
            await adapter.ping()
    except (SourceError, TimeoutError) as error:
        reason = str(error) or f"no answer within {timeout:g} s"
        spot.problem(f"the source does not answer: {reason}", "is it running, and is its url right?")
        return
    for outline in outlines:
        try:
            await _dataset(adapter, outline, parts.tables[outline.name].keys, parts.tables[outline.name].dataset)
        except SourceError as error:
            reason = str(error).removeprefix(f"{outline.name}: ")
            outline.spot.at("path").problem(
                f"{outline.name} can't be read: {reason}", "is its path right, and may we read it?"
            )


async def _dataset(adapter: Adapter, outline: Outline, keys: tuple[Key, ...], dataset: Dataset) -> None:
    shape = await adapter.describe(dataset)
    if shape is not None:
        if not compare_columns(outline, shape):
            return
        compare_keys(outline, keys, shape)
    await _ids(adapter, outline, dataset, shape)
    await _sample(adapter, outline, dataset)


def compare_columns(outline: Outline, shape: Shape) -> bool:
    """Whether all columns are there; what is missing or of another type is reported."""
    there = {column.name: column for column in shape.columns}
    complete = True
    for name, column in outline.columns.items():
        spot = outline.spot.at("columns", name)
        for source in column.source:
            if source not in there:
                complete = False
                spot.problem(f'{outline.name} has no column "{source}" at its source', nearest(source, there))
            elif text := _misfit(column, there[source]):
                spot.problem(*text)
    return complete


def _misfit(column: Column, shape: ColumnShape) -> tuple[str, str] | None:
    if column.stored == "text":
        if shape.text:
            return None
        return f'"{shape.name}" is kept as {shape.written}, not as text', 'delete stored = "text"'
    if len(column.source) > 1 or column.type in shape.types:
        return None
    fix = 'add stored = "text"' if shape.text else "write the type that it has"
    return f'"{shape.name}" is kept as {shape.written}, not as {column.type}', fix


def compare_keys(outline: Outline, keys: Iterable[Key], shape: Shape) -> None:
    """Warn of keys by which the source can only be asked by reading all of it."""
    if shape.indexes is None:
        return
    led = [*shape.indexes, *shape.unique]
    for name, key in zip(outline.declared.keys, keys, strict=False):
        columns = [source for each in key.reads if each in outline.columns for source in outline.columns[each].source]
        if not _indexed(columns, led, whole=key.address is None):
            asked = "one of " if key.address else ""
            spot = outline.spot.at("keys", name)
            spot.problem(
                f"no index of {outline.name} begins with {asked}{', '.join(columns)}", "ask for one", "warning"
            )


def _indexed(columns: list[str], led: Iterable[tuple[str, ...]], *, whole: bool) -> bool:
    if whole:
        return any(set(index[: len(columns)]) == set(columns) for index in led)
    return any(index[0] in columns for index in led if index)


async def _ids(adapter: Adapter, outline: Outline, dataset: Dataset, shape: Shape | None) -> None:
    """Rows must differ in their id: by a constraint of the source, or else counted."""
    sources = {source for name in dataset.id for source in dataset.columns[name].source}
    if not dataset.id or (shape and any(set(unique) <= sources for unique in shape.unique)):
        return
    spot = outline.spot.at("id")
    try:
        answer = await read(adapter, dataset, Scan(columns=dataset.id))
    except Refused:
        return
    counts = Counter(answer.rows)
    repeated = sum(count for count in counts.values() if count > 1)
    empty = sum(count for row, count in counts.items() if all(cell is None for cell in row))
    if repeated:
        spot.problem(f"{outline.name} has rows that share their id: {repeated}", "name more columns, or leave id out")
    elif empty:
        spot.problem(f"{outline.name} has rows without id: {empty}", "name other columns, or leave id out")
    if not answer.complete:
        spot.problem(f"only the first {len(answer.rows)} ids of {outline.name} were compared", "", "warning")


async def _sample(adapter: Adapter, outline: Outline, dataset: Dataset) -> None:
    try:
        answer = await read(adapter, dataset, Scan(columns=tuple(dataset.columns), limit=SAMPLE))
    except Refused:
        return
    damaged = Counter(cell.column for row in answer.rows for cell in row if isinstance(cell, Damaged))
    for name, count in damaged.items():
        column = dataset.columns[name]
        kind = f"{column.type} written as {column.format}" if column.format else column.type
        outline.spot.at("columns", name).problem(
            f'{count} of {len(answer.rows)} rows of {outline.name} hold no {kind} in "{column.source[0]}"',
            "correct type or format, or list what stands for nothing in null",
            "error" if count == len(answer.rows) else "warning",
        )
