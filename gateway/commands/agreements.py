"""`citygraph agreements`: what partners may see, from files to the store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson

from gateway.commands.opening import Directory, city_option, open_city, settings_of_environment
from gateway.commands.stored import json_option, print_table, settings_store
from gateway.policy.agreements import FOLDER, AgreementFiles, Agreements, Origin, StoredAgreements, StoredOrFiles
from gateway.policy.agreements.checking import Checked
from gateway.policy.agreements.checking import check as check_files
from gateway.policy.agreements.schema import json_schema
from gateway.policy.agreements.stored import Step, compare
from gateway.policy.agreements.stored import apply as apply_files
from gateway.policy.terms import Agreement
from gateway.store import Store
from resolvers.city import City

Result = TypeVar("Result")

files_option = click.option(
    "--agreements",
    "folder",
    type=Directory,
    metavar="DIR",
    help=f"The agreements' files; without it CITYGRAPH_AGREEMENTS, or {FOLDER}/ beside the city's files.",
)


@click.group(
    epilog="""\b
Examples:
  citygraph agreements check --city cities/demo
  citygraph agreements diff --city cities/demo
  citygraph agreements apply --city cities/demo
  citygraph agreements list --city cities/demo

The store is a setting: CITYGRAPH_STORE. Once an agreement has been applied there, gateways hold to
the store's agreements alone; until then to the files.
"""
)
def agreements() -> None:
    """Check and apply the agreements with partners. Running gateways follow within a second."""


@agreements.command(
    epilog="""\b
Examples:
  citygraph agreements check --city cities/demo
  citygraph agreements check --city cities/demo --agreements drafts
"""
)
@city_option
@files_option
def check(directory: Path, folder: Path | None) -> None:
    """Print everything that is wrong with the files: file, line, what, and how to mend it.

    Exits with 1 if there are errors; warnings alone do not fail.
    """
    city = open_city(directory)
    checked = _checked(directory, folder, city)
    warnings = len(checked.problems)
    told = f"{warnings} warning{'' if warnings == 1 else 's'}" if warnings else "no problems"
    count = len(checked.documents)
    click.echo(f"{city.name}: {count} agreement{'' if count == 1 else 's'}, {told}.")


@agreements.command(
    epilog="""\b
Examples:
  citygraph agreements diff --city cities/demo
"""
)
@city_option
@files_option
def diff(directory: Path, folder: Path | None) -> None:
    """Print what applying the files would change, term by term, and change nothing."""
    checked = _checked(directory, folder, open_city(directory))
    steps, idle = _run(lambda store: _compared(store, checked))
    _show(steps, idle, checked)
    if all(step.kind == "same" for step in steps):
        click.echo("Nothing would change.")


@agreements.command(
    epilog="""\b
Examples:
  citygraph agreements apply --city cities/demo
"""
)
@city_option
@files_option
def apply(directory: Path, folder: Path | None) -> None:
    """Put new versions in force, all of them or, where one has problems, none.

    A version's terms never change: whoever changes a file counts its version up.
    """
    checked = _checked(directory, folder, open_city(directory))

    async def put(store: Store) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        steps = await apply_files(store, checked.documents)
        return steps, await _idle(store, checked)

    steps, idle = _run(put)
    _show(steps, idle, checked)
    done = sum(step.kind != "same" for step in steps)
    click.echo(f"{done} applied; gateways follow within a second." if done else "Nothing to apply.")


@agreements.command(
    "list",
    epilog="""\b
Examples:
  citygraph agreements list --city cities/demo
  citygraph agreements list --city cities/demo --json
""",
)
@city_option
@files_option
@json_option
def list_(directory: Path, folder: Path | None, as_json: bool) -> None:
    """List the agreements that gateways hold to: who, why, until when, what."""
    city = open_city(directory)
    book = read_agreements(directory, folder, city)
    day = book.today()
    if as_json:
        described = [_described(each, day) for each in book.all()]
        click.echo(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
    elif book.all():
        columns = ("Agreement", "Version", "State", "From", "Until", "Partner", "Purposes", "Opens")
        print_table(columns, (_row(each, day) for each in book.all()))
    else:
        click.echo("There are no agreements.", err=True)


@agreements.command(
    epilog="""\b
Examples:
  citygraph agreements schema > agreement.schema.json
"""
)
def schema() -> None:
    """Print the JSON Schema of an agreement's file, for completion and hints in editors."""
    click.echo(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode())


def read_agreements(directory: Path, folder: Path | None, city: City) -> Agreements:
    """The agreements that a gateway with these settings holds to; those with problems are not in it,
    and the problems are on standard error."""
    files = _files(directory, folder)
    if folder is not None or not _is_made(settings_of_environment().store):
        return asyncio.run(_loaded(files, city))
    return _run(lambda store: _loaded(StoredOrFiles(store, files), city))


async def _loaded(origin: Origin, city: City) -> Agreements:
    book = Agreements(origin, city)
    for problem in await book.load():
        click.echo(str(problem), err=True)
    return book


def _is_made(store: str) -> bool:
    """Whether there may be something in the store; looking into it must not make it."""
    scheme, _, path = store.partition(":///")
    return scheme != "sqlite" or Path(path).exists()


def _files(directory: Path, folder: Path | None) -> AgreementFiles:
    configured = settings_of_environment().agreements
    found = folder or (Path(configured) if configured else directory / FOLDER)
    if (folder or configured) and not found.is_dir():
        raise click.ClickException(f"there is no directory {found}")
    return AgreementFiles(found)


def _checked(directory: Path, folder: Path | None, city: City) -> Checked:
    """The files; their problems are printed, and end the command unless they are warnings."""
    checked = check_files(_files(directory, folder), city)
    _end_if_failed(checked)
    return checked


def _end_if_failed(checked: Checked) -> None:
    for problem in checked.problems:
        click.echo(str(problem))
    if checked.failed:
        raise SystemExit(1)


async def _compared(store: Store, checked: Checked) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    return await compare(store, checked.documents), await _idle(store, checked)


async def _idle(store: Store, checked: Checked) -> tuple[str, ...]:
    """Applied agreements without a file."""
    applied = {each.id for each in await StoredAgreements(store).read(checked.report)}
    return tuple(sorted(applied - checked.documents.keys()))


def _show(steps: Sequence[Step], idle: Iterable[str], checked: Checked) -> None:
    for step in steps:
        if step.kind == "new":
            click.echo(f"{step.id}: version {step.version}, new")
        elif step.kind == "changed":
            click.echo(f"{step.id}: version {step.before} -> {step.version}")
        elif step.kind == "refused":
            click.echo(f"{step.id}: version {step.before} is applied, with other terms than the file's")
        for line in step.lines if step.kind != "same" else ():
            click.echo(f"  {line}")
    for id in idle:
        click.echo(f"{id}: applied, and without a file here; it stays in force until a version with `ends` is applied")
    if any(step.kind == "refused" for step in steps):
        _end_if_failed(checked)


def _run(work: Callable[[Store], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with settings_store() as store:
            return await work(store)

    return asyncio.run(run())


def _state(agreement: Agreement, day: date) -> str:
    if agreement.in_force(day):
        left = (agreement.ends - day).days if agreement.ends else None
        return f"in force, {left} days left" if left is not None and left < 60 else "in force"
    return "not begun" if day < agreement.starts else "ended"


def _row(agreement: Agreement, day: date) -> tuple[str, ...]:
    return (
        agreement.id,
        str(agreement.version),
        _state(agreement, day),
        agreement.starts.isoformat(),
        agreement.ends.isoformat() if agreement.ends else "",
        agreement.parties[-1] if agreement.parties else "",
        ", ".join(agreement.purposes),
        ", ".join(sorted(agreement.scopes | agreement.grants.keys())),
    )


def _described(agreement: Agreement, day: date) -> dict[str, Any]:
    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "state": _state(agreement, day),
        "starts": agreement.starts,
        "ends": agreement.ends,
        "parties": agreement.parties,
        "legalBasis": agreement.legal_basis,
        "purposes": dict(agreement.purposes),
        "scopes": sorted(agreement.scopes),
        "grants": {
            name: {
                "columns": sorted(grant.columns) if grant.columns is not None else None,
                "limitedRows": bool(grant.rows),
                "countsOnly": grant.counts_only,
            }
            for name, grant in sorted(agreement.grants.items())
        },
    }
