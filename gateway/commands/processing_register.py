"""`citygraph processing-register`: who gets which personal data, why, by which law, for how long."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click
import orjson

from gateway.commands.agreements import files_option, read_agreements
from gateway.commands.opening import city_option, open_city
from gateway.policy.agreements.register import Processing, Recipient
from gateway.policy.agreements.register import processing_register as made

_CSV = (
    ("dataset", "title", "agency", "contact", "personal_columns", "dataset_purposes", "retention"),
    ("agreement", "version", "recipient", "recipient_contact", "legal_basis", "purposes", "columns", "rows"),
    ("counts_only", "starts", "ends", "log_kept_days"),
)


@click.command(
    "processing-register",
    epilog="""\b
Examples:
  citygraph processing-register --city cities/demo
  citygraph processing-register --city cities/demo --format csv > register.csv
""",
)
@city_option
@files_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="For people, for programs, or for spreadsheets.",
)
def processing_register(directory: Path, folder: Path | None, form: str) -> None:
    """Print the register of processing activities (GDPR Art. 30) of a city.

    Every dataset with personal data: whose it is, what is personal, how long it is shown, and who
    gets it today under which agreement, law and purpose. With --agreements from these files,
    otherwise from the agreements that gateways hold to.
    """
    city = open_city(directory)
    book = read_agreements(directory, folder, city)
    click.echo(_FORMS[form](made(city, book.all(), book.today())), nl=False)


def _json(register: Iterable[Processing]) -> str:
    return orjson.dumps(list(register), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _csv(register: Iterable[Processing]) -> str:
    """One line a dataset and recipient; a dataset that nobody gets has one line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for names in _CSV for name in names])
    for each in register:
        about = [each.dataset, each.title, each.agency, each.contact]
        about += ["; ".join(each.personal), "; ".join(each.purposes), each.retention]
        for cells in [_cells(recipient) for recipient in each.recipients] or [[""] * 12]:
            writer.writerow([*about, *cells])
    return text.getvalue()


def _cells(recipient: Recipient) -> list[str]:
    return [
        recipient.agreement,
        str(recipient.version),
        "; ".join(recipient.parties[1:] or recipient.parties),
        recipient.contact,
        recipient.legal_basis,
        "; ".join(recipient.purposes),
        "; ".join(recipient.columns),
        recipient.rows,
        "yes" if recipient.counts_only else "no",
        recipient.starts.isoformat(),
        recipient.ends.isoformat() if recipient.ends else "",
        str(recipient.log_kept_days or ""),
    ]


def _text(register: Iterable[Processing]) -> str:
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in register)


def _lines(each: Processing) -> Iterator[str]:
    yield f"{each.dataset} – {each.title}"
    yield f"  agency      {each.agency}{f', {each.contact}' if each.contact else ''}"
    yield f"  personal    {', '.join(each.personal) or 'by its identifiers only'}"
    yield f"  purposes    {', '.join(each.purposes) or 'any of an agreement'}"
    yield f"  retention   {each.retention or 'as long as the agency keeps it'}"
    if not each.recipients:
        yield "  recipients  none"
    for recipient in each.recipients:
        yield f"  recipient   {', '.join(recipient.parties[1:] or recipient.parties)}, {recipient.contact}"
        until = f"{recipient.starts} to {recipient.ends}" if recipient.ends else f"since {recipient.starts}"
        yield f"    agreement    {recipient.agreement}, version {recipient.version}, {until}"
        yield f"    legal basis  {recipient.legal_basis}"
        yield f"    purposes     {', '.join(recipient.purposes)}"
        yield f"    data         {'counts only' if recipient.counts_only else ', '.join(recipient.columns)}"
        yield f"    rows         {recipient.rows or 'all'}"
        kept = f"{recipient.log_kept_days} days" if recipient.log_kept_days else "by the city's rule"
        yield f"    look-ups     recorded, kept {kept}"


_FORMS: Mapping[str, Callable[[Iterable[Processing]], str]] = {"text": _text, "json": _json, "csv": _csv}
