"""Facts of an entity: its label, its attributes and who claims what, how its parts fare."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from adapters.base import Damaged
from gateway.engine.entity_ids import entity_id
from gateway.engine.identities import identifiers
from gateway.engine.ordering import day, plain
from gateway.engine.planning import LABELS, URL_COLUMN
from gateway.engine.run import EntityValue, Run
from gateway.engine.values import (
    INTS,
    PERSONAL,
    WITHHELD,
    Failure,
    PartState,
    RecordValue,
    Rows,
)
from resolvers.city import Table
from resolvers.entities import SHARED
from resolvers.linking import Claim
from resolvers.merging import ClaimValue, Rule, attributes
from resolvers.names import camel
from resolvers.provenance import Existence, PartError, PartSource, RecordSource, State
from resolvers.records import Level
from resolvers.scalars import write_money

ENTITIES = tuple(SHARED)

_OWES_NOTHING = frozenset({"UNTRANSLATED", "UNCONFIRMED"})
"""Codes of agencies to which no register leads, or whose rows are another's: they owe no value, `sources` tells."""

_RULES: Mapping[str, Mapping[str, Any]] = MappingProxyType({name: attributes(kind) for name, kind in SHARED.items()})


def record_source(run: Run, record: RecordValue) -> RecordSource:
    """Where a record comes from."""
    table = record.table
    return RecordSource(
        agency=run.world.agency(table),
        dataset=table.name,
        record_url=record_url(run, record),
        fetched_at=record.fetched_at,
        as_of=as_of(run, record),
        stale=False,
    )


def record_url(run: Run, record: RecordValue) -> str | None:
    """The record's page: the address that the catalogue gives, its braces filled from the row."""
    url = record.table.record_url
    if url is None:
        return None
    for column in URL_COLUMN.findall(url):
        shown = column in record.columns and run.denied_column(record.table, column) is None
        value = plain(record.cell(column)) if shown else None
        if value is None:
            return None
        url = url.replace("{" + column + "}", quote(str(value), safe=""))
    return url


def as_of(run: Run, record: RecordValue) -> date | None:
    """The day that a record speaks of: its own, its answer's or its dataset's."""
    declared = record.table.as_of
    if isinstance(declared, str):
        return day(plain(record.cell(declared)), run.world.zone) if declared in record.columns else None
    return record.as_of or declared


def part_source(run: Run, part: PartState) -> PartSource:
    """How a part fares, as the schema has it."""
    failure = part.failure
    error = None
    if failure is not None:
        error = PartError(
            code=failure.code, message=failure.message, retryable=failure.retryable, retry_after=failure.retry_after
        )
    return PartSource(
        field=part.field,
        state=part.state,
        agency=run.world.agency(part.table),
        dataset=part.table.name,
        as_of=part.as_of,
        fetched_at=part.fetched_at,
        stale=part.state is State.STALE,
        error=error,
    )


@dataclass(slots=True)
class Claimed:
    """What agencies claim for one attribute of one entity, in the city's order of preference."""

    values: list[ClaimValue] = field(default_factory=list)
    records: list[RecordValue] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    denials: list[Failure] = field(default_factory=list)
    withheld: Failure | None = None


def claimed(run: Run, entity: EntityValue, name: str) -> Claimed:
    """Gather the claims. They never cross levels: a unit's value is none for its building."""
    frame, found = entity.frame, Claimed()
    level = run.world.city.schemes[frame.entities[entity.index][0]].level
    for table_name in frame.place.attributes.get(name, ()):
        table = run.world.city.tables[table_name]
        rows = frame.base[table_name][entity.index]
        if rows.state is State.WITHHELD:
            found.withheld = _confidential(run, table)
        if rows.failure is not None and rows.state is not State.DENIED and rows.failure.code not in _OWES_NOTHING:
            found.failures.append(rows.failure)
        for claim in table.claims:
            if (claim.entity, claim.attribute) == (frame.place.entity, name):
                found.withheld = found.withheld or _perhaps_withheld(table, claim.column, rows)
                _gather(run, found, table, claim.column, rows, level)
    return found


def _perhaps_withheld(table: Table, column: str, rows: Rows) -> Failure | None:
    """Why it is not known whether an agency withholds a value, so that no other's is given for it."""
    unheard = rows.failure is not None and rows.failure.code not in ("DENIED", "UNTRANSLATED")
    return rows.failure if unheard and any(not w.columns or column in w.columns for w in table.withheld) else None


def _gather(run: Run, found: Claimed, table: Table, column: str, rows: Rows, level: str) -> None:
    denied = run.denied_column(table, column)
    if denied is not None:
        found.denials.append(denied)
        return
    agency = run.world.agency(table)
    for record in rows.records:
        if record.level != level:
            continue
        value = record.cell(column)
        if value is WITHHELD:
            found.withheld = _confidential(run, table, column)
        elif value is PERSONAL:
            found.denials.append(run.denied_persons(table, column))
        elif isinstance(value, Damaged):
            message = f"{agency} holds a malformed value in {column} of {table.name}."
            found.failures.append(Failure("MALFORMED", message, agency, table.name, column))
        elif value is not None:
            claim = ClaimValue(value, table.name, as_of(run, record))
            if all((c.value, c.dataset) != (claim.value, claim.dataset) for c in found.values):
                found.values.append(claim)
                found.records.append(record)


def _confidential(run: Run, table: Table, column: str | None = None) -> Failure:
    """A withheld value is never supplied by another agency."""
    agency = run.world.agency(table)
    return Failure("WITHHELD", f"{agency} keeps it confidential.", agency, table.name, column)


def _rule(entity: str, name: str) -> Rule:
    return _RULES[entity][name].metadata["rule"]  # type: ignore[no-any-return]


def attribute(run: Run, entity: EntityValue, name: str) -> Any:
    """The value that the attribute's rule chooses, or why there is none."""
    found = claimed(run, entity, name)
    if found.withheld is not None:
        return found.withheld
    chosen = _rule(entity.frame.place.entity, name)(found.values)
    if chosen is not None:
        value = _fit(entity.frame.place.entity, name, found.values[chosen].value)
        table = found.records[chosen].table
        return value if not isinstance(value, int) or value in INTS else _beyond(run, table, name)
    return next(iter([*found.failures, *found.denials]), None)


def _beyond(run: Run, table: Table, name: str) -> Failure:
    agency = run.world.agency(table)
    return Failure("MALFORMED", f"{agency} claims a number beyond 32 bits for {camel(name)}.", agency, table.name)


def _fit(entity: str, name: str, value: Any) -> Any:
    """A claimed value as the attribute's own type."""
    wanted = SHARED[entity].__annotations__[name].__args__[0]
    if wanted is str:
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if wanted in (int, float):
        return wanted(value)
    return Decimal(str(value)) if isinstance(value, int | float) else value


def claims(run: Run, entity: EntityValue, arguments: Mapping[str, Any]) -> Any:
    """Every agency's value for an attribute, the chosen one marked."""
    name = str(getattr(arguments["attribute"], "value", arguments["attribute"]))
    kind = entity.frame.place.entity
    found = claimed(run, entity, name)
    if found.withheld is not None:
        return found.withheld
    if not found.values and (found.failures or found.denials):
        return [*found.failures, *found.denials][0]
    rule = _rule(kind, name)
    chosen = rule(found.values)
    return [
        Claim(
            value=_print(_fit(kind, name, claim.value)),
            chosen=index == chosen,
            rule=rule.__name__,
            source=record_source(run, record),
        )
        for index, (claim, record) in enumerate(zip(found.values, found.records, strict=True))
    ]


def _print(value: Any) -> str:
    if isinstance(value, Decimal):
        return write_money(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _id(run: Run, entity: EntityValue) -> str:
    return entity_id(run, entity.frame.entities[entity.index])


def _name(run: Run, entity: EntityValue) -> Any:
    kind = entity.frame.place.entity
    return shown_name(kind, (attribute(run, entity, name) for name in LABELS[kind]))


def shown_name(kind: str, names: Iterable[Any]) -> Any:
    """Of the label attributes' values the first that the caller may see; of a person's given and family
    name both, where there is no whole one."""
    shown = (None if isinstance(name, Failure) else name for name in names)
    if kind != "Person":
        return next((name for name in shown if name is not None), None)
    full, *parts = shown
    return full or " ".join(filter(None, parts)) or None


def label(run: Run, entity: EntityValue) -> str:
    """A name to show; the identifier where agencies give none."""
    if entity.frame.place.entity != "Address":
        return str(_name(run, entity) or _id(run, entity))
    line, postcode = (attribute(run, entity, name) for name in LABELS["Address"])
    if isinstance(line, str):
        return f"{line}, {postcode}" if isinstance(postcode, str) else line
    return next(_addresses(run, entity), _id(run, entity))


def _addresses(run: Run, entity: EntityValue) -> Iterator[str]:
    """The addresses by which the rows that were fetched anyway know the entity."""
    bindings, scheme = run.world.bindings, run.world.city.address_scheme
    for table, rows in entity.frame.base.items():
        for binding in bindings.by_scheme(table, scheme):
            for record in rows[entity.index].records:
                parts = bindings.locale.parse_key(binding.read(record.cells()) or "")
                if parts is not None:
                    area = parts.postcode or parts.city_part
                    yield f"{parts.number} {parts.street}, {area}" if area else f"{parts.number} {parts.street}"


def _level(run: Run, entity: EntityValue) -> Level:
    return Level(run.world.city.schemes[entity.frame.entities[entity.index][0]].level)


def _existence(_run: Run, entity: EntityValue) -> Existence:
    return entity.frame.existence[entity.index] or Existence.UNKNOWN


def _sources(run: Run, entity: EntityValue) -> list[PartSource]:
    return [part_source(run, part) for part in entity.frame.told_parts(entity.index)]


FACTS: Mapping[str, Callable[[Run, EntityValue], Any]] = MappingProxyType(
    {
        "id": _id,
        "label": label,
        "name": _name,
        "level": _level,
        "existence": _existence,
        "identifiers": identifiers,
        "sources": _sources,
    }
)
"""Every fact of an entity by the name of its field."""
