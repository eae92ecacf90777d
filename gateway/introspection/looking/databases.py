"""Looking at a database: its tables and views, their comments, types and unique indexes.

SQLAlchemy reflects what there is; rows are sampled through the `sql` adapter, read-only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.base import Source
from adapters.errors import SourceError
from adapters.kinds import open_adapter
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.places import Address
from gateway.introspection.looking.sampling import sampled
from gateway.introspection.seen import Seen, SeenTable

_DRIVERS = MappingProxyType(
    {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "mariadb": "mariadb+asyncmy",
        "mysql": "mysql+asyncmy",
    }
)


_NO_ACCESS = frozenset({"28P01", "28000", "1045", "1044"})
_NO_DATABASE = frozenset({"3D000", "1049"})
"""States of PostgreSQL and numbers of MariaDB."""


@dataclass(frozen=True, slots=True)
class _Reflected:
    """What a database's own catalogue says of a table."""

    path: str
    comment: str
    columns: Mapping[str, str]


async def look(address: Address, wanted: Sequence[str], bounds: Bounds) -> Seen:
    """The tables of a database, or those wanted."""
    url = _url(address)
    reflected = await _reflect(url, wanted, bounds)
    adapter = open_adapter(Source("source", "sql", address.url, timeout=bounds.seconds, concurrency=1))
    try:
        tables = [await _table(adapter, each, bounds) for each in reflected[: bounds.tables]]
    finally:
        await adapter.aclose()
    left = len(reflected) - len(tables)
    notes = (f"{left} further tables were not looked at: name those wanted with --table",) if left else ()
    return Seen("sql", "database", address.shown, tuple(tables), address.secret, notes=notes)


async def _table(adapter: Any, reflected: _Reflected, bounds: Bounds) -> SeenTable:
    try:
        found = await sampled(adapter, "source", reflected.path, bounds, descriptions=reflected.columns)
    except SourceError as error:
        raise Unseen(f"{reflected.path}: {str(error).partition(': ')[2]}") from None
    return replace(
        found,
        indexed=True,
        title=reflected.comment if len(reflected.comment) < 80 else "",
        description=reflected.comment,
    )


def _url(address: Address) -> sa.URL:
    try:
        url = sa.make_url(address.url)
    except (sa.exc.ArgumentError, ValueError):
        raise Unseen('the URL is no database\'s; write it like "postgresql://reader@host/database"') from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise Unseen(f"there is no SQLite file {Path(url.database or 'of that name').name}; is its path right?")
        return sa.URL.create(_DRIVERS[backend], database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    return url.set(drivername=_DRIVERS.get(backend, backend))


async def _reflect(url: sa.URL, wanted: Sequence[str], bounds: Bounds) -> list[_Reflected]:
    engine = create_async_engine(url, poolclass=sa.pool.NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: _tables(sa.inspect(sync), wanted))
    except (sa.exc.SQLAlchemyError, OSError, ValueError, ImportError) as error:
        raise Unseen(_told(error)) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("asyncpg", "asyncmy", "sqlite3"):
            raise Unseen(_told(error)) from None
        raise
    finally:
        await engine.dispose()


def _told(error: Exception) -> str:
    """What may be wrong; the driver's own text may hold the URL, so it is not quoted."""
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or next(iter(getattr(cause, "args", ())), ""))
    name = type(cause).__name__
    if state in _NO_ACCESS:
        return "the database does not accept these credentials; check the user and password of the URL"
    if state in _NO_DATABASE:
        return "the server has no such database; check the name at the end of the URL"
    return f"the database can't be reached ({name}); is it running, and are host and port of the URL right?"


def _tables(inspector: sa.Inspector, wanted: Sequence[str]) -> list[_Reflected]:
    names = sorted(inspector.get_table_names()) + sorted(inspector.get_view_names())
    if not names and not wanted:
        raise Unseen("the database has no tables that this user can see; is it the right one?")
    for name in wanted:
        if "." not in name and name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(names[:12])}"
            raise Unseen(f'the database has no table "{name}"; {hint}')
    return [_reflected(inspector, name) for name in (wanted or names)]


def _reflected(inspector: sa.Inspector, path: str) -> _Reflected:
    schema, _, name = path.rpartition(".")
    try:
        columns = inspector.get_columns(name, schema=schema or None)
    except sa.exc.NoSuchTableError:
        raise Unseen(f'the database has no table "{path}"; write it as schema.table') from None
    try:
        comment = inspector.get_table_comment(name, schema=schema or None)["text"] or ""
    except (NotImplementedError, sa.exc.NoSuchTableError):
        comment = ""
    return _Reflected(path, comment, {each["name"]: each.get("comment") or "" for each in columns})
