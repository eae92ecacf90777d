"""What `city` and `me` answer: the catalogue itself, and the caller."""

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


@strawberry.type(description="Who is asking.")
class Me:
    name: str = strawberry.field(description="The caller's name; `anonymous` without one.")
    scopes: list[str] = strawberry.field(description="What the caller may see beyond public columns.")
