"""Functions of connections: pages of records, of several kinds of records, of entities.

A page whose lists are not shown, or whose total is not told, is left to the reference builder.
"""

from collections.abc import Sequence

from gateway.engine.generating.leaves import leaf, plain
from gateway.engine.generating.making import Making
from gateway.engine.generating.sources import part_source
from gateway.engine.generating.writing import display
from gateway.engine.selection import Selected
from resolvers.meaning import PageFact, ValueEntity
from resolvers.names import snake

_POSITIONS = {"startCursor": "0", "endCursor": "-1"}


def page(making: Making, selected: Selected, types: Sequence[str]) -> str:
    """The function of a field's pages of records of these types, or of entities where there are
    none: `Page` → dict."""
    (chosen,) = selected.children.values()
    entries = [(making.key(child), _fact(making, child, types)) for child in chosen.values()]
    return making.writer.function("p", "page", [f"return {display(entries)}"])


def _fact(making: Making, child: Selected, types: Sequence[str]) -> str:
    if child.definition is None:
        return making.writer.constant(child.parent)
    otherwise = making.book(child, "page")
    if not isinstance(child.meaning, PageFact):
        return otherwise
    match child.name:
        case "totalCount":
            total = leaf(making, child, "page.total", otherwise)
            return f"({total}) if page.shown and page.suppressed is None else {otherwise}"
        case "pageInfo":
            return _info(making, child)
        case "sources":
            return f"[{part_source(making, child)}(part) for part in page.parts]"
        case "source":
            return f"{part_source(making, child)}(page.parts[0])"
        case "nodes":
            return f"{_nodes(making, child, types)} if page.shown else {otherwise}"
        case "edges":
            return f"[{_edge(making, child, types)}(edge, page) for edge in page.edges] if page.shown else {otherwise}"
    return otherwise


def _info(making: Making, selected: Selected) -> str:
    """`PageInfo`; a cursor is signed only where it is asked for."""
    entries = []
    for child in selected.children["PageInfo"].values():
        match child.name:
            case "hasNextPage":
                shown = "page.has_next"
            case "hasPreviousPage":
                shown = "page.has_previous"
            case "startCursor" | "endCursor":
                shown = f"cursor(run, page, page.edges[{_POSITIONS[child.name]}].position) if page.edges else None"
            case _:
                shown = making.writer.constant(child.parent)
        entries.append((making.key(child), shown))
    return display(entries)


def _nodes(making: Making, child: Selected, types: Sequence[str]) -> str:
    if types:
        return f"[{_node(making, child, types)} for edge in page.edges]"
    entity = next(iter(child.children))
    function, frame = making.entity(making, child, entity), making.writer.name("x")
    found = f"frames.get(({child.number}, {making.writer.constant(entity)}))"
    listing = making.listing.get(function)
    if listing is not None:
        return f"{listing}({frame} := {found}, places({frame}, page))"
    return f"[{function}({frame}, at) for {frame} in ({found},) for at in places({frame}, page)]"


def _node(making: Making, holder: Selected, types: Sequence[str]) -> str:
    """The expression for an edge's record."""
    return records(making, holder, types, "edge.node")


def records(making: Making, holder: Selected, types: Sequence[str], value: str) -> str:
    """The expression for a record that has one of these types."""
    made = {name: making.record(making, holder, name) for name in types if name in holder.children}
    if len(types) == 1:
        return f"{made[types[0]]}({value})"
    by_type = making.writer.table({making.writer.constant(name): function for name, function in made.items()})
    return f"{by_type}[{value}.section.type_name]({value})"


def _entity(making: Making, holder: Selected, entity: str, wanted: str) -> str:
    """The expression for the entity that an identifier denotes, in the frame of a field."""
    function = making.entity(making, holder, entity)
    frame = f"frames[{holder.number}, {making.writer.constant(entity)}]"
    return f"{function}({frame}, {frame}.index[{wanted}])"


def _edge(making: Making, selected: Selected, types: Sequence[str]) -> str:
    """The function of an edge: edge, page → dict."""
    (chosen,) = selected.children.values()
    body: list[str] = []
    entries = [(making.key(child), _part(making, child, types, body)) for child in chosen.values()]
    return making.writer.function("e", "edge, page", [*body, f"return {display(entries)}"])


def _part(making: Making, child: Selected, types: Sequence[str], body: list[str]) -> str:
    if child.definition is None:
        return making.writer.constant(child.parent)
    otherwise = making.book(child, "EdgeValue(edge, page)")
    if isinstance(child.meaning, ValueEntity):
        return _entity(making, child, child.meaning.entity, "target(edge)")
    match child.name:
        case "cursor":
            return "cursor(run, page, edge.position)"
        case "node" if types:
            return _node(making, child, types)
        case "reasons":
            return f"[{plain(making, child, 'Reason')}(reason) for reason in edge.reasons]"
        case "source":
            return f"{plain(making, child, 'RecordSource')}(record_source(run, edge.link.record))"
        case "role" | "since" | "until" | "state":
            value = making.writer.name("v")
            attribute = "edge.link.link.role" if child.name == "role" else f"edge.link.{snake(child.name)}"
            body.append(f"{value} = {attribute}")
            return leaf(making, child, value, otherwise)
    return otherwise
