"""Candidates by name, for businesses whose own rows say nowhere where they are.

A name alone is one fact: what is found so is POSSIBLE, unless a telephone or an identifier agrees too.
"""

from collections.abc import Iterable, Mapping, Sequence

from adapters.base import AnyOf, Compare, Op
from gateway.engine import looking
from gateway.engine.matching.matchable import ENTITY, Matchable, Matching
from gateway.engine.matching.sightings import Sighting, sighting
from gateway.engine.run import Run
from gateway.engine.values import Failure
from gateway.engine.waiting import together
from resolvers.identity.names import names_organisation, normalise_name

MOST = 20
"""Businesses of a frame that are looked for by name, at most."""

_MOST_NAMES = 3
_LEAST = 6
"""Letters and digits of a name that is worth looking for."""

Names = Mapping[int, Sequence[str]]
"""The names of businesses, by their place in the frame."""


def names_of(mine: Iterable[Sighting]) -> list[str]:
    """The names of a business that tell something."""
    every = dict.fromkeys(text for seen in mine for text in (*seen.trade, *seen.legal))
    return [text for text in every if len(normalise_name(text)) >= _LEAST][:_MOST_NAMES]


async def named(
    run: Run, matching: Matching, names: Names, wanted: Sequence[frozenset[str]]
) -> list[tuple[Matchable, dict[int, list[Sighting]], Failure | None]]:
    """The rows of each dataset whose names begin like a business's, by the business; and why some may be
    missing. Datasets that can't be asked so are left out."""
    schemes = frozenset().union(*(wanted[i] for i in names))
    sources = [s for s in matching.carrying(schemes) if s.official and run.permits.table(s.table) is None]
    asked = [(source, filters) for source in sources if (filters := _filters(source, names)) is not None]
    return list(await together(_look(run, source, filters, names) for source, filters in asked))


def _filters(source: Matchable, names: Names) -> AnyOf | None:
    """The beginnings of names; of a column that may name persons only what can be no person's."""
    dataset = source.table.dataset
    if dataset.requires_key:
        return None
    texts = dict.fromkeys(text for mine in names.values() for text in mine)
    parts = [
        Compare(column, Op.STARTS_WITH, spelled)
        for column in (*source.trade, *source.legal)
        if column not in dataset.unfilterable
        for text in texts
        if dataset.columns[column].public or names_organisation(text)
        for spelled in dict.fromkeys((" ".join(text.split()), text.upper(), normalise_name(text)))
    ]
    return AnyOf(tuple(parts)) if parts else None


async def _look(
    run: Run, source: Matchable, filters: AnyOf, names: Names
) -> tuple[Matchable, dict[int, list[Sighting]], Failure | None]:
    looked = looking.Looked()
    rows = await looking.rows_found(
        run, source.table, ENTITY, looked=looked, filters=(filters,), columns=source.columns
    )
    seen = list(dict.fromkeys(sighting(run, source, record) for record in rows))
    begun = {i: tuple(normalise_name(text) for text in mine) for i, mine in names.items()}
    found = {i: [each for each in seen if _begins(each, mine)] for i, mine in begun.items()}
    return source, found, next(iter(looked.failures), None)


def _begins(seen: Sighting, names: tuple[str, ...]) -> bool:
    return any(normalise_name(text).startswith(names) for text in (*seen.trade, *seen.legal))
