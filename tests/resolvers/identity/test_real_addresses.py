"""Addresses as nine agencies of New York write them, measured against known lots.

The figures are floors under what was measured when this was written; they may only rise.
"""

import csv
import gzip
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from resolvers.city import AddressColumns
from resolvers.identity.address_keys import read_parts
from resolvers.identity.addresses import AddressParts, locale

TRUTH = Path(__file__).resolve().parents[4] / "shared" / "truth"
pytestmark = pytest.mark.skipif(
    not TRUTH.is_dir(), reason="../shared/truth is missing: no labelled addresses to test on"
)
NYC = locale("us_nyc")
Rows = list[dict[str, str]]


def rows(name: str) -> Rows:
    with gzip.open(TRUTH / name, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def spellings() -> list[tuple[dict[str, str], AddressParts | None]]:
    found = rows("a1_address_to_bbl_bin.csv.gz")
    return [(row, NYC.parse(row["raw_address"], row["zip"], row["borough"])) for row in found]


@pytest.fixture(scope="module")
def register() -> dict[str, set[str]]:
    """Identifier -> lots, each house number of a range on its own."""
    lots: dict[str, set[str]] = defaultdict(set)
    for row in rows("nyc_address_reference_dhcr2013.csv.gz"):
        for n in "12":
            columns = AddressColumns(number=f"BLDGNO{n}", street=f"STREET{n}", suffix=f"STSUFX{n}", postcode="ZIP")
            parts = read_parts(columns, row, NYC) if row[f"BLDGNO{n}"] and row[f"STREET{n}"] else None
            for key in keys(parts) if parts else ():
                lots[key].add(row["bbl"])
    return lots


def keys(parts: AddressParts) -> list[str]:
    low = parts.number
    numbers = range(int(low), int(parts.high) + 1, 2) if parts.high and low.isdigit() else [low]
    return [NYC.key(parts) or "", *(f"{parts.postcode}/{number} {parts.street}" for number in numbers)]


def related(a: str, b: str) -> bool:
    """The same lot, or unit and billing lots of one block."""
    return a == b or (a[:6] == b[:6] and max(a[6:], b[6:]) >= "1001")


def test_nearly_every_address_is_read(spellings: list[tuple[dict[str, str], AddressParts | None]]) -> None:
    assert sum(parts is not None for _, parts in spellings) / len(spellings) >= 0.999


def test_agencies_agree_on_the_identifier(spellings: list[tuple[dict[str, str], AddressParts | None]]) -> None:
    groups: dict[tuple[str, str, str], dict[str, str | None]] = defaultdict(dict)
    for row, parts in spellings:
        if parts and row["zip"]:
            groups[row["bbl"], row["zip"], parts.number].setdefault(row["agency"], NYC.key(parts))
    pairs = [pair for group in groups.values() for pair in combinations(group.values(), 2)]
    assert len(pairs) > 4000
    assert sum(a == b for a, b in pairs) / len(pairs) >= 0.99


def test_an_identifier_denotes_one_block(spellings: list[tuple[dict[str, str], AddressParts | None]]) -> None:
    blocks: dict[str, dict[str, str]] = defaultdict(dict)
    for row, parts in spellings:
        if parts and (key := NYC.key(parts)):
            blocks[key].setdefault(row["agency"], row["bbl"][:6])
    several = [set(found.values()) for found in blocks.values() if len(found) > 1]
    assert len(several) > 4000
    assert sum(len(found) == 1 for found in several) / len(several) >= 0.995


def test_free_text_finds_its_lot_in_the_register(register: dict[str, set[str]]) -> None:
    listed = set().union(*register.values())
    answered = right = right_listed = in_register = 0
    for row in rows("nyc_address_dev.csv.gz"):
        query = NYC.search_keys(row["text"], row["zip"], row["boro"])
        candidates = [register.get(key, set()) for key in (query.key, *query.others) if key] if query else []
        lots = next((found for found in candidates if len(found) == 1), set())
        correct = any(related(lot, row["bbl"]) for lot in lots)
        answered += bool(lots)
        right += correct
        in_register += row["bbl"] in listed
        right_listed += correct and row["bbl"] in listed
    print(f"precision {right / answered:.4f} of {answered}, recall {right_listed / in_register:.4f} of {in_register}")
    assert right / answered >= 0.98
    assert right_listed / in_register >= 0.94


def test_reading_is_fast_enough_for_ten_thousand_a_second() -> None:
    found = rows("nyc_address_dev.csv.gz")
    begin = time.process_time()
    for row in found:
        NYC.parse(row["text"], row["zip"], row["boro"])
    assert len(found) / (time.process_time() - begin) >= 10_000
