"""The listing: ranges are found wherever they reach, streets by their beginnings in any number of areas."""

import random

import pytest

from resolvers.identity.addresses import AddressParts
from resolvers.identity.listing import WIDEST, Listing

STREETS = ("OAK ST", "OAKLAND AVE", "ELM ST", "W 27 ST", "W 2 ST", "S 5 ST")


def listed(areas: int) -> Listing:
    made = Listing()
    for area in range(areas):
        for at, street in enumerate(STREETS):
            made.add(f"{area}-{at}", AddressParts("12", street, postcode=f"{area:05}", city_part="EAST"))
            made.add(f"{area}-{at}r", AddressParts("100", street, high="140", postcode=f"{area:05}"))
    return made


@pytest.mark.parametrize("areas", [1, 40])
@pytest.mark.parametrize(
    ("number", "texts", "streets"),
    [
        ("12", ("OAK",), ["OAK ST", "OAKLAND AVE"]),
        ("138", ("OAK S", "W 2"), ["OAK ST", "W 2 ST", "W 27 ST"]),
        ("139", ("OAK",), []),
        ("12", ("",), sorted(STREETS)),
        ("12", ("Z",), []),
    ],
)
def test_streets_by_their_beginnings(areas: int, number: str, texts: tuple[str, ...], streets: list[str]) -> None:
    found = listed(areas).beginning(number, texts)
    assert found == {(street, f"{area:05}") for street in streets for area in range(areas)}


def test_an_address_added_later_is_begun_too() -> None:
    made = listed(1)
    assert made.beginning("7", ("PINE",)) == set()
    made.add("new", AddressParts("7", "PINE ST", postcode="00000"))
    assert made.beginning("7", ("PINE",)) == {("PINE ST", "00000")}


def test_a_range_has_the_numbers_of_its_side_and_no_others() -> None:
    chance = random.Random(5)
    for _ in range(50):
        low, width, made = chance.randrange(1, 900), chance.randrange(1, WIDEST + 1), Listing()
        made.add("A", AddressParts(str(low), "OAK ST", high=str(low + width), postcode="00000"))
        step = 1 if width % 2 else 2
        for number in range(max(1, low - 5), low + width + 5):
            inside = number in range(low, low + width + 1, step)
            assert made.streets("00000", str(number)) == (["OAK ST"] if inside else [])
            assert made.at("00000", str(number), "OAK ST") == (("A",) if inside else ())
