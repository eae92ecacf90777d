"""From who asks, and why, to what it may see."""

import re

from cachetools import LRUCache

from gateway.engine.requests import Caller
from gateway.policy.permits import Permits, Profile
from resolvers.city import City

_MOST = 2_000
_REFERENCE = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}")


class BadPurpose(Exception):
    """The purpose or the reference of a request can't stand; the text may be shown."""


class Profiles:
    """The permits of one city's callers, one for each profile.

    With `closed`, callers without an agreement in force see nothing.
    """

    def __init__(self, city: City, *, closed: bool = False) -> None:
        self._city = city
        self._closed = closed
        self._known: LRUCache[Profile, Permits] = LRUCache(_MOST)
        self._latest: dict[tuple[int, str | None, bool], tuple[Caller, Permits]] = {}  # by the caller's identity

    def of(self, caller: Caller, purpose: str | None = None, reference: str | None = None) -> Permits:
        """What a caller may see when it asks for a purpose. Raises `BadPurpose`."""
        if reference is not None and not _REFERENCE.fullmatch(reference):
            raise BadPurpose("reference takes 1 to 200 characters on one line, like a case number.")
        key = id(caller), purpose, reference is not None
        latest = self._latest.get(key)
        if latest is not None and latest[0] is caller:
            return latest[1]
        if len(self._latest) >= _MOST:
            self._latest.clear()
        permits = self._permits(caller, purpose, referenced=reference is not None)
        self._latest[key] = caller, permits
        return permits

    def _permits(self, caller: Caller, purpose: str | None, *, referenced: bool) -> Permits:
        agreement = caller.agreement
        if purpose is not None and not caller.trusted:
            if agreement is None:
                raise BadPurpose("A purpose is one of an agreement's, and no agreement is in force for this caller.")
            if purpose not in agreement.purposes:
                known = ", ".join(agreement.purposes) or "none"
                raise BadPurpose(f"purpose is none of agreement {agreement.id}; its purposes: {known}.")
        profile = Profile(caller.scopes, agreement, purpose, referenced, caller.trusted, self._closed)
        permits = self._known.get(profile)
        if permits is None:
            permits = self._known[profile] = Permits(self._city, profile)
        return permits
