"""Columns that hold identifiers, found by heading and proven by values.

A heading only proposes; the codec of the scheme has to read at least half of the sampled values.
The format is the one whose spelling gives back every stored text, so that agencies are asked by one
spelling and not by several.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from adapters.base import Column
from adapters.columns import decoder
from gateway.introspection.guessing.drafts import DraftKey
from gateway.introspection.guessing.names import words
from gateway.introspection.guessing.schemes import PART_WORDS, Wanted
from gateway.introspection.seen import SeenColumn
from resolvers.identity.schemes import Codec, codec

ENOUGH = 0.5
_TRIED = 400
_MOST_WAYS = 24
_READABLE = frozenset({"text", "int", "year", "float", "money"})


@dataclass(frozen=True, slots=True)
class Cells:
    """A column's sample twice: as stored, and as decoded by its declaration."""

    column: Column
    heading: tuple[str, ...]
    stored: tuple[object, ...]
    decoded: tuple[object, ...]


def cells(column: Column, seen: SeenColumn) -> Cells:
    """The sample of a column as its declaration reads it."""
    decode = decoder(column)
    return Cells(column, words(seen.heading), seen.values, tuple(map(decode, seen.values)))


def found(wanted: Sequence[Wanted], columns: Sequence[Cells]) -> Iterator[DraftKey]:
    """The best key of every scheme that some columns hold, in the order of `wanted`."""
    readable = [each for each in columns if each.column.type.value in _READABLE]
    for scheme in wanted:
        check = codec(scheme.check)
        best = max(
            (_key(scheme, check, way) for way in _ways(scheme, readable)), key=lambda rated: rated[0], default=None
        )
        if best is not None and best[1] is not None:
            yield best[1]


def _ways(scheme: Wanted, columns: Sequence[Cells]) -> Iterator[tuple[Cells, ...]]:
    """Columns that may hold the scheme by their headings: whole, or a column for each part."""
    yield from ((each,) for each in columns if _named(scheme, each.heading))
    if scheme.parts:
        by_part = [[each for each in columns if _part(part, each.heading)] for part in scheme.parts]
        alike = sorted(product(*by_part), key=lambda way: len({_rest(each.heading, scheme) for each in way}))
        yield from islice((way for way in alike if len({each.column.name for each in way}) == len(way)), _MOST_WAYS)


def _named(scheme: Wanted, heading: Sequence[str]) -> bool:
    return any(set(alias) <= set(heading) for alias in scheme.aliases)


def _part(part: str, heading: Sequence[str]) -> bool:
    return bool(PART_WORDS.get(part, frozenset({part})) & set(heading))


def _rest(heading: Sequence[str], scheme: Wanted) -> frozenset[str]:
    """The heading without the words for parts: columns that belong together share it."""
    own = {word for part in scheme.parts for word in PART_WORDS.get(part, frozenset({part}))}
    return frozenset(heading) - own - {"no", "code", "id", "number", "tax"}


def _key(scheme: Wanted, check: Codec, way: tuple[Cells, ...]) -> tuple[tuple[float, int], DraftKey | None]:
    """The key of some columns, with the rows that it reads; a whole column is preferred."""
    rows = list(zip(*(each.decoded for each in way), strict=True))
    there = [row for row in rows if all(cell not in (None, "") for cell in row)]
    read = sum(check.read(row) is not None for row in there)
    if not rows and _named(scheme, way[0].heading):
        names = tuple(each.column.name for each in way)
        return (0.0, -len(way)), DraftKey(
            scheme.name, scheme.entity, names, why=("by the heading alone: no value seen",)
        )
    if not there or read < ENOUGH * len(there):
        return (-1.0, 0), None
    share = read / len(rows)
    names = tuple(each.column.name for each in way)
    told = (
        [f"{_said(read, len(there))} of the values are valid"]
        if read < len(there)
        else ["all sampled values are valid"]
    )
    if len(there) < 0.95 * len(rows):
        told.append(f"{_said(len(rows) - len(there), len(rows))} of the rows have none")
    key = DraftKey(scheme.name, scheme.entity, names, _formats(check, way), why=tuple(told))
    return (round(share, 1), -len(way)), key


def _said(part: int, whole: int) -> str:
    share = 100 * part / whole
    if 99 < share < 100:
        return f"{min(share, 99.99):.2f} %"
    return f"{share:.0f} %" if share >= 1 else f"{share:.2g} %"


def _formats(check: Codec, way: tuple[Cells, ...]) -> tuple[str, ...]:
    """The formats that spell every valid stored value as it is; none where one column has several."""
    if any(each.column.stored != "text" and not isinstance(next(_some(each), None), str) for each in way):
        return ()
    tried: Mapping[tuple[object, ...], str] = dict(islice(_valid(check, way), _TRIED))
    if not tried:
        return ()
    ways = product(check.formats, repeat=len(way))
    return next((formats for formats in ways if _spells(check, formats, tried)), ())


def _some(each: Cells) -> Iterator[object]:
    return (value for value in each.stored if value not in (None, ""))


def _valid(check: Codec, way: tuple[Cells, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
    stored = zip(*(each.stored for each in way), strict=True)
    decoded = zip(*(each.decoded for each in way), strict=True)
    for texts, row in zip(stored, decoded, strict=True):
        if all(cell not in (None, "") for cell in row) and (value := check.read(row)) is not None:
            yield texts, value


def _spells(check: Codec, formats: tuple[str, ...], tried: Mapping[tuple[object, ...], str]) -> bool:
    """Whether each identifier's one spelling in these formats is the stored text."""
    try:
        return all(check.spell(value, len(formats), formats) == (texts,) for texts, value in tried.items())
    except ValueError:
        return False


def own(columns: Sequence[Cells], names: Sequence[frozenset[str]]) -> Iterator[tuple[Cells, str]]:
    """Columns whose headings hold all words of one of `names`, each with the narrowest check that
    reads all of their values."""
    for each in columns:
        named = each.column.type.value in _READABLE and any(wanted <= set(each.heading) for wanted in names)
        if named and (check := narrowest(each.decoded)) is not None:
            yield each, check


def narrowest(values: Sequence[object]) -> str | None:
    """The narrowest check that reads the values: digits of one length, a licence, or any text."""
    texts = {str(value).strip() for value in values if value not in (None, "")}
    lengths = {len(text) for text in texts}
    if not texts:
        return None
    if len(lengths) == 1 and all(text.isascii() and text.isdigit() for text in texts) and max(lengths) <= 32:
        return f"digits_{max(lengths)}"
    for check in ("licence", "text"):
        reading = codec(check)
        if sum(reading.read([text]) is not None for text in texts) >= 0.99 * len(texts):
            return check
    return None
