"""The promise again, with half of New York's agencies at a portal and the others in databases.

Eight of the fifteen test agencies' files are those of `cities/nyc`, asking the SODA emulator; the
other seven, and the city itself, are the test city's over SQL. The checks are those of
`test_nyc_profile.py`, by the same independent count.
"""

import shutil
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from gateway.catalogue import load
from gateway.commands.opening import engine_of, running
from gateway.emulators.soda import Portal
from gateway.engine.requests import Engine
from gateway.settings import Settings
from resolvers.city import City
from tests.cities import nyc_portal
from tests.cities.conftest import NYC as DATABASES
from tests.cities.nyc_load import REPOSITORY
from tests.cities.test_nyc_profile import (  # noqa: F401 - collected here too, over this module's city
    test_a_restaurant_has_its_inspections_and_permits,
    test_one_query_gives_all_that_the_raw_files_hold,
)

PORTALS = REPOSITORY / "cities" / "nyc"
AT_PORTALS = ("agm", "dcwp", "dohmh", "doi", "dot", "nycha", "sca", "sla")
EXTRACTS = ("43nn-pn8j", "w7w3-xahh")  # what is not in the raw file may be in the city
IDS = {each.id for each in nyc_portal.PUBLISHED}


@pytest.fixture(scope="module")
def mixed_city(
    nyc_environment: Mapping[str, str], portal: tuple[Portal, str], tmp_path_factory: pytest.TempPathFactory
) -> City:
    directory = tmp_path_factory.mktemp("mixed")
    for path in DATABASES.glob("*.toml"):
        shutil.copy(path, directory)
    for agency in AT_PORTALS:
        text = (PORTALS / f"{agency}.toml").read_text(encoding="utf-8")
        for id in EXTRACTS:
            text = text.replace(f'path = "{id}"\n', f'path = "{id}"\nabsent = "not_covered"\n')
        (directory / f"{agency}.toml").write_text(text, encoding="utf-8")
    return load(directory, {**nyc_environment, **nyc_portal.environment(portal[1])})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nyc_engine(mixed_city: City) -> AsyncIterator[Engine]:
    """In place of the test city's."""
    async with running(engine_of(mixed_city, Settings())) as engine:
        yield engine


def test_half_of_the_agencies_are_at_a_portal(mixed_city: City) -> None:
    kinds = {agency: mixed_city.sources[name].kind for name, agency in mixed_city.source_agency.items()}
    assert len(kinds) == 15
    assert {agency for agency, kind in kinds.items() if kind == "socrata"} == set(AT_PORTALS)
    assert {kind for agency, kind in kinds.items() if agency not in AT_PORTALS} == {"sql"}
    paths = {table.dataset.path for table in mixed_city.tables.values() if table.agency in AT_PORTALS}
    assert paths <= IDS
