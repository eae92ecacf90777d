"""A nightly file with rows that can't be read costs the certainty of its sections, and nothing else."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue import load
from gateway.catalogue.loading import examine
from gateway.engine import open_engine
from gateway.engine.engine import CityEngine
from gateway.engine.requests import Caller, Request
from gateway.settings import Settings

EXAMPLES = Path(__file__).parents[3] / "shared" / "examples" / "nyc"
NYC = Path(__file__).parents[3] / "shared" / "data" / "nyc"
CITY = """
[city]
name = "Springfield"
prefix = "sp"
locale = "us"
time_zone = "America/Chicago"
currency = "USD"

[scheme.lot]
of = "Address"
level = "lot"
check = "numbers_1_4_4"

[register.lots]
scheme = "lot"
dataset = "finance.rolls"
"""
FINANCE = """
[agency]
name = "Finance Department"
short = "FIN"

[source.nightly]
adapter = "files"
url = "${EXPORTS}"
options = { refresh = "0s" }

[[dataset]]
name = "rolls"
path = "rolls.json"
id = "lot"
columns = { lot = "parcel", built = { from = "/building/built", type = "year" } }
keys = { lot = { columns = "lot", formats = "whole" } }
claims = { "Address.yearBuilt" = "built" }

[[dataset]]
name = "sales"
path = "sales.csv"
id = "number"
as_of = 2020-05-01

[dataset.columns]
number = "No"
lot = "PARCEL"
price = { from = "PRICE", type = "money", format = "1,234" }

[dataset.keys]
lot = { columns = "lot", formats = "whole" }

[[dataset.section]]
on = "Address.sales"
kind = "Sale"
as = { amount = "price" }
"""
QUERY = """{ address(id: "sp.lot:100010001") {
  yearBuilt
  sales { nodes { number amount } totalCount source { state asOf error { code message } } }
} }"""


@dataclass
class Springfield:
    exports: Path
    engine: CityEngine

    async def ask(self) -> Any:
        response = await self.engine.execute(
            Request(query=QUERY, caller=Caller("tester", frozenset({"*"}), trusted=True))
        )
        return response.payload


@pytest.fixture
async def springfield(tmp_path: Path) -> AsyncIterator[Springfield]:
    exports, city = tmp_path / "exports", tmp_path / "city"
    exports.mkdir()
    city.mkdir()
    (city / "city.toml").write_text(CITY)
    (city / "finance.toml").write_text(FINANCE)
    (exports / "rolls.json").write_text('[{"parcel": "100010001", "building": {"built": 1925}}]')
    (exports / "sales.csv").write_text('No, PARCEL ,PRICE\n1,100010001,"1,500"\n2,100010002,9\n')
    engine = open_engine(load(city, {"EXPORTS": str(exports)}), Settings())
    yield Springfield(exports, engine)
    await engine.aclose()


async def test_a_file_without_fault(springfield: Springfield) -> None:
    address = (await springfield.ask())["data"]["address"]
    assert address == {
        "yearBuilt": 1925,
        "sales": {
            "nodes": [{"number": "1", "amount": "1500"}],
            "totalCount": 1,
            "source": {"state": "OK", "asOf": "2020-05-01", "error": None},
        },
    }


async def test_rows_that_cannot_be_read_make_its_sections_partial(springfield: Springfield) -> None:
    (springfield.exports / "sales.csv").write_text('No,PARCEL,PRICE\n1,100010001,"1,500"\n2,1000\n3,1,2,3\n')
    address = (await springfield.ask())["data"]["address"]
    assert address["yearBuilt"] == 1925
    assert address["sales"] == {
        "nodes": [{"number": "1", "amount": "1500"}],
        "totalCount": None,
        "source": {
            "state": "PARTIAL",
            "asOf": "2020-05-01",
            "error": {"code": "MALFORMED", "message": "2 rows of finance.sales could not be read."},
        },
    }


async def test_a_file_that_is_gone_costs_its_own_sections(springfield: Springfield) -> None:
    (springfield.exports / "sales.csv").unlink()
    address = (await springfield.ask())["data"]["address"]
    assert address["yearBuilt"] == 1925
    assert address["sales"]["source"]["state"] == "UNAVAILABLE"
    (springfield.exports / "sales.csv").write_text("No,PARCEL,PRICE\n7,100010001,8\n")
    assert (await springfield.ask())["data"]["address"]["sales"]["nodes"] == [{"number": "7", "amount": "8"}]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not here")
def test_new_yorks_examples_read_its_files() -> None:
    """What is wrong with them is not about files."""
    found = examine(EXAMPLES, {**os.environ, "NYC_DATA": str(NYC), "SODA_TOKEN": "none"})
    told = [str(problem) for problem in found.problems if problem.severity == "error"]
    assert all('dataset "dcp.pluto" is not declared' in text for text in told), told
    assert found.city is not None
    for name in ("dof.rolling_sales", "hpd.open_violations", "sla.licences", "dot.open_restaurants"):
        assert {column.stored for column in found.city.tables[name].dataset.columns.values()} == {"text"}
