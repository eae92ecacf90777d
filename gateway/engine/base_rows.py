"""The rows that claims, ties and translation share: by which keys they are asked for, and with which columns."""

from collections.abc import Sequence

from gateway.engine.access import compared
from gateway.engine.fetching import fetch
from gateway.engine.plan import RecordPlan
from gateway.engine.run import Batch
from gateway.engine.values import Rows
from gateway.engine.waiting import shared
from gateway.engine.wants import Want


def schemes_of(batch: Batch, table: str) -> frozenset[str]:
    """The keys that a dataset of the base is asked by. Claims hold for one level only, so that a dataset
    that but claims is asked by keys of the entities' own level."""
    world, place = batch.run.world, batch.place
    levels = {world.city.schemes[scheme].level for scheme in batch.given}
    bindings = world.bindings.of(table, place.entity)
    return frozenset(b.scheme.name for b in bindings if table in place.tying or b.scheme.level in levels)


async def ask_directly(batch: Batch, table: str) -> Sequence[Rows]:
    """Rows found by the identifiers that the entities were asked by."""
    return await fetch(batch, _want(batch, table, frozenset(batch.given), direct=True))


async def ask_wholly(batch: Batch, table: str) -> tuple[Sequence[Rows], Sequence[Rows]]:
    """Rows found by every key that matters: those that tie, and those that claim. What applicants typed is in
    neither unless it is confirmed; where nothing can be compared it ties, since a tie says that it is POSSIBLE."""
    world, place = batch.run.world, batch.place
    schemes = schemes_of(batch, table)
    compares = table in world.matching.tables
    sifts = table in place.typed and (compares or any(table in claiming for claiming in place.attributes.values()))
    authorities = batch.authorities(world.city.tables[table]) if sifts else None
    if len(batch.given) == 1 and schemes <= set(batch.given):
        rows = await batch.direct(table)
    else:
        rows = await fetch(batch, _want(batch, table, schemes))
    if authorities is None:
        return rows, rows
    said = await shared(authorities)
    confirmed = [said.confirmed(i, each) for i, each in enumerate(rows)]
    return confirmed if compares else rows, confirmed


def carries(batch: Batch, record: RecordPlan) -> bool:
    """Whether a section's records come with rows that are asked for anyway."""
    name, footing = record.table.name, batch.footing
    if batch.place.carried.get(name) is not record:
        return False
    known = footing.carried.get(name)
    if known is None:
        (binding,) = batch.run.world.bindings.of(name, batch.place.entity)
        scheme = binding.scheme.name
        known = footing.carried[name] = set(batch.given) == {scheme} and scheme not in footing.matched
    return known and (name in batch.at_hand or name in footing.registers)


def _want(batch: Batch, name: str, schemes: frozenset[str], *, direct: bool = False) -> Want:
    place, footing = batch.place, batch.footing
    along = place.carried.get(name) if direct else None
    carried = along is not None and carries(batch, along)
    known = footing.wants.get((name, schemes, direct, carried))
    if known is not None:
        return known
    table = batch.run.world.city.tables[name]
    columns = sorted(place.base.get(name, set()))
    if along is not None and carried:
        columns += along.columns
    if place.typed:
        columns += [column for column in compared(batch.run, table) if column not in columns]
    key = table.dataset.id
    made = Want(table, (*columns, *key), key=key, keyed=bool(key), schemes=schemes, direct=direct)
    footing.wants[name, schemes, direct, carried] = made
    return made
