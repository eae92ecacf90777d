"""Pages of records and of entities: connections in the sense of the Relay specification,
with the state of their parts beside the edges.

`edges` and `nodes` are null, with an error, where the agency did not answer: an empty list
always means that there are none.
"""

import strawberry

from resolvers.drafting import Argument, Draft, Field
from resolvers.meaning import Meaning, PageFact, ValueEntity

FIRST = Argument("first", "int", "How many at the most.", 20)
AFTER = Argument("after", "str | None", "Continue behind this cursor.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge, for `after`.")


def add_connection(draft: Draft, node: str, *, one_source: bool, what: str) -> str:
    """`NodeConnection` and `NodeEdge` over records; returns the connection's name."""
    edge, connection = f"{node}Edge", f"{node}Connection"
    draft.object(
        edge,
        f"One of the {what} and its place in the list.",
        [
            Field("node", f"{node}", "The record."),
            Field("cursor", "str", "Its place, for `after`.", PageFact("cursor")),
        ],
    )
    draft.object(connection, f"A page of {what}.", _page_fields(node, edge, one_source=one_source))
    return connection


def add_entity_connection(draft: Draft, name: str, entity: str, extra: list[Field], what: str) -> str:
    """`<name>Connection` whose edges carry an entity and more."""
    edge, connection = f"{name}Edge", f"{name}Connection"
    fields = [
        Field("node", f"{entity} | None", "The entity.", ValueEntity(entity)),
        Field("cursor", "str", "Its place, for `after`.", PageFact("cursor")),
    ]
    draft.object(edge, f"One of the {what}.", fields + extra)
    draft.object(connection, f"A page of {what}.", _page_fields(entity, edge, one_source=False, nullable=True))
    return connection


def _page_fields(node: str, edge: str, *, one_source: bool, nullable: bool = False) -> list[Field]:
    item: Meaning | None = PageFact("nodes")
    nodes = f"list[{node} | None] | None" if nullable else f"list[{node}] | None"
    fields = [
        Field("edges", f"list[{edge}] | None", "The page; null where no agency answered.", PageFact("edges")),
        Field("nodes", nodes, "The page without cursors; null where no agency answered.", item),
        Field("pageInfo", "PageInfo", "Where the page stands.", PageFact("pageInfo")),
        Field(
            "totalCount",
            "int | None",
            "How many there are in all; null unless every part was counted, permitted and answered.",
            PageFact("totalCount"),
        ),
        Field("sources", "list[PartSource]", "How every part of the list fares.", PageFact("sources")),
    ]
    if one_source:
        fields.append(Field("source", "PartSource", "How the list fares.", PageFact("source")))
    return fields
