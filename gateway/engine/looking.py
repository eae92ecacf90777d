"""What a search root saw while it asked datasets, and how it asks one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.base import Filter, Keys, Scan
from adapters.errors import SourceError
from gateway.engine.fetching import records_found
from gateway.engine.run import Run
from gateway.engine.values import CandidateValue, Failure, RecordValue, source_failure
from gateway.engine.wants import Want
from gateway.engine.withholding import narrowing, needed
from resolvers.city import Table


@dataclass(slots=True)
class Looked:
    """What a search saw. It fails only if no dataset answered; `denied` are those it may not look at.
    With `cut`, a dataset had more rows than are read."""

    candidates: list[CandidateValue] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    denied: list[Failure] = field(default_factory=list)
    answered: int = 0
    cut: bool = False


async def rows_found(
    run: Run,
    table: Table,
    entity: str,
    *,
    looked: Looked,
    keys: Keys | None = None,
    filters: tuple[Filter, ...] = (),
    columns: Sequence[str] = (),
) -> list[RecordValue]:
    """The rows that the caller may have, with the columns that tell whom of a kind they name;
    what went wrong is noted in `looked`."""
    reads = [c for b in run.world.bindings.of(table.name, entity) for c in b.key.reads]
    wanted = tuple(dict.fromkeys((*reads, *columns, *needed(run, table))))
    try:
        scan = Scan(wanted, keys, (*filters, *narrowing(run, table)), limit=run.world.bounds.scanned)
        answer = await run.scan(table, scan)
    except SourceError as error:
        looked.failures.append(source_failure(error, table, run.world.agency(table)))
        return []
    looked.answered += 1
    looked.cut = looked.cut or not answer.complete or len(answer.rows) >= run.world.bounds.scanned
    return [*records_found(run, Want(table, wanted, filters=filters), answer)]
