"""New York's raw files as the independent count knows them: their keys, registers and sections.

A second, separate statement of what `nyc/*.toml` says; see `nyc_count.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.cities.nyc_reading import (
    Address,
    Read,
    Row,
    address_in,
    address_of,
    amount,
    building_number,
    cell,
    day,
    lot_of_three,
    manhattan_lot,
    place,
    whole_lot,
)


@dataclass(frozen=True, slots=True)
class File:
    """A raw file: whose it is, and how its rows name a lot, a building and an address."""

    agency: str
    dataset: str
    name: str
    lot: Read = lambda row: None
    building: Read = lambda row: None
    address: Callable[[Row], Address | None] = lambda row: None
    partial: bool = False  # covers a part of the city: no row does not mean none


@dataclass(frozen=True, slots=True)
class Part:
    """A field of `Address` and the file behind it; `shows` maps fields of its records to cells.

    `distinct` is set where several rows are one record.
    """

    field: str
    dataset: str
    shows: Mapping[str, Read]
    where: Callable[[Row], bool] = lambda row: True
    distinct: bool = False
    many: bool = True


ISO_TIME = "%Y-%m-%dT%H:%M:%S.%f"
AMERICAN = "%m/%d/%Y"

FILES = {
    file.dataset: file
    for file in (
        File("DCP", "dcp.pluto_owners", "dcp_pluto_owners_2026.csv", whole_lot("bbl"), partial=True),
        File(
            "DCP",
            "dcp.pluto_redhook",
            "dcp_pluto_redhook.csv",
            whole_lot("bbl"),
            address=address_in("address", "zipcode"),
            partial=True,
        ),
        File(
            "DCWP",
            "dcwp.legally_operating_businesses",
            "dcwp_legally_operating_businesses_redhook.csv",
            whole_lot("BBL"),
            building_number("BIN"),
            address_of("Address Building", "Address Street Name", "Address ZIP"),
            partial=True,
        ),
        File(
            "DCWP",
            "dcwp.sidewalk_cafes",
            "dcwp_sidewalk_cafe.csv",
            address=address_of("BUILDING", "STREET", "ZIP"),
        ),
        File(
            "DOB",
            "dob.sidewalk_sheds",
            "dob_sidewalk_sheds_2026.csv",
            whole_lot("bbl"),
            building_number("bin"),
            address_in("address", "zip"),
        ),
        File(
            "DOB",
            "dob.now_certificates_of_occupancy",
            "dob_now_certificates_of_occupancy.csv",
            whole_lot("bbl"),
            building_number("bin"),
            address_of("house_no", "street_name", "zip_code"),
        ),
        File(
            "DOB",
            "dob.bis_certificates_of_occupancy",
            "dob_bis_certificates_of_occupancy.csv",
            whole_lot("bbl"),
            building_number("bin_number"),
            address_of("house_number", "street_name", "postcode"),
        ),
        File(
            "DOB",
            "dob.now_job_filings",
            "dob_now_job_filings.csv",
            whole_lot("bbl"),
            building_number("bin"),
            address_of("house_no", "street_name", "postcode"),
        ),
        File(
            "DOB",
            "dob.bis_job_filings",
            "dob_bis_job_filings.csv",
            lot_of_three("borough", "block", "lot"),
            building_number("bin__"),
        ),
        File(
            "DOF",
            "dof.rolling_sales",
            "dof_rolling_sales_manhattan.csv",
            lot_of_three("BOROUGH", "BLOCK", "LOT"),
            address=address_in("ADDRESS", "ZIP CODE"),
        ),
        File(
            "DOF",
            "dof.storefronts",
            "dof_storefront_registry_ungeocoded.csv",
            whole_lot("borough_block_lot"),
            address=address_in("property_street_address_or_storefront_address", "zip_code"),
            partial=True,
        ),
        File(
            "DOHMH",
            "dohmh.restaurant_inspections",
            "dohmh_restaurant_inspections.rows.json",
            address=address_of("BUILDING", "STREET", "ZIPCODE"),
            partial=True,
        ),
        File(
            "DOI",
            "doi.evictions",
            "marshal_evictions_manhattan_2017-2018.csv",
            address=address_in("EVICTION_ADDRESS", "EVICTION_ZIP"),
        ),
        File(
            "DOT",
            "dot.open_restaurants",
            "dot_open_restaurants.csv",
            whole_lot("BBL"),
            building_number("BIN"),
            address_in("Business Address", "Postcode"),
        ),
        File(
            "HCR",
            "hcr.rent_stabilized_buildings",
            "hcr_rent_stabilized_2013_manhattan.csv",
            lot_of_three("BORO_CODE", "BLOCK", "LOT"),
            address=address_of("BLDGNO1", "STREET1", "ZIP", "STSUFX1"),
        ),
        File(
            "HPD",
            "hpd.affordable_housing",
            "hpd_affordable_housing_by_building.csv",
            whole_lot("BBL"),
            building_number("BIN"),
            address_of("Number", "Street", "Postcode"),
        ),
        File("HPD", "hpd.open_violations", "hpd_open_violations_by_bbl_2026.csv", whole_lot("bbl"), partial=True),
        File(
            "311",
            "nyc311.service_requests",
            "nyc311_service_requests_sample.csv",
            whole_lot("BBL"),
            address=address_in("Incident Address", "Incident Zip"),
            partial=True,
        ),
        File(
            "311",
            "nyc311.chronic_noise",
            "nyc311_chronic_noise_2025.json",
            address=lambda row: place(row["addr"], None, row["boro"]),
        ),
        File(
            "NYCHA",
            "nycha.residential_addresses",
            "nycha_residential_addresses.csv",
            whole_lot("BOROUGH/BLOCK/LOT #"),
            building_number("BIN"),
            address_in("ADDRESS", "ZIP CODE"),
        ),
        File(
            "AGM",
            "agm.retail_food_stores",
            "nys_agm_retail_food_stores.csv",
            address=address_of("Street Number", "Street Name", "Zip Code"),
        ),
        File(
            "SBS",
            "sbs.retailers",
            "sbs_lower_manhattan_retailers.csv",
            manhattan_lot("Block-Lot"),
            address=address_in("CnAdrPrf_Addrline1", "CnAdrPrf_ZIP"),
            partial=True,
        ),
        File("SCA", "sca.active_projects", "sca_active_projects.csv", whole_lot("BBL"), building_number("BIN")),
        File(
            "SLA",
            "sla.active_licenses",
            "sla_active_licenses.csv",
            address=address_in("Premise Address", "Premise Zip"),
        ),
    )
}

BUILDING_REGISTERS = (
    "dob.sidewalk_sheds",
    "nycha.residential_addresses",
    "dob.now_certificates_of_occupancy",
    "dob.bis_certificates_of_occupancy",
    "dob.now_job_filings",
    "dob.bis_job_filings",
    "hpd.affordable_housing",
    "sca.active_projects",
    "dcwp.legally_operating_businesses",
    "dot.open_restaurants",
)

ADDRESS_REGISTERS = (
    "hcr.rent_stabilized_buildings",
    "dob.sidewalk_sheds",
    "dcp.pluto_redhook",
    "nycha.residential_addresses",
    "hpd.affordable_housing",
    "dob.now_certificates_of_occupancy",
    "dob.bis_certificates_of_occupancy",
    "dob.now_job_filings",
    "dof.rolling_sales",
    "dof.storefronts",
    "dcwp.legally_operating_businesses",
    "nyc311.service_requests",
    "dot.open_restaurants",
)

SALE = {
    "borough": cell("BOROUGH"),
    "block": cell("BLOCK"),
    "lot": cell("LOT"),
    "address": cell("ADDRESS"),
    "apartment": cell("APARTMENT NUMBER"),
    "price": amount(" SALE PRICE "),
    "date": day("SALE DATE", AMERICAN),
}
INSPECTED = "INSPECTION DATE"

PARTS = (
    Part("lotOwner", "dcp.pluto_owners", {"bbl": cell("bbl"), "buildingClass": cell("bldgclass")}, many=False),
    Part("taxLot", "dcp.pluto_redhook", {"bbl": cell("bbl"), "zoning": cell("zonedist1")}, many=False),
    Part(
        "tradeLicences",
        "dcwp.legally_operating_businesses",
        {"licence": cell("DCA License Number"), "created": day("License Creation Date", AMERICAN)},
    ),
    Part(
        "sidewalkCafes",
        "dcwp.sidewalk_cafes",
        {"application": cell("APP_ID"), "licence": cell("LICENSE_NBR"), "submitted": day("SUBMIT_DATE", AMERICAN)},
    ),
    Part(
        "sidewalkSheds",
        "dob.sidewalk_sheds",
        {"filing": cell("job_filing_number"), "bin": cell("bin"), "expires": cell("expiration_date")},
    ),
    Part(
        "occupancyCertificates",
        "dob.now_certificates_of_occupancy",
        {"application": cell("application_number"), "job": cell("job_filing_name")},
    ),
    Part(
        "bisOccupancyCertificates",
        "dob.bis_certificates_of_occupancy",
        {"job": cell("job_number"), "item": cell("item_number"), "issued": day("c_o_issue_date", ISO_TIME)},
    ),
    Part(
        "jobFilings",
        "dob.now_job_filings",
        {"filing": cell("job_filing_number"), "filed": day("filing_date", ISO_TIME)},
    ),
    Part("bisJobFilings", "dob.bis_job_filings", {"serial": cell("job_s1_no"), "job": cell("job__")}),
    Part("sales", "dof.rolling_sales", SALE, lambda row: int(amount(" SALE PRICE ")(row) or 0) >= 1000),
    Part("transfers", "dof.rolling_sales", SALE, lambda row: int(amount(" SALE PRICE ")(row) or 0) < 1000),
    Part(
        "storefronts",
        "dof.storefronts",
        {
            "bbl": cell("borough_block_lot"),
            "address": cell("property_street_address_or_storefront_address"),
            "activity": cell("primary_business_activity", "NO BUSINESS ACTIVITY IDENTIFIED"),
        },
    ),
    Part(
        "inspections",
        "dohmh.restaurant_inspections",
        {"camis": cell("CAMIS"), "date": day(INSPECTED, "%Y-%m-%dT%H:%M:%S"), "inspection": cell("INSPECTION TYPE")},
        lambda row: not row[INSPECTED].startswith("1900-01-01"),
        distinct=True,
    ),
    Part(
        "healthViolations",
        "dohmh.restaurant_inspections",
        {"camis": cell("CAMIS"), "date": day(INSPECTED, "%Y-%m-%dT%H:%M:%S"), "code": cell("VIOLATION CODE")},
        lambda row: bool(row["VIOLATION CODE"]),
    ),
    Part(
        "marshalEvictions",
        "doi.evictions",
        {
            "courtIndex": cell("COURT_INDEX_NUMBER"),
            "docket": cell("DOCKET_NUMBER"),
            "executed": day("EXECUTED_DATE", AMERICAN),
        },
    ),
    Part("outdoorSeating", "dot.open_restaurants", {"guid": cell("globalid"), "bbl": cell("BBL"), "bin": cell("BIN")}),
    Part(
        "rentStabilized",
        "hcr.rent_stabilized_buildings",
        {
            "house": cell("BLDGNO1"),
            "street": cell("STREET1"),
            "suffix": cell("STSUFX1"),
            "otherHouse": cell("BLDGNO2"),
            "block": cell("BLOCK"),
            "lot": cell("LOT"),
        },
    ),
    Part(
        "affordableHousing",
        "hpd.affordable_housing",
        {
            "project": cell("Project ID"),
            "building": cell("Building ID"),
            "started": day("Project Start Date", ISO_TIME),
        },
    ),
    Part("hpdOpenViolations", "hpd.open_violations", {"bbl": cell("bbl")}, many=False),
    Part(
        "serviceRequests", "nyc311.service_requests", {"key": cell("Unique Key"), "complaint": cell("Complaint Type")}
    ),
    Part("chronicNoise", "nyc311.chronic_noise", {"address": cell("addr"), "most": cell("top_desc")}),
    Part(
        "publicHousing",
        "nycha.residential_addresses",
        {"address": cell("ADDRESS"), "zip": cell("ZIP CODE"), "development": cell("DEVELOPMENT")},
    ),
    Part("foodStores", "agm.retail_food_stores", {"licence": cell("License Number"), "tradeName": cell("DBA Name")}),
    Part("retailers", "sbs.retailers", {"name": cell("CnBio_Org_Name"), "blockLot": cell("Block-Lot")}),
    Part(
        "schoolProjects",
        "sca.active_projects",
        {"school": cell("School Name"), "building": cell("Building ID"), "description": cell("Project Description")},
    ),
    Part(
        "liquorLicences",
        "sla.active_licenses",
        {"serial": cell("Serial Number"), "issued": day("License Issued Date", AMERICAN)},
    ),
)
