"""New York as a running city: its databases loaded once, its catalogue read, its gateway opened."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.catalogue import load as load_catalogue
from gateway.commands.opening import engine_of, running
from gateway.emulators.soda import Portal
from gateway.engine.requests import Engine
from gateway.settings import Settings
from resolvers.city import City
from tests.cities import nyc_load, nyc_portal

NYC = Path(__file__).parent / "nyc"


@pytest.fixture(scope="session")
def nyc_data() -> Path:
    """The folder of the raw files."""
    try:
        return nyc_load.data_directory()
    except nyc_load.MissingFiles as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def nyc_environment(nyc_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The agencies' databases, filled; the variables that the city's TOML reads."""
    directory = tmp_path_factory.mktemp("nyc")
    try:
        environment = nyc_load.load(directory)
    except nyc_load.MissingServer as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield environment
    nyc_load.drop(directory)


@pytest.fixture(scope="session")
def nyc_city(nyc_environment: Mapping[str, str]) -> City:
    """The city as the catalogue describes it."""
    return load_catalogue(NYC, nyc_environment)


@pytest.fixture(scope="session")
def portal(nyc_data: Path) -> Iterator[tuple[Portal, str]]:
    """The raw files at one portal, and its URL. Its rows are read for seconds, so it is one for all."""
    with nyc_portal.serving(nyc_portal.contents(nyc_data)) as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nyc_engine(nyc_city: City) -> AsyncIterator[Engine]:
    """The city's gateway, in this process."""
    async with running(engine_of(nyc_city, Settings())) as engine:
        yield engine
