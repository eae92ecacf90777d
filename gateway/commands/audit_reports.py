"""`citygraph audit subject|agency|partner`: what the record of look-ups tells those whom it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson

from gateway.commands.audit_log import log_option, records_of, spelling_option, spelt, time_options
from gateway.commands.stored import json_option, moment, print_table
from gateway.policy.audit.described import described
from gateway.policy.audit.reports import Use, agency_report, partner_report, subject_report

K = TypeVar("K", bound=tuple[str | None, ...])


@click.command(
    epilog="""\b
Examples:
  citygraph audit subject hbt.resident:100000007
  citygraph audit subject - --city cities/demo --since 2026-01-01 --json < identifier.txt
"""
)
@click.argument("identifier")
@spelling_option
@time_options
@log_option
@json_option
def subject(
    identifier: str,
    directory: Path | None,
    since: datetime | None,
    until: datetime | None,
    log: Path | None,
    as_json: bool,
) -> None:
    """The report for whom IDENTIFIER is about: who asked, when, why, for what.

    - reads the identifier from standard input, which leaves no trace in the shell's history.
    Look-ups under an agreement with delayed disclosure are told when their time has come; the
    report never says whether there are any.
    """
    identifier = spelt(identifier, directory)
    wanted = {"since": since, "until": until, "subject": identifier}
    report = subject_report(records_of(log, wanted), datetime.now(UTC))
    if as_json:
        click.echo(orjson.dumps(described(report), option=orjson.OPT_INDENT_2).decode())
        return
    rows = (
        (moment(each.when), each.agreement or "none", each.purpose or "", each.outcome, ", ".join(each.fields))
        for each in report.look_ups
    )
    click.echo(f"Look-ups about {identifier}: {len(report.look_ups)}")
    print_table(("Time (UTC)", "Agreement", "Purpose", "Outcome", "Fields of the request"), rows)
    click.echo(report.later)


@click.command(
    epilog="""\b
Examples:
  citygraph audit agency health --since 2026-11-01
"""
)
@click.argument("name")
@time_options
@log_option
@json_option
def agency(name: str, since: datetime | None, until: datetime | None, log: Path | None, as_json: bool) -> None:
    """The report for agency NAME: who read its data, how much, denied how often."""
    report = agency_report(name, records_of(log, {"since": since, "until": until, "agency": name}))
    rows = [((agreement or "none", purpose or ""), use) for (agreement, purpose), use in _sorted(report.users)]
    _print_uses(("agreement", "purpose"), rows, as_json)


@click.command(
    epilog="""\b
Examples:
  citygraph audit partner benefits-office --since 2026-11-01
"""
)
@click.argument("agreement")
@time_options
@log_option
@json_option
def partner(agreement: str, since: datetime | None, until: datetime | None, log: Path | None, as_json: bool) -> None:
    """The report on AGREEMENT: what was asked under it, by day, purpose and key."""
    report = partner_report(agreement, records_of(log, {"since": since, "until": until, "agreement": agreement}))
    rows = [((day, purpose or "", key or ""), use) for (day, purpose, key), use in _sorted(report.uses)]
    _print_uses(("day", "purpose", "key"), rows, as_json)


def _sorted(uses: Mapping[K, Use]) -> list[tuple[K, Use]]:
    """By their key, none first."""
    return sorted(uses.items(), key=lambda each: tuple(word or "" for word in each[0]))


def _print_uses(names: tuple[str, ...], rows: Sequence[tuple[tuple[str, ...], Use]], as_json: bool) -> None:
    if as_json:
        shown = [{**dict(zip(names, words, strict=True)), **described(use)} for words, use in rows]
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    columns = (*(name.capitalize() for name in names), "Requests", "Denied", "Rows", "First (UTC)", "Last (UTC)")
    print_table(
        columns,
        (
            (*words, str(use.requests), str(use.denied), str(use.rows), moment(use.first), moment(use.last))
            for words, use in rows
        ),
    )
    if not rows:
        click.echo("There are no look-ups.", err=True)
