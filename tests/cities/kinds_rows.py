"""Rows of the city of every kind: what each agency keeps, and what of it an address has to show.

Both come from one table a dataset, `KEPT`, whose rows are in the words of the schema; nothing here
reads them through an adapter.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]

PARCELS = tuple(str(700001 + i) for i in range(60))
NOWHERE = "799999"
REMARKS: tuple[Row, ...] = (
    {"remark": 1, "parcel": "700001", "text": "Ask at the lodge", "given": "2024-05-06"},
    {"remark": 2, "parcel": "700002", "text": "Flooded in 1993", "given": "2023-01-02"},
    {"remark": 3, "parcel": "700002", "text": "Dry since", "given": "2024-01-02"},
    {"remark": 4, "parcel": "700050", "text": "Way of right", "given": "2022-03-04"},
)
"""As notes.toml has them."""


def _day(seed: int) -> str:
    return str(date(2015, 1, 1) + timedelta(days=seed * 37 % 3900))


def _several(name: str) -> Iterator[tuple[int, str]]:
    """A number and a parcel for each row of a dataset: none to three a parcel, two for the first."""
    start = zlib.crc32(name.encode()) % 4 if name else 0
    number = 0
    for i, parcel in enumerate(PARCELS):
        for _ in range(2 if i == 0 else (i + start) % 4):
            number += 1
            yield number, parcel


def _table(name: str, row: Callable[[int], Row]) -> list[Row]:
    return [{"parcel": parcel, **row(n)} for n, parcel in _several(name)]


KEPT: Mapping[str, list[Row]] = {
    "parcel": [{"parcel": p, "line": f"{i + 1} OAK ST", "built": 1900 + i} for i, p in enumerate(PARCELS)],
    "roll": [{"parcel": p, "value": f"{1000 * i + 5}.50"} for i, p in enumerate(PARCELS)],
    "buildingPermits": _table("permits", lambda n: {"number": f"P-{n}", "issued": _day(n), "cost": f"{n * 10}.25"}),
    "visits": _table("visits", lambda n: {"visit": n, "day": _day(n + 1), "result": "PF"[n % 2]}),
    "remarks": list(REMARKS),
    "sales": _table("sales", lambda n: {"deed": f"D/{n}", "price": f"{n}001.50", "day": _day(n + 2)}),
    "liens": _table("liens", lambda n: {"lien": f"L{n}", "amount": f"{n}.75"}),
    "meters": _table("meters", lambda n: {"meter": n, "used": n + 0.5}),
    "berths": _table("berths", lambda n: {"berth": f"B {n}", "length": n / 4, "since": _day(n + 3)}),
    "boardLicences": _table("licences", lambda n: {"number": f"LIC-{n}", "issued": _day(n + 4), "fee": f"{n}.50"}),
    "filingsMade": _table("filings", lambda n: {"number": f"F{n}", "title": f"Títle {n}", "day": _day(n + 5)}),
    "notices": _table("notices", lambda n: {"notice": f"N{n}", "text": f"{n} % of \"all\" 'kinds'", "posted": _day(n)}),
}
"""By field of an address."""

SINGLE = ("parcel", "roll")
AGENCY: Mapping[str, str] = {
    "parcel": "land",
    "roll": "finance",
    "buildingPermits": "works",
    "visits": "inspect",
    "remarks": "notes",
    "sales": "finance",
    "liens": "finance",
    "meters": "finance",
    "berths": "harbour",
    "boardLicences": "board",
    "filingsMade": "records",
    "notices": "clerk",
}
"""Whose section it is."""

DATASET: Mapping[str, str] = {
    "parcel": "parcels",
    "roll": "rolls",
    "buildingPermits": "permits",
    "boardLicences": "licences",
    "filingsMade": "filings",
}
"""Datasets that are called otherwise than their section."""


def dataset(section: str) -> str:
    """The dataset's name in the catalogue."""
    return f"{AGENCY[section]}.{DATASET.get(section, section)}"


def of(section: str, parcel: str) -> list[Row]:
    """What a section has to show for a parcel, without the parcel."""
    return [{k: v for k, v in row.items() if k != "parcel"} for row in KEPT[section] if row["parcel"] == parcel]
