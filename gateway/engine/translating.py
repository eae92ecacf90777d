"""One identifier for another: what registers tie, what matching finds, by which a place's entities are asked for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.engine.bindings import Reader
from gateway.engine.run import Batch, Known
from gateway.engine.values import Rows
from gateway.engine.waiting import together
from resolvers.city import Table
from resolvers.provenance import State

if TYPE_CHECKING:
    from gateway.engine.matching import Linked


def given(batch: Batch, scheme: str) -> Known:
    """The identifiers of a scheme that entities were asked by, with those that they replace."""
    run = batch.run
    alike, entities = run.world.bindings.alike, batch.entities
    values: list[dict[str, str | None]]
    spelled = scheme == run.world.city.address_scheme  # the same place may be written in several ways
    plainly = batch.given.keys() == {scheme} and len(batch.index) == len(entities) and not run.replaced
    if plainly and not spelled:
        return Known(None, [None] * len(entities), [value for _, value in entities])
    if spelled:
        values = [dict.fromkeys(alike(scheme, value)) if given == scheme else {} for given, value in entities]
    else:
        values = [{value: None} if given == scheme else {} for given, value in entities]
    for i, entity in enumerate(entities) if run.replaced else ():
        for before in run.replaced.get(entity, ()) if entity[0] == scheme else ():
            values[i][before.target[1]] = before.table.name
    return Known(values, [None] * len(entities))


def translators(batch: Batch, given: str, scheme: str) -> tuple[str, ...]:
    """The registers that tie two schemes. Where there is matching, what applicants typed does not: it
    tells whether that is true. Elsewhere nothing does, and a business is tied where that is asked for."""
    world = batch.run.world
    found = world.bindings.translators(given, scheme)
    matching = world.persons if batch.place.entity == "Person" else world.matching
    if not batch.doubting and scheme not in matching.beside((given,)):
        return found
    return tuple(table for table in found if not world.city.tables[table].self_declared)


async def translate(batch: Batch, scheme: str, tables: Sequence[str], *, matched: bool) -> Known:
    """The identifiers of a scheme by these registers, and by matching where that finds any."""
    known = given(batch, scheme)
    rows = await together(batch.direct(table) for table in tables)
    for table, found in zip(tables, rows, strict=True):
        _add(batch, known, scheme, table, found)
    if matched:
        _merge(batch, known, scheme, await batch.linked())
    return known


def _add(batch: Batch, known: Known, scheme: str, table: str, found: Sequence[Rows]) -> None:
    """Add what a register's rows say."""
    run = batch.run
    bindings = run.world.bindings
    keys = bindings.by_scheme(table, scheme)
    hidden = next((f for key in keys for c in key.key.reads if (f := run.denied_column(key.table, c))), None)
    columns: Mapping[str, int] | None = None
    readers: list[Reader] = []
    for i, (given, _) in enumerate(batch.entities):
        if given == scheme or not bindings.by_scheme(table, given):
            continue
        if found[i].state in (State.UNAVAILABLE, State.PARTIAL, State.DENIED):
            known.failures[i] = known.failures[i] or found[i].failure
        known.failures[i] = known.failures[i] or hidden
        for record in found[i].records:
            if record.columns is not columns:
                columns = record.columns
                readers = [Reader(key, columns) for key in keys]
            for key, reader in zip(keys, readers, strict=True):
                identifier = reader.read(record.row)
                others = key.others(record.cells()) if identifier is not None else ()
                for each in (identifier, *others) if identifier is not None else ():
                    for alike in bindings.alike(scheme, each):
                        known.values[i].setdefault(alike, table)


def _merge(batch: Batch, known: Known, scheme: str, linked: "Sequence[Linked]") -> None:
    """Add what matching found."""
    for i, found in enumerate(linked):
        if known.values[i] and batch.place.entity == "Person":
            continue  # a register has said so
        known.failures[i] = known.failures[i] or found.failure(scheme)
        for each in found.links:
            if each.identified[0] == scheme and each.merges(batch.possible):
                known.values[i].setdefault(each.identified[1], each.dataset)


async def covered(batch: Batch, table: Table, *, translated: bool) -> list[bool]:
    """Whether a dataset that covers some places only covers each entity; what is not known counts as
    covered.

    Rows that translation waits for must not wait for it: `translated` is False for them.
    """
    bindings = batch.run.world.bindings
    schemes = [b.scheme for b in batch.bindings(table) if set(table.covers) <= set(b.scheme.parts)]
    if not schemes:
        return [True] * len(batch.entities)
    name = schemes[0].name
    known = await batch.identifiers(name) if translated else batch.asked(name)

    def inside(identifier: str) -> bool:
        parts = bindings.parts(name, identifier)
        return all(parts[part] in values for part, values in table.covers.items())

    return [not ids or any(inside(identifier) for identifier in ids) for ids in known.values]
