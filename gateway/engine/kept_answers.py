"""Whole answers that are kept for a while: those of which every row may be.

What a dataset's `cache` allows for its rows holds for an answer that is made of nothing else: the same question
gets it again until the first of its rows is too old. The same question is one operation with the same values
for its variables, by one caller with the same permits. Bounded by bytes; what was used longest ago goes first.

Nothing is kept about persons, with errors or with something denied; nothing with links, which stewards decide
about; and nothing is kept or given while identifiers are restricted. Whoever may not ask one of the agencies
now, or wants newer rows (`maxAge`), is answered anew. Why so: docs/decisions/080-whole-answers-are-kept.md.
"""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from math import inf

from cachetools import LRUCache

from adapters.errors import SourceError
from gateway.engine.preparing import Prepared
from gateway.engine.requests import Caller, Encoded, Facts, Response
from gateway.engine.run import Run, World
from gateway.engine.sharing import Turn
from gateway.engine.sources import free
from gateway.policy.permits import Permits
from resolvers.meaning import BulkRoot, EntityRoot

_ENTRY = 1_500
"""Bytes of an answer beside its text and its key: measured with tracemalloc, rounded up."""

_MOST_OF_IT = 16
"""No answer may take more than this part of the room, so that one can't empty it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """`permits` are held, so that no others take their identity; `since` and `until` as in `Calls`."""

    permits: Permits
    payload: Encoded
    facts: Facts
    since: float
    until: float
    size: int


class KeptAnswers:
    """Those of one engine, at most `most` bytes of them."""

    def __init__(self, world: World, most: int) -> None:
        self._world, self.most = world, most
        self._caches = most > 0 and any(table.cache for table in world.city.tables.values())
        self._kept: LRUCache[Hashable, _Kept] = LRUCache(most, getsizeof=lambda kept: kept.size)

    @property
    def size(self) -> int:
        """Bytes in use, as estimated."""
        return int(self._kept.currsize)

    def __len__(self) -> int:
        return len(self._kept)

    def key(self, prepared: Prepared, caller: Caller) -> Hashable | None:
        """What an answer is kept by; None where it is not."""
        plan = prepared.plan
        if not self._caches or plan.personal or plan.fleeting or plan.unplanned is not None:
            return None
        if prepared.wishes.trace or prepared.facts.denied or not self._world.restrictions.empty:
            return None
        if not all(isinstance(root.selected.meaning, EntityRoot | BulkRoot) for root in plan.roots):
            return None
        if not (caller.key or caller.trusted):
            if plan.open is None:
                plan.open = self._world.sources.openness.opens(plan.needs)
            if not plan.open:
                return None
        return plan.number, id(prepared.decisions.permits), caller.key, repr(prepared.variables.coerced)

    def find(self, key: Hashable, prepared: Prepared, turn: Turn | None, headers: Mapping[str, str]) -> Response | None:
        """The answer to this question, if one is kept that may be given now."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = time.monotonic()
        if now >= kept.until:
            self._kept.pop(key, None)
            return None
        youngest = prepared.wishes.max_age
        if youngest is not None and kept.since < now - youngest:
            return None
        turn = turn or free
        try:
            for agency in kept.facts.agencies:
                turn(agency)
        except SourceError:
            return None
        facts = kept.facts._replace(purpose=prepared.facts.purpose, reference=prepared.facts.reference)
        return Response(kept.payload, headers=headers, facts=facts)

    def keep(self, key: Hashable, run: Run, response: Response) -> Response:
        """The response of a run, which is kept if all of its rows may be."""
        calls, told = run.calls, response.facts
        if calls.until == inf or time.monotonic() >= calls.until:  # nobody was asked, or not all may be kept
            return response
        if told.denied or "errors" in response.payload:
            return response
        payload = Encoded(response.payload)
        size = _ENTRY + len(payload.text) + len(repr(key))
        if size * _MOST_OF_IT <= self.most:
            facts = told._replace(purpose=None, reference=None)  # which each request says for itself
            self._kept[key] = _Kept(run.permits, payload, facts, calls.since, calls.until, size)
        return replace(response, payload=payload)
