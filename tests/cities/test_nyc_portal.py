"""`cities/nyc`, as it is shipped, over the SODA emulator: New York's portals, played from raw files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.kinds import open_adapter
from gateway.catalogue import examine, load
from gateway.catalogue.live import ask as ask_live
from gateway.commands.opening import engine_of, running
from gateway.emulators.soda import Portal
from gateway.engine.requests import Engine, Request
from gateway.settings import Settings
from resolvers.city import City
from tests.cities import nyc_count, nyc_portal
from tests.cities.nyc_files import PARTS
from tests.cities.nyc_load import REPOSITORY
from tests.cities.nyc_portal import PUBLISHED
from tests.cities.test_nyc_profile import LOTS, TESTER, ask, records, selection, whole_list

NYC = REPOSITORY / "cities" / "nyc"

# What city.toml says, by the counter's names of the raw files.
BUILDING_REGISTERS = (
    *("dob.sidewalk_sheds", "nycha.residential_addresses", "dob.now_certificates_of_occupancy"),
    *("dob.bis_certificates_of_occupancy", "dob.now_job_filings", "hpd.affordable_housing"),
    "dcwp.legally_operating_businesses",
)
ADDRESS_REGISTERS = (
    *("dcp.pluto_redhook", "nycha.residential_addresses", "hpd.affordable_housing"),
    *("dob.now_certificates_of_occupancy", "dob.bis_certificates_of_occupancy", "dob.now_job_filings"),
    *("dof.rolling_sales", "dcwp.legally_operating_businesses", "nyc311.service_requests", "dot.open_restaurants"),
)


@pytest.fixture(scope="module")
def city(portal: tuple[Portal, str]) -> City:
    """The very files that ask the portals, asking the emulator."""
    return load(NYC, nyc_portal.environment(portal[1]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(city: City) -> AsyncIterator[Engine]:
    async with running(engine_of(city, Settings())) as opened:
        yield opened


def test_without_an_environment_the_portals_are_asked() -> None:
    city = load(NYC, {})
    assert {source.url for source in city.sources.values()} == {
        "https://data.cityofnewyork.us",
        "https://data.ny.gov",
    }
    assert {source.kind for source in city.sources.values()} == {"socrata"}
    for source in city.sources.values():
        open_adapter(source)


def test_private_addresses_are_refused_unless_the_environment_allows_them() -> None:
    inside = {"NYC_PORTAL": "http://127.0.0.1:9", "NYS_PORTAL": "http://127.0.0.1:9"}
    problems = examine(NYC, inside).problems
    assert len(problems) == len(load(NYC, {}).sources)
    assert all("the url leads to a private address" in problem.message for problem in problems)
    assert examine(NYC, {**inside, "SODA_PRIVATE": "true"}).problems == ()


@pytest.mark.parametrize("id", sorted({published.id for published in PUBLISHED}))
def test_values_fit_the_portals_types(id: str, portal: tuple[Portal, str]) -> None:
    assert portal[0].datasets[id].unfit == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_datasets_are_as_the_files_say(portal: tuple[Portal, str]) -> None:
    """`check --live`: fields and types are those declared, ids are unique, values fit."""
    found = examine(NYC, nyc_portal.environment(portal[1]))
    assert found.city is not None
    assert found.parts is not None
    async for _ in ask_live(found.city, found.parts):
        pass
    assert [str(problem) for problem in found.parts.files.city.report.problems] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_one_query_over_several_agencies(engine: Engine) -> None:
    query = """query One($id: ID!) { business(id: $id) {
      legalName tradeName
      tradeLicences { totalCount source { state agency dataset } nodes { licence status { label } created } }
    } }"""
    business = (await ask(engine, query, id="nyc.dcwp_licence:2061414-DCA"))["business"]
    assert business["tradeLicences"]["source"]["state"] == "OK"
    assert [node["licence"] for node in business["tradeLicences"]["nodes"]] == ["2061414-DCA"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("lot", LOTS)
async def test_one_query_gives_all_that_the_raw_files_hold(
    lot: str, engine: Engine, city: City, nyc_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `test_nyc_profile.py` has it, by the same count, for the sections that both cities have."""
    monkeypatch.setattr(nyc_count, "BUILDING_REGISTERS", BUILDING_REGISTERS)
    monkeypatch.setattr(nyc_count, "ADDRESS_REGISTERS", ADDRESS_REGISTERS)
    fields = {section.name for section in city.sections if section.entity == "Address"}
    parts = [part for part in PARTS if part.many and part.field in fields]
    assert len(parts) == 19
    query = f"query Lot($id: ID!) {{ address(id: $id) {{ existence {' '.join(map(selection, parts))} }} }}"
    response = await engine.execute(Request(query, variables={"id": f"nyc.bbl:{lot}"}, caller=TESTER))
    address = response.payload["data"]["address"]
    files = nyc_count.raw_files(nyc_data)
    known = {"dcp.pluto_owners", "dcp.pluto_redhook", *(part.dataset for part in parts)}
    if not any(list(files.belonging(name, frozenset({("lot", lot)}))) for name in known):
        assert response.payload["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert address is None
        return
    assert "errors" not in response.payload
    assert address["existence"] == "CONFIRMED"
    found, wanted = {}, {}
    for part in parts:
        want = nyc_count.expected(part, lot, nyc_data)
        answer = address[part.field]
        nodes = await whole_list(engine, lot, part, answer)
        found[part.field] = (records(part, nodes), answer["totalCount"], answer["source"]["state"])
        wanted[part.field] = (want.records, want.count, "OK")
    assert found == wanted
