"""New York's restaurants at five agencies: the same one is found, its neighbours are not.

Which are the same, and which are neighbours, is read when the test runs: from what applicants typed in
the raw files, and from the labelled pairs beside them.
"""

import csv
import gzip
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
import pytest_asyncio

from gateway.engine.requests import ANONYMOUS, Engine, Request
from resolvers.identity.addresses import locale
from resolvers.identity.names import compare_names
from tests.cities.nyc_load import REPOSITORY

PAIRS = REPOSITORY.parent / "shared" / "truth" / "b1_business_pairs_nyc.csv.gz"
AT_ONCE = 100
LINKS = "query Q($ids: [ID!]!) { businesses(ids: $ids) { id links(possible: 0) { identifier state } } }"
PROFILE = """query Q($ids: [ID!]!) { businesses(ids: $ids) { id
  inspections { totalCount } liquorLicences { nodes { number } } outdoorSeating { totalCount }
  sidewalkCafes { nodes { number } } links { identifier agency }
  addresses { nodes { lots { storefronts { totalCount } } } } } }"""


async def ask(engine: Engine, query: str, ids: list[str]) -> dict[str, Any]:
    """Businesses by identifier; those that nobody knows are left out."""
    found: dict[str, Any] = {}
    for at in range(0, len(ids), AT_ONCE):
        request = Request(query, variables={"ids": ids[at : at + AT_ONCE]}, caller=ANONYMOUS)
        data = (await engine.execute(request)).payload["data"]
        found |= {business["id"]: business for business in data["businesses"] if business}
    return found


def rows(environment: Mapping[str, str], agency: str, statement: str) -> list[tuple[str, ...]]:
    """Rows of an agency's database; its cells without blanks around them."""
    file = environment[f"NYC_{agency}_DATABASE_URL"].removeprefix("sqlite:///")
    connection = sqlite3.connect(file)
    try:
        return [tuple((cell or "").strip() for cell in row) for row in connection.execute(statement)]
    finally:
        connection.close()


def typed(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A permit and a licence that one applicant typed, where both agencies have such a number and call
    the business much the same."""
    kitchens = {row[0]: row[1] for row in rows(environment, "DOHMH", "SELECT camis, dba FROM restaurant_inspections")}
    licences = {
        row[0]: row[1:]
        for row in rows(environment, "SLA", 'SELECT "Serial Number", "DBA", "Premise Name" FROM active_licenses')
    }
    statement = 'SELECT "Food Service Establishment Permit #", "SLA Serial Number" FROM open_restaurants'
    for camis, serial in sorted(set(rows(environment, "DOT", statement))):
        known = camis in kitchens and serial in licences
        if known and max(compare_names(kitchens[camis], name) for name in licences[serial]) >= 0.9:
            yield camis, serial


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def profiles(nyc_engine: Engine, nyc_environment: Mapping[str, str]) -> dict[str, Any]:
    """The profiles of all permits that were typed beside a licence, by identifier."""
    return await ask(nyc_engine, PROFILE, [f"nyc.camis:{camis}" for camis, _ in typed(nyc_environment)])


@pytest.mark.asyncio(loop_scope="module")
async def test_a_restaurant_s_licence_is_found(profiles: dict[str, Any], nyc_environment: Mapping[str, str]) -> None:
    pairs = list(typed(nyc_environment))
    assert len(pairs) > 200
    shown = {
        name: {node["number"] for node in business["liquorLicences"]["nodes"] or ()}
        for name, business in profiles.items()
    }
    hit = [pair for pair in pairs if pair[1] in shown[f"nyc.camis:{pair[0]}"]]
    assert len(hit) / len(pairs) > 0.95


@pytest.mark.asyncio(loop_scope="module")
async def test_one_permit_brings_all_agencies(profiles: dict[str, Any]) -> None:
    """Inspections, liquor licence, outdoor seating, the sidewalk café's licence, and the storefront of the lot."""
    whole = [business for business in profiles.values() if all(_brings(business))]
    assert whole
    assert {link["agency"] for business in whole for link in business["links"]} >= {"SLA", "DCWP"}


def _brings(business: dict[str, Any]) -> Iterator[bool]:
    yield business["inspections"]["totalCount"] > 0
    yield bool(business["liquorLicences"]["nodes"])
    yield business["outdoorSeating"]["totalCount"] > 0
    yield bool(business["sidewalkCafes"]["nodes"])
    lots = [lot for node in business["addresses"]["nodes"] for lot in node["lots"] or ()]
    yield any((lot["storefronts"] or {}).get("totalCount") for lot in lots)


def neighbours() -> list[tuple[str, str]]:
    """A licence and a permit of the labelled pairs that share an address and no name at all."""
    known = locale("us_nyc")
    there: dict[tuple[str, str], dict[str, dict[str, set[str]]]] = defaultdict(lambda: defaultdict(dict))
    with gzip.open(PAIRS, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            parts = known.parse(row["b_address"])
            scheme = {"SLA serial": "nys.sla_serial", "CAMIS": "nyc.camis"}.get(row["id_type"])
            if parts is not None and scheme:
                names = {row[f"{side}_{kind}_name"] for side in "ab" for kind in ("trade", "legal")} - {""}
                there[parts.number, parts.street][scheme].setdefault(f"{scheme}:{row['shared_id']}", set()).update(
                    names
                )
    return [
        (licence, permit)
        for at in there.values()
        for (licence, a), (permit, b) in product(at["nys.sla_serial"].items(), at["nyc.camis"].items())
        if not any(_alike(one, other) for one, other in product(a, b))
    ]


def _alike(a: str, b: str) -> bool:
    """Whether two names share anything, legal forms apart."""
    words = [set(re.findall(r"[A-Z]{4,}", text.upper())) for text in (a, b)]
    return bool(words[0] & words[1]) or compare_names(a, b) >= 0.4


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.skipif(not PAIRS.is_file(), reason=f"the labelled pairs are not at {PAIRS}")
async def test_neighbours_at_one_address_stay_apart(nyc_engine: Engine) -> None:
    apart = neighbours()
    assert len(apart) > 10
    found = await ask(nyc_engine, LINKS, sorted({name for pair in apart for name in pair}))
    merged = {
        (name, link["identifier"])
        for name, business in found.items()
        for link in business["links"] or ()
        if link["state"] == "MATCH"
    }
    wrong = [pair for pair in apart if pair in merged or pair[::-1] in merged]
    assert wrong == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_date_of_a_spreadsheet_is_no_licence(nyc_engine: Engine, nyc_environment: Mapping[str, str]) -> None:
    """Half of the licences that applicants typed were turned into dates; none of them ties anything."""
    statement = 'SELECT "Food Service Establishment Permit #", "SLA Serial Number" FROM open_restaurants'
    dates = sorted(
        {camis for camis, serial in rows(nyc_environment, "DOT", statement) if re.match(r"[A-Z][a-z]{2}-\d", serial)}
    )
    assert len(dates) > 100
    found = await ask(nyc_engine, LINKS, [f"nyc.camis:{camis}" for camis in dates if re.fullmatch(r"\d{8}", camis)])
    identifiers = [link["identifier"] for business in found.values() for link in business["links"] or ()]
    assert identifiers
    assert all(re.fullmatch(r"nys\.(sla_serial:\d{7}|agm_licence:\d{6})|nyc\.\w+:[\w-]+", name) for name in identifiers)
