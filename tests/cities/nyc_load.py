"""New York's raw files in the agencies' own databases: the test city's stand-in for the city.

Nothing is cleaned: every column is text under its published name, padded cells stay padded,
repeated headers stay rows, empty cells stay '' (a null of a JSON file is NULL). What a file has
around its table – preamble lines, Socrata's `meta`, the wrapper of a JSON export – is not part of
it. Agencies in `POSTGRES` get a PostgreSQL database of their own, the others an SQLite file; each
has the indices that an agency would keep on its key columns.

    environment="$(python -m tests.cities.nyc_load build/nyc)" && eval "$environment"
    citygraph serve --city tests/cities/nyc

`CITYGRAPH_NYC_DATA` names the folder of raw files (default: ../shared/data/nyc beside the
repository), `CITYGRAPH_TEST_POSTGRES` the server (default: postgresql://postgres@127.0.0.1:5432/postgres).
Databases are named after the directory and made anew on every load; `--drop` removes them.
"""

import argparse
import asyncio
import gzip
import hashlib
import os
import shlex
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.cities.nyc_tables import TABLES, Content, RawTable

REPOSITORY = Path(__file__).resolve().parents[2]
POSTGRES = frozenset({"dcp", "dob", "dof", "hpd", "nyc311"})
DEFAULT_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"


class Missing(Exception):
    """What the test city needs is not there; the text says what and how to get on."""


class MissingFiles(Missing):
    """The raw files; nobody can load the city without them."""


class MissingServer(Missing):
    """The PostgreSQL server; a continuous integration has to have one."""


def data_directory() -> Path:
    """The folder of the raw files; raises `MissingFiles` where it is not there."""
    folder = Path(os.environ.get("CITYGRAPH_NYC_DATA") or REPOSITORY.parent / "shared" / "data" / "nyc")
    if not folder.is_dir():
        raise MissingFiles(f"New York's raw files are not at {folder}: set CITYGRAPH_NYC_DATA to their folder.")
    return folder


def read(table: RawTable) -> Content:
    """A raw file as it is; raises `MissingFiles` where it is not there."""
    path = data_directory() / table.file
    if not path.is_file():
        raise MissingFiles(f"{path} is missing: New York's test city needs all its raw files.")
    return table.read(gzip.decompress(path.read_bytes()))


def load(directory: Path, postgres: str | None = None) -> dict[str, str]:
    """Make every agency's database anew, from the raw files, SQLite ones in `directory`.

    Returns the environment variables that the city's TOML reads (NYC_DOF_DATABASE_URL …).
    `postgres` is any database of the server to use. Raises `Missing` for files or server.
    """
    data_directory()
    server = postgres or postgres_url()
    directory.mkdir(parents=True, exist_ok=True)
    by_agency: dict[str, list[RawTable]] = {}
    for table in TABLES:
        by_agency.setdefault(table.agency, []).append(table)
    urls = {agency: database_url(agency, directory, server) for agency in by_agency}
    asyncio.run(load_postgres({a: t for a, t in by_agency.items() if a in POSTGRES}, urls, server))
    for agency in by_agency.keys() - POSTGRES:
        load_sqlite(directory / f"{agency}.sqlite", by_agency[agency])
    return {f"NYC_{agency.upper()}_DATABASE_URL": url for agency, url in urls.items()}


def drop(directory: Path, postgres: str | None = None) -> None:
    """Remove what `load` made for this directory."""
    asyncio.run(drop_databases(directory, postgres or postgres_url()))
    for agency in {table.agency for table in TABLES} - POSTGRES:
        (directory / f"{agency}.sqlite").unlink(missing_ok=True)


def postgres_url() -> str:
    """The PostgreSQL server that tests use."""
    return os.environ.get("CITYGRAPH_TEST_POSTGRES") or DEFAULT_POSTGRES


def database_url(agency: str, directory: Path, server: str) -> str:
    """Where an agency keeps its data."""
    if agency in POSTGRES:
        return urlunsplit(urlsplit(server)._replace(path=f"/{database_name(agency, directory)}"))
    return f"sqlite:///{(directory / agency).resolve()}.sqlite"


def database_name(agency: str, directory: Path) -> str:
    """A name of its own for each directory, so that loads do not meet on the server."""
    return f"citygraph_nyc_{agency}_{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:8]}"


def quoted(name: str) -> str:
    """A name as SQL's standard quotes it."""
    return '"' + name.replace('"', '""') + '"'


def definition(table: RawTable, content: Content) -> str:
    """The CREATE TABLE statement: every column is text."""
    columns = ", ".join(f"{quoted(column)} TEXT" for column in content.columns)
    return f"CREATE TABLE {quoted(table.name)} ({columns})"


def index_definitions(table: RawTable) -> Iterable[str]:
    """The CREATE INDEX statements."""
    for number, columns in enumerate(table.indexes):
        name = quoted(f"{table.name}_{number}")
        yield f"CREATE INDEX {name} ON {quoted(table.name)} ({', '.join(map(quoted, columns))})"


def load_sqlite(path: Path, tables: Sequence[RawTable]) -> None:
    """One agency's SQLite file."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    with connection:
        for table in tables:
            content = read(table)
            connection.execute(definition(table, content))
            places = ", ".join("?" * len(content.columns))
            connection.executemany(f"INSERT INTO {quoted(table.name)} VALUES ({places})", content.rows)
            for statement in index_definitions(table):
                connection.execute(statement)
        connection.execute("ANALYZE")
    connection.close()


async def connect(url: str) -> Any:
    """A connection, or `MissingServer` with a line that says what to do."""
    try:
        return await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        place = urlsplit(url).hostname
        raise MissingServer(
            f"PostgreSQL does not answer at {place} ({type(error).__name__}): set CITYGRAPH_TEST_POSTGRES to its URL."
        ) from error


async def load_postgres(agencies: dict[str, list[RawTable]], urls: dict[str, str], server: str) -> None:
    """Each agency's PostgreSQL database."""
    connection = await connect(server)
    try:
        for agency in agencies:
            name = quoted(urlsplit(urls[agency]).path[1:])
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    for agency, tables in agencies.items():
        await fill_postgres(urls[agency], tables)


async def fill_postgres(url: str, tables: Sequence[RawTable]) -> None:
    """The tables of one agency."""
    connection = await connect(url)
    try:
        for table in tables:
            content = read(table)
            await connection.execute(definition(table, content))
            await connection.copy_records_to_table(table.name, records=content.rows)
            for statement in index_definitions(table):
                await connection.execute(statement)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def drop_databases(directory: Path, server: str) -> None:
    """Remove the PostgreSQL databases of a directory."""
    connection = await connect(server)
    try:
        for agency in sorted(POSTGRES):
            name = quoted(database_name(agency, directory))
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


def main() -> None:
    """Load or drop; prints shell lines that export the databases' URLs."""
    parser = argparse.ArgumentParser(prog="python -m tests.cities.nyc_load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("directory", type=Path, help="folder for the SQLite files")
    parser.add_argument("--drop", action="store_true", help="remove what an earlier load made")
    arguments = parser.parse_args()
    try:
        if arguments.drop:
            return drop(arguments.directory)
        for name, value in load(arguments.directory).items():
            print(f"export {name}={shlex.quote(value)}")
    except Missing as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
