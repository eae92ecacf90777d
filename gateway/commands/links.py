"""`citygraph links`: which identifiers of different agencies mean the same business."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson

from gateway.commands.links_review import Reviewing, review_pairs
from gateway.commands.opening import Directory, city_option, open_city
from gateway.commands.stored import json_option, moment, operator, print_table, settings_store
from gateway.crosswalk import Edge, Ledger
from gateway.crosswalk.edges import STATES, State, scheme_of
from gateway.crosswalk.files import BadFile, read, written
from gateway.engine.bindings import Bindings
from resolvers.identity.schemes import BadIdentifier

Result = TypeVar("Result")

state_option = click.option("--state", type=click.Choice(STATES), help="Only edges of this state.")


@click.group(
    epilog="""\b
Examples:
  citygraph links review --city cities/nyc
  citygraph links list --identifier nyc.camis:50003337
  citygraph links unlink nyc.camis:50003337 nys.sla_serial:1234567 --city cities/nyc
  citygraph links export decided.jsonl --decided

The store is a setting: CITYGRAPH_STORE.
"""
)
def links() -> None:
    """Keep the crosswalk: which identifiers of different agencies mean the same business.

    It has identifiers and how sure it is of them, never what an agency knows. Running gateways follow
    decisions within a second.
    """


@links.command(
    "list",
    epilog="""\b
Examples:
  citygraph links list --state POSSIBLE
  citygraph links list --identifier nyc.camis:50003337 --json
""",
)
@state_option
@click.option("--identifier", metavar="ID", help="Only edges of this identifier, as the gateway writes it.")
@click.option("--first", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@json_option
def list_(state: State | None, identifier: str | None, first: int, as_json: bool) -> None:
    """List edges, the surest first."""
    if identifier is not None and ":" not in identifier:
        raise click.UsageError(f"{identifier} has no scheme; write it like nyc.camis:50003337")
    found = _run(lambda ledger: ledger.list(state=state, identifier=identifier, most=first))
    if as_json:
        lines = [orjson.loads(line) for line in written(found, "jsonl")]
        click.echo(orjson.dumps(lines, option=orjson.OPT_INDENT_2).decode())
    elif found:
        columns = ("One", "Other", "State", "Confidence", "Origin", "Last confirmed", "Evidence")
        print_table(columns, (_shown(edge) for edge in found))
    else:
        click.echo("There are none.", err=True)


def _shown(edge: Edge) -> tuple[str, ...]:
    who = f"{edge.origin}, {edge.by}" if edge.by else edge.origin
    confidence = f"{edge.confidence:.3f}"
    return edge.one, edge.other, edge.state, confidence, who, moment(edge.last_confirmed), " ".join(edge.evidence)


@links.command(
    epilog="""\b
Examples:
  citygraph links review
  citygraph links review --city cities/nyc --first 20
"""
)
@click.option(
    "--city",
    "directory",
    type=Directory,
    metavar="DIR",
    help="Ask the city's agencies what both are called, as anybody may see it.",
)
@click.option("--first", type=click.IntRange(1), default=50, show_default=True, help="At most so many pairs.")
def review(directory: Path | None, first: int) -> None:
    """Decide pairs that are only POSSIBLE, the likeliest first.

    Each is shown with its evidence: the rules that spoke. What you decide holds until somebody decides
    otherwise, and with its evidence it is labelled data: citygraph links export --decided.
    """
    city = open_city(directory) if directory is not None else None

    async def within(ledger: Ledger) -> Reviewing:
        return await review_pairs(ledger, city, first, operator(), _now())

    done = _run(within)
    click.echo(f"Decided {done.decided}; {done.left} left for later.", err=True)


@links.command(
    epilog="""\b
Examples:
  citygraph links link nyc.camis:50003337 nys.sla_serial:1234567 --city cities/nyc
"""
)
@click.argument("one")
@click.argument("other")
@city_option
def link(one: str, other: str, directory: Path) -> None:
    """Decide that ONE and OTHER are the same business."""
    _decide(one, other, "MATCH", directory)


@links.command(
    epilog="""\b
Examples:
  citygraph links unlink nyc.camis:50003337 nys.sla_serial:1234567 --city cities/nyc
"""
)
@click.argument("one")
@click.argument("other")
@city_option
def unlink(one: str, other: str, directory: Path) -> None:
    """Decide that ONE and OTHER are not the same business: nothing ties them any more, nor by way of
    other identifiers."""
    _decide(one, other, "NO", directory)


@links.command(
    epilog="""\b
Examples:
  citygraph links forget nyc.camis:50003337 --city cities/nyc
"""
)
@click.argument("identifier")
@city_option
def forget(identifier: str, directory: Path) -> None:
    """Delete all that is known of IDENTIFIER, decisions too."""
    (name,) = _named(_Names(directory), identifier)
    gone = _run(lambda ledger: ledger.forget(name))
    click.echo(f"Deleted {gone}.")


@links.command(
    epilog="""\b
Examples:
  citygraph links export edges.csv
  citygraph links export labelled.jsonl --decided
"""
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@state_option
@click.option("--decided", is_flag=True, help="Only what people decided: labelled pairs with their evidence.")
def export(file: Path, state: State | None, decided: bool) -> None:
    """Write edges to FILE: .csv, or .jsonl with an object a line; - is standard output, in JSON lines."""
    found = [edge for edge in _run(lambda ledger: ledger.list(state=state)) if edge.decided or not decided]
    lines = written(found, _kind(file))
    if str(file) == "-":
        click.echo("".join(lines), nl=False)
        return
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            opened.writelines(lines)
    except OSError as error:
        raise click.ClickException(f"{file} can't be written: {error.strerror}") from None
    click.echo(f"Wrote {len(found)} to {file}.", err=True)


@links.command(
    "import",
    epilog="""\b
Examples:
  citygraph links import edges.csv --city cities/nyc
""",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@city_option
def import_(file: Path, directory: Path) -> None:
    """Take edges from FILE: the columns one, other and state are needed. MATCH and NO count as decided by
    you, in place of what is there; POSSIBLE is left to review. A file with a mistake is not taken at all."""
    text = sys.stdin.read() if str(file) == "-" else _text(file)
    names = _Names(directory)
    try:
        found = read(text, _kind(file), names.canonical, _now(), operator(), names.never)
    except BadFile as error:
        raise click.ClickException(f"nothing was changed:\n{error}") from None
    click.echo(f"Took {_run(lambda ledger: ledger.bring(found))}.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}") from None


def _kind(file: Path) -> str:
    if str(file) == "-" or file.suffix == ".jsonl":
        return "jsonl"
    if file.suffix == ".csv":
        return "csv"
    raise click.UsageError(f"{file.name} is neither .csv nor .jsonl")


def _decide(one: str, other: str, state: State, directory: Path) -> None:
    names = _Names(directory)
    a, b = _named(names, one, other)
    if a == b:
        raise click.UsageError("both are the same identifier")
    if state == "MATCH" and (why := names.never(a, b)):
        raise click.ClickException(why)
    made = _run(lambda ledger: ledger.decide(a, b, state, by=operator(), moment=_now()))
    click.echo(f"{made.one} and {made.other}: {'the same' if state == 'MATCH' else 'not the same'}.")


class _Names:
    """The identifiers of a city's businesses."""

    def __init__(self, directory: Path) -> None:
        self._city = open_city(directory)
        self._bindings = Bindings(self._city)

    def canonical(self, text: str) -> str:
        """An identifier as the gateway writes it; raises `BadIdentifier`."""
        return ":".join(self._bindings.parse("Business", text))

    def never(self, one: str, other: str) -> str:
        """Why two identifiers can't be of one business; "" where they can."""
        a, b = self._city.schemes[scheme_of(one)], self._city.schemes[scheme_of(other)]
        if a.level != b.level:
            return f"{a.name} is of a {a.level} and {b.name} of a {b.level}: links never cross levels"
        if a is b and not a.several:
            return f"a business has one {a.name}; where it may have several, [scheme.…] says several = true"
        return ""


def _named(names: _Names, *identifiers: str) -> list[str]:
    try:
        return [names.canonical(text) for text in identifiers]
    except BadIdentifier as error:
        raise click.ClickException(str(error)) from None


def _now() -> datetime:
    return datetime.now(UTC)


def _run(work: Callable[[Ledger], Awaitable[Result]]) -> Result:
    async def within() -> Result:
        async with settings_store() as store:
            return await work(Ledger(store))

    return asyncio.run(within())
