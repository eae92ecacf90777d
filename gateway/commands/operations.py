"""What `query` and `explain` share: an operation from a file or stdin, its variables, its caller."""

from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import click
import orjson

from gateway.engine.requests import ANONYMOUS, Caller
from gateway.web.callers import callers
from resolvers.city import City

Command = TypeVar("Command", bound=Callable[..., Any])


def operation_options(command: Command) -> Command:
    """FILE, --variables, --var, --operation and --caller."""
    for decorate in (
        click.option("--caller", metavar="NAME", help="Ask as the local caller that the city's city.toml names."),
        click.option("--operation", metavar="NAME", help="Which operation of the file, where it has several."),
        click.option(
            "--var", "each", multiple=True, metavar="NAME=VALUE", help="One variable; VALUE is JSON, or text."
        ),
        click.option("--variables", metavar="JSON", help="All variables as a JSON object."),
        click.argument("file", type=click.File("r", encoding="utf-8"), default="-"),
    ):
        command = decorate(command)
    return command


def read_document(file: TextIO) -> str:
    """The operation's text."""
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8 at byte {error.start}") from None


def read_variables(variables: str | None, each: tuple[str, ...]) -> dict[str, Any]:
    """The variables of --variables, and over them those of --var."""
    given = _json(variables) if variables else {}
    if not isinstance(given, dict):
        raise click.BadParameter('write a JSON object, like {"id": "nyc.bbl:1004770501"}', param_hint="--variables")
    for text in each:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--var")
        given[name] = _json_or_text(value)
    return given


def local_caller(city: City, name: str | None) -> Caller:
    """The caller of that name, anonymous for None."""
    if name is None:
        return ANONYMOUS
    known = callers(city.local_caller).local
    if name not in known:
        names = f"it knows {', '.join(known)}" if known else "it has none"
        raise click.BadParameter(f"{city.name} knows no local caller {name!r}; {names}", param_hint="--caller")
    return known[name]


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"is not JSON: {error.msg}", param_hint="--variables") from None


def _json_or_text(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
