"""How the parts of an entity fare: what `sources` and `extensions.incomplete` tell."""

from typing import TYPE_CHECKING

from gateway.engine.base_rows import schemes_of
from gateway.engine.translating import translators
from gateway.engine.values import PartState
from resolvers.names import camel

if TYPE_CHECKING:
    from gateway.engine.frames import Frame


def told_parts(frame: "Frame", i: int) -> list[PartState]:
    """How every part that the query asks of an entity fares; what is absent has none."""
    if frame.existence and frame.existence[i] is None:
        return []
    return [*_in_order(frame, frame.parts_of(i)), *_claiming(frame, i), *_leading(frame, i)]


def _in_order(frame: "Frame", parts: list[PartState]) -> list[PartState]:
    """As the query has their fields, whichever agency answered first."""
    chosen = [plan.selected for plan in frame.place.sections] + [plan.selected for plan in frame.place.links]
    places = {selected.name: n for n, selected in enumerate(chosen)}
    return sorted(parts, key=lambda part: places.get(part.field, len(chosen)))


def _claiming(frame: "Frame", i: int) -> list[PartState]:
    tables = frame.run.world.city.tables
    return [
        PartState(camel(name), tables[table], rows.state, rows.fetched_at, rows.as_of, rows.failure)
        for name, datasets in frame.place.attributes.items()
        for table in datasets
        if table in frame.base and schemes_of(frame, table)
        for rows in [frame.base[table][i]]
    ]


def _leading(frame: "Frame", i: int) -> list[PartState]:
    """The registers that lead to related identifiers, by the field that follows them."""
    world, given = frame.run.world, frame.entities[i][0]
    known = frame.wanted()
    fields = {
        selected.name: [name for name in known if world.city.schemes[name].level == level]
        for selected, level, _ in frame.place.related
    }
    if frame.place.identified:
        fields["identifiers"] = known
    found = {
        (name, table): frame.found_directly(table)[i]
        for name, schemes in fields.items()
        for scheme in schemes
        for table in (translators(frame, given, scheme) if scheme != given else ())
    }
    return [
        PartState(name, world.city.tables[table], rows.state, rows.fetched_at, rows.as_of, rows.failure)
        for (name, table), rows in found.items()
    ]
