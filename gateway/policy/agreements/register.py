"""The register of processing activities (GDPR Art. 30): which dataset holds personal data, who gets
it, why, by which law, and for how long; from the catalogue and the agreements in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from adapters.base import AllOf, AnyOf, Compare, Filter, Op
from gateway.policy.agreements.binding import personal_columns
from gateway.policy.permits import Permits, Profile
from gateway.policy.terms import Agreement
from resolvers.city import City, Table

_OPERATORS = {Op.EQ: "is", Op.NE: "is not", Op.IN: "in", Op.NOT_IN: "not in", Op.LT: "<", Op.LTE: "<=", Op.GT: ">"}
_OPERATORS |= {Op.GTE: ">=", Op.STARTS_WITH: "starts with"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A partner that may see personal data of a dataset, or count it.

    `purposes` are "name (term)". `rows` says which rows in words, "" for all. `log_kept_days` is
    how long the record of its look-ups is kept, None where the city's own rule holds.
    """

    agreement: str
    version: int
    title: str
    parties: tuple[str, ...]
    contact: str
    legal_basis: str
    purposes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: str
    counts_only: bool
    starts: date
    ends: date | None
    log_kept_days: int | None


@dataclass(frozen=True, slots=True)
class Processing:
    """A dataset with personal data. `retention` is "" where the agency names none."""

    dataset: str
    title: str
    agency: str
    contact: str
    personal: tuple[str, ...]
    purposes: tuple[str, ...]
    retention: str
    recipients: tuple[Recipient, ...]


def processing_register(city: City, agreements: Iterable[Agreement], day: date) -> tuple[Processing, ...]:
    """Every dataset with personal data, by name, with those who may see it on a day."""
    in_force = [each for each in agreements if each.in_force(day)]
    concerned = (table for name, table in sorted(city.tables.items()) if _concerned(table, city))
    return tuple(_processing(table, city, in_force) for table in concerned)


def _concerned(table: Table, city: City) -> bool:
    persons = any(city.schemes[key.scheme].entity == "Person" for key in table.keys if key.scheme in city.schemes)
    return bool(personal_columns(table)) or persons or bool(table.protect and table.protect.purposes)


def _processing(table: Table, city: City, agreements: list[Agreement]) -> Processing:
    agency = city.agencies[table.agency]
    recipients = (_recipient(table, city, each) for each in agreements)
    return Processing(
        dataset=table.name,
        title=table.title,
        agency=agency.name,
        contact=agency.steward or "",
        personal=personal_columns(table),
        purposes=table.protect.purposes if table.protect else (),
        retention=_retention(table),
        recipients=tuple(each for each in recipients if each is not None),
    )


def _retention(table: Table) -> str:
    terms = table.protect
    return f"{terms.retain_days} days after {terms.retain_by}" if terms and terms.retain_days else ""


def _recipient(table: Table, city: City, agreement: Agreement) -> Recipient | None:
    """What the agreement opens, as the engine would decide on a request with purpose and reference."""
    opened: dict[str, None] = {}
    purposes = []
    reached = False
    for name, term in agreement.purposes.items():
        permits = Permits(city, Profile(agreement=agreement, purpose=name, referenced=True))
        columns = [each for each in personal_columns(table) if _sees(permits, table, each)]
        if columns or permits.counts(table):
            purposes.append(f"{name} ({term})")
            opened.update(dict.fromkeys(columns))
            reached = True
    if not reached:
        return None
    grant = agreement.grants.get(table.name)
    return Recipient(
        agreement=agreement.id,
        version=agreement.version,
        title=agreement.title,
        parties=agreement.parties,
        contact=agreement.contact,
        legal_basis=agreement.legal_basis,
        purposes=tuple(purposes),
        columns=tuple(opened),
        rows=" and ".join(map(_words, grant.rows)) if grant else "",
        counts_only=not opened,
        starts=agreement.starts,
        ends=agreement.ends,
        log_kept_days=agreement.kept.days if agreement.kept else None,
    )


def _sees(permits: Permits, table: Table, column: str) -> bool:
    return permits.column(table, column) is None and permits.persons(table, column) is None


def _words(condition: Filter) -> str:
    """A condition in words, for people."""
    match condition:
        case AllOf(parts):
            return "(" + " and ".join(map(_words, parts)) + ")"
        case AnyOf(parts):
            return "(" + " or ".join(map(_words, parts)) + ")"
        case Compare(column, Op.IS_NULL, value):
            return f"{column} is {'' if value else 'not '}empty"
        case Compare(column, op, value):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            return f"{column} {_OPERATORS[op]} {shown}"
