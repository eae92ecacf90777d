"""What administrators do by GraphQL, over the store: keys of partners and pauses of agencies.

The mutations themselves are declared in `resolvers.administration`, with the `Administration` that
they work with. One is made for each administrator, so that every change bears a name.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graphql import GraphQLError

from gateway.catalogue.problems import nearest
from gateway.policy.keys.key import Record
from gateway.policy.keys.register import TERM, Issued, KeyRefused, Register
from gateway.policy.limits.pauses import Pauses
from gateway.policy.pepper import WrongPepper
from gateway.store import StoreError
from resolvers.administration import Administration, AgencyPause, ApiKey, KeyState, NewApiKey

__all__ = ["Administration", "StoreAdministration"]

MOST_KEYS = 1_000
MOST_OVERLAP = 90 * 24
MOST_REASON = 200

log = logging.getLogger("citygraph.administration")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class StoreAdministration:
    """The `Administration` of one administrator, named `by` in what it changes ("key k3v9x0aa").

    `register` is None where the gateway has no pepper, and so no keys. `agencies` and `agreements`
    give the ids that there are at the moment.
    """

    by: str
    register: Register | None
    pauses: Pauses
    agencies: Callable[[], Iterable[str]]
    agreements: Callable[[], Iterable[str]]
    now: Callable[[], datetime] = _now

    async def keys(self, agreement: str | None, first: int, id_after: str | None) -> list[ApiKey]:
        """Keys in the order of their ids."""
        if not 0 < first <= MOST_KEYS:
            raise _refused(f"first takes a number from 1 to {MOST_KEYS}; ask for more with idAfter")
        with _told():
            records = sorted(await self._keys().list(), key=lambda record: record.id)
        found = [
            record
            for record in records
            if agreement in (None, record.agreement) and (id_after is None or record.id > id_after)
        ]
        return [self._key(record) for record in found[:first]]

    async def create_key(
        self,
        name: str,
        agreement: str | None,
        *,
        admin: bool,
        expires_at: datetime | None,
        networks: list[str],
    ) -> NewApiKey:
        """A new key; without an end given, for a year."""
        known = list(self.agreements())
        if agreement is not None and agreement not in known:
            raise _refused(f'there is no agreement "{agreement}"; {nearest(agreement, known, "see its files")}')
        now = self.now()
        with _told():
            issued = await self._keys().create(
                name,
                by=self.by,
                now=now,
                agreement=agreement,
                admin=admin,
                expires=expires_at or now + TERM,
                from_networks=networks,
            )
        return self._new(issued, "made")

    async def rotate_key(self, key: str, overlap_hours: int) -> NewApiKey:
        """A new secret for a key."""
        if not 0 <= overlap_hours <= MOST_OVERLAP:
            raise _refused(f"overlapHours takes a number from 0 to {MOST_OVERLAP}")
        with _told():
            overlap = timedelta(hours=overlap_hours)
            issued = await self._keys().rotate(key, by=self.by, now=self.now(), overlap=overlap)
        return self._new(issued, "rotated")

    async def revoke_key(self, key: str) -> ApiKey:
        """The key, no longer accepted."""
        with _told():
            record = await self._keys().revoke(key, by=self.by, now=self.now())
        log.info("the key %s is revoked by %s", record.prefix, self.by)
        return self._key(record)

    async def pause_agency(self, agency: str, reason: str | None) -> AgencyPause:
        """The agency, no longer asked."""
        self._check(agency)
        text = reason or ""
        if len(text) > MOST_REASON or not (text.isprintable() or not text):
            raise _refused(f"reason takes up to {MOST_REASON} printable characters")
        with _told():
            await self.pauses.pause(agency, self.now(), text, self.by)
            found = (await self.pauses.all()).get(agency)
        since = found.since if found else None
        return AgencyPause(agency=agency, paused=found is not None, reason=text or None, since=since)  # type: ignore[arg-type]

    async def resume_agency(self, agency: str) -> AgencyPause:
        """The agency, asked again."""
        self._check(agency, *(await self._paused()))
        with _told():
            await self.pauses.resume(agency)
        return AgencyPause(agency=agency, paused=False, reason=None, since=None)  # type: ignore[arg-type]

    async def _paused(self) -> Iterable[str]:
        """An agency that is no longer of the city may be resumed yet."""
        with _told():
            return await self.pauses.all()

    def _check(self, agency: str, *also: str) -> None:
        known = [*self.agencies(), *also]
        if agency not in known:
            raise _refused(f'there is no agency "{agency}"; {nearest(agency, known, "see city { agencies { id } }")}')

    def _keys(self) -> Register:
        if self.register is None:
            raise GraphQLError(
                "This gateway has no keys: set CITYGRAPH_PEPPER and start it again.", extensions={"code": "UNAVAILABLE"}
            )
        return self.register

    def _new(self, issued: Issued, what: str) -> NewApiKey:
        log.info("the key %s is %s by %s", issued.record.prefix, what, self.by)
        return NewApiKey(key=self._key(issued.record), secret=issued.secret)

    def _key(self, record: Record) -> ApiKey:
        return ApiKey(
            id=record.id,  # type: ignore[arg-type]
            prefix=record.prefix,
            name=record.name,
            state=KeyState(record.state(self.now())),
            agreement=record.agreement,
            admin=record.admin,
            networks=list(record.networks),
            created_at=record.created,
            created_by=record.created_by,
            changed_by=record.changed_by,
            expires_at=record.expires,
            former_until=record.former_until,
            used_at=record.used,
        )


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message[:1].upper() + message[1:] + ".", extensions={"code": "BAD_ARGUMENT"})


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong, as the administrator reads it. Names of databases stay in the log."""
    try:
        yield
    except KeyRefused as error:
        raise _refused(str(error)) from None
    except WrongPepper as error:
        log.error("keys can't be changed: %s", error)
        message = "The store was made with another CITYGRAPH_PEPPER; start the gateway with that one."
        raise GraphQLError(message, extensions={"code": "UNAVAILABLE"}) from None
    except StoreError as error:
        log.error("keys and pauses can't be changed: %s", error)
        message = "The gateway's store does not answer; nothing was changed. Try again."
        raise GraphQLError(message, extensions={"code": "UNAVAILABLE", "retryable": True}) from None
