"""The office: who may ask what, how much of it, and the record of it.

It is opened with the process and outlives the editions of its city: the store and its watch, the
keys and issuers by which callers are known, agreements, limits and turns, the restriction list,
the record of look-ups. Without a pepper (CITYGRAPH_PEPPER) there is no store: then nobody has a
key, agreements are those of the files, and nothing is recorded.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from gateway.crosswalk import TOPIC as CROSSWALK
from gateway.crosswalk import Known, Look, PassingCrosswalk, StoredCrosswalk
from gateway.documents import Persisted, read_manifests
from gateway.engine.requests import Caller, Request, Response
from gateway.engine.services import Services, now
from gateway.engine.sharing import Turn
from gateway.engine.sources import free
from gateway.policy.administration import StoreAdministration
from gateway.policy.agreements import FOLDER, AgreementFiles, Agreements, StoredOrFiles
from gateway.policy.agreements import TOPIC as AGREEMENTS
from gateway.policy.agreements.following import follow
from gateway.policy.audit import AuditLog, entry_of
from gateway.policy.days import Day, Days
from gateway.policy.keys import Key, KeyRing, Register
from gateway.policy.keys.tables import TOPIC as KEYS
from gateway.policy.limits.budgets import Budgets
from gateway.policy.limits.costs import Cost
from gateway.policy.limits.pauses import TOPIC as PAUSES
from gateway.policy.limits.pauses import Pauses
from gateway.policy.limits.quotas import Admission, Limiter
from gateway.policy.limits.usage import Counts, Usage
from gateway.policy.restrictions import TOPIC as RESTRICTIONS
from gateway.policy.restrictions import Restrictions
from gateway.policy.terms import Agreement, Quota
from gateway.settings import Settings
from gateway.store import Store, Watch, open_store
from resolvers.administration import Administration
from resolvers.city import City

if TYPE_CHECKING:
    from gateway.policy.limits.shared import SharedCounters
    from gateway.policy.tokens import Issuers

_USAGE_DAYS = timedelta(days=31)
_UNLIMITED = Admission()
_MOST_HOLDERS = 20_000


class _Holder(NamedTuple):
    """Who holds a key, what that was found out by, and from when on its holder is told of its end."""

    key: Key
    agreement: Agreement | None
    day: Day
    caller: Caller
    noticed_from: datetime


class Office:
    """The office of one process. `directory` is the city's, whose agreements may lie beside it.

    `bind` before anything else; `start` and `aclose` in the loop that serves.
    """

    def __init__(self, settings: Settings, directory: Path, clock: Callable[[], datetime] = now) -> None:
        self._settings = settings
        self._clock = clock
        self._files = AgreementFiles(Path(settings.agreements) if settings.agreements else directory / FOLDER)
        self._issuers = _issuers(settings.oidc) if settings.oidc else None
        self._anonymous = Quota(rate=settings.rate)
        known = read_manifests(Path(settings.documents)) if settings.documents else {}
        self._persisted = Persisted(known, settings.documents_mode)
        self._holders: dict[str, _Holder] = {}
        self._city: City | None = None
        self._days: Days | None = None
        self._limiter: Limiter | None = None
        self._budgets: Budgets | None = None
        self._agreements: Agreements | None = None
        self._store: Store | None = None
        self._watch: Watch | None = None
        self._ring: KeyRing | None = None
        self._restrictions: Restrictions | None = None
        self.empty = True
        """Whether the restriction list holds for nobody; not before it is loaded, where there is one."""
        self._pauses: Pauses | None = None
        self._usage: Usage | None = None
        self._audit: AuditLog | None = None
        self._crosswalk: StoredCrosswalk | PassingCrosswalk = PassingCrosswalk()
        self._stop = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    # its life

    def bind(self, city: City) -> Services:
        """Work for this edition of the city from now on; what its engine has of the office."""
        self._city, self._days = city, Days(ZoneInfo(city.time_zone))
        if self._limiter is None or self._budgets is None:
            shared = _shared(self._settings.redis) if self._settings.redis else None
            self._limiter = Limiter(ZoneInfo(city.time_zone), most=self._settings.max_cost, shared=shared)
            self._budgets = Budgets(city, share=self._settings.workers or 1)
        else:
            self._budgets.bind(city)
            if self._agreements is not None:
                self._agreements.bind(city)
        self._crosswalk.bind(city)
        return Services(self, self._clock, self, self._persisted, self)

    async def start(self) -> None:
        """Open the store and load everything. Raises `StoreError`, `WrongPepper`, `AuditFailed`."""
        assert self._city is not None
        pepper = self._settings.pepper
        if pepper is None:
            self._agreements = Agreements(self._files, self._city, self._clock)
            await self._agreements.load()
        else:
            await self._open(self._city, pepper)
        if self._issuers is not None or pepper is not None:
            assert self._agreements is not None
            self._following = asyncio.create_task(follow(self._agreements, self._files, self._stop))

    async def _open(self, city: City, pepper: bytes) -> None:
        assert self._budgets is not None
        self._store = store = await open_store(self._settings.store)
        self._agreements = Agreements(StoredOrFiles(store, self._files), city, self._clock)
        self._ring, self._restrictions = KeyRing(store, pepper), Restrictions(store, pepper)
        self.empty = self._restrictions.empty
        self._pauses, self._usage = Pauses(store, self._budgets.pause), Usage(store)
        self._crosswalk = crosswalk = StoredCrosswalk(store)
        crosswalk.bind(city)
        self._watch = Watch(store)
        for topic, load in (
            (KEYS, self._ring.load),
            (RESTRICTIONS, self._load_restrictions),
            (PAUSES, self._pauses.load),
            (AGREEMENTS, self._agreements.load),
            (CROSSWALK, crosswalk.load),
        ):
            self._watch.on(topic, load)
        await self._watch.start()
        await self._restore(self._usage)
        self._ring.start()
        await crosswalk.start()
        await self._usage.start()
        if self._settings.audit_sync != "off":
            self._audit = AuditLog(self._settings.audit, pepper, self._settings.audit_sync)  # type: ignore[arg-type]
            await self._audit.start()

    async def _load_restrictions(self) -> None:
        assert self._restrictions is not None
        await self._restrictions.load()
        self.empty = self._restrictions.empty

    async def _restore(self, usage: Usage) -> None:
        """Count on from what was used today before this process began."""
        assert self._limiter is not None
        moment = self._clock()
        for key, counts in (await usage.on(self._today())).items():
            self._limiter.restore(key, moment, counts.requests, counts.cost)

    async def aclose(self) -> None:
        """Write what is not written yet, and close everything that was opened."""
        self._stop.set()
        if self._following is not None:
            await self._following
        kept = self._crosswalk if isinstance(self._crosswalk, StoredCrosswalk) else None
        writing = (self._audit, self._watch, self._ring, self._usage, kept)
        closing = (*writing, self._issuers, self._limiter, self._store)
        failed = [await _closed(each) for each in closing if each is not None]
        error = next((each for each in failed if each is not None), None)
        if error is not None:
            raise error

    # who calls

    def key_caller(self, presented: str, peer: str | None) -> tuple[Caller, str | None] | None:
        """The caller of an API key, and what to tell its holder about the key's end; None for a
        text that is no key in force."""
        moment = self._clock()
        key = self._ring.check(presented, peer, moment) if self._ring is not None else None
        if key is None:
            return None
        assert self._days is not None
        id, agreements, day = key.agreement, self._agreements, self._days.of(moment)
        agreement = agreements.of(id) if id and agreements is not None else None
        held = self._holders.get(key.id) or self._hold(key, agreement, day)
        if held[0] is not key or held[1] is not agreement or held[2] is not day:
            held = self._hold(key, agreement, day)
        _, _, _, caller, noticed_from = held
        return caller, key.notice(moment) if moment >= noticed_from else None

    def _hold(self, key: Key, agreement: Agreement | None, day: Day) -> _Holder:
        """Who holds a key; worked out anew when its key, its agreement or the day is another."""
        if len(self._holders) >= _MOST_HOLDERS:
            self._holders.clear()
        caller = self._caller(key.name, key.prefix, key.agreement, admin=key.admin)
        held = self._holders[key.id] = _Holder(key, agreement, day, caller, key.noticed_from)
        return held

    def _agreement(self, id: str | None) -> Agreement | None:
        return self._agreements.of(id) if id and self._agreements is not None else None

    async def token_caller(self, presented: str) -> Caller | None:
        """The caller of an access token; None for one that is not accepted."""
        if self._issuers is None:
            return None
        claims = await self._issuers.check(presented, self._clock())
        if claims is None:
            return None
        return self._caller(claims.subject, claims.subject, claims.agreement, admin=claims.admin)

    def _caller(self, name: str, key: str, agreement: str | None, *, admin: bool) -> Caller:
        found = self._agreement(agreement)
        in_force = found if found is not None and found.in_force(self._today()) else None
        return Caller(name, key=key, agreement=in_force, admin=admin)

    async def holder(self, prefix: str) -> Caller | None:
        """The caller that holds a key, by the key's public part, without its secret: to see what it
        would be told. Raises `StoreError`."""
        if self._store is None or self._settings.pepper is None:
            return None
        found = [key for key in await Register(self._store, self._settings.pepper).list() if key.prefix == prefix]
        if not found:
            return None
        return self._caller(found[0].name, prefix, found[0].agreement, admin=found[0].admin)

    # what the engine asks

    def holds(self, identifier: str) -> bool:
        """Whether nothing may be told of whom an identifier names."""
        return self._restrictions is not None and self._restrictions.holds(identifier)

    async def known(self, identifiers: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        """What the crosswalk knows of identifiers."""
        return await self._crosswalk.known(identifiers, rules, moment)

    def note(self, look: Look) -> None:
        """Remember a look in the crosswalk."""
        self._crosswalk.note(look)

    async def admit(self, caller: Caller, peer: str | None, cost: Cost) -> Admission:
        """Whether a request may go on now, by the quota of its key or, without one, by address."""
        assert self._limiter is not None
        if caller.trusted:
            return _UNLIMITED
        quota = caller.agreement.quota if caller.agreement else self._anonymous
        return await self._limiter.admit(caller.key or self._place(peer), quota, cost, self._clock())

    def _place(self, peer: str | None) -> str:
        """What stands for a network address where counts are kept."""
        return "@" + blake2b(_household(peer).encode(), key=self._settings.signing_key[:64], digest_size=12).hexdigest()

    def turns(self, key: str) -> Turn:
        """The turns of a key at agencies, each for one call."""
        return self._budgets.turns(key) if self._budgets is not None else free

    def administration(self, caller: Caller) -> Administration | None:
        """What an administrator may do; None for other callers."""
        if not caller.admin or self._store is None or self._settings.pepper is None or self._pauses is None:
            return None
        return StoreAdministration(
            caller.key or caller.name,
            Register(self._store, self._settings.pepper),
            self._pauses,
            lambda: self._city.agencies if self._city else (),
            lambda: [agreement.id for agreement in self._agreements.all()] if self._agreements else (),
            self._clock,
        )

    async def usage(self, caller: Caller) -> Sequence[tuple[date, Counts]]:
        """What the caller's key asked on the last days, the latest first. Raises `StoreError`."""
        if self._usage is None or caller.key is None:
            return ()
        return await self._usage.of(caller.key, self._today() - _USAGE_DAYS)

    # the record

    async def record(self, request: Request, response: Response, begun: datetime, duration: float, size: int) -> None:
        """Record a request and count it. Raises `AuditFailed`: the answer may not go out."""
        facts, key = response.facts, request.caller.key
        if self._usage is not None and key is not None:
            denied, refused = bool(facts.denied), response.status is not None
            self._usage.note(key, self._today(), facts.cost, facts.rows, denied, refused, facts.agencies)
        if self._audit is not None:
            entry = entry_of(request, response, when=begun, duration=duration, size=size, address=request.peer)
            await self._audit.write(entry)

    def _today(self) -> date:
        assert self._days is not None
        return self._days.of(self._clock()).date


@lru_cache(maxsize=4096)
def _issuers(file: str) -> "Issuers":
    """Who issues access tokens. What reads them is imported only where they are accepted."""
    accepted: type[Issuers] = import_module("gateway.policy.tokens").Issuers
    return accepted.read(file)


def _shared(url: str) -> "SharedCounters":
    """The counts in Redis, whose client is imported only where there is one."""
    counters: type[SharedCounters] = import_module("gateway.policy.limits.shared").SharedCounters
    return counters(url)


def _household(peer: str | None) -> str:
    """The address, or of IPv6 the network of 64 bits, which is what one household or server is given."""
    try:
        address = ip_address(peer or "")
    except ValueError:
        return peer or ""
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address.packed[:8] + bytes(8), 64)))


async def _closed(
    service: "AuditLog | Watch | KeyRing | Usage | StoredCrosswalk | Issuers | Limiter | Store",
) -> Exception | None:
    """Close one; what went wrong is told after all others are closed."""
    try:
        await service.aclose()
    except Exception as error:
        return error
    return None
