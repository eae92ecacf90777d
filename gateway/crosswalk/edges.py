"""Edges between identifiers, and what is known around one.

Identifiers are complete ("nyc.camis:50003337"), canonical by their schemes, and never a person's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

State = Literal["MATCH", "POSSIBLE", "NO"]
"""NO is a negative edge: looked at, and not the same."""

STATES: tuple[State, ...] = ("MATCH", "POSSIBLE", "NO")
MATCHING = "matching"
"""The origin of edges that the gateway found itself; any other came from a person."""

KEPT = timedelta(days=90)
"""How long an edge that the gateway found holds after it was last confirmed."""
LOOKED = timedelta(days=1)
"""How long a look at the agencies holds before a use of the identifier looks again."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two identifiers, the smaller one first. `rules` is the version of the weights, `evidence` the
    rules that spoke, `origin` "matching", "review" or "import", `by` who decided; without `expires`
    it holds until somebody decides otherwise. The relation is SAME: both denote one entity."""

    one: str
    other: str
    state: State
    confidence: float
    first_confirmed: datetime
    last_confirmed: datetime
    origin: str = MATCHING
    by: str = ""
    rules: str = ""
    evidence: tuple[str, ...] = ()
    expires: datetime | None = None
    relation: str = "SAME"

    def __post_init__(self) -> None:
        if not self.one < self.other:
            raise ValueError(f"an edge has two identifiers, the smaller one first; got {self.one}, {self.other}")

    @property
    def decided(self) -> bool:
        """Whether a person decided it; POSSIBLE is nobody's decision, whoever brought it."""
        return self.origin != MATCHING and self.state != "POSSIBLE"

    def beside(self, identifier: str) -> str:
        """The identifier at the other end."""
        return self.other if identifier == self.one else self.one

    def holds(self, moment: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires is None or self.expires > moment


def ends(a: str, b: str) -> tuple[str, str]:
    """Two identifiers in the order of an edge."""
    return (a, b) if a < b else (b, a)


def scheme_of(identifier: str) -> str:
    """ "nyc.camis" of "nyc.camis:50003337"."""
    return identifier.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Tie:
    """An identifier that means the same as the one asked about, or may. With `steps` above 1 it is so by
    way of others; `decided` where a person decided every edge on the way."""

    identifier: str
    state: State
    confidence: float
    evidence: tuple[str, ...]
    confirmed: datetime
    decided: bool = False
    steps: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What the crosswalk knows of an identifier: ties, and identifiers that are decided to be others.

    `fresh` says that agencies were looked at not long ago and need not be now.
    """

    ties: tuple[Tie, ...] = ()
    apart: frozenset[str] = frozenset()
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the agencies found for an identifier; `whole` if none of them failed."""

    identifier: str
    edges: tuple[Edge, ...]
    rules: str
    moment: datetime
    whole: bool


class Crosswalk(Protocol):
    """What the engine sees of it. Neither method raises, or waits for writing."""

    async def known(self, identifiers: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        """What is known of identifiers; those of which nothing is known are left out. `rules` is the
        version of the weights: a look by others is not fresh."""
        ...

    def note(self, look: Look) -> None:
        """Remember a look."""
        ...


@dataclass(frozen=True, slots=True)
class Forgetful:
    """An engine alone remembers nothing."""

    nothing: Mapping[str, Known] = field(default_factory=dict)

    async def known(self, identifiers: Sequence[str], rules: str, moment: datetime) -> Mapping[str, Known]:
        """Nothing."""
        return self.nothing

    def note(self, look: Look) -> None:
        """Forget it."""
