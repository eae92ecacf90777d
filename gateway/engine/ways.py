"""How one want is fetched for the callers of one profile: found out once for as long as it is wanted.

A want that no variable takes part in is the same from request to request, and so is most of what a fetch
needs before it can ask: by which keys, which columns, what its rows are.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from gateway.engine.access import Access, access
from gateway.engine.grouping import Kind
from gateway.engine.run import Run
from gateway.engine.sharing import Pattern
from gateway.engine.wants import Want
from gateway.policy.permits import Permits

_MOST = 32


@dataclass(slots=True, eq=False)
class Way:
    """How callers with these `permits` may ask for a want, and of what `kind` the rows are. `patterns` are
    those of calls in which nothing is a request's own but the keys."""

    permits: Permits
    access: Access
    kind: Kind
    patterns: dict[Hashable, Pattern] = field(default_factory=dict)


def way(run: Run, entity: str, want: Want, *, counting: bool = False) -> Way:
    """How the caller of a run may ask for this."""
    permits, kept = run.permits, want.ways
    key = entity, counting, run.world.restrictions.empty, id(permits)
    found = kept.get(key)
    if found is None or found.permits is not permits:
        if len(kept) >= _MOST:
            kept.clear()
        by = access(run, entity, want, counting=counting)
        level = by.bindings[0].scheme.level if len(by.bindings) == 1 else ""
        kind = Kind(want.table, want.section, by.index, level, want.key, want.keyed)
        found = kept[key] = Way(permits, by, kind)
    return found
