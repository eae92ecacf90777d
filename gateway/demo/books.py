"""How agencies' books are written: one SQLite file a book, or a folder with a CSV file a table."""

import csv
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from gateway.demo.chance import TODAY, Chance
from gateway.demo.town import Lot, Town

BATCH = 5_000

Cell = str | int | float | None
Entry = tuple["Table", tuple[Cell, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as its agency made it: SQL column definitions, and the columns of each index."""

    name: str
    columns: tuple[str, ...]
    indices: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, without quotes."""
        return tuple(
            column.rsplit('"', 1)[0].strip('"') if '"' in column else column.split()[0] for column in self.columns
        )


@dataclass(frozen=True, slots=True)
class Csv:
    """A folder with a CSV file a table: `preamble` stands above the names of the columns, and
    `beside` are other files of the folder, by name."""

    preamble: str = ""
    encoding: str = "utf-8"
    beside: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Book:
    """An agency's data: `of_town` gives the rows that hang on no lot, `of_lot` the others. `file` is
    an SQLite file, or with `csv` a folder. `moved_from` is the file of the agency's former system,
    whose rows it has taken over."""

    file: str
    tables: tuple[Table, ...]
    of_lot: Callable[[Lot, Town, Chance], Iterable[Entry]]
    of_town: Callable[[Town, Chance], Iterable[Entry]] | None = None
    csv: Csv | None = None
    moved_from: str | None = None

    @property
    def stream(self) -> str:
        """The name of the chance that its rows come from."""
        return self.moved_from or self.file

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is written, relative to the city's directory."""
        if self.csv is None:
            return (self.file,)
        return tuple(f"{self.file}/{name}" for name in (*(f"{t.name}.csv" for t in self.tables), *self.csv.beside))


class Writer(Protocol):
    """Writes one book; `close` makes it complete, telling each table that is done."""

    def write(self, entries: Iterable[Entry]) -> None:
        """Keep the entries."""
        ...

    def close(self) -> Iterator[str]:
        """Complete every table."""
        ...


def open_writer(directory: Path, book: Book) -> Writer:
    """The writer of a book in the city's directory."""
    if book.csv is None:
        return SqliteWriter(directory / book.file, book.tables)
    return CsvWriter(directory / book.file, book.tables, book.csv)


class SqliteWriter:
    """One SQLite file: rows in batches, indices last."""

    def __init__(self, path: Path, tables: tuple[Table, ...]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._rows: dict[Table, list[tuple[Cell, ...]]] = {table: [] for table in tables}
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE")
        for table in tables:
            self._connection.execute(f"CREATE TABLE {table.name} ({', '.join(table.columns)})")
        self._connection.execute("BEGIN")

    def write(self, entries: Iterable[Entry]) -> None:
        """Keep the entries, and send full batches to the file."""
        for table, row in entries:
            rows = self._rows[table]
            rows.append(row)
            if len(rows) >= BATCH:
                self._send(table)

    def close(self) -> Iterator[str]:
        """Send what is left and index it, telling each table that is done."""
        for table in self._rows:
            self._send(table)
        for table in self._rows:
            for columns in table.indices:
                name = f"ix_{table.name}_{columns.replace(', ', '_').replace(chr(34), '').replace(' ', '_')}"
                self._connection.execute(f"CREATE INDEX {name} ON {table.name} ({columns})")
            yield table.name
        self._connection.execute("COMMIT")
        self._connection.close()

    def _send(self, table: Table) -> None:
        rows = self._rows[table]
        if rows:
            marks = ", ".join("?" * len(table.columns))
            self._connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
            rows.clear()


class CsvWriter:
    """One CSV file a table, dated to the day on which Harbourton's records end."""

    def __init__(self, folder: Path, tables: tuple[Table, ...], form: Csv) -> None:
        self._paths = {table: folder / f"{table.name}.csv" for table in tables}
        self._rows: dict[Table, list[tuple[Cell, ...]]] = {table: [table.names] for table in tables}
        self._encoding = form.encoding
        folder.mkdir()
        for name, text in form.beside.items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in self._paths.values():
            path.write_text(form.preamble, encoding=form.encoding)

    def write(self, entries: Iterable[Entry]) -> None:
        """Keep the entries, and add full batches to the files."""
        for table, row in entries:
            rows = self._rows[table]
            rows.append(row)
            if len(rows) >= BATCH:
                self._send(table)

    def close(self) -> Iterator[str]:
        """Add what is left, telling each table that is done."""
        stamp = datetime.combine(TODAY, time(4), UTC).timestamp()
        for table, path in self._paths.items():
            self._send(table)
            os.utime(path, (stamp, stamp))
            yield table.name

    def _send(self, table: Table) -> None:
        with self._paths[table].open("a", encoding=self._encoding, newline="") as file:
            csv.writer(file).writerows(self._rows[table])
        self._rows[table].clear()
