"""`city`: the catalogue, which the gateway knows without asking an agency."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from gateway.engine.plan import RootPlan
from gateway.engine.run import Run
from resolvers import directory
from resolvers.city import Table
from resolvers.provenance import State
from resolvers.records import Level

_CADENCE = MappingProxyType(
    {"hourly": 1, "daily": 2, "weekly": 10, "monthly": 45, "quarterly": 120, "yearly": 500, "annually": 500}
)
"""After how many days without news a dataset of a cadence is late."""


async def city(run: Run, _root: RootPlan) -> directory.City:
    """The catalogue, with the health of its sources."""
    made = run.world.city
    datasets = {name: _dataset(run, table) for name, table in made.tables.items()}
    agencies = [
        directory.Agency(
            id=agency.id,  # type: ignore[arg-type]
            name=agency.name,
            short=agency.short,
            steward=agency.steward,
            datasets=[datasets[name] for name, table in made.tables.items() if table.agency == agency.id],
        )
        for agency in made.agencies.values()
    ]
    schemes = [
        directory.Scheme(
            name=s.name,
            title=s.title or None,
            entity=s.entity,
            level=Level(s.level),
            example=run.world.bindings.codecs[s.name].example,
        )
        for s in made.schemes.values()
    ]
    return directory.City(
        name=made.name,
        time_zone=made.time_zone,
        currency=made.currency,
        agencies=agencies,
        datasets=list(datasets.values()),
        schemes=schemes,
    )


def _dataset(run: Run, table: Table) -> directory.Dataset:
    made = run.world.city
    as_of = table.as_of if isinstance(table.as_of, date) else None
    return directory.Dataset(
        name=table.name,
        title=table.title,
        description=table.description or None,
        agency=run.world.agency(table),
        licence=table.licence,
        cadence=table.cadence,
        as_of=as_of,
        late=_late(table.cadence, as_of),
        covers=_covers(table),
        sections=[f"{s.entity}.{s.name}" for s in made.sections if s.dataset == table.name],
        keys=[key.scheme for key in table.keys],
        access=table.access,
        health=_health(run, table.dataset.source),
        key_quality=_key_quality(run, table),
    )


def _key_quality(run: Run, table: Table) -> list[directory.KeyQuality]:
    if run.permits.table(table) is not None:
        return []
    return [
        directory.KeyQuality(
            scheme=scheme,
            seen=tally.seen,
            missing=tally.missing,
            refused=tally.refused,
            unconfirmed=tally.unconfirmed,
        )
        for scheme, tally in sorted(run.world.matching.quality.told(table.name).items())
    ]


def _covers(table: Table) -> str | None:
    if table.covers_text:
        return table.covers_text
    return "; ".join(f"{part}: {', '.join(values)}" for part, values in table.covers.items()) or None


def _late(cadence: str | None, as_of: date | None) -> bool | None:
    days = _CADENCE.get(cadence or "")
    if days is None or as_of is None:
        return None
    return datetime.now(UTC).date() - as_of > timedelta(days=days)


def _health(run: Run, source: str) -> directory.Health:
    seen = run.world.sources.health(source)
    state = None if seen.answered_at is None and seen.failed_at is None else State.OK
    if seen.code is not None:
        state = State.UNAVAILABLE
    return directory.Health(state=state, answered_at=seen.answered_at, failed_at=seen.failed_at, code=seen.code)
