"""Identifiers, claims, candidates: how entities are named, told apart and found."""

from enum import Enum

import strawberry

from resolvers.provenance import RecordSource
from resolvers.records import Level
from resolvers.scalars import Date


@strawberry.enum(description="How sure it is that two identifiers mean the same.")
class MatchState(Enum):
    """Only MATCH merges."""

    MATCH = strawberry.enum_value("MATCH", description="The same.")
    POSSIBLE = strawberry.enum_value("POSSIBLE", description="Perhaps the same; for a person to decide.")


@strawberry.enum(description="How an identifier relates to the entity.")
class Relation(Enum):
    """Seen from the entity."""

    SAME = strawberry.enum_value("SAME", description="Denotes the entity itself.")
    PART_OF = strawberry.enum_value("PART_OF", description="Denotes what the entity is part of.")
    CONTAINS = strawberry.enum_value("CONTAINS", description="Denotes a part of the entity.")
    REPLACES = strawberry.enum_value("REPLACES", description="Denoted the entity or a part of it until retired.")
    REPLACED_BY = strawberry.enum_value("REPLACED_BY", description="Took its place when it was retired.")


@strawberry.type(description="An identifier that is related to the entity.")
class Identifier:
    identifier: str = strawberry.field(description='Complete ("nyc.bbl:1000477501"); accepted wherever an id is.')
    scheme: str = strawberry.field(description='The kind of identifier ("nyc.bbl").')
    value: str = strawberry.field(description="The value in its canonical form.")
    level: Level = strawberry.field(description="The level that it denotes.")
    relation: Relation = strawberry.field(description="How it relates to the entity.")
    agency: str | None = strawberry.field(description="The agency whose register says so; null for the one asked by.")
    state: MatchState = strawberry.field(description="How sure the relation is.")
    confidence: float = strawberry.field(description="From 0 to 1.")
    since: Date | None = strawberry.field(description="The day from which the relation holds, where the agency says.")
    until: Date | None = strawberry.field(description="The last day on which it holds, where the agency says.")


@strawberry.type(description="An identifier at another agency that means the same business.")
class BusinessLink:
    identifier: str = strawberry.field(description='Complete ("nyc.bbl:1000477501"); accepted wherever an id is.')
    scheme: str = strawberry.field(description="The kind of identifier.")
    agency: str = strawberry.field(description="The agency by whose records it was found.")
    state: MatchState = strawberry.field(description="MATCH belongs to the profile; POSSIBLE does not by itself.")
    confidence: float = strawberry.field(description="From 0 to 1.")
    evidence: list["Evidence"] = strawberry.field(description="Why; rules, never a value.")


@strawberry.type(description="One agency's value for a shared attribute.")
class Claim:
    value: str | None = strawberry.field(description="The value as text.")
    chosen: bool = strawberry.field(description="Whether the attribute shows this one.")
    rule: str = strawberry.field(description="The rule that chose.")
    source: RecordSource = strawberry.field(description="Where it comes from.")


@strawberry.type(description="A reason why a candidate was found.")
class Evidence:
    rule: str = strawberry.field(description="The rule that found it.")
    detail: str = strawberry.field(description="What the rule saw.")


@strawberry.type(description="A place on the map, in WGS 84 degrees.")
class Point:
    lat: float = strawberry.field(description="Latitude.")
    lon: float = strawberry.field(description="Longitude.")


@strawberry.type(description="Why an entity was found: a value that met the conditions.")
class Reason:
    field: str = strawberry.field(description="The field that met a condition.")
    value: str | None = strawberry.field(description="Its value as text.")
    source: RecordSource = strawberry.field(description="Where it comes from.")
