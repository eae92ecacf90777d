"""Persons and businesses of whom nothing may be told, whoever asks: the restriction list.

The store has keyed hashes of their identifiers ("hbt.resident:100000007"), so that the list names
nobody who does not ask for a name already. It has to be given an identifier as the gateway writes
it, canonical by its scheme. The list follows the store by the topic "restrictions"; it stays in
force however long the store is away, and before it is loaded it holds for everyone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import sqlalchemy as sa

from gateway.policy.pepper import derived, prove
from gateway.store import METADATA, Moment, Store

TOPIC = "restrictions"

RESTRICTIONS = sa.Table(
    "restrictions",
    METADATA,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("added", Moment, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
)
"""`subject` is the keyed hash, `reference` the file number of the decision."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One entry of the list; `subject` is the hash in hexadecimal digits."""

    subject: str
    added: datetime
    added_by: str
    reference: str


class Restrictions:
    """The restriction list of a store, in memory after `load`."""

    def __init__(self, store: Store, pepper: bytes) -> None:
        self._store = store
        self._pepper = pepper
        self._secret = derived(pepper, "restrictions")
        self._subjects: frozenset[bytes] | None = None

    def __repr__(self) -> str:
        return f"Restrictions({self._store!r})"

    @property
    def empty(self) -> bool:
        """Whether it holds for nobody."""
        return self._subjects is not None and not self._subjects

    def holds(self, identifier: str) -> bool:
        """Whether nothing may be told of whom this identifier names."""
        return self._subjects is None or self._hash(identifier) in self._subjects

    async def load(self) -> None:
        """Read the list anew. Raises `StoreError`, `WrongPepper`."""
        await prove(self._store, self._pepper)
        async with self._store.read() as connection:
            self._subjects = frozenset((await connection.execute(sa.select(RESTRICTIONS.c.subject))).scalars())

    async def add(self, identifiers: Iterable[str], *, reference: str, by: str, now: datetime) -> int:
        """Put identifiers on the list; those that are there stay as they are. How many are new."""
        await prove(self._store, self._pepper)
        rows = [
            {"subject": self._hash(identifier), "added": now, "added_by": by, "reference": reference}
            for identifier in sorted(set(identifiers))
        ]
        added = 0
        async with self._store.change(TOPIC) as connection:
            for row in rows:
                new = self._store.insert(RESTRICTIONS).values(row).on_conflict_do_nothing(index_elements=["subject"])
                added += (await connection.execute(new)).rowcount
        return added

    async def remove(self, identifiers: Iterable[str]) -> int:
        """Take identifiers off the list. How many were on it."""
        await prove(self._store, self._pepper)
        removed = 0
        async with self._store.change(TOPIC) as connection:
            for identifier in sorted(set(identifiers)):
                one = sa.delete(RESTRICTIONS).where(RESTRICTIONS.c.subject == self._hash(identifier))
                removed += (await connection.execute(one)).rowcount
        return removed

    async def list(self) -> tuple[Restriction, ...]:
        """All entries, newest first."""
        asked = sa.select(RESTRICTIONS).order_by(RESTRICTIONS.c.added.desc(), RESTRICTIONS.c.subject)
        async with self._store.read() as connection:
            rows = await connection.execute(asked)
            return tuple(Restriction(row.subject.hex(), row.added, row.added_by, row.reference) for row in rows)

    def _hash(self, identifier: str) -> bytes:
        return blake2b(identifier.encode(), digest_size=32, key=self._secret).digest()
