"""`citygraph restrict`: persons and businesses of whom nothing may be told."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson

from gateway.commands.opening import city_option, open_city
from gateway.commands.stored import json_option, moment, operator, print_table, settings_pepper, settings_store
from gateway.engine.bindings import Bindings
from gateway.policy.restrictions import Restrictions
from resolvers.identity.schemes import BadIdentifier

Result = TypeVar("Result")

identifiers_argument = click.argument("identifiers", nargs=-1, required=True, metavar="IDENTIFIER…")


@click.group(
    epilog="""\b
Examples:
  citygraph restrict add hbt.resident:100000007 --reference "Protection 2026/114" --city cities/demo
  citygraph restrict add - --reference "Protection 2026/114" --city cities/demo < identifiers.txt
  citygraph restrict list
  citygraph restrict remove hbt.resident:100000007 --city cities/demo

The store and the secret for hashes are settings: CITYGRAPH_STORE, CITYGRAPH_PEPPER.
"""
)
def restrict() -> None:
    """Keep the list of whom nothing may be told. Running gateways follow within a second."""


@restrict.command(
    epilog="""\b
Examples:
  citygraph restrict add hbt.resident:100000007 --reference "Protection 2026/114" --city cities/demo
"""
)
@identifiers_argument
@click.option("--reference", required=True, metavar="TEXT", help="The file number of the decision; name nobody here.")
@city_option
def add(identifiers: tuple[str, ...], reference: str, directory: Path) -> None:
    """Put identifiers on the list; - reads them from standard input, one a line, which leaves no
    trace in the shell's history."""
    if not reference.strip() or not reference.isprintable() or len(reference) > 100:
        raise click.UsageError("--reference takes 1 to 100 printable characters")
    found = _canonical(identifiers, directory)
    now = datetime.now(UTC)
    added = _run(lambda r: r.add(found, reference=reference.strip(), by=operator(), now=now))
    click.echo(f"Added {added}; {len(found) - added} on the list already.")


@restrict.command(
    epilog="""\b
Examples:
  citygraph restrict remove hbt.resident:100000007 --city cities/demo
"""
)
@identifiers_argument
@city_option
def remove(identifiers: tuple[str, ...], directory: Path) -> None:
    """Take identifiers off the list; - reads them from standard input, one a line."""
    found = _canonical(identifiers, directory)
    removed = _run(lambda r: r.remove(found))
    click.echo(f"Removed {removed}; {len(found) - removed} not on the list.")


@restrict.command(
    "list",
    epilog="""\b
Examples:
  citygraph restrict list
""",
)
@json_option
def list_(as_json: bool) -> None:
    """List the entries: when, by whom, on which decision. The store does not know the identifiers."""
    entries = _run(lambda r: r.list())
    if as_json:
        shown = [
            {"hash": each.subject, "added": each.added, "added_by": each.added_by, "reference": each.reference}
            for each in entries
        ]
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    elif entries:
        rows = ((each.subject[:12], moment(each.added), each.added_by, each.reference) for each in entries)
        print_table(("Hash", "Added", "By", "Reference"), rows)
    else:
        click.echo("The list is empty.", err=True)


def _canonical(identifiers: tuple[str, ...], directory: Path) -> frozenset[str]:
    """The identifiers as the gateway writes them; one that the city can't read stops all."""
    lines = [sys.stdin.read() if text == "-" else text for text in identifiers]
    given = [text.strip() for text in "\n".join(lines).splitlines() if text.strip()]
    bindings = Bindings(open_city(directory))
    found: set[str] = set()
    problems: list[str] = []
    for at, text in enumerate(given, 1):
        try:
            found.add(":".join(bindings.parse(None, text)))
        except BadIdentifier as error:
            problems.append(f"identifier {at}: {error}")
    if problems:
        raise click.ClickException("nothing was changed:\n" + "\n".join(problems))
    if not found:
        raise click.UsageError("no identifier was given")
    return frozenset(found)


def _run(change: Callable[[Restrictions], Awaitable[Result]]) -> Result:
    pepper = settings_pepper()

    async def within() -> Result:
        async with settings_store() as store:
            return await change(Restrictions(store, pepper))

    return asyncio.run(within())
