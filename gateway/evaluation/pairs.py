"""Which rows are worth comparing: those that share a telephone, a rare word, a street corner …

Two rows that share nothing are never compared; a true pair of them counts as missed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

from gateway.evaluation.rows import Row
from resolvers.identity.matching.businesses import Business
from resolvers.identity.matching.persons import Person
from resolvers.identity.matching.places import Place, district

MOST_SHARING = 300
"""A value that more rows than this share tells nothing: it makes no pairs."""
LONG_NAME = 5
"""Letters from which on two family names that are one slip apart are worth comparing by that alone."""
_NEIGHBOURS = 12

Pairs = set[tuple[int, int]]


def business_keys(record: Business) -> Iterator[str]:
    """What businesses worth comparing share: the corner, a telling word, a telephone."""
    if record.address:
        yield from _corner(record.address)
    for name in (*record.trade, *record.legal):
        telling = sorted(name.bits, key=lambda word: -name.bits[word])[:2]
        yield from (f"w {word}" for word in telling)
        yield f"n {name.joined[:8]}"
    yield from (f"t {number[-7:]}" for number in record.phones)
    yield from (f"l {key} {value}" for key, value in record.licences)


def person_keys(record: Person) -> Iterator[str]:
    """What persons worth comparing share: two parts of name, birth and place, a long family name but for one
    slip, or an identifier."""
    family, given = "".join(record.family), record.given[0] if record.given else ""
    year = record.birth[:4]
    if record.birth and not record.birth.endswith("0101"):
        yield f"b {record.birth}"
        yield f"b {record.birth[:4]}{record.birth[6:]}{record.birth[4:6]}"
    yield f"n {' '.join(sorted((family, given)))}"
    yield f"f {family}"
    if len(family) >= LONG_NAME:
        yield from (f"s {less}" for less in _slipped(family))
    if record.postcode:
        yield f"p {record.postcode}"
        yield from (f"d {name[:3]} {district(record.postcode)}" for name in (family, given) if name)
    yield from (f"l {name[:3]} {record.place}" for name in (family, given) if name and record.place)
    yield from (f"fy {word} {year}" for word in (family, given) if word and year)
    yield from (f"fl {name} {record.place}" for name in (family, given) if name and record.place)
    if record.birth and record.postcode:
        yield f"bp {record.birth} {record.postcode}"
    if record.birth and given:
        yield f"bg {record.birth} {given[:2]}"
    if record.birth and family:
        yield f"bf {record.birth} {family[:2]}"
    if record.address:
        yield f"a {record.address.number} {record.address.core[:6]}"
    if record.email:
        yield f"e {record.email}"
        yield f"e {record.email.partition('@')[0]}"
    yield from (f"t {number[-7:]}" for number in record.phones)
    yield from (f"i {key} {value}" for key, value in record.identifiers.items())


def _slipped(name: str) -> Iterator[str]:
    """A name, and it less each letter: two names that are one slip apart share one of these (Mor and Fraenkel,
    "A hash code method for detecting and correcting spelling errors", 1982)."""
    yield name
    yield from (name[:at] + name[at + 1 :] for at in range(len(name)))


def _corner(place: Place) -> Iterator[str]:
    """A street in stretches that overlap, so that neighbours share one."""
    stretch = place.low // _NEIGHBOURS
    street = place.core
    yield f"s {street} {stretch}"
    yield f"s {street} {stretch + 1}"


def pairs_within(rows: Sequence[Row], records: Sequence[object], keys: Callable[..., Iterator[str]]) -> Pairs:
    """Pairs of one list of rows."""
    found: Pairs = set()
    for members in _shared(rows, records, keys).values():
        if 1 < len(members) <= MOST_SHARING:
            found.update((a, b) for a, b in combinations(members, 2) if _differ(rows[a], rows[b]))
    return found


def pairs_between(
    left: Sequence[Row],
    right: Sequence[Row],
    records: tuple[Sequence[object], Sequence[object]],
    keys: Callable[..., Iterator[str]],
) -> Pairs:
    """Pairs of a row of one list and a row of another."""
    found: Pairs = set()
    there = _shared(right, records[1], keys)
    for key, members in _shared(left, records[0], keys).items():
        others = there.get(key, ())
        if others and len(members) * len(others) <= MOST_SHARING**2:
            found.update((a, b) for a, b in product(members, others) if _differ(left[a], right[b]))
    return found


def _shared(
    rows: Sequence[Row], records: Sequence[object], keys: Callable[..., Iterator[str]]
) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, (row, record) in enumerate(zip(rows, records, strict=True)):
        for key in set(keys(record)):
            found[(key, *row.within)].append(at)
    return found


def _differ(a: Row, b: Row) -> bool:
    return not a.apart or a.apart != b.apart
