"""The address of a row as an identifier, and the stored texts to ask a dataset by.

House number and postcode are asked as they are stored; the street is compared here, after both
sides were normalised, so that no spelling of it is missed. Nothing asked begins with a wildcard
or puts a function around an agency's column.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from types import MappingProxyType
from typing import ClassVar

from resolvers.city import AddressColumns
from resolvers.identity.addresses import AddressParts, Begun, Locale
from resolvers.identity.codec import BadIdentifier, SpelledKeys, seen, text_of
from resolvers.identity.habits import RangeHabits
from resolvers.identity.listing import house_numbers
from resolvers.identity.words import LONG_DIRECTIONS, NUMBER_WORDS

MOST_KEYS = 48
"""Stored keys that one address is asked by, at most."""

MOST_NUMBERS = 24
"""House numbers of a range that rows are looked for by, at most."""

_RANGE = re.compile(r"^\s*[0-9]+[A-Za-z]?\s*(?:[-–/&]|TO\b|to\b|THRU\b)\s*[0-9]")
_APART = re.compile(r"^([0-9]+) +([A-DF-MO-RT-VX-Za-z])$")  # "12 a"; the other capitals may be a street's direction
_DIGITS = re.compile(r"(?<=[0-9])[^0-9]")
_IN_WORDS = MappingProxyType({number: (word, word.title()) for word, number in NUMBER_WORDS.items()})


@dataclass(frozen=True, slots=True)
class AddressCodec:
    """The codec of a city's address scheme; parses canonical identifiers and free text."""

    locale: Locale
    parts: ClassVar[int] = 1
    formats: ClassVar[Mapping[str, str]] = MappingProxyType({})

    @property
    def example(self) -> str:
        """ "10001/29 W 27 ST"."""
        return self.locale.example

    def parse(self, text: str) -> str:
        parts = self.locale.parse_key(text) or self.locale.parse(text)
        if parts is None:
            raise BadIdentifier(f"takes {self._shape}; no house number with a street in {seen(text)}")
        if not self.locale.covers(parts):
            raise BadIdentifier(f"takes {self._shape}; {seen(text)} is not in this city")
        key = self.locale.key(parts)
        if key is None:
            raise BadIdentifier(f"takes {self._shape}; {seen(text)} has no postcode")
        return key

    def spell(self, value: str, columns: int, formats: tuple[str | None, ...] = ()) -> tuple[tuple[str, ...], ...]:
        raise ValueError("an address is asked by its address columns; declare line or number and street")

    def read(self, cells: Sequence[object]) -> str | None:
        try:
            return self.parse(text_of(cells[0])) if len(cells) == 1 else None
        except BadIdentifier:
            return None

    @property
    def _shape(self) -> str:
        return f"house number, street and postcode, like {self.example}"


def address_codec(locale: Locale) -> AddressCodec:
    """The codec of the check `address` in a locale."""
    return AddressCodec(locale)


def read_address(
    columns: AddressColumns, cells: Mapping[str, object], locale: Locale, default_region: str | None = None
) -> str | None:
    """The canonical identifier of a row's address from its decoded cells by column.

    None where number, street or area are missing, or the address is of another city or region.
    """
    parts = read_parts(columns, cells, locale, default_region)
    return locale.key(parts) if parts is not None and locale.covers(parts) else None


def other_addresses(columns: AddressColumns, cells: Mapping[str, object], locale: Locale) -> tuple[str, ...]:
    """The further house numbers of a row whose address is a range ("141 TO 145": 143 and 145), as
    identifiers; the range itself is known by its low number."""
    if not any(_RANGE.search(text_of(cells.get(column))) for column in (columns.number, columns.line) if column):
        return ()
    parts = read_parts(columns, cells, locale)
    if parts is None or not locale.covers(parts):
        return ()
    numbers = islice(house_numbers(parts), 1, MOST_NUMBERS)
    found = (locale.key(replace(parts, number=number, high=None)) for number in numbers)
    return tuple(key for key in found if key)


def read_parts(
    columns: AddressColumns, cells: Mapping[str, object], locale: Locale, default_region: str | None = None
) -> AddressParts | None:
    """The parts of a row's address; `suffix` is the street's type where it has its own column."""

    def cell(column: str | None) -> str:
        return text_of(cells.get(column)) if column else ""

    number = _APART.sub(r"\1\2", cell(columns.number)) + cell(columns.letter)
    if addition := cell(columns.addition):
        number += addition if number[-1:].isdigit() and addition[0].isalpha() else f"-{addition}"
    named = bool(number) and number.replace(" ", "").isalpha() and number.upper() not in NUMBER_WORDS
    houses = f"{number}," if named else number  # a house's name where others have a number
    line = cell(columns.line) or " ".join(filter(None, (houses, cell(columns.street), cell(columns.suffix))))
    region = columns.region or default_region
    text = f"{line}, {region}" if region and line else line
    return locale.parse(text, cell(columns.postcode) or None, cell(columns.borough) or cell(columns.city) or None)


def spell_address(
    identifier: str, columns: AddressColumns, locale: Locale, habits: RangeHabits | None = None
) -> SpelledKeys | None:
    """How to ask a dataset for the rows of an address; None where it can't be asked.

    What comes back is a superset: a row is the address's if `read_address` gives `identifier`.
    A dataset with postcodes is asked for identifiers with a postcode only, and one without for
    those of a city part, as its own rows would read. With `habits` it is asked for ranges, too, as the
    agency writes them.
    """
    parts = locale.parse_key(identifier)
    if parts is None:
        return None
    if parts.postcode and columns.postcode:
        return _with_area(columns.postcode, locale.postcode_spellings(parts.postcode), parts, columns, locale, habits)
    if parts.city_part and not parts.postcode and not columns.postcode and (part := columns.borough or columns.city):
        return _with_area(part, locale.city_part_spellings(parts.city_part), parts, columns, locale, habits)
    return None


def spell_search(parts: AddressParts, columns: AddressColumns, locale: Locale) -> SpelledKeys | None:
    """How to ask a dataset for addresses like these parts, which may lack any area.

    With a postcode as `spell_address` does; without one by the street's usual spellings.
    """
    if not parts.street:
        return None
    if parts.postcode and columns.postcode:
        return _with_area(columns.postcode, locale.postcode_spellings(parts.postcode), parts, columns, locale)
    numbers, streets = _numbers(parts, columns, locale), _cases(locale.street_spellings(parts))
    if columns.line:
        return _keys((columns.line,), ((f"{number} {street}",) for street in streets for number in numbers), True)
    if columns.number and columns.street and not columns.suffix:
        return _keys((columns.street, columns.number), product(streets, numbers), False)
    return None


def spell_beginning(begun: Begun, columns: AddressColumns) -> SpelledKeys | None:
    """How to ask a dataset for addresses that a text may become: by the number and the beginning of
    the street. What comes back is a superset; None where it can't be asked so."""
    texts = _cases(form for street in begun.streets for form in _directed(street))
    if columns.line:
        return _keys((columns.line,), ((f"{begun.number} {text}",) for text in texts), True)
    if columns.number and columns.street:
        return _keys((columns.number, columns.street), product((begun.number,), texts), True)
    return None


def _directed(street: str) -> tuple[str, ...]:
    """With its direction short and whole."""
    head, _, rest = street.partition(" ")
    return (street, f"{LONG_DIRECTIONS[head]} {rest}") if head in LONG_DIRECTIONS and rest else (street,)


def _with_area(
    area: str,
    areas: tuple[str, ...],
    parts: AddressParts,
    columns: AddressColumns,
    locale: Locale,
    habits: RangeHabits | None = None,
) -> SpelledKeys | None:
    numbers = _numbers(parts, columns, locale)
    ranges = habits.ranges(parts.number) if habits is not None else ()
    if columns.line:
        words = _IN_WORDS.get(parts.number, ())
        heads = (*(f"{number}{end}" for number in numbers for end in (" ", "-", ",")), *(f"{word} " for word in words))
        begun = (f"{text} " for text in ranges if not text.startswith(heads))
        return _keys((area, columns.line), _in_areas(areas, (*heads, *begun)), True)
    if columns.number and columns.street:
        return _keys((area, columns.number), _in_areas(areas, (*numbers, *ranges)), False)
    return None


def _in_areas(areas: tuple[str, ...], texts: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """Each text in every spelling of the area, so that what is too much are the last texts: the rarest ways to
    write a range."""
    return ((area, text) for text in texts for area in areas)


def _numbers(parts: AddressParts, columns: AddressColumns, locale: Locale) -> tuple[str, ...]:
    """Without what stands behind the number in columns of its own: there it is compared here."""
    apart = columns.letter or columns.addition
    return (_DIGITS.split(parts.number)[0],) if apart else locale.number_spellings(parts)


def _cases(texts: Iterable[str]) -> tuple[str, ...]:
    """As they are, and with each word capitalised ("27TH" becomes "27th")."""
    return tuple(dict.fromkeys(form for text in texts for form in (text, " ".join(map(str.capitalize, text.split())))))


def _keys(columns: tuple[str, ...], values: Iterable[tuple[str, ...]], prefix: bool) -> SpelledKeys:
    return SpelledKeys(columns, tuple(dict.fromkeys(values))[:MOST_KEYS], prefix)
