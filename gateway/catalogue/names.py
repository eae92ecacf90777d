"""Names that cross files: what a city's files call each other's schemes, datasets and columns."""

from dataclasses import dataclass, field

from gateway.catalogue.documents import Spot
from gateway.catalogue.problems import nearest
from resolvers.city import Scheme

ENTITIES: tuple[str, ...] = ("Address", "Business", "Person")


@dataclass(slots=True)
class Schemes:
    """A city's schemes by complete name ("nyc.bbl"); files may use the short one ("bbl").

    Names in `lost` were declared with mistakes; `lenient` is set where a whole file is unread.
    Neither is an unknown scheme.
    """

    prefix: str
    lenient: bool = False
    declared: dict[str, Scheme] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)
    short: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def find(self, name: str, spot: Spot) -> Scheme | None:
        """The scheme of a short or complete name; an unknown one is reported at `spot`."""
        scheme = self.declared.get(self.short.get(name, name))
        if scheme is None and not self.lenient and name not in self.lost:
            spot.problem(f'scheme "{name}" is not declared', nearest(name, [*self.short, *self.declared]))
        return scheme


def entity_field(text: str, spot: Spot, what: str) -> tuple[str, str] | None:
    """ "Address.sales" as its two names; anything else is reported at `spot`."""
    entity, dot, name = text.partition(".")
    if entity in ENTITIES and dot and name:
        return entity, name
    if entity not in ENTITIES and dot:
        spot.problem(f'"{entity}" is no entity', nearest(entity, ENTITIES))
    else:
        spot.problem(f'"{text}" is no {what}', 'write entity and name, like "Address.sales"')
    return None
