"""A few telling identifiers of a demo city: what to try first, and what it shows.

They lie among the first lots of ward 1, which are the same in a city of any size; so the agencies'
rows about these lots are made once more instead of being searched for in a million.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from gateway.demo.agencies import BOOKS
from gateway.demo.books import Cell
from gateway.demo.chance import Chance
from gateway.demo.generate import recipe_of
from gateway.demo.people import Company
from gateway.demo.spelling import line, solid
from gateway.demo.town import Lot, Town, town

LOOKED_AT = 500
"""How many of the first lots are looked at."""

TOWN = 5_000
"""The smallest town of which the first `LOOKED_AT` lots are all in ward 1."""

SLOW, DEAD = "fire", "parks"
OFFLINE = ".offline"

Thing = TypeVar("Thing")
Record = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Samples:
    """Identifiers worth trying; None where a small town has no example.

    At `busy` most agencies have records; at `conflict` they differ on the year built; `withheld`
    has a confidential project and `sealed` a sealed order; at `uncovered` the Old Harbour Trust
    does not look; `shared` is a structure on two parcels; `condominium` has units, `unit` is one;
    `absent` is a valid parcel that isn't there. `company` trades at several places, `kitchen` is
    the food permit of `establishment`, `licence` one of its licences. `owner` registered a house,
    `claimant` gets housing support, `officer` serves two companies, `professional` answers for
    permits. `search` finds one address, `ambiguous` several. `wake` is the command that brings the dead agency up.
    """

    busy: str
    conflict: str | None
    withheld: str | None
    sealed: str | None
    uncovered: str
    shared: str | None
    condominium: str | None
    unit: str | None
    absent: str
    company: str | None
    establishment: str | None
    kitchen: str | None
    licence: str | None
    owner: str | None
    claimant: str | None
    officer: str | None
    professional: str | None
    search: str
    ambiguous: str
    slow_agency: str
    dead_agency: str
    wake: str

    @property
    def address_ids(self) -> tuple[str, ...]:
        """All addresses among them that exist."""
        lots = (self.busy, self.conflict, self.withheld, self.sealed, self.uncovered, self.condominium)
        return tuple(dict.fromkeys(each for each in (*lots, self.shared, self.unit) if each))

    @property
    def business_ids(self) -> tuple[str, ...]:
        """All businesses among them."""
        return tuple(filter(None, (self.company, self.establishment, self.kitchen, self.licence)))

    @property
    def person_ids(self) -> tuple[str, ...]:
        """All persons among them."""
        return tuple(filter(None, (self.owner, self.officer, self.professional)))


def samples(directory: Path) -> Samples:
    """The telling identifiers of the demo city in `directory`; the same ones each time.

    Raises `ValueError` where no demo city was built there.
    """
    recipe = recipe_of(directory)
    if recipe is None:
        raise ValueError(f"{directory} holds no demo city; `citygraph demo --dir {directory}` builds one")
    place = town(min(recipe.addresses, TOWN), recipe.seed)
    return _chosen(place, _files(place), f"mv {directory / DEAD}.sqlite{OFFLINE} {directory / DEAD}.sqlite")


@dataclass(frozen=True, slots=True)
class _File:
    """A lot, what is kept about it by table, and how many agencies keep something."""

    lot: Lot
    records: Mapping[str, list[Record]]
    agencies: int

    @property
    def id(self) -> str:
        return f"hbt.parcel:{solid(self.lot)}"

    def of(self, table: str) -> list[Record]:
        return self.records.get(table, [])

    @property
    def years(self) -> set[str]:
        """The years built that the assessor and the deeds give."""
        told = [record["YRBLT"] for record in self.of("PARCELS")]
        told += [record["YEAR BUILT"] for record in self.of("conveyances")]
        return {str(year) for year in told} - {"0"}


def _files(place: Town) -> list[_File]:
    chances = [(book, Chance(place.seed, book.stream)) for book in BOOKS]
    found = []
    for lot in islice(place.lots(), LOOKED_AT):
        records: dict[str, list[Record]] = {}
        agencies = 0
        for book, chance in chances:
            entries = list(book.of_lot(lot, place, chance))
            agencies += bool(entries)
            for table, row in entries:
                records.setdefault(table.name, []).append(dict(zip(table.names, row, strict=True)))
        found.append(_File(lot, records, agencies))
    return found


def _chosen(place: Town, files: list[_File], wake: str) -> Samples:
    busy = max(files, key=lambda file: (file.agencies, len(file.years), len(file.records)))
    condominium = _first(file for file in files if file.of("UNITS"))
    kitchen = _first(_kitchens(files))
    return Samples(
        busy=busy.id,
        conflict=_id(file for file in files if len(file.years) > 1),
        withheld=_id(file for file in files if any(p["Confidential"] == "Y" for p in file.of("AffordableProjects"))),
        sealed=_id(file for file in files if any(order["sealed"] == "Y" for order in file.of("lead_orders"))),
        uncovered="hbt.parcel:200010002",
        shared=_named("structure", (file.lot.shared.number for file in files if file.lot.shared)),
        condominium=condominium.id if condominium else None,
        unit=_named("account", (unit["ACCTNO"] for unit in condominium.of("UNITS")) if condominium else ()),
        absent="hbt.parcel:899999999",
        company=_named("company", _most_sites(files)),
        establishment=_named("establishment", (kitchen["establishment_number"],) if kitchen else ()),
        kitchen=_named("food_permit", (kitchen["food_permit"],) if kitchen else ()),
        licence=_named("licence", _licences(files, kitchen)),
        owner=_named("resident", _owners(files)),
        claimant=_named("resident", _claimants(files)),
        officer=_named("officer", _officers(place.companies)),
        professional=_named("professional", (p["professional_licence"] for file in files for p in file.of("permits"))),
        search=f"{line(busy.lot)}, {busy.lot.postcode}",
        ambiguous=f"{files[0].lot.number} {files[0].lot.street}",
        slow_agency=SLOW,
        dead_agency=DEAD,
        wake=wake,
    )


def _first(things: Iterable[Thing]) -> Thing | None:
    return next(iter(things), None)


def _id(files: Iterable[_File]) -> str | None:
    found = _first(files)
    return found.id if found else None


def _named(scheme: str, values: Iterable[Cell]) -> str | None:
    value = _first(values)
    return None if value is None else f"hbt.{scheme}:{value}"


def _kitchens(files: list[_File]) -> Iterator[Record]:
    """Open establishments of companies with a food permit that was inspected and that they told."""
    for file in files:
        inspected = {row["permit"] for row in file.of("food_inspection_results") if row["viol_code"]}
        licensed = {row["ESTAB_NO"] for row in file.of("LICENSES")}
        for site in file.of("establishment"):
            known = site["company_number"] and str(site["establishment_number"]) in licensed
            if known and site["food_permit"] in inspected and not site["closed"]:
                yield site


def _licences(files: list[_File], kitchen: Record | None) -> Iterator[Cell]:
    """The licences of a kitchen's establishment."""
    number = str(kitchen["establishment_number"]) if kitchen else None
    return (row["LIC_NUM"] for file in files for row in file.of("LICENSES") if row["ESTAB_NO"] == number)


def _most_sites(files: list[_File]) -> list[Cell]:
    """The company with most establishments here."""
    sites = Counter(site["company_number"] for file in files for site in file.of("establishment"))
    del sites[None]
    return [number for number, _ in sites.most_common(1)]


def _owners(files: list[_File]) -> Iterator[Cell]:
    """Residents who registered the house that they live in."""
    for file in files:
        living = {str(person["RES_NO"]) for person in file.of("RESIDENT") if person["PROTECTED"] == "N"}
        yield from (row["OwnerResidentNo"] for row in file.of("Registrations") if row["OwnerResidentNo"] in living)


def _claimants(files: list[_File]) -> Iterator[Cell]:
    """Residents, none of them protected, with an award for housing that has not ended."""
    for file in files:
        living = {str(person["RES_NO"]) for person in file.of("RESIDENT") if person["PROTECTED"] == "N"}
        awards = (row for row in file.of("benefit_award") if row["benefit"] == "HOUSING" and row["to_date"] is None)
        yield from (row["resident_no"] for row in awards if row["resident_no"] in living)


def _officers(companies: tuple[Company, ...]) -> Iterator[Cell]:
    """Officers of two companies or more, among the first companies."""
    served = Counter(officer.number for company in companies[:40] for officer in company.officers)
    return (number for number, companies_served in served.items() if companies_served > 1)
