"""New York's architects and engineers: found at an address where they file plans, by whatever spelling.

Who files where is read from the raw file when the test runs.
"""

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.engine.requests import ANONYMOUS, Caller, Engine, Request

TESTER = Caller("tester", frozenset({"*"}), trusted=True)
CLERK = Caller("clerk", frozenset({"personal"}), trusted=True)
SEARCH = """query Q($name: String!, $near: ID!) { found: searchPersonsNear(name: $name, near: $near) {
  state person { id label identifiers { identifier } } } }"""
MOST = 60

Filing = tuple[str, str, str, str]
"""Lot, licence, given name, family name."""


@pytest.fixture(scope="module")
def filings(nyc_data: Path) -> list[Filing]:
    """Filings by applicants with one licence, a given and a family name of five letters or more."""
    path = next(path for path in nyc_data.rglob("dob_now_job_filings.csv*"))
    found: dict[Filing, None] = {}
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            names = [row["applicant_first_name"].strip(), row["applicant_last_name"].strip()]
            lot, licence = row["bbl"].strip(), row["applicant_license"].strip()
            known = len(lot) == 10 and len(licence) == 6 and (lot + licence).isdigit()
            if known and all(name.isalpha() and len(name) > 4 for name in names):
                found[lot, licence, names[0], names[1]] = None
    return list(found)[:: max(1, len(found) // MOST)]


async def searched(engine: Engine, name: str, lot: str, caller: Caller) -> Mapping[str, Any]:
    """The states of the candidates by their licence."""
    request = Request(SEARCH, variables={"name": name, "near": f"nyc.bbl:{lot}"}, caller=caller)
    payload = (await engine.execute(request)).payload
    return {
        known["identifier"].partition(":")[2]: each["state"]
        for each in (payload["data"] or {}).get("found") or ()
        for known in each["person"]["identifiers"]
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_an_applicant_is_found_at_the_address(nyc_engine: Engine, filings: list[Filing]) -> None:
    assert len(filings) > 30
    for lot, licence, given, family in filings:
        for name in (f"{given} {family}", f"{family.title()}, {given.title()}"):
            assert (await searched(nyc_engine, name, lot, CLERK)).get(licence) == "MATCH", (lot, licence)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_slip_finds_the_same(nyc_engine: Engine, filings: list[Filing]) -> None:
    for lot, licence, given, family in filings:
        slip = f"{given} {family[:2]}{family[3]}{family[2]}{family[4:]}"
        assert licence in await searched(nyc_engine, slip, lot, TESTER), (lot, licence)


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_else_is_found(nyc_engine: Engine, filings: list[Filing]) -> None:
    for lot, licence, _, family in filings:
        assert licence not in await searched(nyc_engine, f"Zyxwolda {family}", lot, TESTER)
        assert await searched(nyc_engine, "Zyxwolda Quillmarsh", lot, TESTER) == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_is_told_without_the_right(nyc_engine: Engine, filings: list[Filing]) -> None:
    lot, _, given, family = filings[0]
    assert await searched(nyc_engine, f"{given} {family}", lot, ANONYMOUS) == {}
