"""How many businesses of one list share an address: the fewer, the more it says to be there.

Winkler's "to share a rare value says more" (1989), for addresses: the only business that two lists know
at an address is likely one, whatever it is called; of forty at an airport none is told by it.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

from resolvers.identity.matching.businesses import Business
from resolvers.identity.matching.places import Place


def surrounded(records: Sequence[Business], lists: Sequence[Hashable]) -> list[Business]:
    """The records, each with the number of others that its list has at its address. `lists` says of which
    list each record is; a list must have a business once."""
    keys = [(name, *_spot(each.address)) if each.address else None for name, each in zip(lists, records, strict=True)]
    counts = Counter(keys)
    return [
        each if key is None else replace(each, others=counts[key] - 1) for key, each in zip(keys, records, strict=True)
    ]


def _spot(place: Place) -> tuple[str, str]:
    return place.number, place.core
