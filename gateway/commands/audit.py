"""`citygraph audit`: the record of look-ups proven, searched, exported and, in time, relieved of details."""

import csv
import sys
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from gateway.commands.audit_log import Period, log_option, records_of, search_options
from gateway.commands.audit_reports import agency, partner, subject
from gateway.commands.opening import settings_of_environment
from gateway.commands.stored import json_option, print_table
from gateway.policy.audit.described import COLUMNS, described
from gateway.policy.audit.entries import Record
from gateway.policy.audit.expiring import expire as expire_details
from gateway.policy.audit.findings import ChainState
from gateway.policy.audit.log import AuditFailed
from gateway.policy.audit.places import Places, segments_in
from gateway.policy.audit.signing import BadKey, PublicKey
from gateway.policy.audit.verifying import verify as verify_log


@click.group(
    epilog="""\b
Examples:
  citygraph audit verify
  citygraph audit search --agreement benefits-office --since 2026-11-01
  citygraph audit subject hbt.resident:100000007
  citygraph audit expire

The log and the secret for hashes are settings: CITYGRAPH_AUDIT, CITYGRAPH_PEPPER.
"""
)
def audit() -> None:
    """Prove, search and report who asked what, why, and what came of it."""


@audit.command(
    epilog="""\b
Examples:
  citygraph audit verify
  citygraph audit verify --log backup/audit --checkpoints vault/audit-checkpoints

\b
Exit code: 0 the log is what was written, 1 it is not, 2 wrong usage.
"""
)
@log_option
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The second place of the checkpoints. [default: beside the log, DIR-checkpoints]",
)
@click.option("--key", metavar="KEY", help="The log's public key as it was noted down. [default: signing.pub]")
@json_option
def verify(log: Path | None, checkpoints: Path | None, key: str | None, as_json: bool) -> None:
    """Find every edit, gap, truncation and lost file, with file and line."""
    places = Places.of(log or settings_of_environment().audit, checkpoints)
    try:
        found = verify_log(places, PublicKey.parse(key) if key else None)
    except (BadKey, OSError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(orjson.dumps({"sound": found.sound, **described(found)}, option=orjson.OPT_INDENT_2).decode())
    else:
        for finding in found.findings:
            click.echo(str(finding))
        for chain in found.chains:
            click.echo(_chain_line(chain))
        click.echo(f"{found.log}: {found.entries} entries, {_problems(len(found.findings))}.")
    if not segments_in(places.elsewhere):
        click.echo(
            f"There are no checkpoints in {places.elsewhere}: who cuts the log and its own checkpoints leaves no "
            "trace. Name the second place with --checkpoints.",
            err=True,
        )
    if not found.sound:
        raise SystemExit(1)


def _problems(count: int) -> str:
    return "no problems" if not count else f"{count} {'problem' if count == 1 else 'problems'}"


def _chain_line(chain: ChainState) -> str:
    signed = f"signed up to {chain.signed} at {chain.signed_at}" if chain.signed_at else "not signed"
    parts = [f"chain {chain.chain}: entries up to {chain.last}", signed]
    if chain.last > chain.signed:
        parts.append(f"{chain.last - chain.signed} after the last checkpoint are chained, not signed")
    if chain.expired:
        parts.append(f"details of {chain.expired} removed")
    if chain.unfinished:
        parts.append(f"an unfinished line of {chain.unfinished} bytes at the end")
    if chain.open:
        parts.append("in use")
    return ", ".join(parts)


@audit.command(
    epilog="""\b
Examples:
  citygraph audit search --outcome denied --since 2026-11-22
  citygraph audit search --subject hbt.resident:100000007 --json
"""
)
@search_options
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many, the newest.")
@json_option
def search(log: Path | None, limit: int, as_json: bool, **wanted: Any) -> None:
    """Look-ups that fit every option, as they were written; for the operator: nothing is held back."""
    count = 0
    shown: deque[Record] = deque(maxlen=limit)
    for record in records_of(log, wanted):
        shown.append(record)
        count += 1
    if as_json:
        click.echo(orjson.dumps([described(each) for each in shown], option=orjson.OPT_INDENT_2).decode())
        return
    columns = ("Time (UTC)", "Key", "Agreement", "Purpose", "Reference", "Outcome", "Fields", "Rows")
    print_table(columns, (_row(each) for each in shown))
    if count > limit:
        click.echo(f"The newest {limit} of {count}; see --limit, or citygraph audit export.", err=True)


def _row(record: Record) -> tuple[str, ...]:
    reference = (record.details.reference or "") if record.details else "(removed)"
    fields = ", ".join(record.fields)
    words = (record.key, record.agreement, record.purpose, reference, record.outcome, fields)
    return (record.when.strftime("%Y-%m-%d %H:%M:%S"), *(word or "" for word in words), str(record.rows))


@audit.command(
    epilog="""\b
Examples:
  citygraph audit export --since 2026-11-01 --until 2026-12-01 > november.jsonl
  citygraph audit export --agreement benefits-office --format csv > benefits.csv
"""
)
@search_options
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True, help="Form.")
def export(log: Path | None, form: str, **wanted: Any) -> None:
    """Print all look-ups that fit, one a line. Identifiers and addresses stay hashed."""
    if form == "jsonl":
        for record in records_of(log, wanted):
            click.echo(orjson.dumps(described(record)))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for record in records_of(log, wanted):
        values = described(record)
        writer.writerow([_cell(values[column]) for column in COLUMNS])


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    text = "" if value is None else str(value)
    # A spreadsheet must not take a client's words for a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@audit.command(
    epilog="""\b
Examples:
  citygraph audit expire
  citygraph audit expire --older-than 2y
"""
)
@log_option
@click.option(
    "--older-than", "older", type=Period(), help='Also of look-ups for which no time was agreed on: "90d", "2y".'
)
def expire(log: Path | None, older: timedelta | None) -> None:
    """Remove subjects, references and addresses whose time is over; run it once a day.

    Entries stay, and the log can still be verified: the removal is an entry of its own.
    """
    try:
        done = expire_details(Places.of(log or settings_of_environment().audit), older)
    except (BadKey, AuditFailed, OSError, ValueError) as error:
        raise click.ClickException(f"{error}; citygraph audit verify says what is wrong with the log") from None
    click.echo(f"Details of {done.entries} entries in {len(done.files)} files were removed.")


for command in (subject, agency, partner):
    audit.add_command(command)
