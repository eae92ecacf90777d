"""What one row says of a business, in public values only.

A name that may be a person's is no name here, whoever asks: matching brings nobody's name to light
and keeps none in the crosswalk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from adapters.base import Cell
from gateway.engine.bindings import Binding
from gateway.engine.matching.matchable import Matchable
from gateway.engine.matching.quality import KeyQuality
from gateway.engine.ordering import day, plain
from gateway.engine.run import Run
from gateway.engine.values import Identified, RecordValue
from resolvers.identity.address_keys import read_parts
from resolvers.identity.addresses import AddressParts, Locale
from resolvers.identity.matching.businesses import Business, business
from resolvers.identity.names import names_organisation

_MOST_NAMES = 8
_MOST_PHONES = 4
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """One row: the identifiers that it gives the business, what it is called there, and where it is."""

    dataset: str
    source: Matchable = field(compare=False, repr=False)
    identifiers: tuple[Identified, ...]
    trade: tuple[str, ...]
    legal: tuple[str, ...]
    phones: tuple[str, ...]
    parts: AddressParts | None
    places: tuple[Identified, ...]
    since: date | None
    until: date | None

    @property
    def official(self) -> bool:
        """Whether the agency itself gave the identifiers."""
        return self.source.official


def sighting(run: Run, source: Matchable, record: RecordValue) -> Sighting:
    """What a row says."""
    cells = record.cells()
    since, until = (day(cells.get(c), run.world.zone) if c else None for c in (source.since, source.until))
    return Sighting(
        source.table.name,
        source,
        tuple(_named(source.keys, cells, run.world.matching.quality)),
        _texts(source, cells, source.trade),
        _texts(source, cells, source.legal),
        _texts(source, cells, source.phones),
        _parts(source, cells, run.world.bindings.locale),
        tuple(_placed(source.places, cells)),
        since,
        until,
    )


def _named(keys: Iterable[Binding], cells: Mapping[str, Cell], quality: KeyQuality) -> Iterable[Identified]:
    for binding in keys:
        identifier = quality.read(binding, cells)
        if identifier is not None:
            yield binding.scheme.name, identifier


def _placed(keys: Iterable[Binding], cells: Mapping[str, Cell]) -> Iterable[Identified]:
    for binding in keys:
        identifier = binding.read(cells)
        if identifier is not None:
            yield binding.scheme.name, identifier


def _texts(source: Matchable, cells: Mapping[str, Cell], columns: Sequence[str]) -> tuple[str, ...]:
    declared, found = source.table.dataset.columns, []
    for column in columns:
        value = plain(cells.get(column))
        if isinstance(value, str) and value and (declared[column].public or names_organisation(value)):
            found.append(value)
    return tuple(found)


def _parts(source: Matchable, cells: Mapping[str, Cell], locale: Locale) -> AddressParts | None:
    address = next((b.key.address for b in source.places if b.key.address is not None), None)
    if address is None:
        return None
    return read_parts(address, {column: plain(cells.get(column)) for column in address.columns}, locale)


def described(
    sightings: Sequence[Sighting], licences: Iterable[Identified], exclusive: Mapping[str, str]
) -> list[Business]:
    """The business that several rows tell of, once for each address that they have."""
    trade, legal = (
        _first(_MOST_NAMES, lists) for lists in ([s.trade for s in sightings], [s.legal for s in sightings])
    )
    phones = _first(_MOST_PHONES, [s.phones for s in sightings])
    places = list(dict.fromkeys(s.parts for s in sightings if s.parts is not None))[:_MOST_PLACES]
    since, until = _years(sightings)
    known = tuple(licences)
    return [
        business(
            trade,
            legal,
            address=place,
            phones=phones,
            licences=known,
            exclusive=exclusive,
            since=since,
            until=until,
        )
        for place in places or (None,)
    ]


def _first(most: int, lists: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(text for texts in lists for text in texts))[:most]


def _years(sightings: Sequence[Sighting]) -> tuple[int | None, int | None]:
    """The first and the last year; an end is known only if every row has one."""
    begins = [s.since.year for s in sightings if s.since]
    ends = [s.until.year for s in sightings if s.until]
    return min(begins, default=None), max(ends) if ends and len(ends) == len(sightings) else None
