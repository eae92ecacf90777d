"""A house number that a register does not list, and what its neighbours in the street tell of it.

A lot's part of one side of a street is in one piece. So what has the next numbers before and behind has
those between them, too; what lies within a range that is asked for has the range; and a house is where the
same number is with a letter, or without.
"""

from collections.abc import Iterable
from typing import NamedTuple

from resolvers.identity.addresses import AddressParts, Evidence, Score
from resolvers.identity.listing import Listing, bare_number, house_numbers

_LETTERED, _WITHIN, _BETWEEN = 0.85, 0.9, 0.9


class Neighbours(NamedTuple):
    """The numbers of a street that are listed, and how well what has them answers."""

    numbers: tuple[str, ...]
    score: Score


def neighbours(listing: Listing, area: str, asked: AddressParts) -> Neighbours | None:
    """What answers for a number that is not listed in an area; None where that is not one and the same."""
    return _lettered(listing, area, asked) or _within(listing, area, asked) or _between(listing, area, asked)


def _lettered(listing: Listing, area: str, asked: AddressParts) -> Neighbours | None:
    """The house without a letter, or with one."""
    numbers = listing.lettered(area, asked.number, asked.street)
    if not numbers:
        return None
    evidence = Evidence("number_letter", f"{asked.number} is not listed, {' and '.join(numbers)} is")
    return _alone(listing, area, asked.street, numbers, Score("POSSIBLE", _LETTERED, (evidence,)))


def _within(listing: Listing, area: str, asked: AddressParts) -> Neighbours | None:
    """What lies within the range asked for, whose ends are not listed."""
    if not asked.high:
        return None
    numbers = [each for each in house_numbers(asked) if listing.at(area, each, asked.street)]
    if not numbers:
        return None
    evidence = Evidence("within", f"{asked.number} to {asked.high} is not listed, {' and '.join(numbers)} in it is")
    return _alone(listing, area, asked.street, numbers, Score("POSSIBLE", _WITHIN, (evidence,)))


def _between(listing: Listing, area: str, asked: AddressParts) -> Neighbours | None:
    """What has the next numbers on both sides."""
    number = bare_number(asked.number)
    far = asked.high or number
    if not (number.isdigit() and far.isdigit()) or (int(far) - int(number)) % 2:
        return None  # two sides of the street have other neighbours
    found = listing.between(area, asked.street, int(number), int(far))
    if found is None or len(found[2]) != 1:
        return None
    low, high, _ = found
    evidence = Evidence("between", f"{asked.number} is not listed, {low} and {high} are, as one, with none between")
    return Neighbours((str(low),), Score("POSSIBLE", _BETWEEN, (evidence,)))


def _alone(listing: Listing, area: str, street: str, numbers: Iterable[str], score: Score) -> Neighbours | None:
    """The numbers, where one and the same has them all."""
    held = {each for number in numbers for each in listing.at(area, number, street)}
    return Neighbours(tuple(numbers), score) if len(held) == 1 else None
