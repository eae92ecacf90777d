"""A directory of TOML files -> the frozen `City`, or all that is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from adapters.base import Source
from gateway.catalogue import grammar
from gateway.catalogue.checks import check
from gateway.catalogue.columns import Outline, outline
from gateway.catalogue.documents import Document, Spot
from gateway.catalogue.files import Files, Hung, Parts, read_files
from gateway.catalogue.problems import CatalogueError, Problem, Report, nearest
from gateway.catalogue.protecting import protect
from gateway.catalogue.registers import preferences, registers
from gateway.catalogue.schemes import declare
from gateway.catalogue.sections import sections
from gateway.catalogue.tables import table
from resolvers.city import Agency, Budget, City, Code, LocalCaller, Table


def load(directory: Path, env: Mapping[str, str] = os.environ) -> City:
    """The city that the files in `directory` describe; `env` gives their variables.

    Raises `CatalogueError` with every problem of every file, unless there are warnings only.
    """
    found = examine(directory, env)
    if found.city is None or found.failed:
        raise CatalogueError(found.problems)
    return found.city


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of reading a directory; without a readable city.toml there are only problems."""

    problems: tuple[Problem, ...]
    city: City | None = None
    parts: Parts | None = None

    @property
    def failed(self) -> bool:
        """Whether there is more than warnings."""
        return any(problem.severity == "error" for problem in self.problems)


def examine(directory: Path, env: Mapping[str, str] = os.environ) -> Examined:
    """The city as far as it can be made out, with all errors and warnings."""
    report = Report()
    files = read_files(directory, env, report)
    if files is None:
        return Examined(report.problems)
    parts = compile_parts(files)
    city = _city(parts, directory)
    check(parts, city)
    return Examined(report.problems, city, parts)


def compile_parts(files: Files) -> Parts:
    """Schemes, tables and sections; what is wrong with each is reported."""
    schemes, time_zone = declare(files), _time_zone(files)
    outlines: dict[str, Outline] = {}
    tables: dict[str, Table] = {}
    hung: list[Hung] = []
    for agency, document in files.agencies.items():
        for made in _outlines(agency, document, time_zone):
            if made.name in outlines:
                made.spot.at("name").problem(f'dataset "{made.name}" is declared twice', "call one of them otherwise")
                continue
            outlines[made.name] = made
            own = sections(made, agency)
            found = table(made, agency, _dataset_source(agency, document, made), schemes)
            tables[made.name] = replace(found, protect=protect(made, own))
            hung += own
    return Parts(files, schemes, outlines, tables, tuple(hung))


def _outlines(agency: str, document: Document[grammar.AgencyFile], time_zone: str) -> list[Outline]:
    return [
        outline(
            f"{agency}.{declared.name}",
            Spot(document, ("dataset", index)),
            declared,
            _kind(document, declared),
            time_zone,
        )
        for index, declared in enumerate(document.model.dataset)
    ]


def _kind(document: Document[grammar.AgencyFile], declared: grammar.Dataset) -> str:
    """The kind of a dataset's source, "" where that is not known."""
    known = document.model.source
    name = declared.source or next(iter(known), "")
    return known[name].adapter if name in known else ""


def _dataset_source(agency: str, document: Document[grammar.AgencyFile], made: Outline) -> str:
    known, name, spot = document.model.source, made.declared.source, made.spot.at("source")
    if name is None and len(known) == 1:
        return f"{agency}.{next(iter(known))}"
    if name is None and not spot.damaged and not Spot(document, ("source",)).damaged:
        spot.problem(f"{made.name} names no source", f'add source = "{next(iter(known), "…")}"')
    elif name is not None and name not in known and not Spot(document, ("source", name)).damaged:
        spot.problem(f'{agency} has no source "{name}"', nearest(name, known, f"add [source.{name}]"))
    return f"{agency}.{name}"


def _city(parts: Parts, directory: Path) -> City:
    files, about = parts.files, parts.files.city.model.city
    local = about.local_caller
    sources = {f"{id}.{name}": id for id, document in files.agencies.items() for name in document.model.source}
    return City(
        name=about.name,
        prefix=about.prefix,
        locale=about.locale,
        time_zone=_time_zone(files),
        currency=about.currency,
        agencies=MappingProxyType({id: _agency(id, doc.model.agency) for id, doc in files.agencies.items()}),
        sources=MappingProxyType({name: _source(name, files.agencies[id].model) for name, id in sources.items()}),
        source_agency=MappingProxyType(sources),
        tables=MappingProxyType(dict(parts.tables)),
        schemes=MappingProxyType(dict(parts.schemes.declared)),
        registers=registers(parts),
        sections=tuple(hung.section for hung in parts.sections),
        codes=MappingProxyType({id: _codes(document.model) for id, document in files.agencies.items()}),
        prefer=preferences(parts),
        local_caller=LocalCaller(local.name, tuple(local.scopes)) if local else None,
        directory=str(directory),
    )


def _time_zone(files: Files) -> str:
    name, spot = files.city.model.city.time_zone, Spot(files.city, ("city", "time_zone"))
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        if not spot.damaged:
            close = nearest(name, available_timezones(), 'write it like "America/New_York"')
            spot.problem(f'"{name}" is no time zone', close)
        return "UTC"


def _agency(id: str, about: grammar.AgencyAbout) -> Agency:
    return Agency(id, about.name, about.short or id.upper(), about.steward, _budget(about.budget))


def _budget(declared: grammar.Budget | None) -> Budget | None:
    if declared is None:
        return None
    return Budget(declared.rate, declared.concurrency, tuple(declared.quiet_hours))


def _source(name: str, model: grammar.AgencyFile) -> Source:
    declared = model.source[name.partition(".")[2]]
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
    """The code lists; one that columns name but nobody wrote down is empty."""
    named = {column.codes for dataset in model.dataset for column in dataset.columns.values() if column.codes}
    lists = {name: model.codes.get(name, {}) for name in [*model.codes, *sorted(named - model.codes.keys())]}
    return MappingProxyType({name: _code_list(declared) for name, declared in lists.items()})


def _code_list(declared: grammar.CodeList) -> Mapping[str, Code]:
    return MappingProxyType({code: Code(each.label, each.is_) for code, each in declared.items()})
