"""The register of keys: make, list, rotate, revoke. Every change reaches all processes by the
topic "keys"; secrets leave it once, in `Issued`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.policy.keys.hashing import digest
from gateway.policy.keys.key import Record
from gateway.policy.keys.networks import networks
from gateway.policy.keys.tables import KEYS, TOPIC
from gateway.policy.keys.text import PREFIX, id_of, new_id, new_key
from gateway.policy.pepper import derived, prove
from gateway.store import Store

TERM = timedelta(days=365)
"""How long a new key is valid if nothing else is said."""
OVERLAP = timedelta(days=7)
"""How long the former secret is valid after a rotation if nothing else is said."""

_NAME = re.compile(r"\S(?:.{0,98}\S)?")
_COLUMNS = [KEYS.c[name] for name in Record.__dataclass_fields__]


class KeyRefused(Exception):
    """A key can't be made or changed like this; the text says what to do and may be shown."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its new secret, the only time that it is seen."""

    record: Record
    secret: str = field(repr=False)


class Register:
    """The keys of a store. `by` is who makes a change, for the record; `now` is aware."""

    def __init__(self, store: Store, pepper: bytes) -> None:
        self._store = store
        self._pepper = pepper
        self._secret = derived(pepper, "keys")

    def __repr__(self) -> str:
        return f"Register({self._store!r})"

    async def create(
        self,
        name: str,
        *,
        by: str,
        now: datetime,
        agreement: str | None = None,
        admin: bool = False,
        expires: datetime | None = None,
        from_networks: Iterable[str] = (),
    ) -> Issued:
        """Make a key, without an end where `expires` is None. Raises `KeyRefused`, `WrongPepper`, `StoreError`."""
        _check_name("name", name)
        if agreement is not None:
            _check_name("agreement", agreement)
        if expires is not None and expires <= now:
            raise KeyRefused("the key would be expired before it is made; give a later end")
        try:
            places = networks(from_networks)
        except ValueError as error:
            raise KeyRefused(str(error)) from None
        await prove(self._store, self._pepper)
        id = new_id()
        secret = new_key(id)
        row = {
            "id": id,
            "name": name,
            "agreement": agreement,
            "admin": admin,
            "networks": " ".join(places),
            "created": now,
            "created_by": by,
            "changed_by": by,
            "expires": expires,
            "hash": digest(self._secret, secret),
        }
        async with self._store.change(TOPIC) as connection:
            await connection.execute(sa.insert(KEYS).values(row))
            return Issued(await _record(connection, id), secret)

    async def list(self) -> tuple[Record, ...]:
        """Every key that there ever was, by name. Raises `StoreError`."""
        async with self._store.read() as connection:
            rows = await connection.execute(sa.select(*_COLUMNS).order_by(KEYS.c.name, KEYS.c.created, KEYS.c.id))
            return tuple(_read(row) for row in rows)

    async def rotate(
        self, key: str, *, by: str, now: datetime, overlap: timedelta = OVERLAP, expires: datetime | None = None
    ) -> Issued:
        """A new secret for a key; the one before is valid for `overlap` more, at most to its own end.

        Without `expires` the new secret lasts as long as the one before did from its making. Raises
        `KeyRefused` as well while the secret before the last one is valid, unless nothing overlaps.
        """
        if expires is not None and expires <= now:
            raise KeyRefused("the new secret would be expired before it is made; give a later end")
        id = _id(key)
        await prove(self._store, self._pepper)
        secret = new_key(id)
        async with self._store.change(TOPIC) as connection:
            former = await _record(connection, id, for_update=True)
            _check_rotation(former, now, overlap)
            change = {
                "former_hash": KEYS.c.hash if overlap else None,
                "former_until": min(now + overlap, former.expires or now + overlap) if overlap else None,
                "hash": digest(self._secret, secret),
                "rotated": now,
                "expires": expires or _next_end(former, now),
                "changed_by": by,
            }
            await connection.execute(sa.update(KEYS).where(KEYS.c.id == id).values(change))
            return Issued(await _record(connection, id), secret)

    async def revoke(self, key: str, *, by: str, now: datetime) -> Record:
        """End a key and all of its secrets for good. Raises `KeyRefused`, `StoreError`."""
        id = _id(key)
        async with self._store.change(TOPIC) as connection:
            record = await _record(connection, id, for_update=True)
            if record.revoked is not None:
                raise KeyRefused(f"{record.prefix} has been revoked at {record.revoked:%Y-%m-%d %H:%M} UTC")
            change = {"revoked": now, "changed_by": by}
            await connection.execute(sa.update(KEYS).where(KEYS.c.id == id).values(change))
            return await _record(connection, id)


def _check_name(what: str, text: str) -> None:
    if not _NAME.fullmatch(text) or not text.isprintable():
        raise KeyRefused(f"{what} takes 1 to 100 printable characters without blanks at its ends")


def _check_rotation(former: Record, now: datetime, overlap: timedelta) -> None:
    if overlap < timedelta(0):
        raise KeyRefused("the overlap can't be negative; give 0 to end the former secret at once")
    if former.revoked is not None:
        raise KeyRefused(f"{former.prefix} is revoked and stays so; make a new key")
    if overlap and former.former_until is not None and former.former_until > now:
        raise KeyRefused(
            f"{former.prefix} was rotated before, and the secret before that is valid until "
            f"{former.former_until:%Y-%m-%d %H:%M} UTC; rotate then, or without overlap, which ends both at once"
        )


def _next_end(former: Record, now: datetime) -> datetime | None:
    return None if former.expires is None else now + (former.expires - (former.rotated or former.created))


def _id(key: str) -> str:
    id = id_of(key.strip())
    if id is None:
        raise KeyRefused(f"a key is named by its beginning, like {PREFIX}k3v9x0aa")
    return id


async def _record(connection: AsyncConnection, id: str, for_update: bool = False) -> Record:
    asked = sa.select(*_COLUMNS).where(KEYS.c.id == id)
    row = (await connection.execute(asked.with_for_update() if for_update else asked)).one_or_none()
    if row is None:
        raise KeyRefused(f"there is no key {PREFIX}{id}")
    return _read(row)


def _read(row: sa.Row[tuple[object, ...]]) -> Record:
    values = dict(row._mapping)
    return Record(**values | {"networks": tuple(values["networks"].split())})
