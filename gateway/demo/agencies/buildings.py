"""Building Inspectorate: structures, where they stand, permits and the professionals behind them.

Quirks: lower-case columns with ISO days, one structure on several parcels and several structures
on one, moments in local 12-hour time, a year "c.1900" where a clerk was honest, "N/A" for none.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import TODAY, Chance, later
from gateway.demo.spelling import half_day, place, short_street, solid
from gateway.demo.town import Lot, Structure, Town, known_professionals

STRUCTURES = Table(
    "structures",
    (
        "struct_no INTEGER PRIMARY KEY",
        "house_no TEXT",
        "street TEXT",
        "zip TEXT",
        "use_class TEXT",
        "stories INTEGER",
        "year_completed TEXT",
        "dwelling_units INTEGER",
        "gross_area INTEGER",
        "latitude REAL",
        "longitude REAL",
    ),
    ("zip, street, house_no",),
)

STRUCTURE_PARCELS = Table(
    "structure_parcels",
    ("struct_no INTEGER", "parcel TEXT", "primary_parcel INTEGER"),
    ("struct_no", "parcel"),
)

PERMITS = Table(
    "permits",
    (
        "permit_no TEXT PRIMARY KEY",
        "struct_no INTEGER",
        "parcel TEXT",
        "work_type TEXT",
        "job_description TEXT",
        "owner_name TEXT",
        "professional_name TEXT",
        "professional_licence TEXT",
        "est_cost REAL",
        "issued_at TEXT",
        "expires TEXT",
        "status TEXT",
    ),
    ("struct_no", "parcel", "professional_licence"),
)

CERTIFICATES = Table(
    "occupancy_certificates",
    ("co_no TEXT", "struct_no INTEGER", "issued TEXT", "co_type TEXT", "dwelling_units INTEGER"),
    ("struct_no",),
)

PROFESSIONALS = Table(
    "professionals",
    ("licence_no INTEGER PRIMARY KEY", "full_name TEXT", "trade TEXT", "licensed TEXT", "renewed_until TEXT"),
)

WORK = (
    ("NB", "new building"),
    ("A1", "change of use"),
    ("A2", "renovation of kitchens and bathrooms"),
    ("A2", "replacement of windows"),
    ("PL", "plumbing: replacement of gas risers"),
    ("EQ", "scaffold along the street front"),
    ("DM", "demolition of a rear extension"),
)
TRADES = ("Architect", "Engineer", "Master plumber", "General contractor")


def of_town(town: Town, chance: Chance) -> Iterator[Entry]:
    """The professionals."""
    for n, somebody in enumerate(town.professionals):
        licensed = chance.day(date(1985, 1, 1), date(2022, 1, 1))
        until = TODAY + timedelta(chance.between(-200, 700))
        row = somebody.number, somebody.name, TRADES[n % len(TRADES)], licensed.isoformat(), until.isoformat()
        yield PROFESSIONALS, row


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Structures with their parcels, permits, certificates."""
    for structure in lot.structures:
        yield STRUCTURES, _structure(lot, structure, chance)
        yield STRUCTURE_PARCELS, (structure.number, solid(lot), 1)
        if chance.hits(0.2):
            yield CERTIFICATES, _certificate(structure, chance)
    if lot.shared:
        yield STRUCTURE_PARCELS, (lot.shared.number, solid(lot), 0)
    for _ in range(chance.few(0.6)):
        yield PERMITS, _permit(lot, town, chance)


def _structure(lot: Lot, structure: Structure, chance: Chance) -> tuple[Cell, ...]:
    lat, lon = place(lot)
    year = "c.1900" if chance.hits(0.0015) else "N/A" if chance.hits(0.04) else str(structure.year)
    return (
        structure.number,
        lot.number,
        short_street(lot.street),
        lot.postcode,
        lot.use[:1].upper(),
        structure.floors,
        year,
        structure.homes,
        structure.area,
        lat,
        lon,
    )


def _certificate(structure: Structure, chance: Chance) -> tuple[Cell, ...]:
    issued = date(structure.year, chance.between(1, 12), chance.between(1, 28))
    kind = "F" if chance.hits(0.8) else "T"
    return f"CO-{chance.number('certificate'):07d}", structure.number, issued.isoformat(), kind, structure.homes


def _permit(lot: Lot, town: Town, chance: Chance) -> tuple[Cell, ...]:
    issued = chance.day(date(2010, 1, 1))
    expires = issued + timedelta(365)
    code, text = chance.pick(WORK)
    somebody = chance.pick_first(town.professionals, known_professionals(lot.serial))
    status = chance.pick(("SIGNED-OFF", "EXPIRED", "REVOKED")) if expires < TODAY else "ISSUED"
    return (
        f"B{issued.year}-{chance.number('permit'):07d}",
        lot.structures[0].number if lot.structures and code != "NB" else None,
        solid(lot),
        code,
        text,
        lot.owner.name if chance.hits(0.95) else "N/A",
        somebody.name,
        f"{somebody.number}",
        round(chance.between(8, 4000) * 125.0, 2),
        half_day(issued, chance.between(8 * 60, 17 * 60)),
        later(expires, 90).isoformat() if status == "REVOKED" else expires.isoformat(),
        status,
    )


BOOK = Book(
    "buildings.sqlite",
    (STRUCTURES, STRUCTURE_PARCELS, PERMITS, CERTIFICATES, PROFESSIONALS),
    of_lot,
    of_town,
)
