"""One request while it runs: what all of its places share, and what they leave for the builders."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from graphql.execution.values import VariableValues

from gateway.engine.bindings import Bindings
from gateway.engine.plan import Plan
from gateway.engine.sources import Sources
from gateway.engine.tokens import Tokens
from gateway.engine.values import Calls, Failure
from gateway.policy.permits import Denial, Permits
from resolvers.city import City, Table
from resolvers.schema import CitySchema

if TYPE_CHECKING:
    from gateway.engine.frames import Frame


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

    def agency(self, table: Table) -> str:
        """The short name of a dataset's agency."""
        return self.city.agencies[table.agency].short


@dataclass(slots=True)
class Run:
    """`frames` are by the field that holds their entities and the entities' kind; `outputs`
    are pages, records and lists by field and parent."""

    world: World
    plan: Plan
    variables: VariableValues
    permits: Permits
    caller: str
    deadline: float
    calls: Calls = field(default_factory=Calls)
    frames: "dict[tuple[int, str], Frame]" = field(default_factory=dict)
    outputs: dict[tuple[int, Hashable], Any] = field(default_factory=dict)

    def denied_column(self, table: Table, column: str) -> Failure | None:
        """Why the caller may not see a column, as the response tells it."""
        denial = self.permits.column(table, column)
        if denial is None:
            return None
        return denied(denial, self.world.agency(table), table.name, column)

    def denied_entity(self, entity: str) -> Failure | None:
        """Why the caller may not look at a kind of entity, as the response tells it."""
        denial = self.permits.entity(entity)
        return denied(denial) if denial else None


def denied(denial: Denial, agency: str | None = None, dataset: str | None = None, column: str | None = None) -> Failure:
    """A decision as a failure; told once, because it is the same for every record."""
    return Failure("DENIED", f"Denied by rule “{denial.rule}”: {denial.reason}.", agency, dataset, column, once=True)
