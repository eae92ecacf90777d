"""Housing Standards: violations, registrations of rented homes, projects; a vendor's product.

Quirks: CamelCase columns, the parcel with dashes, days as "06/30/2026", a class code that means severity, the
apartment in a column of its own, a `LastUpdated` that says when a row changed, owners who are
companies or residents by number, and "----" for the address of a project that is confidential.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.demo.books import Book, Cell, Entry, Table
from gateway.demo.chance import Chance, later
from gateway.demo.people import Company
from gateway.demo.spelling import american, dashed, line
from gateway.demo.town import Lot, Town

VIOLATIONS = Table(
    "Violations",
    (
        "ViolationID INTEGER PRIMARY KEY",
        "ParcelNo TEXT",
        "StructureNo TEXT",
        "Apartment TEXT",
        "Class TEXT",
        "OrderNo TEXT",
        "NovDescription TEXT",
        "InspectionDate TEXT",
        "CurrentStatus TEXT",
        "StatusDate TEXT",
        "LastUpdated TEXT",
    ),
    ("ParcelNo", "StructureNo"),
)
REGISTRATIONS = Table(
    "Registrations",
    (
        "RegistrationID INTEGER PRIMARY KEY",
        "ParcelNo TEXT",
        "StructureNo TEXT",
        "PremisesAddress TEXT",
        "Zip TEXT",
        "OwnerType TEXT",
        "OwnerName TEXT",
        "OwnerCompanyNo TEXT",
        "OwnerResidentNo TEXT",
        "RentedHomes INTEGER",
        "OwnerOccupied TEXT",
        "RegisteredOn TEXT",
        "ExpiresOn TEXT",
    ),
    ("ParcelNo", "StructureNo", "Zip, PremisesAddress", "OwnerCompanyNo", "OwnerResidentNo"),
)

PROJECTS = Table(
    "AffordableProjects",
    (
        "ProjectID INTEGER PRIMARY KEY",
        "ProjectName TEXT",
        "ParcelNo TEXT",
        "HouseNumber TEXT",
        "StreetName TEXT",
        "Zip TEXT",
        "AffordableHomes INTEGER",
        "StartedOn TEXT",
        "CompletedOn TEXT",
        "Confidential TEXT",
    ),
    ("ParcelNo", "Zip, StreetName, HouseNumber"),
)

ORDERS = (
    ("A", "508", "paint or cover peeling walls in the public hall"),
    ("A", "702", "post the registration notice at the entrance"),
    ("B", "526", "repair the broken or defective plastered surface in the kitchen"),
    ("B", "550", "provide a self-closing door at the cellar stairs"),
    ("B", "577", "abate the nuisance of mice in the entire flat"),
    ("C", "617", "correct the lead paint hazard at the window frames"),
    ("C", "670", "provide hot water at all fixtures"),
    ("C", "675", "provide heat in the entire building"),
    ("I", "780", "file the overdue registration statement"),
)


def of_lot(lot: Lot, town: Town, chance: Chance) -> Iterator[Entry]:
    """Violations and a registration where people rent, now and then a project."""
    if lot.homes > 1 and lot.structures:
        for _ in range(chance.few(2.5 if lot.use == "flats" else 0.5)):
            yield VIOLATIONS, _violation(lot, chance)
        if chance.hits(0.6):
            yield REGISTRATIONS, _registration(lot, chance)
        if lot.use == "flats" and chance.hits(0.25):
            yield PROJECTS, _project(lot, chance)


def _violation(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    found = chance.day(date(2016, 1, 1))
    settled = later(found, chance.between(5, 900))
    status = "OPEN" if chance.hits(0.35) else "CLOSED" if chance.hits(0.9) else "NOV-SENT"
    kind, order, text = chance.pick(ORDERS)
    apartment = f"{chance.between(1, 9)}{chance.pick('ABCD')}" if lot.homes > 4 and chance.hits(0.8) else ""
    return (
        chance.number("violation", 10_000_001),
        dashed(lot),
        str(lot.structures[0].number),
        apartment,
        kind,
        order,
        f"§ 27-{order} {text}",
        american(found),
        status,
        american(settled),
        f"{settled.isoformat()}T{chance.between(7, 18):02d}:{chance.between(0, 59):02d}:00",
    )


def _registration(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    owner, since = lot.owner, chance.day(date(2023, 7, 1))
    firm = isinstance(owner, Company)
    return (
        chance.number("registration", 300_001),
        dashed(lot),
        str(lot.structures[0].number),
        line(lot),
        lot.postcode,
        "Corporation" if firm else "Individual",
        owner.name,
        str(owner.number) if firm else None,
        str(owner.number) if lot.resident_owner else None,
        max(1, lot.homes + chance.pick((0, 0, 0, 0, -1, 1, 2))),
        "Y" if not firm and lot.use == "house" else "N",
        american(since),
        american(since + timedelta(365)),
    )


def _project(lot: Lot, chance: Chance) -> tuple[Cell, ...]:
    started = chance.day(date(2014, 1, 1), date(2025, 6, 30))
    hidden = chance.hits(0.3)
    return (
        chance.number("project", 70_001),
        "CONFIDENTIAL" if hidden else f"{lot.street.rsplit(' ', 1)[0]} Homes",
        dashed(lot),
        "----" if hidden else lot.number,
        "----" if hidden else lot.street.upper(),
        None if hidden else lot.postcode,
        max(1, lot.homes // 3),
        american(started),
        american(later(started, 700)) if chance.hits(0.7) else None,
        "Y" if hidden else "N",
    )


BOOK = Book("housing.sqlite", (VIOLATIONS, REGISTRATIONS, PROJECTS), of_lot)
