"""One request while it runs: what all of its places share, and what they leave for the builders."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from graphql.execution.values import VariableValues

from adapters.base import Scan
from adapters.frozen import frozen
from gateway.engine.bindings import Binding, Bindings, Spelled
from gateway.engine.footing import Footing
from gateway.engine.grouping import alone
from gateway.engine.person_registers import PersonRegisters
from gateway.engine.plan import Place, Plan, RecordPlan
from gateway.engine.requests import Caller
from gateway.engine.selection import Selected
from gateway.engine.services import Restrictions, Services
from gateway.engine.sharing import Pattern, Told, Turn, Values
from gateway.engine.sources import Sources, free
from gateway.engine.tokens import Tokens
from gateway.engine.values import Calls, Failure, Identified, PartColumn, PartState, RelatedValue, Rows
from gateway.identity.kept import KeptRegisters
from gateway.policy.permits import Denial, Permits
from resolvers.city import City, Table
from resolvers.provenance import Existence
from resolvers.schema import CitySchema

if TYPE_CHECKING:
    from gateway.engine.matching import Authorities, Linked, Matching


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one request may ask for."""

    page: int = 1_000
    bulk: int = 1_000
    candidates: int = 50
    scanned: int = 5_000


@dataclass(frozen=True, slots=True)
class World:
    """What outlives requests: the city, its schema, its sources."""

    city: City
    schema: CitySchema
    bindings: Bindings
    sources: Sources
    tokens: Tokens
    bounds: Bounds
    zone: ZoneInfo
    matching: "Matching"
    services: Services = field(default_factory=Services)
    kept: KeptRegisters = field(kw_only=True)
    persons: PersonRegisters = field(kw_only=True)

    @property
    def restrictions(self) -> Restrictions:
        """Identifiers of which nothing may be shown."""
        return self.services.restrictions

    @property
    def clock(self) -> Callable[[], datetime]:
        """The moment that retention is judged by."""
        return self.services.clock

    def agency(self, table: Table) -> str:
        """The short name of a dataset's agency."""
        return self.city.agencies[table.agency].short


class Known:
    """The identifiers of one scheme for every entity, `values`: value -> the register's dataset that says
    so (None: the entity was asked by it); and by `failures` why some may be missing. Where all are just the
    different ones that the entities were `given` by, more is made when it is looked at."""

    __slots__ = ("_given", "_memo", "_owners", "_values", "failures")

    def __init__(
        self,
        values: list[dict[str, str | None]] | None,
        failures: list[Failure | None],
        given: Sequence[str] = (),
    ) -> None:
        self._values, self._given, self.failures = values, given, failures
        self._owners: Mapping[str, Sequence[int]] | None = None
        self._memo: Spelled = {}

    @property
    def values(self) -> list[dict[str, str | None]]:
        """What is known of each entity, to be added to before anybody else sees it."""
        if self._values is None:
            self._values = [{value: None} for value in self._given]
        return self._values

    def owners(self, covered: Sequence[bool]) -> tuple[Mapping[str, Sequence[int]], Spelled | None]:
        """The entities of each identifier, of those that are covered; and for those of all entities how
        they are spelled, as far as anybody has asked. To be called when all are known."""
        if not all(covered):
            return _owners(self.values, covered), None
        if self._owners is None:
            if self._values is None:
                self._owners = dict(zip(self._given, alone(len(self._given)), strict=True))
            else:
                self._owners = _owners(self._values, covered)
        return self._owners, self._memo


def _owners(values: Sequence[Mapping[str, object]], covered: Sequence[bool]) -> dict[str, list[int]]:
    owners: dict[str, list[int]] = {}
    for i, identifiers in enumerate(values):
        for identifier in identifiers if covered[i] else ():
            owners.setdefault(identifier, []).append(i)
    return owners


class Batch(Protocol):
    """The entities of one place while they are worked on; `gateway.engine.frames` makes them.

    What fetches, pages and links for them sees this much. `existence` is None for what no
    agency knows, and empty where the query need not know. `columns` and `parts` collect how every part fares,
    `base` the rows that claims and ties share, `edges` the identifiers of the same scheme that rows
    relate to each entity, `searched` the datasets of which every row was
    asked. `everywhere` says of each entity that it is covered. What is but POSSIBLE belongs to a profile
    from the confidence `possible` on; None: never. `footing` is what holds for all entities asked by these
    schemes, `at_hand` rows of sections that were fetched before. Where `doubting`, numbers that applicants typed
    tie nothing.
    """

    run: "Run"
    place: Place
    entities: list[Identified]
    index: dict[Identified, int]
    given: dict[str, None]
    existence: list[Existence | None]
    parts: list[list[PartState]]
    columns: list[PartColumn]
    base: dict[str, Sequence[Rows]]
    edges: list[list[RelatedValue]]
    searched: set[str]
    everywhere: list[bool]
    footing: Footing
    at_hand: dict[str, Sequence[Rows]]
    possible: float | None
    doubting: bool

    def bindings(self, table: Table) -> list[Binding]:
        """The keys of a dataset for this kind of entity."""
        ...

    def asked(self, scheme: str) -> Known:
        """The identifiers of a scheme that the entities were asked by, without translation."""
        ...

    def known(self) -> dict[str, Known]:
        """What has been found out about identifiers, by scheme; for finished batches."""
        ...

    def identified(self, scheme: str) -> Known | None:
        """The identifiers of a scheme where they are known by now, or nothing is to be asked for them."""
        ...

    async def identifiers(self, scheme: str) -> Known:
        """Every entity's identifiers of a scheme, by translation where need be."""
        ...

    async def linked(self) -> "list[Linked]":
        """What matching finds for every entity; businesses and persons only."""
        ...

    def links(self, i: int) -> "Linked | None":
        """What matching found for an entity; None where nobody asked. For finished batches."""
        ...

    def authorities(self, table: Table) -> "Future[Authorities]":
        """What confirms the numbers that rows of a dataset have as applicants typed them; being asked."""
        ...

    async def direct(self, table: str) -> Sequence[Rows]:
        """Rows found by the identifiers that the entities were asked by."""
        ...

    async def whole(self, table: str) -> Sequence[Rows]:
        """Rows of a dataset of the base, for every entity; with what is compared where the place has datasets
        whose rows were `typed`."""
        ...

    def flawless(self) -> bool:
        """Whether every part of every entity is known to be whole, so that none need be told."""
        ...

    def told_parts(self, i: int) -> list[PartState]:
        """How every part that the query asks of an entity fares."""
        ...

    async def carried(self, record: RecordPlan) -> Sequence[Rows]:
        """The rows of a section whose records come with others."""
        ...

    async def child(self, holder: Selected, place: Place, entities: Sequence[Identified]) -> "Batch | Failure":
        """The batch of the entities that a field of this one holds; all parents' at once."""
        ...


@dataclass(slots=True, eq=False)
class Share:
    """What was asked of a dataset for the entities of a frame: by their place those that were `asked`
    for, how many `rows` came for each when all are there, how long the slowest call took, and how one that
    failed has ended."""

    frame: Batch
    dataset: str
    asked: set[int] = field(default_factory=set)
    rows: Sequence[int] = ()
    milliseconds: float = 0.0
    state: str = "OK"


@frozen
class EntityValue:
    """An entity at its place in a batch."""

    frame: Batch
    index: int


@dataclass(slots=True)
class Run:
    """`frames` are by the field that holds their entities and the entities' kind; `outputs`
    are pages, records and lists by field and parent, and those of a frame's entities all together by
    field and the frame's `id`; `replaced` are retired identifiers by what took
    their place. `given_up` are the fields and items that generated code left to the reference builder.

    Of a run for several requests, `gateway.engine.convoys`, the `shares` tell what was asked for whom.
    The run of one of those has `reached`, by the `id` of each frame, the entities that are its own."""

    world: World
    plan: Plan
    variables: VariableValues
    permits: Permits
    caller: Caller
    deadline: float
    turn: Turn | None = None
    calls: Calls = field(default_factory=Calls)
    frames: "dict[tuple[int, str], Batch]" = field(default_factory=dict)
    outputs: MutableMapping[tuple[int, Hashable], Any] = field(default_factory=dict)
    max_age: float | None = None
    replaced: dict[Identified, tuple[RelatedValue, ...]] = field(default_factory=dict)
    given_up: int = 0
    shares: list[Share] | None = None
    reached: Mapping[int, Sequence[int]] | None = None

    def own(self, frame: Batch) -> Sequence[int]:
        """The entities of a frame that this request's response is of."""
        return range(len(frame.entities)) if self.reached is None else self.reached.get(id(frame), ())

    def release(self) -> None:
        """Forget what was fetched, when the response is made: frames and their run hold each other, and
        would wait for the garbage collector with every row between them."""
        self.frames.clear()
        self.outputs.clear()

    async def scan(self, table: Table, scan: Scan) -> Told:
        """Ask a dataset, as this request may. Raises `SourceError`."""
        values = scan.keys.values if scan.keys is not None else ()
        return await self.read(table, self.world.sources.pattern(table, scan), values)

    def read(self, table: Table, pattern: Pattern, values: Values) -> Awaitable[Told]:
        """Ask a dataset for this by these keys, as this request may. To wait for it raises `SourceError`."""
        turn, sources = self.turn or free, self.world.sources
        return sources.read(table, pattern, values, self.deadline, self.calls, turn, self.max_age)

    def denied_column(self, table: Table, column: str) -> Failure | None:
        """Why the caller may not see a column, as the response tells it."""
        denial = self.permits.column(table, column)
        if denial is None:
            return None
        return denied(denial, self.world.agency(table), table.name, column)

    def denied_persons(self, table: Table, column: str) -> Failure:
        """Why the caller may not see a value that may name a person, as the response tells it."""
        denial = self.permits.persons(table, column)
        assert denial is not None
        return denied(denial, self.world.agency(table), table.name, column)

    def denied_entity(self, entity: str) -> Failure | None:
        """Why the caller may not look at a kind of entity, as the response tells it."""
        denial = self.permits.entity(entity)
        return denied(denial) if denial else None


def denied(denial: Denial, agency: str | None = None, dataset: str | None = None, column: str | None = None) -> Failure:
    """A decision as a failure; told once, because it is the same for every record."""
    return Failure("DENIED", str(denial), agency, dataset, column, rule=denial.rule, once=True)
