"""How Harbourton's agencies write what the town knows: addresses, parcels, names, days."""

from datetime import date

from gateway.demo.names import SHORT_TYPES
from gateway.demo.town import Lot

SHORT_SIDES = {"East": "E", "West": "W", "North": "N", "South": "S"}


def short_street(street: str) -> str:
    """ "East Anchor Street" as "E ANCHOR ST"."""
    words = street.split(" ")
    first = [SHORT_SIDES[words[0]]] if words[0] in SHORT_SIDES and len(words) > 2 else [words[0].upper()]
    return " ".join([*first, *(word.upper() for word in words[1:-1]), SHORT_TYPES[words[-1]]])


def dashed(lot: Lot) -> str:
    """A parcel as "3-0412-0017"."""
    return f"{lot.ward}-{lot.block:04d}-{lot.lot:04d}"


def solid(lot: Lot) -> str:
    """A parcel as "304120017"."""
    return f"{lot.ward}{lot.block:04d}{lot.lot:04d}"


def american(day: date) -> str:
    """ "06/30/2026"."""
    return f"{day.month:02d}/{day.day:02d}/{day.year}"


def loose(day: date) -> str:
    """ "6/30/2026"."""
    return f"{day.month}/{day.day}/{day.year}"


def compact(day: date) -> str:
    """ "20260630"."""
    return f"{day.year}{day.month:02d}{day.day:02d}"
