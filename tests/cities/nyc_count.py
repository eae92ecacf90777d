"""What New York's raw files hold for a lot, counted without any of the gateway's code.

The oracle for `test_nyc_profile.py`: its own reading of the files, its own identifiers, its own
idea of an address, written down a second time so that a mistake in the gateway is not repeated
here. What it shares with the gateway is the question:

- A lot has the buildings that `BUILDING_REGISTERS` put on it and the addresses that
  `ADDRESS_REGISTERS` give it, by rows whose lot is valid.
- A row hangs on the first valid of its keys, in the order lot, building, address; a lot has the
  rows that hang on it, on one of its buildings or on one of its addresses.
- An address is house number, street and postcode; where a file has no postcode, the borough.
- A section's own condition applies; grouped rows are one record; identical rows are so many.
"""

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import unescape
from io import StringIO
from pathlib import Path

Row = Mapping[str, str]
Record = tuple[str | None, ...]
Address = tuple[str, str, str]
Read = Callable[[Row], "str | None"]


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


@dataclass(frozen=True, slots=True)
class Expected:
    """What a field must answer for a lot: its records with their number, state and provenance."""

    records: Counter[Record]
    state: str
    agency: str
    dataset: str

    @property
    def count(self) -> int:
        """How many records."""
        return self.records.total()


# --- cells ---------------------------------------------------------------------------------


def tidy(text: str | None) -> str | None:
    """Without outer and repeated blanks; None where nothing is left."""
    return " ".join((text or "").split()) or None


def cell(name: str, *nothing: str) -> Read:
    """A text cell; `nothing` are texts that stand for no value."""

    def read(row: Row) -> str | None:
        text = tidy(row[name])
        return None if text in nothing else text

    return read


def day(name: str, written: str) -> Read:
    """A date cell in ISO form, from how `strptime` would read it."""
    return lambda row: datetime.strptime(text, written).date().isoformat() if (text := tidy(row[name])) else None


def amount(name: str) -> Read:
    """A whole amount: " 7,738,700 " is "7738700", " - " and "0" are nothing."""

    def read(row: Row) -> str | None:
        digits = row[name].strip().replace(",", "")
        return None if digits in ("", "-", "0") else digits

    return read


# --- identifiers ---------------------------------------------------------------------------

BOROUGHS = {"MANHATTAN": "1", "BRONX": "2", "BROOKLYN": "3", "QUEENS": "4", "STATEN ISLAND": "5"}


def lot_number(borough: str, block: str, lot: str) -> str | None:
    """Ten digits, or None where one of the parts is no borough, block or lot."""
    borough = BOROUGHS.get(borough.strip().upper(), borough.strip())
    if borough not in ("1", "2", "3", "4", "5") or not block.strip().isdigit() or not lot.strip().isdigit():
        return None
    return f"{borough}{int(block):05}{int(lot):04}" if int(block) and int(lot) else None


def whole_lot(name: str) -> Read:
    """A lot in one cell, perhaps printed as a decimal."""

    def read(row: Row) -> str | None:
        digits = row[name].strip().split(".")[0]
        return lot_number(digits[0], digits[1:6], digits[6:]) if len(digits) == 10 else None

    return read


def lot_of_three(borough: str, block: str, lot: str) -> Read:
    """A lot in three cells."""
    return lambda row: lot_number(row[borough], row[block], row[lot])


def building_number(name: str) -> Read:
    """Seven digits; a borough's number with six noughts stands for no building."""
    return lambda row: text if re.fullmatch(r"[1-5]\d{6}", text := row[name].strip()) and int(text[1:]) else None


# --- addresses -----------------------------------------------------------------------------

DIRECTIONS = {"EAST": "E", "WEST": "W", "NORTH": "N", "SOUTH": "S"}
TYPES = {
    "AVENUE": "AV",
    "AVE": "AV",
    "AV": "AV",
    "STREET": "ST",
    "ST": "ST",
    "STR": "ST",
    "PLACE": "PL",
    "PL": "PL",
    "ROAD": "RD",
    "RD": "RD",
    "DRIVE": "DR",
    "DR": "DR",
    "BOULEVARD": "BLVD",
    "BLVD": "BLVD",
    "SQUARE": "SQ",
    "SQ": "SQ",
    "LANE": "LN",
    "LN": "LN",
    "TERRACE": "TER",
    "TER": "TER",
    "COURT": "CT",
    "CT": "CT",
    "PLAZA": "PLZ",
    "SLIP": "SLIP",
    "ALLEY": "ALY",
}
ORDINALS = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH", "EIGHTH", "NINTH", "TENTH")
WORDS = DIRECTIONS | TYPES | {"SAINT": "ST", "FT": "FORT"} | {word: str(n) for n, word in enumerate(ORDINALS, 1)}
SECOND_NAMES = {"POWELL": "7 AV", "DOUGLASS": "8 AV", "MALCOLM": "LENOX AV"}
WHOLE_NAMES = ("BROADWAY", "BOWERY")
LINE = re.compile(r"(\d+)(?: ?(?:-|TO|&) ?\d+)?( 1/2|[A-Z](?= ))? (.+)")


def street_name(text: str) -> str | None:
    """A Manhattan street in short words, without what stands behind it (floor, shop, unit)."""
    words = re.sub(r"\b(\d+) ?(?:ST|ND|RD|TH)\b(?=.)", r"\1", text.replace(".", " ").replace("'", "") + " ")
    names = [WORDS.get(word, word) for word in re.findall(r"[A-Z0-9]+", words)]
    if not names:
        return None
    if second := next((SECOND_NAMES[name] for name in names if name in SECOND_NAMES), None):
        return second
    if names[0] == "AV":
        return "6 AV" if names[1:2] == ["OF"] else " ".join(names[:2])
    for at, name in enumerate(names):
        if name in WHOLE_NAMES:
            return " ".join(names[: at + 1])
        if at and name in TYPES.values():
            behind = names[at + 1 : at + 2] if name in ("AV", "SQ") and names[0] in ("PARK", "UNION") else []
            return " ".join(names[: at + 1] + [word for word in behind if word in DIRECTIONS.values()])
    if len(names) > 1 and names[0] in ("E", "W") and names[1].isdigit():
        return f"{names[0]} {names[1]} ST"
    return " ".join(names)


def place(line: str, postcode: str | None, borough: str = "") -> Address | None:
    """The low house number, the street, and the postcode or else the borough."""
    text = tidy(re.split(r",|\bA/?K/?A\b|#|\(", unescape(line).upper())[0]) or ""
    found = LINE.fullmatch(text)
    where = (tidy(postcode) or "")[:5] or tidy(borough.upper())
    street = street_name(found[3]) if found else None
    if not found or not street or not where:
        return None
    return f"{int(found[1])}{found[2] or ''}", street, where


def address_in(line: str, postcode: str) -> Callable[[Row], Address | None]:
    """An address whose number and street share a cell."""
    return lambda row: place(row[line], row[postcode])


def address_of(number: str, street: str, postcode: str, kind: str | None = None) -> Callable[[Row], Address | None]:
    """An address whose number, street and perhaps street type have cells of their own."""
    return lambda row: place(f"{row[number]} {row[street]} {row[kind] if kind else ''}", row[postcode])


# --- the files and their sections -----------------------------------------------------------

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


# --- counting ------------------------------------------------------------------------------


Key = tuple[str, object]
"""What a row hangs on: "lot", "building" or "address", and which one."""


@dataclass(frozen=True, slots=True)
class RawFiles:
    """The rows of all raw files, by file and by what they hang on."""

    rows: Mapping[str, Mapping[Key | None, list[Row]]]

    def belonging(self, dataset: str, keys: frozenset[Key]) -> Iterator[Row]:
        """The rows of a file that hang on one of these."""
        return (row for key in keys for row in self.rows[dataset].get(key, ()))


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a raw file by column name; a null of a JSON file is ''."""
    content = gzip.decompress(path.read_bytes()).decode()
    if path.name == "nyc311_chronic_noise_2025.json.gz":
        return tuple({name: str(value) for name, value in place.items()} for place in json.loads(content)["locations"])
    if path.name.endswith(".json.gz"):
        document = json.loads(content)
        names = [column["name"] for column in document["meta"]["view"]["columns"]]
        return tuple(dict(zip(names, [v or "" for v in row], strict=True)) for row in document["data"])
    lines = content.splitlines(keepends=True)
    skipped = 4 if path.name.startswith("dof_rolling_sales") else 0
    return tuple(csv.DictReader(StringIO("".join(lines[skipped:]))))


def hangs_on(file: File, row: Row) -> Key | None:
    """The first valid of a row's lot, building and address."""
    for kind, read in (("lot", file.lot), ("building", file.building), ("address", file.address)):
        if value := read(row):
            return kind, value
    return None


@cache
def raw_files(folder: Path) -> RawFiles:
    """All raw files of a folder."""
    rows: dict[str, dict[Key | None, list[Row]]] = {}
    for name, file in FILES.items():
        hanging = rows[name] = defaultdict(list)
        for row in read_rows(folder / f"{file.name}.gz"):
            hanging[hangs_on(file, row)].append(row)
    return RawFiles(rows)


def keys_of(lot: str, files: RawFiles) -> frozenset[Key]:
    """The lot, its buildings and its addresses – these with their postcode and with their borough."""
    borough = next(name for name, code in BOROUGHS.items() if code == lot[0])
    keys: set[Key] = {("lot", lot)}
    for dataset in BUILDING_REGISTERS:
        for row in files.belonging(dataset, frozenset({("lot", lot)})):
            keys.add(("building", FILES[dataset].building(row)))
    for dataset in ADDRESS_REGISTERS:
        for row in files.belonging(dataset, frozenset({("lot", lot)})):
            if address := FILES[dataset].address(row):
                keys |= {("address", address), ("address", (*address[:2], borough))}
    return frozenset(keys - {("building", None)})


def expected(part: Part, lot: str, folder: Path) -> Expected:
    """What a field must answer for a lot."""
    files = raw_files(folder)
    file = FILES[part.dataset]
    rows = [row for row in files.belonging(part.dataset, keys_of(lot, files)) if part.where(row)]
    records = Counter(tuple(read(row) for read in part.shows.values()) for row in rows)
    if part.distinct:
        records = Counter(set(records))
    state = "NOT_COVERED" if file.partial and not records else "OK"
    return Expected(records, state, file.agency, file.dataset)


def visits(camis: str, folder: Path) -> dict[Record, Counter[str]]:
    """A restaurant's inspections, by day and type, each with the codes of its violations."""
    found: dict[Record, Counter[str]] = defaultdict(Counter)
    for row in every_row("dohmh.restaurant_inspections", folder):
        if row["CAMIS"] == camis and not row[INSPECTED].startswith("1900-01-01"):
            visit = (day(INSPECTED, "%Y-%m-%dT%H:%M:%S")(row), tidy(row["INSPECTION TYPE"]))
            found[visit].update([row["VIOLATION CODE"]] if row["VIOLATION CODE"] else [])
    return found


def permits(part: Part, column: str, camis: str, folder: Path) -> Counter[Record]:
    """The records of a file that name a restaurant's permit in `column`."""
    rows = (row for row in every_row(part.dataset, folder) if row[column].strip() == camis)
    return Counter(tuple(read(row) for read in part.shows.values()) for row in rows)


def every_row(dataset: str, folder: Path) -> Iterator[Row]:
    """The rows of a file, whatever they hang on."""
    return (row for rows in raw_files(folder).rows[dataset].values() for row in rows)


def most_inspected(folder: Path, number: int = 10) -> list[str]:
    """The restaurants with most rows among those that other agencies know too."""
    elsewhere = {row["DOHMH"].strip() for row in every_row("dcwp.sidewalk_cafes", folder)}
    elsewhere |= {
        row["Food Service Establishment Permit #"].strip() for row in every_row("dot.open_restaurants", folder)
    }
    rows = Counter(row["CAMIS"] for row in every_row("dohmh.restaurant_inspections", folder))
    return sorted(rows.keys() & elsewhere, key=lambda camis: (-rows[camis], camis))[:number]


def count(lots: list[str], folder: Path) -> dict[str, dict[str, tuple[int, set[Record]]]]:
    """For each lot, by field: how many records, and which."""
    return {
        lot: {part.field: (found.count, set(found.records)) for part in PARTS if (found := expected(part, lot, folder))}
        for lot in lots
    }


def busiest_lots(linkage: Path, number: int = 20) -> list[str]:
    """The lots that most agencies know, from the linkage table."""
    with linkage.open(newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: -int(row["n_agencies"]))
    return [row["bbl"] for row in rows[:number]]
