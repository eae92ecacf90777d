"""Tables as the kits make them: types of each database, and rows into a SQLite file."""

import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from adapters.base import Column, ColumnType, Dataset, Stored
from tests.contract.sample import Rows


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


SQLITE_TYPES = {
    ColumnType.INT: "INTEGER",
    ColumnType.YEAR: "INTEGER",
    ColumnType.FLOAT: "REAL",
    ColumnType.MONEY: "NUMERIC",
    ColumnType.BOOL: "INTEGER",
    ColumnType.POINT: "REAL",
}
POSTGRES_TYPES = {
    ColumnType.INT: "bigint",
    ColumnType.YEAR: "integer",
    ColumnType.FLOAT: "double precision",
    ColumnType.MONEY: "numeric",
    ColumnType.BOOL: "boolean",
    ColumnType.DATE: "date",
    ColumnType.DATETIME: "timestamptz",
    ColumnType.POINT: "double precision",
}


DUCKDB_TYPES = {
    ColumnType.INT: "BIGINT",
    ColumnType.YEAR: "INTEGER",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.MONEY: "DECIMAL(20, 2)",
    ColumnType.BOOL: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMPTZ",
    ColumnType.POINT: "DOUBLE",
}
MARIADB_TYPES = {
    ColumnType.INT: "BIGINT",
    ColumnType.YEAR: "INT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.MONEY: "DECIMAL(30,2)",
    ColumnType.BOOL: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP NULL",
    ColumnType.POINT: "DOUBLE",
}


def written(column: Column, types: dict[ColumnType, str]) -> str:
    if column.stored == "text" or (column.type is ColumnType.POINT and len(column.source) == 1):
        return "text"
    return types.get(column.type, "text")


def table(dataset: Dataset, name: str, types: dict[ColumnType, str]) -> str:
    parts = [f"{quoted(s)} {written(c, types)}" for c in dataset.columns.values() for s in c.source]
    return f"CREATE TABLE {name} ({', '.join(parts)})"


def sources(dataset: Dataset) -> list[str]:
    return [source for column in dataset.columns.values() for source in column.source]


def listed(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns))


def load_sqlite(file: Path, dataset: Dataset, rows: Rows, index: Sequence[Sequence[str]]) -> None:
    names, path = sources(dataset), quoted(dataset.path)
    values = [[_sqlite(row.get(name)) for name in names] for row in rows]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(table(dataset, path, SQLITE_TYPES))
        connection.executemany(f"INSERT INTO {path} VALUES ({', '.join('?' * len(names))})", values)
        for columns in index:
            connection.execute(f"CREATE INDEX {quoted(uuid.uuid4().hex)} ON {path} ({listed(columns)})")


def _sqlite(value: Stored) -> Stored:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
