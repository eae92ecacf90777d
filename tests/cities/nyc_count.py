"""What New York's raw files hold for a lot, counted without any of the gateway's code.

The oracle for `test_nyc_profile.py`: its own reading of the files, its own identifiers, its own
idea of an address, written down a second time so that a mistake in the gateway is not repeated
here. What it shares with the gateway is the question:

- A lot has the buildings that `BUILDING_REGISTERS` put on it and the addresses that
  `ADDRESS_REGISTERS` give it, by rows whose lot is valid: of a range ("255 TO 265") each house number
  of that side of the street.
- A row hangs on the first valid of its keys, in the order lot, building, address; a lot has the
  rows that hang on it, on one of its buildings or on one of its addresses.
- An address is house number, street and postcode; where a file has no postcode, the borough.
- A section's own condition applies; grouped rows are one record; identical rows are so many.
"""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

from tests.cities.nyc_files import ADDRESS_REGISTERS, BUILDING_REGISTERS, FILES, INSPECTED, PARTS, File, Part
from tests.cities.nyc_reading import BOROUGHS, Address, Places, Row, day, tidy

Record = tuple[str | None, ...]
"""What a record shows, as its section's `shows` lists it."""


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

    @property
    def total(self) -> int | None:
        """How many the file says there are; None where it says nothing of the lot."""
        return None if self.state == "NOT_COVERED" else self.count


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


def addresses_of(file: File, row: Row) -> list[Address]:
    """All addresses of a register's row, each house number of a range among them."""
    if isinstance(file.address, Places):
        return file.address.every(row)
    address = file.address(row)
    return [address] if address else []


def keys_of(lot: str, files: RawFiles) -> frozenset[Key]:
    """The lot, its buildings and its addresses – these with their postcode and with their borough."""
    borough = next(name for name, code in BOROUGHS.items() if code == lot[0])
    keys: set[Key] = {("lot", lot)}
    for dataset in BUILDING_REGISTERS:
        for row in files.belonging(dataset, frozenset({("lot", lot)})):
            keys.add(("building", FILES[dataset].building(row)))
    for dataset in ADDRESS_REGISTERS:
        for row in files.belonging(dataset, frozenset({("lot", lot)})):
            for address in addresses_of(FILES[dataset], row):
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
