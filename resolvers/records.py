"""`Record` and its kinds: the interfaces that records of every agency share.

A section's `kind` picks one of these; its `as` table says which of the agency's columns feed
the interface fields declared here. Each coded field has an enum of its own, the city's
vocabulary; an agency's code list maps to it with `is`, and what is not mapped is OTHER.
"""

import dataclasses
from enum import Enum
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry import enum_value

from adapters.base import ColumnType
from resolvers.provenance import RecordSource
from resolvers.scalars import Date, DateTime, Money

TEXT = frozenset({ColumnType.TEXT, ColumnType.PHONE, ColumnType.INT, ColumnType.YEAR})
DATES = frozenset({ColumnType.DATE, ColumnType.DATETIME})
AMOUNTS = frozenset({ColumnType.MONEY, ColumnType.INT, ColumnType.FLOAT})


@dataclasses.dataclass(frozen=True, slots=True)
class Role:
    """How an interface field is fed: the column types it takes, and whether it is coded."""

    types: frozenset[ColumnType]
    coded: bool = False


def fed(types: frozenset[ColumnType], description: str, *, coded: bool = False) -> Any:
    """An interface field that a column feeds through the section's `as` table."""
    return strawberry.field(description=description, metadata={"role": Role(types, coded)})


@strawberry.enum(description="What kind of record an agency keeps.")
class RecordKind(Enum):
    """One member for each interface below; its value is the interface's name."""

    VIOLATION = enum_value("Violation", description="A breach of a rule.")
    PERMIT = enum_value("Permit", description="Leave to build, use or occupy.")
    INSPECTION = enum_value("Inspection", description="A visit of an inspector.")
    LICENCE = enum_value("Licence", description="Leave to carry on a trade.")
    COMPLAINT = enum_value("Complaint", description="Something reported to the city.")
    SALE = enum_value("Sale", description="A change of hands for money.")
    TRANSFER = enum_value("Transfer", description="A change of hands without a price.")
    LIEN = enum_value("Lien", description="A secured debt.")
    REGISTRATION = enum_value("Registration", description="An entry that the law asks for.")
    EVICTION = enum_value("Eviction", description="An eviction.")
    CERTIFICATE = enum_value("Certificate", description="A certificate.")
    FILING = enum_value("Filing", description="An application.")
    PROJECT = enum_value("Project", description="Public works or a housing project.")


@strawberry.enum(description="What an entity or a record is about.")
class Level(Enum):
    """Levels of addresses (lot to unit), of businesses (company, site) and of persons."""

    LOT = enum_value("lot", description="A lot of land.")
    BUILDING = enum_value("building", description="A building.")
    PREMISES = enum_value("premises", description="A postal address.")
    UNIT = enum_value("unit", description="A unit within a building.")
    COMPANY = enum_value("company", description="A company as a whole.")
    SITE = enum_value("site", description="One place where a company trades.")
    PERSON = enum_value("person", description="A natural person.")


@strawberry.enum(description="Where a record stands, over all agencies.")
class StatusCategory(Enum):
    """OTHER where the agency's code is unknown or not mapped."""

    OPEN = enum_value("OPEN", description="Not dealt with yet.")
    ACTIVE = enum_value("ACTIVE", description="In force.")
    PENDING = enum_value("PENDING", description="Waiting for a decision.")
    CLOSED = enum_value("CLOSED", description="Dealt with.")
    EXPIRED = enum_value("EXPIRED", description="No longer in force.")
    REVOKED = enum_value("REVOKED", description="Taken back.")
    DENIED = enum_value("DENIED", description="Refused.")
    OTHER = enum_value("OTHER", description="A code that is unknown or not mapped.")


@strawberry.enum(description="How grave a violation is, over all agencies.")
class SeverityCategory(Enum):
    """OTHER where the agency's code is unknown or not mapped."""

    NONE = enum_value("NONE", description="No danger.")
    MINOR = enum_value("MINOR", description="Not serious.")
    SERIOUS = enum_value("SERIOUS", description="Serious.")
    HAZARDOUS = enum_value("HAZARDOUS", description="An immediate danger.")
    OTHER = enum_value("OTHER", description="A code that is unknown or not mapped.")


@strawberry.enum(description="How an inspection ended, over all agencies.")
class OutcomeCategory(Enum):
    """OTHER where the agency's code is unknown or not mapped."""

    PASSED = enum_value("PASSED", description="Nothing found that matters.")
    FAILED = enum_value("FAILED", description="Something found.")
    CLOSED = enum_value("CLOSED", description="Closed by the inspector.")
    PENDING = enum_value("PENDING", description="Not decided yet.")
    OTHER = enum_value("OTHER", description="A code that is unknown or not mapped.")


@strawberry.type(description="An agency's code for where a record stands.")
class StatusCode:
    code: str | None = strawberry.field(description="The code as the agency has it.")
    label: str | None = strawberry.field(description="The agency's words for the code; null where it is unknown.")
    category: StatusCategory = strawberry.field(description="The city's category of the code.")


@strawberry.type(description="An agency's code for how grave a violation is.")
class SeverityCode:
    code: str | None = strawberry.field(description="The code as the agency has it.")
    label: str | None = strawberry.field(description="The agency's words for the code; null where it is unknown.")
    category: SeverityCategory = strawberry.field(description="The city's category of the code.")


@strawberry.type(description="An agency's code for how an inspection ended.")
class OutcomeCode:
    code: str | None = strawberry.field(description="The code as the agency has it.")
    label: str | None = strawberry.field(description="The agency's words for the code; null where it is unknown.")
    category: OutcomeCategory = strawberry.field(description="The city's category of the code.")


@strawberry.type(description="A code of an agency that no shared vocabulary covers.")
class Code:
    code: str | None = strawberry.field(description="The code as the agency has it.")
    label: str | None = strawberry.field(description="The agency's words for the code; null where it is unknown.")
    category: str | None = strawberry.field(description="The category that the catalogue gives the code, if any.")


@strawberry.interface(description="Anything with an identifier that `node` accepts.")
class Node:
    id: strawberry.ID = strawberry.field(description="Identifier, accepted by `node`.")


@strawberry.interface(description="One row of an agency's dataset, with its provenance.")
class Record(Node):
    id: strawberry.ID = strawberry.field(description="Signed identifier, for `node`.")
    kind: RecordKind = strawberry.field(description="What kind of record it is.")
    title: str | None = fed(TEXT, "What the record is, in a line.")
    date: Date | None = fed(DATES, "The day the record is about.")
    until: Date | None = fed(DATES, "The last day it holds, for what expires.")
    status: StatusCode | None = fed(TEXT, "Where it stands.", coded=True)
    unit: str | None = fed(TEXT, "The unit within the building, as the agency writes it.")
    level: Level = strawberry.field(description="What the record is about: the lot, the building, the site …")
    changed_at: DateTime | None = strawberry.field(description="When the agency last changed it, where it says so.")
    source: RecordSource = strawberry.field(description="Where it comes from.")


@strawberry.interface(description="A breach of a rule that an agency found.")
class Violation(Record):
    severity: SeverityCode | None = fed(TEXT, "How grave it is.", coded=True)
    description: str | None = fed(TEXT, "What was found.")


@strawberry.interface(description="Leave to build, use or occupy.")
class Permit(Record):
    holder: str | None = fed(TEXT, "Who holds it; may name a person.")
    number: str | None = fed(TEXT, "The agency's number of the permit.")


@strawberry.interface(description="A visit of an inspector.")
class Inspection(Record):
    outcome: OutcomeCode | None = fed(TEXT, "How it ended.", coded=True)


@strawberry.interface(description="Leave to carry on a trade.")
class Licence(Record):
    holder: str | None = fed(TEXT, "Who holds it; may name a person.")
    number: str | None = fed(TEXT, "The agency's number of the licence.")


@strawberry.interface(description="What somebody reported to the city.")
class Complaint(Record):
    description: str | None = fed(TEXT, "What was reported.")


@strawberry.interface(description="A property that changed hands for money.")
class Sale(Record):
    amount: Money | None = fed(AMOUNTS, "The price, in the city's currency.")


@strawberry.interface(description="A property that changed hands without a price.")
class Transfer(Record):
    amount: Money | None = fed(AMOUNTS, "The consideration, in the city's currency.")


@strawberry.interface(description="A debt secured on a property or a business.")
class Lien(Record):
    amount: Money | None = fed(AMOUNTS, "The sum owed, in the city's currency.")


@strawberry.interface(description="An entry that the law asks an owner or a trade to make.")
class Registration(Record):
    holder: str | None = fed(TEXT, "Who is registered; may name a person.")
    number: str | None = fed(TEXT, "The agency's number of the registration.")


@strawberry.interface(description="An eviction that was carried out or ordered.")
class Eviction(Record):
    number: str | None = fed(TEXT, "The court's or the officer's number.")


@strawberry.interface(description="A certificate, for example of occupancy.")
class Certificate(Record):
    number: str | None = fed(TEXT, "The agency's number of the certificate.")


@strawberry.interface(description="An application that was filed.")
class Filing(Record):
    holder: str | None = fed(TEXT, "Who applied; may name a person.")
    number: str | None = fed(TEXT, "The agency's number of the filing.")


@strawberry.interface(description="Public works or a housing project.")
class Project(Record):
    number: str | None = fed(TEXT, "The agency's number of the project.")


KINDS: "MappingProxyType[str, type[Record]]" = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            Violation,
            Permit,
            Inspection,
            Licence,
            Complaint,
            Sale,
            Transfer,
            Lien,
            Registration,
            Eviction,
            Certificate,
            Filing,
            Project,
        )
    }
)
"""The kinds by name, as a section's `kind` and the schema have them."""

MERGED_FIELD = MappingProxyType(
    {name: ("inspections" if name == "Inspection" else name[0].lower() + name[1:] + "s") for name in KINDS}
)
"""The entity field that merges all sections of a kind ("Violation" -> "violations")."""

CATEGORIES: "MappingProxyType[str, type[Enum]]" = MappingProxyType(
    {"status": StatusCategory, "severity": SeverityCategory, "outcome": OutcomeCategory}
)
"""The enum of each coded interface field."""


def roles(kind: str | None) -> dict[str, Role]:
    """The interface fields that columns feed, by their python name, for a kind (None: none)."""
    if kind is None:
        return {}
    fields = KINDS[kind].__strawberry_definition__.fields  # type: ignore[attr-defined]
    return {f.python_name: f.metadata["role"] for f in fields if "role" in f.metadata}
