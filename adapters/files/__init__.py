"""Files that an agency publishes: CSV, JSON, XML and Parquet, in a folder or over HTTP, plain or gzipped.

    [source.nightly]
    adapter = "files"
    url = "/srv/agency/exports/"               # or https://agency.gov/exports/
    [source.nightly.options]
    refresh = "60s"                            # how long before asking whether a file changed

    [[dataset]]
    path = "sales.csv.gz"
    format = { skip_lines = 4, encoding = "latin-1" }         # see adapters.files.formats

A file is read into a table in memory (DuckDB), every value as text and exactly as published
(Parquet: in its own types), again when it changed; a scan sees one version of it, whole. Rows that
can't be read are left out and counted: `Answer.refused`.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from adapters.base import Answer, Capabilities, Dataset, Scan, Shape, Source
from adapters.errors import Rejected, TimedOut
from adapters.files.formats import Format, of_dataset
from adapters.files.places import Folder, Place, Web, folder_of
from adapters.files.tables import Held, Tables
from adapters.http import Http
from adapters.options import Mistake, Options
from adapters.scans import columns_of
from adapters.sql import CAN, SqlAdapter
from adapters.sql.duckdb import DuckdbDriver

MAX_BYTES = 1 << 30
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class FilesAdapter:
    """An `Adapter` over the files of one place. `refresh` is in seconds."""

    def __init__(self, source: Source, place: Place, threads: ThreadPoolExecutor, refresh: float, most: int) -> None:
        self._source = source
        self._place = place
        self._refresh = refresh
        self._tables = Tables(threads, most)
        self._sql = SqlAdapter(source, DuckdbDriver(CAN, self._tables.database, threads))
        self._held: dict[tuple[str, Format], Held] = {}
        self._loading: dict[tuple[str, Format], asyncio.Task[Held]] = {}
        self._formats: dict[int, tuple[Dataset, Format]] = {}

    @property
    def capabilities(self) -> Capabilities:
        """Everything but comparisons of points and moments."""
        return self._sql.capabilities

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities; `Unavailable`, `TimedOut`,
        `Rejected` (with `column`, where one is missing) or `Malformed`."""
        held = await self._current(dataset)
        with held.lease():
            stored = held.stored(dataset)
            missing = next((name for name in columns_of(scan) if name in stored.missing), None)
            if missing is not None:
                message = f'{dataset.name}: the source has no column for "{missing}"'
                raise Rejected(message, detail=f"the file has {', '.join(held.names)}", column=missing)
            held.ease(stored.dataset, scan.keys)
            answer = await self._sql.scan(stored.dataset, scan)
        return replace(answer, as_of=held.version.as_of, refused=held.refused)

    async def _current(self, dataset: Dataset) -> Held:
        """The table of the dataset's file, new if the file is. While a large one is read again, the
        one before it answers."""
        key = dataset.path, self._format(dataset)
        held = self._held.get(key)
        if held is not None and time.monotonic() < held.until:
            return held
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, held, dataset))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        done, _ = await asyncio.wait({task}, timeout=self._source.timeout / (2 if held else 1))
        if done:
            return task.result()
        if held is None:
            raise TimedOut(f"{dataset.name}: the source did not answer in time", detail="the file is still being read")
        return held

    def _format(self, dataset: Dataset) -> Format:
        """From the dataset's options, once; the entry keeps the dataset, so that the id stays its own."""
        found = self._formats.get(id(dataset))
        if found is None:
            found = self._formats[id(dataset)] = dataset, of_dataset(dataset)[0]
        return found[1]

    def _loaded(self, key: tuple[str, Format], task: asyncio.Task[Held]) -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()

    async def _load(self, key: tuple[str, Format], held: Held | None, dataset: Dataset) -> Held:
        (path, form), place = key, dataset.name
        with tempfile.TemporaryDirectory(prefix="citygraph-", ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / "file"
            version = await self._place.fetch(path, held.version if held else None, copy, place)
            until = time.monotonic() + self._refresh
            if version is None and held is not None:
                held.until = until
                return held
            assert version is not None
            if mistakes := of_dataset(dataset)[1]:
                raise Rejected(f"{place}: the format is not understood", detail=mistakes[0].text)
            fresh = await self._tables.load(copy, form, version, place)
        fresh.until = until
        self._held[key] = fresh
        if held is not None:
            held.retire()
        return fresh

    async def describe(self, dataset: Dataset) -> Shape | None:
        """The columns of the file. `Rejected` where there is none."""
        held = await self._current(dataset)
        return Shape(tuple(held.shapes), None, ())

    async def ping(self) -> None:
        """Return if files can be had."""
        await self._place.ping()

    async def aclose(self) -> None:
        """Forget the tables and close all connections; the next scan reads again."""
        for task in list(self._loading.values()):
            task.cancel()
        await asyncio.gather(*self._loading.values(), return_exceptions=True)
        self._held.clear()
        await self._sql.aclose()
        await self._tables.aclose()
        await self._place.aclose()


def create(source: Source) -> FilesAdapter:
    """An adapter for a folder or a web address. `BadOptions` for what it can't be made from."""
    options = Options(source.options)
    folder = folder_of(source.url)
    refresh = _seconds(options, "1s" if folder else "60s")
    threads = ThreadPoolExecutor(max_workers=max(2, source.concurrency), thread_name_prefix="citygraph-files")
    if folder is None:
        place: Place = Web(Http(source, options), threads)
        most = MAX_BYTES
    else:
        most = options.count("max_bytes", MAX_BYTES)
        place = Folder(folder, threads, source.name, most)
    options.check(f"source {source.name}")
    return FilesAdapter(source, place, threads, refresh, most)


def _seconds(options: Options, usual: str) -> float:
    text = options.text("refresh") or usual
    match = _DURATION.fullmatch(text)
    if match is None:
        options.complain('options.refresh takes a duration with its unit, like "60s"', "refresh")
        return 0.0
    return float(match[1]) * _SECONDS[match[2]]


def stored(dataset: Dataset) -> str:
    """What columns are kept as where the catalogue does not say: text, but for Parquet."""
    return of_dataset(dataset)[0].stored


def problems(dataset: Dataset) -> Sequence[Mistake]:
    """What is wrong with a dataset's format, and with columns that can't be kept as they say."""
    form, mistakes = of_dataset(dataset)
    for column in dataset.columns.values():
        if form.stored == "text" and column.stored == "native":
            text = f'{form.kind} files keep text; delete stored = "native"'
            mistakes.append(Mistake(("columns", column.name, "stored"), text))
    return mistakes
