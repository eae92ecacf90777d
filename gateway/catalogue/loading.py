"""A directory of TOML files -> the frozen `City`, or all that is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from adapters.base import Source
from gateway.catalogue import grammar
from gateway.catalogue.claims import attribute
from gateway.catalogue.columns import Outline, outline
from gateway.catalogue.documents import Document, Spot, read
from gateway.catalogue.names import Schemes
from gateway.catalogue.problems import CatalogueError, Report, nearest
from gateway.catalogue.schemes import declare
from gateway.catalogue.sections import sections
from gateway.catalogue.tables import table
from resolvers.city import Agency, City, Code, LocalCaller, Register, Section, Table

CITY = "city.toml"


def load(directory: Path, env: Mapping[str, str] = os.environ) -> City:
    """The city that the files in `directory` describe.

    Raises `CatalogueError` with every problem of every file.
    """
    report = Report()
    city = compile_city(directory, env, report)
    if report.problems or city is None:
        raise CatalogueError(report.problems)
    return city


@dataclass(frozen=True, slots=True)
class Files:
    """The documents of a directory; `lost` are the agencies whose files can't be read."""

    city: Document[grammar.CityFile]
    agencies: Mapping[str, Document[grammar.AgencyFile]]
    lost: frozenset[str]


def compile_city(directory: Path, env: Mapping[str, str], report: Report) -> City | None:
    """The city as far as it can be made out; everything wrong is added to `report`."""
    files = read_files(directory, env, report)
    return _city(files, directory) if files else None


def read_files(directory: Path, env: Mapping[str, str], report: Report) -> Files | None:
    """All documents of the directory; None without a readable city.toml."""
    shown = Path(os.path.relpath(directory)) if directory.is_absolute() else directory
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


def _city(files: Files, directory: Path) -> City:
    about = files.city.model.city
    schemes = _schemes(files)
    time_zone = _time_zone(files)
    tables, hung = _tables(files, schemes, time_zone)
    return City(
        name=about.name,
        prefix=about.prefix,
        locale=about.locale,
        time_zone=time_zone,
        currency=about.currency,
        agencies=MappingProxyType({id: _agency(id, doc.model.agency) for id, doc in files.agencies.items()}),
        sources=MappingProxyType({s.name: s for id, doc in files.agencies.items() for s in _sources(id, doc)}),
        source_agency=MappingProxyType({f"{id}.{n}": id for id, doc in files.agencies.items() for n in doc.model.source}),
        tables=MappingProxyType(tables),
        schemes=MappingProxyType(schemes.declared),
        registers=_registers(files, schemes, tables),
        sections=tuple(section for section, _ in hung),
        codes=MappingProxyType({id: _codes(doc.model) for id, doc in files.agencies.items()}),
        prefer=MappingProxyType(_prefer(files, tables)),
        local_caller=LocalCaller(about.local_caller.name, tuple(about.local_caller.scopes)) if about.local_caller else None,
        directory=str(directory),
    )


def _schemes(files: Files) -> Schemes:
    declared = [(Spot(files.city, ("scheme",)), files.city.model.scheme)]
    declared += [(Spot(document, ("scheme",)), document.model.scheme) for document in files.agencies.values()]
    return declare(declared, files.city.model.city.prefix)


def _time_zone(files: Files) -> str:
    name, spot = files.city.model.city.time_zone, Spot(files.city, ("city", "time_zone"))
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if not spot.damaged:
            spot.problem(f'"{name}" is no time zone', nearest(name, available_timezones(), 'write it like "America/New_York"'))
        return "UTC"
    return name


def _agency(id: str, about: grammar.AgencyAbout) -> Agency:
    return Agency(id, about.name, about.short or id.upper(), about.steward)


def _sources(id: str, document: Document[grammar.AgencyFile]) -> list[Source]:
    return [_source(f"{id}.{name}", declared) for name, declared in document.model.source.items()]


def _source(name: str, declared: grammar.Source) -> Source:
    return Source(
        name=name,
        kind=declared.adapter,
        url=declared.url,
        timeout=declared.timeout,
        concurrency=declared.concurrency,
        keys_per_call=declared.keys_per_call,
        options=MappingProxyType(declared.options | ({"token": declared.token} if declared.token else {})),
    )


def _codes(model: grammar.AgencyFile) -> Mapping[str, Mapping[str, Code]]:
    lists = {
        name: MappingProxyType({code: Code(each.label, each.is_) for code, each in declared.items()})
        for name, declared in model.codes.items()
    }
    return MappingProxyType(lists)


def _tables(
    files: Files, schemes: Schemes, time_zone: str
) -> tuple[dict[str, Table], list[tuple[Section, Spot]]]:
    tables: dict[str, Table] = {}
    hung: list[tuple[Section, Spot]] = []
    for id, document in files.agencies.items():
        for index, declared in enumerate(document.model.dataset):
            spot = Spot(document, ("dataset", index))
            made = outline(f"{id}.{declared.name}", spot, declared, time_zone)
            if made.name in tables:
                spot.at("name").problem(f'dataset "{made.name}" is declared in {tables[made.name].place} too', "call it otherwise")
                continue
            tables[made.name] = table(made, id, _dataset_source(id, document, made), schemes)
            hung += sections(made, id)
    return tables, hung


def _dataset_source(id: str, document: Document[grammar.AgencyFile], made: Outline) -> str:
    known, name, spot = document.model.source, made.declared.source, made.spot.at("source")
    if name is None and len(known) == 1:
        return f"{id}.{next(iter(known))}"
    if name is None:
        spot.problem(f"{made.name} names no source", f'add source = "{next(iter(known), "…")}"')
    elif name not in known and not Spot(document, ("source", name)).damaged:
        spot.problem(f'{document.file} has no source "{name}"', nearest(name, known, "add [source." + name + "]"))
    return f"{id}.{name}"


def _registers(files: Files, schemes: Schemes, tables: Mapping[str, Table]) -> tuple[Register, ...]:
    found = []
    for name, declared in files.city.model.register_.items():
        spot = Spot(files.city, ("register", name))
        scheme = schemes.find(declared.scheme, spot.at("scheme"))
        datasets = [declared.dataset] if declared.dataset else declared.from_
        if bool(declared.dataset) == bool(declared.from_) and not spot.damaged:
            spot.problem(f"register {name} names no dataset", 'write dataset = "…", or from = ["…", …]')
        key = "dataset" if declared.dataset else "from"
        for each in datasets:
            known = _known_dataset(each, files, tables, spot.at(key))
            if known and scheme and scheme.name not in {key.scheme for key in known.keys}:
                _keyless(known, scheme.name, files, spot.at(key))
        if scheme:
            found.append(Register(name, scheme.name, tuple(each for each in datasets if each in tables)))
    return tuple(found)


def _keyless(known: Table, scheme: str, files: Files, spot: Spot) -> None:
    spot.problem(f"{known.name} has no key of {scheme}", "a register is asked by its identifiers: add the key")


def _known_dataset(name: str, files: Files, tables: Mapping[str, Table], spot: Spot) -> Table | None:
    agency = name.partition(".")[0]
    if name not in tables and agency not in files.lost:
        spot.problem(f'dataset "{name}" is not declared', nearest(name, tables))
    return tables.get(name)


def _prefer(files: Files, tables: Mapping[str, Table]) -> dict[tuple[str, str], tuple[str, ...]]:
    found = {}
    for text, datasets in files.city.model.prefer.items():
        spot = Spot(files.city, ("prefer", text))
        named = attribute(text, spot)
        for each in datasets:
            known = _known_dataset(each, files, tables, spot)
            if known and named and named not in {(claim.entity, claim.attribute) for claim in known.claims}:
                spot.problem(f"{each} claims no {text}", "delete it here, or add the claim to the dataset")
        if named:
            found[named] = tuple(each for each in datasets if each in tables)
    return found
