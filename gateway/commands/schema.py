"""`citygraph schema`: the GraphQL schema of a city."""

from pathlib import Path

import click

from gateway.commands.opening import city_option, open_city
from resolvers.schema import build_schema


@click.command(
    short_help="Print a city's GraphQL schema.",
    epilog="""\b
Examples:
  citygraph schema --city cities/demo > schema.graphql
""",
)
@city_option
def schema(directory: Path) -> None:
    """Print a city's GraphQL schema, for client generators and reviews. Asks no agency."""
    click.echo(build_schema(open_city(directory)).printed(), nl=False)
