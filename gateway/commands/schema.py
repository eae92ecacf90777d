"""`citygraph schema`: the GraphQL schema of a city, and what Apollo Client's cache must know of it."""

from pathlib import Path

import click

from gateway.apollo import apollo_cache
from gateway.commands.opening import city_option, open_city
from resolvers.schema import build_schema


@click.command(
    epilog="""\b
Examples:
  citygraph schema --city cities/demo > schema.graphql
  citygraph schema --city cities/demo --apollo-js > citygraph-cache.mjs
""",
)
@city_option
@click.option("--apollo", "form", flag_value="apollo", help="JSON for Apollo Client: possibleTypes, typePolicies.")
@click.option("--apollo-js", "form", flag_value="apollo-js", help="The same as a module, with its functions.")
def schema(directory: Path, form: str | None) -> None:
    """Print a city's GraphQL schema, for client generators and reviews. Asks no agency."""
    built = build_schema(open_city(directory))
    if form is None:
        click.echo(built.printed(), nl=False)
    else:
        cache = apollo_cache(built.graphql)
        click.echo(cache.printed() if form == "apollo" else cache.module(), nl=False)
