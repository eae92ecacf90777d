"""What the commands about the record of look-ups share: their options, and how they read the log."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.catalogue.periods import days
from gateway.commands.opening import Directory, open_city, settings_of_environment
from gateway.commands.stored import settings_pepper
from gateway.engine.bindings import Bindings
from gateway.policy.audit.entries import OUTCOMES, Record
from gateway.policy.audit.places import Places
from gateway.policy.audit.pseudonyms import Pseudonyms
from gateway.policy.audit.reading import Reader, Search
from resolvers.identity.schemes import BadIdentifier

Command = TypeVar("Command", bound=Callable[..., object])


class Moment(click.ParamType[datetime]):
    """A day (its beginning, UTC) or a moment with its offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment, aware."""
        try:
            if len(value) == len("2026-11-22"):
                return datetime.combine(date.fromisoformat(value), time(), UTC)
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f'takes a day like "2026-11-22" or a moment like "2026-11-22T18:00Z"; got {value!r}')
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Period(click.ParamType[timedelta]):
    """Days, weeks or years, as in the files of a city."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The time."""
        try:
            return timedelta(days=days(value))
        except ValueError as error:
            self.fail(str(error))


def log_option(command: Command) -> Command:
    folder = click.Path(path_type=Path, file_okay=False)
    return click.option("--log", type=folder, metavar="DIR", help="The log's directory. [default: CITYGRAPH_AUDIT]")(
        command
    )


def spelling_option(command: Command) -> Command:
    """The city whose schemes read an identifier."""
    text = "Spell the identifier by this city's schemes. [default: it is taken as it is]"
    return click.option("--city", "directory", type=Directory, metavar="DIR", help=text)(command)


def time_options(command: Command) -> Command:
    until = click.option("--until", type=Moment(), help="Only before this day or moment (UTC).")(command)
    return click.option("--since", type=Moment(), help="Only from this day or moment on (UTC).")(until)


def search_options(command: Command) -> Command:
    for name, text in (
        ("subject", "About this identifier, like hbt.resident:100000007."),
        ("field", 'That asked for this field, or for a part of an entity: "Address.sales", "Person".'),
        ("agency", "That asked this agency, or was denied data of it."),
        ("reference", "With this case number."),
        ("purpose", "For this purpose."),
        ("agreement", "Under this agreement."),
        ("key", "By this key."),
    ):
        command = click.option(f"--{name}", metavar=name.upper(), help=text)(command)
    outcome = click.option("--outcome", type=click.Choice(OUTCOMES), help="That ended so.")(command)
    return log_option(time_options(outcome))


def spelt(identifier: str, directory: Path | None) -> str:
    """An identifier as the gateway writes it; - reads it from standard input.

    With a city's directory its schemes read it, and one that they can't read is refused.
    """
    text = (sys.stdin.readline() if identifier == "-" else identifier).strip()
    if not text:
        raise click.UsageError("no identifier was given")
    if directory is None:
        return text
    try:
        return ":".join(Bindings(open_city(directory)).parse(None, text))
    except BadIdentifier as error:
        raise click.ClickException(str(error)) from None


def records_of(log: Path | None, wanted: Mapping[str, Any]) -> Iterator[Record]:
    """The records that are wanted; warns of damage and of what another pepper hides."""
    directory = log or settings_of_environment().audit
    reader = Reader(Places.of(directory))
    names = dict(wanted)
    if names.get("subject"):
        pseudonyms = Pseudonyms(settings_pepper())
        names["subject"] = pseudonyms.subject(names["subject"])
        _check_pepper(reader, pseudonyms)
    yield from reader.records(Search(**names))
    if reader.unreadable:
        click.echo(f"{reader.unreadable} lines can't be read: run citygraph audit verify", err=True)


def _check_pepper(reader: Reader, pseudonyms: Pseudonyms) -> None:
    peppers = reader.peppers()
    others = peppers.total() - peppers[pseudonyms.proof]
    if others and not peppers[pseudonyms.proof]:
        raise click.ClickException("CITYGRAPH_PEPPER is not the one by which this log was written")
    if others:
        click.echo(f"{others} files were written by another CITYGRAPH_PEPPER: nobody is found in them.", err=True)
