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


def line(lot: Lot) -> str:
    """ "12 E ANCHOR ST"."""
    return f"{lot.number} {short_street(lot.street)}"


def place(lot: Lot) -> tuple[float, float]:
    """Latitude and longitude; Harbourton lies where the maps have open sea."""
    block = lot.block - 1
    return (
        round(38.5 + lot.ward * 0.04 + block % 60 * 0.0006 + lot.lot * 0.00002, 6),
        round(-60.5 - block // 60 * 0.0009 - lot.lot * 0.00001, 6),
    )


def short(lot: Lot) -> str:
    """A parcel as "3-412-17"."""
    return f"{lot.ward}-{lot.block}-{lot.lot}"


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


def european(day: date) -> str:
    """ "30/06/2026"."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def half_day(day: date, minutes: int) -> str:
    """ "06/30/2026 03:15:00 PM", so many minutes after midnight."""
    hour, minute = divmod(minutes, 60)
    return f"{american(day)} {hour % 12 or 12:02d}:{minute:02d}:00 {'PM' if hour >= 12 else 'AM'}"


def compact(day: date) -> str:
    """ "20260630"."""
    return f"{day.year}{day.month:02d}{day.day:02d}"
