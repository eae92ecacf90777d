"""The raw files as New York's portals would publish them: their ids, field names and types.

`PUBLISHED` maps each file onto its dataset. Where headings are not the portal's field names,
Socrata's rule makes these (`gateway.emulators.soda.files.field_name`), or `fields` says so. Files
are older than the portal, or extracts of it: fields that they lack are served empty (`lacks`).
"""

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.emulators.soda import Content, Field, Portal, create_app
from gateway.emulators.soda.files import read_file
from gateway.emulators.soda.serving import PortalServer, url_of

Texts = Mapping[str, str]
PLACE = {"latitude": "number", "longitude": "number"}


@dataclass(frozen=True, slots=True)
class Published:
    """A raw file, the id that it is published under, and what the portal says otherwise.

    `fields` are field names by heading, `types` the portal's types of fields that are no text,
    `lacks` the fields that the portal has and the file does not, with their types."""

    id: str
    file: str
    fields: Texts = field(default_factory=dict)
    types: Texts = field(default_factory=dict)
    lacks: Texts = field(default_factory=dict)


PUBLISHED = (
    Published(
        "43nn-pn8j",
        "dohmh_restaurant_inspections.rows.json.gz",
        types={"score": "number"},
        lacks={"bin": "text", "bbl": "text"},
    ),
    Published(
        "w7w3-xahh",
        "dcwp_legally_operating_businesses_redhook.csv.gz",
        fields={
            "DCA License Number": "license_nbr",
            "License Expiration Date": "lic_expir_dd",
            "Industry": "business_category",
            "Business Name 2": "dba_trade_name",
        },
        types={"license_creation_date": "calendar_date", "lic_expir_dd": "calendar_date", **PLACE},
        lacks={"apt_suite": "text"},
    ),
    Published(
        "qcdj-rwhu",
        "dcwp_sidewalk_cafe.csv.gz",
        types={
            "app_sq_ft": "number",
            "app_tables": "number",
            "app_chairs": "number",
            "submit_date": "calendar_date",
            "expiration_date": "calendar_date",
            **PLACE,
        },
    ),
    Published("3ub5-4ph8", "nycha_residential_addresses.csv.gz", types=PLACE),
)


def content(published: Published, folder: Path) -> Content:
    """A file as the dataset of a portal."""
    options = {"fields": published.fields, "types": published.types}
    made = read_file(folder / published.file, published.id, options)
    return replace(made, fields=(*made.fields, *(Field(name, kind) for name, kind in published.lacks.items())))


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
