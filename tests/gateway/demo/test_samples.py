"""The samples are what they say, in a city of any size."""

from dataclasses import asdict
from pathlib import Path

import pytest

from gateway.demo.generate import Built, build
from gateway.demo.samples import Samples, samples
from tests.gateway.demo.conftest import Query


@pytest.fixture(scope="session")
def found(built: Built) -> Samples:
    return samples(built.directory)


def value(identifier: str | None) -> str:
    assert identifier is not None
    return identifier.partition(":")[2]


def dashed(identifier: str | None) -> str:
    parcel = value(identifier)
    return f"{parcel[0]}-{parcel[1:5]}-{parcel[5:]}"


def test_the_default_city_has_an_example_of_everything(found: Samples) -> None:
    assert [name for name, sample in asdict(found).items() if sample is None] == []


def test_they_are_the_same_each_time_and_in_a_larger_city(built: Built, found: Samples, tmp_path: Path) -> None:
    assert samples(built.directory) == found
    larger = samples(build(tmp_path / "larger", addresses=12_000).directory)
    assert asdict(larger) | {"wake": ""} == asdict(found) | {"wake": ""}


def test_a_small_city_leaves_out_what_it_has_not(tmp_path: Path) -> None:
    small = samples(build(tmp_path / "small", addresses=100).directory)
    assert small.busy in small.address_ids
    assert len(small.business_ids) <= 4


def agencies_of(query: Query, parcel: str, address: tuple[object, ...]) -> set[str]:
    """The agencies with something on a parcel or its buildings, asked one by one."""
    dashed_parcel = dashed(f"hbt.parcel:{parcel}")
    short = "-".join(str(int(part)) for part in dashed_parcel.split("-"))
    typed = f"{address[0]} {address[1]}"
    structures = query(
        "buildings", "SELECT struct_no FROM structure_parcels WHERE parcel = ? AND primary_parcel", parcel
    )
    rows = {
        "buildings": [*structures, *query("buildings", "SELECT 1 FROM permits WHERE parcel = ?", parcel)],
        "companies": query("companies", "SELECT 1 FROM establishment WHERE parcel = ?", short),
        "deeds": query("deeds", 'SELECT 1 FROM conveyances WHERE "PARCEL ID" = ?', f"{parcel}.0")
        + query("deeds", 'SELECT 1 FROM liens WHERE "PARCEL ID" = ?', f"{parcel}.0"),
        "harbour": query("harbour", "SELECT 1 FROM facade_certificates WHERE block || '-' || lot = ?", short[2:]),
        "housing": query("housing", "SELECT 1 FROM Violations WHERE ParcelNo = ?", dashed_parcel)
        + query("housing", "SELECT 1 FROM Registrations WHERE ParcelNo = ?", dashed_parcel)
        + query("housing", "SELECT 1 FROM AffordableProjects WHERE ParcelNo = ?", dashed_parcel),
        "licensing": query(
            "licensing", "SELECT 1 FROM LICENSES WHERE PREMISES_ADDR = ? AND PREMISES_ZIP = ?", typed, address[2]
        ),
        "lead orders": query("health", "SELECT 1 FROM lead_orders WHERE parcel = ?", dashed_parcel),
        "residents": query("residents", "SELECT 1 FROM RESIDENT WHERE PARCEL = ?", parcel),
    }
    return {agency for agency, found in rows.items() if found}


def test_the_busy_address_has_records_at_most_agencies(query: Query, found: Samples) -> None:
    addresses = {
        f"{ward}{block:04}{lot:04}": address
        for ward, block, lot, *address in query(
            "assessor", "SELECT WARD, BLK, LOT, HOUSENO, STREETNM, POSTCD FROM PARCELS WHERE WARD = 1 LIMIT 60"
        )
    }
    parcel = value(found.busy)
    place = int(parcel[0]), int(parcel[1:5]), int(parcel[5:])
    (busy,) = query(
        "assessor", "SELECT HOUSENO, STREETNM, POSTCD FROM PARCELS WHERE WARD = ? AND BLK = ? AND LOT = ?", *place
    )
    others = [len(agencies_of(query, parcel, tuple(address))) for parcel, address in addresses.items()]
    assert len(agencies_of(query, parcel, busy)) >= max(others) >= 5
    assert found.search == f"{busy[0]} {busy[1]}, {busy[2]}"


def test_the_others_show_what_they_are_chosen_for(query: Query, found: Samples) -> None:
    hidden = query("housing", "SELECT Confidential FROM AffordableProjects WHERE ParcelNo = ?", dashed(found.withheld))
    assert ("Y",) in hidden
    assert ("Y",) in query("health", "SELECT sealed FROM lead_orders WHERE parcel = ?", dashed(found.sealed))
    assert len(query("buildings", "SELECT 1 FROM structure_parcels WHERE struct_no = ?", value(found.shared))) == 2
    assert query("assessor", "SELECT 1 FROM UNITS WHERE ACCTNO = ?", value(found.unit))
    assert query("assessor", "SELECT 1 FROM PARCELS WHERE WARD = 2 AND BLK = 1 AND LOT = 2")
    assert found.uncovered == "hbt.parcel:200010002"
    assert not query("assessor", "SELECT 1 FROM PARCELS WHERE WARD = 8 AND BLK = 9999")
    assert found.absent == "hbt.parcel:899999999"
    house, _, street = found.ambiguous.partition(" ")
    doors = query(
        "assessor",
        "SELECT 1 FROM PARCELS WHERE HOUSENO = ? AND STREETNM = ?",
        house,
        street.upper().replace("STREET", "ST"),
    )
    assert len(doors) > 1


def test_a_conflict_is_one(query: Query, found: Samples) -> None:
    parcel = value(found.conflict)
    place = int(parcel[0]), int(parcel[1:5]), int(parcel[5:])
    years = query("assessor", "SELECT CAST(YRBLT AS TEXT) FROM PARCELS WHERE WARD = ? AND BLK = ? AND LOT = ?", *place)
    years += query("deeds", 'SELECT "YEAR BUILT" FROM conveyances WHERE "PARCEL ID" = ?', f"{parcel}.0")
    assert len(set(years) - {("0",)}) > 1


def test_the_businesses_belong_together(query: Query, found: Samples) -> None:
    company, permit = query(
        "companies",
        "SELECT company_number, food_permit FROM establishment WHERE establishment_number = ?",
        value(found.establishment),
    )[0]
    assert company is not None
    assert permit == value(found.kitchen)
    assert query("health", "SELECT 1 FROM food_inspection_results WHERE permit = ? AND viol_code <> ''", permit)
    assert query("licensing", "SELECT ESTAB_NO FROM LICENSES WHERE LIC_NUM = ?", value(found.licence)) == [
        (value(found.establishment),)
    ]
    sites = query("companies", "SELECT 1 FROM establishment WHERE company_number = ?", value(found.company))
    assert len(sites) > 1


def test_the_people_are_tied_to_something(query: Query, found: Samples) -> None:
    assert query("housing", "SELECT 1 FROM Registrations WHERE OwnerResidentNo = ?", value(found.owner))
    served = query(
        "companies", "SELECT DISTINCT company_number FROM officer WHERE officer_number = ?", value(found.officer)
    )
    assert len(served) > 1
    assert query("buildings", "SELECT 1 FROM permits WHERE professional_licence = ?", value(found.professional))


def test_the_command_wakes_the_dead_agency(built: Built, found: Samples) -> None:
    move, old, new = found.wake.split(" ")
    assert (move, Path(old).is_file(), Path(new).exists()) == ("mv", True, False)
    assert (found.dead_agency, found.slow_agency) == ("parks", "fire")


def test_a_directory_without_a_city_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no demo city"):
        samples(tmp_path)
