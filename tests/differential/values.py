"""Random argument values of any input type, some of them bad on purpose but all well-typed."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from tests.differential.operations import Member

BAD_IDS = (
    "",
    ":",
    "hbt.parcel",
    "hbt.parcel:",
    "hbt.parcel:12x",
    "nyc.bbl:1000477501",
    "AAAA",
    "Ünïcode:1",
    "hbt.parcel:0",
)
BAD_CURSORS = ("", "AAAA", "not a cursor", "eyJhIjoxfQ", "é")
DATES = ("1900-01-01", "2012-05-18", "2016-02-29", "2019-06-30", "2024-12-31")
MOMENTS = ("2014-03-01T00:00:00Z", "2020-07-04T12:30:00-04:00", "1970-01-01T00:00:00.5+01:00")


@dataclass(slots=True)
class Pool:
    """Values that mean something in the city at hand: `ids` by kind of entity."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    records: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Values:
    """Draws values. `bad` is how often one of them is bad on purpose."""

    pool: Pool
    random: Random
    bad: float = 0.06

    def draw(self, kind: GraphQLInputType, name: str, owner: str, depth: int = 0) -> Any:
        """A value for the argument or input field `name` of the field or input `owner`."""
        if isinstance(kind, GraphQLNonNull):
            return self._some(kind.of_type, name, owner, depth)
        return None if self.random.random() < self.bad else self._some(kind, name, owner, depth)

    def _some(self, kind: Any, name: str, owner: str, depth: int) -> Any:
        if isinstance(kind, GraphQLList):
            most = 5 if name == "ids" else 2
            return [self.draw(kind.of_type, name, owner, depth) for _ in range(self.random.randint(0, most))]
        if isinstance(kind, GraphQLEnumType):
            return Member(self.random.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind, depth)
        assert isinstance(kind, GraphQLScalarType)
        return self._scalar(kind.name, name, owner)

    def _input(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        odd = self.random.random() < self.bad
        count = self.random.choice((0, 2)) if odd else 1 if kind.name.endswith("Order") else self.random.randint(1, 2)
        names = [n for n in kind.fields if depth < 3 or n not in ("and", "or")]
        chosen = self.random.sample(names, min(count, len(names)))
        return {n: self.draw(kind.fields[n].type, n, kind.name, depth + 1) for n in chosen}

    def _scalar(self, kind: str, name: str, owner: str) -> Any:
        pick, chance = self.random.choice, self.random.random()
        match kind:
            case "ID":
                return self._id(owner if name != "near" else "address")
            case "Int" if name == "first":
                return pick((-1, 10**6, 2**31 - 1)) if chance < self.bad else pick((0, 1, 1, 2, 2, 3, 4, 7, 20))
            case "Int":
                return pick((-1, 0, 1, 2, 10, 1931, 1957, 1959, 2015, 250_000, 2**31 - 1))
            case "Float":
                return pick((-0.5, 0, 1.5, 3, 1e9))
            case "Boolean":
                return chance < 0.5
            case "Date":
                return pick(DATES)
            case "DateTime":
                return pick(MOMENTS)
            case "Money":
                return pick((0, 1000, "250000.50", 314256.0, "-1"))
        return self._text(name)

    def _id(self, owner: str) -> str:
        known = {"address": "Address", "addresses": "Address", "business": "Business", "businesses": "Business"}
        known |= {"person": "Person", "persons": "Person", "people": "Person"}
        everything = [*self.pool.records * 2, *(i for ids in self.pool.ids.values() for i in ids)]
        if self.random.random() < self.bad:
            return self.random.choice((*BAD_IDS, *everything))
        entity = known.get(owner)
        return self.random.choice(self.pool.ids[entity] if entity else everything)

    def _text(self, name: str) -> str:
        pools = {"text": self.pool.texts, "name": self.pool.names, "role": self.pool.roles}
        if name == "after":
            return self.random.choice((*BAD_CURSORS, *self.pool.cursors))
        if self.random.random() < self.bad:
            return self.random.choice(("", "x", "\u0000", '😀 \\ " {'))
        return self.random.choice(pools.get(name) or [*self.pool.words, "A", "OPEN"])
