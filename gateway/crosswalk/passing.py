"""The crosswalk of a process without a store: what it found itself, for as long as a look holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cachetools import TTLCache

from gateway.crosswalk.closing import known
from gateway.crosswalk.edges import LOOKED, Known, Look
from resolvers.city import City

_MOST = 20_000


class PassingCrosswalk:
    """Remembers whole looks in memory, the latest ones. `bind` before anything else."""

    def __init__(self) -> None:
        self._looks: TTLCache[str, Look] = TTLCache(_MOST, LOOKED.total_seconds())
        self._several: frozenset[str] = frozenset()

    def bind(self, city: City) -> None:
        """Work for this edition of the city from now on."""
        self._several = frozenset(scheme.name for scheme in city.schemes.values() if scheme.several)
        self._looks.clear()

    async def known(self, identifiers: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        """What was found for identifiers within a day, by these weights."""
        looks = {each: self._looks.get(each) for each in identifiers}
        return {
            each: known(each, look.edges, self._one, moment, fresh=True)
            for each, look in looks.items()
            if look is not None and look.rules == rules and moment - look.moment < LOOKED
        }

    def _one(self, scheme: str) -> bool:
        return scheme not in self._several

    def note(self, look: Look) -> None:
        """Remember a look that is whole."""
        if look.whole:
            self._looks[look.identifier] = look
