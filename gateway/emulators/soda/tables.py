"""Datasets in memory: one SQLite table each, and what a portal says of them."""

import sqlite3
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import fmod
from re import DOTALL, Pattern, compile, escape

from gateway.emulators.soda.compiling import Term, compiled
from gateway.emulators.soda.soql import Query
from gateway.emulators.soda.values import NULL, SODA_TYPES, Kept, Unfit, kept, spelling

SYSTEM_FIELDS: Mapping[str, str] = {
    ":id": "text",
    ":created_at": "fixed_timestamp",
    ":updated_at": "fixed_timestamp",
    ":version": "text",
}
"""Those of https://dev.socrata.com/docs/system-fields, and their types."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its API field name, its type (see `values.TYPES`), and what people call it."""

    name: str
    kind: str = "text"
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A dataset as a file has it: rows in the order of `fields`, values as the file writes them."""

    id: str
    fields: tuple[Field, ...]
    rows: Iterable[Sequence[object]] = field(repr=False)
    name: str = ""
    description: str = ""
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a query: JSON objects without nulls, and the names and SODA types of the fields."""

    rows: list[dict[str, object]]
    fields: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(slots=True)
class Dataset:
    """One dataset that is served."""

    id: str
    name: str
    description: str
    fields: tuple[Field, ...]
    updated: datetime
    table: str
    terms: Mapping[str, Term]
    count: int = 0
    unfit: dict[str, int] = field(default_factory=dict)


class Portal:
    """All datasets, in one database of their own. May be used by several threads."""

    def __init__(self) -> None:
        self.datasets: dict[str, Dataset] = {}
        self._lock = threading.Lock()
        self._database = _database()
        self._made = 0

    def add(self, content: Content) -> Dataset:
        """Serve a dataset; instead of the one that had its id. Values that don't fit their column's
        type are served as null and counted in `unfit`."""
        with self._lock:
            self._made += 1
            dataset = _fill(self._database, f"t{self._made}", content)
            replaced = self.datasets.get(content.id)
            self.datasets[content.id] = dataset
            if replaced is not None:
                self._database.execute(f"DROP TABLE {replaced.table}")
        return dataset

    def answer(self, dataset: Dataset, query: Query, limit: int) -> Page:
        """Run a query; `limit` holds where it names none. `SodaError` as a portal would."""
        default = [each.name for each in dataset.fields]
        statement = compiled(query, dataset.terms, dataset.table, default, limit)
        with self._lock:
            rows = self._database.execute(statement.text, statement.parameters).fetchall()
        spell = [(name, spelling(kind)) for name, kind in statement.fields]
        return Page(
            [
                {name: spelled(cell) for (name, spelled), cell in zip(spell, row, strict=True) if cell is not None}
                for row in rows
            ],
            tuple(name for name, _ in statement.fields),
            tuple(SODA_TYPES.get(kind, kind) for _, kind in statement.fields),
        )

    def close(self) -> None:
        """Forget everything."""
        self._database.close()


def _database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    made = {"deterministic": True}
    database.create_function("soda_upper", 1, lambda text: text and str(text).upper(), **made)
    database.create_function("soda_lower", 1, lambda text: text and str(text).lower(), **made)
    database.create_function("soda_mod", 2, _modulo, **made)
    database.create_function("soda_like", 2, _like, **made)
    database.create_function("soda_starts", 2, _starts, **made)
    return database


def _modulo(number: float | None, by: float | None) -> float | None:
    return None if number is None or not by else fmod(number, by)


def _starts(text: str | None, start: str | None) -> bool | None:
    return None if text is None or start is None else str(text).startswith(str(start))


def _like(text: str | None, pattern: str | None) -> bool | None:
    """Case counts, as on 2.1 endpoints."""
    return None if text is None or pattern is None else _pattern(str(pattern)).fullmatch(str(text)) is not None


@lru_cache(256)
def _pattern(like: str) -> Pattern[str]:
    return compile("".join({"%": ".*", "_": "."}.get(c) or escape(c) for c in like), DOTALL)


def _fill(database: sqlite3.Connection, table: str, content: Content) -> Dataset:
    """Each column as it is compared, and numbers also as they are written (1000477501.00000000)."""
    stamp = kept("fixed_timestamp", content.updated)
    given = {each.name: at for at, each in enumerate(content.fields)}
    fields = [*content.fields, *(Field(name, kind) for name, kind in SYSTEM_FIELDS.items() if name not in given)]
    unfit: dict[str, int] = {}
    columns = ", ".join(f"c{i}, s{i}" for i in range(len(fields)))
    database.execute(f"CREATE TABLE {table} ({columns})")

    def cells(number: int, row: Sequence[object]) -> list[object]:
        known: Mapping[str, Kept] = {":id": Kept(_row_id(content.id, number)), ":version": Kept(f"rv-{number}")}
        found: list[object] = []
        for each in fields:
            at = given.get(each.name)
            cell = known.get(each.name, stamp) if at is None else _kept(each, row, at, unfit)
            found += [cell.value, cell.spelled]
        return found

    marks = ", ".join("?" * (2 * len(fields)))
    filled = database.executemany(
        f"INSERT INTO {table} VALUES ({marks})", (cells(i, row) for i, row in enumerate(content.rows))
    )
    shown = tuple(each for each in content.fields if not each.name.startswith(":"))
    return Dataset(
        content.id,
        content.name or content.id,
        content.description,
        shown,
        content.updated,
        table,
        {each.name: _term(i, each.kind) for i, each in enumerate(fields)},
        max(filled.rowcount, 0),
        unfit,
    )


def _term(at: int, kind: str) -> Term:
    return Term(f"c{at}", kind, (), f"s{at}" if kind in ("number", "money") else None)


def _kept(each: Field, row: Sequence[object], at: int, unfit: dict[str, int]) -> Kept:
    try:
        return kept(each.kind, row[at] if at < len(row) else None)
    except Unfit:
        unfit[each.name] = unfit.get(each.name, 0) + 1
        return NULL


_ROW_DIGITS = "23456789abcdefghijkmnpqrstuvwxyz"


def _row_id(dataset: str, number: int) -> str:
    """Like row-2syz.c3a9~6mzn: in the order of the rows, and the same at every start."""
    seed = ((zlib.crc32(dataset.encode()) & 0xFFFFF) << 40) + number
    text = "".join(_ROW_DIGITS[(seed >> 5 * i) & 31] for i in reversed(range(12)))
    return f"row-{text[:4]}.{text[4:8]}~{text[8:]}"
