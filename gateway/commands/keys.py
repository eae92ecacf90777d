"""`citygraph keys`: the API keys of a gateway."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import click
import orjson

from gateway.commands.stored import json_option, moment, operator, print_table, settings_pepper, settings_store
from gateway.policy.keys import Issued, KeyRefused, Record, Register

_DAYS = re.compile(r"(\d{1,5})d")
_DURATION = re.compile(r"(\d{1,5})(d|h|m)|0")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_SHOWN = ("prefix", "name", "agreement", "admin", "networks", "created", "created_by", "changed_by", "expires", "used")

Result = TypeVar("Result")


@click.group(
    epilog="""\b
Examples:
  citygraph keys create "Benefits office" --agreement benefits-office --expires 365d
  citygraph keys list
  citygraph keys rotate cg_k3v9x0aa --overlap 14d
  citygraph keys revoke cg_k3v9x0aa

The store and the secret for hashes are settings: CITYGRAPH_STORE, CITYGRAPH_PEPPER.
"""
)
def keys() -> None:
    """Make, list, rotate and revoke API keys. Running gateways follow within a second."""


@keys.command(
    epilog="""\b
Examples:
  citygraph keys create "Benefits office" --agreement benefits-office
  citygraph keys create "City administrators" --admin --expires 90d --from 192.0.2.0/24
"""
)
@click.argument("name")
@click.option("--agreement", metavar="ID", help="The agreement that it belongs to; without one: public data only.")
@click.option("--admin", is_flag=True, help="It may manage keys and pause agencies.")
@click.option(
    "--expires",
    default="365d",
    show_default=True,
    metavar="WHEN",
    help='"90d", "2027-12-31" (its last day, UTC) or "never".',
)
@click.option(
    "--from", "networks", multiple=True, metavar="NETWORK", help="Valid from these addresses only; repeatable."
)
@json_option
def create(
    name: str, agreement: str | None, admin: bool, expires: str, networks: tuple[str, ...], as_json: bool
) -> None:
    """Make a key called NAME and show its secret, this once."""
    now = datetime.now(UTC)
    end = _end(expires, now)

    async def make(register: Register) -> Issued:
        return await register.create(
            name,
            by=operator(),
            now=now,
            agreement=agreement,
            admin=admin,
            expires=end,
            from_networks=networks,
        )

    _show_issued(_run(make), now, as_json)


@keys.command(
    "list",
    epilog="""\b
Examples:
  citygraph keys list
  citygraph keys list --all --json
""",
)
@click.option("--all", "every", is_flag=True, help="Expired and revoked keys too.")
@json_option
def list_(every: bool, as_json: bool) -> None:
    """List keys with their state and last use, never a secret."""
    now = datetime.now(UTC)
    records = [each for each in _run(lambda r: r.list()) if every or each.state(now) not in ("expired", "revoked")]
    if as_json:
        click.echo(orjson.dumps([_described(each, now) for each in records], option=orjson.OPT_INDENT_2).decode())
    elif records:
        columns = ("Key", "State", "Name", "Agreement", "Rights", "From", "Expires", "Last use")
        print_table(columns, (_row(each, now) for each in records))
    else:
        click.echo("There are no keys." if every else "There are no valid keys; see --all.", err=True)


@keys.command(
    epilog="""\b
Examples:
  citygraph keys rotate cg_k3v9x0aa
  citygraph keys rotate cg_k3v9x0aa --overlap 0
"""
)
@click.argument("key")
@click.option(
    "--overlap",
    default="7d",
    show_default=True,
    metavar="TIME",
    help='How long the former secret is valid: "14d", "2h", "0".',
)
@click.option("--expires", metavar="WHEN", help='As for "create"; without it, as long as the secret before.')
@json_option
def rotate(key: str, overlap: str, expires: str | None, as_json: bool) -> None:
    """Make a new secret for KEY (like cg_k3v9x0aa) and show it, this once."""
    now = datetime.now(UTC)
    both = _overlap(overlap)
    end = None if expires is None else _end(expires, now)
    if expires is not None and end is None:
        raise click.UsageError('rotation gives an end or leaves the term as it is; for "never" make a new key')
    issued = _run(lambda register: register.rotate(key, by=operator(), now=now, overlap=both, expires=end))
    _show_issued(issued, now, as_json)


@keys.command(
    epilog="""\b
Examples:
  citygraph keys revoke cg_k3v9x0aa
"""
)
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
def revoke(keys: tuple[str, ...]) -> None:
    """End keys (like cg_k3v9x0aa) and all of their secrets for good."""
    now = datetime.now(UTC)

    async def end(register: Register) -> None:
        for key in keys:
            record = await register.revoke(key, by=operator(), now=now)
            click.echo(f"{record.prefix} ({record.name}) is revoked; every gateway refuses it within a second.")

    _run(end)


def _run(change: Callable[[Register], Awaitable[Result]]) -> Result:
    pepper = settings_pepper()

    async def within() -> Result:
        async with settings_store() as store:
            try:
                return await change(Register(store, pepper))
            except KeyRefused as error:
                raise click.ClickException(str(error)) from None

    return asyncio.run(within())


def _end(text: str, now: datetime) -> datetime | None:
    if text == "never":
        return None
    if match := _DAYS.fullmatch(text):
        return now + timedelta(days=int(match[1]))
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(
            f'--expires takes days ("90d"), a date ("2027-12-31") or "never"; got {text!r}'
        ) from None


def _overlap(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise click.UsageError(f'--overlap takes a time with its unit ("14d", "2h", "30m") or "0"; got {text!r}')
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match[1] else timedelta(0)


def _show_issued(issued: Issued, now: datetime, as_json: bool) -> None:
    record = issued.record
    if as_json:
        shown = {**_described(record, now), "secret": issued.secret}
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    else:
        lines = [
            ("Key", record.prefix),
            ("Name", record.name),
            ("Agreement", record.agreement or "none"),
            ("Expires", moment(record.expires, "never")),
            ("Secret", issued.secret),
        ]
        for label, value in lines:
            click.echo(f"{label:<10} {value}")
    if record.former_until is not None and record.former_until > now:
        click.echo(f"The secret before is valid until {moment(record.former_until)} UTC.", err=True)
    click.echo("The secret is shown this once: the gateway keeps only its hash.", err=True)


def _row(record: Record, now: datetime) -> tuple[str, ...]:
    return (
        record.prefix,
        record.state(now),
        record.name,
        record.agreement or "none",
        "administrator" if record.admin else "",
        " ".join(record.networks) or "anywhere",
        moment(record.expires, "never"),
        moment(record.used, "never"),
    )


def _described(record: Record, now: datetime) -> Mapping[str, Any]:
    values: dict[str, Any] = {name: getattr(record, name) for name in _SHOWN}
    return {**values, "state": record.state(now), "rotated": record.rotated, "former_until": record.former_until}
