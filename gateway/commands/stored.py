"""What commands about the store share: the store and the pepper of the settings, who runs the
command, plain tables. Failures are one-line messages."""

import getpass
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.opening import settings_of_environment
from gateway.policy.pepper import WrongPepper
from gateway.store import Store, StoreError, open_store

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@asynccontextmanager
async def settings_store() -> AsyncIterator[Store]:
    """The store that the settings name, closed at the end."""
    try:
        store = await open_store(settings_of_environment().store)
        try:
            yield store
        finally:
            await store.aclose()
    except (StoreError, WrongPepper) as error:
        raise click.ClickException(str(error)) from None


def settings_pepper() -> bytes:
    """The pepper of the settings, which has to be set."""
    pepper = settings_of_environment().pepper
    if pepper is None:
        raise click.ClickException(
            "CITYGRAPH_PEPPER is not set. Keys and restrictions are hashed with it: set the secret that the "
            "gateway runs with, or make the first one with `openssl rand -base64 48`."
        )
    return pepper


def operator() -> str:
    """Who runs the command, as the store notes it."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def moment(value: datetime | None, none: str = "") -> str:
    """A moment in a table, in UTC to the minute."""
    return none if value is None else value.strftime("%Y-%m-%d %H:%M")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their columns; on a terminal as wide as it is, elsewhere as wide as they are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    count = 0
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
        count += 1
    if not count:
        return
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = 1000
    console.print(table)
