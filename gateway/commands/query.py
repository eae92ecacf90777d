"""`citygraph query`: one operation, sent to a running gateway or executed here."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click
import httpx
import orjson

from gateway.commands.opening import Directory, engine_of, open_city, running, settings_of_environment
from gateway.commands.operations import local_caller, operation_options, read_document, read_variables
from gateway.engine.requests import Request
from gateway.settings import Settings
from gateway.web.callers import HEADER
from gateway.web.negotiation import JSON, RESPONSE


@click.command(
    epilog="""\b
Examples:
  echo '{ city { name } }' | citygraph query
  citygraph query profile.graphql --var id=nyc.bbl:1004770501
  citygraph query profile.graphql --city cities/demo --caller demo

\b
Exit code: 0 the city answered (perhaps in part: see "errors"), 1 it did not, 2 wrong usage.
""",
)
@operation_options
@click.option("--url", metavar="URL", help="A running gateway. [default: http://127.0.0.1:8000/graphql]")
@click.option("--city", "directory", type=Directory, metavar="DIR", help="Execute here, on this city's agencies.")
@click.pass_context
def query(
    context: click.Context,
    file: TextIO,
    variables: str | None,
    each: tuple[str, ...],
    operation: str | None,
    caller: str | None,
    url: str | None,
    directory: Path | None,
) -> None:
    """Send the operation in FILE (- or nothing: standard input) and print the answer as JSON."""
    if url and directory:
        raise click.UsageError("give --url or --city, not both")
    settings = settings_of_environment()
    given = read_variables(variables, each)
    document = read_document(file)
    if directory:
        city = open_city(directory)
        request = Request(document, operation, given, caller=local_caller(city, caller))
        answer = asyncio.run(_execute(engine_of(city, settings), request))
    else:
        sent = {"query": document, "operationName": operation, "variables": given}
        answer = _send(url or f"http://{settings.host}:{settings.port}/graphql", sent, caller, settings)
    click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    if not answer.get("data"):
        context.exit(1)


async def _execute(engine: Any, request: Request) -> Mapping[str, Any]:
    async with running(engine) as opened:
        return dict((await opened.execute(request)).payload)


def _send(url: str, sent: dict[str, Any], caller: str | None, settings: Settings) -> Mapping[str, Any]:
    headers = {"accept": f"{RESPONSE}, {JSON};q=0.9"} | ({HEADER: caller} if caller else {})
    try:
        response = httpx.post(url, json=sent, headers=headers, timeout=settings.request_deadline + 5)
        answer = orjson.loads(response.content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        hint = "start one with `citygraph serve` or `citygraph demo`, or ask here with --city DIR"
        raise click.ClickException(f"no gateway answers at {url} ({type(error).__name__}): {hint}") from None
    except orjson.JSONDecodeError:
        message = f"{url} answered {response.status_code} and no GraphQL; the address should end with /graphql"
        raise click.ClickException(message) from None
    if not isinstance(answer, dict):
        raise click.ClickException(f"{url} answered JSON, but no GraphQL response")
    return answer
