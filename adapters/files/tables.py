"""The tables that files are read into: one DuckDB database in memory, a table for each version of a file."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from adapters.base import ColumnShape, ColumnType, Dataset, Keys
from adapters.errors import Malformed, Unavailable
from adapters.files import reading
from adapters.files.formats import Format
from adapters.files.places import Version

T = TypeVar("T")

_NOTHING = "nothing"
_SETTINGS = {"threads": "1", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_READ = (
    "CREATE TABLE {table} AS SELECT * FROM read_csv(?, auto_detect = false, header = false, delim = ',', quote = '\"',"
    " escape = '\"', new_line = '\\n', nullstr = '\x00', allow_quoted_nulls = true, null_padding = false,"
    " strict_mode = true, parallel = false, max_line_size = 536870912, buffer_size = 1073741824, columns = {columns})"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A dataset in the terms of a table; columns that the file lacks are named apart."""

    dataset: Dataset
    missing: frozenset[str]


@dataclass(slots=True)
class Held:
    """One version of a file, as a table. Dropped when it is retired and nobody reads it.

    In a `loose` format a row leaves out what it has not; what all rows leave out is null."""

    tables: "Tables"
    table: str
    names: tuple[str, ...]
    loose: bool
    shapes: Sequence[ColumnShape]
    version: Version
    refused: int
    until: float = 0.0
    _indexed: set[str] = field(default_factory=set)
    _readers: int = 0
    _retired: bool = False
    _stored: dict[int, tuple[Dataset, Stored]] = field(default_factory=dict)

    @contextmanager
    def lease(self) -> Iterator[None]:
        """The table stays while it is read."""
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1
            self._drop()

    def ease(self, stored: Dataset, keys: Keys | None) -> None:
        """Index the column by which it is asked, once somebody does; who asks meanwhile does not wait."""
        if keys is None or keys.prefix or len(keys.columns) != 1:
            return
        column = stored.columns[keys.columns[0]].source[0]
        if column not in self._indexed:
            self._indexed.add(column)
            self.tables.index(self.table, column)

    def retire(self) -> None:
        """There is a newer one."""
        self._retired = True
        self._drop()

    def _drop(self) -> None:
        if self._retired and not self._readers:
            self.tables.drop(self.table)

    def stored(self, dataset: Dataset) -> Stored:
        """The dataset with the table's names; names are found without regard to blanks around them."""
        found = self._stored.get(id(dataset))
        if found is None:
            found = self._stored[id(dataset)] = dataset, self._translated(dataset)
        return found[1]

    def _translated(self, dataset: Dataset) -> Stored:
        places = {" ".join(name.split()): f"c{i}" for i, name in reversed(list(enumerate(self.names)))}
        places |= {name: f"c{i}" for i, name in enumerate(self.names)}
        columns, missing = {}, set()
        for name, column in dataset.columns.items():
            sources = [places.get(source) or places.get(" ".join(source.split())) for source in column.source]
            if None in sources and not self.loose:
                missing.add(name)
            columns[name] = replace(column, source=tuple(source or _NOTHING for source in sources))
        return Stored(replace(dataset, path=self.table, columns=columns), frozenset(missing))


class Tables:
    """The database; made at first use, and again after `aclose`."""

    def __init__(self, threads: Executor, most: int) -> None:
        self._threads = threads
        self._most = most
        self._database: duckdb.DuckDBPyConnection | None = None
        self._numbered = 0
        self._working: set[Future[Any]] = set()  # nothing can be closed while it is busy

    def database(self) -> duckdb.DuckDBPyConnection:
        """The database."""
        if self._database is None:
            self._database = duckdb.connect(config=dict(_SETTINGS))
        return self._database

    async def load(self, path: Path, form: Format, version: Version, place: str) -> Held:
        """Read a file into a table of its own. `Malformed` where it is not of its format at all."""
        self._numbered += 1
        table, cursor = f"t{self._numbered}", self.database().cursor()
        if form.kind == "parquet":
            refused, make = 0, lambda: _of_parquet(cursor, table, path, place)
        else:
            rows = path.with_suffix(".rows")
            outcome = await self._read(path, rows, form, place)
            refused, make = outcome["refused"], lambda: _of_rows(cursor, table, rows, outcome["names"])
        names, shapes = await asyncio.wrap_future(self._work(make))
        return Held(self, table, tuple(names), form.loose, shapes, version, refused)

    async def _read(self, path: Path, rows: Path, form: Format, place: str) -> dict[str, Any]:
        """Run the reader; it is stopped when nobody waits for it any more."""
        task = {"path": str(path), "out": str(rows), "format": form.task(), "most": self._most}
        pipe = asyncio.subprocess.PIPE
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-IS", reading.__file__, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            told, _ = await reader.communicate(json.dumps(task).encode())
        except BaseException:
            reader.kill()
            await reader.wait()
            raise
        outcome: dict[str, Any] = json.loads(told) if reader.returncode == 0 else {"failed": "the reader stopped"}
        if "unreadable" in outcome:
            raise Malformed(f"{place}: the file {outcome['unreadable']}", detail=outcome["unreadable"])
        if "failed" in outcome:
            raise Unavailable(f"{place}: the file can't be read", detail=outcome["failed"])
        return outcome

    def index(self, table: str, column: str) -> None:
        """Find rows by this column without reading all of it."""
        database = self._database
        if database is not None:
            self._work(partial(database.cursor().execute, f"CREATE INDEX {table}_{column} ON {table} ({column})"))

    def drop(self, table: str) -> None:
        """Give its memory back."""
        database = self._database
        if database is not None:
            self._work(partial(database.cursor().execute, f"DROP TABLE IF EXISTS {table}"))

    def _work(self, do: Callable[[], T]) -> "Future[T]":
        """Do this in a thread, with a cursor that was made here: a connection is busy while it makes one."""
        future = self._threads.submit(do)
        self._working.add(future)
        future.add_done_callback(self._working.discard)
        return future

    async def aclose(self) -> None:
        """Give all memory back."""
        database, self._database = self._database, None
        await asyncio.gather(*map(asyncio.wrap_future, list(self._working)), return_exceptions=True)
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, _close, database)


def _close(database: duckdb.DuckDBPyConnection) -> None:
    """Close it; where a scan that was given up still runs, its memory goes with that."""
    with suppress(duckdb.ResourceInUseException):
        database.close()


Made = tuple[Sequence[str], Sequence[ColumnShape]]


def _of_rows(cursor: duckdb.DuckDBPyConnection, table: str, rows: Path, names: Sequence[str]) -> Made:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(max(1, len(names))))
    cursor.execute(_READ.format(table=table, columns=f"{{{columns}}}"), [str(rows)])
    cursor.execute(f"ALTER TABLE {table} ADD COLUMN {_NOTHING} VARCHAR")
    text = frozenset({ColumnType.TEXT, ColumnType.PHONE})
    return names, [ColumnShape(name, text, True, "text") for name in names]


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_NUMBERS = frozenset({ColumnType.FLOAT, ColumnType.MONEY})
_FITTING: Mapping[str, frozenset[ColumnType]] = {
    **dict.fromkeys((*_WHOLE, "DECIMAL"), _NUMBERS | {ColumnType.INT, ColumnType.YEAR}),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _NUMBERS),
    "VARCHAR": frozenset({ColumnType.TEXT, ColumnType.PHONE}),
    "BOOLEAN": frozenset({ColumnType.BOOL}),
    "DATE": frozenset({ColumnType.DATE}),
    "TIMESTAMP": frozenset({ColumnType.DATETIME}),
    "TIMESTAMP WITH TIME ZONE": frozenset({ColumnType.DATETIME}),
}


def _of_parquet(cursor: duckdb.DuckDBPyConnection, table: str, path: Path, place: str) -> Made:
    """In the file's own types, as far as they are ours; the rest as text."""
    try:
        described = cursor.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        parts = [f"{_kept(name, kind)} AS c{i}" for i, (name, kind, *_) in enumerate(described)]
        cursor.execute(f"CREATE TABLE {table} AS SELECT {', '.join(parts)} FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise Malformed(f"{place}: the file is no Parquet", detail=type(error).__name__) from None
    return [name for name, *_ in described], [_shape(name, kind) for name, kind, *_ in described]


def _kept(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({quoted} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f+00:00')"
    if kind.startswith("TIMESTAMP"):
        return f"CAST({quoted} AS TIMESTAMP)"
    return quoted if kind.partition("(")[0] in {*_FITTING, "BLOB"} else f"CAST({quoted} AS VARCHAR)"


def _shape(name: str, kind: str) -> ColumnShape:
    word = "TIMESTAMP" if kind.startswith("TIMESTAMP_") else kind.partition("(")[0]
    types = _FITTING.get(word, _FITTING["VARCHAR"])
    return ColumnShape(name, types, word not in _FITTING or word == "VARCHAR", kind.lower())
