"""What a place asks by the schemes of its entities, whoever they are: found out once for a plan."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.engine.wants import Want

if TYPE_CHECKING:
    from gateway.engine.plan import Place
    from gateway.engine.run import World

_MOST = 16


@dataclass(slots=True, eq=False)
class Footing:
    """For entities that were asked by some schemes: the `registers` that say whether they exist, the schemes
    of which matching may find further identifiers (`matched`), and what is found out on the way: the
    datasets that `translate` into another scheme, what is wanted of the base, the sections that come along."""

    registers: tuple[str, ...]
    matched: frozenset[str]
    translate: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wants: dict[tuple[str, frozenset[str], bool, bool], Want] = field(default_factory=dict)
    carried: dict[str, bool] = field(default_factory=dict)


def footing(world: "World", place: "Place", schemes: tuple[str, ...], *, doubting: bool) -> Footing:
    """Where a place stands with entities of these schemes, where typed numbers tie or do not (`doubting`)."""
    key = schemes, doubting
    known = place.footings.get(key)
    if known is None:
        if len(place.footings) >= _MOST:
            place.footings.clear()
        registers = world.bindings.registers
        names = tuple(dict.fromkeys(name for scheme in schemes for name in registers.get(scheme, ())))
        matching = world.persons if place.entity == "Person" else world.matching
        matched = frozenset[str]().union(*(matching.beside((scheme,)) for scheme in schemes))
        known = place.footings[key] = Footing(names if place.exists else (), matched)
    return known
