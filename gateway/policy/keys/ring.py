"""The keys in force, in memory: what a process checks callers by.

A secret is looked up by its keyed hash, which no caller can steer, and whatever is presented takes
the same steps: who tries keys learns nothing from the answer or from its time. The ring follows
the store (`Watch.on("keys", ring.load)`); when nothing has confirmed it for `TOLERATED` seconds it
refuses every key, as a key may have been revoked meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hmac import compare_digest
from sys import intern
from typing import Any

import sqlalchemy as sa

from gateway.policy.keys.hashing import digest
from gateway.policy.keys.key import Key
from gateway.policy.keys.networks import Range, place, ranges
from gateway.policy.keys.tables import KEYS, TOPIC
from gateway.policy.keys.text import LENGTH, PREFIX
from gateway.policy.pepper import derived, prove
from gateway.store import Store, StoreError

TOLERATED = 600.0
"""Seconds for which keys stay in force while the store does not answer."""
NOTED_EVERY = 60.0
"""Seconds between two times that last uses are written to the store."""

_BATCH = 500
_NEVER = datetime.max.replace(tzinfo=UTC)
_COLUMNS = (
    KEYS.c.id,
    KEYS.c.name,
    KEYS.c.agreement,
    KEYS.c.admin,
    KEYS.c.networks,
    KEYS.c.expires,
    KEYS.c.hash,
    KEYS.c.former_hash,
    KEYS.c.former_until,
)

_logger = logging.getLogger("citygraph.keys")


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret that is valid until a moment, from some networks (none: from everywhere)."""

    hash: bytes = field(repr=False)
    key: Key
    until: datetime
    ranges: tuple[Range, ...] = ()

    def admits(self, version: int, number: int) -> bool:
        """Whether it may be used from an address."""
        for kind, first, last in self.ranges:
            if kind == version and first <= number <= last:
                return True
        return not self.ranges


_NOBODY = _Secret(bytes(32), Key("", ""), datetime.min.replace(tzinfo=UTC))


class KeyRing:
    """The keys of a store. `start` begins to write last uses; `load` reads all keys anew."""

    def __init__(self, store: Store, pepper: bytes, tolerated: float = TOLERATED) -> None:
        self._store = store
        self._pepper = pepper
        self._tolerated = tolerated
        self._secret = derived(pepper, "keys")
        self._secrets: Mapping[bytes, _Secret] = {}
        self._uses: dict[str, datetime] = {}
        self._loading = asyncio.Lock()
        self._noting: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"KeyRing({self._store!r}, {len(self._secrets)} secrets)"

    def __len__(self) -> int:
        return len(self._secrets)

    def check(self, presented: str, address: str | None, now: datetime) -> Key | None:
        """The key of a secret presented from an address; None for every other text.

        Unknown, malformed, expired, revoked, from a wrong network, of a ring that is too old: all
        take the same steps.
        """
        hash = digest(self._secret, presented)
        held = self._secrets.get(hash, _NOBODY)
        valid = (
            compare_digest(hash, held.hash)
            & (len(presented) == LENGTH)
            & (now < held.until)
            & held.admits(*place(address))
            & (self._store.age(TOPIC) < self._tolerated)
        )
        if not valid:
            return None
        self._uses[held.key.id] = now
        return held.key

    async def load(self) -> None:
        """Read all keys; those in use stay in force until all are read.

        Raises `StoreError`, and `WrongPepper` where the store was made with another pepper.
        """
        async with self._loading:
            moment = time.monotonic()
            await prove(self._store, self._pepper)
            secrets: dict[bytes, _Secret] = {}
            asked = sa.select(*_COLUMNS).where(KEYS.c.revoked.is_(None))
            async with self._store.read() as connection, connection.stream(asked) as found:
                async for rows in found.partitions(_BATCH):
                    secrets.update((secret.hash, secret) for row in rows for secret in _try_secrets(row))
                    await asyncio.sleep(0)  # requests go on meanwhile
            self._secrets = secrets
            self._store.confirm(TOPIC, moment)

    def start(self) -> None:
        """Write last uses in the background from now on."""
        self._noting = asyncio.create_task(self._note(), name="citygraph key uses")

    async def aclose(self) -> None:
        """Write the last uses that are not written yet, and end."""
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.gather(self._noting, return_exceptions=True)
            self._noting = None
        await self._try_note()

    async def note(self) -> None:
        """Write last uses; those that can't be written are kept for the next time. Raises `StoreError`."""
        uses, self._uses = self._uses, {}
        if not uses:
            return
        moved = sa.or_(KEYS.c.used.is_(None), KEYS.c.used < sa.bindparam("moment"))
        change = sa.update(KEYS).where(KEYS.c.id == sa.bindparam("key"), moved).values(used=sa.bindparam("moment"))
        rows = [{"key": id, "moment": moment.replace(second=0, microsecond=0)} for id, moment in sorted(uses.items())]
        try:
            async with self._store.change() as connection:
                await connection.execute(change, rows)
        except BaseException:
            self._uses = uses | self._uses
            raise

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(NOTED_EVERY)
            await self._try_note()

    async def _try_note(self) -> None:
        try:
            await self.note()
        except StoreError as error:
            _logger.warning("last uses of keys are not written yet: %s", error)
        except Exception:
            _logger.exception("last uses of keys are not written yet")


def _try_secrets(row: Sequence[Any]) -> tuple[_Secret, ...]:
    try:
        return _secrets(*row)
    except ValueError as error:
        _logger.error("key %s%s is out of force, its row in the store can't be read: %s", PREFIX, row[0], error)
        return ()


def _secrets(
    id: str,
    name: str,
    agreement: str | None,
    admin: bool,
    places: str,
    expires: datetime | None,
    hash: bytes,
    former_hash: bytes | None,
    former_until: datetime | None,
) -> tuple[_Secret, ...]:
    """The valid secret of a stored key, and the one before while both are."""
    names, bounds = _bounds(places)
    agreement = agreement and intern(agreement)
    valid = _Secret(hash, Key(id, name, agreement, admin, expires, names), expires or _NEVER, bounds)
    if former_hash is None or former_until is None:
        return (valid,)
    until = min(former_until, valid.until)
    former = Key(id, name, agreement, admin, until, names, replaced=True)
    return valid, _Secret(former_hash, former, until, bounds)


@lru_cache(maxsize=1024)
def _bounds(places: str) -> tuple[tuple[str, ...], tuple[Range, ...]]:
    names = tuple(places.split())
    return names, ranges(names)
