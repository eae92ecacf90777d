"""The files of a city, and the parts that are made of them before they are checked together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gateway.catalogue import grammar
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Document, Spot, read
from gateway.catalogue.names import Schemes
from gateway.catalogue.problems import Report, nearest
from resolvers.city import Section, Table

CITY = "city.toml"


@dataclass(frozen=True, slots=True)
class Files:
    """The documents of a directory; `lost` are the agencies whose files can't be read."""

    city: Document[grammar.CityFile]
    agencies: Mapping[str, Document[grammar.AgencyFile]]
    lost: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hung:
    """A section, and where and how it is declared."""

    section: Section
    spot: Spot
    declared: grammar.Section


@dataclass(frozen=True, slots=True)
class Parts:
    """What the files make; the checks that compare files read it."""

    files: Files
    schemes: Schemes
    outlines: Mapping[str, Outline]
    tables: Mapping[str, Table]
    sections: tuple[Hung, ...]

    def table(self, name: str, spot: Spot) -> Table | None:
        """The dataset of a complete name; an unknown one is reported at `spot`."""
        if name not in self.tables and name.partition(".")[0] not in self.files.lost:
            spot.problem(f'dataset "{name}" is not declared', nearest(name, self.tables))
        return self.tables.get(name)


def read_files(directory: Path, env: Mapping[str, str], report: Report) -> Files | None:
    """All documents of the directory; None without a readable city.toml."""
    shown = _shown(directory)
    city = read(directory / CITY, str(shown / CITY), grammar.CityFile, env, report)
    agencies, lost = {}, set()
    for path in sorted(directory.glob("*.toml")):
        if path.name == CITY:
            continue
        document = read(path, str(shown / path.name), grammar.AgencyFile, env, report)
        if document is None:
            lost.add(path.stem)
        else:
            agencies[path.stem] = document
    return Files(city, MappingProxyType(agencies), frozenset(lost)) if city else None


def _shown(directory: Path) -> Path:
    """The directory as messages name it: short where it is below the one we are in."""
    here = Path.cwd()
    return directory.relative_to(here) if directory.is_relative_to(here) else directory
