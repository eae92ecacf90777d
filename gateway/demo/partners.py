"""The demo's office: two partners with an agreement each, an administrator, and a place for the records.

Made anew at every start, below the demo's directory: a real city keeps its store and its records,
and shows a secret once.
"""

import asyncio
import secrets
import shlex
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.policy.keys import Register
from gateway.settings import Settings
from gateway.store import open_store

OFFICE = "office"
TERM = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody with a key; `agreement` is None for the administrator."""

    name: str
    agreement: str | None
    secret: str = field(repr=False)


def demo_settings(settings: Settings, directory: Path) -> Settings:
    """The settings with a store, a record and secrets of the demo's own; what was there is removed."""
    place = directory / OFFICE
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700, parents=True)
    pepper = secrets.token_urlsafe(36)
    made = replace(
        settings,
        mode="demo",
        store=f"sqlite:///{place / 'store.db'}",
        audit=str(place / "audit"),
        pepper=pepper.encode(),
    )
    lines = {"STORE": made.store, "AUDIT": made.audit, "PEPPER": pepper}
    text = "".join(f"export CITYGRAPH_{name}={shlex.quote(value)}\n" for name, value in lines.items())
    environment(directory).touch(mode=0o600)
    environment(directory).write_text(text, encoding="utf-8")
    return made


def environment(directory: Path) -> Path:
    """The file that a shell reads to administer the demo."""
    return directory / OFFICE / "env"


def partners(settings: Settings, term: timedelta = TERM) -> tuple[Partner, ...]:
    """Keys for the demo's partners, valid for a day where no other term is given."""
    return asyncio.run(_partners(settings, datetime.now(UTC) + term))


async def _partners(settings: Settings, expires: datetime) -> tuple[Partner, ...]:
    assert settings.pepper is not None
    store = await open_store(settings.store)
    try:
        register = Register(store, settings.pepper)
        return (
            await _partner(register, "County Benefits Office", "benefits-office", expires),
            await _partner(register, "Ward 3 Volunteer Fire Brigade", "fire-brigade", expires),
            await _partner(register, "Administrator", None, expires),
        )
    finally:
        await store.aclose()


async def _partner(register: Register, name: str, agreement: str | None, expires: datetime) -> Partner:
    made = await register.create(
        name,
        by="citygraph demo",
        now=datetime.now(UTC),
        agreement=agreement,
        admin=agreement is None,
        expires=expires,
    )
    return Partner(name, agreement, made.secret)
