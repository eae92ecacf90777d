"""A section's plan as one caller may have it: without an order, a key or a tie by denied columns.

A plan is the same for everyone. Where the caller may not see a section's date, its records have
none: the order of the rows would tell it, and so would cursors. Where it may not see the columns
that identify a record, what it may see of the record identifies it.
"""

from dataclasses import replace

from gateway.engine.bindings import Binding
from gateway.engine.plan import RecordPlan
from gateway.engine.run import Run
from gateway.engine.values import Failure
from resolvers.city import Table


def permitted(run: Run, record: RecordPlan) -> RecordPlan:
    """The plan of a section's records for this caller; the very same for most."""
    table, hidden = record.table, run.permits.hidden(record.table)
    if not hidden or run.permits.table(table) is not None:  # a denied dataset shows no record; it may be counted
        return record
    date = None if record.date in hidden else record.date
    if hidden.isdisjoint(record.key):
        return record if date == record.date else replace(record, date=date)
    columns = table.dataset.columns
    public = [name for name, column in columns.items() if column.public]
    key = tuple(column for column in record.section.group if column not in hidden)
    shown = tuple(dict.fromkeys((*record.columns, *public)))
    return replace(record, date=date, key=key, keyed=False, columns=shown)


def told(run: Run, table: Table, entity: str) -> list[Binding]:
    """The keys by which the caller may see whom of a kind the rows of a dataset name."""
    hidden = run.permits.hidden(table)
    return [binding for binding in run.world.bindings.of(table.name, entity) if hidden.isdisjoint(binding.key.reads)]


def untold(run: Run, table: Table, entity: str, *bindings: Binding) -> Failure | None:
    """Why the caller may not see by some of its keys (or by these) whom of a kind a dataset names;
    None if it may by all."""
    denied = run.denied_entity(entity)
    if denied is not None:
        return denied
    keys = bindings or run.world.bindings.of(table.name, entity)
    reads = (column for binding in keys for column in binding.key.reads)
    return next((failure for column in reads if (failure := run.denied_column(table, column))), None)
