"""What administrators do by GraphQL: keys of partners, and pauses of agencies.

Declared here; the work is done by the gateway's `Administration`, which comes as the context of
the execution: None for a caller who is no administrator.
"""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry
from graphql import GraphQLError
from strawberry import UNSET
from strawberry.types.arguments import StrawberryArgumentAnnotation

from resolvers.scalars import DateTime

FIRST_KEYS = 100


@strawberry.enum(description="Whether a key opens anything.")
class KeyState(Enum):
    """Of the moment at which it is asked for."""

    VALID = strawberry.enum_value("valid", description="It is accepted.")
    EXPIRING = strawberry.enum_value("expiring", description="It is accepted, and ends within two weeks.")
    ROTATING = strawberry.enum_value("rotating", description="It and its former secret are accepted.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over.")
    REVOKED = strawberry.enum_value("revoked", description="It was taken back.")


@strawberry.type(description="A partner's key, without its secret.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="Its public part, as the record of look-ups has it.")
    prefix: str = strawberry.field(description="How the key begins, to tell keys apart in support.")
    name: str = strawberry.field(description="What it was called when it was made.")
    state: KeyState = strawberry.field(description="Whether it is accepted.")
    agreement: str | None = strawberry.field(description="The agreement that it belongs to; null for none.")
    admin: bool = strawberry.field(description="Whether it may manage keys and pause agencies.")
    networks: list[str] = strawberry.field(description="The networks that it is accepted from; empty for any.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="Who made it.")
    changed_by: str = strawberry.field(description="Who changed it last.")
    expires_at: DateTime | None = strawberry.field(description="When it ends; null for never.")
    former_until: DateTime | None = strawberry.field(description="Until when its former secret is accepted too.")
    used_at: DateTime | None = strawberry.field(description="When it was last used, to the minute or so.")


@strawberry.type(description="A key that was just made, or whose secret is new.")
class NewApiKey:
    key: ApiKey = strawberry.field(description="The key.")
    secret: str = strawberry.field(description="The whole key, as its holder sends it. It is never shown again.")


@strawberry.type(description="Whether an agency is asked at all.")
class AgencyPause:
    agency: strawberry.ID = strawberry.field(description="The agency's name in the catalogue.")
    paused: bool = strawberry.field(description="Whether nobody asks it now, on any worker, within a second.")
    reason: str | None = strawberry.field(description="Why, as callers read it.")
    since: DateTime | None = strawberry.field(description="Since when.")


class Administration(Protocol):
    """What the mutations work with: made for one administrator, whose name its records bear.

    Every method raises `GraphQLError` with a code (NOT_FOUND, BAD_ARGUMENT, UNAVAILABLE) that says
    what to do. Keys are told apart by their id. Moments are aware.
    """

    async def keys(self, agreement: str | None, first: int, id_after: str | None) -> list[ApiKey]:
        """Keys in the order of their ids, at most `first` of those whose id comes after `id_after`."""
        ...

    async def create_key(
        self,
        name: str,
        agreement: str | None,
        *,
        admin: bool,
        expires_at: datetime | None,
        networks: list[str],
    ) -> NewApiKey:
        """A new key. `networks` are addresses or CIDR blocks."""
        ...

    async def rotate_key(self, key: str, overlap_hours: int) -> NewApiKey:
        """A new secret for a key; the old one is accepted for that many hours yet."""
        ...

    async def revoke_key(self, key: str) -> ApiKey:
        """The key, no longer accepted."""
        ...

    async def pause_agency(self, agency: str, reason: str | None) -> AgencyPause:
        """The agency, no longer asked."""
        ...

    async def resume_agency(self, agency: str) -> AgencyPause:
        """The agency, asked again."""
        ...


Info = strawberry.Info[Administration | None, None]


def granted(administration: Administration | None) -> Administration:
    """The caller's administration. Raises a `GraphQLError` DENIED where it has none."""
    if administration is None:
        raise GraphQLError(
            "Denied by rule “administrators”: keys and pauses are for administrators; ask with a key made by "
            "`citygraph keys create --admin`.",
            extensions={"code": "DENIED", "rule": "administrators"},
        )
    return administration


async def keys_of(
    administration: Administration | None, agreement: str | None, first: int, id_after: str | None
) -> list[ApiKey]:
    """What `keys` answers."""
    return await granted(administration).keys(agreement, first, id_after)


def _argument(description: str) -> StrawberryArgumentAnnotation:
    return strawberry.argument(description=description)


_KeyId = Annotated[strawberry.ID, _argument("The key's id.")]
_AgencyId = Annotated[strawberry.ID, _argument("The agency's name in the catalogue.")]
_Agreement = Annotated[
    strawberry.ID | None, _argument("The agreement that it belongs to; without one it opens public data.")
]
_Networks = Annotated[
    list[str] | None, _argument("Addresses or blocks (CIDR) that it is accepted from; any without it.")
]
_Reason = Annotated[str | None, _argument("Why, as callers read it.")]


async def _create_key(
    info: Info,
    name: Annotated[str, _argument("What to call it: the partner, and what for.")],
    agreement: _Agreement = UNSET,
    admin: Annotated[bool, _argument("Whether it may manage keys and pause agencies.")] = False,
    expires_at: Annotated[DateTime | None, _argument("When it ends; a year from now without it.")] = UNSET,
    networks: _Networks = UNSET,
) -> NewApiKey | None:
    return await granted(info.context).create_key(
        name, agreement or None, admin=admin, expires_at=expires_at or None, networks=networks or []
    )


async def _rotate_key(
    info: Info,
    id: _KeyId,
    overlap_hours: Annotated[int, _argument("For how many hours the old secret is accepted too.")] = 168,
) -> NewApiKey | None:
    return await granted(info.context).rotate_key(id, overlap_hours)


async def _revoke_key(info: Info, id: _KeyId) -> ApiKey | None:
    return await granted(info.context).revoke_key(id)


async def _pause_agency(info: Info, agency: _AgencyId, reason: _Reason = UNSET) -> AgencyPause | None:
    return await granted(info.context).pause_agency(agency, reason or None)


async def _resume_agency(info: Info, agency: _AgencyId) -> AgencyPause | None:
    return await granted(info.context).resume_agency(agency)


@strawberry.type(description="What administrators may change.")
class Mutation:
    """Every field is nullable: one that fails takes no secret of another away."""

    create_key: NewApiKey | None = strawberry.mutation(
        resolver=_create_key, description="Make a key. Its secret is in this answer and nowhere else."
    )
    rotate_key: NewApiKey | None = strawberry.mutation(
        resolver=_rotate_key, description="Give a key a new secret. The old one is accepted for a while."
    )
    revoke_key: ApiKey | None = strawberry.mutation(
        resolver=_revoke_key, description="Take a key back. No worker accepts it after a second."
    )
    pause_agency: AgencyPause | None = strawberry.mutation(
        resolver=_pause_agency, description="Ask an agency nothing more, until it is resumed."
    )
    resume_agency: AgencyPause | None = strawberry.mutation(resolver=_resume_agency, description="Ask an agency again.")


TYPES = frozenset({"Mutation", "ApiKey", "NewApiKey", "AgencyPause", "KeyState"})
"""The names that this adds to every city's schema."""
