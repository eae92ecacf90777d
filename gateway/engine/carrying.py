"""To-one sections whose rows come along with rows that are asked for anyway.

The register that says what exists, and the one that a find looks in, often have a section of their own
(`lot { street }`). Where such a dataset has one row for each identifier, it is asked once.
"""

from collections.abc import Iterator, Sequence

from gateway.engine.access import access
from gateway.engine.bindings import Bindings
from gateway.engine.ordering import sort_records
from gateway.engine.pages import base_want
from gateway.engine.plan import Place, RecordPlan, RootPlan, SectionPlan
from gateway.engine.restricting import permitted
from gateway.engine.run import Run
from gateway.engine.values import Identified, RecordValue, Rows
from resolvers.city import Table


def carriable(bindings: Bindings, plan: SectionPlan, entity: str) -> RecordPlan | None:
    """A section's records, if there is one at most for an entity and an identifier says which."""
    record = plan.records[0]
    section, table = record.section, record.table
    keys = bindings.of(table.name, entity)
    if plan.merged or section.many or section.where is not None or section.group or not record.keyed:
        return None
    alone = len(keys) == 1 and keys[0].exact and keys[0].key.reads == record.key == table.dataset.id
    return record if alone else None


def found_with(run: Run, root: RootPlan, table: Table) -> Iterator[tuple[Place, RecordPlan]]:
    """The sections whose records a find in this dataset brings along for this caller, by place."""
    if run.permits.rows(table) or table.as_of is not None or not run.world.restrictions.empty:
        return
    for _, place in root.places:
        record = place.carried.get(table.name)
        if record is not None and permitted(run, record) is record:
            yield place, record


def columns_of(run: Run, place: Place, record: RecordPlan) -> tuple[str, ...]:
    """What is fetched for a section's records."""
    return access(run, place.entity, base_want(record)).columns


def at_hand(record: RecordPlan, found: Sequence[tuple[Identified, RecordValue]], level: str) -> list[Rows]:
    """A section's rows for entities, from the records by which these were found."""
    return [_alone(_made(record, each, level, target)) for target, each in found]


def _alone(made: RecordValue) -> Rows:
    return Rows([made], total=1, fetched_at=made.fetched_at, visible=True)


def _made(record: RecordPlan, found: RecordValue, level: str, owner: Identified) -> RecordValue:
    key = tuple(found.cell(column) for column in record.key)
    moment, section = found.fetched_at, record.section
    return RecordValue(found.table, section, found.columns, found.row, level, moment, owner, key, found.hidden)  # type: ignore[arg-type]


def of_section(record: RecordPlan, rows: Rows) -> Rows:
    """Rows of the base as a section's."""
    if not rows.records:
        return rows
    records = [
        RecordValue(r.table, record.section, r.columns, r.row, r.level, r.fetched_at, r.owner, r.key, r.hidden, r.as_of)
        for r in rows.records
    ]
    sort_records(records, record.latest_first)
    r = rows
    return Rows(records, r.state, r.failure, r.total, r.as_of, r.fetched_at, r.more, r.visible, r.suppressed)
