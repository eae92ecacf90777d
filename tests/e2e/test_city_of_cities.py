"""A city of cities: another citygraph, a process of its own, is an agency like any other."""

import re
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.catalogue import load
from gateway.engine import open_engine
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.settings import Settings
from tests.gateway.commands.program import CITYGRAPH

COUNTY = """
[city]
name = "The County"
prefix = "county"
locale = "us"
time_zone = "America/New_York"
currency = "USD"

[scheme.parcel]
authority = "hbt"
of = "Address"
level = "lot"
check = "numbers_1_4_4"

[register.lots]
scheme = "parcel"
dataset = "harbourton.addresses"
"""
HARBOURTON = """
[agency]
name = "The city of Harbourton"

[source.gateway]
adapter = "graphql"
url = "${HARBOURTON}/graphql"
timeout = "5s"
options = { private = true }

[[dataset]]
name = "addresses"
path = "addresses"
id = "parcel"

[dataset.options]
aligned = true
keys = { parcel = "ids" }
types = { parcel = "[ID!]!" }
prefixes = { parcel = "hbt.parcel:" }

[dataset.columns]
parcel = "@key"
line = {}
postcode = {}
built = { from = "yearBuilt", type = "year" }

[dataset.keys]
parcel = { columns = "parcel", formats = "whole" }

[dataset.claims]
"Address.yearBuilt" = "built"

[[dataset.section]]
on = "Address.asTheCitySees"
many = false

[[dataset]]
name = "sales"
path = "addresses"
id = "instrument"

[dataset.options]
aligned = true
rows = "sales(first: 100).nodes"
more = "sales.pageInfo.hasNextPage"
keys = { parcel = "ids" }
types = { parcel = "[ID!]!" }
prefixes = { parcel = "hbt.parcel:" }

[dataset.columns]
parcel = "@key"
instrument = {}
date = { type = "date" }
price = { from = "amount", type = "money", stored = "text" }
agency = "source.agency"

[dataset.keys]
parcel = { columns = "parcel", formats = "whole" }

[[dataset.section]]
on = "Address.sales"
kind = "Sale"
as = { date = "date", amount = "price" }
"""
SALES = "sales(first: 100) { totalCount nodes { instrument date amount } }"
LOTS = [f"hbt.parcel:1{block:04}{lot:04}" for block in (1, 2) for lot in range(1, 9)]


@dataclass(frozen=True, slots=True)
class Below:
    """The demo city, and where its agencies' databases are."""

    url: str
    directory: Path
    process: "subprocess.Popen[str]"

    def ask(self, query: str) -> Any:
        return httpx.post(f"{self.url}/graphql", json={"query": query}, timeout=30).json()["data"]


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Below]:
    directory = tmp_path_factory.mktemp("demo") / "harbourton"
    command = [CITYGRAPH, "demo", "--port", "0", "--addresses", "300", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.match(r"    (http://\S+)/graphql$", line):
            break
    assert found is not None
    yield Below(found[1], directory, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


@pytest.fixture
async def county(below: Below, tmp_path: Path) -> AsyncIterator[CityEngine]:
    (tmp_path / "city.toml").write_text(COUNTY)
    (tmp_path / "harbourton.toml").write_text(HARBOURTON)
    engine = open_engine(load(tmp_path, {"HARBOURTON": below.url}), Settings())
    yield engine
    await engine.aclose()


async def ask(engine: CityEngine, query: str) -> Any:
    response = await engine.execute(Request(query=query, caller=Caller("county", frozenset({"*"}), trusted=True)))
    return response.payload


def lists(ids: list[str]) -> str:
    return ", ".join(f'"{each}"' for each in ids)


async def test_the_county_tells_what_the_city_tells(below: Below, county: CityEngine) -> None:
    query = f"{{ addresses(ids: [{lists(LOTS)}]) {{ yearBuilt {SALES} }} }}"
    there, here = below.ask(query)["addresses"], (await ask(county, query))["data"]["addresses"]
    assert [each and each["yearBuilt"] for each in here] == [each and each["yearBuilt"] for each in there]
    for mine, theirs in zip(here, there, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            assert by_number(mine) == by_number(theirs)
    assert sum(len(each["sales"]["nodes"]) for each in here if each) > 5


def by_number(address: Any) -> list[Any]:
    return sorted(address["sales"]["nodes"], key=lambda node: node["instrument"])


async def test_an_address_that_the_city_does_not_have(county: CityEngine) -> None:
    answer = await ask(county, '{ address(id: "hbt.parcel:999999999") { label } }')
    assert answer["data"]["address"] is None
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_what_the_city_cannot_tell_the_county_tells_in_part(below: Below, county: CityEngine) -> None:
    deeds = below.directory / "deeds.sqlite"
    deeds.rename(deeds.with_suffix(".away"))
    query = f'{{ address(id: "{LOTS[0]}") {{ asTheCitySees {{ line }} sales {{ source {{ state }} totalCount }} }} }}'
    try:
        answer = await ask(county, query)
    finally:
        deeds.with_suffix(".away").rename(deeds)
    assert answer["data"]["address"]["asTheCitySees"]["line"]
    assert answer["data"]["address"]["sales"] == {"source": {"state": "PARTIAL"}, "totalCount": None}
    whole = await ask(county, query)
    assert whole["data"]["address"]["sales"]["source"] == {"state": "OK"}


async def test_a_city_that_is_gone_costs_its_own_sections(below: Below, tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text(COUNTY)
    (tmp_path / "harbourton.toml").write_text(HARBOURTON)
    engine = open_engine(load(tmp_path, {"HARBOURTON": "http://127.0.0.1:9"}), Settings())
    answer = await ask(engine, f'{{ address(id: "{LOTS[0]}") {{ existence sales {{ source {{ state }} }} }} }}')
    assert answer["data"]["address"] == {"existence": "UNKNOWN", "sales": {"source": {"state": "UNAVAILABLE"}}}
    await engine.aclose()
