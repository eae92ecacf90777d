"""How far a store's tables are, told without the tool that changes them.

Alembic takes a tenth of a start and eight megabytes; a store whose tables are up to date does not
need it.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = "citygraph_store_version"
"""The table of the store in which alembic notes how far it is."""


class NewerStore(Exception):
    """A newer version of the gateway made the store's tables."""


async def is_current(engine: AsyncEngine) -> bool:
    """Whether the newest of `gateway/store/migrations` is the last that a store has seen."""
    async with engine.connect() as connection:
        return await connection.run_sync(_version) == newest()


def newest() -> str:
    """The revision of the last migration."""
    return max(path.stem for path in MIGRATIONS.glob("0*.py")).partition("_")[0]


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSIONS):
        return None
    found: str | None = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSIONS)))
    return found
