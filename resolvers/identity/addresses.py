"""Addresses without a register: the parts, the locale that reads them, the identifier they make.

Where a city has no register, or an agency no key, the normalised address is the identifier:
`<postcode>/<number> <STREET>`, e.g. `10001/29 W 27 ST`, or `<CITY PART>/<number> <STREET>`
where no postcode is known; a house without a number is `OX7 3AB/ROSE COTTAGE, MILL LN`. A
locale is a module that knows how one place writes addresses; its output is the same for every
spelling and a fixed point: reading an identifier gives it back.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from adapters.frozen import frozen


@frozen
class AddressParts:
    """One address as read. `number` includes its suffix or fraction ("25A", "28 1/2"), or is the name
    of a house that has none; `high` ends
    a range of numbers; `street` is normalised. `city_part` is a borough or district by its
    canonical name, `region` a state's code, `city` a place name that is no part of this city,
    `also` the text of a second address ("A/K/A …")."""

    number: str
    street: str
    high: str | None = None
    unit: str | None = None
    postcode: str | None = None
    city_part: str | None = None
    city: str | None = None
    region: str | None = None
    also: str | None = None

    def moved(self, street: str, postcode: str | None) -> "AddressParts":
        """The same house in another street or postcode; `replace` takes several times as long."""
        number, high, part = self.number, self.high, self.city_part
        return AddressParts(number, street, high, self.unit, postcode, part, self.city, self.region, self.also)


@frozen
class AddressQuery:
    """What a free text asks for. `key` is its canonical identifier where the text says enough;
    `missing` names what it leaves out ("postcode", "city_part"); `others` are identifiers that may
    denote the same place: a second address in the text, the other end of a range. `words` follow the
    number as they were typed, in capitals; they are all there is where no street could be read."""

    parts: AddressParts
    key: str | None
    missing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@frozen
class Begun:
    """An address that is still being typed: `streets` are canonical texts that its street may begin
    with, `area` what is typed of a postcode or city part, `text` the street as read."""

    number: str
    streets: tuple[str, ...]
    text: str
    area: str = ""

    def meets(self, parts: "AddressParts") -> bool:
        """Whether an address is one that the text may become."""
        areas = (parts.postcode or "", parts.city_part or "")
        return (
            parts.number == self.number
            and parts.street.startswith(self.streets)
            and any(area.startswith(self.area) for area in areas)
        )

    @property
    def score(self) -> "Score":
        """How well any such address answers: perhaps."""
        streets = " or ".join(self.streets[:3])
        return Score(
            "POSSIBLE", 0.5, (Evidence("begins", f"{self.text} may go on: streets that begin with {streets}"),)
        )


@frozen
class Evidence:
    """One reason for or against a candidate: a rule's name and what it saw."""

    rule: str
    detail: str


@frozen
class Score:
    """How well a found address answers a query: `state` is "MATCH", "POSSIBLE" or None for no.

    A MATCH holds only if no other candidate scores as high: the caller sees them all.
    """

    state: str | None
    confidence: float
    evidence: tuple[Evidence, ...]


def written(area: str, number: str, street: str) -> str:
    """The identifier of an address; a house's name has a comma behind it."""
    return f"{area}/{number}{' ' if number[0].isdigit() else ', '}{street}"


class Locale(Protocol):
    """How one place writes addresses. No method but `parse_key` raises, whatever the text."""

    @property
    def name(self) -> str:
        """The module's name, as `locale` in city.toml has it."""
        ...

    @property
    def example(self) -> str:
        """A canonical identifier, for messages."""
        ...

    def parse(self, text: str, postcode: str | None = None, city_part: str | None = None) -> AddressParts | None:
        """The parts of a line or free text; None without a number and a street."""
        ...

    def key(self, parts: AddressParts) -> str | None:
        """The canonical identifier; None without a postcode and a city part."""
        ...

    def parse_key(self, text: str) -> AddressParts | None:
        """The parts of a canonical identifier or one much like it; None for other texts."""
        ...

    def covers(self, parts: AddressParts) -> bool:
        """Whether the address is in this place: another city's address is never answered."""
        ...

    def search_keys(self, text: str, postcode: str | None = None, city_part: str | None = None) -> AddressQuery | None:
        """What a free text asks for, with what else is known of it; None where it is no address of this place."""
        ...

    def begun(self, text: str) -> Begun | None:
        """What a text that is still being typed may become; None without a number and some of a street."""
        ...

    def score(self, query: AddressQuery, found: str) -> Score:
        """How well the address of a canonical identifier answers a query."""
        ...

    def number_spellings(self, parts: AddressParts) -> tuple[str, ...]:
        """How agencies may write the house number, the usual one first."""
        ...

    def street_names(self, street: str) -> tuple[str, ...]:
        """The names of a canonical street, its own first."""
        ...

    def street_spellings(self, parts: AddressParts) -> tuple[str, ...]:
        """How agencies may write the street, in capitals, the usual ones first, at most 12."""
        ...

    def city_part_spellings(self, city_part: str) -> tuple[str, ...]:
        """How agencies may write a city part, the usual one first."""
        ...

    def postcode_spellings(self, postcode: str) -> tuple[str, ...]:
        """How agencies may write a postcode, the usual one first."""
        ...


LOCALES: Mapping[str, str] = MappingProxyType(
    {
        "generic": "number, street and any postcode; English street words",
        "uk": "addresses of the United Kingdom: flats in front, postcodes, post towns",
        "us": "addresses of the United States",
        "us_nyc": "New York City: boroughs, Queens numbers, street aliases",
    }
)
"""The locales that city.toml may name, with what they read; each is a module of this package."""


@cache
def locale(name: str) -> Locale:
    """The locale of that name; `ValueError` lists the known ones."""
    if name not in LOCALES:
        raise ValueError(f"unknown locale {name!r}; known: {', '.join(LOCALES)}")
    make: Callable[[], Locale] = import_module(f"resolvers.identity.{name}").make
    return make()
