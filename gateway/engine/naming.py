"""Datasets that say how businesses or persons are called, as far as the caller may see it."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from gateway.engine.arguments import Refusal
from gateway.engine.frames import Frame
from gateway.engine.looking import Looked
from gateway.engine.person_names import NAMES
from gateway.engine.plan import Place
from gateway.engine.restricting import told, untold
from gateway.engine.run import Run
from gateway.engine.values import Identified, RecordValue
from resolvers.city import Table
from resolvers.identity.codec import BadIdentifier

_NAMES = MappingProxyType({"Business": ("trade_name", "legal_name"), "Person": NAMES})


def named_tables(run: Run, entity: str, looked: Looked) -> Iterable[tuple[Table, list[str]]]:
    """The datasets that claim names the caller may see, with the columns of the names."""
    for table in run.world.city.tables.values():
        columns = [c.column for c in table.claims if c.entity == entity and c.attribute in _NAMES[entity]]
        if not columns or not run.world.bindings.of(table.name, entity):
            continue
        hidden = {column: run.denied_column(table, column) for column in columns}
        shown = [column for column in columns if hidden[column] is None]
        if shown and not told(run, table, entity):
            looked.denied += [failure for failure in (untold(run, table, entity),) if failure]
        elif shown:
            yield table, shown
        else:
            looked.denied += [failure for failure in hidden.values() if failure]


def address_of(run: Run, near: str) -> Identified:
    """The address that a search is near. Raises `Refusal`."""
    try:
        return run.world.bindings.parse("Address", near)
    except BadIdentifier as error:
        raise Refusal("BAD_IDENTIFIER", f"near: {error}") from None


async def rows_near(
    run: Run, entity: str, place: Identified, tables: Mapping[str, Sequence[str]], looked: Looked
) -> list[RecordValue]:
    """Rows of these datasets at one address, with these columns and those that name the entity."""
    wanted = Place("Address", "near")
    for name, columns in tables.items():
        if run.world.bindings.of(name, "Address"):
            reads = [c for b in run.world.bindings.of(name, entity) for c in b.key.reads]
            wanted.need(name, *columns, *reads)
            wanted.tying.add(name)
    frame = Frame(run, wanted, [place])
    found = [(await frame.whole(name))[0] for name in wanted.base]
    looked.answered += sum(rows.shown for rows in found)
    looked.failures += [rows.failure for rows in found if rows.failure]
    return [record for rows in found for record in rows.records]
