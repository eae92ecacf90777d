"""New York's raw files as tables: how each is read, whose it is, what its agency has indexed.

Reading takes away what is around a table – preamble lines, Socrata's `meta`, the wrapper of a
JSON export – and nothing else: cells stay as they are published.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Content:
    """One raw table: its published column names and its cells."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class RawTable:
    """Where a raw file goes, and the column tuples that its agency has indexed."""

    agency: str
    name: str
    file: str
    read: Callable[[bytes], Content]
    indexes: tuple[tuple[str, ...], ...]


def read_csv(content: bytes, preamble: int = 0) -> Content:
    """A CSV file, whose first `preamble` lines are not part of the table."""
    lines = csv.reader(io.StringIO(content.decode(), newline=""))
    header, *rows = list(lines)[preamble:]
    return Content(tuple(header), [tuple(row) for row in rows])


def read_socrata(content: bytes) -> Content:
    """Socrata's rows.json: positional arrays, the columns described in `meta`."""
    document = json.loads(content)
    columns = tuple(column["fieldName"] for column in document["meta"]["view"]["columns"])
    return Content(columns, [tuple(map(as_text, row)) for row in document["data"]])


def read_locations(content: bytes) -> Content:
    """The noise map's JSON: one object a location; nested counts stay JSON text."""
    locations = json.loads(content)["locations"]
    columns = tuple(locations[0])
    return Content(columns, [tuple(as_text(place[column]) for column in columns) for place in locations])


def as_text(value: object) -> str | None:
    """A JSON value as a text column holds it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


BBL_PARTS = ("BOROUGH", "BLOCK", "LOT")

TABLES = (
    RawTable("dcp", "pluto_owners", "dcp_pluto_owners_2026.csv.gz", read_csv, (("bbl",),)),
    RawTable(
        "dcp", "pluto_redhook", "dcp_pluto_redhook.csv.gz", read_csv, (("bbl",), ("zipcode", "address"), ("address",))
    ),
    RawTable(
        "dcwp",
        "legally_operating_businesses",
        "dcwp_legally_operating_businesses_redhook.csv.gz",
        read_csv,
        (("DCA License Number",), ("BBL",), ("BIN",), ("Address ZIP", "Address Building", "Address Street Name")),
    ),
    RawTable(
        "dcwp",
        "sidewalk_cafes",
        "dcwp_sidewalk_cafe.csv.gz",
        read_csv,
        (("LICENSE_NBR",), ("APP_ID",), ("DOHMH",), ("ZIP", "BUILDING", "STREET")),
    ),
    RawTable(
        "dob",
        "bis_certificates_of_occupancy",
        "dob_bis_certificates_of_occupancy.csv.gz",
        read_csv,
        (("job_number",), ("bbl",), ("bin_number",), ("postcode", "house_number", "street_name")),
    ),
    RawTable(
        "dob",
        "bis_job_filings",
        "dob_bis_job_filings.csv.gz",
        read_csv,
        (("job__",), ("bin__",), ("borough", "block", "lot"), ("applicant_license__",)),
    ),
    RawTable(
        "dob",
        "now_certificates_of_occupancy",
        "dob_now_certificates_of_occupancy.csv.gz",
        read_csv,
        (("application_number",), ("bbl",), ("bin",), ("zip_code", "house_no", "street_name")),
    ),
    RawTable(
        "dob",
        "now_job_filings",
        "dob_now_job_filings.csv.gz",
        read_csv,
        (("job_filing_number",), ("bbl",), ("bin",), ("postcode", "house_no", "street_name"), ("applicant_license",)),
    ),
    RawTable(
        "dob",
        "sidewalk_sheds",
        "dob_sidewalk_sheds_2026.csv.gz",
        read_csv,
        (("job_filing_number",), ("bbl",), ("bin",), ("zip", "address")),
    ),
    RawTable(
        "dof",
        "rolling_sales",
        "dof_rolling_sales_manhattan.csv.gz",
        partial(read_csv, preamble=4),
        (BBL_PARTS, ("ZIP CODE", "ADDRESS")),
    ),
    RawTable(
        "dof",
        "storefronts",
        "dof_storefront_registry_ungeocoded.csv.gz",
        read_csv,
        (("borough_block_lot",), ("zip_code", "property_street_address_or_storefront_address")),
    ),
    RawTable(
        "dohmh",
        "restaurant_inspections",
        "dohmh_restaurant_inspections.rows.json.gz",
        read_socrata,
        (("camis",), ("zipcode", "building", "street")),
    ),
    RawTable(
        "doi",
        "evictions",
        "marshal_evictions_manhattan_2017-2018.csv.gz",
        read_csv,
        (("COURT_INDEX_NUMBER",), ("EVICTION_ZIP", "EVICTION_ADDRESS")),
    ),
    RawTable(
        "dot",
        "open_restaurants",
        "dot_open_restaurants.csv.gz",
        read_csv,
        (
            ("globalid",),
            ("BBL",),
            ("BIN",),
            ("Food Service Establishment Permit #",),
            ("SLA Serial Number",),
            ("Postcode", "Business Address"),
        ),
    ),
    RawTable(
        "hcr",
        "rent_stabilized_buildings",
        "hcr_rent_stabilized_2013_manhattan.csv.gz",
        read_csv,
        (("BORO_CODE", "BLOCK", "LOT"), ("ZIP", "BLDGNO1", "STREET1")),
    ),
    RawTable(
        "hpd",
        "affordable_housing",
        "hpd_affordable_housing_by_building.csv.gz",
        read_csv,
        (("Project ID", "Building ID"), ("BBL",), ("BIN",), ("Postcode", "Number", "Street")),
    ),
    RawTable("hpd", "open_violations", "hpd_open_violations_by_bbl_2026.csv.gz", read_csv, (("bbl",),)),
    RawTable("nyc311", "chronic_noise", "nyc311_chronic_noise_2025.json.gz", read_locations, (("boro", "addr"),)),
    RawTable(
        "nyc311",
        "service_requests",
        "nyc311_service_requests_sample.csv.gz",
        read_csv,
        (("Unique Key",), ("BBL",), ("Incident Zip", "Incident Address")),
    ),
    RawTable(
        "nycha",
        "residential_addresses",
        "nycha_residential_addresses.csv.gz",
        read_csv,
        (("BOROUGH/BLOCK/LOT #",), ("BIN",), ("ZIP CODE", "ADDRESS")),
    ),
    RawTable(
        "agm",
        "retail_food_stores",
        "nys_agm_retail_food_stores.csv.gz",
        read_csv,
        (("License Number",), ("Zip Code", "Street Number", "Street Name")),
    ),
    RawTable(
        "sbs",
        "retailers",
        "sbs_lower_manhattan_retailers.csv.gz",
        read_csv,
        (("Block-Lot",), ("CnAdrPrf_ZIP", "CnAdrPrf_Addrline1")),
    ),
    RawTable("sca", "active_projects", "sca_active_projects.csv.gz", read_csv, (("Building ID",), ("BBL",), ("BIN",))),
    RawTable(
        "sla",
        "active_licenses",
        "sla_active_licenses.csv.gz",
        read_csv,
        (("Serial Number",), ("Certificate Number",), ("Premise Zip", "Premise Address")),
    ),
)
