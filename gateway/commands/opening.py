"""What several commands begin with: the settings, a city's files, its engine. Failures are one-line messages."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import click

from gateway.catalogue import CatalogueError, load
from gateway.engine import open_engine
from gateway.engine.requests import Engine
from gateway.engine.services import Services
from gateway.settings import Settings, SettingsError, read_settings
from resolvers.city import City

Directory = click.Path(path_type=Path, file_okay=False)

city_option = click.option(
    "--city",
    "directory",
    type=Directory,
    required=True,
    metavar="DIR",
    help="The city's directory: city.toml and one TOML file an agency.",
)


def settings_of_environment(**given: object) -> Settings:
    """The settings; `given` are values from the command line, None where they are not given."""
    try:
        return read_settings(os.environ, **given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def open_city(directory: Path, environment: Mapping[str, str] = os.environ) -> City:
    """The city in `directory`, its `${…}` from `environment`.

    A city with problems is not opened: all of them are shown instead.
    """
    try:
        return load(directory, environment)
    except CatalogueError as error:
        raise refused(directory, error) from None


def refused(directory: Path, error: CatalogueError) -> click.ClickException:
    """A city with problems, as a command's last word."""
    count = len(error.problems)
    counted = "1 problem" if count == 1 else f"{count} problems"
    return click.ClickException(f"{directory} can't be opened, it has {counted}:\n{error}")


def engine_of(city: City, settings: Settings, services: Services | None = None) -> Engine:
    """The engine of a city."""
    return open_engine(city, settings, services=services)


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    """An engine that is started and, at the end, closed."""
    await engine.start()
    try:
        yield engine
    finally:
        await engine.aclose()
