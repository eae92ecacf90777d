"""Where a value comes from and how every part of an answer fares."""

from enum import Enum

import strawberry

from resolvers.scalars import Date, DateTime


@strawberry.enum(description="How a part of an answer fares.")
class State(Enum):
    """OK says that the agency answered, perhaps with no record."""

    OK = strawberry.enum_value("OK", description="Answered, perhaps with no records.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="Answered, but something is known to be missing.")
    STALE = strawberry.enum_value("STALE", description="An earlier answer, because the agency did not give a new one.")
    DENIED = strawberry.enum_value("DENIED", description="The caller may not see it.")
    WITHHELD = strawberry.enum_value("WITHHELD", description="The agency keeps it confidential.")
    UNAVAILABLE = strawberry.enum_value("UNAVAILABLE", description="The agency did not answer.")
    NOT_COVERED = strawberry.enum_value(
        "NOT_COVERED", description="The dataset does not cover this place: absence is not zero."
    )


@strawberry.enum(description="Whether the city knows an entity.")
class Existence(Enum):
    """UNKNOWN where a register was down or does not cover the identifier."""

    CONFIRMED = strawberry.enum_value("CONFIRMED", description="A register or an agency's records know it.")
    UNKNOWN = strawberry.enum_value(
        "UNKNOWN", description="Nobody confirms it, but a register did not answer or does not cover it."
    )


@strawberry.type(description="Why a part is missing.")
class PartError:
    code: str = strawberry.field(description="Machine-readable reason, as in `errors[].extensions.code`.")
    message: str = strawberry.field(description="The reason in words.")
    retryable: bool = strawberry.field(description="Whether asking again may help.")
    retry_after: float | None = strawberry.field(description="Seconds to wait before asking again, if known.")


@strawberry.type(description="How one part of an entity fares, and where it comes from.")
class PartSource:
    field: str = strawberry.field(description="The field of the entity that this part feeds.")
    state: State = strawberry.field(description="How it fares.")
    agency: str = strawberry.field(description="The agency's short name.")
    dataset: str = strawberry.field(description="The dataset's name in the catalogue.")
    as_of: Date | None = strawberry.field(description="The day up to which the data goes, if the agency says so.")
    fetched_at: DateTime | None = strawberry.field(description="When the gateway asked the agency.")
    stale: bool = strawberry.field(description="Whether this is an earlier answer.")
    error: PartError | None = strawberry.field(description="Why it is missing, if it is.")


@strawberry.type(description="Where a record or a value comes from.")
class RecordSource:
    agency: str = strawberry.field(description="The agency's short name.")
    dataset: str = strawberry.field(description="The dataset's name in the catalogue.")
    record_url: str | None = strawberry.field(description="The record at the agency, where it has a page.")
    fetched_at: DateTime | None = strawberry.field(description="When the gateway asked the agency.")
    as_of: Date | None = strawberry.field(description="The day up to which the data goes, if the agency says so.")
    stale: bool = strawberry.field(description="Whether this is an earlier answer.")
