"""The crosswalk of a process over its store: consulted first, written aside.

What is known of an identifier is kept in memory for a minute; a person's decision elsewhere is known
here within a second, by the store's watch. Writing waits in memory: a look that is lost with the
process is looked at again. When the store is away nothing is known, and agencies are looked at.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from cachetools import TTLCache

from gateway.crosswalk.closing import known
from gateway.crosswalk.edges import Edge, Known, Look
from gateway.crosswalk.ledger import Ledger
from gateway.store import Store, StoreError
from resolvers.city import City

EVERY = 1.0
"""Seconds between two writes."""
MOST_WAITING = 20_000
"""Looks that wait for the store; further ones are not kept."""

_KEPT = 60.0
_MOST_KNOWN = 50_000
_EXPIRING = 3_600.0
_log = logging.getLogger("citygraph.crosswalk")


class StoredCrosswalk:
    """The crosswalk of one store. `bind` before anything else."""

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self._ledger, self._every = Ledger(store), every
        self._known: TTLCache[tuple[str, str], Known] = TTLCache(_MOST_KNOWN, _KEPT)
        self._waiting: dict[str, Look] = {}
        self._writing: asyncio.Task[None] | None = None
        self._several: frozenset[str] = frozenset()
        self._persons: frozenset[str] = frozenset()
        self._down = False

    def bind(self, city: City) -> None:
        """Work for this edition of the city from now on."""
        self._several = frozenset(scheme.name for scheme in city.schemes.values() if scheme.several)
        self._persons = frozenset(scheme.name for scheme in city.schemes.values() if scheme.entity == "Person")
        self._known.clear()

    async def load(self) -> None:
        """Forget what was read: somebody decided something."""
        self._known.clear()

    async def start(self) -> None:
        """Write every second from now on."""
        self._writing = asyncio.create_task(self._write_on(), name="citygraph crosswalk")

    async def aclose(self) -> None:
        """Stop, and write what is left. Raises `StoreError` where that is not possible."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None
        await self.flush()

    # what the engine asks

    async def known(self, identifiers: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        """What is known of identifiers; nothing while the store is away."""
        found = {each: self._known.get((each, rules)) for each in identifiers}
        missing = [each for each, what in found.items() if what is None]
        if missing:
            found |= await self._read(missing, rules, moment)
        return {each: what for each, what in found.items() if what is not None}

    async def _read(self, missing: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        try:
            edges, fresh = await self._ledger.known(missing, rules, moment)
        except StoreError as error:
            self._note(error)
            return {}
        reach = _reached(edges)
        found = {each: known(each, reach.get(each, ()), self._one, moment, fresh=each in fresh) for each in missing}
        for each, what in found.items():
            self._known[each, rules] = what
        return found

    def _one(self, scheme: str) -> bool:
        return scheme not in self._several

    def note(self, look: Look) -> None:
        """Remember a look, in a while. What may be a person's is not remembered."""
        if look.identifier.partition(":")[0] in self._persons:
            return
        if look.identifier in self._waiting or len(self._waiting) < MOST_WAITING:
            self._waiting[look.identifier] = look

    # writing

    async def flush(self) -> None:
        """Write what waits. Raises `StoreError`; then nothing is lost."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await self._ledger.write(list(waiting.values()))
        except BaseException:
            self._waiting = waiting | self._waiting
            raise
        touched = {end for look in waiting.values() for edge in look.edges for end in (edge.one, edge.other)}
        touched |= waiting.keys()
        for key in [key for key in self._known if key[0] in touched]:
            self._known.pop(key, None)

    async def _write_on(self) -> None:
        waited = _EXPIRING
        while True:
            await asyncio.sleep(self._every)
            waited += self._every
            try:
                await self.flush()
                if waited >= _EXPIRING:
                    await self._ledger.expire(datetime.now().astimezone())
                    waited = 0.0
            except StoreError as error:
                self._note(error)
            except Exception:
                _log.exception("the crosswalk could not be written")
            else:
                self._down = False

    def _note(self, error: StoreError) -> None:
        if not self._down:
            _log.warning("%s; agencies are looked at until it does", error)
        self._down = True


def _reached(edges: Sequence[Edge]) -> Mapping[str, list[Edge]]:
    """For each identifier the edges that hang together with it."""
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        one, other = groups.get(edge.one), groups.get(edge.other)
        merged = [edge, *(one or ()), *((other or ()) if other is not one else ())]
        ends = {edge.one, edge.other, *(end for each in merged for end in (each.one, each.other))}
        for end in ends:
            groups[end] = merged
    return groups
