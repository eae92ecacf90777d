"""`citygraph identity`: how well a city's own records are told apart and brought together."""

from pathlib import Path

import click
from rich.console import Console

from gateway.catalogue.problems import CatalogueError
from gateway.commands.progress import ProgressBar
from gateway.evaluation import Unreadable, link, look_up, read_map
from gateway.evaluation.printing import print_addresses, print_figures
from resolvers.identity.matching.model import model


@click.group(
    epilog="""\b
Examples:
  citygraph identity evaluate pairs.toml
"""
)
def identity() -> None:
    """Measure how addresses, businesses and persons are recognised."""


@identity.command(
    epilog="""\b
Examples:
  citygraph identity evaluate pairs.toml
  citygraph identity evaluate addresses.toml --data exports --typos
"""
)
@click.argument("map_file", metavar="MAP.toml", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Where the map's files are. [default: the map's folder]",
)
@click.option("--typos", is_flag=True, help="Of addresses: mistype one letter of every text first.")
def evaluate(map_file: Path, data: Path | None, typos: bool) -> None:
    """Measure matching on the labelled rows that MAP.toml names.

    The map says which columns of one or two files are names, addresses, telephones … and where the
    truth is. Prints precision, recall and F1 by threshold, and whether confidence means what it
    says. No row leaves this machine, and none is printed.
    """
    try:
        described = read_map(map_file)
        if typos and described.kind != "address":
            raise click.UsageError(f"--typos is for addresses; {map_file.name} is about a {described.kind}")
        folder = data or map_file.parent
        console = Console()
        if described.kind == "address":
            print_addresses(look_up(described, folder, typos), console)
            return
        with ProgressBar() as bar:
            found = link(described, folder, model(described.kind), bar)
    except CatalogueError as error:
        raise click.ClickException("the map has mistakes:\n" + "\n".join(map(str, error.problems))) from None
    except Unreadable as error:
        raise click.ClickException(str(error)) from None
    print_figures(found, console)
