"""Harbourton's people and companies, and the trades they carry on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.demo.chance import TODAY, Chance
from gateway.demo.names import FAMILY, FIRM_FORMS, FIRM_KINDS, FIRM_STEMS, FOOD, GIVEN, RETAIL

RESIDENTS = 100_000_000
OFFICERS = 700_000_000


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody, with the number that the agency concerned knows them by."""

    number: int
    given: str
    family: str
    born: date

    @property
    def name(self) -> str:
        """Given name first."""
        return f"{self.given} {self.family}"

    @property
    def listed(self) -> str:
        """Family name first, in capitals, as rolls have it."""
        return f"{self.family.upper()}, {self.given.upper()}"


@dataclass(frozen=True, slots=True)
class Company:
    """A company in the register, with its officers."""

    number: int
    name: str
    form: str
    founded: date
    struck_off: date | None
    officers: tuple[Human, ...]

    @property
    def listed(self) -> str:
        """In capitals, as rolls have it."""
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Trade:
    """A site where somebody trades: a company's, or a person's own."""

    number: int
    holder: Company | Human
    name: str
    line: str
    phone: str
    food_permit: int | None
    opened: date
    closed: date | None


def human(chance: Chance, oldest: date, youngest: date, first: int = RESIDENTS) -> Human:
    """Somebody born between two days, with the next number of the series that starts at `first`."""
    number = first + chance.number(f"human {first}") * 7
    return Human(number, chance.pick(GIVEN), chance.pick(FAMILY), chance.day(oldest, youngest))


def passer(chance: Chance) -> str:
    """The name of somebody whom nobody gave a number, as rolls have it."""
    return f"{chance.pick(FAMILY)}, {chance.pick(GIVEN)}".upper()


def companies(count: int, chance: Chance) -> Iterator[Company]:
    """So many companies; names repeat at last, as they do, numbers never."""
    known: list[Human] = []
    for n in range(count):
        form = chance.pick(FIRM_FORMS)
        street = chance.pick(FAMILY) if n >= len(FIRM_STEMS) * len(FIRM_KINDS) else ""
        stem = FIRM_STEMS[n % len(FIRM_STEMS)]
        words = (street, stem, FIRM_KINDS[(n // len(FIRM_STEMS) + n) % len(FIRM_KINDS)], form)
        founded = chance.day(date(1961, 1, 1), date(2024, 12, 31))
        struck = chance.day(founded) if chance.hits(0.06) else None
        officers = tuple(_officer(known, chance) for _ in range(1 + chance.few(0.7)))
        yield Company(20_000_000 + n * 13, " ".join(filter(None, words)), form, founded, struck, officers)


def _officer(known: list[Human], chance: Chance) -> Human:
    """Somebody new, or now and then somebody who is an officer elsewhere."""
    if known and chance.hits(0.2):
        return chance.pick(known)
    known.append(human(chance, date(1940, 1, 1), date(1998, 12, 31), OFFICERS))
    return known[-1]


def professionals(count: int, chance: Chance) -> Iterator[Human]:
    """Licensed engineers, architects and master trades; `number` is their licence number."""
    for n in range(count):
        somebody = human(chance, date(1950, 1, 1), date(1996, 12, 31))
        yield Human(400_000 + n * 3, somebody.given, somebody.family, somebody.born)


def trade(companies: Sequence[Company], known: int, chance: Chance) -> Trade:
    """A site of one of the first `known` companies, or of a person trading alone."""
    alone = chance.hits(0.3)
    holder = human(chance, date(1945, 1, 1), date(2001, 12, 31)) if alone else chance.pick_first(companies, known)
    line, kind = ("food", chance.pick(FOOD)) if chance.hits(0.55) else ("retail", chance.pick(RETAIL))
    opened = chance.day(date(1988, 1, 1), date(2026, 1, 31))
    closed = chance.day(opened, TODAY) if chance.hits(0.12) else None
    number = 3_000_000 + chance.number("site")
    permit = 50_000_000 + chance.number("food permit") if line == "food" else None
    return Trade(number, holder, f"{_brand(holder, chance)} {kind}", line, _phone(chance), permit, opened, closed)


def _brand(holder: Company | Human, chance: Chance) -> str:
    if isinstance(holder, Human):
        return f"{holder.family}'s"
    return chance.pick(FIRM_STEMS) if chance.hits(0.5) else holder.name.split(" ", 1)[0]


def _phone(chance: Chance) -> str:
    return f"555{chance.between(2_000_000, 9_999_999)}"
