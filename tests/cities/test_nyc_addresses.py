"""New York's addresses as people write them: found in registers that the gateway keeps, or refused.

Also that datasets which know places by text only show under their address.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Engine, Request
from resolvers.city import City, Table
from resolvers.identity.address_keys import other_addresses, read_address
from resolvers.identity.addresses import locale
from resolvers.identity.keys import read_key
from resolvers.identity.schemes import codec

pytestmark = pytest.mark.asyncio(loop_scope="module")

TESTER = Caller("tester", frozenset({"*"}), trusted=True)
CANDIDATES = """query Search($text: String!, $first: Int! = 8) { searchAddresses(text: $text, first: $first) {
  state confidence evidence { rule detail } address { id }
} }"""


async def payload(engine: Engine, query: str, **variables: object) -> Mapping[str, Any]:
    return (await engine.execute(Request(query, variables=variables, caller=TESTER))).payload


async def kept(engine: Engine, city: City) -> None:
    """Wait until the registers have been read."""
    assert isinstance(engine, CityEngine)
    names = [name for register in city.registers for name in register.kept]
    for _ in range(1200):
        if all(engine.world.kept.of(name) for name in names):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the registers are not read")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("222 First Avenue, Apt 4C, 10009", "MATCH"),
        ("222 FIRPT AVENUE APT 4C 10009", "MATCH"),
        ("24 aveneu c, new york, ny 10009", "MATCH"),
        ("301 EAS T38TH STREET, New York 10016", "MATCH"),
        ("2363 ADAM CLAYTON POOWELL JR. BLVD, 10030", "MATCH"),
        ("222 First Avenue", "POSSIBLE"),
        ("222 first a", "POSSIBLE"),
    ],
)
async def test_a_lot_is_found(text: str, state: str, nyc_engine: Engine, nyc_city: City) -> None:
    await kept(nyc_engine, nyc_city)
    found = (await payload(nyc_engine, CANDIDATES, text=text))["data"]["searchAddresses"]
    assert found
    assert found[0]["state"] == state
    assert found[0]["address"]["id"].startswith("nyc.bbl:1")
    rules = {evidence["rule"]: evidence["detail"] for evidence in found[0]["evidence"]}
    assert rules["read"].startswith(f"number {text.partition(' ')[0]}, ")
    assert " lists " in rules["register"]


@pytest.mark.parametrize(
    "text",
    [
        "29 W Broad St, Columbus, OH 43215",
        "29 W Broad St, Columbus, Ohio",
        "222 First Avenue, Cincinnati, OH 45205",
        "222 First Avenue, Cincinnati, OH",
        "222 First Avenue, Stamford CT",
        "222 First Avenue, Miami FL",
        "222 1st Ave, Jersey City NJ 07302",
        "120 Broadway, Springfield",
    ],
)
async def test_an_address_of_another_city_gets_no_answer(text: str, nyc_engine: Engine, nyc_city: City) -> None:
    await kept(nyc_engine, nyc_city)
    answer = await payload(nyc_engine, CANDIDATES, text=text)
    assert answer["data"] == {"searchAddresses": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["OUTSIDE_CITY"]
    assert "New York City" in answer["errors"][0]["message"]
    (error,) = (await payload(nyc_engine, '{ address(id: "nyc.address:43215/29 W BROAD ST") { id } }'))["errors"]
    assert error["extensions"]["code"] == "BAD_IDENTIFIER"


async def test_typing_goes_from_many_to_one(nyc_engine: Engine, nyc_city: City) -> None:
    await kept(nyc_engine, nyc_city)
    text, before = "345 west 48th street, 10036", 50
    for end in (5, 10, 12, 16):
        found = (await payload(nyc_engine, CANDIDATES, text=text[:end], first=50))["data"]["searchAddresses"]
        assert 0 < len(found) <= before, text[:end]
        before = len(found)
    (only,) = (await payload(nyc_engine, CANDIDATES, text=text))["data"]["searchAddresses"]
    assert only["state"] == "MATCH"


PLACE = """query Place($id: ID!) { address(id: $id) {
  liquorLicences(first: 100) { nodes { serial } source { state } }
  inspections(first: 100) { nodes { camis } source { state } }
} }"""
TEXT_ONLY = (
    ("sla", "active_licenses", "liquorLicences", "serial", "Serial Number", "1"),
    ("dohmh", "restaurant_inspections", "inspections", "camis", "camis", "inspection_date NOT LIKE '1900%'"),
)


@pytest.mark.parametrize(("agency", "table", "section", "field", "column", "where"), TEXT_ONLY)
async def test_rows_without_a_lot_appear_under_their_address(
    agency: str,
    table: str,
    section: str,
    field: str,
    column: str,
    where: str,
    nyc_engine: Engine,
    nyc_city: City,
    nyc_environment: Mapping[str, str],
) -> None:
    """Every tenth address of the raw table: all that it holds of it is there, and nothing else."""
    wanted = expected(nyc_city.tables[f"{agency}.{table}"], path_of(agency, nyc_environment), column, where)
    missed: Counter[str] = Counter()
    for address in sorted(wanted)[::10]:
        found = (await payload(nyc_engine, PLACE, id=f"nyc.address:{address}"))["data"]["address"]
        shown = {node[field] for node in found[section]["nodes"] or ()}
        assert shown <= wanted[address], address
        missed["rows"] += len(wanted[address])
        missed["missed"] += len(wanted[address] - shown)
    assert missed["rows"] > 100
    assert missed["missed"] <= 0.01 * missed["rows"], missed


async def test_rows_without_a_lot_appear_under_their_lot(
    nyc_engine: Engine, nyc_city: City, nyc_environment: Mapping[str, str]
) -> None:
    """Licences at any house number that the rent register has for a lot, ranges of numbers too."""
    licences = expected(nyc_city.tables["sla.active_licenses"], path_of("sla", nyc_environment), "Serial Number", "1")
    lots = lots_of(nyc_city.tables["hcr.rent_stabilized_buildings"], path_of("hcr", nyc_environment))
    wanted = {lot: set[str]().union(*(licences.get(each, set()) for each in found)) for lot, found in lots.items()}
    served = sorted(lot for lot, serials in wanted.items() if serials)
    ranges = [lot for lot in served if len(lots[lot]) > 1][:40]
    assert len(ranges) == 40
    for lot in (*ranges, *served[::40]):
        found = (await payload(nyc_engine, PLACE, id=f"nyc.bbl:{lot}"))["data"]["address"]
        assert wanted[lot] <= {node["serial"] for node in found["liquorLicences"]["nodes"]}, lot


async def test_ranges_are_found_by_their_low_number(
    nyc_engine: Engine, nyc_city: City, nyc_environment: Mapping[str, str]
) -> None:
    """The rent register writes "141 TO 145": how, the gateway has learnt from its rows."""
    await kept(nyc_engine, nyc_city)
    declared = nyc_city.tables["hcr.rent_stabilized_buildings"]
    (key,) = (key for key in declared.keys if key.address is not None)
    assert key.address is not None
    read = (
        (cells["house"], read_address(key.address, cells, locale("us_nyc")))
        for cells in rows(declared, path_of("hcr", nyc_environment), "1")
    )
    ranges = [address for house, address in read if " TO " in house and address and address[0].isdigit()]
    assert len(ranges) > 400
    query = "query Rent($id: ID!) { address(id: $id) { rentStabilized { totalCount } } }"
    for lot in sorted(lots_of(declared, path_of("hcr", nyc_environment)))[::20]:
        await payload(nyc_engine, query, id=f"nyc.bbl:{lot}")  # rows come by, to learn from
    missed = 0
    for address in ranges[::20]:
        found = (await payload(nyc_engine, query, id=f"nyc.address:{address}"))["data"]["address"]
        missed += found is None or not found["rentStabilized"]["totalCount"]
    assert missed <= 0.1 * len(ranges[::20])


def path_of(agency: str, environment: Mapping[str, str]) -> str:
    """An agency's SQLite file."""
    return environment[f"NYC_{agency.upper()}_DATABASE_URL"].removeprefix("sqlite:///")


def lots_of(declared: Table, path: str) -> dict[str, set[str]]:
    """The addresses of every lot in the rent register: each number of a range is one."""
    by_scheme = {key.scheme: key for key in declared.keys}
    address, place = by_scheme["nyc.address"].address, locale("us_nyc")
    assert address is not None
    found: dict[str, set[str]] = {}
    for cells in rows(declared, path, "1"):
        key = read_address(address, cells, place)
        lot = read_key(by_scheme["nyc.bbl"], codec("bbl"), cells)
        if key is not None and lot is not None:
            found.setdefault(lot, set()).update((key, *other_addresses(address, cells, place)))
    return found


def rows(declared: Table, path: str, where: str) -> Iterator[dict[str, str]]:
    """The raw rows by our columns, and by theirs."""
    with sqlite3.connect(path) as connection:
        read = connection.execute(f'SELECT * FROM "{declared.dataset.path}" WHERE {where}')
        names = [column[0] for column in read.description]
        for row in read:
            theirs = {name: " ".join((cell or "").split()) for name, cell in zip(names, row, strict=True)}
            yield theirs | {name: theirs[column.source[0]] for name, column in declared.dataset.columns.items()}


def expected(declared: Table, path: str, column: str, where: str) -> dict[str, set[str]]:
    """The identifiers in a raw table by the address of their row."""
    (key,) = (key for key in declared.keys if key.address is not None)
    assert key.address is not None
    found: dict[str, set[str]] = {}
    for cells in rows(declared, path, where):
        address = read_address(key.address, cells, locale("us_nyc"))
        if address is not None and address[0].isdigit():
            found.setdefault(address, set()).add(cells[column])
    return found
