"""`citygraph introspect`: a draft of an agency's file from a look at its source."""

import asyncio
from pathlib import Path

import click

from gateway.catalogue import examine
from gateway.commands.opening import Directory
from gateway.introspection.cities import minimal
from gateway.introspection.guessing.agencies import draft
from gateway.introspection.guessing.names import agency_id
from gateway.introspection.guessing.schemes import SHARED, Wanted, of_city
from gateway.introspection.looking import Bounds, Unseen, look
from gateway.introspection.looking.places import address
from gateway.introspection.looking.sources import KINDS
from gateway.introspection.writing import written


@click.command(
    epilog="""\b
Examples:
  citygraph introspect exports/violations.csv.gz
  citygraph introspect sqlite:///licensing.db --table licences --output cities/demo/licensing.toml
  citygraph introspect https://data.cityofnewyork.us/d/43nn-pn8j --city cities/demo
"""
)
@click.argument("url")
@click.option("--adapter", "kind", type=click.Choice(KINDS), help="The kind of source, where the URL does not tell.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table or resource; may be repeated.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write to a new file.")
@click.option("--agency", metavar="NAME", help="The agency's short name. [default: the name of FILE, or of the source]")
@click.option("--city", "city", type=Directory, metavar="DIR", help="Look for the identifiers that this city declares.")
@click.option("--with-city", is_flag=True, help="Also print, or write beside FILE, a minimal city.toml.")
@click.option("--rows", default=20_000, show_default=True, type=click.IntRange(1), help="Rows sampled of each table.")
@click.option(
    "--timeout", default=60.0, show_default=True, type=click.FloatRange(1), help="Seconds for the look as a whole."
)
def introspect(
    url: str,
    kind: str | None,
    tables: tuple[str, ...],
    output: Path | None,
    agency: str | None,
    city: Path | None,
    with_city: bool,
    rows: int,
    timeout: float,
) -> None:
    """Look at the source at URL and write a draft of its agency's file, for a steward to edit.

    URL is a file (CSV, JSON, XML, Parquet; gzipped or not), a database, or a web address. Types,
    formats, keys and sections are guessed from a sample of rows; a comment says why each was. The
    draft passes `citygraph check` as it is. Credentials in URL are never printed.
    """
    wanted = _wanted(city)
    try:
        where = address(url)
        seen = asyncio.run(look(url, kind, tables, Bounds(rows=rows, seconds=timeout)))
    except Unseen as error:
        raise click.ClickException(str(error)) from None
    name = agency_id(agency or (output.stem if output else where.agency))
    text = written(draft(seen, name, wanted))
    if output is None:
        click.echo(f"# ---- city.toml ----\n{minimal()}\n# ---- {name}.toml ----" if with_city else "", nl=with_city)
        click.echo(text, nl=False)
        return
    _write(output, text)
    if with_city:
        _write(output.with_name("city.toml"), minimal())


def _wanted(city: Path | None) -> tuple[Wanted, ...]:
    if city is None:
        return SHARED
    found = examine(city)
    if found.city is None:
        raise click.ClickException(f"{city} has no readable city.toml; run: citygraph check --city {city}")
    return of_city(found.city.schemes)


def _write(path: Path, text: str) -> None:
    """A steward's work is never written over."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already; give another --output, or move it away") from None
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {(error.strerror or '').lower()}") from None
    click.echo(f"{path} is written; now edit it, and run: citygraph check --city {path.parent}", err=True)
