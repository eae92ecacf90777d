"""A key, as requests know it and as its administrator sees it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gateway.policy.keys.text import PREFIX

NOTICE = timedelta(days=14)
"""How long before the end of a key its holder is told."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was presented and is valid. `expires` is the end of the secret that was presented:
    the key's own, or `replaced` (a newer secret was made) the end of the overlap."""

    id: str
    name: str
    agreement: str | None = None
    admin: bool = False
    expires: datetime | None = None
    networks: tuple[str, ...] = ()
    replaced: bool = False

    @property
    def prefix(self) -> str:
        """What a holder can compare with the beginning of its secret: "cg_k3v9x0aa"."""
        return PREFIX + self.id

    @property
    def noticed_from(self) -> datetime:
        """From when on its holder is told of its end."""
        return self.expires - NOTICE if self.expires is not None else _NEVER

    def notice(self, now: datetime) -> str | None:
        """What to tell the holder, from `NOTICE` before the end on; ASCII, for a response header."""
        if self.expires is None or now <= self.noticed_from:
            return None
        return _notice(self.prefix, self.expires, self.replaced)


@lru_cache(maxsize=1024)
def _notice(prefix: str, expires: datetime, replaced: bool) -> str:
    moment = expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    if replaced:
        return f"this secret of {prefix} was replaced and ends at {moment}; use the new one"
    return f"{prefix} expires at {moment}; ask for its rotation"


@dataclass(frozen=True, slots=True)
class Record:
    """A key as the store has it, without its hashes. `former_until` is the end of the overlap in
    which the secret before the last rotation is still valid, `used` the last use (to the minute)."""

    id: str
    name: str
    agreement: str | None
    admin: bool
    networks: tuple[str, ...]
    created: datetime
    created_by: str
    expires: datetime | None
    revoked: datetime | None
    rotated: datetime | None
    former_until: datetime | None
    changed_by: str
    used: datetime | None

    @property
    def prefix(self) -> str:
        """The public beginning of its secret."""
        return PREFIX + self.id

    def state(self, now: datetime) -> str:
        """ "revoked", "expired", "rotating" (two secrets are valid), "expiring" or "valid"."""
        if self.revoked is not None:
            return "revoked"
        if self.expires is not None and self.expires <= now:
            return "expired"
        if self.former_until is not None and self.former_until > now:
            return "rotating"
        if self.expires is not None and self.expires - now < NOTICE:
            return "expiring"
        return "valid"
