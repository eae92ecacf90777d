"""The far end of a range of house numbers: a record at "34-36 W 46 ST" is one at 36, too.

The agency itself has written both numbers, so that nothing is guessed; of those between them it says
nothing. Where an address has lists of such rows, and they no other identifier, this is how they are
found by the number that stands last. How the agency writes ranges its own rows have told (`RangeHabits`).
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from resolvers.city import AddressColumns, City, Key, Table
from resolvers.identity.address_keys import MOST_KEYS, read_parts
from resolvers.identity.addresses import Locale
from resolvers.identity.codec import SpelledKeys, text_of
from resolvers.identity.habits import RangeHabits, is_range
from resolvers.identity.listing import number_range


def has_ends(city: City, table: Table, key: Key) -> bool:
    """Whether rows belong to the far end of their range, too: not where another identifier says whose they
    are, nor where they say one thing of an address, of which there would then be two."""
    if key.address is None or key.address.number is None:
        return False
    entity = city.schemes[key.scheme].entity
    alone = not any(other is not key and city.schemes[other.scheme].entity == entity for other in table.keys)
    single = any(claim.entity == entity for claim in table.claims) or any(
        section.entity == entity and not section.many for section in city.sections if section.dataset == table.name
    )
    return alone and not single


def far_end(columns: AddressColumns, cells: Mapping[str, object], locale: Locale) -> str | None:
    """The identifier of the high number of a row whose number column holds a range; None where it holds
    none, and where a hyphen joins one number, as in Queens."""
    if not columns.number or not is_range(text_of(cells.get(columns.number))):
        return None
    parts = read_parts(columns, cells, locale)
    if parts is None or parts.high is None or number_range(parts) is None or not locale.covers(parts):
        return None
    return locale.key(replace(parts, number=parts.high, high=None))


def with_far_ends(
    spelled: SpelledKeys, identifier: str, columns: AddressColumns, locale: Locale, habits: RangeHabits
) -> SpelledKeys:
    """How to ask also for the usual ranges that end with an address's number; a superset, as before: a row is
    the address's if `far_end` gives `identifier`."""
    parts = locale.parse_key(identifier)
    if parts is None or spelled.prefix or spelled.columns[1:] != (columns.number,):
        return spelled
    areas = dict.fromkeys(area for area, _ in spelled.values)
    more = (*spelled.values, *product(areas, habits.ending(parts.number)))
    return replace(spelled, values=more[: max(MOST_KEYS, len(spelled.values))])
