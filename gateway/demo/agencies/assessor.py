"""Property Assessment Office: the register of lots, from a mainframe with eight-letter columns.

Quirks: the parcel in three number columns, 0 for unknown, days as "20260630", values in whole
dollars, owners in capitals with persons and companies in one column.
"""

from collections.abc import Iterator

from gateway.demo.books import Book, Entry, Table
from gateway.demo.chance import Chance
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

USE_CODES = {"house": "01", "flats": "02", "condominium": "03", "shop": "04", "works": "06", "civic": "08"}
CLASS_CODES = {"house": "A", "flats": "D", "condominium": "R", "shop": "K", "works": "F", "civic": "Y", "vacant": "V"}


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """One parcel a lot."""
    structures = lot.structures
    area = sum(structure.area for structure in structures)
    floors = structures[0].floors + (0.5 if chance.hits(0.1) else 0.0) if structures else 0.0
    yield (
        PARCELS,
        (
            lot.ward,
            lot.block,
            lot.lot,
            lot.number,
            short_street(lot.street),
            lot.postcode,
            lot.owner.listed,
            USE_CODES.get(lot.use, "11"),
            f"{CLASS_CODES[lot.use]}{chance.between(0, 9)}",
            0 if lot.year is None or chance.hits(0.03) else lot.year,
            floors,
            lot.homes,
            len(lot.trades),
            lot.land,
            area,
            lot.value,
            "20260115",
        ),
    )


BOOK = Book("assessor.sqlite", (PARCELS,), of_lot)
