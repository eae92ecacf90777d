"""One state of a city's files, opened: the city, its engine, and the examples of its GraphiQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from gateway.catalogue import load
from gateway.engine import open_engine
from gateway.engine.engine import CityEngine
from gateway.engine.services import Services
from gateway.reloading.watching import Content, content
from gateway.settings import Settings
from gateway.web.examples import read_examples
from gateway.web.page import Example
from resolvers.city import City


@dataclass(frozen=True, slots=True)
class Edition:
    """What the files of a directory made, and the content that they had before they were read."""

    city: City
    engine: CityEngine
    examples: tuple[Example, ...]
    content: Content


def open_edition(
    directory: Path,
    environment: Mapping[str, str],
    settings: Settings,
    before: Edition | None = None,
    bind: Callable[[City], Services] | None = None,
) -> Edition:
    """The city in `directory`, its `${…}` from `environment`; `before` lends its unchanged sources
    and its services; the first edition gets them by `bind`.

    Takes the seconds that a schema takes, and asks no agency. Raises `CatalogueError` and
    `BadExamples` for files with problems, `OSError` for files that can't be read.
    """
    found = content(directory)
    city = _part(load(directory, environment), settings.workers or 1)
    examples = read_examples(directory)
    services = bind(city) if bind is not None else None
    return Edition(city, open_engine(city, settings, before.engine if before else None, services), examples, found)


def _part(city: City, workers: int) -> City:
    """The city as one of several processes asks it: each makes its part of the calls at a time that a
    source takes."""
    if workers == 1:
        return city
    sources = {
        name: replace(source, concurrency=max(1, source.concurrency // workers))
        for name, source in city.sources.items()
    }
    return replace(city, sources=MappingProxyType(sources))
