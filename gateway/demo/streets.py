"""Where Harbourton's lots lie: wards, blocks, streets and house numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.demo.chance import Chance
from gateway.demo.names import SIDES, STREET_STEMS, STREET_TYPES

WEIGHTS = (0.9, 1.1, 1.3, 0.8, 0.7, 1.2, 1.1, 0.9)
LOTS_PER_BLOCK = 24
BLOCKS_PER_STREET = 6
STREETS_PER_POSTCODE = 3
POSTCODES = 100


class Doors(NamedTuple):
    """A lot's place: the parts of its parcel identifier, and its address."""

    ward: int
    block: int
    lot: int
    number: str
    street: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward's number and how many lots it has."""

    number: int
    lots: int

    @property
    def streets(self) -> int:
        """How many streets its lots lie on."""
        blocks = -(-self.lots // LOTS_PER_BLOCK)
        return -(-blocks // BLOCKS_PER_STREET)


def wards(addresses: int) -> tuple[Ward, ...]:
    """The wards, sharing the addresses by their weights; the last takes what is left."""
    total = sum(WEIGHTS)
    sizes = [int(addresses * weight / total) for weight in WEIGHTS[:-1]]
    return tuple(Ward(n, size) for n, size in enumerate([*sizes, addresses - sum(sizes)], start=1))


def doors(wards: tuple[Ward, ...], seed: int) -> Iterator[Doors]:
    """Every lot's place, ward by ward. "Main Street" runs through all wards, others mostly not."""
    chance = Chance(seed, "streets")
    names = [f"{side}{stem} {kind}" for side in SIDES for stem in STREET_STEMS for kind in STREET_TYPES]
    chance.shuffle(names)
    first = 0
    for ward in wards:
        own = ["Main Street", *(names[(first + n) % len(names)] for n in range(ward.streets - 1))]
        first += ward.streets - 1
        yield from _ward(ward, own, chance)


def _ward(ward: Ward, streets: list[str], chance: Chance) -> Iterator[Doors]:
    number = 0
    for index in range(ward.lots):
        block, lot = divmod(index, LOTS_PER_BLOCK)
        street = block // BLOCKS_PER_STREET
        if lot == 0:
            number = _block_start(block % BLOCKS_PER_STREET)
        step = 2 * chance.between(1, 3)
        written = _written(number, chance)
        yield Doors(ward.number, block + 1, lot + 1, written, streets[street], _postcode(ward, street))
        number += step


def _block_start(position: int) -> int:
    """The first house number of a block: opposite blocks are odd and even, the next pair a hundred on."""
    return 1 + 150 * (position // 2) + position % 2


def _written(number: int, chance: Chance) -> str:
    """Most doors have a plain number; some a letter, some a range."""
    draw = chance.random()
    if draw < 0.02:
        return f"{number}{chance.pick('AB')}"
    return f"{number}-{number + 2}" if draw < 0.03 else str(number)


def _postcode(ward: Ward, street: int) -> str:
    return f"00{ward.number}{street // STREETS_PER_POSTCODE % POSTCODES:02d}"


__all__ = ["Doors", "Ward", "doors", "wards"]
