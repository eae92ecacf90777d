"""Applied versions of agreements in the store: what every worker holds to.

The store keeps the text as it was applied, version by version, and forgets none: the record of
look-ups names them. The terms of a version never change.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.catalogue.documents import Document, Spot
from gateway.catalogue.problems import Report
from gateway.policy.agreements.differences import differences
from gateway.policy.agreements.files import AgreementFiles
from gateway.policy.agreements.grammar import AgreementFile
from gateway.policy.agreements.origin import Written
from gateway.store import METADATA, Moment, Store

TOPIC = "agreements"
"""What `Watch` is told when a version is applied."""

AGREEMENTS = sa.Table(
    "agreements",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("applied", Moment, nullable=False),
)


class StoredAgreements:
    """The applied agreements of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, report: Report) -> Sequence[Written]:
        """Every version, the newest first. Raises `StoreError`."""
        async with self._store.read() as connection:
            return await _versions(connection)


class StoredOrFiles:
    """The store's agreements once one has been applied there; until then those of a folder."""

    def __init__(self, store: Store, directory: AgreementFiles) -> None:
        self._stored = StoredAgreements(store)
        self._files = directory

    async def read(self, report: Report) -> Sequence[Written]:
        """Every version. Raises `StoreError`."""
        return await self._stored.read(report) or await self._files.read(report)


@dataclass(frozen=True, slots=True)
class Step:
    """What applying a file does, or would do."""

    id: str
    kind: Literal["new", "changed", "same", "refused"]
    version: int
    before: int | None = None
    lines: tuple[str, ...] = ()


Proposed = Mapping[str, tuple[Written, Document[AgreementFile]]]
"""Files to apply, by id, checked before."""


async def compare(store: Store, proposed: Proposed) -> tuple[Step, ...]:
    """What `apply` would do. A refused step has a problem in its document's report."""
    async with store.read() as connection:
        return _steps(await _versions(connection), proposed)


async def apply(store: Store, proposed: Proposed) -> tuple[Step, ...]:
    """Keep new versions, all or, where one is refused, none. Every worker is told.

    Raises `StoreError`.
    """
    steps = await compare(store, proposed)
    if any(step.kind == "refused" for step in steps) or all(step.kind == "same" for step in steps):
        return steps
    async with store.change(TOPIC) as connection:
        if store.engine.dialect.name == "postgresql":
            await connection.execute(sa.text("LOCK TABLE agreements IN SHARE ROW EXCLUSIVE MODE"))
        steps = _steps(await _versions(connection), proposed)
        if not any(step.kind == "refused" for step in steps):
            for step in steps:
                if step.kind != "same":
                    await _keep(connection, proposed[step.id][0], step.version)
    return steps


async def _versions(connection: AsyncConnection) -> list[Written]:
    table = AGREEMENTS.c
    rows = await connection.execute(
        sa.select(table.id, table.version, table.text).order_by(table.id, table.version.desc())
    )
    return [Written(id, f"agreement {id}, version {version}", text, version) for id, version, text in rows]


async def _keep(connection: AsyncConnection, written: Written, version: int) -> None:
    values = {"id": written.id, "version": version, "text": written.text, "applied": datetime.now(UTC)}
    await connection.execute(sa.insert(AGREEMENTS).values(values))


def _steps(stored: Sequence[Written], proposed: Proposed) -> tuple[Step, ...]:
    newest: dict[str, Written] = {}
    for each in stored:
        newest.setdefault(each.id, each)
    return tuple(_step(newest.get(id), *proposed[id]) for id in sorted(proposed))


def _step(newest: Written | None, written: Written, document: Document[AgreementFile]) -> Step:
    version = document.model.agreement.version
    if newest is None or newest.version is None:
        return Step(written.id, "new", version, lines=differences(None, written.text or ""))
    lines = _differences(newest.text, written.text or "")
    if version > newest.version:
        return Step(written.id, "changed", version, newest.version, lines)
    if version == newest.version and not lines:
        return Step(written.id, "same", version, version)
    what = f"version {newest.version} of {written.id} is applied already"
    Spot(document, ("agreement", "version")).problem(
        f"{what}, with other terms" if version == newest.version else what,
        f"write version = {newest.version + 1}, or take the terms back",
    )
    return Step(written.id, "refused", version, newest.version, lines)


def _differences(before: str | None, after: str) -> tuple[str, ...]:
    try:
        return differences(before, after)
    except tomllib.TOMLDecodeError:
        return differences(None, after)
