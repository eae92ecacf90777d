"""What `city` and `me` answer: the catalogue itself, and the caller."""

from enum import Enum

import strawberry

from resolvers.provenance import State
from resolvers.records import Level
from resolvers.scalars import Date, DateTime


@strawberry.type(description="A kind of identifier.")
class Scheme:
    name: str = strawberry.field(description='Complete name, the part before the colon of an identifier ("nyc.bbl").')
    title: str | None = strawberry.field(description="What it is called.")
    entity: str = strawberry.field(description="What it identifies: Address, Business or Person.")
    level: Level = strawberry.field(description="Which level it identifies.")
    example: str | None = strawberry.field(description="A well-formed value.")


@strawberry.type(description="Whether a source answers, as far as the gateway has asked.")
class Health:
    state: State | None = strawberry.field(description="OK or UNAVAILABLE at the last call; null before the first.")
    answered_at: DateTime | None = strawberry.field(description="When it last answered.")
    failed_at: DateTime | None = strawberry.field(description="When it last failed to.")
    code: str | None = strawberry.field(description="Why it failed, while it does.")


@strawberry.type(description="How good the identifiers of a dataset are, in the rows that came by since the start.")
class KeyQuality:
    scheme: str = strawberry.field(description="The kind of identifier.")
    seen: int = strawberry.field(description="Rows that were looked at; one that came twice counts twice.")
    missing: int = strawberry.field(description="Rows without one.")
    refused: int = strawberry.field(description="Rows whose text is no identifier of the kind.")
    unconfirmed: int = strawberry.field(description="Typed by applicants, and confirmed by no second fact.")


@strawberry.type(description="One table or resource of an agency.")
class Dataset:
    name: str = strawberry.field(description='Complete name ("dof.rolling_sales").')
    title: str = strawberry.field(description="Title.")
    description: str | None = strawberry.field(description="What a row is.")
    agency: str = strawberry.field(description="The agency's short name.")
    licence: str | None = strawberry.field(description="Terms of use.")
    cadence: str | None = strawberry.field(description="How often the agency renews it.")
    as_of: Date | None = strawberry.field(description="The day up to which it goes, where the catalogue knows.")
    late: bool | None = strawberry.field(description="Whether it is older than its cadence promises; null if unknown.")
    covers: str | None = strawberry.field(description="Which part of the city it covers; null for all.")
    sections: list[str] = strawberry.field(description='The fields that it feeds ("Address.sales").')
    keys: list[str] = strawberry.field(description="The schemes that its rows are found by, in order.")
    access: str | None = strawberry.field(description="The scope that it needs; null if public.")
    health: Health = strawberry.field(description="Whether its source answers.")
    key_quality: list[KeyQuality] = strawberry.field(
        description="What was seen of the identifiers of businesses in its rows, while they were compared."
    )


@strawberry.type(description="An agency of the city.")
class Agency:
    id: strawberry.ID = strawberry.field(description="Its name in the catalogue.")
    name: str = strawberry.field(description="Full name.")
    short: str = strawberry.field(description="Short name, as provenance has it.")
    steward: str | None = strawberry.field(description="Whom to ask about its data.")
    datasets: list[Dataset] = strawberry.field(description="Its datasets.")


@strawberry.type(description="The city that this gateway serves.")
class City:
    name: str = strawberry.field(description="Its name.")
    time_zone: str = strawberry.field(description="IANA name of its time zone.")
    currency: str = strawberry.field(description="ISO 4217 code of its currency.")
    agencies: list[Agency] = strawberry.field(description="Its agencies.")
    datasets: list[Dataset] = strawberry.field(description="All datasets of all agencies.")
    schemes: list[Scheme] = strawberry.field(description="All kinds of identifiers.")


@strawberry.enum(description="Whether a caller gets something.")
class Allowed(Enum):
    """Decided before anything is fetched."""

    YES = strawberry.enum_value("YES", description="All of it.")
    PARTLY = strawberry.enum_value(
        "PARTLY", description="Some rows or some values: decided row by row, or record by record."
    )
    COUNTS = strawberry.enum_value("COUNTS", description="How many there are, not the records.")
    NO = strawberry.enum_value("NO", description="Nothing of it.")


@strawberry.type(description="What the caller gets of a column, if it is asked for the same way.")
class ColumnRight:
    name: str = strawberry.field(description="The column.")
    allowed: Allowed = strawberry.field(description="Whether it is shown.")
    rule: str | None = strawberry.field(description="The rule that denies it, all or in part.")
    reason: str | None = strawberry.field(description="Why.")
    remedy: str | None = strawberry.field(description="What to do to get it.")


@strawberry.type(description="What the caller gets of a dataset, if it is asked for the same way.")
class DatasetRight:
    name: str = strawberry.field(description='Complete name ("dof.rolling_sales").')
    allowed: Allowed = strawberry.field(description="Whether its records are shown.")
    rule: str | None = strawberry.field(description="The rule that denies it.")
    reason: str | None = strawberry.field(description="Why.")
    remedy: str | None = strawberry.field(description="What to do to get it.")
    sections: list[str] = strawberry.field(description='The fields that it feeds ("Address.sales").')
    columns: list[ColumnRight] = strawberry.field(description="Its columns.")


@strawberry.type(description="A purpose for which an agreement opens data.")
class Purpose:
    name: str = strawberry.field(description="What a request names, with a reference.")
    term: str = strawberry.field(description="Its term of the W3C Data Privacy Vocabulary.")


@strawberry.type(description="The agreement in force for the caller.")
class MyAgreement:
    id: strawberry.ID = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="Which version of it.")
    title: str = strawberry.field(description="What it is about.")
    parties: list[str] = strawberry.field(description="Between whom.")
    legal_basis: str = strawberry.field(description="By which law.")
    purposes: list[Purpose] = strawberry.field(description="For what.")
    starts: Date = strawberry.field(description="Its first day.")
    ends: Date | None = strawberry.field(description="Its last day; null for none.")
    contact: str = strawberry.field(description="Whom to ask about it.")
    obligations: list[str] = strawberry.field(description="What the caller has promised.")
    rate: float | None = strawberry.field(description="Requests a second; null for no bound of its own.")
    requests_per_day: int | None = strawberry.field(description="Requests a day; null for no bound.")
    cost_per_day: int | None = strawberry.field(description="Units of cost a day; null for no bound.")
    request_cost: int | None = strawberry.field(description="What one request may cost; null for no bound.")


@strawberry.type(description="How many requests asked an agency.")
class AgencyUsage:
    agency: str = strawberry.field(description="The agency's name in the catalogue.")
    requests: int = strawberry.field(description="Requests that asked it.")


@strawberry.type(description="What the caller's key asked on one day of the city.")
class UsageDay:
    day: Date = strawberry.field(description="The day.")
    requests: int = strawberry.field(description="Requests.")
    cost: int = strawberry.field(description="Units of cost, as estimated before they were answered.")
    rows: int = strawberry.field(description="Rows that agencies gave.")
    denied: int = strawberry.field(description="Requests of which something was denied.")
    refused: int = strawberry.field(description="Requests beyond a rate or a quota.")
    agencies: list[AgencyUsage] = strawberry.field(description="Whom they asked.")


@strawberry.type(description="Who is asking, and what it may see.")
class Me:
    name: str = strawberry.field(description="The caller's name; `anonymous` without one.")
    scopes: list[str] = strawberry.field(description="What the caller may see beyond public columns.")
    key: str | None = strawberry.field(description="The public part of the key or the token's subject.")
    admin: bool = strawberry.field(description="Whether the caller manages keys and pauses agencies.")
    agreement: MyAgreement | None = strawberry.field(description="The agreement in force; null without one.")
    purpose: str | None = strawberry.field(description="The purpose that this request names.")
    rights: list[DatasetRight] = strawberry.field(
        description="What it would get of every dataset, for the purpose and reference of this request."
    )
    usage: list[UsageDay] = strawberry.field(description="What its key asked, the latest day first; a month at most.")
