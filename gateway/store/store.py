"""A store that is open."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.store.tables import REVISIONS

WRITES = "citygraph_writes"
"""Execution option of a SQLite connection that locks for writing when its transaction begins."""


class StoreError(Exception):
    """The store can't be opened or does not answer. The text names the place, never a password."""


class Store:
    """What the gateway remembers. Several processes may have the same store open."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self.engine = engine
        self.name = name
        self._confirmed: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading. Raises `StoreError` when the store does not answer."""
        with self._errors():
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def change(self, *topics: str) -> AsyncIterator[AsyncConnection]:
        """A transaction for writing, committed at the end with a bump of every topic.

        SQLite's one writer is locked from the start: what is read inside holds until the end.
        Raises `StoreError` when the store does not answer; `sqlalchemy.exc.IntegrityError` is the
        caller's.
        """
        with self._errors():
            async with self.engine.connect() as opened:
                connection = await opened.execution_options(**{WRITES: True})
                async with connection.begin():
                    yield connection
                    for topic in sorted(topics):
                        await self.bump(topic, connection)

    async def bump(self, topic: str, connection: AsyncConnection | None = None) -> None:
        """Tell every process that what it knows of a topic has changed.

        `connection` is that of the transaction which changes it (see `change`): the news and the
        change become visible together. Without one the bump is a transaction of its own.
        """
        if connection is None:
            async with self.change(topic):
                return
        first = self.insert(REVISIONS).values(topic=topic, revision=1)
        again = first.on_conflict_do_update(
            index_elements=[REVISIONS.c.topic], set_={"revision": REVISIONS.c.revision + 1}
        )
        await connection.execute(again)

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
        return sqlite.insert(table) if self.engine.dialect.name == "sqlite" else postgresql.insert(table)

    async def revisions(self) -> Mapping[str, int]:
        """How often every topic has changed; one that never did is left out. Raises `StoreError`."""
        async with self.read() as connection:
            rows = await connection.execute(sa.select(REVISIONS.c.topic, REVISIONS.c.revision))
            return dict(rows.all())

    def confirm(self, topic: str, moment: float) -> None:
        """Note that this process knew all of a topic at a moment of `time.monotonic`."""
        self._confirmed[topic] = max(moment, self._confirmed.get(topic, moment))

    def age(self, topic: str) -> float:
        """Seconds since this process last knew all of a topic; infinite if it never did."""
        confirmed = self._confirmed.get(topic)
        return float("inf") if confirmed is None else time.monotonic() - confirmed

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError):
            raise
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, asyncpg.PostgresError, OSError) as error:
            raise StoreError(f"the store {self.name} does not answer ({reason(error)})") from error


def reason(error: BaseException) -> str:
    """What went wrong, by the name of the driver's error and, from SQLite and PostgreSQL, its first line."""
    cause = getattr(error, "orig", None) or error
    text = str(cause).partition("\n")[0] if isinstance(error, sa.exc.DBAPIError | asyncpg.PostgresError) else ""
    return text.rpartition(">: ")[2] or type(cause).__name__
