"""What makes Harbourton's agencies like real ones is really in their files."""

import pytest

from gateway.demo.generate import Built
from tests.gateway.demo.conftest import Query


@pytest.mark.parametrize(
    ("agency", "sql", "shape"),
    [
        ("assessor", "SELECT typeof(WARD) || typeof(BLK) || typeof(LOT) FROM PARCELS", "integerintegerinteger"),
        ("buildings", "SELECT parcel GLOB '[1-8][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' FROM permits", 1),
        ("housing", "SELECT ParcelNo GLOB '[1-8]-[0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]' FROM Violations", 1),
        ("deeds", 'SELECT "PARCEL ID" GLOB \'[1-8]*.0\' AND length("PARCEL ID") = 11 FROM conveyances', 1),
        ("companies", "SELECT parcel GLOB '[1-8]-[1-9]*-[1-9]*' AND length(parcel) < 10 FROM establishment", 1),
        ("transport", "SELECT parcel GLOB '[1-8] [0-9][0-9][0-9][0-9] [0-9][0-9][0-9][0-9]' FROM pavement_seating", 1),
        ("fire", "SELECT bldg GLOB '[1-8]*.0' FROM open_orders_snapshot", 1),
    ],
)
def test_each_agency_writes_a_key_in_its_own_way(query: Query, agency: str, sql: str, shape: object) -> None:
    assert {row[0] for row in query(agency, sql)} == {shape}


def test_buildings_and_parcels_are_many_to_many(query: Query) -> None:
    per = "SELECT max(n) FROM (SELECT count(*) n FROM structure_parcels GROUP BY {})"
    assert query("buildings", per.format("struct_no"))[0][0] == 2
    assert query("buildings", per.format("parcel"))[0][0] == 2


def test_agencies_differ_on_the_year_built(query: Query) -> None:
    assessed = {
        f"{ward}{block:04}{lot:04}.0": year
        for ward, block, lot, year in query("assessor", "SELECT WARD, BLK, LOT, YRBLT FROM PARCELS WHERE YRBLT > 0")
    }
    told = query(
        "deeds", 'SELECT "PARCEL ID", CAST("YEAR BUILT" AS INTEGER) FROM conveyances WHERE "YEAR BUILT" <> \'0\''
    )
    differ = [parcel for parcel, year in told if parcel in assessed and assessed[str(parcel)] != year]
    assert 0.1 < len(differ) / len(told) < 0.6


def test_agencies_differ_on_the_homes(query: Query) -> None:
    assessed = {
        f"{ward}-{block:04}-{lot:04}": homes
        for ward, block, lot, homes in query("assessor", "SELECT WARD, BLK, LOT, RESUNITS FROM PARCELS")
    }
    told = query("housing", "SELECT ParcelNo, RentedHomes FROM Registrations")
    assert any(assessed[str(parcel)] != homes for parcel, homes in told)


def test_several_rows_make_one_inspection(query: Query) -> None:
    groups = query(
        "health",
        "SELECT count(*), count(DISTINCT grade || score || result) FROM food_inspection_results"
        " GROUP BY permit, insp_date, insp_type",
    )
    assert {agreed for _, agreed in groups} == {1}
    assert {1, 2, 3} <= {rows for rows, _ in groups}


def test_some_kitchens_were_not_inspected_yet(query: Query) -> None:
    assert query(
        "health", "SELECT count(*) > 0, min(score) FROM food_inspection_results WHERE insp_date = '1900-01-01'"
    ) == [(1, -1)]


def test_names_went_through_a_wrong_code_page_and_a_form(query: Query) -> None:
    assert query("health", "SELECT count(*) > 0 FROM food_inspection_results WHERE dba LIKE '%CAFÃ‰%'") == [(1,)]
    assert query("health", "SELECT count(*) > 0 FROM food_inspection_results WHERE dba LIKE '%&#39;%'") == [(1,)]


def test_applicants_type_what_they_like(query: Query) -> None:
    typed = {str(row[0]) for row in query("transport", "SELECT food_permit FROM pavement_seating")}
    assert any(permit.isdecimal() for permit in typed)
    assert any(permit[3:4] == "-" for permit in typed)


def test_one_column_holds_persons_and_companies(query: Query) -> None:
    for agency, sql in (
        ("assessor", "SELECT OWNERNM FROM PARCELS"),
        ("licensing", "SELECT LICENSEE FROM LICENSES"),
        ("deeds", 'SELECT "GRANTEE" FROM conveyances'),
    ):
        names = {str(row[0]) for row in query(agency, sql)}
        assert any(", " in name for name in names), agency
        assert any(name.endswith((" LLC", " INC", " LTD", " CORP")) for name in names), agency


def test_confidential_rows_are_there(query: Query) -> None:
    assert query(
        "housing", "SELECT DISTINCT HouseNumber, StreetName, Zip FROM AffordableProjects WHERE Confidential = 'Y'"
    ) == [("----", "----", None)]
    assert query("health", "SELECT count(*) > 0, min(child_birth_year) > 2000 FROM lead_orders WHERE sealed = 'Y'") == [
        (1, 1)
    ]
    assert query("residents", "SELECT DISTINCT PARCEL, ADDR_LINE FROM RESIDENT WHERE PROTECTED = 'Y'") == [
        (None, "----")
    ]


def test_the_trust_knows_ward_1_only(query: Query) -> None:
    lots = {(str(block), str(lot)) for block, lot in query("assessor", "SELECT BLK, LOT FROM PARCELS WHERE WARD = 1")}
    fronts = query("harbour", "SELECT block, lot FROM facade_certificates")
    assert {(str(block), str(lot)) for block, lot in fronts} <= lots


def test_the_fire_snapshot_leaves_buildings_out(query: Query) -> None:
    seen = query("fire", "SELECT count(*) FROM open_orders_snapshot")[0][0]
    assert isinstance(seen, int)
    assert 100 < seen < 0.5 * len(query("buildings", "SELECT 1 FROM structures"))


def test_the_parks_department_is_down(built: Built) -> None:
    assert (built.directory / "parks.sqlite.offline").is_file()
    assert not (built.directory / "parks.sqlite").exists()


def test_prices_and_moments_are_written_as_people_write_them(query: Query) -> None:
    prices = {str(row[0]) for row in query("deeds", 'SELECT "CONSIDERATION" FROM conveyances')}
    assert " - " in prices
    assert any(price.startswith(" ") and price.count(",") == 2 and price.endswith(" ") for price in prices)
    assert query("contact", "SELECT count(*) FROM service_requests WHERE \"Opened\" GLOB '*:?? AM'")[0][0]
    assert query("contact", "SELECT count(*) FROM service_requests WHERE \"Opened\" GLOB '*:?? PM'")[0][0]


def test_people_have_birth_dates_that_agencies_may_disagree_on(query: Query) -> None:
    register = query("residents", "SELECT CAST(RES_NO AS TEXT), BORN FROM RESIDENT")
    born = {str(number): day for number, day in register}
    awards = query("welfare", "SELECT resident_no, replace(claimant_dob, '-', '') FROM benefit_award")
    assert {str(number) for number, _ in awards} <= born.keys()
    assert 0 < sum(born[str(number)] != day for number, day in awards) < 0.1 * len(awards)


def test_an_officer_may_serve_several_companies(query: Query) -> None:
    most = query(
        "companies", "SELECT max(n) FROM (SELECT count(DISTINCT company_number) n FROM officer GROUP BY officer_number)"
    )
    assert most[0][0] != 1


def test_a_person_may_own_several_lots(query: Query) -> None:
    lots = "SELECT count(DISTINCT ParcelNo) n FROM Registrations WHERE OwnerResidentNo > '' GROUP BY OwnerResidentNo"
    (most,) = query("housing", f"SELECT max(n) FROM ({lots})")
    assert most[0] in range(2, 10)
