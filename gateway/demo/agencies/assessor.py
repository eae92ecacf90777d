"""Property Assessment Office: the register of lots, from a mainframe with eight-letter columns.

Quirks: the parcel in three number columns, 0 for unknown, days as "20260630", values in whole
dollars, owners in capitals with persons and companies in one column, an area that says "SEE MAP".
"""

from collections.abc import Iterator

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import Chance
from gateway.demo.names import WARDS
from gateway.demo.people import passer
from gateway.demo.spelling import short_street
from gateway.demo.town import Lot, Town

PARCELS = Table(
    "PARCELS",
    (
        "WARD INTEGER",
        "BLK INTEGER",
        "LOT INTEGER",
        "HOUSENO TEXT",
        "STREETNM TEXT",
        "SITUS TEXT",
        "WARDNM TEXT",
        "POSTCD TEXT",
        "OWNERNM TEXT",
        "USECD TEXT",
        "BLDGCLS TEXT",
        "YRBLT INTEGER",
        "STOREYS REAL",
        "RESUNITS INTEGER",
        "COMUNITS INTEGER",
        "LANDSF INTEGER",
        "BLDGSF INTEGER",
        "ASSDVAL INTEGER",
        "ROLLDT TEXT",
    ),
    ("WARD, BLK, LOT", "POSTCD, STREETNM, HOUSENO"),
)

UNITS = Table(
    "UNITS",
    (
        "ACCTNO INTEGER PRIMARY KEY",
        "WARD INTEGER",
        "BLK INTEGER",
        "LOT INTEGER",
        "UNITNO TEXT",
        "OWNERNM TEXT",
        "UNITSF INTEGER",
        "ASSDVAL INTEGER",
        "RESUNITS INTEGER",
        "ROLLDT TEXT",
    ),
    ("WARD, BLK, LOT",),
)

USE_CODES = {"house": "01", "flats": "02", "condominium": "03", "shop": "04", "works": "06", "civic": "08"}
CLASS_CODES = {"house": "A", "flats": "D", "condominium": "R", "shop": "K", "works": "F", "civic": "Y", "vacant": "V"}


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """One parcel a lot, and the units of a condominium."""
    yield PARCELS, _parcel(lot, chance)
    if lot.use == "condominium" and lot.structures:
        yield from ((UNITS, row) for row in _units(lot, chance))


def _parcel(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    structures, street = lot.structures, short_street(lot.street)
    area = sum(structure.area for structure in structures)
    floors = structures[0].floors + (0.5 if chance.hits(0.1) else 0.0) if structures else 0.0
    return (
        lot.ward,
        lot.block,
        lot.lot,
        lot.number,
        street,
        f"{lot.number} {street}",
        WARDS[lot.ward - 1].upper(),
        lot.postcode,
        lot.owner.listed,
        USE_CODES.get(lot.use, "11"),
        f"{CLASS_CODES[lot.use]}{chance.between(0, 9)}",
        0 if lot.year is None or chance.hits(0.03) else lot.year,
        floors,
        lot.homes,
        len(lot.trades),
        "SEE MAP" if chance.hits(0.0015) else lot.land,
        area,
        lot.value,
        "20260115",
    )


def _units(lot: Lot, chance: Chance) -> Iterator[tuple[Cell, ...]]:
    """A home each, four to a floor at most; the unit's own account, and the lot that it is part of."""
    main = lot.structures[0]
    for n in range(main.homes):
        floor, door = n // 4 + 1, "ABCD"[n % 4]
        account = chance.number("account", 50_000_001)
        owner = lot.owner.listed if n == 0 else passer(chance)
        area = 300 + chance.between(0, 1700)
        yield account, lot.ward, lot.block, lot.lot, f"{floor}{door}", owner, area, 190 * area, 1, "20260115"


BOOK = Book("assessor.sqlite", (PARCELS, UNITS), of_lot)
