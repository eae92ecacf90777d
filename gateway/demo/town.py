"""The facts of Harbourton, invented from a seed: lots and what stands, lives and trades on them.

Facts are what agencies would agree on if they never slipped. They come lot by lot, so that a
million addresses need no more memory than the companies and professionals, who are made first.

The first lots of ward 1 are the same in a town of any size, so that examples hold in all of them:
nothing that a lot draws depends on how many follow.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.demo.chance import Chance
from gateway.demo.people import Company, Human, Trade, companies, human, professionals, trade
from gateway.demo.streets import Doors, doors, wards

USES = ("house", "flats", "condominium", "shop", "works", "civic", "vacant")
SHARES = (0.55, 0.70, 0.73, 0.89, 0.93, 0.95, 1.0)  # cumulative, in the order of USES

LANDLORDS = 200
"""How many house owners are remembered as those who may own another lot."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A building: its number, and how it was built."""

    number: int
    floors: int
    year: int
    homes: int
    area: int


@dataclass(frozen=True, slots=True)
class Lot:
    """A piece of land with its address; `shared` is a neighbour's building that reaches onto it.

    `serial` counts the lots of the town from 0; `resident_owner` is whether the owner is a person
    in the register of residents, here or at another address.
    """

    serial: int
    ward: int
    block: int
    lot: int
    number: str
    street: str
    postcode: str
    use: str
    land: int
    value: int
    owner: Company | Human
    resident_owner: bool
    residents: tuple[Human, ...]
    structures: tuple[Structure, ...]
    shared: Structure | None
    trades: tuple[Trade, ...]

    @property
    def year(self) -> int | None:
        """When the main building was completed."""
        return self.structures[0].year if self.structures else None

    @property
    def homes(self) -> int:
        """Homes in all buildings."""
        return sum(structure.homes for structure in self.structures)


@dataclass(frozen=True, slots=True)
class Town:
    """What must be known before the first lot: how many, who trades, who builds."""

    addresses: int
    seed: int
    companies: tuple[Company, ...]
    professionals: tuple[Human, ...]

    def lots(self) -> Iterator[Lot]:
        """All lots, ward by ward; the same ones each time."""
        chance = Chance(self.seed, "lots")
        last: Structure | None = None
        landlords: deque[Human] = deque(maxlen=LANDLORDS)
        for serial, place in enumerate(doors(wards(self.addresses), self.seed)):
            lot = _lot(self, serial, place, chance, last, landlords)
            if lot.resident_owner and isinstance(lot.owner, Human):
                landlords.append(lot.owner)
            last = lot.structures[0] if lot.structures and lot.use in ("flats", "works") else None
            yield lot


def town(addresses: int, seed: int) -> Town:
    """The town of a seed with so many addresses."""
    return Town(
        addresses,
        seed,
        tuple(companies(known_companies(addresses), Chance(seed, "companies"))),
        tuple(professionals(known_professionals(addresses), Chance(seed, "professionals"))),
    )


def known_companies(serial: int) -> int:
    """How many companies there are for the lot of this serial: they come as the town grows."""
    return 40 + serial // 15


def known_professionals(serial: int) -> int:
    """How many professionals there are for the lot of this serial."""
    return 12 + serial // 400


def _lot(
    town: Town, serial: int, place: Doors, chance: Chance, last: Structure | None, landlords: Sequence[Human]
) -> Lot:
    draw = chance.random()
    use = next(use for use, share in zip(USES, SHARES, strict=True) if draw < share)
    shared = last if last is not None and place.lot > 1 and chance.hits(0.15) else None
    structures = () if shared else _structures(use, place.ward, chance)
    landlord = bool(landlords) and chance.hits(0.05)
    owner = chance.pick(landlords) if landlord else _owner(town, serial, use, chance)
    residents = _residents(None if landlord else owner, use, structures, chance)
    land = chance.between(900, 4200) if use == "house" else chance.between(2000, 26000)
    return Lot(
        serial,
        *place,
        use,
        land,
        1000 * chance.between(90, 400) * (1 + sum(s.floors for s in structures)),
        owner,
        landlord or owner in residents,
        residents,
        structures,
        shared,
        tuple(trade(town.companies, known_companies(serial), chance) for _ in range(_trades(use, chance))),
    )


def _structures(use: str, ward: int, chance: Chance) -> tuple[Structure, ...]:
    if use == "vacant":
        return ()
    count = 2 if chance.hits(0.06) else 1
    return tuple(_structure(use if n == 0 else "shed", ward, chance) for n in range(count))


def _structure(use: str, ward: int, chance: Chance) -> Structure:
    high = use in ("flats", "condominium")
    floors = chance.between(4, 14) if high else 1 if use == "shed" else chance.between(1, 4)
    homes = floors * chance.between(2, 4) if high else 0 if use in ("works", "civic", "shed") else chance.between(1, 3)
    number = ward * 1_000_000 + chance.number(f"structure {ward}")
    return Structure(number, floors, chance.between(1868, 2024), homes, floors * chance.between(700, 3800))


def _owner(town: Town, serial: int, use: str, chance: Chance) -> Company | Human:
    if chance.hits(0.12 if use == "house" else 0.75):
        skewed = chance.random() ** 2  # a few companies own much
        return town.companies[int(skewed * known_companies(serial))]
    return human(chance, date(1935, 1, 1), date(1999, 12, 31))


def _residents(
    owner: Company | Human | None, use: str, structures: tuple[Structure, ...], chance: Chance
) -> tuple[Human, ...]:
    """Up to three of those who live here, the owner first where it is a house and a person's."""
    if not structures or not structures[0].homes or chance.hits(0.25):
        return ()
    others = tuple(human(chance, date(1932, 1, 1), date(2007, 12, 31)) for _ in range(min(2, chance.few(0.6))))
    lives_here = use == "house" and isinstance(owner, Human)
    return (owner, *others) if lives_here and isinstance(owner, Human) else others


def _trades(use: str, chance: Chance) -> int:
    if use == "shop":
        return 1 + chance.few(0.4)
    return 1 if use in ("works", "flats") and chance.hits(0.3) else 0


__all__ = ["Lot", "Structure", "Town", "town"]
