"""Small counts are not told: `[dataset.protect] min_count`.

A count below it would single out the few whom it counts. So would the rest: where a condition
leaves out fewer than that many of the records that an entity has, the difference of two counts
is the small one. Zero is a small count too.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.engine.fetching import fetch
from gateway.engine.run import Batch
from gateway.engine.values import Failure, Rows
from gateway.engine.wants import Want


async def suppress(frame: Batch, want: Want, rows: Sequence[Rows]) -> Sequence[Rows]:
    """The same rows, their totals left out where they, or what their conditions leave out, are few."""
    protect = want.table.protect
    least = protect.min_count if protect else None
    if least is None or frame.run.permits.everything or not want.count:
        return rows
    rows, section = list(rows), want.section
    own = (section.where,) if section is not None and section.where is not None else ()
    whole = [found.total for found in rows]
    if want.filters != own:
        asked = replace(want, filters=own, filtered=frozenset(), first=0, after=None, mark=None, order=())
        whole = [found.total for found in await fetch(frame, asked)]
    failure = Failure("SUPPRESSED", f"Counts below {least}, and their complements, are not told.")
    failure = replace(failure, agency=frame.run.world.agency(want.table), dataset=want.table.name)
    for found, every in zip(rows, whole, strict=True):
        if found.total is None:
            continue
        if found.total < least or every is None or (want.filters != own and every - found.total < least):
            found.total, found.suppressed = None, failure
    return rows
