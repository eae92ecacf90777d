"""Keys and rings for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.policy.keys import Issued, KeyRing, Register
from gateway.store import Store

PEPPER = b"a pepper of tests that is long enough"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = "192.0.2.7"


async def issued(store: Store, **given: Any) -> Issued:
    """A key that is valid for a year from `NOW`."""
    values: dict[str, Any] = {"name": "Benefits office", "by": "tests", "now": NOW, "expires": NOW + 365 * DAY} | given
    return await Register(store, PEPPER).create(**values)


async def ring_of(store: Store, **given: Any) -> KeyRing:
    """A ring that has read the keys of a store."""
    ring = KeyRing(store, PEPPER, **given)
    await ring.load()
    return ring
