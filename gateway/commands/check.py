"""`citygraph check` and `citygraph catalogue-schema`: for those who write a city's files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from gateway.catalogue import Problem, examine
from gateway.catalogue.files import Parts
from gateway.catalogue.live import ask, sources_of
from gateway.catalogue.problems import nearest
from gateway.catalogue.schema import FILES, json_schema
from gateway.commands.opening import city_option
from gateway.commands.progress import ProgressBar
from resolvers.city import City


@click.command(
    epilog="""\b
Examples:
  citygraph check --city cities/demo
  citygraph check --city cities/springfield --live
  citygraph check --city cities/springfield --live --agency licensing
"""
)
@city_option
@click.option("--live", is_flag=True, help="Also ask every source for its tables, types, indexes and a sample of rows.")
@click.option("--agency", "agencies", multiple=True, metavar="NAME", help="With --live: ask only this agency.")
def check(directory: Path, live: bool, agencies: tuple[str, ...]) -> None:
    """Print everything that is wrong with a city's files: file, line, what, and how to mend it.

    Exits with 1 if there are errors; warnings alone do not fail. Variables of the environment
    that the files name must be set.
    """
    if agencies and not live:
        raise click.UsageError("--agency says whom to ask with --live; without it all files are checked")
    found = examine(directory)
    problems = found.problems
    if live and found.city and found.parts and not found.failed:
        _refuse_unknown(agencies, found.city)
        problems = asyncio.run(_asked(found.city, found.parts, agencies))
    for problem in problems:
        click.echo(str(problem))
    if found.city is None or any(problem.severity == "error" for problem in problems):
        raise SystemExit(1)
    click.echo(_summary(found.city, problems))


def _refuse_unknown(agencies: Sequence[str], city: City) -> None:
    for name in agencies:
        if name not in city.agencies:
            raise click.UsageError(
                f'there is no agency "{name}"; {nearest(name, city.agencies, "an agency is called like its file")}'
            )


async def _asked(city: City, parts: Parts, agencies: Sequence[str]) -> tuple[Problem, ...]:
    """The problems of the files and of the sources; shows progress when it takes long."""
    with ProgressBar() as progress:
        done = 0
        async for _ in ask(city, parts, agencies):
            done += 1
            progress("Asking the agencies", done, len(sources_of(city, agencies)))
    return parts.files.city.report.problems


def _summary(city: City, problems: Sequence[Problem]) -> str:
    counts = [
        _counted(len(city.agencies), "agency", "agencies"),
        _counted(len(city.tables), "dataset", "datasets"),
        _counted(len(city.sections), "section", "sections"),
        _counted(len(problems), "warning", "warnings") if problems else "no problems",
    ]
    return f"{city.name}: {', '.join(counts)}."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@click.command(
    "catalogue-schema",
    epilog="""\b
Examples:
  citygraph catalogue-schema > catalogue.schema.json
  citygraph catalogue-schema --of agency
""",
)
@click.option("--of", "file", type=click.Choice(list(FILES)), help="Only for agency files, or only for city.toml.")
def catalogue_schema(file: str | None) -> None:
    """Print the JSON Schema of a city's files, for completion and hints in editors."""
    click.echo(orjson.dumps(json_schema(file), option=orjson.OPT_INDENT_2).decode())
