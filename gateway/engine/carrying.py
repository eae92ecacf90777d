"""To-one sections whose rows come along with rows that are asked for anyway.

The register that says what exists, and the one that a find looks in, often have a section of their own
(`lot { street }`). Where such a dataset has one row for each identifier, it is asked once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.engine.access import access
from gateway.engine.bindings import Bindings
from gateway.engine.grouping import Grouped, Kind, Row
from gateway.engine.ordering import sort_records, sort_rows
from gateway.engine.pages import base_want
from gateway.engine.plan import Place, RecordPlan, RootPlan, SectionPlan
from gateway.engine.restricting import permitted
from gateway.engine.run import Run
from gateway.engine.values import Identified, Rows
from gateway.engine.wants import typed
from resolvers.city import Table


def carriable(bindings: Bindings, plan: SectionPlan, entity: str) -> RecordPlan | None:
    """A section's records, if there is one at most for an entity and an identifier says which for certain."""
    record = plan.records[0]
    section, table = record.section, record.table
    if typed(table, entity):
        return None
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


def at_hand(
    kind: Kind, targets: Sequence[Identified], rows: Sequence[Row], moment: datetime, *, sound: bool
) -> Sequence[Rows]:
    """A section's rows for entities, which are those by which they were found in one answer."""
    return Grouped(kind, targets, rows, True, [(moment, None)] * len(targets), sound=sound)


def of_section(record: RecordPlan, rows: Sequence[Rows]) -> Sequence[Rows]:
    """Rows of the base as a section's."""
    if not isinstance(rows, Grouped):
        return [_of_section(record, each) for each in rows]
    kind = rows.kind._replace(section=record.section)
    found = rows.rows if rows.single else [[*each] for each in rows.rows]
    for each in () if rows.single else found:
        if len(each) > 1:
            sort_rows(each, record.latest_first, kind.key, kind.columns)
    return replace(rows, kind=kind, rows=found, made={i: _of_section(record, rows.made[i]) for i in rows.told})


def _of_section(record: RecordPlan, rows: Rows) -> Rows:
    if not rows.records:
        return rows
    records = [replace(each, section=record.section) for each in rows.records]
    sort_records(records, record.latest_first)
    return replace(rows, records=records)
