"""`citygraph agency`: stop asking an agency, and ask it again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson

from gateway.catalogue.problems import nearest
from gateway.commands.opening import city_option
from gateway.commands.stored import json_option, moment, operator, print_table, settings_store
from gateway.policy.limits.pauses import Pauses

Result = TypeVar("Result")

_MOST = 200


@click.group(
    epilog="""\b
Examples:
  citygraph agency pause fire --reason "The bureau moves its servers until noon" --city cities/demo
  citygraph agency status
  citygraph agency resume fire

The store is a setting: CITYGRAPH_STORE.
"""
)
def agency() -> None:
    """Stop asking an agency at once, and ask it again. Running gateways follow within a second."""


@agency.command(
    epilog="""\b
Examples:
  citygraph agency pause fire --reason "The bureau moves its servers until noon" --city cities/demo
"""
)
@click.argument("name")
@click.option("--reason", default="", metavar="TEXT", help="Why; callers read it in the error of every section.")
@city_option
def pause(name: str, reason: str, directory: Path) -> None:
    """Ask the agency NAME no more. NAME is its file's, "fire" for fire.toml; the file may be broken.

    Calls that wait are refused at once, calls in flight end by themselves. Its sections are
    UNAVAILABLE with the code PAUSED until it is resumed.
    """
    if len(reason) > _MOST or not (reason.isprintable()):
        raise click.UsageError(f"--reason takes up to {_MOST} printable characters on one line")
    known = sorted(path.stem for path in directory.glob("*.toml") if path.stem != "city")
    if name not in known:
        hint = nearest(name, known)
        raise click.ClickException(f'{directory} has no agency "{name}"' + (f"; {hint}" if hint else ""))
    _run(lambda pauses: pauses.pause(name, datetime.now(UTC), reason.strip(), operator()))
    click.echo(f"Paused {name}. Ask it again with: citygraph agency resume {name}")


@agency.command(
    epilog="""\b
Examples:
  citygraph agency resume fire
"""
)
@click.argument("name")
def resume(name: str) -> None:
    """Ask the agency NAME again."""

    async def change(pauses: Pauses) -> tuple[bool, list[str]]:
        return await pauses.resume(name), sorted(await pauses.all())

    was_paused, others = _run(change)
    if not was_paused:
        hint = nearest(name, others)
        raise click.ClickException(f'"{name}" is not paused' + (f"; {hint}" if hint else ""))
    click.echo(f"Resumed {name}.")


@agency.command(
    epilog="""\b
Examples:
  citygraph agency status
  citygraph agency status fire --json
"""
)
@click.argument("name", required=False)
@json_option
def status(name: str | None, as_json: bool) -> None:
    """Show which agencies are paused (or whether NAME is), since when, why, and by whom."""
    paused = [each for each in _run(lambda pauses: pauses.all()).values() if name in (None, each.agency)]
    if as_json:
        shown = [{"agency": p.agency, "since": p.since, "reason": p.reason, "by": p.by} for p in paused]
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    elif paused:
        rows = ((p.agency, moment(p.since), p.reason, p.by) for p in paused)
        print_table(("Agency", "Paused since (UTC)", "Reason", "By"), rows)
    else:
        click.echo(f"{name} is not paused." if name else "No agency is paused.", err=True)


def _run(work: Callable[[Pauses], Awaitable[Result]]) -> Result:
    async def within() -> Result:
        async with settings_store() as store:
            return await work(Pauses(store))

    return asyncio.run(within())
