"""How agencies' databases are written: one SQLite file a book, rows in batches, indices last."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.chance import Chance
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
class Book:
    """An agency's database: `of_town` gives the rows that hang on no lot, `of_lot` the others."""

    file: str
    tables: tuple[Table, ...]
    of_lot: Callable[[Lot, Town, Chance], Iterable[Entry]]
    of_town: Callable[[Town, Chance], Iterable[Entry]] | None = None


class Writer:
    """Writes one book's file; `close` builds the indices and makes the file complete."""

    def __init__(self, path: Path, book: Book) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._rows: dict[Table, list[tuple[Cell, ...]]] = {table: [] for table in book.tables}
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE")
        for table in book.tables:
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
