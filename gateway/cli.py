"""The command `citygraph`."""

from importlib.metadata import version

import click

from gateway.commands.agency import agency
from gateway.commands.agreements import agreements
from gateway.commands.audit import audit
from gateway.commands.check import catalogue_schema, check
from gateway.commands.demo import demo
from gateway.commands.explain import explain
from gateway.commands.identity import identity
from gateway.commands.introspect import introspect
from gateway.commands.keys import keys
from gateway.commands.links import links
from gateway.commands.processing_register import processing_register
from gateway.commands.query import query
from gateway.commands.restrict import restrict
from gateway.commands.schema import schema
from gateway.commands.serve import serve
from gateway.commands.soda_emulator import soda_emulator


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  citygraph demo
  citygraph check --city cities/demo
  citygraph serve --city cities/demo --port 8080
""",
)
@click.version_option(version("citygraph"), prog_name="citygraph")
def main() -> None:
    """One GraphQL endpoint over every agency of a city.

    Every command explains itself, with examples: citygraph COMMAND --help.
    """


for command in (
    demo,
    serve,
    query,
    explain,
    schema,
    check,
    catalogue_schema,
    introspect,
    identity,
    links,
    soda_emulator,
    keys,
    restrict,
    agency,
    agreements,
    processing_register,
    audit,
):
    main.add_command(command)
