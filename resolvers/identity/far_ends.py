"""The far end of a range of house numbers: a record at "34-36 W 46 ST" is one at 36, too.

The agency itself has written both numbers, so that nothing is guessed; of those between them it says
nothing. Where an address has lists of such rows, and they no other identifier, this is how they are
found by the number that stands last. How the agency writes ranges its own rows have told (`RangeHabits`).
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from resolvers.city import AddressColumns, City, Key, Table
from resolvers.identity.address_keys import MOST_KEYS, read_parts
from resolvers.identity.addresses import Locale
from resolvers.identity.codec import SpelledKeys, text_of
from resolvers.identity.habits import RangeHabits, is_range, range_at_head
from resolvers.identity.listing import number_range

_NUMBER = re.compile(r"[0-9]+")


def has_ends(city: City, table: Table, key: Key) -> bool:
    """Whether rows belong to the far end of their range, too: not where another identifier says whose they
    are, nor where they say one thing of an address, of which there would then be two."""
    if key.address is None:
        return False
    entity = city.schemes[key.scheme].entity
    alone = not any(other is not key and city.schemes[other.scheme].entity == entity for other in table.keys)
    single = any(claim.entity == entity for claim in table.claims) or any(
        section.entity == entity and not section.many for section in city.sections if section.dataset == table.name
    )
    return alone and not single


def range_of(columns: AddressColumns, cells: Mapping[str, object]) -> str:
    """The range of house numbers in a row as its agency writes it: all of the number column, or what the line
    begins with; empty where there is none."""
    if columns.line:
        return range_at_head(text_of(cells.get(columns.line)))
    number = text_of(cells.get(columns.number)) if columns.number else ""
    return number if is_range(number) else ""


def learn_range(habits: RangeHabits, columns: AddressColumns, cells: Mapping[str, object], identifier: str) -> None:
    """Learn from a row that has an identifier; one whose hyphen joins one number, as in Queens, teaches nothing."""
    text = range_of(columns, cells)
    if text and _NUMBER.findall(identifier.partition("/")[2])[:1] == [_NUMBER.findall(text)[0].lstrip("0")]:
        habits.learn(text)


def far_end(columns: AddressColumns, cells: Mapping[str, object], locale: Locale) -> str | None:
    """The identifier of the high number of a row that has a range; None where it has none, and where a hyphen
    joins one number, as in Queens."""
    if not is_range(range_of(columns, cells)):
        return None
    parts = read_parts(columns, cells, locale)
    if parts is None or parts.high is None or number_range(parts) is None or not locale.covers(parts):
        return None
    return locale.key(replace(parts, number=parts.high, high=None))


def with_far_ends(
    spelled: SpelledKeys, identifier: str, columns: AddressColumns, locale: Locale, habits: RangeHabits
) -> SpelledKeys:
    """How to ask also for the usual ranges that end with an address's number; a superset, as before: a row is
    the address's if `far_end` gives `identifier`. As many texts more as an address is asked by at most: where
    areas have many spellings, without the rarest ways to write a range."""
    parts = locale.parse_key(identifier)
    if parts is None or spelled.columns[1:] not in ((columns.number,), (columns.line,)):
        return spelled
    areas = dict.fromkeys(area for area, _ in spelled.values)
    texts = [f"{text} " if spelled.prefix else text for text in habits.ending(parts.number)]
    more = [(area, text) for text in texts for area in areas]
    return replace(spelled, values=tuple(dict.fromkeys((*spelled.values, *more[:MOST_KEYS]))))
