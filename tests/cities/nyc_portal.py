"""The raw files as New York's portals would publish them: their ids, field names and types.

`PUBLISHED` maps each file onto its dataset. Where headings are not the portal's field names,
Socrata's rule makes these (`gateway.emulators.soda.files.field_name`), or `fields` says so. Files
are older than the portal, or extracts of it: fields that they lack are served empty (`lacks`).
"""

import csv
import gzip
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from gateway.emulators.soda import Content, Field, Portal, create_app
from gateway.emulators.soda.files import read_file
from gateway.emulators.soda.serving import PortalServer, url_of

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """A raw file, the id that it is published under, and what the portal says otherwise.

    `fields` are field names by heading (`own_names`: the headings are field names already), `types`
    the portal's types of fields that are no text, `lacks` the fields that the portal has and the
    file does not, with their types, `always` those that are the same in all rows of an extract.
    `copies` fills a field from another, `blank` are texts that the portal publishes as nothing.
    Without a file it is an empty dataset; several files of one id are one, joined by `joined_by`."""

    id: str
    file: str = ""
    fields: Texts = field(default_factory=dict)
    types: Texts = field(default_factory=dict)
    lacks: Texts = field(default_factory=dict)
    always: Texts = field(default_factory=dict)
    copies: Texts = field(default_factory=dict)
    blank: frozenset[str] = frozenset()
    own_names: bool = False
    skip: int = 0
    joined_by: str = ""


def dates(*names: str) -> dict[str, str]:
    """These fields as the portal's dates."""
    return dict.fromkeys(names, "calendar_date")


def numbers(*names: str) -> dict[str, str]:
    """These fields as the portal's numbers."""
    return dict.fromkeys(names, "number")


def texts(*names: str) -> dict[str, str]:
    """These fields as text."""
    return dict.fromkeys(names, "text")


PLACE = numbers("latitude", "longitude")
LOT_NUMBERS = numbers(
    *("bbl", "lotarea", "bldgarea", "numbldgs", "numfloors", "unitsres", "unitstotal", "assessland", "assesstot"),
    "yearbuilt",
)

PUBLISHED = (
    # --- Department of City Planning
    Published("64uk-42ks", "dcp_pluto_redhook.csv.gz", types=LOT_NUMBERS, joined_by="bbl"),
    Published(
        "64uk-42ks",
        "dcp_pluto_owners_2026.csv.gz",
        types=LOT_NUMBERS,
        lacks={"version": "text", **PLACE},
        joined_by="bbl",
    ),
    # --- Department of Housing Preservation and Development
    Published(
        "wvxf-dwi5",
        "schema_samples/hpd_violations.csv",
        fields={"Borough": "boro", "Postcode": "zip"},
        types={
            **numbers("violationid"),
            **dates("inspectiondate", "approveddate", "originalcorrectbydate", "novissueddate", "currentstatusdate"),
        },
    ),
    Published(
        "ygpa-z7cr",
        "schema_samples/hpd_complaints_and_problems.csv",
        types=dates("received_date", "problem_status_date"),
    ),
    Published(
        "59kj-x8nc",
        "schema_samples/hpd_litigations.csv",
        types={**numbers("litigationid"), **dates("caseopendate")},
    ),
    Published(
        "hg8x-zxpr",
        "hpd_affordable_housing_by_building.csv.gz",
        fields={"Number": "house_number", "Street": "street_name"},
        types={
            **PLACE,
            **numbers("total_units", "all_counted_units"),
            **dates("project_start_date", "building_completion_date"),
        },
    ),
    # --- Department of Finance
    Published("usep-8jbt", "dof_rolling_sales_manhattan.csv.gz", types=dates("sale_date"), skip=4),
    # --- Department of Buildings
    Published(
        "rbx6-tga4",
        "dob_sidewalk_sheds_2026.csv.gz",
        fields={
            "boro": "borough",
            "zip": "zip_code",
            "expiration_date": "expired_date",
            "lat": "latitude",
            "lon": "longitude",
        },
        types={**PLACE, **dates("expired_date")},
        lacks={
            **texts("house_no", "street_name", "permit_status", "owner_business_name", "job_description"),
            **dates("issued_date"),
        },
        always={"work_type": "Sidewalk Shed"},
    ),
    Published(
        "ipu4-2q9a",
        lacks=texts(
            *("job__", "permit_si_no", "borough", "block", "lot", "bin__", "house__", "street_name", "zip_code"),
            *("job_type", "permit_type", "permit_status", "filing_date", "issuance_date", "expiration_date"),
            *("permittee_s_business_name", "owner_s_business_name"),
        ),
    ),
    Published(
        "pkdm-hqz6",
        "dob_now_certificates_of_occupancy.csv.gz",
        types={**PLACE, **dates("submitted_date")},
        own_names=True,
    ),
    Published(
        "bs8b-p36w",
        "dob_bis_certificates_of_occupancy.csv.gz",
        types={**PLACE, **dates("c_o_issue_date")},
        own_names=True,
    ),
    Published(
        "w9ak-ipjd",
        "dob_now_job_filings.csv.gz",
        types=dates("filing_date", "approved_date", "signoff_date"),
        own_names=True,
    ),
    Published("ic3t-wcy2", "dob_bis_job_filings.csv.gz", own_names=True),
    Published("3h2n-5cm9", "schema_samples/dob_violations.csv"),
    Published("6bgk-3dad", "schema_samples/ecb_violations.csv"),
    Published("eabe-havv", "schema_samples/dob_complaints.csv"),
    # --- Department of Health and Mental Hygiene
    Published(
        "43nn-pn8j",
        "dohmh_restaurant_inspections.rows.json.gz",
        types=numbers("score"),
        lacks=texts("bin", "bbl"),
    ),
    # --- Department of Consumer and Worker Protection
    Published(
        "w7w3-xahh",
        "dcwp_legally_operating_businesses_redhook.csv.gz",
        fields={
            "DCA License Number": "license_nbr",
            "License Expiration Date": "lic_expir_dd",
            "Industry": "business_category",
            "Business Name 2": "dba_trade_name",
        },
        types={**PLACE, **dates("license_creation_date", "lic_expir_dd")},
        lacks=texts("apt_suite"),
    ),
    Published(
        "qcdj-rwhu",
        "dcwp_sidewalk_cafe.csv.gz",
        types={
            **PLACE,
            **numbers("app_sq_ft", "app_tables", "app_chairs"),
            **dates("submit_date", "expiration_date"),
        },
    ),
    # --- others of the City
    Published(
        "6z8x-wfk4",
        "marshal_evictions_manhattan_2017-2018.csv.gz",
        types=dates("executed_date"),
        lacks=texts("bin", "bbl"),
    ),
    Published(
        "pitm-atqc",
        "dot_open_restaurants.csv.gz",
        fields={
            "Seating Interest (Sidewalk/Roadway/Both)": "seating_interest_sidewalk",
            "Food Service Establishment Permit #": "food_service_establishment",
            "Postcode": "zip",
        },
        types={
            **PLACE,
            **numbers("sidewalk_dimensions_area", "roadway_dimensions_area"),
            **dates("time_of_submission"),
        },
    ),
    Published(
        "erm2-nwe9",
        "nyc311_service_requests_sample.csv.gz",
        types={**PLACE, **dates("created_date", "closed_date")},
    ),
    Published("3ub5-4ph8", "nycha_residential_addresses.csv.gz", types=PLACE),
    Published("8586-3zfm", "sca_active_projects.csv.gz", types={**PLACE, **numbers("construction_award")}),
    # --- the State
    Published(
        "9s3h-dpkz",
        "sla_active_licenses.csv.gz",
        fields={
            "Serial Number": "legacyserialnumber",
            "License Type Code": "type",
            "License Class Code": "class",
            "Method of Operation": "description",
            "Premise Name": "legalname",
            "Premise Address": "actualaddressofpremises",
            "Premise City": "city",
            "Premise Zip": "zipcode",
            "County": "premisescounty",
            "License Issued Date": "lastissuedate",
            "License Expiration Date": "expirationdate",
        },
        types={**dates("lastissuedate", "expirationdate"), "georeference": "point"},
        lacks=dates("originalissuedate"),
        copies={"licensepermitid": "legacyserialnumber"},  # until 2023 the serial was the licence's number
        blank=frozenset({"POINT(nan nan)"}),
    ),
    Published(
        "9a8c-vfzj",
        "nys_agm_retail_food_stores.csv.gz",
        fields={"Establishment Type": "estab_type"},
        types={**numbers("square_footage"), "georeference": "point"},
    ),
)


def contents(folder: Path) -> list[Content]:
    """All files as the datasets of a portal."""
    by_id: dict[str, list[Published]] = {}
    for each in PUBLISHED:
        by_id.setdefault(each.id, []).append(each)
    return [joined([content(each, folder) for each in files], files[0].joined_by) for files in by_id.values()]


def content(published: Published, folder: Path) -> Content:
    """A file as a dataset."""
    lacking = [Field(name, kind) for name, kind in published.lacks.items()]
    if not published.file:
        return Content(published.id, tuple(lacking), ())
    names = {name: name for name in header(folder / published.file)} if published.own_names else published.fields
    options = {"fields": names, "types": published.types, "skip": published.skip}
    made = read_file(folder / published.file, published.id, options)
    places = [each.name for each in made.fields]
    copied = [places.index(source) for source in published.copies.values()]
    more = [Field(name) for name in (*published.always, *published.copies)]
    constant = tuple(published.always.values())

    def rows() -> Iterator[Sequence[object]]:
        for row in made.rows:
            cells = [None if cell in published.blank else cell for cell in row] if published.blank else list(row)
            yield [*cells, *constant, *(cells[at] for at in copied)]

    return replace(made, fields=(*made.fields, *more, *lacking), rows=rows())


def header(path: Path) -> list[str]:
    """The headings of a CSV file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


def joined(files: Sequence[Content], by: str) -> Content:
    """One dataset of several files: rows with the same number in the field `by` are one."""
    if len(files) == 1:
        return files[0]
    fields = {each.name: each for file in files for each in file.fields}
    rows: dict[Decimal, dict[str, object]] = {}
    for file in files:
        names = [each.name for each in file.fields]
        for row in file.rows:
            cells = dict(zip(names, row, strict=False))
            rows.setdefault(Decimal(str(cells[by])), {}).update(cells)
    return replace(
        files[0], fields=tuple(fields.values()), rows=[[row.get(name) for name in fields] for row in rows.values()]
    )


@contextmanager
def serving(contents: Iterable[Content]) -> Iterator[tuple[Portal, str]]:
    """A portal of these datasets on this machine, and its address, as long as the context lasts."""
    portal, ready = Portal(), threading.Event()
    for each in contents:
        portal.add(each)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = PortalServer(create_app(portal), lambda url: ready.set())
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(20)
            yield portal, url_of(listener)
        finally:
            server.should_exit = True
            thread.join()
            portal.close()


def environment(url: str) -> dict[str, str]:
    """What makes `cities/nyc` ask this portal instead of the City's and the State's."""
    return {"NYC_PORTAL": url, "NYS_PORTAL": url, "SODA_PRIVATE": "true"}
