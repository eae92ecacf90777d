"""`citygraph explain`: what an operation will ask of whom, and what its caller will be refused, before asking."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import click

from gateway.commands.opening import city_option, engine_of, open_city, running, settings_of_environment
from gateway.commands.operations import local_caller, operation_options, read_document, read_variables
from gateway.engine.requests import Request, Response
from gateway.office import Office
from gateway.policy.audit import AuditFailed
from gateway.policy.pepper import WrongPepper
from gateway.settings import Settings
from gateway.store import StoreError
from resolvers.city import City


@click.command(
    epilog="""\b
Examples:
  citygraph explain profile.graphql --city cities/demo
  citygraph explain profile.graphql --city cities/demo --caller demo --var id=hbt.parcel:100010002
  citygraph explain profile.graphql --city cities/demo --as cg_k3v9x0aa --purpose benefit-check --reference 2026/118

\b
Exit code: 0 explained, 1 the operation is not valid, 2 wrong usage.
""",
)
@operation_options
@click.option("--as", "key", metavar="KEY", help="As the holder of this key, named by its public part (cg_…).")
@click.option("--purpose", metavar="NAME", help="For this purpose of the agreement.")
@click.option("--reference", metavar="TEXT", help="With this reference, like a case number.")
@city_option
def explain(
    file: TextIO,
    variables: str | None,
    each: tuple[str, ...],
    operation: str | None,
    caller: str | None,
    key: str | None,
    purpose: str | None,
    reference: str | None,
    directory: Path,
) -> None:
    """Print the plan of the operation in FILE (- or nothing: standard input), its cost, and every
    refusal with its rule, its reason and what to do. Asks no agency."""
    if key and caller:
        raise click.UsageError("give --as or --caller, not both")
    given = read_variables(variables, each)
    document = read_document(file)
    city = open_city(directory)
    who = local_caller(city, caller)
    request = Request(document, operation, given, {"explain": True}, who, purpose=purpose, reference=reference)
    response = asyncio.run(_execute(city, directory, settings_of_environment(), request, key))
    plan = response.payload.get("extensions", {}).get("explain")
    if plan is None:
        raise click.ClickException("\n".join(error["message"] for error in response.payload["errors"]))
    click.echo(plan["text"])
    cost = plan["cost"]
    at_most = f"{cost['calls']} calls, {cost['keys']} identifiers, {cost['rows']} rows at most"
    click.echo(f"\ncost     {cost['units']} units: {at_most}")
    for line in refusals(plan["decisions"]):
        click.echo(line)


def refusals(decisions: list[dict[str, Any]]) -> list[str]:
    """What the caller will not get, a field a line."""
    lines = []
    for decision in decisions:
        if decision["allowed"] != "YES":
            word = "denied" if decision["allowed"] == "NO" else "in part"
            remedy = f" {decision['remedy']}" if decision["remedy"] else ""
            lines.append(f"{word:<8} {decision['field']}: {decision['reason']}.{remedy}")
    return list(dict.fromkeys(lines))


async def _execute(city: City, directory: Path, settings: Settings, request: Request, key: str | None) -> Response:
    if key is None:
        async with running(engine_of(city, settings)) as opened:
            return await opened.execute(request)
    office = Office(settings, directory)
    services = office.bind(city)
    try:
        await office.start()
        try:
            holder = await office.holder(key)
            if holder is None:
                raise click.ClickException(f"the store {settings.store} has no key {key}; see `citygraph keys list`")
            async with running(engine_of(city, settings, services)) as opened:
                return await opened.execute(replace(request, caller=holder))
        finally:
            await office.aclose()
    except (StoreError, WrongPepper, AuditFailed) as error:
        raise click.ClickException(str(error)) from None
