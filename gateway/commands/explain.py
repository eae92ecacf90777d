"""`citygraph explain`: which agencies an operation will ask, and for what, before asking them."""

import asyncio
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

import click

from gateway.commands.opening import city_option, engine_of, open_city, running, settings_of_environment
from gateway.commands.operations import local_caller, operation_options, read_document, read_variables
from gateway.engine.requests import Engine, Request, Response

WISH = MappingProxyType({"explain": True})


@click.command(
    short_help="Show which agencies an operation will ask.",
    epilog="""\b
Examples:
  citygraph explain profile.graphql --city cities/demo
  citygraph explain profile.graphql --city cities/demo --caller demo --var id=hbt.parcel:100010002

\b
Exit code: 0 explained, 1 the operation is not valid, 2 wrong usage.
""",
)
@operation_options
@city_option
def explain(
    file: TextIO,
    variables: str | None,
    each: tuple[str, ...],
    operation: str | None,
    caller: str | None,
    directory: Path,
) -> None:
    """Print the plan of the operation in FILE (- or nothing: standard input). Asks no agency."""
    given = read_variables(variables, each)
    document = read_document(file)
    city = open_city(directory)
    request = Request(document, operation, given, WISH, local_caller(city, caller))
    response = asyncio.run(_execute(engine_of(city, settings_of_environment()), request))
    plan = response.payload.get("extensions", {}).get("explain")
    if plan is None:
        raise click.ClickException("\n".join(error["message"] for error in response.payload["errors"]))
    click.echo(plan["text"])


async def _execute(engine: Engine, request: Request) -> Response:
    async with running(engine) as opened:
        return await opened.execute(request)
